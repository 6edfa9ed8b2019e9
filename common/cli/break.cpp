#include "common/cli/exploration.hpp"
#include "common/cli/report.hpp"
#include "common/cli/verbs.hpp"
#include "common/core/assert.hpp"
#include "common/core/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dsys::cli {
namespace {

// Before a violation, this many steps are shown message by message.
constexpr std::size_t close_up_lines = 12;
// The way there is told in full, unless it is very long.
constexpr std::size_t flawed_story_lines_max = 90;
// Of the reference's run, this many lines are shown after the two part ways.
constexpr std::size_t reference_story_lines_max = 15;

std::string exposures_text(const FlawText& flaw) {
  std::vector<std::string_view> ids;
  for (const check::Exposure& one : flaw.exposures) ids.push_back(one.property);
  return fmt::format("{}", fmt::join(ids, ", "));
}

int list_flaws(const Problem& problem, bool json, Terminal& terminal) {
  if (json) {
    std::vector<std::string> rows;
    for (const FlawText& flaw : problem.flaws) {
      std::vector<std::string> exposures;
      for (const check::Exposure& one : flaw.exposures) {
        exposures.push_back(fmt::format(R"({{"property":{},"scenario":{},"seed":{}}})",
                                        json_quoted(one.property), json_quoted(one.scenario),
                                        one.seed));
      }
      rows.push_back(fmt::format(R"({{"id":{},"story":{},"breaks":{}}})", json_quoted(flaw.id),
                                 json_quoted(flaw.story), json_array(exposures)));
    }
    terminal.line(
        fmt::format(R"({{"problem":{},"flaws":{}}})", json_quoted(problem.name), json_array(rows)));
    return exit_fine;
  }
  terminal.line(terminal.styled(Style::strong, fmt::format("{}: {} flaws. Each is the reference "
                                                           "with one thing replaced.",
                                                           problem.title, problem.flaws.size())));
  terminal.line();
  for (const FlawText& flaw : problem.flaws) {
    terminal.line(fmt::format("  {}  {}", terminal.styled(Style::strong, flaw.id),
                              terminal.styled(Style::faint, "breaks " + exposures_text(flaw))));
    terminal.paragraph(flaw.story, 6);
  }
  terminal.line();
  terminal.line(fmt::format("Run one: dsys {} break {}", problem.name, problem.flaws[0].id));
  return exit_fine;
}

const check::Exposure& exposure_of(const FlawText& flaw, const std::string& property) {
  if (property.empty()) return flaw.exposures.front();
  const auto found =
      std::find_if(flaw.exposures.begin(), flaw.exposures.end(),
                   [&](const check::Exposure& one) { return one.property == property; });
  if (found == flaw.exposures.end()) {
    throw UsageError(fmt::format("--property {}: {} breaks {}", in_quotes(property), flaw.id,
                                 exposures_text(flaw)));
  }
  return *found;
}

Recording run_exposure(const Problem& problem, const check::Exposure& exposure,
                       std::optional<std::string> flaw) {
  return problem.run({.scenario = std::string(exposure.scenario),
                      .flaw = std::move(flaw),
                      .properties = {exposure.property},
                      .options = {.seed = exposure.seed, .stop_when_broken = true},
                      .record = trace::Detail::all});
}

// What happened up to the violation, as a story, and message by message where it matters.
void print_path(const Recording& recording, const check::Verdict& verdict, Terminal& terminal) {
  std::vector<trace::Entry> path = recording.entries;
  if (verdict.event != 0) {
    path.resize(std::min<std::size_t>(path.size(), verdict.event));
  }
  std::vector<std::size_t> close_up;
  for (std::size_t i = path.size(); i > 0 && close_up.size() < close_up_lines; --i) {
    if (trace::belongs_to(trace::Detail::messages, path[i - 1].kind)) close_up.push_back(i - 1);
  }
  const bool at_event = verdict.event != 0 && !close_up.empty();
  const std::size_t story_end = at_event ? close_up.back() : path.size();
  print_story(std::span(path).first(story_end), flawed_story_lines_max, terminal);
  if (!at_event) return;
  terminal.line();
  terminal.line(terminal.styled(Style::faint, "The last steps, message by message:"));
  print_close_up(std::span(path).subspan(story_end), terminal);
  const bool is_shown = trace::belongs_to(trace::Detail::messages, path.back().kind);
  if (!is_shown) terminal.labelled(trace::columns_of(path.back()), trace::content_of(path.back()));
  print_who_waits(path, std::span(path).subspan(story_end), verdict, "", terminal);
}

// Where two runs part: the first event that differs.
std::size_t parting(const std::vector<trace::Entry>& left, const std::vector<trace::Entry>& right) {
  const auto [first, second] = std::mismatch(left.begin(), left.end(), right.begin(), right.end());
  (void)second;
  return static_cast<std::size_t>(first - left.begin());
}

void print_reference(const Recording& flawed, const Recording& reference, Terminal& terminal) {
  const std::size_t start = parting(reference.entries, flawed.entries);
  terminal.line();
  terminal.line(terminal.styled(Style::strong, "The reference under the same schedule"));
  if (start < reference.entries.size()) {
    terminal.line(fmt::format("The two runs are the same until {}ms; then the reference goes on:",
                              reference.entries[start].time / 1ms));
  }
  print_story(std::span(reference.entries).subspan(start), reference_story_lines_max, terminal);
  terminal.line();
  print_verdicts(reference.result, terminal);
}

void print_json(const FlawText& flaw, const check::Exposure& exposure, const Recording& flawed,
                const Recording& reference, Terminal& terminal) {
  terminal.line(fmt::format(
      R"({{"flaw":{},"story":{},"scenario":{},"seed":{},"verdict":{},"reference":{},"trace":{}}})",
      json_quoted(flaw.id), json_quoted(flaw.story), json_quoted(exposure.scenario), exposure.seed,
      verdict_json(flawed.result.verdicts[0]), verdict_json(reference.result.verdicts[0]),
      trace_json(flawed.entries)));
}

void print_flaw_head(const Problem& problem, const FlawText& flaw, const check::Exposure& exposure,
                     Terminal& terminal) {
  const check::PropertyText& property = *find_property(problem, exposure.property);
  const ScenarioText& scenario = *find_scenario(problem, exposure.scenario);
  terminal.line(terminal.styled(Style::strong, flaw.id));
  terminal.paragraph(flaw.story);
  terminal.paragraph(fmt::format("It breaks {} {}: {} ({})", property.id, property.name,
                                 property.sentence, property.source));
  terminal.paragraph(fmt::format("Schedule: scenario {} ({}), {} nodes, seed {}: {}", scenario.name,
                                 scenario.id, scenario.nodes, exposure.seed, scenario.title));
  terminal.line();
}

// --- By search ---

// Whether the search is for what is asked: the property, if one is named, must be judged there.
const ExplorationText* search_for(const Problem& problem, const FlawText& flaw,
                                  const BreakOptions& options) {
  const bool wants_schedule = options.scheduled || options.form.has_value();
  if (wants_schedule || flaw.exploration.empty() || !options.property.empty()) return nullptr;
  return find_exploration(problem, flaw.exploration);
}

int break_by_search(const Problem& problem, const FlawText& flaw,
                    const ExplorationText& exploration, const BreakOptions& options,
                    Terminal& terminal) {
  const Explored found = explored(problem, exploration, {.flaw = &flaw}, {.jobs = options.jobs});
  DSYS_ASSERT(found.path.broken.has_value());
  const check::Verdict& verdict = *found.path.broken;
  const std::string implementation = fmt::format("flaw:{}", flaw.id);
  if (!options.save.empty()) {
    save_path(options.save, {.problem = std::string(problem.name),
                             .exploration = std::string(exploration.name),
                             .implementation = implementation,
                             .steps = found.path.steps});
  }
  if (options.json) {
    terminal.line(fmt::format(R"({{"flaw":{},"story":{},{},"verdict":{},"trace":{}}})",
                              json_quoted(flaw.id), json_quoted(flaw.story),
                              exploration_members(exploration, found), verdict_json(verdict),
                              trace_json(found.path.entries)));
    return exit_violation;
  }
  terminal.line(terminal.styled(Style::strong, flaw.id));
  terminal.paragraph(flaw.story);
  terminal.paragraph(fmt::format("It breaks {} {}: {} ({})", verdict.text.id, verdict.text.name,
                                 verdict.text.sentence, verdict.text.source));
  print_exploration(exploration, terminal);
  terminal.paragraph(fmt::format("Of {} states none is closer: the shortest way takes {}.",
                                 found.outcome.counts.states,
                                 counted(found.path.steps.size(), "step")));
  terminal.line();
  print_way(found.path, terminal);
  terminal.line();
  print_broken(verdict, at_step(verdict), terminal);
  print_reference_way(problem, exploration, found.path, terminal);
  terminal.line();
  const check::Exposure& exposure = flaw.exposures.front();
  terminal.paragraph(
      fmt::format("With time, clocks and a larger cluster, as scenario {}: dsys {} "
                  "break {} --schedule",
                  exposure.scenario, problem.name, flaw.id));
  return exit_violation;
}

}  // namespace

int break_flaw(const Problem& problem, const BreakOptions& options, Terminal& terminal) {
  if (options.flaw.empty()) return list_flaws(problem, options.json, terminal);
  const FlawText& flaw = flaw_named(problem, options.flaw);
  if (const ExplorationText* const search = search_for(problem, flaw, options)) {
    return break_by_search(problem, flaw, *search, options, terminal);
  }
  if (!options.save.empty()) {
    throw UsageError(
        "--save: keeps the way that a search has found; here a schedule is run, which "
        "its seed repeats");
  }
  const check::Exposure& exposure = exposure_of(flaw, options.property);
  const Recording flawed = run_exposure(problem, exposure, std::string(flaw.id));
  const Recording reference = run_exposure(problem, exposure, std::nullopt);
  const check::Verdict& verdict = flawed.result.verdicts[0];
  if (options.json) {
    print_json(flaw, exposure, flawed, reference, terminal);
    return verdict.is_broken() ? exit_violation : exit_fine;
  }
  print_flaw_head(problem, flaw, exposure, terminal);
  if (options.form && *options.form != TraceForm::story) {
    print_trace(flawed.entries,
                *options.form == TraceForm::messages ? trace::Detail::messages : trace::Detail::all,
                terminal);
  } else {
    print_path(flawed, verdict, terminal);
  }
  terminal.line();
  if (verdict.is_broken()) print_broken(verdict, terminal);
  print_reference(flawed, reference, terminal);
  terminal.line();
  terminal.paragraph(
      fmt::format("The whole run: dsys {} demo --scenario {} --seed {} --impl flaw:{} "
                  "--trace all",
                  problem.name, exposure.scenario, exposure.seed, flaw.id));
  return verdict.is_broken() ? exit_violation : exit_fine;
}

}  // namespace dsys::cli
