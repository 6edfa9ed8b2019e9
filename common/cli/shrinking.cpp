#include "common/cli/shrinking.hpp"

#include "common/cli/report.hpp"
#include "common/core/assert.hpp"
#include "common/core/error.hpp"
#include "common/sim/step_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace dsys::cli {
namespace {

constexpr std::uint64_t runs_max = 200;
constexpr std::uint64_t events_max = 5'000'000;
constexpr std::uint64_t events_of_program_max = 200'000;

const check::Verdict* broken_verdict(const check::RunResult& result) {
  const auto found = std::find_if(result.verdicts.begin(), result.verdicts.end(),
                                  [](const check::Verdict& one) { return one.is_broken(); });
  return found == result.verdicts.end() ? nullptr : &*found;
}

std::size_t faults_in(const std::vector<std::string>& steps) {
  return static_cast<std::size_t>(std::count_if(
      steps.begin(), steps.end(), [](const std::string& step) { return sim::is_fault(step); }));
}

RunSize size_of(const check::Staging& staging, const check::RunResult& result) {
  return {.events = result.events,
          .nodes = staging.nodes,
          .others = result.others.size() - staging.absent.size(),
          .faults = faults_in(staging.script) + faults_in(staging.faults)};
}

// Runs a scenario as it is staged, and says whether it breaks the same.
class Stage {
 public:
  Stage(const Problem& problem, const Cast& cast, const Breakage& breakage)
      : problem_(problem), cast_(cast), breakage_(breakage) {}

  std::optional<ShrunkRun> shrunk() {
    const check::RunResult whole = run(cast_, breakage_.options);
    if (!breaks_the_same(whole)) return std::nullopt;
    // In a run that asks too much of the reference it is no measure.
    const bool is_reference = cast_.flaw == nullptr && cast_.program == nullptr;
    asks_reference_ =
        !breakage_.failure && !is_reference && !breaks_the_same(run({}, breakage_.options));
    const check::Staging start = staging_of(whole);
    const auto smallest = check::shrink(task_of(start, whole.others));
    if (!smallest) return std::nullopt;
    ShrunkRun shrunk{.options = options_of(smallest->staging),
                     .result = {},
                     .before = size_of(start, whole),
                     .after = {},
                     .runs = smallest->runs};
    shrunk.result = run(cast_, shrunk.options);
    shrunk.after = size_of(smallest->staging, shrunk.result);
    if (!breaks_the_same(shrunk.result)) return std::nullopt;
    return shrunk;
  }

 private:
  const ScenarioText& scenario() const { return *find_scenario(problem_, breakage_.scenario); }

  check::RunResult run(const Cast& cast, const check::RunOptions& options) const {
    RunRequest request{.scenario = breakage_.scenario, .options = options};
    if (!breakage_.property.empty()) request.properties = {breakage_.property};
    cast.play_in(request);
    return problem_.run(request).result;
  }
  bool breaks_the_same(const check::RunResult& result) const {
    if (breakage_.failure) return result.failure && result.failure->what == breakage_.failure->what;
    return broken_verdict(result) != nullptr;
  }

  check::Staging staging_of(const check::RunResult& whole) const {
    const check::RunOptions& options = breakage_.options;
    return {.nodes = options.nodes.value_or(scenario().nodes),
            .absent = options.absent,
            .script = whole.script,
            .faults = whole.faults,
            .length = options.length.value_or(scenario().length)};
  }
  // What is as the scenario has it is not said.
  check::RunOptions options_of(const check::Staging& staging) const {
    check::RunOptions options = breakage_.options;
    if (options.nodes || staging.nodes != scenario().nodes) options.nodes = staging.nodes;
    if (options.length || staging.length != scenario().length) options.length = staging.length;
    if (options.script || staging.script != scenario().script) options.script = staging.script;
    options.faults = staging.faults;
    options.absent = staging.absent;
    return options;
  }

  check::ShrinkTask task_of(const check::Staging& start, const std::vector<std::string>& others) {
    const bool is_program = cast_.program != nullptr;
    return {.start = start,
            .nodes_min = scenario().nodes_min,
            .others = others,
            .runs_max = is_program ? breakage_.runs_max : runs_max,
            .events_max = is_program ? events_of_program_max : events_max,
            .run = [this](const check::Staging& staging) { return trial(staging); }};
  }
  check::Trial trial(const check::Staging& staging) {
    if (gave_no_answer_) return {};
    check::RunOptions options = options_of(staging);
    options.stop_when_broken = true;
    try {
      const check::RunResult result = run(cast_, options);
      // That costs ten seconds, so once is enough: nothing is made smaller then.
      gave_no_answer_ = result.failure && result.failure->out_of_time;
      check::Trial trial{.breaks = breaks_the_same(result), .events = result.events, .end = {}};
      if (!trial.breaks) return trial;
      const check::Verdict* const verdict = broken_verdict(result);
      if (breakage_.failure) trial.end = result.failure->time;
      if (verdict != nullptr && verdict->event != 0) trial.end = verdict->time;
      if (asks_reference_) trial.breaks = !breaks_the_same(run({}, options));
      return trial;
    } catch (const UsageError&) {  // a step for a node that is not there
      return {};
    }
  }

  const Problem& problem_;
  const Cast& cast_;
  const Breakage& breakage_;
  bool asks_reference_ = false;
  bool gave_no_answer_ = false;  // the program, in some run
};

std::string in_words(std::size_t count, std::string_view thing) {
  return count == 0 ? fmt::format("no {}", thing) : counted(count, thing);
}

std::string listed(const std::vector<std::string>& parts) {
  const std::size_t last = parts.size() - 1;
  if (last == 0) return parts[0];
  return fmt::format("{} and {}", fmt::join(parts.begin(), parts.end() - 1, ", "), parts[last]);
}

std::string size_json(const RunSize& size) {
  return fmt::format(R"("events":{},"nodes":{},"others":{},"faults":{})", size.events, size.nodes,
                     size.others, size.faults);
}

}  // namespace

const check::Verdict* ShrunkRun::verdict() const {
  return broken_verdict(result);
}

std::optional<ShrunkRun> shrunk_run(const Problem& problem, const Cast& cast,
                                    const Breakage& breakage) {
  // A program that does not answer costs ten seconds in each run.
  if (breakage.failure && breakage.failure->out_of_time) return std::nullopt;
  return Stage(problem, cast, breakage).shrunk();
}

// Clients, where those are not the nodes under test.
std::string shrunk_sentence(const Problem& problem, const ShrunkRun& run) {
  std::vector<std::string> before{counted(run.before.events, "event")};
  std::vector<std::string> after{counted(run.after.events, "event")};
  const auto compare = [&](std::size_t left, std::size_t right, std::string_view thing) {
    if (left == right) return;
    before.push_back(in_words(left, thing));
    after.push_back(in_words(right, thing));
  };
  compare(run.before.nodes, run.after.nodes, "node");
  compare(run.before.others, run.after.others, problem.role == "client" ? "given part" : "client");
  compare(run.before.faults, run.after.faults, "fault");
  if (before == after) return "Nothing can be left out but what comes after it.";
  return fmt::format("Shrunk from {} to {}.", listed(before), listed(after));
}

DemoOptions shrunk_demo(const std::string& scenario, const std::string& implementation,
                        const ShrunkRun& run) {
  DemoOptions demo{.scenario = scenario, .implementation = implementation, .run = run.options};
  demo.run.stop_when_broken = false;
  return demo;
}

std::string shrunk_json(const Problem& problem, const std::string& scenario,
                        const std::string& implementation, const std::optional<ShrunkRun>& run) {
  if (!run) return "null";
  const check::Verdict* const verdict = run->verdict();
  return fmt::format(
      R"({{{},"from":{{{}}},"script":{},"without":{},"length_ns":{},"runs":{},"verdict":{},)"
      R"("failure":{},"replay":{}}})",
      size_json(run->after), size_json(run->before), texts_json(run->result.script),
      texts_json(run->options.absent), run->result.ending.time.count(), run->runs,
      verdict == nullptr ? "null" : verdict_json(*verdict), failure_json(run->result.failure),
      json_quoted(
          fmt::format("dsys {} --trace all",
                      command_words(problem, shrunk_demo(scenario, implementation, *run)))));
}

}  // namespace dsys::cli
