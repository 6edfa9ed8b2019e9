// Events of a five-server Raft world a second, without a trace and with every property watching.
#include "common/check/run.hpp"
#include "problems/raft/given/clients.hpp"
#include "problems/raft/node.hpp"
#include "problems/raft/parts.hpp"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <vector>

namespace dsys::raft {
namespace {

// Five servers and a client that writes all the time, for an hour of virtual time at most.
void add_nodes(sim::World<RaftProtocol>& world) {
  ServerConfig config;
  for (std::uint32_t number = 1; number <= 5; ++number) {
    config.servers.push_back(node_id('n', number));
  }
  for (const NodeId server : config.servers) {
    world.add(server, reference()(server, config));
  }
  world.add(node_id('c', 1), factory_of<RaftProtocol>(Client{.servers = config.servers,
                                                             .random_requests = 1'000'000'000,
                                                             .pause_between = 20ms}));
}

// An event is what a trace would show: a message sent or delivered, a timer set or expired, a
// record written, a sync, an output. The same run is observed once to count them.
class EventCount final : public Observer<RaftProtocol> {
 public:
  void observe(const Event& /*event*/) override {}
};

void raft_world(benchmark::State& state) {
  constexpr Time length = 60s;
  sim::World<RaftProtocol> counted({.seed = 1});
  EventCount count;
  add_nodes(counted);
  counted.observe(count);
  counted.start();
  counted.run_until(length);
  for (auto _ : state) {
    sim::World<RaftProtocol> world({.seed = 1});
    add_nodes(world);
    world.start();
    world.run_until(length);
    benchmark::DoNotOptimize(world.counts());
  }
  const auto runs = static_cast<double>(state.iterations());
  state.counters["events/s"] =
      benchmark::Counter(static_cast<double>(counted.events()) * runs, benchmark::Counter::kIsRate);
  state.counters["handlers/s"] = benchmark::Counter(
      static_cast<double>(counted.counts().inputs) * runs, benchmark::Counter::kIsRate);
}
BENCHMARK(raft_world)->Unit(benchmark::kMillisecond);

void raft_scenario_with_properties(benchmark::State& state) {
  const auto all = scenarios();
  const auto& scenario = all[static_cast<std::size_t>(state.range(0))];
  std::uint64_t events = 0;
  std::uint64_t seed = 0;
  for (auto _ : state) {
    const auto result = parts().run(scenario, reference(), properties(), {.seed = ++seed});
    events += result.events;
  }
  state.SetLabel(std::string(scenario.name));
  state.counters["events/s"] =
      benchmark::Counter(static_cast<double>(events), benchmark::Counter::kIsRate);
}
BENCHMARK(raft_scenario_with_properties)->Arg(0)->Arg(7)->Arg(10)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace dsys::raft
