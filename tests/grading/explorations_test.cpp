// Every exploration: the reference breaks nothing in it, and each flaw that a search can reach is
// found. The table in each problem's README is made here.
#include "apps/dsys/problems.hpp"
#include "common/cli/problem.hpp"
#include "tests/grading/written.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace dsys {
namespace {

struct Timed {
  cli::Explored explored;
  double seconds = 0;
};

Timed explore(const cli::Problem& problem, std::string_view exploration,
              std::optional<std::string> flaw, unsigned jobs = 2) {
  const auto begin = std::chrono::steady_clock::now();
  Timed timed{.explored = problem.explore({.exploration = std::string(exploration),
                                           .flaw = std::move(flaw),
                                           .limits = {.jobs = jobs}})};
  timed.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return timed;
}

void for_each_explored(const std::function<void(const cli::Problem&)>& visit) {
  for (const cli::PlannedProblem& one : all_problems()) {
    if (one.problem != nullptr && !one.problem->explorations.empty()) visit(*one.problem);
  }
}

std::string name_of(const cli::FlawText& flaw) {
  return std::string(flaw.id.substr(flaw.id.find('.') + 1));
}

std::string row(std::string_view who, std::string_view search, std::string_view breaks,
                const Timed& timed) {
  const check::SearchCounts& counts = timed.explored.outcome.counts;
  const std::size_t steps =
      timed.explored.path.broken ? timed.explored.path.steps.size() : counts.depth;
  return fmt::format("| {} | {} | {} | {} | {} | {} | {:.1f} |\n", who, search, breaks, steps,
                     counts.states, counts.transitions, timed.seconds);
}

}  // namespace

TEST_CASE("each flaw that a search can reach is found, and the reference holds in each search") {
  for_each_explored([](const cli::Problem& problem) {
    std::string table =
        "| who | search | breaks | steps | states | transitions | seconds |\n"
        "|---|---|---|---|---|---|---|\n";
    for (const cli::FlawText& flaw : problem.flaws) {
      if (flaw.exploration.empty()) continue;
      CAPTURE(std::string(flaw.id));
      const Timed timed = explore(problem, flaw.exploration, std::string(flaw.id));
      REQUIRE(timed.explored.path.broken.has_value());
      CHECK(timed.explored.outcome.end == check::SearchEnd::violation);
      const std::string_view property = timed.explored.path.broken->text.id;
      table += row(fmt::format("`{}`", name_of(flaw)), flaw.exploration, property, timed);
    }
    for (const cli::ExplorationText& one : problem.explorations) {
      CAPTURE(std::string(one.name));
      const Timed timed = explore(problem, one.name, std::nullopt);
      CHECK_FALSE(timed.explored.path.broken.has_value());
      CHECK(timed.explored.outcome.end != check::SearchEnd::memory);
      CHECK(timed.explored.outcome.counts.cut_off == 0);
      table += row("the reference", one.name, "nothing", timed);
    }
    check_written(problem, "searches", table, Measured::last_column);
  });
}

TEST_CASE("one thread and several find the same way, and it is taken again step by step") {
  for_each_explored([](const cli::Problem& problem) {
    for (const cli::FlawText& flaw : problem.flaws) {
      if (flaw.exploration.empty()) continue;
      CAPTURE(std::string(flaw.id));
      const cli::Explored found =
          explore(problem, flaw.exploration, std::string(flaw.id), 1).explored;
      const Timed many = explore(problem, flaw.exploration, std::string(flaw.id), 3);
      CHECK(found.path.steps == many.explored.path.steps);
      CHECK(found.outcome.counts.states == many.explored.outcome.counts.states);

      const cli::ExploreRequest request{.exploration = std::string(flaw.exploration),
                                        .flaw = std::string(flaw.id)};
      const cli::Path again = problem.retrace(request, found.path.steps);
      CHECK_FALSE(again.impossible.has_value());
      CHECK(again.entries == found.path.entries);
      REQUIRE(again.broken.has_value());
      CHECK(again.broken->reason == found.path.broken->reason);
      // The reference either cannot go this way, or breaks nothing on it.
      const cli::Path reference =
          problem.retrace({.exploration = request.exploration}, found.path.steps);
      CHECK_FALSE(reference.broken.has_value());
    }
  });
}

// Every flaw, also those that a search does not find, up to some depth.
TEST_CASE("whether the names of symmetric nodes are merged or not, the same is found") {
  constexpr std::uint32_t depth = 9;
  std::size_t found = 0;
  for_each_explored([&found](const cli::Problem& problem) {
    for (const cli::ExplorationText& one : problem.explorations) {
      if (!one.is_symmetric) continue;
      for (const cli::FlawText& flaw : problem.flaws) {
        CAPTURE(std::string(flaw.id));
        const auto searched = [&](bool names) {
          return problem.explore({.exploration = std::string(one.name),
                                  .flaw = std::string(flaw.id),
                                  .limits = {.depth = depth, .jobs = 2},
                                  .reductions = {.names = names}});
        };
        const cli::Explored merged = searched(true);
        const cli::Explored apart = searched(false);
        CHECK(merged.asymmetry.empty());
        CHECK(merged.outcome.end == apart.outcome.end);
        CHECK(merged.outcome.counts.depth == apart.outcome.counts.depth);
        CHECK(merged.path.steps.size() == apart.path.steps.size());
        REQUIRE(merged.path.broken.has_value() == apart.path.broken.has_value());
        if (!apart.path.broken) {
          CHECK(merged.outcome.counts.states * 5 < apart.outcome.counts.states);
          continue;
        }
        ++found;
        CHECK(merged.path.broken->text.id == apart.path.broken->text.id);
      }
    }
  });
  CHECK(found == 7);
}

}  // namespace dsys
