// The whole process, as a user starts it.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <string>

namespace {

void whole_process(benchmark::State& state, const std::string& words) {
  const std::string command = std::string(DSYS_PROGRAM) + " " + words + " >/dev/null";
  for (auto _ : state) {
    if (std::system(command.c_str()) != 0) state.SkipWithError("the program failed");
  }
}
BENCHMARK_CAPTURE(whole_process, list, std::string("list"))
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(whole_process, raft_demo, std::string("raft demo"))
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(whole_process, hashring_demo, std::string("hashring --nodes 5"))
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
