#include "common/cli/pager.hpp"
#include "common/cli/verbs.hpp"
#include "common/core/error.hpp"
#include "common/study/markdown.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace dsys::cli {
namespace {

constexpr std::string_view head_mark = "## ";

struct Section {
  std::string_view head;
  std::string_view text;  // with its head
};

std::vector<Section> sections_of(std::string_view reading) {
  std::vector<Section> sections;
  std::size_t start = 0;
  bool in_code = false;
  while (start < reading.size()) {
    const std::size_t end = std::min(reading.find('\n', start), reading.size());
    const std::string_view line = reading.substr(start, end - start);
    if (line.starts_with("```")) in_code = !in_code;
    if (!in_code && line.starts_with(head_mark)) {
      if (!sections.empty()) {
        const auto begin = static_cast<std::size_t>(sections.back().text.data() - reading.data());
        sections.back().text = reading.substr(begin, start - begin);
      }
      sections.push_back({line.substr(head_mark.size()), reading.substr(start)});
    }
    start = end + 1;
  }
  return sections;
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return out;
}

std::string_view section_named(std::string_view name, const std::vector<Section>& sections,
                               const Problem& problem) {
  const std::string wanted = lower_case(name);
  const auto found = std::find_if(sections.begin(), sections.end(), [&](const Section& section) {
    return lower_case(section.head).starts_with(wanted);
  });
  if (found != sections.end()) return found->text;
  std::string heads;
  for (const Section& section : sections) {
    heads.append(heads.empty() ? "" : " | ").append(section.head);
  }
  throw UsageError(
      fmt::format("--section {}: no section starts so; `dsys {} read --list` lists them: {}",
                  in_quotes(name), problem.name, heads));
}

Style style_of(study::TextStyle style) {
  switch (style) {
    case study::TextStyle::plain:
      return Style::plain;
    case study::TextStyle::title:
    case study::TextStyle::head:
    case study::TextStyle::strong:
      return Style::strong;
    case study::TextStyle::emphasis:
      return Style::emphasis;
    case study::TextStyle::code:
      return Style::node;
    case study::TextStyle::link:
      return Style::link;
    case study::TextStyle::faint:
      return Style::faint;
  }
  return Style::plain;
}

std::string rendered(std::string_view text, bool plain, const Terminal& terminal) {
  study::MarkdownOptions options{.width = terminal.width()};
  if (!plain) options.box_characters = terminal.unicode();
  if (!plain && terminal.colour()) {
    options.paint = [&terminal](study::TextStyle style, std::string_view part) {
      return terminal.styled(style_of(style), part);
    };
  }
  std::string out;
  for (const std::string& line : study::render_markdown(text, options)) out += line + '\n';
  return out;
}

}  // namespace

int read_study_text(const Problem& problem, const ReadOptions& options, Terminal& terminal) {
  const std::vector<Section> sections = sections_of(problem.reading);
  if (options.list) {
    for (const Section& section : sections) terminal.line(section.head);
    return exit_fine;
  }
  const std::string_view text =
      options.section.empty() ? problem.reading : section_named(options.section, sections, problem);
  const std::string out = rendered(text, options.plain, terminal);
  const auto lines = static_cast<std::size_t>(std::count(out.begin(), out.end(), '\n'));
  const bool is_long = terminal.height() && lines >= *terminal.height();
  if (is_long && !options.plain && shown_in_pager(out)) return exit_fine;
  terminal.line(std::string_view(out).substr(0, out.find_last_not_of('\n') + 1));
  return exit_fine;
}

}  // namespace dsys::cli
