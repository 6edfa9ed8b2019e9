#include "problems/zklock/flaws.hpp"

#include "tests/zklock/subject.hpp"

#include <set>
#include <string>
#include <string_view>

using namespace dsys;
using namespace dsys::zklock;

TEST_CASE("every flaw breaks each property that it is said to break, and the reference does not") {
  check_exposures(subject());
}

TEST_CASE("a flaw shows under other seeds as well") {
  check_other_seeds(subject());
}

TEST_CASE("no flaw is a copy: each is the reference with exactly one thing replaced") {
  std::set<std::string_view> names;
  for (const Replacement& one : replacements()) {
    CAPTURE(std::string(one.flaw));
    CHECK(names.insert(one.flaw).second);
    const int bends = one.client_bend != nullptr ? 1 : 0;
    const int detours = one.unlocking != Unlocking::own_znode ? 1 : 0;
    CHECK(swapped_rules(*one.rules, reference_rules) + bends + detours == 1);
  }
  CHECK(replacements().size() == all_flaws().size());
}

TEST_CASE("all flaws of the question bank and of the classics are here") {
  check_flaw_names(
      subject(),
      {"zk.create-is-lock", "zk.discard-name",   "zk.no-parent",          "zk.session-too-short",
       "zk.herd",           "zk.watch-lowest",   "zk.no-recheck",         "zk.exists-race",
       "zk.retry-create",   "zk.no-sync",        "zk.disconnect-is-loss", "zk.ignore-disconnect",
       "zk.string-sort",    "zk.seq-token",      "zk.fence-strict",       "zk.persistent",
       "zk.event-thread",   "zk.delete-by-name", "zk.shared-session",     "zk.timeout-leaves-node",
       "zk.no-fencing"});
}

TEST_CASE("every property but the witnesses has a flaw that breaks it") {
  check_every_property_is_broken(subject());
}
