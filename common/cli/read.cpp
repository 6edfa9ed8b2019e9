#include "common/cli/progress.hpp"
#include "common/cli/verbs.hpp"
#include "common/core/error.hpp"
#include "common/screen/pager.hpp"
#include "common/study/markdown.hpp"
#include "common/study/sections.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dsys::cli {
namespace {

std::string lower_case(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return out;
}

std::span<const study::Section> section_named(std::string_view name,
                                              std::span<const study::Section> sections,
                                              const Problem& problem) {
  const std::string wanted = lower_case(name);
  const auto found = std::find_if(
      sections.begin(), sections.end(),
      [&](const study::Section& section) { return lower_case(section.head).starts_with(wanted); });
  if (found != sections.end()) return {found, 1};
  std::string heads;
  for (const study::Section& section : sections) {
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

void show(const std::string& text, bool plain, Terminal& terminal) {
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  const bool is_long = terminal.height() && lines >= *terminal.height();
  if (is_long && !plain && screen::shown_in_pager(text)) return;
  terminal.line(std::string_view(text).substr(0, text.find_last_not_of('\n') + 1));
}

}  // namespace

int read_study_text(const Problem& problem, const ReadOptions& options, Terminal& terminal) {
  const std::vector<study::Section> sections = study::sections_of(problem.reading);
  if (options.list) {
    for (const study::Section& section : sections) terminal.line(section.head);
    return exit_fine;
  }
  const bool is_whole = options.section.empty();
  const std::span<const study::Section> shown =
      is_whole ? std::span(sections) : section_named(options.section, sections, problem);
  show(rendered(is_whole ? problem.reading : shown.front().text, options.plain, terminal),
       options.plain, terminal);
  // A whole reading that goes through a pipe is copied, perhaps, and not read.
  if (is_whole && !terminal.height()) return exit_fine;
  note_progress(problem.name, [&](study::ProblemProgress& progress) {
    for (const study::Section& section : shown) progress.sections_read.emplace(section.head);
  });
  return exit_fine;
}

}  // namespace dsys::cli
