// The reference under every scenario, a few seeds each; scripts/check runs ten thousand.
#include "problems/raft/scenarios.hpp"

#include "tests/raft/subject.hpp"

#include <cstdint>
#include <string_view>

using namespace dsys;
using namespace dsys::raft;

TEST_CASE("the reference breaks no property in any scenario, and each witness is seen") {
  check_every_scenario(subject(), 20);
}

// What only a flawed voter does cannot be waited for, so every script must end without it.
TEST_CASE("every script runs to its end: no step waits for something that never happens") {
  check_scripts_end(subject());
}

TEST_CASE("Raft holds with every number of servers that a scenario takes") {
  check_node_counts(subject(), {1, 2, 3, 4, 7, 9});
}

TEST_CASE("Raft holds under random faults of every kind, with random seeds") {
  for (const std::string_view name : {"tour", "replication"}) {
    const RaftScenario& scenario = subject().scenario(name);
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
      CAPTURE(seed);
      check_holds(
          subject().run(scenario, {.seed = seed, .length = 9s, .faults = {"random 12 until 4s"}}));
    }
  }
}

TEST_CASE("a leader hands over without an election timeout") {
  const RaftScenario& handover = subject().scenario("handover");
  trace::Recorder<RaftProtocol> recorder(trace::Detail::messages);
  (void)check::run<RaftProtocol>(handover, reference_implementation(), {}, {.seed = 3},
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
