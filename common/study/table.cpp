#include "common/study/table.hpp"

#include "common/study/wrapping.hpp"

#include <algorithm>
#include <numeric>
#include <string_view>
#include <utility>

namespace dsys::study {
namespace {

using Lines = std::vector<std::string>;
using Widths = std::vector<std::size_t>;
using Row = std::vector<Block>;  // cells

std::size_t sum_of(const Widths& widths) {
  return std::accumulate(widths.begin(), widths.end(), std::size_t{0});
}

// --- Widths ---

Widths widths_of_columns(const Block& table, const MarkdownOptions& options,
                         std::size_t (*width_of)(const Block& cell, const MarkdownOptions&)) {
  Widths widths(table.children.front().children.size(), 1);
  for (const Block& row : table.children) {
    for (std::size_t i = 0; i < widths.size() && i < row.children.size(); ++i) {
      widths[i] = std::max(widths[i], width_of(row.children[i], options));
    }
  }
  return widths;
}

std::size_t width_of_whole(const Block& cell, const MarkdownOptions& options) {
  std::size_t widest = 0;
  for (const TextLine& line : wrapped(cell.text, any_width, options)) {
    widest = std::max(widest, line.columns);
  }
  return widest;
}

std::size_t width_of_word(const Block& cell, const MarkdownOptions& options) {
  return columns_of_longest_word(cell.text, options);
}

// Hands out what is left, column by column, to whoever needs the most lines.
Widths widened(Widths widths, const Widths& wanted, std::size_t limit) {
  for (std::size_t total = sum_of(widths); total < limit; ++total) {
    std::size_t neediest = 0;
    for (std::size_t i = 1; i < widths.size(); ++i) {
      if (wanted[i] * widths[neediest] > wanted[neediest] * widths[i]) neediest = i;
    }
    ++widths[neediest];
  }
  return widths;
}

// --- Columns ---

// How the columns are drawn: their widths, and how many blanks stand around the bars.
struct Grid {
  Widths widths;
  std::size_t margin = 1;
};

std::string bar(const Grid& grid, const MarkdownOptions& options) {
  const std::string margin(grid.margin, ' ');
  return margin + painted(options, TextStyle::faint, options.box_characters ? "│" : "|") + margin;
}

std::string rule(const Grid& grid, const MarkdownOptions& options) {
  const std::string_view dash = options.box_characters ? "─" : "-";
  const std::string margin = repeated(dash, grid.margin);
  const std::string crossing = margin + (options.box_characters ? "┼" : "+") + margin;
  std::string text;
  for (std::size_t i = 0; i < grid.widths.size(); ++i) {
    text += (i == 0 ? "" : crossing) + repeated(dash, grid.widths[i]);
  }
  return painted(options, TextStyle::faint, text);
}

std::string aligned(const TextLine& line, std::size_t width, Alignment alignment) {
  const std::size_t space = width - std::min(width, line.columns);
  const std::size_t before = alignment == Alignment::left     ? 0
                             : alignment == Alignment::centre ? space / 2
                                                              : space;
  return std::string(before, ' ') + line.text + std::string(space - before, ' ');
}

std::string without_trailing_blanks(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

Lines row_lines(const Row& cells, const Grid& grid, const MarkdownOptions& options) {
  std::vector<std::vector<TextLine>> columns;
  std::size_t height = 1;
  for (std::size_t i = 0; i < grid.widths.size() && i < cells.size(); ++i) {
    columns.push_back(wrapped(cells[i].text, grid.widths[i], options));
    height = std::max(height, columns.back().size());
  }
  Lines lines;
  for (std::size_t k = 0; k < height; ++k) {
    std::string line;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const TextLine part = k < columns[i].size() ? columns[i][k] : TextLine{};
      line +=
          (i == 0 ? "" : bar(grid, options)) + aligned(part, grid.widths[i], cells[i].alignment);
    }
    lines.push_back(without_trailing_blanks(std::move(line)));
  }
  return lines;
}

// Rows that take several lines are told apart by rules.
Lines grid_lines(const Block& table, const Grid& grid, const MarkdownOptions& options) {
  std::vector<Lines> rows;
  bool any_is_tall = false;
  for (const Block& row : table.children) {
    rows.push_back(row_lines(row.children, grid, options));
    any_is_tall = any_is_tall || (rows.size() > 1 && rows.back().size() > 1);
  }
  Lines lines;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i == 1 || (i > 1 && any_is_tall)) lines.push_back(rule(grid, options));
    lines.insert(lines.end(), rows[i].begin(), rows[i].end());
  }
  return lines;
}

// --- One below the other ---

bool is_empty_column(const Block& table, std::size_t column) {
  return std::all_of(table.children.begin() + 1, table.children.end(), [column](const Block& row) {
    return column >= row.children.size() || row.children[column].text.empty();
  });
}

void add_labelled(const Block& head, const Block& cell, std::size_t indent, std::size_t width,
                  const MarkdownOptions& options, Lines& lines) {
  std::vector<Span> text = head.text;
  if (!text.empty()) text.push_back({TextStyle::strong, ": "});
  text.insert(text.end(), cell.text.begin(), cell.text.end());
  constexpr std::size_t hanging = 2;
  std::size_t margin = indent;
  for (const TextLine& line : wrapped(text, width - indent - hanging, options)) {
    lines.push_back(std::string(margin, ' ') + line.text);
    margin = indent + hanging;
  }
}

Lines stacked_lines(const Block& table, std::size_t width, const MarkdownOptions& options) {
  const Row& heads = table.children.front().children;
  Lines lines;
  for (std::size_t k = 1; k < table.children.size(); ++k) {
    const Row& cells = table.children[k].children;
    if (k > 1) lines.emplace_back();
    for (std::size_t i = 0; i < heads.size() && i < cells.size(); ++i) {
      // An empty cell says nothing, but a head is shown once at least.
      const bool is_shown = !cells[i].text.empty() || (k == 1 && is_empty_column(table, i));
      if (is_shown) add_labelled(heads[i], cells[i], i == 0 ? 0 : 2, width, options, lines);
    }
  }
  return lines;
}

}  // namespace

std::vector<std::string> table_lines(const Block& table, std::size_t width,
                                     const MarkdownOptions& options) {
  const Widths whole = widths_of_columns(table, options, width_of_whole);
  const std::size_t bars = whole.size() - 1;
  if (sum_of(whole) + 3 * bars <= width) return grid_lines(table, {.widths = whole}, options);
  if (sum_of(whole) + bars <= width) {
    return grid_lines(table, {.widths = whole, .margin = 0}, options);
  }
  const Widths words = widths_of_columns(table, options, width_of_word);
  const bool has_rows = table.children.size() > 1;
  if (has_rows && sum_of(words) + 3 * bars > width) return stacked_lines(table, width, options);
  const std::size_t space = width > 3 * bars ? width - 3 * bars : 0;
  return grid_lines(table, {.widths = widened(words, whole, space)}, options);
}

}  // namespace dsys::study
