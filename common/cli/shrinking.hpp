// A run that broke something, made as small as can be, and the command that runs it again.
#pragma once

#include "common/check/shrink.hpp"
#include "common/cli/verbs.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dsys::cli {

// How often a program is run to make one run of it smaller. It costs real time: processes are
// started, and each event is a line to and fro.
constexpr std::uint64_t runs_of_program_max = 40;

// A run, and what it broke: a property, or the program that played a node.
struct Breakage {
  std::string scenario;
  check::RunOptions options;
  std::string_view property;                     // by its id; empty: the program failed ...
  std::optional<check::RunFailure> failure{};    // ... like this
  std::uint64_t runs_max = runs_of_program_max;  // if a program plays the nodes
};

struct RunSize {
  std::uint64_t events = 0;
  std::size_t nodes = 0;
  std::size_t others = 0;
  std::size_t faults = 0;  // steps of the script, and --fault; what only tells something is none
};

struct ShrunkRun {
  check::RunOptions options;  // that run it again
  check::RunResult result;    // judged by the broken property alone
  RunSize before;             // of the whole run that it was made from
  RunSize after;
  std::uint64_t runs = 0;  // that were tried

  // Of the broken property; null if the program failed.
  const check::Verdict* verdict() const;
};

// None if nothing could be taken away, or if the run does not break the same when it is made again.
// What the reference breaks in a smaller run as well is no smaller run: it asks too much.
std::optional<ShrunkRun> shrunk_run(const Problem& problem, const Cast& cast,
                                    const Breakage& breakage);

// "Shrunk from 1335 events, 5 nodes and 6 faults to 108 events, 3 nodes and 2 faults.", or that
// nothing can be left out.
std::string shrunk_sentence(const Problem& problem, const ShrunkRun& run);

// The demo that shows it.
DemoOptions shrunk_demo(const std::string& scenario, const std::string& implementation,
                        const ShrunkRun& run);

// "shrunk" in the output of check and grade: null, or
//   {"events":108,"nodes":3,"others":1,"faults":2,
//    "from":{"events":1335,"nodes":5,"others":1,"faults":6},
//    "script":["300ms crash n1"],"without":["c2"],"length_ns":745028000,"runs":57,
//    "verdict":{...} or null,"failure":{...} or null,"replay":"dsys raft demo ..."}
std::string shrunk_json(const Problem& problem, const std::string& scenario,
                        const std::string& implementation, const std::optional<ShrunkRun>& run);

}  // namespace dsys::cli
