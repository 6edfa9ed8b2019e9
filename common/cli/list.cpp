#include "common/cli/progress.hpp"
#include "common/cli/report.hpp"
#include "common/cli/shell_words.hpp"
#include "common/cli/verbs.hpp"
#include "common/core/error.hpp"

#include <fmt/format.h>

#include <atomic>
#include <cstdio>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dsys::cli {
namespace {

template <typename Rows>
std::string names_of(const Rows& rows, std::string_view (*name)(const typename Rows::value_type&)) {
  std::string names;
  for (const auto& row : rows) names.append(names.empty() ? "" : ", ").append(name(row));
  return names;
}

std::string problem_json(const Problem& problem) {
  std::vector<std::string> scenarios;
  for (const ScenarioText& one : problem.scenarios) {
    scenarios.push_back(fmt::format(R"({{"id":{},"name":{},"title":{},"nodes":{}}})",
                                    json_quoted(one.id), json_quoted(one.name),
                                    json_quoted(one.title), one.nodes));
  }
  std::vector<std::string> properties;
  for (const check::PropertyText& one : problem.properties) {
    properties.push_back(fmt::format(R"({{"id":{},"name":{},"kind":{},"sentence":{},"source":{}}})",
                                     json_quoted(one.id), json_quoted(one.name),
                                     json_quoted(check::to_string(one.kind)),
                                     json_quoted(one.sentence), json_quoted(one.source)));
  }
  std::vector<std::string> flaws;
  for (const FlawText& one : problem.flaws) flaws.push_back(json_quoted(one.id));
  return fmt::format(
      R"({{"problem":{},"title":{},"question":{},"scenarios":{},"properties":{},"flaws":{}}})",
      json_quoted(problem.name), json_quoted(problem.title), json_quoted(problem.question),
      json_array(scenarios), json_array(properties), json_array(flaws));
}

// As a shell runs it from here.
std::string shell_command(const bridge::Command& command) {
  const bool is_here = command.directory.empty() || command.directory == ".";
  return is_here ? command.words
                 : fmt::format("cd {} && {}", shell_word(command.directory), command.words);
}

}  // namespace

const ScenarioText& scenario_named(const Problem& problem, std::string_view word) {
  const ScenarioText* const found = find_scenario(problem, word);
  if (found != nullptr) return *found;
  throw UsageError(fmt::format(
      "--scenario {}: {} has no such scenario; one of {}", in_quotes(word), problem.name,
      names_of(
          problem.scenarios, +[](const ScenarioText& one) { return one.name; })));
}

const FlawText& flaw_named(const Problem& problem, std::string_view word) {
  const FlawText* const found = find_flaw(problem, word);
  if (found != nullptr) return *found;
  throw UsageError(fmt::format("flaw {}: {} has no such flaw; `dsys {} break` lists them",
                               in_quotes(word), problem.name, problem.name));
}

// Once is enough.
void tell_of_starving() {
  static std::atomic_flag told = ATOMIC_FLAG_INIT;
  if (told.test_and_set()) return;
  (void)std::fputs("dsys: waiting: the machine does not let the program run\n", stderr);
}

Cast played_by(const Problem& problem, bridge::Command command) {
  return {.program = std::make_shared<const bridge::Player>(
              bridge::Player{.command = std::move(command),
                             .role = std::string(problem.role),
                             .limits = {.on_starving = tell_of_starving}})};
}

Cast implementation_named(const Problem& problem, std::string_view word) {
  constexpr std::string_view flaw = "flaw:";
  constexpr std::string_view program = "exec:";
  if (word == "reference") return {};
  if (word.starts_with(flaw)) return {.flaw = &flaw_named(problem, word.substr(flaw.size()))};
  if (word.starts_with(program) && word.size() > program.size()) {
    return played_by(problem, {.words = std::string(word.substr(program.size()))});
  }
  throw UsageError(
      fmt::format("--impl {}: there is no such implementation; reference, flaw:NAME (`dsys {} "
                  "break` lists the names) or exec:CMD (a program of yours)",
                  in_quotes(word), problem.name));
}

std::string Cast::text() const {
  if (program) return fmt::format("the program `{}`", shell_command(program->command));
  return flaw == nullptr ? "the reference" : fmt::format("flaw {}", flaw->id);
}

std::string Cast::word() const {
  if (program) return "exec:" + shell_command(program->command);
  return flaw == nullptr ? "reference" : fmt::format("flaw:{}", flaw->id);
}

void Cast::play_in(RunRequest& request) const {
  if (flaw != nullptr) request.flaw = flaw->id;
  request.program = program;
}

void Cast::play_in(ExploreRequest& request) const {
  if (flaw != nullptr) request.flaw = flaw->id;
  request.program = program;
}

void check_nodes(const ScenarioText& scenario, std::optional<unsigned> nodes) {
  if (!nodes || (*nodes >= scenario.nodes_min && *nodes <= scenario.nodes_max)) return;
  const std::string right = scenario.nodes_min == scenario.nodes_max
                                ? fmt::format("{}", scenario.nodes_min)
                                : fmt::format("{} to {}", scenario.nodes_min, scenario.nodes_max);
  throw UsageError(
      fmt::format("--nodes {}: scenario {} takes {} nodes", *nodes, scenario.name, right));
}

int list_problem(const Problem& problem, bool json, Terminal& terminal) {
  if (json) {
    terminal.line(problem_json(problem));
    return exit_fine;
  }
  const auto head = [&](std::string_view text) {
    terminal.line();
    terminal.line(terminal.styled(Style::strong, text));
  };
  terminal.line(terminal.styled(Style::strong, problem.title));
  terminal.paragraph(problem.question);
  head("Scenarios (dsys " + std::string(problem.name) + " demo --scenario NAME)");
  for (const ScenarioText& one : problem.scenarios) {
    terminal.labelled(fmt::format("  {:<8} {:<16} ", one.id, one.name), one.title);
  }
  head("Properties");
  for (const check::PropertyText& one : problem.properties) {
    terminal.labelled(fmt::format("  {:<8} ", one.id),
                      fmt::format("{}: {}", one.name, one.sentence));
  }
  head(fmt::format("Flaws (dsys {} break NAME)", problem.name));
  terminal.paragraph(names_of(
                         problem.flaws, +[](const FlawText& one) { return one.id; }),
                     2);
  return exit_fine;
}

int list_problems(std::span<const PlannedProblem> problems, bool json, Terminal& terminal) {
  if (json) {
    std::vector<std::string> rows;
    for (const PlannedProblem& one : problems) {
      rows.push_back(fmt::format(R"({{"name":{},"title":{},"available":{}}})",
                                 json_quoted(one.name), json_quoted(one.title),
                                 one.exists ? "true" : "false"));
    }
    terminal.line(fmt::format(R"({{"problems":{}}})", json_array(rows)));
    return exit_fine;
  }
  terminal.line(terminal.styled(
      Style::strong, "dsys: ten distributed-systems interview problems that run and break"));
  terminal.line();
  const study::Progress progress = known_progress();
  for (const PlannedProblem& one : problems) {
    const std::string row = fmt::format("  {:<14} {:<46}", one.name, one.title);
    terminal.line(!one.exists
                      ? terminal.styled(Style::faint, row + " not here yet")
                      : terminal.styled(Style::strong, row) + fmt::format(" dsys {}", one.name));
    const auto known = progress.find(one.name);
    if (one.problem == nullptr || known == progress.end()) continue;
    terminal.labelled("                 ", progress_text(*one.problem, known->second));
  }
  terminal.line();
  terminal.paragraph(
      "Verbs, after the name of a problem: demo (the default), break, check, read, quiz, start, "
      "grade, protocol, node, list. Every one has --help. `dsys quiz` asks about all problems, "
      "`dsys progress` shows what you have done. `dsys history` judges histories of your own "
      "system.");
  terminal.paragraph("Begin with: dsys raft demo");
  return exit_fine;
}

}  // namespace dsys::cli
