#include "common/cli/problem_command.hpp"

#include "common/cli/exploration.hpp"
#include "common/core/error.hpp"
#include "common/core/numbers.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace dsys::cli {
namespace {

constexpr std::uint64_t nodes_limit = 1000;

unsigned cores() {
  return std::max(1U, std::thread::hardware_concurrency());
}

TraceForm trace_form(const std::string& word) {
  constexpr std::array<std::pair<std::string_view, TraceForm>, 5> forms{
      {{"story", TraceForm::story},
       {"messages", TraceForm::messages},
       {"all", TraceForm::all},
       {"json", TraceForm::json},
       {"none", TraceForm::none}}};
  for (const auto& [name, form] : forms) {
    if (name == word) return form;
  }
  throw UsageError(
      fmt::format("--trace {}: must be story, messages, all, json or none", in_quotes(word)));
}

// The options of a run, as given.
struct RunWords {
  std::string seed = "1";
  std::string nodes;
  std::string length;
  Words faults;
  Words script;
  Words absent;

  void add_to(CLI::App& app, bool with_seed) {
    if (with_seed)
      app.add_option("--seed", seed, "the number that all chance comes from")->type_name("S");
    app.add_option("--nodes", nodes, "how many nodes under test")->type_name("N");
    app.add_option("--length", length, "virtual time to run, such as 5s")->type_name("TIME");
    app.add_option(
           "--fault", faults,
           "a fault with its moment, such as \"300ms crash n1\" (repeatable): crash, restart, "
           "power-loss, pause, resume, split n1,n2|n3, isolate, heal, drop n1->n2 30%, "
           "slow n1->n2 50ms, duplicate, reorder, hold, release, clock n1 200%, fire, "
           "random 5")
        ->type_name("FAULT")
        ->type_size(1)
        ->allow_extra_args(false);
    app.add_option("--script", script,
                   "a step in place of the scenario's script (repeatable, in order); none: no step")
        ->type_name("STEP")
        ->type_size(1)
        ->allow_extra_args(false);
    app.add_option(
           "--without", absent,
           "who takes no part: a client such as c1, or a given part such as s1 (repeatable)")
        ->type_name("CLIENT")
        ->type_size(1)
        ->allow_extra_args(false);
  }

  check::RunOptions options() const {
    check::RunOptions run;
    run.seed = parse_whole("--seed", seed, 0, seed_max);
    if (!nodes.empty()) {
      run.nodes = static_cast<unsigned>(parse_whole("--nodes", nodes, 1, nodes_limit));
    }
    if (!length.empty()) run.length = run_length();
    run.faults = faults;
    if (!script.empty()) run.script = script_steps();
    run.absent = absent;
    return run;
  }

 private:
  std::vector<std::string> script_steps() const {
    const bool has_none = std::find(script.begin(), script.end(), no_script) != script.end();
    if (!has_none) return script;
    if (script.size() > 1) {
      throw UsageError(
          "--script none: stands alone, for a script without steps; leave it out or "
          "leave the other steps out");
    }
    return {};
  }

  Duration run_length() const {
    constexpr Duration longest = 1h;
    const auto duration = parse_duration(length);
    if (!duration || *duration <= 0ns || *duration > longest) {
      throw UsageError(fmt::format("--length {}: must be a time such as 500ms or 5s, at most {}",
                                   in_quotes(length), to_string(longest)));
    }
    return *duration;
  }
};

int demo_command(const Problem& problem, const Words& words) {
  CLI::App app{fmt::format("Runs a scenario of {} and prints its trace.", problem.title)};
  RunWords run;
  DemoOptions options;
  std::string trace_word = "story";
  std::string out;
  std::string replayed;
  bool list = false;
  run.add_to(app, true);
  app.add_option("--scenario", options.scenario, "which scenario (see --list)")->type_name("NAME");
  app.add_flag("--list", list, "list the scenarios, properties and flaws");
  app.add_option("--impl", options.implementation, "reference, flaw:NAME or exec:CMD")
      ->type_name("IMPL");
  app.add_option("--trace", trace_word, "story, messages, all, json or none")->type_name("FORM");
  app.add_flag("--lanes", options.lanes, "draw a column for each node");
  app.add_flag("--json", options.json, "one JSON document");
  app.add_option("--out", out, "write to a file")->type_name("FILE");
  app.add_option("--replay", replayed, "a way that a search has found and saved")
      ->type_name("FILE");
  OwnValues own;
  if (problem.own_demo) {
    for (const OwnOption& option : problem.own_demo->options) {
      const std::string flag(option.flag.substr(2));
      auto* const added =
          app.add_option(std::string(option.flag), own[flag], std::string(option.help))
              ->type_name(std::string(option.value))
              ->type_size(1)
              ->allow_extra_args(false);
      if (!option.repeatable) added->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    }
  }
  parse(app, fmt::format("dsys {} demo", problem.name), words);

  options.form = trace_form(trace_word);
  options.run = run.options();
  const auto terminal =
      out.empty() ? std::make_unique<Terminal>() : std::make_unique<Terminal>(out);
  if (list) return finished(*terminal, list_problem(problem, options.json, *terminal));
  if (!replayed.empty()) {
    const bool names_other = app.count("--impl") > 0;
    return finished(*terminal, replay(problem,
                                      {.file = replayed,
                                       .implementation = names_other ? options.implementation : "",
                                       .json = options.json},
                                      *terminal));
  }
  const bool is_run = !options.scenario.empty() || !options.run.faults.empty() ||
                      options.run.script || !options.run.absent.empty() || options.lanes ||
                      trace_word != "story" || options.implementation != "reference";
  if (problem.own_demo && !is_run) {
    if (!run.nodes.empty()) own["nodes"] = {run.nodes};
    problem.own_demo->show(own, options.json, *terminal);
    return finished(*terminal, exit_fine);
  }
  return finished(*terminal, demo(problem, options, *terminal));
}

int break_command(const Problem& problem, const Words& words) {
  CLI::App app{
      fmt::format("Lists the flaws of {}, or runs one to its counterexample.", problem.title)};
  BreakOptions options;
  std::string trace_word;
  app.add_option("flaw", options.flaw, "the flaw to run; none: list them")->type_name("FLAW");
  app.add_option("--property", options.property, "of several broken properties, which")
      ->type_name("ID");
  app.add_option("--trace", trace_word, "of the schedule: story, messages or all")
      ->type_name("FORM");
  app.add_flag("--schedule", options.scheduled,
               "the pinned schedule, also where a search finds a shorter way");
  app.add_option("--save", options.save, "keep the way that a search has found")->type_name("FILE");
  app.add_flag("--json", options.json, "one JSON document");
  parse(app, fmt::format("dsys {} break", problem.name), words);
  options.jobs = cores();
  if (!trace_word.empty()) options.form = trace_form(trace_word);
  Terminal terminal;
  return finished(terminal, break_flaw(problem, options, terminal));
}

// Throws UsageError for options of `check` that do not go together.
void check_together(const CLI::App& app, const CheckOptions& options) {
  for (const std::string_view option : {"--script", "--without"}) {
    if (app.count(std::string(option)) == 0 || !options.scenario.empty()) continue;
    throw UsageError(fmt::format("{}: is of one scenario; name it with --scenario", option));
  }
  if (options.every_fault && app.count("--seeds") > 0) {
    throw UsageError("--every-fault: is of one seed; name it with --seed, and leave --seeds out");
  }
  if (options.every_fault && app.count("--explore") > 0) {
    throw UsageError("--every-fault: goes without --explore; give one of the two");
  }
}

int check_command(const Problem& problem, const Words& words) {
  CLI::App app{
      fmt::format("Runs many seeds of the scenarios of {}, and tries every order of events in its "
                  "explorations. "
                  "With --seeds or --scenario only the one, with --explore only the other.",
                  problem.title)};
  RunWords run;
  CheckOptions options;
  std::string exec;
  std::string seeds = "100";
  std::string first = "1";
  std::string memory = "4000";
  std::string jobs = std::to_string(cores());
  run.add_to(app, false);
  app.add_option("--scenario", options.scenario, "one scenario; none: all")->type_name("NAME");
  app.add_option("--impl", options.implementation, "reference, flaw:NAME or exec:CMD")
      ->type_name("IMPL");
  app.add_option("--exec", exec, "the command that runs a program of yours: as --impl exec:CMD")
      ->type_name("CMD");
  app.add_option("--seeds", seeds, "how many seeds")->type_name("N");
  app.add_option("--seed", first, "the first seed")->type_name("S");
  app.add_flag("--every-fault", options.every_fault,
               "of one seed: once as it is, and again with each fault at each moment");
  app.add_option("--explore", options.exploration, "one exploration, or all")->type_name("NAME");
  app.add_option("--memory", memory, "of an exploration, in MB; it stops there")->type_name("MB");
  app.add_option("--save", options.save, "keep the way to a violation that an exploration found")
      ->type_name("FILE");
  app.add_option("--jobs", jobs, "how many threads; the result is the same")->type_name("N");
  app.add_flag("--names-apart", options.names_apart,
               "an exploration tells nodes apart that play the same part");
  app.add_flag("--json", options.json, "one JSON document");
  parse(app, fmt::format("dsys {} check", problem.name), words);
  if (!exec.empty()) {
    if (app.count("--impl") > 0) throw UsageError("--exec: takes the place of --impl; give one");
    options.implementation = "exec:" + exec;
  }
  const bool names_seeds = app.count("--seeds") + app.count("--scenario") + app.count("--seed") +
                               app.count("--nodes") + app.count("--length") + app.count("--fault") +
                               app.count("--script") + app.count("--without") >
                           0;
  check_together(app, options);
  const bool names_exploration = app.count("--explore") > 0;
  options.runs_seeds = names_seeds || !names_exploration;
  // A program is explored when that is asked for: not each carries its state in its answers.
  const bool is_program = options.implementation.starts_with("exec:");
  const bool only_runs = names_seeds || is_program || options.every_fault;
  if (only_runs && !names_exploration) options.exploration.clear();
  options.run = run.options();
  options.seeds = parse_whole("--seeds", seeds, 1, 1'000'000'000);
  options.first_seed = parse_whole("--seed", first, 0, seed_max - options.seeds);
  options.jobs = static_cast<unsigned>(parse_whole("--jobs", jobs, 1, 256));
  options.limits.jobs = options.jobs;
  options.limits.memory = parse_whole("--memory", memory, 1, 1'000'000) * 1'000'000;
  Terminal terminal;
  return finished(terminal, check_problem(problem, options, terminal));
}

int read_command(const Problem& problem, const Words& words) {
  CLI::App app{fmt::format("Prints the study reading of {}.", problem.title)};
  ReadOptions options;
  app.add_option("--section", options.section, "one section, by the start of its head")
      ->type_name("NAME");
  app.add_flag("--list", options.list, "list the sections");
  app.add_flag("--plain", options.plain, "no colour, no box characters, no pager");
  parse(app, fmt::format("dsys {} read", problem.name), words);
  Terminal terminal;
  return finished(terminal, read_study_text(problem, options, terminal));
}

int protocol_command(const Problem& problem, const Words& words) {
  CLI::App app{fmt::format("Prints what a program that plays a {} of {} exchanges with the world.",
                           problem.role, problem.name)};
  bool json = false;
  app.add_flag("--json", json, "one JSON document");
  parse(app, fmt::format("dsys {} protocol", problem.name), words);
  Terminal terminal;
  return finished(terminal, print_protocol(problem, json, terminal));
}

int node_command(const Problem& problem, const Words& words) {
  CLI::App app{fmt::format(
      "Speaks the node protocol on standard input and output: a {} of {}, the reference or a flaw.",
      problem.role, problem.name)};
  std::string flaw;
  app.add_option("--flaw", flaw, "a flaw instead of the reference")->type_name("NAME");
  parse(app, fmt::format("dsys {} node", problem.name), words);
  return serve_node(problem, flaw);
}

int start_command(const Problem& problem, const Words& words) {
  CLI::App app{fmt::format("Writes a starter kit for {} into a new folder.", problem.name)};
  StartOptions options;
  app.add_option("dir", options.directory, "the folder to make")->type_name("DIR")->required();
  app.add_option("--lang", options.language,
                 fmt::format("one of {}; {} if it is not given",
                             fmt::join(languages_of(problem), ", "), options.language))
      ->type_name("LANG");
  parse(app, fmt::format("dsys {} start", problem.name), words);
  Terminal terminal;
  return finished(terminal, start_kit(problem, options, terminal));
}

}  // namespace

int grade_command(const Problem& problem, const Words& words) {
  CLI::App app{fmt::format("Grades a program that plays a {} of {}, out of 100.", problem.role,
                           problem.name)};
  GradeOptions options;
  std::string stage;
  std::string pass = std::to_string(study::pass_percent);
  std::string jobs = std::to_string(cores());
  app.add_option("dir", options.directory, "the folder with its dsys.json")->type_name("DIR");
  app.add_option("--exec", options.exec, "the command that runs it, instead of a folder")
      ->type_name("CMD");
  app.add_option("--stage", stage, "only up to this stage")->type_name("N");
  app.add_flag("--hint", options.hint, "a second hint for each loss");
  app.add_flag("--timing", options.timing, "what the runs of each scenario cost");
  app.add_flag("--first-loss", options.first_loss,
               "stop at the first lost point; how many would be lost is not told");
  app.add_option("--pass", pass,
                 fmt::format("the pass mark in percent of the points, {} unless given; below it "
                             "the exit status is 1",
                             study::pass_percent))
      ->type_name("N");
  app.add_flag("--watch", options.watch, "grade again whenever a file of the folder changes");
  app.add_flag("--json", options.json, "one JSON document");
  app.add_option("--junit", options.junit, "write a JUnit report")->type_name("FILE");
  app.add_option("--gradescope", options.gradescope, "write Gradescope's results.json")
      ->type_name("FILE");
  app.add_option("--jobs", jobs, "runs at once; the grade does not depend on it")->type_name("N");
  parse(app, fmt::format("dsys {} grade", problem.name), words);
  if (!stage.empty()) {
    options.stage =
        static_cast<unsigned>(parse_whole("--stage", stage, 1, problem.rubric.stages.size()));
  }
  options.pass = static_cast<unsigned>(parse_whole("--pass", pass, 0, 100));
  options.jobs = static_cast<unsigned>(parse_whole("--jobs", jobs, 1, 256));
  Terminal terminal;
  return finished(terminal, grade_program(problem, options, terminal));
}

QuizOptions quiz_options(const std::string& about, const std::string& name, const Words& words) {
  CLI::App app{fmt::format("Asks questions about {}, one at a time.", about)};
  QuizOptions options;
  std::string seed = "1";
  app.add_option("--seed", seed, "the number that the order comes from")->type_name("S");
  app.add_option("--count", options.count, "how many questions; none: all")->type_name("N");
  app.add_option("--answers", options.answers,
                 "judge answers such as 1=B,2=3, or a file with {\"1\":\"B\",\"2\":3}; in the quiz "
                 "over all problems raft.1=B")
      ->type_name("LIST|FILE");
  app.add_flag("--list", options.list, "print the questions without answers");
  app.add_flag("--json", options.json, "one JSON document; with --answers");
  parse(app, name, words);
  options.seed = parse_whole("--seed", seed, 0, seed_max);
  return options;
}

namespace {

int quiz_command(const Problem& problem, const Words& words) {
  const QuizOptions options =
      quiz_options(std::string(problem.title), fmt::format("dsys {} quiz", problem.name), words);
  Terminal terminal;
  return finished(terminal, quiz(problem, options, terminal));
}

int list_command(const Problem& problem, const Words& words) {
  CLI::App app{fmt::format("Lists the scenarios, properties and flaws of {}.", problem.title)};
  bool json = false;
  app.add_flag("--json", json, "one JSON document");
  parse(app, fmt::format("dsys {} list", problem.name), words);
  Terminal terminal;
  return finished(terminal, list_problem(problem, json, terminal));
}

struct Verb {
  std::string_view name;
  int (*command)(const Problem& problem, const Words& words);
  std::string_view summary;
};

constexpr std::array<Verb, 10> verbs{
    {{"demo", demo_command, "run a scenario and print its trace (the default)"},
     {"break", break_command, "list the flaws, or run one to its counterexample"},
     {"check", check_command, "many seeds and every order of events, on any implementation"},
     {"read", read_command, "the study reading"},
     {"quiz", quiz_command, "questions, one at a time"},
     {"start", start_command, "a starter kit in a new folder"},
     {"grade", grade_command, "a program of yours, out of 100"},
     {"protocol", protocol_command, "what a program of yours exchanges with the world"},
     {"node", node_command, "speak the node protocol: the reference, or a flaw"},
     {"list", list_command, "the scenarios, properties and flaws"}}};

std::string verb_names() {
  std::string names;
  for (const Verb& verb : verbs) names.append(names.empty() ? "" : ", ").append(verb.name);
  return names;
}

std::string problem_help(const Problem& problem) {
  std::string text =
      fmt::format("{}\n\nUsage: dsys {} [VERB] [OPTIONS]\n\n", problem.title, problem.name);
  for (const Verb& verb : verbs) text += fmt::format("  {:<8} {}\n", verb.name, verb.summary);
  return text + fmt::format("\ndsys {} VERB --help lists the options of a verb.\n", problem.name);
}

}  // namespace

int problem_command(const Problem& problem, Words words) {
  if (!words.empty() && (words[0] == "--help" || words[0] == "-h")) {
    throw Answered{problem_help(problem)};
  }
  const bool names_verb = !words.empty() && !words[0].starts_with('-');
  if (!names_verb) return demo_command(problem, words);
  const std::string word = words[0];
  words.erase(words.begin());
  for (const Verb& verb : verbs) {
    if (verb.name == word) return verb.command(problem, words);
  }
  throw UsageError(fmt::format("{}: {} has no such verb; one of {}", in_quotes(word), problem.name,
                               verb_names()));
}

}  // namespace dsys::cli
