#include "common/cli/progress.hpp"

#include "common/cli/report.hpp"
#include "common/cli/verbs.hpp"
#include "common/study/sections.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace dsys::cli {
namespace {

void complain(const std::string& line) {
  (void)std::fprintf(stderr, "dsys: %s\n", line.c_str());
}

study::ProblemProgress progress_of(const study::Progress& all, std::string_view problem) {
  const auto found = all.find(problem);
  return found == all.end() ? study::ProblemProgress{} : found->second;
}

std::vector<std::string> unread_heads(const Problem& problem,
                                      const study::ProblemProgress& progress) {
  std::vector<std::string> unread;
  for (std::string& head : heads_of(problem)) {
    if (!progress.sections_read.contains(head)) unread.push_back(std::move(head));
  }
  return unread;
}

// The first step that is not done yet.
std::string next_step(const Problem& problem, const study::ProblemProgress& progress) {
  const auto unread = unread_heads(problem, progress);
  if (!unread.empty() && progress.sections_read.empty()) {
    return fmt::format("dsys {} read", problem.name);
  }
  if (!unread.empty()) return fmt::format("dsys {} read --section \"{}\"", problem.name, unread[0]);
  if (!progress.quiz) return fmt::format("dsys {} quiz", problem.name);
  if (!progress.grade && progress.stage == 0) {
    return fmt::format("dsys {} start my-{}", problem.name, problem.name);
  }
  if (progress.stage < problem.rubric.stages.size()) {
    return fmt::format("dsys {} grade --stage {}", problem.name, progress.stage + 1);
  }
  return {};
}

std::string score_json(const std::optional<study::Score>& score) {
  if (!score) return "null";
  return fmt::format(R"({{"points":{},"of":{}}})", score->points, score->of);
}

std::string row_json(const PlannedProblem& planned, const study::ProblemProgress& progress) {
  std::vector<std::string> read;
  for (const std::string& head : progress.sections_read) read.push_back(json_quoted(head));
  const Problem* const problem = planned.problem;
  return fmt::format(
      R"({{"name":{},"title":{},"available":{},"sections":{},"sections_read":{},"quiz":{},)"
      R"("grade":{},"stage":{},"stages":{},"next":{}}})",
      json_quoted(planned.name), json_quoted(planned.title), planned.exists,
      problem == nullptr ? 0 : heads_of(*problem).size(), json_array(read),
      score_json(progress.quiz), score_json(progress.grade), progress.stage,
      problem == nullptr ? 0 : problem->rubric.stages.size(),
      json_quoted(problem == nullptr ? "" : next_step(*problem, progress)));
}

}  // namespace

void note_progress(std::string_view problem,
                   const std::function<void(study::ProblemProgress&)>& change) {
  const auto path = study::progress_path();
  if (!path) return;
  study::change_progress(
      *path, [&](study::Progress& all) { change(all[std::string(problem)]); }, complain);
}

study::Progress known_progress() {
  const auto path = study::progress_path();
  return path ? study::read_progress(*path, complain) : study::Progress{};
}

std::vector<std::string> heads_of(const Problem& problem) {
  std::vector<std::string> heads;
  for (const study::Section& section : study::sections_of(problem.reading)) {
    heads.emplace_back(section.head);
  }
  return heads;
}

std::string progress_text(const Problem& problem, const study::ProblemProgress& progress) {
  std::vector<std::string> parts;
  // Only the heads of today: a reading that has changed may have lost some that were read.
  const std::size_t heads = heads_of(problem).size();
  const std::size_t read = heads - unread_heads(problem, progress).size();
  if (read > 0) parts.push_back(fmt::format("read {} of {}", read, heads));
  if (progress.quiz) {
    parts.push_back(fmt::format("quiz {} of {}", progress.quiz->points, progress.quiz->of));
  }
  if (progress.grade) {
    parts.push_back(fmt::format("grade {} of {}", progress.grade->points, progress.grade->of));
  }
  if (progress.stage > 0) parts.push_back(fmt::format("stage {}", progress.stage));
  return fmt::format("{}", fmt::join(parts, ", "));
}

int show_progress(std::span<const PlannedProblem> problems, bool json, Terminal& terminal) {
  const study::Progress all = known_progress();
  if (json) {
    std::vector<std::string> rows;
    for (const PlannedProblem& one : problems) {
      rows.push_back(row_json(one, progress_of(all, one.name)));
    }
    terminal.line(fmt::format(R"({{"problems":{}}})", json_array(rows)));
    return exit_fine;
  }
  terminal.line(terminal.styled(Style::strong, "Your progress"));
  if (!study::progress_path()) {
    terminal.paragraph("It is not kept: neither XDG_STATE_HOME nor HOME is set.");
  }
  for (const PlannedProblem& one : problems) {
    const std::string label = fmt::format("  {:<13} ", one.name);
    if (one.problem == nullptr) {
      terminal.labelled(terminal.styled(Style::faint, label),
                        one.exists ? "not in this program" : "not here yet");
      continue;
    }
    const study::ProblemProgress progress = progress_of(all, one.name);
    const std::string done = progress_text(*one.problem, progress);
    terminal.labelled(label, done.empty() ? "not begun" : done);
    const std::vector<std::string> unread = unread_heads(*one.problem, progress);
    if (!done.empty() && !unread.empty()) {
      terminal.labelled("                ", fmt::format("to read: {}", fmt::join(unread, "; ")));
    }
    const std::string next = next_step(*one.problem, progress);
    terminal.labelled("                ", next.empty() ? "all done" : "next: " + next);
  }
  return exit_fine;
}

}  // namespace dsys::cli
