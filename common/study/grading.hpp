// Grades an implementation by a rubric. Knows no protocol and no program: whoever calls says how
// one run is made. The same implementation gets the same grade on every machine.
#pragma once

#include "common/check/every_fault.hpp"
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
// Of each search, at most: in all, and of the program.
constexpr std::uint64_t transitions_of_search = 300'000;
constexpr std::uint64_t calls_of_search = 20'000;

// What is run for a grade: a scenario as it is; a short one, with every fault at every moment; or
// every order of events from an opening on.
enum class RunKind : std::uint8_t { scenario, drill, search };

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
  RunKind run = RunKind::scenario;
  std::string_view scenario;  // or exploration
  std::uint64_t seed = 1;
  std::optional<check::Misfortune> misfortune{};  // of a drill
  std::vector<std::string> way{};                 // of a search: its steps
  check::Verdict verdict;                         // broken, not_seen: of that property
  std::optional<check::RunFailure> failure;       // failed
};

struct GroupResult {
  const Group* group = nullptr;
  unsigned stage = 1;
  unsigned points = 0;
  std::vector<Loss> losses;
};

// What the runs of one scenario took, or a search.
struct Cost {
  std::string_view scenario;
  RunKind run = RunKind::scenario;
  std::uint64_t runs = 0;
  std::uint64_t events = 0;  // of a search: those that the program was asked about
  double seconds = 0;        // of all of them, one after the other
};

// A search that cannot be made of this program. It costs nothing.
struct NotSearched {
  std::string_view exploration;
  check::RunFailure why;
};

struct Grade {
  unsigned points = 0;
  unsigned of = 0;
  unsigned stage = 0;          // the last one that was graded
  unsigned stage_reached = 0;  // up to here nothing was lost
  std::vector<GroupResult> groups;
  std::uint64_t runs = 0;
  std::uint64_t events = 0;
  std::vector<Cost> costs;
  std::vector<NotSearched> not_searched;

  bool passed(unsigned percent = pass_percent) const { return points * 100 >= of * percent; }
};

// One run: a scenario, a seed, what goes wrong beside, and the properties to judge. Or a search: an
// exploration, which judges its own of these properties.
struct GradedRun {
  RunKind kind = RunKind::scenario;
  std::string_view scenario;
  std::uint64_t seed = 1;
  std::vector<std::string_view> properties{};
  bool finds_places = false;
  std::optional<check::Misfortune> misfortune{};

  check::RunOptions options() const;
};

// What a run came to. Of a search only what is broken has a verdict.
struct Outcome {
  check::RunResult result;
  std::vector<std::string> way{};                   // of a search: the steps to what is broken
  std::optional<check::RunFailure> not_searched{};  // why
};

struct GradingOptions {
  unsigned stage = 0;  // up to this one; 0: all
  unsigned jobs = 1;
  check::Patience patience{};
  bool stops_at_loss = false;  // once some points are lost; how many there would be is not known
  std::function<Outcome(const GradedRun& run)> run;                  // called by several threads
  std::function<void(std::size_t done, std::size_t of)> progress{};  // one at a time
};

Grade grade(const Rubric& rubric, const GradingOptions& options);

// Where to look after a loss: by what went wrong, else by what the group is about.
std::string_view hint_of(const Rubric& rubric, const Group& group, const Loss& loss);

}  // namespace dsys::study
