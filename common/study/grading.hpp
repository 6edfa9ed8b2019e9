// Grades an implementation by a rubric. Knows no protocol and no program: whoever calls says how
// one run is made. The same implementation gets the same grade on every machine.
#pragma once

#include "common/check/run.hpp"
#include "common/study/rubric.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dsys::study {

constexpr std::uint64_t seeds_of_grading = 5;  // every scenario is run with the seeds 1 to this
constexpr unsigned pass_percent = 60;

// Why a check earned nothing.
struct Loss {
  enum class Kind : std::uint8_t {
    broken,    // a property does not hold
    failed,    // the program could not go on
    storm,     // the run would not have ended by itself
    not_seen,  // what must happen never did
    not_run,   // the program had failed too often before
  };

  Kind kind = Kind::not_run;
  unsigned points = 0;
  std::string_view scenario;
  std::uint64_t seed = 1;
  check::Verdict verdict;                    // broken, not_seen: of that property
  std::optional<check::RunFailure> failure;  // failed
};

struct GroupResult {
  const Group* group = nullptr;
  unsigned stage = 1;
  unsigned points = 0;
  std::vector<Loss> losses;
};

struct Grade {
  unsigned points = 0;
  unsigned of = 0;
  unsigned stage = 0;          // the last one that was graded
  unsigned stage_reached = 0;  // up to here nothing was lost
  std::vector<GroupResult> groups;
  std::uint64_t runs = 0;
  std::uint64_t events = 0;

  bool passed() const { return points * 100 >= of * pass_percent; }
};

// One run: a scenario, a seed, and the properties to judge.
struct GradedRun {
  std::string_view scenario;
  std::uint64_t seed = 1;
  std::vector<std::string_view> properties;
};

struct GradingOptions {
  unsigned stage = 0;  // up to this one; 0: all
  unsigned jobs = 1;
  std::function<check::RunResult(const GradedRun& run)> run;         // called by several threads
  std::function<void(std::size_t done, std::size_t of)> progress{};  // one at a time
};

Grade grade(const Rubric& rubric, const GradingOptions& options);

}  // namespace dsys::study
