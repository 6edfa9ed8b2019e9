#include "common/cli/exploration.hpp"
#include "common/cli/report.hpp"
#include "common/cli/shell_words.hpp"
#include "common/cli/shrinking.hpp"
#include "common/cli/verbs.hpp"
#include "common/core/error.hpp"
#include "common/core/share_out.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dsys::cli {
namespace {

// What many seeds of one scenario came to.
struct Sweep {
  const ScenarioText* scenario = nullptr;
  std::uint64_t events = 0;
  std::map<std::string_view, std::uint64_t> seen;  // sometimes-properties: in how many seeds
  std::uint64_t broken_seeds = 0;
  std::uint64_t first_broken_seed = 0;
  std::vector<check::Verdict> broken;  // of the first broken seed
  std::optional<check::RunFailure> failure{};
  std::optional<ShrunkRun> shrunk{};  // of that seed
};

void add_run(Sweep& sweep, const check::RunResult& result, std::uint64_t seed) {
  sweep.events += result.events;
  for (const check::Verdict& one : result.verdicts) {
    if (one.text.kind != check::PropertyKind::sometimes) continue;
    sweep.seen[one.text.id] += one.outcome == check::Verdict::Outcome::seen ? 1 : 0;
  }
  if (result.is_fine()) return;
  ++sweep.broken_seeds;
  if (sweep.broken_seeds > 1 && seed > sweep.first_broken_seed) return;
  sweep.first_broken_seed = seed;
  sweep.failure = result.failure;
  sweep.broken.clear();
  std::copy_if(result.verdicts.begin(), result.verdicts.end(), std::back_inserter(sweep.broken),
               [](const check::Verdict& one) { return one.is_broken(); });
}

// What broke first; what broke only at the end of the run comes last.
std::string_view first_broken(const std::vector<check::Verdict>& broken) {
  const auto first = std::min_element(broken.begin(), broken.end(),
                                      [](const check::Verdict& left, const check::Verdict& right) {
                                        return left.event - 1 < right.event - 1;  // 0 is the end
                                      });
  return first->text.id;
}

std::optional<ShrunkRun> shrink_first(const Problem& problem, const Sweep& sweep, const Cast& cast,
                                      const CheckOptions& options) {
  Breakage breakage{.scenario = std::string(sweep.scenario->name),
                    .options = options.run,
                    .property = sweep.failure ? "" : first_broken(sweep.broken),
                    .failure = sweep.failure};
  breakage.options.seed = sweep.first_broken_seed;
  return shrunk_run(problem, cast, breakage);
}

// The seeds are shared out among the jobs; the sums do not depend on who ran which.
Sweep sweep_scenario(const Problem& problem, const ScenarioText& scenario, const Cast& cast,
                     const CheckOptions& options) {
  Sweep sweep{.scenario = &scenario, .seen = {}, .broken = {}};
  std::mutex mutex;
  std::size_t done = 0;
  ProgressBar bar(std::string(scenario.name));
  share_out(0, options.seeds, options.jobs, [&](std::size_t i) {
    RunRequest request{.scenario = std::string(scenario.name), .options = options.run};
    cast.play_in(request);
    request.options.seed = options.first_seed + i;
    const Recording recording = problem.run(request);
    const std::scoped_lock lock(mutex);
    add_run(sweep, recording.result, request.options.seed);
    bar.show(++done, options.seeds);
    return true;
  });
  if (sweep.broken_seeds > 0) sweep.shrunk = shrink_first(problem, sweep, cast, options);
  return sweep;
}

// Of several that broke, which one the smaller run still breaks.
std::string told_shrunk(const Problem& problem, const Sweep& sweep) {
  std::string sentence = shrunk_sentence(problem, *sweep.shrunk);
  const bool is_clear = sweep.failure || sweep.broken.size() == 1;
  if (is_clear) return sentence;
  return fmt::format("{} It still breaks {}.", sentence, sweep.shrunk->verdict()->text.id);
}

void print_sweep(const Problem& problem, const Sweep& sweep, const CheckOptions& options,
                 Terminal& terminal) {
  const bool fine = sweep.broken_seeds == 0;
  terminal.line(
      fmt::format("  {} {:<9} {:<24} {:>7} seeds {:>12} events",
                  terminal.styled(fine ? Style::good : Style::bad, fine ? "holds " : "BROKEN"),
                  sweep.scenario->id, sweep.scenario->name, options.seeds, sweep.events));
  for (const auto& [id, seeds] : sweep.seen) {
    const check::PropertyText& property = *find_property(problem, id);
    terminal.paragraph(
        fmt::format("{} {}: seen in {} of {} seeds", id, property.name, seeds, options.seeds), 9);
  }
  if (fine) return;
  terminal.line(fmt::format("         in {} of {} seeds, first in seed {}:", sweep.broken_seeds,
                            options.seeds, sweep.first_broken_seed));
  if (sweep.failure) print_failure(*sweep.failure, terminal);
  for (const check::Verdict& one : sweep.broken) print_broken(one, terminal);
  DemoOptions again{.scenario = std::string(sweep.scenario->name),
                    .implementation = options.implementation,
                    .run = options.run};
  again.run.seed = sweep.first_broken_seed;
  if (sweep.shrunk) {
    terminal.paragraph(told_shrunk(problem, sweep), 9);
    again = shrunk_demo(again.scenario, again.implementation, *sweep.shrunk);
  }
  print_command("         Run it: ",
                fmt::format("dsys {} --trace messages", command_words(problem, again)), terminal);
}

std::string sweep_json(const Problem& problem, const Sweep& sweep, const CheckOptions& options) {
  std::vector<std::string> broken;
  for (const check::Verdict& one : sweep.broken) broken.push_back(verdict_json(one));
  std::string seen;
  for (const auto& [id, seeds] : sweep.seen) {
    seen += fmt::format("{}{}:{}", seen.empty() ? "" : ",", json_quoted(id), seeds);
  }
  const std::string first =
      sweep.broken_seeds == 0 ? "null" : fmt::format("{}", sweep.first_broken_seed);
  return fmt::format(
      R"({{"name":{},"id":{},"events":{},"broken_seeds":{},"first_broken_seed":{},)"
      R"("violations":{},"failure":{},"shrunk":{},"seen":{{{}}}}})",
      json_quoted(sweep.scenario->name), json_quoted(sweep.scenario->id), sweep.events,
      sweep.broken_seeds, first, json_array(broken), failure_json(sweep.failure),
      shrunk_json(problem, std::string(sweep.scenario->name), options.implementation, sweep.shrunk),
      seen);
}

std::vector<const ScenarioText*> chosen_scenarios(const Problem& problem, const std::string& word) {
  if (!word.empty()) return {&scenario_named(problem, word)};
  std::vector<const ScenarioText*> all;
  for (const ScenarioText& one : problem.scenarios) all.push_back(&one);
  return all;
}

// --- Explorations ---

std::vector<const ExplorationText*> chosen_explorations(const Problem& problem,
                                                        const std::string& word) {
  if (word.empty()) return {};
  if (word != "all") return {&exploration_named(problem, word)};
  std::vector<const ExplorationText*> all;
  for (const ExplorationText& one : problem.explorations) all.push_back(&one);
  return all;
}

std::string_view how_it_ended(search::SearchEnd end) {
  switch (end) {
    case search::SearchEnd::states:
      return "; stopped at its limit of states";
    case search::SearchEnd::memory:
      return "; stopped at its limit of memory";
    default:
      return "";
  }
}

void print_explored(const Problem& problem, const ExplorationText& exploration,
                    const Explored& explored, double seconds, const CheckOptions& options,
                    Terminal& terminal) {
  if (explored.failure) {
    terminal.line(fmt::format("  {} {}", terminal.styled(Style::bad, "FAILED"), exploration.name));
    print_failure(*explored.failure, terminal);
    return;
  }
  const search::SearchCounts& counts = explored.outcome.counts;
  const bool fine = explored.outcome.end != search::SearchEnd::violation;
  terminal.line(
      fmt::format("  {} {:<24} {:>12} states {:>12} transitions {:>3} steps {:>6.1f}s",
                  terminal.styled(fine ? Style::good : Style::bad, fine ? "holds " : "BROKEN"),
                  exploration.name, counts.states, counts.transitions, counts.depth, seconds));
  terminal.paragraph(fmt::format("{}; {}{}", counted(exploration.nodes, "node"), exploration.bounds,
                                 how_it_ended(explored.outcome.end)),
                     9);
  if (!explored.asymmetry.empty()) {
    terminal.paragraph(
        fmt::format("but each by its name, so there are more states: {}", explored.asymmetry), 9);
  }
  if (counts.cut_off > 0) {
    terminal.paragraph(
        fmt::format("{} transitions to more messages under way than are followed", counts.cut_off),
        9);
  }
  if (fine) return;
  terminal.line();
  print_exploration(exploration, terminal);
  terminal.paragraph(fmt::format("A shortest way to the violation, {}:",
                                 counted(explored.path.steps.size(), "step")));
  print_way(explored.path, terminal);
  terminal.line();
  if (explored.path.broken)
    print_broken(*explored.path.broken, at_step(*explored.path.broken), terminal);
  if (options.save.empty()) {
    terminal.paragraph(fmt::format("To keep this way: dsys {} check --impl {} --explore {} --save "
                                   "FILE; then dsys {} demo --replay FILE",
                                   problem.name, shell_word(options.implementation),
                                   exploration.name, problem.name),
                       9);
  }
}

struct Findings {
  bool violation = false;
  std::vector<std::string> scenarios;     // as JSON
  std::vector<std::string> explorations;  // as JSON
  std::uint64_t states = 0;
  std::uint64_t transitions = 0;
};

void check_seeds(const Problem& problem, const Cast& cast, const CheckOptions& options,
                 Findings& findings, Terminal& terminal) {
  const auto scenarios = chosen_scenarios(problem, options.scenario);
  for (const ScenarioText* scenario : scenarios) check_nodes(*scenario, options.run.nodes);
  if (!options.json) {
    terminal.line(terminal.styled(
        Style::strong, fmt::format("{}: {}, seeds {} to {}", problem.title, cast.text(),
                                   options.first_seed, options.first_seed + options.seeds - 1)));
  }
  for (const ScenarioText* scenario : scenarios) {
    const Sweep sweep = sweep_scenario(problem, *scenario, cast, options);
    findings.violation = findings.violation || sweep.broken_seeds > 0;
    if (options.json) {
      findings.scenarios.push_back(sweep_json(problem, sweep, options));
    } else {
      print_sweep(problem, sweep, options, terminal);
    }
  }
}

void check_orders(const Problem& problem, const Cast& cast, const CheckOptions& options,
                  Findings& findings, Terminal& terminal) {
  const auto explorations = chosen_explorations(problem, options.exploration);
  if (explorations.empty()) return;
  if (!options.json) {
    terminal.line(terminal.styled(
        Style::strong, fmt::format("{}: {}, every order of events", problem.title, cast.text())));
  }
  for (const ExplorationText* one : explorations) {
    const auto begin = std::chrono::steady_clock::now();
    const Explored result =
        explored(problem, *one, cast, options.limits, {.names = !options.names_apart});
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
    findings.states += result.outcome.counts.states;
    findings.transitions += result.outcome.counts.transitions;
    const bool is_first = !findings.violation;
    findings.violation = findings.violation || result.path.broken || result.failure;
    if (result.path.broken && is_first && !options.save.empty()) {
      save_path(options.save, {.problem = std::string(problem.name),
                               .exploration = std::string(one->name),
                               .implementation = options.implementation,
                               .steps = result.path.steps});
    }
    if (options.json) {
      findings.explorations.push_back(fmt::format(R"({{{},"seconds":{:.3f}}})",
                                                  exploration_members(*one, result), time.count()));
    } else {
      print_explored(problem, *one, result, time.count(), options, terminal);
    }
  }
}

}  // namespace

int check_problem(const Problem& problem, const CheckOptions& options, Terminal& terminal) {
  const Cast cast = implementation_named(problem, options.implementation);
  Findings findings;
  if (options.runs_seeds) check_seeds(problem, cast, options, findings, terminal);
  check_orders(problem, cast, options, findings, terminal);
  if (options.json) {
    terminal.line(fmt::format(
        R"({{"problem":{},"implementation":{},"first_seed":{},"seeds":{},"violation":{},)"
        R"("states":{},"transitions":{},"scenarios":{},"explorations":{}}})",
        json_quoted(problem.name), json_quoted(options.implementation), options.first_seed,
        options.runs_seeds ? options.seeds : 0, findings.violation ? "true" : "false",
        findings.states, findings.transitions, json_array(findings.scenarios),
        json_array(findings.explorations)));
  }
  return findings.violation ? exit_violation : exit_fine;
}

}  // namespace dsys::cli
