#include "problems/zklock/flaws.hpp"
#include "common/check/run.hpp"
#include "common/cli/describe.hpp"
#include "problems/zklock/properties.hpp"
#include "problems/zklock/scenarios.hpp"

#include <doctest/doctest.h>
#include <boost/describe.hpp>
#include <boost/mp11.hpp>

#include <algorithm>
#include <set>
#include <string>

using namespace dsys;
using namespace dsys::zklock;

namespace {

const LockScenario& scenario_named(std::string_view name) {
  static const auto all = all_scenarios();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == name; });
  REQUIRE(found != all.end());
  return *found;
}

bool breaks(const check::Exposure& exposure, const sim::Implementation<LockProtocol>& players) {
  const auto properties =
      cli::properties_named<LockProtocol>(all_properties(), {exposure.property});
  return check::run<LockProtocol>(scenario_named(exposure.scenario), players, properties,
                                  {.seed = exposure.seed})
      .any_broken();
}

int swapped_rules(const Rules& rules) {
  int swapped = 0;
  boost::mp11::mp_for_each<boost::describe::describe_members<Rules, boost::describe::mod_public>>(
      [&](auto member) {
        swapped += rules.*member.pointer != reference_rules.*member.pointer ? 1 : 0;
      });
  return swapped;
}

}  // namespace

TEST_CASE("every flaw breaks each property that it is said to break, under its pinned schedule") {
  for (const LockFlaw& flaw : all_flaws()) {
    REQUIRE_FALSE(flaw.exposures.empty());
    for (const check::Exposure& exposure : flaw.exposures) {
      CAPTURE(std::string(flaw.id));
      CAPTURE(std::string(exposure.property));
      CHECK(breaks(exposure, flaw.implementation));
    }
  }
}

TEST_CASE("the reference breaks nothing under the schedules that expose flaws") {
  for (const LockFlaw& flaw : all_flaws()) {
    for (const check::Exposure& exposure : flaw.exposures) {
      CAPTURE(std::string(flaw.id));
      CHECK_FALSE(breaks(exposure, reference_implementation()));
    }
  }
}

TEST_CASE("no flaw is a copy: each is the reference with exactly one thing replaced") {
  std::set<std::string_view> names;
  for (const Replacement& one : replacements()) {
    CAPTURE(std::string(one.flaw));
    CHECK(names.insert(one.flaw).second);
    const int bends = one.client_bend != nullptr ? 1 : 0;
    const int detours = one.unlocking != Unlocking::own_znode ? 1 : 0;
    CHECK(swapped_rules(*one.rules) + bends + detours == 1);
  }
  CHECK(replacements().size() == all_flaws().size());
}

TEST_CASE("all flaws of the question bank and of the classics are here") {
  const std::set<std::string_view> expected{
      "zk.create-is-lock", "zk.discard-name",   "zk.no-parent",          "zk.session-too-short",
      "zk.herd",           "zk.watch-lowest",   "zk.no-recheck",         "zk.exists-race",
      "zk.retry-create",   "zk.no-sync",        "zk.disconnect-is-loss", "zk.ignore-disconnect",
      "zk.string-sort",    "zk.seq-token",      "zk.fence-strict",       "zk.persistent",
      "zk.event-thread",   "zk.delete-by-name", "zk.shared-session",     "zk.timeout-leaves-node",
      "zk.no-fencing"};
  std::set<std::string_view> present;
  for (const LockFlaw& flaw : all_flaws()) present.insert(flaw.id);
  CHECK(present == expected);
}
