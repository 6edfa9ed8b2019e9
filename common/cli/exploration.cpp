#include "common/cli/exploration.hpp"

#include "common/bridge/reading.hpp"
#include "common/cli/json.hpp"
#include "common/cli/report.hpp"
#include "common/core/error.hpp"
#include "common/study/text_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace dsys::cli {
namespace {

// Of the reference's way, this many lines are shown after the two part.
constexpr std::size_t reference_way_lines_max = 12;
// And of the flaw's, of the step where they part.
constexpr std::size_t flawed_step_lines_max = 4;

bool is_shown(const trace::Entry& entry) {
  return trace::belongs_to(trace::Detail::messages, entry.kind) || entry.kind == EventKind::timer;
}

void print_entry(const trace::Entry& entry, Terminal& terminal) {
  const bool is_fault = entry.kind == EventKind::fault;
  const auto step = entry.time / 1ms;
  terminal.labelled(
      fmt::format("{:>6}  {}", step, trace::place_of(entry)),
      terminal.styled(is_fault ? Style::fault : Style::plain, trace::content_of(entry)));
}

// "n1->n2 AppendEntries term=1 ...": the step of a file, for a reader.
std::string words_of_step(const std::string& text) {
  const OrderedJson step = OrderedJson::parse(text, nullptr, false);
  const auto member = [&](const char* name) {
    return step.contains(name) && step[name].is_string() ? step[name].get<std::string>() : "";
  };
  std::string words = member("step");
  if (step.contains("message")) {
    const OrderedJson& message = step["message"];
    words += fmt::format(" {}->{} {}", member("from"), member("node"),
                         message.value("type", std::string()));
    for (const auto& [name, value] : message.items()) {
      if (name != "type") words += fmt::format(" {}={}", name, value.dump());
    }
    return words;
  }
  words += " " + member("node");
  if (step.contains("timer")) words += " " + step["timer"].value("type", std::string());
  return words;
}

}  // namespace

const ExplorationText& exploration_named(const Problem& problem, std::string_view word) {
  if (const ExplorationText* const found = find_exploration(problem, word)) return *found;
  if (problem.explorations.empty()) {
    throw UsageError(
        fmt::format("--explore {}: {} has no explorations; its scenarios are checked "
                    "by seeds",
                    in_quotes(word), problem.name));
  }
  std::vector<std::string_view> names;
  for (const ExplorationText& one : problem.explorations) names.push_back(one.name);
  throw UsageError(fmt::format("--explore {}: {} has no such exploration; one of {}, or all",
                               in_quotes(word), problem.name, fmt::join(names, ", ")));
}

Explored explored(const Problem& problem, const ExplorationText& exploration, const Cast& cast,
                  const search::SearchLimits& limits, const search::Reductions& reductions) {
  ProgressBar bar(std::string(exploration.name));
  ExploreRequest request{
      .exploration = std::string(exploration.name), .limits = limits, .reductions = reductions};
  cast.play_in(request);
  request.progress = [&](const search::SearchCounts& counts) {
    bar.say(fmt::format("{} states, {} transitions, {} steps deep", counts.states,
                        counts.transitions, counts.depth));
  };
  return problem.explore(request);
}

void print_exploration(const ExplorationText& exploration, Terminal& terminal) {
  terminal.paragraph(fmt::format("Search {}: {}.", exploration.name, exploration.title));
  terminal.paragraph(
      fmt::format("{}; {}.", counted(exploration.nodes, "node"), exploration.bounds));
  if (!exploration.opening.empty()) {
    terminal.paragraph(fmt::format("Opening: {}.", exploration.opening));
  }
}

void print_way(const Path& path, Terminal& terminal) {
  const Time last = path.entries.empty() ? Time{} : path.entries.back().time;
  for (const trace::Entry& entry : path.entries) {
    // What the last step sends is often what breaks.
    const bool is_last_word = entry.time == last && entry.kind == EventKind::send;
    if (entry.time > 0ns && (is_shown(entry) || is_last_word)) print_entry(entry, terminal);
  }
}

std::string at_step(const check::Verdict& verdict) {
  return fmt::format("at step {}", verdict.time / 1ms);
}

void print_end_of_way(const Path& path, Terminal& terminal) {
  if (path.broken) print_broken(*path.broken, at_step(*path.broken), terminal);
  if (path.failure) print_failure(*path.failure, terminal);
}

namespace {

using Entries = std::vector<trace::Entry>;

bool tells(const trace::Entry& entry) {
  return is_shown(entry) || entry.kind == EventKind::send;
}

// Where two ways part, it may be by what is on a disk.
bool tells_or_stores(const trace::Entry& entry) {
  return tells(entry) || entry.kind == EventKind::write || entry.kind == EventKind::sync;
}

// Of one step, from where it tells something on; so many lines at most.
void print_step(Entries::const_iterator begin, Entries::const_iterator end, std::size_t lines_max,
                Terminal& terminal) {
  std::size_t lines = 0;
  for (auto entry = begin; entry != end && entry->time == begin->time; ++entry) {
    if (tells_or_stores(*entry) && ++lines <= lines_max) print_entry(*entry, terminal);
  }
}

// From where it parts from the flaw to its end, which is what counts: if it is long, it is
// shortened before that.
void print_rest_of_way(Entries::const_iterator begin, Entries::const_iterator end,
                       Terminal& terminal) {
  std::vector<const trace::Entry*> told;
  for (auto entry = begin; entry != end; ++entry) {
    const bool is_parting = entry->time == begin->time;
    if (is_parting ? tells_or_stores(*entry) : tells(*entry)) told.push_back(&*entry);
  }
  const std::size_t cut =
      told.size() <= reference_way_lines_max ? 0 : told.size() - reference_way_lines_max;
  const std::size_t head = cut == 0 ? told.size() : reference_way_lines_max / 2;
  for (std::size_t i = 0; i < told.size(); ++i) {
    if (i == head) {
      terminal.line(
          terminal.styled(Style::faint, fmt::format("        ... {} more lines ...", cut)));
    }
    if (i < head || i >= head + cut) print_entry(*told[i], terminal);
  }
}

// Where a flaw and the reference part, and what the flaw does there.
void print_parting(Entries::const_iterator reference, Entries::const_iterator flawed,
                   Entries::const_iterator flawed_end, Terminal& terminal) {
  const auto step = reference->time / 1ms;
  const std::string where = step == 0 ? std::string("The two differ in the opening already")
                                      : fmt::format("The two are the same up to step {}", step);
  const bool is_same_step = flawed != flawed_end && flawed->time == reference->time;
  const bool says_something =
      is_same_step && std::any_of(flawed, flawed_end, [&](const trace::Entry& entry) {
        return entry.time == flawed->time && tells_or_stores(entry);
      });
  if (!says_something) return terminal.line(where + "; then the reference goes on:");
  terminal.line(where + ". There the flaw:");
  print_step(flawed, flawed_end, flawed_step_lines_max, terminal);
  terminal.line("and the reference:");
}

}  // namespace

void print_reference_way(const Problem& problem, const ExplorationText& exploration,
                         const Path& flawed, Terminal& terminal) {
  const Path path = problem.retrace(
      {.exploration = std::string(exploration.name), .leaves_out = true}, flawed.steps);
  const auto [own, other] = std::mismatch(path.entries.begin(), path.entries.end(),
                                          flawed.entries.begin(), flawed.entries.end());
  terminal.line();
  terminal.line(terminal.styled(Style::strong, "The reference, the same way"));
  if (own != path.entries.end()) {
    print_parting(own, other, flawed.entries.end(), terminal);
  }
  print_rest_of_way(own, path.entries.end(), terminal);
  if (!path.impossible) return terminal.line("It goes all the way, and breaks nothing.");
  terminal.paragraph(
      fmt::format("\"{}\" does not happen to it{}. It goes the rest of the way, and breaks {}.",
                  words_of_step(*path.impossible),
                  path.left_out == 1
                      ? ""
                      : fmt::format(", nor {} that {} from it", counted(path.left_out - 1, "step"),
                                    path.left_out == 2 ? "follows" : "follow"),
                  path.broken ? path.broken->text.id : "nothing"));
}

std::string exploration_members(const ExplorationText& exploration, const Explored& explored) {
  const search::SearchOutcome& outcome = explored.outcome;
  constexpr std::array<std::string_view, 7> ends{"complete", "violation", "states", "transitions",
                                                 "calls",    "memory",    "depth"};
  return fmt::format(
      R"("exploration":{},"nodes":{},"bounds":{},"end":{},"states":{},"transitions":{},)"
      R"("depth":{},"frontier":{},"cut_off":{},"handler_calls":{},"asymmetry":{},"failure":{},)"
      R"("violation":{},"steps":{})",
      json_quoted(exploration.name), exploration.nodes, json_quoted(exploration.bounds),
      json_quoted(explored.failure        ? "not_searched"
                  : explored.path.failure ? "failure"
                                          : ends[static_cast<std::size_t>(outcome.end)]),
      outcome.counts.states, outcome.counts.transitions, outcome.counts.depth,
      outcome.counts.frontier, outcome.counts.cut_off, explored.handler_calls,
      explored.asymmetry.empty() ? "null" : json_quoted(explored.asymmetry),
      failure_json(explored.failure ? explored.failure : explored.path.failure),
      explored.path.broken ? verdict_json(*explored.path.broken) : "null",
      json_array(explored.path.steps));
}

// --- A path in a file ---

void save_path(const std::string& file, const SavedPath& path) {
  Terminal out(file);
  out.line("{");
  out.line(fmt::format(R"(  "problem": {},)", json_quoted(path.problem)));
  out.line(fmt::format(R"(  "exploration": {},)", json_quoted(path.exploration)));
  out.line(fmt::format(R"(  "implementation": {},)", json_quoted(path.implementation)));
  out.line(R"(  "steps": [)");
  for (std::size_t i = 0; i < path.steps.size(); ++i) {
    out.line("    " + path.steps[i] + (i + 1 < path.steps.size() ? "," : ""));
  }
  out.line("  ]");
  out.line("}");
  out.finish();
}

SavedPath read_path(const std::string& file) {
  constexpr std::size_t size_max = std::size_t{16} << 20U;
  const auto refuse = [&](std::string_view why) {
    throw UsageError(fmt::format("--replay {}: {}", in_quotes(file), why));
  };
  const std::optional<std::string> text = study::text_of_file(file, size_max);
  if (!text) refuse("cannot be read");
  const OrderedJson json = OrderedJson::parse(*text, nullptr, false);
  const auto is_text = [&](const char* name) {
    return json.contains(name) && json[name].is_string();
  };
  const bool is_path = json.is_object() && is_text("problem") && is_text("exploration") &&
                       is_text("implementation") && json.contains("steps") &&
                       json["steps"].is_array();
  if (!is_path) refuse("must be a file that `check --save` or `break --save` has written");
  SavedPath path{.problem = json["problem"].get<std::string>(),
                 .exploration = json["exploration"].get<std::string>(),
                 .implementation = json["implementation"].get<std::string>(),
                 .steps = {}};
  for (const OrderedJson& step : json["steps"]) path.steps.push_back(step.dump());
  return path;
}

int replay(const Problem& problem, const ReplayOptions& options, Terminal& terminal) {
  const SavedPath saved = read_path(options.file);
  if (saved.problem != problem.name) {
    throw UsageError(fmt::format("--replay {}: is a path of {}; replay it with `dsys {} demo`",
                                 in_quotes(options.file), saved.problem, saved.problem));
  }
  const ExplorationText& exploration = exploration_named(problem, saved.exploration);
  const std::string& word =
      options.implementation.empty() ? saved.implementation : options.implementation;
  const Cast cast = implementation_named(problem, word);
  ExploreRequest request{.exploration = saved.exploration};
  cast.play_in(request);
  Path path;
  try {
    path = problem.retrace(request, saved.steps);
  } catch (const bridge::BadValue& error) {
    throw UsageError(fmt::format("--replay {}: a step {}", in_quotes(options.file), error.what()));
  }
  if (options.json) {
    terminal.line(fmt::format(
        R"({{"problem":{},"exploration":{},"implementation":{},"steps_taken":{},"failure":{},)"
        R"("violation":{},"trace":{}}})",
        json_quoted(problem.name), json_quoted(exploration.name), json_quoted(cast.word()),
        path.steps.size(), failure_json(path.failure),
        path.broken ? verdict_json(*path.broken) : "null", trace_json(path.entries)));
    return path.broken || path.failure ? exit_violation : exit_fine;
  }
  terminal.line(terminal.styled(Style::strong, fmt::format("{}: {}", problem.title, cast.text())));
  print_exploration(exploration, terminal);
  terminal.line();
  print_way(path, terminal);
  terminal.line();
  print_end_of_way(path, terminal);
  if (path.failure) return exit_violation;
  if (path.impossible) {
    terminal.paragraph(fmt::format("After {} the way ends: there is no such step as \"{}\".",
                                   counted(path.steps.size(), "step"),
                                   words_of_step(*path.impossible)));
  } else if (!path.broken) {
    terminal.line(
        fmt::format("Nothing is broken after all {}.", counted(path.steps.size(), "step")));
  }
  return path.broken ? exit_violation : exit_fine;
}

}  // namespace dsys::cli
