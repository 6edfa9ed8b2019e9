#include "common/cli/report.hpp"
#include "common/cli/verbs.hpp"
#include "common/core/error.hpp"
#include "common/trace/lanes.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

namespace dsys::cli {
namespace {

// A demo is to be read on one screen or two.
constexpr std::size_t demo_story_lines_max = 60;

trace::Detail detail_of(TraceForm form) {
  switch (form) {
    case TraceForm::messages:
      return trace::Detail::messages;
    case TraceForm::all:
    case TraceForm::json:
      return trace::Detail::all;
    case TraceForm::none:
      return trace::Detail::nothing;
    default:
      return trace::Detail::story;
  }
}

void print_head(const Problem& problem, const Chosen& chosen, const DemoOptions& options,
                const check::RunResult& result, Terminal& terminal) {
  const ScenarioText& scenario = *chosen.scenario;
  terminal.paragraph(
      terminal.styled(Style::strong, fmt::format("{}: {}", problem.title, scenario.title)));
  terminal.paragraph(fmt::format("Scenario {} ({}), {}, seed {}, {}; {}.", scenario.name,
                                 scenario.id,
                                 counted(options.run.nodes.value_or(scenario.nodes), "node"),
                                 options.run.seed, chosen.cast.text(), scenario.network));
  for (const std::string& line : problem.configuration) terminal.paragraph(line);
  terminal.paragraph(fmt::format("Watch: {}", scenario.look_for));
  if (options.run.script) {
    const std::string steps = fmt::format("{}", fmt::join(*options.run.script, "; "));
    terminal.paragraph(
        fmt::format("Instead of its script: {}.", steps.empty() ? "nothing" : steps));
  }
  if (!options.run.absent.empty()) {
    terminal.paragraph(fmt::format("Without {}.", fmt::join(options.run.absent, ", ")));
  }
  for (const std::string& fault : result.drawn_faults) {
    terminal.paragraph(fmt::format("Drawn from the seed: {}", fault));
  }
  terminal.line();
}

void print_body(const Recording& recording, const DemoOptions& options, Terminal& terminal) {
  const trace::Detail detail = detail_of(options.form);
  if (options.form == TraceForm::none) return;
  if (options.lanes) {
    for (const std::string& line :
         trace::lanes(recording.entries, detail, terminal.width(), terminal.unicode())) {
      terminal.line(line);
    }
  } else if (options.form == TraceForm::story) {
    print_story(recording.entries, demo_story_lines_max, terminal);
  } else {
    print_trace(recording.entries, detail, terminal);
  }
  terminal.line();
}

void print_json_lines(const Recording& recording, Terminal& terminal) {
  for (const trace::Entry& entry : recording.entries) terminal.line(trace::json_line(entry));
  if (recording.result.failure) {
    terminal.line(fmt::format(R"({{"event":"failure","failure":{}}})",
                              failure_json(recording.result.failure)));
  }
  for (const check::Verdict& one : recording.result.verdicts) {
    terminal.line(fmt::format(R"({{"event":"verdict","verdict":{}}})", verdict_json(one)));
  }
}

void print_json(const Problem& problem, const Chosen& chosen, const DemoOptions& options,
                const Recording& recording, Terminal& terminal) {
  std::vector<std::string> verdicts;
  for (const check::Verdict& one : recording.result.verdicts) {
    verdicts.push_back(verdict_json(one));
  }
  std::vector<std::string> entries;
  for (const trace::Entry& entry : recording.entries) {
    if (trace::belongs_to(detail_of(options.form), entry.kind)) {
      entries.push_back(trace::json_line(entry));
    }
  }
  terminal.line(fmt::format(
      R"({{"problem":{},"scenario":{},"scenario_id":{},"seed":{},"nodes":{},"implementation":{},)"
      R"("script":{},"without":{},)"
      R"("events":{},"time_ns":{},"violation":{},"failure":{},"verdicts":{},"trace":{}}})",
      json_quoted(problem.name), json_quoted(chosen.scenario->name),
      json_quoted(chosen.scenario->id), options.run.seed,
      options.run.nodes.value_or(chosen.scenario->nodes), json_quoted(chosen.cast.word()),
      texts_json(recording.result.script), texts_json(options.run.absent), recording.result.events,
      recording.result.ending.time.count(), recording.result.is_fine() ? "false" : "true",
      failure_json(recording.result.failure), json_array(verdicts), json_array(entries)));
}

}  // namespace

int demo(const Problem& problem, DemoOptions options, Terminal& terminal) {
  if (options.scenario.empty()) options.scenario = problem.default_scenario;
  const Chosen chosen{.scenario = &scenario_named(problem, options.scenario),
                      .cast = implementation_named(problem, options.implementation)};
  options.scenario = chosen.scenario->name;
  check_nodes(*chosen.scenario, options.run.nodes);
  RunRequest request{
      .scenario = options.scenario, .options = options.run, .record = detail_of(options.form)};
  chosen.cast.play_in(request);
  const Recording recording = problem.run(request);

  if (options.json) {
    print_json(problem, chosen, options, recording, terminal);
  } else if (options.form == TraceForm::json) {
    print_json_lines(recording, terminal);
  } else {
    print_head(problem, chosen, options, recording.result, terminal);
    print_body(recording, options, terminal);
    print_verdicts(recording.result, terminal);
    const bool is_story = options.form == TraceForm::story;
    terminal.line();
    print_command(is_story ? "Every message: " : "The story: ",
                  fmt::format("dsys {} {}", command_words(problem, options),
                              is_story ? "--trace messages" : "--trace story"),
                  terminal);
  }
  return !recording.result.is_fine() ? exit_violation : exit_fine;
}

}  // namespace dsys::cli
