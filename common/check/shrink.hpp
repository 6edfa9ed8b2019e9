// Makes a run that breaks something smaller, step by step, while it still breaks the same: fewer
// nodes, fewer of the others, fewer steps of the script, an end where it breaks. Delta debugging,
// greedy: the result is small, and nothing that was tried alone can be taken from it; a smaller one
// may exist. Knows no protocol: whoever calls says how one run is tried.
//
//   - Deterministic: the same task gives the same result, on every machine.
//   - Bounded: no more runs, and hardly more events, than the task allows.
//   - Sound: what comes out was run and broke the same, with no more nodes, others, steps or
//     events than what went in.
#pragma once

#include "common/core/time.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace dsys::check {

// What can be made smaller in a run.
struct Staging {
  unsigned nodes = 0;
  std::vector<std::string> absent;  // who take no part
  std::vector<std::string> script;  // without `random`: the steps that it came to
  std::vector<std::string> faults;  // beside the script, each on its own
  Duration length{};

  bool operator==(const Staging&) const = default;
};

// What a run came to.
struct Trial {
  bool breaks = false;       // the same as the run that is made smaller
  std::uint64_t events = 0;  // up to the one that breaks, if it breaks
  std::optional<Time> end;   // when it breaks; none: only once the run is over
};

struct ShrinkTask {
  Staging start;
  unsigned nodes_min = 1;
  std::vector<std::string> others;  // who may be left out
  std::uint64_t runs_max = 200;
  std::uint64_t events_max = 5'000'000;  // of all runs; the last one may go beyond
  std::function<Trial(const Staging& staging)> run;
};

struct Shrunk {
  Staging staging;
  std::uint64_t events = 0;
  std::uint64_t runs = 0;  // that it took
};

// None if the start does not break what it should, or nothing could be taken away.
std::optional<Shrunk> shrink(const ShrinkTask& task);

}  // namespace dsys::check
