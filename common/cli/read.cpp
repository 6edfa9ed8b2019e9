#include "common/cli/progress.hpp"
#include "common/cli/verbs.hpp"
#include "common/core/error.hpp"
#include "common/study/sections.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace dsys::cli {
namespace {

std::string lower_case(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return out;
}

void print_text(std::string_view text, Terminal& terminal) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    terminal.line(line.starts_with('#') ? terminal.styled(Style::strong, line) : std::string(line));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

}  // namespace

int read_study_text(const Problem& problem, const ReadOptions& options, Terminal& terminal) {
  const std::vector<study::Section> sections = study::sections_of(problem.reading);
  if (options.list) {
    for (const study::Section& section : sections) terminal.line(section.head);
    return exit_fine;
  }
  if (options.section.empty()) {
    print_text(problem.reading, terminal);
    return exit_fine;
  }
  const std::string wanted = lower_case(options.section);
  const auto found = std::find_if(
      sections.begin(), sections.end(),
      [&](const study::Section& section) { return lower_case(section.head).starts_with(wanted); });
  if (found == sections.end()) {
    throw UsageError(
        fmt::format("--section {}: the reading has no such section; `dsys {} read "
                    "--list` lists them",
                    in_quotes(options.section), problem.name));
  }
  print_text(found->text, terminal);
  note_progress(problem.name, [&](study::ProblemProgress& progress) {
    progress.sections_read.emplace(found->head);
  });
  return exit_fine;
}

}  // namespace dsys::cli
