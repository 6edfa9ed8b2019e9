#include "problems/hashring/flaws.hpp"

#include "tests/hashring/subject.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

using namespace dsys;
using namespace dsys::hashring;

TEST_CASE("every flaw breaks each property that it is said to break, under its pinned schedule") {
  check_exposures(subject());
}

TEST_CASE("chance is no accomplice: a flaw shows under other seeds as well") {
  check_other_seeds(subject());
}

TEST_CASE("each scenario judges the properties that its flaws break") {
  for (const RingFlaw& flaw : all_flaws()) {
    for (const check::Exposure& exposure : flaw.exposures) {
      CAPTURE(std::string(flaw.id));
      CAPTURE(std::string(exposure.property));
      const auto& judged = subject().scenario(exposure.scenario).properties;
      CHECK(std::find(judged.begin(), judged.end(), exposure.property) != judged.end());
    }
  }
}

TEST_CASE("no flaw of the ring is a copy: each has exactly one rule of its own") {
  std::set<std::string_view> names;
  for (const Rules* rules : flawed_rules()) {
    CAPTURE(std::string(rules->name));
    CHECK(names.insert(rules->name).second);
    CHECK(swapped_rules(*rules, reference_rules) == 1);
  }
  CHECK(flawed_rules().size() == all_flaws().size());
}

TEST_CASE("all flaws of the ring, from the question bank and the classics, are here") {
  check_flaw_names(
      subject(),
      {"ring.mod-xor", "ring.fnv-add", "ring.get-last", "ring.remove-by-hash", "ring.overwrite",
       "ring.no-vnodes", "ring.mod-n", "ring.no-wrap", "ring.strict-greater", "ring.weak-hash",
       "ring.unstable-hash", "ring.signed", "ring.order-dependent", "ring.remove-collision",
       "ring.replica-same-node", "ring.unstable-label", "ring.hot-key", "ring.stale-view",
       "ring.unsorted-publish"});
}

TEST_CASE("every property but the witnesses has a flaw that breaks it, or a run that does") {
  check_every_property_is_broken(subject());
}

TEST_CASE("the flaw of the stale view lets two nodes take writes of one key") {
  const auto all = all_flaws();
  const auto flaw = std::find_if(all.begin(), all.end(),
                                 [](const RingFlaw& one) { return one.id == "ring.stale-view"; });
  trace::Recorder<RingProtocol> recorder(trace::Detail::story);
  (void)check::run<RingProtocol>(subject().scenario("stale-views"), flaw->implementation, {},
                                 {.seed = 1}, {&recorder});
  bool old_version_taken = false;
  bool new_version_taken = false;
  for (const trace::Entry& entry : recorder.take()) {
    const bool is_late = entry.time > 5s && entry.fields.find(" := ") != std::string::npos;
    const bool by_old = entry.fields.find("version 3") != std::string::npos;
    old_version_taken = old_version_taken || (is_late && by_old);
    new_version_taken = new_version_taken || (is_late && !by_old);
  }
  CHECK(old_version_taken);
  CHECK(new_version_taken);
}
