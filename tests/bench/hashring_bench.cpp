// Lookups of the ring and of its alternatives, with 5 nodes of 160 points and 1000 of 100.
#include "problems/hashring/exhibit/alternatives.hpp"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <vector>

namespace dsys::hashring {
namespace {

std::vector<std::string> some_keys() {
  std::vector<std::string> keys;
  keys.reserve(1024);
  for (int i = 0; i < 1024; ++i) keys.push_back("key" + std::to_string(i));
  return keys;
}

void lookup(benchmark::State& state, Algorithm algorithm) {
  const auto nodes = static_cast<std::uint32_t>(state.range(0));
  const auto virtual_nodes = static_cast<std::uint32_t>(state.range(1));
  const auto placement = make_placement(algorithm, {.virtual_nodes = virtual_nodes});
  for (std::uint32_t i = 1; i <= nodes; ++i) {
    placement->add({.name = "server" + std::to_string(i)});
  }
  const std::vector<std::string> keys = some_keys();
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(placement->owner(keys[next]));
    next = (next + 1) % keys.size();
  }
}
BENCHMARK_CAPTURE(lookup, ring, Algorithm::ring)->Args({5, 160})->Args({1000, 100});
BENCHMARK_CAPTURE(lookup, modulo, Algorithm::modulo)->Args({5, 160})->Args({1000, 100});
BENCHMARK_CAPTURE(lookup, rendezvous, Algorithm::rendezvous)->Args({5, 160})->Args({1000, 100});
BENCHMARK_CAPTURE(lookup, jump, Algorithm::jump)->Args({5, 160})->Args({1000, 100});
BENCHMARK_CAPTURE(lookup, maglev, Algorithm::maglev)->Args({5, 160})->Args({1000, 100});

}  // namespace
}  // namespace dsys::hashring
