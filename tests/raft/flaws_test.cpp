#include "problems/raft/flaws.hpp"
#include "common/check/run.hpp"
#include "common/cli/describe.hpp"
#include "problems/raft/properties.hpp"
#include "problems/raft/scenarios.hpp"

#include <doctest/doctest.h>
#include <boost/describe.hpp>
#include <boost/mp11.hpp>

#include <set>
#include <string>

using namespace dsys;
using namespace dsys::raft;

namespace {

const RaftScenario& scenario_named(std::string_view name) {
  static const auto all = all_scenarios();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == name; });
  REQUIRE(found != all.end());
  return *found;
}

bool breaks(const check::Exposure& exposure, const sim::Implementation<RaftProtocol>& servers) {
  const auto properties =
      cli::properties_named<RaftProtocol>(all_properties(), {exposure.property});
  return check::run<RaftProtocol>(scenario_named(exposure.scenario), servers, properties,
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
  for (const RaftFlaw& flaw : all_flaws()) {
    REQUIRE_FALSE(flaw.exposures.empty());
    for (const check::Exposure& exposure : flaw.exposures) {
      CAPTURE(std::string(flaw.id));
      CAPTURE(std::string(exposure.property));
      CHECK(breaks(exposure, flaw.implementation));
    }
  }
}

TEST_CASE("the reference breaks nothing under the schedules that expose flaws") {
  for (const RaftFlaw& flaw : all_flaws()) {
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
    CHECK(swapped_rules(*one.rules) + (one.bend != nullptr ? 1 : 0) == 1);
  }
  CHECK(replacements().size() == all_flaws().size());
}

TEST_CASE("all flaws of the question bank and of the classics are here") {
  const std::set<std::string_view> expected{
      "raft.self-compare",      "raft.no-voted-for",     "raft.term-goes-back",
      "raft.votes-not-counted", "raft.fixed-timeout",    "raft.accept-stale-term",
      "raft.no-prev-check",     "raft.ack-first",        "raft.heartbeat-appends",
      "raft.broadcast-storm",   "raft.no-replication",   "raft.reply-to-leader",
      "raft.no-persist",        "raft.commit-old-term",  "raft.vote-not-durable",
      "raft.ack-before-fsync",  "raft.truncate-always",  "raft.commit-last-index",
      "raft.length-only",       "raft.timer-any-rpc",    "raft.count-duplicate-votes",
      "raft.match-from-now",    "raft.local-read",       "raft.no-noop",
      "raft.no-session",        "raft.step-down-missing"};
  std::set<std::string_view> present;
  for (const RaftFlaw& flaw : all_flaws()) present.insert(flaw.id);
  CHECK(present == expected);
}
