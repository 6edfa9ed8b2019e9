// The reference under every scenario, a few seeds each; scripts/check runs ten thousand.
#include "problems/lock/parts.hpp"

#include "tests/problem/standard.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dsys::lock {

namespace {

// What `pick` takes from a run of the reference with so many clients.
template <typename Value, typename Pick>
std::vector<Value> picked(std::string_view scenario, unsigned nodes, Pick pick) {
  struct Picker final : Observer<LockProtocol> {
    std::vector<Value> values;
    Pick* pick = nullptr;
    void observe(const Event& event) override { (*pick)(event, values); }
  };
  Picker picker;
  picker.pick = &pick;
  (void)parts().run(scenario_named(parts(), scenario), parts().reference, {},
                    {.seed = 1, .nodes = nodes}, {&picker});
  return picker.values;
}

}  // namespace

// Clients whose lease may end at any moment: what is judged is safety, and that it goes on.
TEST_CASE("the lock holds under random faults of every kind") {
  Scenario scenario = scenario_named(parts(), "contention");
  scenario.properties = {"LK-S1", "LK-S2", "LK-S3", "LK-S4", "LK-S5",
                         "LK-S6", "LK-S7", "LK-S8", "LK-L1"};
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    check_holds(run_of(parts(), scenario,
                       {.seed = seed, .length = 60s, .faults = {"random 12 until 20s"}}));
  }
}

// Clocks that are off by half are drawn too: what nobody could keep is not asked then.
TEST_CASE("the reference breaks nothing in any scenario, whatever faults are drawn") {
  for (const Scenario& scenario : parts().scenarios) {
    CAPTURE(std::string(scenario.name));
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
      CAPTURE(seed);
      const std::string faults = "random " + std::to_string(seed % 4 == 0 ? 20 : 2 * seed);
      check_holds(run_of(parts(), scenario, {.seed = seed, .faults = {faults}}));
    }
  }
}

TEST_CASE("the counter comes to the number of clients, and they own in the order they came") {
  const auto counters = picked<std::int64_t>("crowd", 20, [](const Event& event, auto& values) {
    const auto* const served = output_of<Served>(event);
    if (served != nullptr && served->access == Access::write) values.push_back(served->value);
  });
  REQUIRE(counters.size() == 20);
  CHECK(counters.back() == 20);

  const auto owners = picked<NodeId>("crowd", 20, [](const Event& event, auto& values) {
    if (output_of<Acquired>(event) != nullptr) values.push_back(event.node);
  });
  CHECK(owners.size() == 20);
  CHECK(std::is_sorted(owners.begin(), owners.end()));
}

// What passes between a release and the next acquisition, keep-alives aside.
TEST_CASE("a hand-over costs the same whatever the length of the queue") {
  const auto longest = [](unsigned nodes) {
    bool is_changing_hands = false;
    const auto messages = picked<int>("crowd", nodes, [&](const Event& event, auto& values) {
      if (output_of<Released>(event) != nullptr) {
        is_changing_hands = true;
        values.push_back(0);
      }
      if (output_of<Acquired>(event) != nullptr) is_changing_hands = false;
      const bool counts = event.kind == EventKind::send && is_changing_hands &&
                          message_of<LeaseKeepAliveRequest>(event) == nullptr &&
                          message_of<LeaseKeepAliveResponse>(event) == nullptr &&
                          message_of<WatchCreateRequest>(event) == nullptr &&
                          message_of<LeaseGrantRequest>(event) == nullptr &&
                          message_of<LeaseGrantResponse>(event) == nullptr &&
                          (message_of<WatchResponse>(event) == nullptr ||
                           !message_of<WatchResponse>(event)->created);
      if (counts) ++values.back();
    });
    // The first hand-overs are among clients that are still coming.
    return *std::max_element(messages.begin() + static_cast<std::ptrdiff_t>(messages.size() / 2),
                             messages.end() - 1);
  };
  const int with_four = longest(4);
  CHECK(with_four > 4);
  CHECK(longest(25) <= with_four + 1);
}

TEST_CASE("after a crash the next client owns the lock within the TTL and a second") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    struct Gap final : Observer<LockProtocol> {
      Time crashed{};
      Time granted{};
      void observe(const Event& event) override {
        if (event.kind == EventKind::crash) crashed = event.time;
        if (crashed != 0ms && granted == 0ms && output_of<Acquired>(event) != nullptr) {
          granted = event.time;
        }
      }
    } gap;
    (void)parts().run(scenario_named(parts(), "holder-crash"), parts().reference, {},
                      {.seed = seed}, {&gap});
    CAPTURE(seed);
    CHECK(gap.granted - gap.crashed > 3s);
    CHECK(gap.granted - gap.crashed <= 6s);
  }
}

}  // namespace dsys::lock
