#include "common/cli/every_fault.hpp"

#include "common/cli/report.hpp"
#include "common/core/share_out.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <tuple>
#include <utility>
#include <vector>

namespace dsys::cli {
namespace {

// When a run broke: the event, with what showed only at its end last.
std::uint64_t event_of_break(const check::RunResult& result) {
  if (result.failure) return result.failure->event;
  std::uint64_t first = UINT64_MAX;
  for (const check::Verdict& one : result.verdicts) {
    if (one.is_broken()) first = std::min(first, one.event - 1);  // 0 is the end
  }
  return first;
}

class Trying {
 public:
  Trying(const Problem& problem, const ScenarioText& scenario, const Cast& cast,
         const CheckOptions& options)
      : problem_(problem), scenario_(scenario), cast_(cast), options_(options) {
    tried_.scenario = &scenario;
  }

  EveryFault all() {
    check::RunOptions first = options_.run;
    first.seed = options_.first_seed;
    first.finds_places = true;
    const check::RunResult whole = run(first);
    first.finds_places = false;
    tried_.places = whole.places.size();
    note(0, first, whole);
    const std::vector<check::Misfortune> misfortunes =
        check::misfortunes(whole.places, check::all_mishaps(), problem_.patience);
    ProgressBar bar(std::string(scenario_.name));
    std::size_t done = 0;
    share_out(0, misfortunes.size(), options_.jobs, [&](std::size_t i) {
      check::RunOptions again = first;
      again.faults.insert(again.faults.end(), misfortunes[i].faults.begin(),
                          misfortunes[i].faults.end());
      const check::RunResult result = run(again);
      const std::scoped_lock lock(mutex_);
      note(i + 1, again, result);
      tried_.broken_by[misfortunes[i].mishap] += result.is_fine() ? 0 : 1;
      bar.show(++done, misfortunes.size());
      return true;
    });
    if (tried_.first) shrink(*tried_.first, problem_, cast_);
    return std::move(tried_);
  }

 private:
  check::RunResult run(const check::RunOptions& run_options) const {
    RunRequest request{.scenario = std::string(scenario_.name),
                       .properties = judged_in(problem_, scenario_),
                       .options = run_options};
    cast_.play_in(request);
    return problem_.run(request).result;
  }

  void note(std::size_t number, const check::RunOptions& run_options,
            const check::RunResult& result) {
    ++tried_.runs;
    tried_.events += result.events;
    if (result.is_fine()) return;
    ++tried_.broken_runs;
    const std::pair when{event_of_break(result), number};
    if (tried_.first && earliest_ < when) return;
    earliest_ = when;
    tried_.first = breakdown_of(scenario_, run_options, result);
  }

  const Problem& problem_;
  const ScenarioText& scenario_;
  const Cast& cast_;
  const CheckOptions& options_;
  std::mutex mutex_;
  std::pair<std::uint64_t, std::size_t> earliest_{};  // event, number of the run
  EveryFault tried_{};
};

// "3 lost, 5 power loss"
std::string breaking_mishaps(const EveryFault& tried) {
  std::string text;
  for (const auto& [mishap, runs] : tried.broken_by) {
    if (runs == 0) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", runs, to_string(mishap));
  }
  return text.empty() ? "without a fault of ours" : text;
}

}  // namespace

EveryFault try_every_fault(const Problem& problem, const ScenarioText& scenario, const Cast& cast,
                           const CheckOptions& options) {
  return Trying(problem, scenario, cast, options).all();
}

void print_every_fault(const Problem& problem, const EveryFault& tried,
                       const std::string& implementation, Terminal& terminal) {
  const bool fine = tried.broken_runs == 0;
  terminal.line(fmt::format(
      "  {} {:<9} {:<17} {:>5} places {:>6} runs {:>10} events",
      terminal.styled(fine ? Style::good : Style::bad, fine ? "holds " : "BROKEN"),
      tried.scenario->id, tried.scenario->name, tried.places, tried.runs, tried.events));
  if (fine) return;
  terminal.paragraph(fmt::format("in {} of {} runs ({}); the one that shows it first:",
                                 tried.broken_runs, tried.runs, breaking_mishaps(tried)),
                     9);
  print_breakdown(problem, *tried.first, implementation, terminal);
}

std::string every_fault_json(const Problem& problem, const EveryFault& tried,
                             const std::string& implementation) {
  std::string broken_by;
  for (const auto& [mishap, runs] : tried.broken_by) {
    broken_by += fmt::format(R"({}{}:{})", broken_by.empty() ? "" : ",",
                             json_quoted(to_string(mishap)), runs);
  }
  return fmt::format(R"({{"name":{},"id":{},"places":{},"runs":{},"events":{},"broken_runs":{},)"
                     R"("broken_by":{{{}}},"faults":{},{}}})",
                     json_quoted(tried.scenario->name), json_quoted(tried.scenario->id),
                     tried.places, tried.runs, tried.events, tried.broken_runs, broken_by,
                     tried.first ? texts_json(tried.first->run.faults) : "null",
                     breakdown_members(problem, tried.first, implementation));
}

}  // namespace dsys::cli
