#include "common/cli/command_line.hpp"

#include "common/cli/history/history.hpp"
#include "common/cli/kit.hpp"
#include "common/cli/problem_command.hpp"
#include "common/core/error.hpp"
#include "common/core/numbers.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <string_view>
#include <utility>

namespace dsys::cli {
namespace {

constexpr std::string_view version = "dsys 0.1.0";

std::string available_names(std::span<const PlannedProblem> problems) {
  std::vector<std::string_view> names;
  for (const PlannedProblem& one : problems) {
    if (one.exists) names.push_back(one.name);
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

int list_problems_command(std::span<const PlannedProblem> problems, const Words& words) {
  CLI::App app{"Lists the ten problems."};
  bool json = false;
  app.add_flag("--json", json, "one JSON document");
  parse(app, "dsys list", words);
  Terminal terminal;
  return finished(terminal, list_problems(problems, json, terminal));
}

int progress_command(std::span<const PlannedProblem> problems, const Words& words) {
  CLI::App app{"Shows what you have read, answered and solved."};
  bool json = false;
  app.add_flag("--json", json, "one JSON document");
  parse(app, "dsys progress", words);
  Terminal terminal;
  return finished(terminal, show_progress(problems, json, terminal));
}

int mixed_quiz_command(std::span<const PlannedProblem> problems, const Words& words) {
  const QuizOptions options = quiz_options("all problems", "dsys quiz", words);
  Terminal terminal;
  return finished(terminal, mixed_quiz(problems, options, terminal));
}

int history_check_command(const Words& words) {
  CLI::App app{
      "Judges whether a history could be that of a correct object (whether it is linearizable), or "
      "of transactions with the isolation that was promised."};
  HistoryOptions options;
  std::string memory = std::to_string(options.memory);
  app.add_option("file", options.file, "the history; none, or -: standard input")
      ->type_name("FILE");
  app.add_option("--model", options.model, "what the object is (see below)")
      ->type_name("NAME")
      ->required();
  app.add_option("--initial", options.initial, "what a register holds at first, as JSON; else null")
      ->type_name("VALUE");
  app.add_option("--memory", memory, "MiB that the search may take before it gives up; else 256")
      ->type_name("N");
  app.add_option("--level", options.level, "of transactions: the isolation promised")
      ->type_name("LEVEL");
  app.add_flag("--json", options.json, "one JSON document");
  app.footer(history_format());
  parse(app, "dsys history check", words);
  options.memory = parse_whole("--memory", memory, 1, 1'000'000);
  Terminal terminal;
  return finished(terminal, check_history(options, terminal));
}

int history_command(Words words) {
  const bool asks = words.empty() || words[0] == "--help" || words[0] == "-h";
  if (asks) throw Answered{history_help()};
  const std::string word = words[0];
  words.erase(words.begin());
  if (word == "check") return history_check_command(words);
  throw UsageError(fmt::format(
      "{}: history has no such verb; dsys history check [FILE] --model NAME", in_quotes(word)));
}

const PlannedProblem& problem_named(std::span<const PlannedProblem> problems,
                                    const std::string& word) {
  const auto found = std::find_if(problems.begin(), problems.end(), [&](const PlannedProblem& one) {
    return one.name == word || (!one.alias.empty() && one.alias == word);
  });
  if (found == problems.end()) {
    throw UsageError(fmt::format("{}: there is no such problem; one of {} (`dsys list` shows all)",
                                 in_quotes(word), available_names(problems)));
  }
  if (found->problem == nullptr && found->exists) {
    throw UsageError(fmt::format(
        "{} was left out when this program was built; `scripts/dsys {}` in the sources adds it",
        found->name, found->name));
  }
  if (found->problem == nullptr) {
    throw UsageError(fmt::format("{} is not here yet; today there are {}", found->name,
                                 available_names(problems)));
  }
  return *found;
}

// `dsys grade DIR`: the folder says which problem it answers.
int grade_folder(std::span<const PlannedProblem> problems, const Words& words) {
  const bool names_program = std::any_of(words.begin(), words.end(), [](const std::string& word) {
    return word.starts_with("--exec");
  });
  if (names_program) throw UsageError("grade --exec: say of which problem: dsys PROBLEM grade");
  const bool names_folder = !words.empty() && !words[0].starts_with('-');
  const Kit kit = read_kit(names_folder ? words[0] : ".");
  return grade_command(*problem_named(problems, kit.problem).problem, words);
}

int dispatch(std::span<const PlannedProblem> problems, Words words) {
  if (words.empty()) return list_problems_command(problems, {});
  const std::string word = words[0];
  words.erase(words.begin());
  if (word == "list") return list_problems_command(problems, words);
  if (word == "grade") return grade_folder(problems, words);
  if (word == "progress") return progress_command(problems, words);
  if (word == "quiz") return mixed_quiz_command(problems, words);
  if (word == "history") return history_command(std::move(words));
  if (word == "--json") return list_problems_command(problems, {"--json"});
  if (word == "--version") throw Answered{fmt::format("{}\n", version)};
  if (word == "--help" || word == "-h" || word == "help")
    return list_problems_command(problems, {});
  return problem_command(*problem_named(problems, word).problem, std::move(words));
}

}  // namespace

int run_command_line(std::span<const PlannedProblem> problems, std::vector<std::string> words) {
  try {
    return dispatch(problems, std::move(words));
  } catch (const Answered& answer) {
    Terminal terminal;
    terminal.line(std::string_view(answer.text).substr(0, answer.text.size() - 1));
    terminal.finish();
    return exit_fine;
  } catch (const UsageError& error) {
    (void)std::fprintf(stderr, "dsys: %s\n", error.what());
    return exit_usage;
  } catch (const NotJudged& error) {
    (void)std::fprintf(stderr, "dsys: not judged: %s; try again when it is less busy\n",
                       error.what());
    return exit_not_judged;
  }
}

}  // namespace dsys::cli
