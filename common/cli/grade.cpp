#include "common/cli/grade.hpp"

#include "common/cli/kit.hpp"
#include "common/cli/progress.hpp"
#include "common/cli/report.hpp"
#include "common/cli/shell_words.hpp"
#include "common/core/error.hpp"
#include "common/core/share_out.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace dsys::cli {
namespace {

namespace files = std::filesystem;

// --- The program ---

// As they stand behind `dsys PROBLEM grade`.
std::string program_words(const GradeOptions& options) {
  return options.exec.empty() ? shell_word(options.directory)
                              : fmt::format("--exec {}", shell_word(options.exec));
}

// Says what is wrong and gives nothing if it cannot be built.
std::optional<Cast> built(const Problem& problem, const std::string& directory,
                          Terminal& terminal) {
  const Kit kit = read_kit(directory);
  if (kit.problem != problem.name) {
    throw UsageError(
        fmt::format("{}: its dsys.json is of problem {}; grade it with `dsys {} grade`",
                    in_quotes(directory), in_quotes(kit.problem), kit.problem));
  }
  const auto complaint = build_kit(kit);
  if (!complaint) {
    return played_by(problem, {.words = shell_words(kit.run), .directory = kit.directory});
  }
  terminal.line(terminal.styled(Style::bad, "It does not build:"));
  terminal.line(*complaint);
  return std::nullopt;
}

// --- Grading ---

check::Efficiency measure(const Problem& problem, const Cast& cast) {
  RunRequest request{.scenario = std::string(problem.rubric.efficiency_scenario), .measures = true};
  cast.play_in(request);
  return problem.run(request).efficiency;
}

// Of all stories together, so that they cost no more than the grade itself; but a few for each.
constexpr std::uint64_t runs_of_all_stories = 120;
constexpr std::uint64_t runs_of_story_min = 10;

// Makes the runs smaller that stories are told of. Each is a piece of work of its own.
void shrink_losses(Graded& all, unsigned jobs) {
  std::vector<const study::Loss*> told;
  for (const ToldLoss& one : told_losses(all.grade)) {
    const bool has_run =
        one.loss->kind == study::Loss::Kind::broken || one.loss->kind == study::Loss::Kind::failed;
    const bool is_shortest = one.loss->run == study::RunKind::search;
    if (has_run && !is_shortest && one.same_as.empty()) told.push_back(one.loss);
  }
  ProgressBar bar("shrinking");
  std::mutex mutex;
  std::size_t done = 0;
  share_out(0, told.size(), jobs, [&](std::size_t i) {
    Breakage breakage = breakage_of(*told[i]);
    breakage.runs_max =
        std::clamp(runs_of_all_stories / told.size(), runs_of_story_min, runs_of_program_max);
    auto shrunk = shrunk_run(*all.problem, all.cast, breakage);
    const std::scoped_lock lock(mutex);
    if (shrunk) all.shrunk.emplace(run_key(*told[i]), *std::move(shrunk));
    bar.show(++done, told.size());
    return true;
  });
}

study::Outcome searched(const Problem& problem, const Cast& cast, const study::GradedRun& run) {
  ExploreRequest request{
      .exploration = std::string(run.scenario),
      .properties = run.properties,
      .limits = {.transitions = study::transitions_of_search, .calls = study::calls_of_search},
      .reductions = {.names = false}};  // what a program keeps has no names
  cast.play_in(request);
  Explored found = problem.explore(request);
  study::Outcome outcome{
      .result = {.failure = std::move(found.path.failure), .events = found.handler_calls},
      .way = std::move(found.path.steps),
      .not_searched = std::move(found.failure)};
  if (found.path.broken) outcome.result.verdicts.push_back(*std::move(found.path.broken));
  return outcome;
}

Graded graded(const Problem& problem, const Cast& cast, const GradeOptions& options) {
  Graded all{.problem = &problem,
             .cast = cast,
             .pass = options.pass,
             .grade = {},
             .efficiency = {},
             .reference = {}};
  ProgressBar bar("grading");
  all.grade = study::grade(
      problem.rubric,
      {.stage = options.stage,
       .jobs = options.jobs,
       .patience = problem.patience,
       .stops_at_loss = options.first_loss,
       .run = [&](const study::GradedRun& run) { return outcome_of(problem, cast, run); },
       .progress = [&](std::size_t done, std::size_t of) { bar.show(done, of); }});
  if (options.first_loss) return all;
  const bool has_failed = all.grade.points == 0;
  if (!has_failed) all.efficiency = measure(problem, cast);
  all.reference = measure(problem, {});
  shrink_losses(all, options.jobs);
  return all;
}

// --- On the screen ---

void print_group(const study::GroupResult& result, Terminal& terminal) {
  const bool is_full = result.losses.empty();
  const unsigned of = study::points_of(*result.group);
  std::string why;
  for (const study::Loss& loss : result.losses) {
    const std::string what =
        loss.kind == study::Loss::Kind::broken || loss.kind == study::Loss::Kind::not_seen
            ? fmt::format("{} in {}", loss.verdict.text.id, loss.scenario)
            : std::string(loss.scenario);
    why += (why.empty() ? "" : ", ") + what;
  }
  terminal.labelled(fmt::format("  {} {:<3} ",
                                terminal.styled(is_full ? Style::good : Style::bad,
                                                fmt::format("{:>2} of {:>2}", result.points, of)),
                                result.group->id),
                    fmt::format("{}{}", result.group->name, why.empty() ? "" : ": lost by " + why));
}

std::string per_operation(const check::Efficiency& one) {
  const auto per = [&](std::uint64_t count) {
    return fmt::format("{}.{}", count / one.operations, count * 10 / one.operations % 10);
  };
  if (one.operations == 0) return "no operation completed";
  return fmt::format("{} messages, {} records, {}ms of virtual time", per(one.messages),
                     per(one.records),
                     one.waited / 1ms / static_cast<std::int64_t>(one.operations));
}

std::string_view how_often(study::RunKind run) {
  switch (run) {
    case study::RunKind::scenario:
      return "";
    case study::RunKind::drill:
      return ", every fault";
    case study::RunKind::search:
      return ", every order";
  }
  return "";
}

// The costliest first.
void print_timing(const Graded& all, Terminal& terminal) {
  std::vector<study::Cost> costs = all.grade.costs;
  std::stable_sort(costs.begin(), costs.end(),
                   [](const study::Cost& left, const study::Cost& right) {
                     return left.seconds > right.seconds;
                   });
  terminal.line();
  terminal.line("What the runs took, one after the other:");
  for (const study::Cost& one : costs) {
    terminal.line(fmt::format("  {:>7.2f} s {:>6} runs {:>9} events  {}{}", one.seconds, one.runs,
                              one.events, one.scenario, how_often(one.run)));
  }
}

// With the last that the program said of it.
std::string reason_of(const check::RunFailure& why) {
  const std::string words = why.last_words.substr(0, why.last_words.find_last_not_of('\n') + 1);
  const std::string last = words.substr(words.rfind('\n') + 1);
  return fmt::format("{} {}{}{}", why.node, why.what, last.empty() ? "" : ": ", last);
}

// Those that cannot be made, with the reason that the first of them has.
void print_not_searched(const Graded& all, Terminal& terminal) {
  const auto& left_out = all.grade.not_searched;
  if (left_out.empty()) return;
  terminal.line();
  terminal.labelled("Not searched         ",
                    fmt::format("every order of events, in {} (this costs no point): {}.",
                                left_out.size() == 1 ? left_out[0].exploration
                                                     : fmt::format("{} searches", left_out.size()),
                                reason_of(left_out[0].why)));
}

void print_grade(const Graded& all, const GradeOptions& options, Terminal& terminal) {
  const study::Grade& grade = all.grade;
  const study::Rubric& rubric = all.problem->rubric;
  terminal.line(
      terminal.styled(Style::strong, fmt::format("{}: {}", all.problem->title, all.cast.text())));
  unsigned stage = 0;
  for (const study::GroupResult& one : grade.groups) {
    if (one.stage != stage) {
      stage = one.stage;
      terminal.line(fmt::format("Stage {}: {}", stage, rubric.stages[stage - 1].title));
    }
    print_group(one, terminal);
  }
  print_stories(all, options.hint, terminal);
  terminal.line();
  terminal.labelled(
      "An operation costs   ",
      fmt::format("{} (scenario {}).", per_operation(all.efficiency), rubric.efficiency_scenario));
  terminal.labelled("The reference's      ", per_operation(all.reference) + ".");
  print_not_searched(all, terminal);
  if (options.timing) print_timing(all, terminal);
  terminal.line();
  const Style style = grade.points == grade.of ? Style::good : Style::strong;
  terminal.line(terminal.styled(style, fmt::format("{} of {} points", grade.points, grade.of)));
  if (grade.stage_reached < rubric.stages.size()) {
    const unsigned next = grade.stage_reached + 1;
    terminal.paragraph(fmt::format("Next: stage {}, {}.", next, rubric.stages[next - 1].title));
    terminal.paragraph(
        fmt::format("dsys {} grade {} --stage {}{}", all.problem->name, program_words(options),
                    next, options.hint ? "" : "   (--hint tells more)"),
        2);
  } else {
    terminal.paragraph(fmt::format(
        "All stages are passed. Next: dsys {} quiz, which asks what an interviewer asks then.",
        all.problem->name));
  }
}

// Of a grade that stopped there.
void print_first_loss(const Graded& all, Terminal& terminal) {
  if (all.grade.points == all.grade.of) {
    return terminal.line(fmt::format("{} of {} points", all.grade.points, all.grade.of));
  }
  for (const ToldLoss& one : told_losses(all.grade)) {
    if (one.loss->kind == study::Loss::Kind::not_run) continue;
    terminal.paragraph(
        fmt::format("Points are lost in {}: {}", one.result->group->id, loss_sentence(*one.loss)));
    return print_command("Replay: ", replay_command(all, *one.loss), terminal);
  }
}

void write_file(const std::string& path, const std::string& text) {
  Terminal file(path);
  file.line(text);
  file.finish();
}

void note_grade(const Graded& all) {
  note_progress(all.problem->name, [&](study::ProblemProgress& progress) {
    const study::Grade& grade = all.grade;
    progress.stage = std::max(progress.stage, grade.stage_reached);
    const bool is_whole = grade.stage == all.problem->rubric.stages.size();
    if (is_whole) study::keep_best(progress.grade, {.points = grade.points, .of = grade.of});
  });
}

int grade_once(const Problem& problem, const GradeOptions& options, Terminal& terminal) {
  const auto cast = options.exec.empty() ? built(problem, options.directory, terminal)
                                         : played_by(problem, {.words = options.exec});
  if (!cast) return exit_violation;
  const Graded all = graded(problem, *cast, options);
  if (!options.first_loss) note_grade(all);
  if (options.json) {
    terminal.line(grade_json(all));
  } else if (options.first_loss) {
    print_first_loss(all, terminal);
  } else {
    print_grade(all, options, terminal);
  }
  if (!options.junit.empty()) write_file(options.junit, junit_xml(all));
  if (!options.gradescope.empty()) write_file(options.gradescope, gradescope_json(all));
  return all.grade.passed(options.pass) ? exit_fine : exit_violation;
}

// --- Watching ---

// The files of a folder with the time of their last change.
std::map<std::string, files::file_time_type> changes_in(const std::string& directory) {
  std::map<std::string, files::file_time_type> changes;
  std::error_code ignored;
  files::recursive_directory_iterator walk(directory, ignored);
  for (; walk != files::recursive_directory_iterator(); walk.increment(ignored)) {
    const bool is_hidden = walk->path().filename().string().starts_with('.');
    if (is_hidden || walk->path().filename() == "__pycache__") {
      walk.disable_recursion_pending();
    } else if (walk->is_regular_file(ignored)) {
      changes[walk->path().string()] = walk->last_write_time(ignored);
    }
  }
  return changes;
}

[[noreturn]] void grade_on_change(const Problem& problem, const GradeOptions& options) {
  const std::string& directory = options.directory;
  while (true) {
    Terminal terminal;
    (void)grade_once(problem, options, terminal);
    terminal.line();
    terminal.line(fmt::format("Watching {}; Ctrl-C ends it.", in_quotes(directory)));
    terminal.finish();
    const auto before = changes_in(directory);  // with what the build has just written
    while (changes_in(directory) == before) std::this_thread::sleep_for(300ms);
  }
}

}  // namespace

study::Outcome outcome_of(const Problem& problem, const Cast& cast, const study::GradedRun& run) {
  if (run.kind == study::RunKind::search) return searched(problem, cast, run);
  RunRequest request{.scenario = std::string(run.scenario),
                     .properties = run.properties,
                     .options = run.options()};
  cast.play_in(request);
  return {.result = problem.run(request).result};
}

int grade_program(const Problem& problem, const GradeOptions& options, Terminal& terminal) {
  if (options.stage > problem.rubric.stages.size()) {
    throw UsageError(fmt::format("--stage {}: {} has the stages 1 to {}", options.stage,
                                 problem.name, problem.rubric.stages.size()));
  }
  if (options.watch) grade_on_change(problem, options);
  return grade_once(problem, options, terminal);
}

}  // namespace dsys::cli
