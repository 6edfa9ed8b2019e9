// The reference under every scenario, a few seeds each; scripts/check runs ten thousand.
#include "problems/hashring/scenarios.hpp"

#include "common/check/run.hpp"
#include "common/cli/describe.hpp"
#include "problems/hashring/flaws.hpp"
#include "problems/hashring/properties.hpp"

#include <doctest/doctest.h>

#include <map>
#include <set>
#include <string>

namespace dsys::hashring {

TEST_CASE("the reference ring breaks no property in any scenario, and each witness is seen") {
  for (const RingScenario& scenario : all_scenarios()) {
    CAPTURE(std::string(scenario.name));
    const auto properties =
        cli::properties_named<RingProtocol>(all_properties(), scenario.properties);
    std::map<std::string, int> seen;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
      CAPTURE(seed);
      const auto result =
          check::run<RingProtocol>(scenario, reference_implementation(), properties, {.seed = seed});
      for (const check::Verdict& verdict : result.verdicts) {
        CAPTURE(verdict.text.id);
        CAPTURE(verdict.reason);
        CHECK_FALSE(verdict.is_broken());
        if (verdict.text.kind != check::PropertyKind::sometimes) continue;
        seen[std::string(verdict.text.id)] +=
            verdict.outcome == check::Verdict::Outcome::seen ? 1 : 0;
      }
    }
    for (const auto& witness : seen) {
      CAPTURE(witness.first);
      CHECK(witness.second > 0);
    }
  }
}

TEST_CASE("all eight scenarios of the facts are here, and every property is judged in one") {
  std::set<std::string_view> ids;
  std::set<std::string_view> judged;
  for (const RingScenario& scenario : all_scenarios()) {
    ids.insert(scenario.id);
    judged.insert(scenario.properties.begin(), scenario.properties.end());
  }
  for (const char* id :
       {"HR-SC1", "HR-SC2", "HR-SC3", "HR-SC4", "HR-SC5", "HR-SC6", "HR-SC7", "HR-SC8"}) {
    CHECK(ids.contains(id));
  }
  for (const RingProperty& property : all_properties()) {
    CAPTURE(std::string(property.text.id));
    CHECK(judged.contains(property.text.id));
  }
}

}  // namespace dsys::hashring
