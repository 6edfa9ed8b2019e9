#include "common/cli/report.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dsys::cli {
namespace {

std::string milliseconds(Time time) { return fmt::format("{}ms", time / 1ms); }

Style style_of(EventKind kind) {
  return kind == EventKind::fault ? Style::fault : Style::plain;
}

std::string_view word_of(check::Verdict::Outcome outcome) {
  switch (outcome) {
    case check::Verdict::Outcome::holds: return "holds";
    case check::Verdict::Outcome::broken: return "broken";
    case check::Verdict::Outcome::seen: return "seen";
    case check::Verdict::Outcome::not_seen: return "not_seen";
  }
  return "?";
}

// "  holds     RF-S1 Election Safety, RF-S3 Log Matching, ..."
std::string verdict_label(Style style, std::string_view word, const Terminal& terminal) {
  return "  " + terminal.styled(style, fmt::format("{:<9}", word)) + " ";
}

void print_group(const check::RunResult& result, check::Verdict::Outcome outcome, Style style,
                 std::string_view word, Terminal& terminal) {
  std::vector<std::string> names;
  for (const check::Verdict& one : result.verdicts) {
    if (one.outcome != outcome) continue;
    names.push_back(fmt::format("{} {}", one.text.id, one.text.name));
  }
  if (names.empty()) return;
  terminal.labelled(verdict_label(style, word, terminal), fmt::format("{}", fmt::join(names, ", ")));
}

std::string quoted_argument(const std::string& word) {
  return word.find_first_of(" |<>*'") == std::string::npos ? word : "\"" + word + "\"";
}

}  // namespace

std::string command_words(const Problem& problem, const DemoOptions& options) {
  std::string words = fmt::format("{} demo --scenario {} --seed {}", problem.name,
                                  options.scenario, options.run.seed);
  if (options.implementation != "reference") words += " --impl " + options.implementation;
  if (options.run.nodes) words += fmt::format(" --nodes {}", *options.run.nodes);
  if (options.run.length) words += " --length " + to_string(*options.run.length);
  for (const std::string& fault : options.run.faults) words += " --fault " + quoted_argument(fault);
  return words;
}

std::string implementation_text(const FlawText* flaw) {
  return flaw == nullptr ? "the reference" : fmt::format("flaw {}", flaw->id);
}

void print_story_line(const trace::Entry& entry, Terminal& terminal) {
  const std::string who = entry.kind == EventKind::fault ? "--" : to_string(entry.node);
  const Style who_style = entry.kind == EventKind::fault ? Style::fault : Style::node;
  const std::string text = entry.type.empty() ? entry.fields : entry.type + " " + entry.fields;
  terminal.labelled(fmt::format("{:>8}  {} ", milliseconds(entry.time),
                                terminal.styled(who_style, fmt::format("{:<3}", who))),
                    terminal.styled(style_of(entry.kind), text));
}

void print_story(std::span<const trace::Entry> entries, Terminal& terminal) {
  std::vector<const trace::Entry*> lines;
  for (const trace::Entry& entry : entries) {
    if (trace::belongs_to(trace::Detail::story, entry.kind)) lines.push_back(&entry);
  }
  const bool shortened = lines.size() > story_lines_max;
  const std::size_t head = shortened ? story_lines_max * 2 / 3 : lines.size();
  const std::size_t tail = shortened ? story_lines_max / 3 : 0;
  for (std::size_t i = 0; i < head; ++i) print_story_line(*lines[i], terminal);
  if (!shortened) return;
  terminal.line(terminal.styled(
      Style::faint, fmt::format("          ... {} more lines; --trace messages prints everything ...",
                                lines.size() - head - tail)));
  for (std::size_t i = lines.size() - tail; i < lines.size(); ++i) {
    print_story_line(*lines[i], terminal);
  }
}

void print_trace(std::span<const trace::Entry> entries, trace::Detail detail, Terminal& terminal) {
  for (const trace::Entry& entry : entries) {
    if (!trace::belongs_to(detail, entry.kind)) continue;
    terminal.line(terminal.styled(style_of(entry.kind), trace::text_line(entry)));
  }
}

void print_broken(const check::Verdict& verdict, Terminal& terminal) {
  const std::string where =
      verdict.event == 0 ? fmt::format("at the end ({})", milliseconds(verdict.time))
                         : fmt::format("at {} (event {})", milliseconds(verdict.time), verdict.event);
  terminal.labelled(verdict_label(Style::bad, "BROKEN", terminal),
                    fmt::format("{} {}, {}: {}", verdict.text.id, verdict.text.name, where,
                                verdict.reason));
  terminal.paragraph(
      fmt::format("The guarantee: {} ({})", verdict.text.sentence, verdict.text.source), 12);
}

void print_verdicts(const check::RunResult& result, Terminal& terminal) {
  terminal.line(fmt::format("Verdicts after {} of virtual time, {} events",
                            to_string(result.ending.time), result.events));
  if (result.ending.exhausted) {
    terminal.labelled(verdict_label(Style::bad, "STORM", terminal),
                      "the run was ended: it would have gone on with ever more messages");
  }
  print_group(result, check::Verdict::Outcome::holds, Style::good, "holds", terminal);
  print_group(result, check::Verdict::Outcome::seen, Style::good, "seen", terminal);
  print_group(result, check::Verdict::Outcome::not_seen, Style::faint, "not seen", terminal);
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

std::string json_array(const std::vector<std::string>& elements) {
  return fmt::format("[{}]", fmt::join(elements, ","));
}

}  // namespace dsys::cli
