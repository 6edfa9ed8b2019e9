// The asserts of graded_test.cpp.in: what a problem's grading, its searches and its shrunk stories
// come to. The tables in each problem's README are made here: DSYS_UPDATE_GOLDEN=1 writes them.
#include "tests/problem/graded.hpp"

#include "common/cli/grade.hpp"
#include "common/cli/shrinking.hpp"
#include "common/study/grading.hpp"
#include "tests/problem/written.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dsys {
namespace {

using study::Grade;
using study::GroupResult;
using study::Loss;

// --- Grading ---

Grade grade_of(const problem::Problem& problem, const problem::FlawText* flaw) {
  const cli::Cast cast{.flaw = flaw};
  return study::grade(
      problem.rubric,
      {.jobs = 2, .patience = problem.patience, .run = [&](const study::GradedRun& run) {
         return cli::outcome_of(problem, cast, run);
       }});
}

// Who loses in which group: a group, and the names of flaws. From the file that says it.
using Losers = std::map<std::string, std::vector<std::string>>;

Losers losers_of(const problem::Problem& problem) {
  Losers losers;
  std::ifstream file(fmt::format("{}/tests/{}/losers.txt", DSYS_SOURCE, problem.name));
  REQUIRE(file.good());
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') continue;
    std::istringstream words(line);
    std::string group;
    words >> group;
    for (std::string flaw; words >> flaw;) losers[group].push_back(flaw);
  }
  return losers;
}

struct Row {
  std::string flaw;
  Grade grade;
};

// Graded once for all tests of a problem.
const std::vector<Row>& matrix_of(const problem::Problem& problem) {
  static std::map<std::string_view, std::vector<Row>> matrices;
  std::vector<Row>& rows = matrices[problem.name];
  if (!rows.empty()) return rows;
  for (const problem::FlawText& flaw : problem.flaws) {
    rows.push_back({std::string(flaw.id), grade_of(problem, &flaw)});
  }
  return rows;
}

bool loses_in(const Grade& grade, std::string_view group) {
  return std::any_of(grade.groups.begin(), grade.groups.end(), [&](const GroupResult& one) {
    return one.group->id == group && !one.losses.empty();
  });
}

void check_losers(const problem::Problem& problem, const Losers& losers) {
  std::set<std::string> seen;
  for (const Row& row : matrix_of(problem)) {
    const std::string name = row.flaw.substr(row.flaw.find('.') + 1);
    for (const auto& losing : losers) {
      const auto& flaws = losing.second;
      if (std::find(flaws.begin(), flaws.end(), name) == flaws.end()) continue;
      CAPTURE(row.flaw);
      CAPTURE(losing.first);
      CHECK(loses_in(row.grade, losing.first));
      seen.insert(name);
    }
  }
  CHECK(seen.size() == problem.flaws.size());  // each flaw loses somewhere
}

// The properties that a flaw is said to break, and those that its stories name.
void check_stories(const problem::Problem& problem) {
  const auto& rows = matrix_of(problem);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::set<std::string_view> told;
    for (const GroupResult& group : rows[i].grade.groups) {
      for (const Loss& loss : group.losses) {
        if (loss.kind == Loss::Kind::broken) told.insert(loss.verdict.text.id);
      }
    }
    CAPTURE(rows[i].flaw);
    CHECK(std::any_of(problem.flaws[i].exposures.begin(), problem.flaws[i].exposures.end(),
                      [&](const check::Exposure& one) { return told.contains(one.property); }));
  }
}

std::vector<study::Group> groups_of(const problem::Problem& problem) {
  std::vector<study::Group> groups;
  for (const study::Stage& stage : problem.rubric.stages) {
    CHECK_FALSE(stage.groups.empty());
    groups.insert(groups.end(), stage.groups.begin(), stage.groups.end());
  }
  return groups;
}

// --- The table ---

std::string table_of(const problem::Problem& problem) {
  std::string head = "| flaw | score |";
  std::string rule = "|---|---|";
  for (const study::Group& group : groups_of(problem)) {
    head += fmt::format(" {} |", group.id);
    rule += "---|";
  }
  std::string table = head + "\n" + rule + "\n";
  for (const Row& row : matrix_of(problem)) {
    table +=
        fmt::format("| `{}` | {} |", row.flaw.substr(row.flaw.find('.') + 1), row.grade.points);
    for (const GroupResult& one : row.grade.groups) {
      const unsigned lost = study::points_of(*one.group) - one.points;
      table += lost == 0 ? "  |" : fmt::format(" -{} |", lost);
    }
    table += "\n";
  }
  return table;
}

// --- Searches ---

struct Timed {
  problem::Explored explored;
  double seconds = 0;
};

Timed explore(const problem::Problem& problem, std::string_view exploration,
              std::optional<std::string> flaw, unsigned jobs = 2) {
  const auto begin = std::chrono::steady_clock::now();
  Timed timed{.explored = problem.explore({.exploration = std::string(exploration),
                                           .flaw = std::move(flaw),
                                           .limits = {.jobs = jobs}})};
  timed.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return timed;
}

std::string name_of(const problem::FlawText& flaw) {
  return std::string(flaw.id.substr(flaw.id.find('.') + 1));
}

std::string row(std::string_view who, std::string_view search, std::string_view breaks,
                const Timed& timed) {
  const search::SearchCounts& counts = timed.explored.outcome.counts;
  const std::size_t steps =
      timed.explored.path.broken ? timed.explored.path.steps.size() : counts.depth;
  return fmt::format("| {} | {} | {} | {} | {} | {} | {:.1f} |\n", who, search, breaks, steps,
                     counts.states, counts.transitions, timed.seconds);
}

// --- Shrinking ---

std::optional<cli::ShrunkRun> shrunk_exposure(const problem::Problem& problem,
                                              const problem::FlawText& flaw,
                                              const check::Exposure& exposure) {
  const cli::Cast cast{.flaw = &flaw};
  return cli::shrunk_run(problem, cast,
                         {.scenario = std::string(exposure.scenario),
                          .options = {.seed = exposure.seed},
                          .property = exposure.property});
}

check::RunResult run_again(const problem::Problem& problem, const check::Exposure& exposure,
                           const cli::ShrunkRun& shrunk, std::optional<std::string> flaw) {
  return problem
      .run({.scenario = std::string(exposure.scenario),
            .flaw = std::move(flaw),
            .properties = {exposure.property},
            .options = shrunk.options})
      .result;
}

}  // namespace

void check_rubric(const problem::Problem& problem) {
  unsigned points = 0;
  for (const study::Group& group : groups_of(problem)) {
    points += study::points_of(group);
    CHECK(problem.reading.find(fmt::format("\n## {}", group.section)) != std::string_view::npos);
    for (const study::Check& check : group.checks) {
      CHECK_FALSE(check.witnesses.empty());
      for (const auto scenario : check.scenarios) CHECK(problem::find_scenario(problem, scenario));
      for (const auto id : check.properties) CHECK(problem::find_property(problem, id));
      for (const auto id : check.witnesses) CHECK(problem::find_property(problem, id));
      for (const study::Drill& drill : check.drills) {
        CHECK(problem::find_scenario(problem, drill.scenario));
      }
      for (const auto exploration : check.searches) {
        CHECK(problem::find_exploration(problem, exploration));
      }
    }
  }
  CHECK(points == 100);
  const Grade grade = grade_of(problem, nullptr);
  CHECK(grade.points == 100);
  CHECK(grade.stage_reached == problem.rubric.stages.size());
}

void check_matrix(const problem::Problem& problem) {
  check_losers(problem, losers_of(problem));
  check_stories(problem);
  check_written(problem, "matrix", table_of(problem));
}

void check_searches(const problem::Problem& problem) {
  if (problem.explorations.empty()) return;
  std::string table =
      "| who | search | breaks | steps | states | transitions | seconds |\n"
      "|---|---|---|---|---|---|---|\n";
  for (const problem::FlawText& flaw : problem.flaws) {
    if (flaw.exploration.empty()) continue;
    CAPTURE(std::string(flaw.id));
    const Timed timed = explore(problem, flaw.exploration, std::string(flaw.id));
    REQUIRE(timed.explored.path.broken.has_value());
    CHECK(timed.explored.outcome.end == search::SearchEnd::violation);
    const std::string_view property = timed.explored.path.broken->text.id;
    const bool is_named = std::any_of(flaw.exposures.begin(), flaw.exposures.end(),
                                      [&](const auto& one) { return one.property == property; });
    CHECK(is_named);  // `break` blames what the list of flaws names
    table += row(fmt::format("`{}`", name_of(flaw)), flaw.exploration, property, timed);
  }
  for (const problem::ExplorationText& one : problem.explorations) {
    CAPTURE(std::string(one.name));
    const Timed timed = explore(problem, one.name, std::nullopt);
    CHECK_FALSE(timed.explored.path.broken.has_value());
    CHECK(timed.explored.outcome.end != search::SearchEnd::memory);
    CHECK(timed.explored.outcome.counts.cut_off == 0);
    table += row("the reference", one.name, "nothing", timed);
  }
  check_written(problem, "searches", table, Measured::last_column);
}

void check_paths(const problem::Problem& problem) {
  for (const problem::FlawText& flaw : problem.flaws) {
    if (flaw.exploration.empty()) continue;
    CAPTURE(std::string(flaw.id));
    const problem::Explored found =
        explore(problem, flaw.exploration, std::string(flaw.id), 1).explored;
    const Timed many = explore(problem, flaw.exploration, std::string(flaw.id), 3);
    CHECK(found.path.steps == many.explored.path.steps);
    CHECK(found.outcome.counts.states == many.explored.outcome.counts.states);

    const problem::ExploreRequest request{.exploration = std::string(flaw.exploration),
                                          .flaw = std::string(flaw.id)};
    const problem::Path again = problem.retrace(request, found.path.steps);
    CHECK_FALSE(again.impossible.has_value());
    CHECK(again.entries == found.path.entries);
    REQUIRE(again.broken.has_value());
    CHECK(again.broken->reason == found.path.broken->reason);
    // The reference either cannot go this way, or breaks nothing on it.
    const problem::Path reference =
        problem.retrace({.exploration = request.exploration}, found.path.steps);
    CHECK_FALSE(reference.broken.has_value());
  }
}

void check_merged_names(const problem::Problem& problem) {
  constexpr std::uint32_t depth = 9;
  for (const problem::ExplorationText& one : problem.explorations) {
    if (!one.is_symmetric) continue;
    for (const problem::FlawText& flaw : problem.flaws) {
      CAPTURE(std::string(flaw.id));
      const auto searched = [&](bool names) {
        return problem.explore({.exploration = std::string(one.name),
                                .flaw = std::string(flaw.id),
                                .limits = {.depth = depth, .jobs = 2},
                                .reductions = {.names = names}});
      };
      const problem::Explored merged = searched(true);
      const problem::Explored apart = searched(false);
      CHECK(merged.asymmetry.empty());
      CHECK(merged.outcome.end == apart.outcome.end);
      CHECK(merged.outcome.counts.depth == apart.outcome.counts.depth);
      CHECK(merged.path.steps.size() == apart.path.steps.size());
      REQUIRE(merged.path.broken.has_value() == apart.path.broken.has_value());
      if (!apart.path.broken) {
        CHECK(merged.outcome.counts.states * 5 < apart.outcome.counts.states);
        continue;
      }
      CHECK(merged.path.broken->text.id == apart.path.broken->text.id);
    }
  }
}

void check_shrinking(const problem::Problem& problem) {
  std::size_t exposures = 0;
  std::size_t smaller = 0;
  for (const problem::FlawText& flaw : problem.flaws) {
    for (const check::Exposure& exposure : flaw.exposures) {
      CAPTURE(std::string(flaw.id));
      CAPTURE(std::string(exposure.property));
      ++exposures;
      const auto shrunk = shrunk_exposure(problem, flaw, exposure);
      if (!shrunk) continue;
      ++smaller;
      REQUIRE(shrunk->verdict() != nullptr);
      CHECK(shrunk->verdict()->text.id == exposure.property);
      CHECK(shrunk->after.events <= shrunk->before.events);
      CHECK(shrunk->after.nodes <= shrunk->before.nodes);
      CHECK(shrunk->after.others <= shrunk->before.others);
      CHECK(shrunk->after.faults <= shrunk->before.faults);
      CHECK(shrunk->runs <= 200);
      const auto again = run_again(problem, exposure, *shrunk, std::string(flaw.id));
      CHECK(again.verdicts[0].is_broken());
      CHECK(again.events == shrunk->after.events);
      const auto reference = run_again(problem, exposure, *shrunk, std::nullopt);
      CHECK(reference.is_fine());  // the smaller run asks nothing that the reference cannot give
    }
  }
  CHECK(2 * smaller > exposures);
}

}  // namespace dsys
