#include "common/check/share_out.hpp"
#include "common/cli/progress_bar.hpp"
#include "common/cli/report.hpp"
#include "common/cli/verbs.hpp"
#include "common/core/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>

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

// The seeds are shared out among the jobs; the sums do not depend on who ran which.
Sweep sweep_scenario(const Problem& problem, const ScenarioText& scenario, const Cast& cast,
                     const CheckOptions& options) {
  Sweep sweep{.scenario = &scenario, .seen = {}, .broken = {}};
  std::mutex mutex;
  std::size_t done = 0;
  ProgressBar bar(std::string(scenario.name));
  check::share_out(0, options.seeds, options.jobs, [&](std::size_t i) {
    RunRequest request{.scenario = std::string(scenario.name), .options = options.run};
    cast.play_in(request);
    request.options.seed = options.first_seed + i;
    const Recording recording = problem.run(request);
    const std::scoped_lock lock(mutex);
    add_run(sweep, recording.result, request.options.seed);
    bar.show(++done, options.seeds);
    return true;
  });
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
                            options.seeds, sweep.first_broken_seed));
  if (sweep.failure) print_failure(*sweep.failure, terminal);
  for (const check::Verdict& one : sweep.broken) print_broken(one, terminal);
  DemoOptions again{.scenario = std::string(sweep.scenario->name),
                    .implementation = options.implementation,
                    .run = options.run};
  again.run.seed = sweep.first_broken_seed;
  terminal.paragraph(fmt::format("Run it: dsys {} --trace messages", command_words(problem, again)),
                     9);
}

std::string sweep_json(const Sweep& sweep) {
  std::vector<std::string> broken;
  for (const check::Verdict& one : sweep.broken) broken.push_back(verdict_json(one));
  std::string seen;
  for (const auto& [id, seeds] : sweep.seen) {
    seen += fmt::format("{}{}:{}", seen.empty() ? "" : ",", json_quoted(id), seeds);
  }
  const std::string first =
      sweep.broken_seeds == 0 ? "null" : fmt::format("{}", sweep.first_broken_seed);
  return fmt::format(R"({{"name":{},"id":{},"events":{},"broken_seeds":{},"first_broken_seed":{},)"
                     R"("violations":{},"failure":{},"seen":{{{}}}}})",
                     json_quoted(sweep.scenario->name), json_quoted(sweep.scenario->id),
                     sweep.events, sweep.broken_seeds, first, json_array(broken),
                     failure_json(sweep.failure), seen);
}

std::vector<const ScenarioText*> chosen_scenarios(const Problem& problem, const std::string& word) {
  if (!word.empty()) return {&scenario_named(problem, word)};
  std::vector<const ScenarioText*> all;
  for (const ScenarioText& one : problem.scenarios) all.push_back(&one);
  return all;
}

}  // namespace

int check_seeds(const Problem& problem, const CheckOptions& options, Terminal& terminal) {
  const Cast cast = implementation_named(problem, options.implementation);
  const auto scenarios = chosen_scenarios(problem, options.scenario);
  for (const ScenarioText* scenario : scenarios) check_nodes(*scenario, options.run.nodes);
  bool violation = false;
  std::vector<std::string> rows;
  if (!options.json) {
    terminal.line(terminal.styled(
        Style::strong, fmt::format("{}: {}, seeds {} to {}", problem.title, cast.text(),
                                   options.first_seed, options.first_seed + options.seeds - 1)));
  }
  for (const ScenarioText* scenario : scenarios) {
    const Sweep sweep = sweep_scenario(problem, *scenario, cast, options);
    violation = violation || sweep.broken_seeds > 0;
    if (options.json) {
      rows.push_back(sweep_json(sweep));
    } else {
      print_sweep(problem, sweep, options, terminal);
    }
  }
  if (options.json) {
    terminal.line(fmt::format(
        R"({{"problem":{},"implementation":{},"first_seed":{},"seeds":{},"violation":{},)"
        R"("scenarios":{}}})",
        json_quoted(problem.name), json_quoted(options.implementation), options.first_seed,
        options.seeds, violation ? "true" : "false", json_array(rows)));
  }
  return violation ? exit_violation : exit_fine;
}

}  // namespace dsys::cli
