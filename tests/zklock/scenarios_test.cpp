// The reference under every scenario, a few seeds each; scripts/check runs many more.
#include "problems/zklock/parts.hpp"

#include "problems/zklock/scenarios/cast.hpp"
#include "tests/problem/standard.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dsys::zklock {

namespace {

// What waiters send and are sent between the moment that one gives the lock back and the moment
// that the next owns it.
class HandOvers final : public Observer<LockProtocol> {
 public:
  void observe(const Event& event) override {
    const bool is_ping =
        message_of<PingRequest>(event) != nullptr || message_of<PingResponse>(event) != nullptr;
    const bool is_of_waiter = is_waiter(event.node) || is_waiter(event.peer);
    if (event.kind == EventKind::send && is_of_waiter && !is_ping) ++sent_;
    if (output_of<Released>(event) != nullptr) {
      releaser_ = event.node;
      sent_ = 0;
    }
    if (output_of<Acquired>(event) != nullptr) {
      owners.push_back(event.node);
      if (owners.size() > 1) messages.push_back(sent_);
    }
    if (const auto* const created = output_of<ZnodeCreated>(event)) {
      if (created->mode == CreateMode::ephemeral_sequential) queue.push_back(created->client);
    }
  }

  std::vector<NodeId> queue;
  std::vector<NodeId> owners;
  std::vector<unsigned> messages;

 private:
  bool is_waiter(NodeId node) const { return is_under_test(node) && node != releaser_; }

  NodeId releaser_{};
  unsigned sent_ = 0;
};

}  // namespace

TEST_CASE("the lock holds when clients crash, lose power, pause and are cut off at random") {
  for (const std::string_view name : {"tour", "queue", "leader-change", "readers", "give-up"}) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      CAPTURE(std::string(name));
      CAPTURE(seed);
      check_holds(
          run_of(parts(), scenario_named(parts(), name),
                 {.seed = seed, .faults = {"random 8 crash,power-loss,pause,split until 9s"}}));
    }
  }
}

TEST_CASE(
    "the lock holds when the servers of the ensemble fail one after the other, and together") {
  constexpr Duration begin = 300ms;
  for (unsigned seed = 1; seed <= 60; ++seed) {
    Random random(seed);
    std::vector<std::string> faults;
    for (int i = 0; i < 5; ++i) {
      const Duration at = begin + random.between(Duration{0}, 12s);
      const Duration until = at + random.between(100ms, 5s);
      const std::uint64_t server = 1 + random.below(3);
      const bool is_pause = random.chance(40);
      const bool is_power_loss = random.chance(50);
      const std::string_view kind = is_pause ? "pause" : is_power_loss ? "power-loss" : "crash";
      faults.push_back(fmt::format("{} {} s{}", to_string(at), kind, server));
      faults.push_back(
          fmt::format("{} {} s{}", to_string(until), is_pause ? "resume" : "restart", server));
    }
    for (const int server : {1, 2, 3}) {
      faults.push_back(fmt::format("19s restart s{}", server));
      faults.push_back(fmt::format("19s resume s{}", server));
    }
    CAPTURE(seed);
    const std::string_view name = seed % 3 == 0 ? "tour" : seed % 3 == 1 ? "queue" : "errand";
    check_holds(run_of(parts(), scenario_named(parts(), name),
                       {.seed = seed, .length = 50s, .faults = faults}));
  }
}

TEST_CASE("the queue moves in order, by one event and one listing, with 2 waiters, 10 or 50") {
  for (const unsigned waiters : {2U, 10U, 50U}) {
    CAPTURE(waiters);
    Scenario crowd = scenario_named(parts(), "crowd");
    crowd.cast = [](const Players& implementation, unsigned nodes) {
      auto all = clients(nodes, 10ms);
      all[0].work = 3s;  // the others stand in the queue when it begins to move
      for (std::size_t i = 1; i < all.size(); ++i) all[i].first_after += 500ms;
      return cast_of(implementation, all);
    };
    HandOvers seen;
    check_holds(run_of(parts(), crowd, {.seed = 1, .nodes = waiters + 1, .length = 20s}, {&seen}));
    CHECK(seen.owners.size() == waiters + 1);
    CHECK(seen.owners == seen.queue);
    CHECK(seen.messages == std::vector<unsigned>(waiters, 3));
  }
}

}  // namespace dsys::zklock
