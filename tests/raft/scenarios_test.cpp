// The reference under every scenario, a few seeds each; scripts/check runs ten thousand.
#include "problems/raft/parts.hpp"

#include "tests/problem/standard.hpp"
#include "tests/sanitized.hpp"

#include <cstdint>
#include <string_view>

namespace dsys::raft {

TEST_CASE("Raft holds under random faults of every kind, with random seeds") {
  for (const std::string_view name : {"tour", "replication"}) {
    const Scenario& scenario = scenario_named(parts(), name);
    for (std::uint64_t seed = 1; seed <= (is_sanitized ? 10 : 60); ++seed) {
      CAPTURE(seed);
      check_holds(run_of(parts(), scenario,
                         {.seed = seed, .length = 9s, .faults = {"random 12 until 4s"}}));
    }
  }
}

TEST_CASE("a leader hands over without an election timeout") {
  const Scenario& handover = scenario_named(parts(), "handover");
  trace::Recorder<RaftProtocol> recorder(trace::Detail::messages);
  (void)parts().run(handover, reference(), {}, {.seed = 3}, {&recorder});
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

}  // namespace dsys::raft
