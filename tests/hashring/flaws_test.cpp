#include "problems/hashring/flaws.hpp"

#include "common/check/run.hpp"
#include "common/cli/describe.hpp"
#include "problems/hashring/properties.hpp"
#include "problems/hashring/scenarios.hpp"

#include <boost/describe.hpp>
#include <boost/mp11.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>

namespace dsys::hashring {
namespace {

const RingScenario& scenario_named(std::string_view name) {
  static const auto all = all_scenarios();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == name; });
  REQUIRE(found != all.end());
  return *found;
}

bool breaks(const check::Exposure& exposure, const sim::Implementation<RingProtocol>& nodes) {
  const auto properties =
      cli::properties_named<RingProtocol>(all_properties(), {exposure.property});
  return check::run<RingProtocol>(scenario_named(exposure.scenario), nodes, properties,
                                  {.seed = exposure.seed})
      .any_broken();
}

}  // namespace

TEST_CASE("every flaw of the ring breaks each property that it is said to break") {
  for (const RingFlaw& flaw : all_flaws()) {
    REQUIRE_FALSE(flaw.exposures.empty());
    for (const check::Exposure& exposure : flaw.exposures) {
      CAPTURE(std::string(flaw.id));
      CAPTURE(std::string(exposure.property));
      CHECK(breaks(exposure, flaw.implementation));
      CHECK_FALSE(breaks(exposure, reference_implementation()));
    }
  }
}

TEST_CASE("no flaw of the ring is a copy: each has exactly one rule replaced") {
  std::set<std::string_view> names;
  for (const Rules* rules : flawed_rules()) {
    CAPTURE(std::string(rules->name));
    CHECK(names.insert(rules->name).second);
    int swapped = 0;
    boost::mp11::mp_for_each<
        boost::describe::describe_members<Rules, boost::describe::mod_public>>([&](auto member) {
      const bool is_name = std::string_view(member.name) == "name";
      swapped += !is_name && rules->*member.pointer != reference_rules.*member.pointer ? 1 : 0;
    });
    CHECK(swapped == 1);
  }
  CHECK(names == std::set<std::string_view>{
                     "mod-xor", "fnv-add", "get-last", "remove-by-hash", "overwrite", "no-vnodes",
                     "mod-n", "no-wrap", "strict-greater", "weak-hash", "unstable-hash", "signed",
                     "order-dependent", "remove-collision", "replica-same-node", "unstable-label",
                     "hot-key", "stale-view", "unsorted-publish"});
}

}  // namespace dsys::hashring
