#include "common/cli/breakdown.hpp"
#include "common/cli/every_fault.hpp"
#include "common/cli/exploration.hpp"
#include "common/cli/report.hpp"
#include "common/cli/shell_words.hpp"
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
  std::optional<Breakdown> first{};  // of the first broken seed
};

void add_run(Sweep& sweep, const check::RunResult& result, const check::RunOptions& run) {
  sweep.events += result.events;
  for (const check::Verdict& one : result.verdicts) {
    if (one.text.kind != check::PropertyKind::sometimes) continue;
    sweep.seen[one.text.id] += one.outcome == check::Verdict::Outcome::seen ? 1 : 0;
  }
  if (result.is_fine()) return;
  ++sweep.broken_seeds;
  if (sweep.first && run.seed > sweep.first->run.seed) return;
  sweep.first = breakdown_of(*sweep.scenario, run, result);
}

// The seeds are shared out among the jobs; the sums do not depend on who ran which.
Sweep sweep_scenario(const Problem& problem, const ScenarioText& scenario, const Cast& cast,
                     const CheckOptions& options) {
  Sweep sweep{.scenario = &scenario, .seen = {}};
  std::mutex mutex;
  std::size_t done = 0;
  ProgressBar bar(std::string(scenario.name));
  share_out(0, options.seeds, options.jobs, [&](std::size_t i) {
    RunRequest request{.scenario = std::string(scenario.name), .options = options.run};
    cast.play_in(request);
    request.options.seed = options.first_seed + i;
    const Recording recording = problem.run(request);
    const std::scoped_lock lock(mutex);
    add_run(sweep, recording.result, request.options);
    bar.show(++done, options.seeds);
    return true;
  });
  if (sweep.first) shrink(*sweep.first, problem, cast);
  return sweep;
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
                            options.seeds, sweep.first->run.seed));
  print_breakdown(problem, *sweep.first, options.implementation, terminal);
}

std::string sweep_json(const Problem& problem, const Sweep& sweep, const CheckOptions& options) {
  std::string seen;
  for (const auto& [id, seeds] : sweep.seen) {
    seen += fmt::format("{}{}:{}", seen.empty() ? "" : ",", json_quoted(id), seeds);
  }
  const std::string first = sweep.first ? std::to_string(sweep.first->run.seed) : "null";
  return fmt::format(
      R"({{"name":{},"id":{},"events":{},"broken_seeds":{},"first_broken_seed":{},{},)"
      R"("seen":{{{}}}}})",
      json_quoted(sweep.scenario->name), json_quoted(sweep.scenario->id), sweep.events,
      sweep.broken_seeds, first, breakdown_members(problem, sweep.first, options.implementation),
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
    case search::SearchEnd::transitions:
      return "; stopped at its limit of transitions";
    case search::SearchEnd::calls:
      return "; stopped at its limit of calls";
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
  print_end_of_way(explored.path, terminal);
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
  std::vector<std::string> every_fault;   // as JSON
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

void check_faults(const Problem& problem, const Cast& cast, const CheckOptions& options,
                  Findings& findings, Terminal& terminal) {
  const auto scenarios = chosen_scenarios(problem, options.scenario);
  for (const ScenarioText* scenario : scenarios) check_nodes(*scenario, options.run.nodes);
  if (!options.json) {
    terminal.line(terminal.styled(
        Style::strong, fmt::format("{}: {}, every fault at every moment of seed {}", problem.title,
                                   cast.text(), options.first_seed)));
  }
  for (const ScenarioText* scenario : scenarios) {
    const EveryFault tried = try_every_fault(problem, *scenario, cast, options);
    findings.violation = findings.violation || tried.broken_runs > 0;
    if (options.json) {
      findings.every_fault.push_back(every_fault_json(problem, tried, options.implementation));
    } else {
      print_every_fault(problem, tried, options.implementation, terminal);
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
    const bool has_way = result.outcome.end == search::SearchEnd::violation;
    findings.violation = findings.violation || has_way || result.failure;
    if (has_way && is_first && !options.save.empty()) {
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
  if (options.every_fault) {
    check_faults(problem, cast, options, findings, terminal);
  } else if (options.runs_seeds) {
    check_seeds(problem, cast, options, findings, terminal);
  }
  check_orders(problem, cast, options, findings, terminal);
  if (options.json) {
    terminal.line(fmt::format(
        R"({{"problem":{},"implementation":{},"first_seed":{},"seeds":{},"violation":{},)"
        R"("states":{},"transitions":{},"scenarios":{},"every_fault":{},"explorations":{}}})",
        json_quoted(problem.name), json_quoted(options.implementation), options.first_seed,
        options.runs_seeds && !options.every_fault ? options.seeds : 0,
        findings.violation ? "true" : "false", findings.states, findings.transitions,
        json_array(findings.scenarios), json_array(findings.every_fault),
        json_array(findings.explorations)));
  }
  return findings.violation ? exit_violation : exit_fine;
}

}  // namespace dsys::cli
