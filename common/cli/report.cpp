#include "common/cli/report.hpp"

#include "common/cli/shell_words.hpp"
#include "common/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <sstream>
#include <string_view>

namespace dsys::cli {
namespace {

std::string milliseconds(Time time) {
  return fmt::format("{}ms", time / 1ms);
}

Style style_of(EventKind kind) {
  return kind == EventKind::fault ? Style::fault : Style::plain;
}

// A space after each comma of a JSON: so it can be broken into lines.
std::string spaced(const std::string& json) {
  std::string result;
  for (const char one : json) {
    result += one;
    if (one == ',') result += ' ';
  }
  return result;
}

std::string_view word_of(check::Verdict::Outcome outcome) {
  switch (outcome) {
    case check::Verdict::Outcome::holds:
      return "holds";
    case check::Verdict::Outcome::broken:
      return "broken";
    case check::Verdict::Outcome::seen:
      return "seen";
    case check::Verdict::Outcome::not_seen:
      return "not_seen";
  }
  return "?";
}

// "command 3 of c2 has no answer": c2.
std::optional<NodeId> first_node_in(std::string_view sentence) {
  while (!sentence.empty()) {
    const std::size_t end = std::min(sentence.find_first_of(" ,;:"), sentence.size());
    if (const auto node = parse_node_id(sentence.substr(0, end))) return node;
    sentence.remove_prefix(std::min(end + 1, sentence.size()));
  }
  return std::nullopt;
}

// "  holds     RF-S1 Election Safety, RF-S3 Log Matching, ..."
std::string verdict_label(Style style, std::string_view word, const Terminal& terminal) {
  return "  " + terminal.styled(style, fmt::format("{:<9}", word)) + " ";
}

void print_properties_with(const check::RunResult& result, check::Verdict::Outcome outcome,
                           Style style, std::string_view word, Terminal& terminal) {
  std::vector<std::string> names;
  for (const check::Verdict& one : result.verdicts) {
    if (one.outcome != outcome) continue;
    names.push_back(fmt::format("{} {}", one.text.id, one.text.name));
  }
  if (names.empty()) return;
  terminal.labelled(verdict_label(style, word, terminal),
                    fmt::format("{}", fmt::join(names, ", ")));
}

struct StoryLine {
  const trace::Entry* entry = nullptr;
  std::size_t repeats = 0;
  Time last_repeat{};
  std::size_t alike = 0;  // so many lines, from this one on, that tell nothing new
  Time last_alike{};
};

std::vector<StoryLine> story_of(std::span<const trace::Entry> entries) {
  std::vector<StoryLine> lines;
  for (const trace::Entry& entry : entries) {
    if (!trace::belongs_to(trace::Detail::story, entry.kind)) continue;
    const bool repeats = !lines.empty() && lines.back().entry->node == entry.node &&
                         lines.back().entry->fields == entry.fields;
    if (!repeats) {
      lines.push_back({.entry = &entry});
      continue;
    }
    ++lines.back().repeats;
    lines.back().last_repeat = entry.time;
  }
  return lines;
}

// Where a story is long: lines that tell once more what several have told of other nodes or terms
// become one. What the world does is never one of them.
std::vector<StoryLine> folded(const std::vector<StoryLine>& lines) {
  constexpr std::size_t told_enough = 4;
  constexpr std::size_t alike_min = 3;
  std::map<std::string, std::size_t> told;  // without its numbers
  std::vector<StoryLine> kept;
  std::vector<StoryLine> alike;
  const auto fold = [&] {
    if (alike.size() >= alike_min) {
      alike.front().alike = alike.size();
      alike.front().last_alike = alike.back().entry->time;
      alike.resize(1);
    }
    kept.insert(kept.end(), alike.begin(), alike.end());
    alike.clear();
  };
  for (const StoryLine& line : lines) {
    std::string shape = line.entry->fields;
    std::erase_if(shape, [](char letter) { return letter >= '0' && letter <= '9'; });
    if (line.entry->kind != EventKind::fault && ++told[shape] > told_enough) {
      alike.push_back(line);
      continue;
    }
    fold();
    kept.push_back(line);
  }
  fold();
  return kept;
}

void print_story_line(const StoryLine& line, Terminal& terminal) {
  if (line.alike > 0) {
    return terminal.line(
        terminal.styled(Style::faint, fmt::format("          ... {} more like these, until {} ...",
                                                  line.alike, milliseconds(line.last_alike))));
  }
  const bool is_fault = line.entry->kind == EventKind::fault;
  const std::string who = is_fault ? "--" : to_string(line.entry->node);
  std::string text = line.entry->fields;
  if (line.repeats > 0) {
    const std::string times = line.repeats == 1
                                  ? std::string("again")
                                  : fmt::format("{} times more, the last", line.repeats);
    text += fmt::format(" ({} at {})", times, milliseconds(line.last_repeat));
  }
  terminal.labelled(fmt::format("{:>8}  {} ", milliseconds(line.entry->time),
                                terminal.styled(is_fault ? Style::fault : Style::node,
                                                fmt::format("{:<3}", who))),
                    terminal.styled(style_of(line.entry->kind), text));
}

std::string script_words(const std::vector<std::string>& script) {
  if (script.empty()) return fmt::format(" --script {}", no_script);
  std::string words;
  for (const std::string& step : script) words += " --script " + shell_word(step);
  return words;
}

// A command cut before each of its options: a shell may be given each on a line of its own.
std::vector<std::string_view> options_of(std::string_view command) {
  std::vector<std::string_view> options;
  char quote = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < command.size(); ++i) {
    const char letter = command[i];
    const bool is_quote = letter == '"' || letter == '\'';
    if (quote == 0 && letter == '\\') {
      ++i;
    } else if (quote == 0 && is_quote) {
      quote = letter;
    } else if (letter == quote) {
      quote = 0;
    } else if (quote == 0 && command.substr(i).starts_with(" --")) {
      options.push_back(command.substr(begin, i - begin));
      begin = i + 1;
    }
  }
  options.push_back(command.substr(begin));
  return options;
}

}  // namespace

std::string command_words(const Problem& problem, const DemoOptions& options) {
  std::string words = fmt::format("{} demo --scenario {} --seed {}", problem.name, options.scenario,
                                  options.run.seed);
  if (options.implementation != "reference")
    words += " --impl " + shell_word(options.implementation);
  if (options.run.nodes) words += fmt::format(" --nodes {}", *options.run.nodes);
  if (options.run.length) words += " --length " + to_string(*options.run.length);
  if (options.run.script) words += script_words(*options.run.script);
  for (const std::string& fault : options.run.faults) words += " --fault " + shell_word(fault);
  for (const std::string& client : options.run.absent) words += " --without " + shell_word(client);
  return words;
}

void print_command(std::string_view label, std::string_view command, Terminal& terminal) {
  const std::size_t limit = std::clamp(terminal.width(), 40U, 100U);
  const std::size_t indent = std::min(label.find_first_not_of(' '), label.size()) + 4;
  const std::vector<std::string_view> options = options_of(command);
  std::string row = std::string(label).append(options[0]);
  for (std::size_t i = 1; i < options.size(); ++i) {
    const std::size_t backslash = i + 1 < options.size() ? 2 : 0;
    if (columns_of(row) + 1 + columns_of(options[i]) + backslash > limit) {
      terminal.line(row + " \\");
      row.assign(indent, ' ').append(options[i]);
    } else {
      row.append(" ").append(options[i]);
    }
  }
  terminal.line(row);
}

std::string counted(std::uint64_t count, std::string_view thing) {
  return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

void print_story(std::span<const trace::Entry> entries, std::size_t lines_max, Terminal& terminal) {
  std::vector<StoryLine> lines = story_of(entries);
  if (lines.size() > lines_max) lines = folded(lines);
  const bool is_short = lines.size() <= lines_max;
  const std::size_t head = is_short ? lines.size() : lines_max * 2 / 3;
  const std::size_t tail = is_short ? lines.size() : lines.size() - lines_max / 3;
  for (std::size_t i = 0; i < head; ++i) print_story_line(lines[i], terminal);
  if (is_short) return;
  terminal.line(terminal.styled(
      Style::faint,
      fmt::format("          ... {} more lines; --trace messages prints everything ...",
                  tail - head)));
  for (std::size_t i = tail; i < lines.size(); ++i) print_story_line(lines[i], terminal);
}

void print_trace(std::span<const trace::Entry> entries, trace::Detail detail, Terminal& terminal) {
  for (const trace::Entry& entry : entries) {
    if (!trace::belongs_to(detail, entry.kind)) continue;
    terminal.line(terminal.styled(style_of(entry.kind), trace::text_line(entry)));
  }
}

void print_close_up(std::span<const trace::Entry> entries, Terminal& terminal) {
  for (const trace::Entry& entry : entries) {
    if (!trace::belongs_to(trace::Detail::messages, entry.kind)) continue;
    terminal.labelled(trace::columns_of(entry), trace::content_of(entry));
  }
}

void print_who_waits(std::span<const trace::Entry> entries, std::span<const trace::Entry> shown,
                     const check::Verdict& verdict, std::string_view indent, Terminal& terminal) {
  constexpr std::size_t lines_max = 5;
  const bool is_liveness = verdict.text.id.find("-L") != std::string_view::npos;
  const auto who = is_liveness ? first_node_in(verdict.reason) : std::nullopt;
  if (!who) return;
  std::vector<trace::Entry> last;
  for (const trace::Entry& entry : entries) {
    if (entry.node == *who && trace::belongs_to(trace::Detail::messages, entry.kind))
      last.push_back(entry);
  }
  if (last.empty() || std::find(shown.begin(), shown.end(), last.back()) != shown.end()) return;
  if (last.size() > lines_max) last.erase(last.begin(), last.end() - lines_max);
  terminal.line(fmt::format("{}The last of {}, who waits:", indent, *who));
  print_close_up(last, terminal);
}

void print_broken(const check::Verdict& verdict, Terminal& terminal) {
  print_broken(verdict,
               verdict.event == 0
                   ? fmt::format("at the end ({})", milliseconds(verdict.time))
                   : fmt::format("at {} (event {})", milliseconds(verdict.time), verdict.event),
               terminal);
}

void print_broken(const check::Verdict& verdict, const std::string& where, Terminal& terminal) {
  terminal.labelled(
      verdict_label(Style::bad, "BROKEN", terminal),
      fmt::format("{} {}, {}: {}", verdict.text.id, verdict.text.name, where, verdict.reason));
  terminal.paragraph(
      fmt::format("The guarantee: {} ({})", verdict.text.sentence, verdict.text.source), 12);
}

void print_failure(const check::RunFailure& failure, Terminal& terminal) {
  constexpr std::size_t given_max = 400;
  const std::string when =
      failure.event == 0
          ? ""
          : fmt::format(", at {} (after event {})", milliseconds(failure.time), failure.event);
  terminal.labelled(verdict_label(Style::bad, "FAILED", terminal),
                    fmt::format("the program of {} {}{}", failure.node, failure.what, when));
  if (!failure.given.empty()) {
    const bool is_long = failure.given.size() > given_max;
    terminal.labelled("            it was given: ",
                      spaced(failure.given.substr(0, given_max)) + (is_long ? "..." : ""));
  }
  std::istringstream words(failure.last_words);
  for (std::string line; std::getline(words, line);) terminal.line("            | " + line);
}

void print_verdicts(const check::RunResult& result, Terminal& terminal) {
  terminal.line(fmt::format("Verdicts after {} of virtual time, {} events",
                            to_string(result.ending.time), result.events));
  if (result.ending.exhausted) {
    terminal.labelled(verdict_label(Style::bad, "STORM", terminal),
                      "the run was ended: it would have gone on with ever more messages");
  }
  if (result.failure) print_failure(*result.failure, terminal);
  print_properties_with(result, check::Verdict::Outcome::holds, Style::good, "holds", terminal);
  print_properties_with(result, check::Verdict::Outcome::seen, Style::good, "seen", terminal);
  print_properties_with(result, check::Verdict::Outcome::not_seen, Style::faint, "not seen",
                        terminal);
  for (const check::Verdict& one : result.verdicts) {
    if (one.is_broken()) print_broken(one, terminal);
  }
}

std::string verdict_json(const check::Verdict& verdict) {
  return fmt::format(
      R"({{"id":{},"name":{},"kind":{},"outcome":{},"reason":{},"event":{},"time_ns":{},)"
      R"("sentence":{},"source":{}}})",
      json_quoted(verdict.text.id), json_quoted(verdict.text.name),
      json_quoted(check::to_string(verdict.text.kind)), json_quoted(word_of(verdict.outcome)),
      json_quoted(verdict.reason), verdict.event, verdict.time.count(),
      json_quoted(verdict.text.sentence), json_quoted(verdict.text.source));
}

std::string failure_json(const std::optional<check::RunFailure>& failure) {
  if (!failure) return "null";
  return fmt::format(
      R"({{"node":"{}","what":{},"given":{},"last_words":{},"event":{},"time_ns":{}}})",
      failure->node, json_quoted(failure->what), json_quoted(failure->given),
      json_quoted(failure->last_words), failure->event, failure->time.count());
}

std::string trace_json(std::span<const trace::Entry> entries) {
  std::vector<std::string> lines;
  lines.reserve(entries.size());
  for (const trace::Entry& entry : entries) lines.push_back(trace::json_line(entry));
  return json_array(lines);
}

std::string texts_json(const std::vector<std::string>& texts) {
  std::vector<std::string> quoted;
  quoted.reserve(texts.size());
  for (const std::string& text : texts) quoted.push_back(json_quoted(text));
  return json_array(quoted);
}

std::string json_array(const std::vector<std::string>& elements) {
  return fmt::format("[{}]", fmt::join(elements, ","));
}

}  // namespace dsys::cli
