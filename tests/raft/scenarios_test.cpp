// The reference under every scenario, a few seeds each; scripts/check runs ten thousand.
#include "problems/raft/scenarios.hpp"
#include "common/check/run.hpp"
#include "common/cli/describe.hpp"
#include "problems/raft/flaws.hpp"
#include "problems/raft/problem.hpp"
#include "problems/raft/properties.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>

using namespace dsys;
using namespace dsys::raft;

namespace {

check::RunResult run(const RaftScenario& scenario, const check::RunOptions& options) {
  return check::run<RaftProtocol>(
      scenario, reference_implementation(),
      cli::properties_named<RaftProtocol>(all_properties(), scenario.properties), options);
}

void check_holds(const check::RunResult& result) {
  for (const check::Verdict& verdict : result.verdicts) {
    CAPTURE(verdict.text.id);
    CAPTURE(verdict.reason);
    CHECK_FALSE(verdict.is_broken());
  }
}

}  // namespace

TEST_CASE("the reference breaks no property in any scenario, and each witness is seen") {
  for (const RaftScenario& scenario : all_scenarios()) {
    CAPTURE(std::string(scenario.name));
    std::map<std::string, int> seen;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
      CAPTURE(seed);
      const auto result = run(scenario, {.seed = seed});
      check_holds(result);
      for (const check::Verdict& verdict : result.verdicts) {
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

TEST_CASE("every script runs to its end: no step waits for something that never happens") {
  for (const RaftScenario& scenario : all_scenarios()) {
    if (scenario.script.empty()) continue;
    CAPTURE(std::string(scenario.name));
    RaftScenario marked = scenario;
    marked.script.emplace_back("say the script has ended");
    trace::Recorder<RaftProtocol> recorder(trace::Detail::story);
    (void)check::run<RaftProtocol>(marked, reference_implementation(), {}, {.seed = 1},
                                   {&recorder});
    bool ended = false;
    for (const trace::Entry& entry : recorder.take()) {
      ended = ended || entry.fields == "the script has ended";
    }
    // What only a flawed voter does cannot be waited for, so every script must end without it.
    CHECK(ended);
  }
}

TEST_CASE("Raft holds with every number of servers that a scenario takes") {
  for (const RaftScenario& scenario : all_scenarios()) {
    for (const unsigned nodes : {1U, 2U, 3U, 4U, 7U, 9U}) {
      if (nodes < scenario.nodes_min || nodes > scenario.nodes_max) continue;
      CAPTURE(std::string(scenario.name));
      CAPTURE(nodes);
      const auto result = run(scenario, {.seed = 5, .nodes = nodes});
      for (const check::Verdict& verdict : result.verdicts) {
        CAPTURE(verdict.text.id);
        CAPTURE(verdict.reason);
        CHECK_FALSE(verdict.is_broken());
      }
    }
  }
}

TEST_CASE("Raft holds under random faults of every kind, with random seeds") {
  const auto scenarios = all_scenarios();
  for (const RaftScenario& scenario : scenarios) {
    if (scenario.name != std::string_view("tour") &&
        scenario.name != std::string_view("replication")) {
      continue;
    }
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
      CAPTURE(seed);
      check_holds(run(scenario, {.seed = seed, .length = 9s, .faults = {"random 12 until 4s"}}));
    }
  }
}

TEST_CASE("a leader hands over without an election timeout") {
  const auto scenarios = all_scenarios();
  const auto handover = std::find_if(scenarios.begin(), scenarios.end(), [](const auto& one) {
    return one.name == std::string_view("handover");
  });
  trace::Recorder<RaftProtocol> recorder(trace::Detail::messages);
  (void)check::run<RaftProtocol>(*handover, reference_implementation(), {}, {.seed = 3},
                                 {&recorder});
  Time asked{};
  Time elected{};
  for (const trace::Entry& entry : recorder.take()) {
    if (entry.type == "TransferLeadership" && asked == 0ms) asked = entry.time;
    if (entry.type == "BecameLeader") elected = entry.time;
  }
  CHECK(asked > 0ms);
  CHECK(elected > asked);
  CHECK(elected - asked < 100ms);
}
