#include "common/cli/template.hpp"

#include "common/core/assert.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace dsys::cli {
namespace {

constexpr std::size_t columns = 100;
constexpr char column_mark = '\x1f';
constexpr char fold_mark = '\x1e';

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

bool is_section_mark(std::string_view line) {
  const bool is_mark = line.starts_with("{{") && line.find("}}") == line.size() - 2;
  return is_mark && std::string_view("#^/").find(line[2]) != std::string_view::npos;
}

// A mark that is alone on its line loses the end of the line.
std::string without_lone_marks(std::string_view text) {
  std::string kept;
  for (const std::string& line : lines_of(text)) {
    kept += line;
    if (!is_section_mark(line)) kept += '\n';
  }
  return kept;
}

class Filler {
 public:
  explicit Filler(const Json& values) : scopes_{&values} {}

  void fill(std::string_view text, std::string& out) {
    for (;;) {
      const std::size_t begin = text.find("{{");
      out.append(text.substr(0, begin));
      if (begin == std::string_view::npos) return;
      const std::size_t end = text.find("}}", begin);
      DSYS_ASSERT(end != std::string_view::npos);
      const std::string mark(text.substr(begin + 2, end - begin - 2));
      text.remove_prefix(end + 2);
      if (mark.front() == '#' || mark.front() == '^') {
        const std::string close = fmt::format("{{{{/{}}}}}", mark.substr(1));
        const std::size_t length = text.find(close);
        DSYS_ASSERT(length != std::string_view::npos);
        fill_section(mark, text.substr(0, length), out);
        text.remove_prefix(length + close.size());
      } else {
        out += filled(mark);
      }
    }
  }

 private:
  const Json& value_of(const std::string& name) const {
    const auto scope = std::find_if(scopes_.rbegin(), scopes_.rend(),
                                    [&](const Json* one) { return one->contains(name); });
    DSYS_ASSERT(scope != scopes_.rend());
    return (**scope)[name];
  }

  std::string filled(const std::string& mark) const {
    if (mark == "|") return {column_mark};
    if (mark == ",") return {',', fold_mark};
    const Json& value = value_of(mark);
    return value.is_string() ? value.get<std::string>() : value.dump();
  }

  void fill_section(const std::string& mark, std::string_view body, std::string& out) {
    const Json& value = value_of(mark.substr(1));
    const bool is_absent = value.is_array() ? value.empty() : value == false;
    if (mark.front() == '^') {
      if (is_absent) fill(body, out);
    } else if (!value.is_array()) {
      if (!is_absent) fill(body, out);
    } else {
      for (const Json& element : value) {
        scopes_.push_back(&element);
        fill(body, out);
        scopes_.pop_back();
      }
    }
  }

  std::vector<const Json*> scopes_;  // the innermost last
};

// --- Columns ---

using Cells = std::vector<std::string>;

Cells cells_of(const std::string& line) {
  Cells cells{""};
  for (const char letter : line) {
    if (letter == column_mark) {
      cells.emplace_back();
    } else {
      cells.back() += letter;
    }
  }
  return cells;
}

// Widens a column in the lines that follow each other and have it. The last cell of a line ends
// nothing, so it is in no column.
void align_column(std::vector<Cells>& lines, std::size_t column) {
  const auto has_column = [&](const Cells& cells) { return cells.size() > column + 1; };
  for (auto first = lines.begin(); first != lines.end();) {
    first = std::find_if(first, lines.end(), has_column);
    const auto last = std::find_if_not(first, lines.end(), has_column);
    std::size_t width = 0;
    for (auto line = first; line != last; ++line) width = std::max(width, (*line)[column].size());
    for (auto line = first; line != last; ++line) (*line)[column].resize(width + 1, ' ');
    first = last;
  }
}

std::string aligned(const std::string& text) {
  std::vector<Cells> lines;
  std::size_t columns_most = 0;
  for (const std::string& line : lines_of(text)) {
    lines.push_back(cells_of(line));
    columns_most = std::max(columns_most, lines.back().size() - 1);
  }
  for (std::size_t column = 0; column < columns_most; ++column) align_column(lines, column);
  std::string result;
  for (const Cells& cells : lines) result += fmt::format("{}\n", fmt::join(cells, ""));
  return result;
}

// --- Long lines ---

// Where a line that is folded goes on: behind the bracket that is still open, else below its start.
std::size_t continuation_of(std::string_view line) {
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '(' || line[i] == '{') open.push_back(line.find_first_not_of(' ', i + 1));
    if ((line[i] == ')' || line[i] == '}') && !open.empty()) open.pop_back();
  }
  return open.empty() ? line.find_first_not_of(" \t") : open.back();
}

std::string indentation_of(std::string_view line) {
  const std::size_t start = std::min(line.find_first_not_of(" \t"), line.size());
  std::string indentation(line.substr(0, start));
  return indentation.append(continuation_of(line) - start, ' ');
}

std::string folded(const std::string& line) {
  std::string result;
  std::string current;
  const auto add = [&](std::string_view part, std::string_view separator) {
    if (current.empty() || current.size() + separator.size() + part.size() <= columns) {
      current.append(separator).append(part);
      return;
    }
    result += current + '\n';
    current = indentation_of(current).append(part);
  };
  std::string_view rest = line;
  for (std::string_view separator; !rest.empty(); separator = " ") {
    const std::size_t end = std::min(rest.find(fold_mark), rest.size());
    add(rest.substr(0, end), separator);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return result + current + '\n';
}

}  // namespace

std::string fill_template(std::string_view text, const Json& values) {
  std::string filled;
  Filler(values).fill(without_lone_marks(text), filled);
  std::string result;
  for (const std::string& line : lines_of(aligned(filled))) result += folded(line);
  return result;
}

}  // namespace dsys::cli
