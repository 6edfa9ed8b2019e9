// How many transitions a second a search takes. The abstract commit has tables that fit the cache
// with 7 managers, and 61 million states with 10; the explorer adds nodes, messages and properties.
#include "common/search/explorer.hpp"
#include "common/search/search.hpp"
#include "problems/raft/parts.hpp"
#include "tests/common/two_phase_commit.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace {

using namespace dsys;

void count(benchmark::State& state, const search::SearchOutcome& outcome, std::size_t words) {
  state.counters["states"] = static_cast<double>(outcome.counts.states);
  state.counters["transitions/s"] =
      benchmark::Counter(static_cast<double>(outcome.counts.transitions),
                         benchmark::Counter::kIsIterationInvariantRate);
  // Without the words of the states themselves.
  state.counters["bytes/state"] =
      static_cast<double>(outcome.bytes) / static_cast<double>(outcome.counts.states) -
      4.0 * static_cast<double>(words);
}

void search_commit(benchmark::State& state) {
  const auto managers = static_cast<unsigned>(state.range(0));
  const auto jobs = static_cast<unsigned>(state.range(1));
  search::SearchOutcome outcome;
  for (auto _ : state) {
    search::TwoPhaseCommit model(managers);
    outcome = search::Search(model, {.memory = std::size_t{16} << 30U, .jobs = jobs}).run();
  }
  count(state, outcome, managers + 1);
}
BENCHMARK(search_commit)
    ->ArgNames({"managers", "jobs"})
    ->Args({6, 1})
    ->Args({7, 1})
    ->Args({8, 1})
    ->Args({8, 2})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
// 61 million states: once.
BENCHMARK(search_commit)
    ->Name("search_commit_large")
    ->ArgNames({"managers", "jobs"})
    ->Args({10, 1})
    ->Args({10, 2})
    ->Iterations(1)
    ->Unit(benchmark::kSecond)
    ->UseRealTime();

void explore_raft(benchmark::State& state, std::string_view name) {
  const auto explorations = raft::explorations();
  const auto exploration = std::find_if(explorations.begin(), explorations.end(),
                                        [&](const auto& one) { return one.name == name; });
  std::vector<raft::Property> properties;
  for (const raft::Property& one : raft::properties()) {
    const auto& wanted = exploration->properties;
    if (std::find(wanted.begin(), wanted.end(), one.text.id) != wanted.end()) {
      properties.push_back(one);
    }
  }
  search::SearchOutcome outcome;
  for (auto _ : state) {
    search::Explorer<raft::RaftProtocol> explorer(*exploration, raft::reference(), properties);
    outcome = explorer.run({.jobs = static_cast<unsigned>(state.range(0))});
  }
  count(state, outcome, 0);
}
BENCHMARK_CAPTURE(explore_raft, late_entries, std::string_view("late-entries"))
    ->ArgName("jobs")
    ->Arg(1)
    ->Arg(2)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
