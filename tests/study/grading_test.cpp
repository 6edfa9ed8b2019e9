// How runs become points, with runs that are made up: no problem, no program.
#include "common/study/grading.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dsys::study {
namespace {

using check::Mishap;
using check::PropertyKind;
using check::Verdict;

// A: what must hold in "plain"; B: in the drill "short", with power losses only.
Rubric rubric() {
  return {.stages = {{"first",
                      {{.id = "A",
                        .name = "first",
                        .checks = {{.points = 30,
                                    .properties = {"S1"},
                                    .scenarios = {"plain"},
                                    .witnesses = {"W1"}}}}}},
                     {"second",
                      {{.id = "B",
                        .name = "second",
                        .checks = {{.points = 70,
                                    .properties = {"S2", "L1"},
                                    .scenarios = {"other"},
                                    .witnesses = {"W1"},
                                    .drills = {{"short", {Mishap::power_loss}}}}}}}}},
          .efficiency_scenario = "plain"};
}

// Whether a property breaks in a run.
using Breaks = std::function<bool(const GradedRun& run, std::string_view property)>;

Outcome run_of(const GradedRun& run, const Breaks& breaks) {
  check::RunResult result;
  if (run.finds_places) {
    result.places = {{.event = 3, .kind = EventKind::write, .node = node_id('n', 1)},
                     {.event = 4, .kind = EventKind::send, .node = node_id('n', 1)}};
  }
  for (const std::string_view id : run.properties) {
    const PropertyKind kind = id[0] == 'S'   ? PropertyKind::always
                              : id[0] == 'L' ? PropertyKind::eventually
                                             : PropertyKind::sometimes;
    Verdict verdict{.text = {.id = id, .kind = kind}, .event = 5};
    if (kind == PropertyKind::sometimes) verdict.outcome = Verdict::Outcome::seen;
    if (breaks(run, id)) verdict.outcome = Verdict::Outcome::broken;
    result.verdicts.push_back(verdict);
  }
  return {.result = std::move(result)};
}

Grade graded(const Breaks& breaks, unsigned stage = 0) {
  return grade(rubric(), {.stage = stage,
                          .jobs = 2,
                          .patience = {.long_time = 500ms},
                          .run = [&](const GradedRun& run) { return run_of(run, breaks); }});
}

}  // namespace

TEST_CASE("a drill is run once, and again with each of its mishaps at each place") {
  std::multiset<std::string> drilled;
  std::mutex mutex;
  const Grade all = grade(
      rubric(), {.jobs = 2, .patience = {.long_time = 500ms}, .run = [&](const GradedRun& run) {
                   const std::scoped_lock lock(mutex);
                   if (run.kind == RunKind::drill) {
                     drilled.insert(run.misfortune ? run.misfortune->faults.front() : "as it is");
                   }
                   return run_of(run, [](auto&&...) { return false; });
                 }});
  CHECK(drilled ==
        std::multiset<std::string>{"as it is", "event 3 power-loss n1", "event 4 power-loss n1"});
  CHECK(all.points == 100);
  CHECK(all.runs == 2 * seeds_of_grading + 3);
}

TEST_CASE("a drill that becomes a long run is made with fewer faults") {
  const auto runs_if_it_has = [](std::uint64_t events) {
    const Grade all = grade(
        rubric(), {.patience = {.long_time = 500ms}, .run = [&](const GradedRun& run) {
                     Outcome outcome = run_of(run, [](auto&&...) { return false; });
                     outcome.result.events = events;
                     for (std::uint64_t i = 1; run.finds_places && i <= 80; ++i) {
                       outcome.result.places.push_back(
                           {.event = 10 + i, .kind = EventKind::write, .node = node_id('n', 1)});
                     }
                     return outcome;
                   }});
    return all.runs - 2 * seeds_of_grading - 1;
  };
  CHECK(runs_if_it_has(300) == 60);
  CHECK(runs_if_it_has(9'000) == 16);
  CHECK(runs_if_it_has(1'000'000) == 3);
}

TEST_CASE("what breaks under one fault costs the check that asks for the drill") {
  const Grade lost = graded([](const GradedRun& run, std::string_view property) {
    return property == "L1" && run.misfortune && run.misfortune->mishap == Mishap::power_loss;
  });
  CHECK(lost.points == 30);
  REQUIRE(lost.groups[1].losses.size() == 1);
  CHECK(lost.groups[1].losses[0].misfortune->faults.front() == "event 3 power-loss n1");
}

TEST_CASE("what must always hold costs its own check wherever it breaks; what is owed does not") {
  const auto in_plain = [](std::string_view broken) {
    return graded([=](const GradedRun& run, std::string_view property) {
      return property == broken && run.scenario == "plain";
    });
  };
  CHECK(in_plain("S2").points == 30);
  CHECK(in_plain("S1").points == 70);
  CHECK(in_plain("L1").points == 100);  // no check asks for it there
}

TEST_CASE("a stage is not charged for what a later one asks") {
  const Grade first =
      graded([](const GradedRun&, std::string_view property) { return property == "S2"; }, 1);
  CHECK(first.points == first.of);
  CHECK(first.of == 30);
}

TEST_CASE("a grade may stop at the first lost point") {
  const Grade lost = grade(rubric(), {.stops_at_loss = true, .run = [](const GradedRun& run) {
                                        return run_of(run, [](const GradedRun& one, auto&&) {
                                          return one.scenario == "plain" && one.seed == 2;
                                        });
                                      }});
  CHECK(lost.points < 100);
  CHECK(lost.runs == 2);
  const Grade idle = grade(rubric(), {.stops_at_loss = true, .run = [](const GradedRun& run) {
                                        Outcome outcome =
                                            run_of(run, [](auto&&...) { return false; });
                                        for (Verdict& one : outcome.result.verdicts) {
                                          if (one.outcome == Verdict::Outcome::seen) {
                                            one.outcome = Verdict::Outcome::not_seen;
                                          }
                                        }
                                        return outcome;
                                      }});
  CHECK(idle.points == 0);
  CHECK(idle.runs == 2 * seeds_of_grading + 1);  // no drill again
  CHECK(graded([](auto&&...) { return false; }).points == 100);
}

TEST_CASE(
    "a search costs the check that asks for what it breaks, and nothing if it cannot be made") {
  Rubric searched = rubric();
  searched.stages[1].groups[0].checks[0].searches = {"orders"};
  const auto with = [&](const Outcome& found) {
    return grade(searched, {.run = [&](const GradedRun& run) {
                   if (run.kind == RunKind::search) return found;
                   return run_of(run, [](auto&&...) { return false; });
                 }});
  };
  Outcome broken{.way = {"a step"}};
  broken.result.verdicts.push_back(
      {.text = {.id = "S2", .kind = PropertyKind::always}, .outcome = Verdict::Outcome::broken});
  const Grade lost = with(broken);
  CHECK(lost.points == 30);
  REQUIRE(lost.groups[1].losses.size() == 1);
  CHECK(lost.groups[1].losses[0].run == RunKind::search);
  CHECK(lost.groups[1].losses[0].way == broken.way);
  broken.result.verdicts[0].text.id = "S1";  // whose check does not search
  CHECK(with(broken).points == 70);
  Outcome failed;
  failed.result.failure = {.what = "ended"};
  CHECK(with(failed).points == 30);
  const Grade kept = with({.not_searched = {{.what = "has no state"}}});
  CHECK(kept.points == 100);
  REQUIRE(kept.not_searched.size() == 1);
  CHECK(kept.not_searched[0].exploration == "orders");
}

TEST_CASE("a program that hangs in one scenario is run in the others") {
  const Grade stuck = grade(rubric(), {.run = [&](const GradedRun& run) {
                              Outcome outcome = run_of(run, [](auto&&...) { return false; });
                              if (run.scenario == "plain") {
                                outcome.result.failure = {
                                    .what = "gave no answer", .out_of_time = true, .event = 9};
                              }
                              return outcome;
                            }});
  CHECK(stuck.points == 70);
  CHECK(stuck.runs == 1 + seeds_of_grading + 3);
}

}  // namespace dsys::study
