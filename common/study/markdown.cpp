#include "common/study/markdown.hpp"

#include "common/study/markdown_tree.hpp"
#include "common/study/table.hpp"
#include "common/study/wrapping.hpp"

#include <algorithm>

namespace dsys::study {
namespace {

using Lines = std::vector<std::string>;

constexpr std::size_t width_min = 20;
constexpr std::size_t text_width_max = 100;
constexpr std::size_t nested_width_min = 8;  // what deep nesting leaves in any case

// How many columns there are. Long lines of text are hard to read, long rows of a table are not.
struct Room {
  std::size_t text = 0;
  std::size_t table = 0;
};

Lines block_lines(const Block& block, Room room, const MarkdownOptions& options);

void append(const Lines& more, Lines& lines) {
  lines.insert(lines.end(), more.begin(), more.end());
}

Lines lines_of_all(const std::vector<Block>& blocks, Room room, bool tight,
                   const MarkdownOptions& options) {
  Lines lines;
  for (const Block& block : blocks) {
    const Lines more = block_lines(block, room, options);
    if (!tight && !lines.empty() && !more.empty()) lines.emplace_back();
    append(more, lines);
  }
  return lines;
}

Room narrowed(Room room, std::size_t columns) {
  const auto less = [columns](std::size_t width) {
    return std::max(width, columns + nested_width_min) - columns;
  };
  return {.text = less(room.text), .table = less(room.table)};
}

// The mark stands before the first line, the others are indented by as much.
void append_marked(std::string_view mark, std::size_t columns, const Lines& more, Lines& lines) {
  bool is_first = true;
  for (const std::string& line : more) {
    const std::string margin = is_first ? std::string(mark) : std::string(columns, ' ');
    lines.push_back(line.empty() && !is_first ? "" : margin + line);
    is_first = false;
  }
  if (more.empty()) lines.emplace_back(mark.substr(0, mark.find_last_not_of(' ') + 1));
}

// --- Blocks ---

Lines paragraph_lines(const Block& block, Room room, const MarkdownOptions& options) {
  Lines lines;
  for (const TextLine& line : wrapped(block.text, room.text, options)) lines.push_back(line.text);
  return lines;
}

Lines heading_lines(const Block& block, Room room, const MarkdownOptions& options) {
  const TextStyle style = block.number == 1 ? TextStyle::title : TextStyle::head;
  if (!options.box_characters) {
    std::vector<Span> text{{style, std::string(block.number, '#') + " "}};
    text.insert(text.end(), block.text.begin(), block.text.end());
    return paragraph_lines({.text = text}, room, options);
  }
  Lines lines;
  std::size_t widest = 0;
  for (const TextLine& line : wrapped(block.text, room.text, options)) {
    lines.push_back(line.text);
    widest = std::max(widest, line.columns);
  }
  if (block.number > 2) return lines;
  lines.push_back(painted(options, style, repeated(block.number == 1 ? "═" : "─", widest)));
  return lines;
}

Lines list_lines(const Block& list, Room room, const MarkdownOptions& options) {
  const bool is_numbered = list.kind == BlockKind::numbers;
  const std::size_t last = list.number + list.children.size() - 1;
  const std::size_t columns = is_numbered ? std::to_string(last).size() + 2 : 2;
  std::size_t number = list.number;
  Lines lines;
  for (const Block& item : list.children) {
    if (!list.tight && !lines.empty()) lines.emplace_back();
    const std::string numeral = std::to_string(number++) + ". ";
    const std::string mark = is_numbered ? std::string(columns - numeral.size(), ' ') + numeral
                             : options.box_characters ? "• "
                                                      : "- ";
    const Lines text = lines_of_all(item.children, narrowed(room, columns), list.tight, options);
    append_marked(mark, columns, text, lines);
  }
  return lines;
}

Lines quote_lines(const Block& quote, Room room, const MarkdownOptions& options) {
  const std::string mark = painted(options, TextStyle::faint, options.box_characters ? "│" : ">");
  Lines lines;
  for (const std::string& line : lines_of_all(quote.children, narrowed(room, 2), false, options)) {
    lines.push_back(mark);
    if (!line.empty()) lines.back().append(" ").append(line);
  }
  return lines;
}

// Set in by two columns, unless it would fit only without them.
Lines code_lines(const Block& block, Room room, const MarkdownOptions& options) {
  std::string text;
  for (const Span& span : block.text) text += span.text;
  if (text.ends_with('\n')) text.pop_back();
  Lines lines;
  std::size_t widest = 0;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    lines.push_back(text.substr(start, end - start));
    widest = std::max(widest, columns_of(lines.back()));
    start = end + 1;
  }
  const std::string margin(widest + 2 <= room.text ? 2 : 0, ' ');
  for (std::string& line : lines) {
    if (!line.empty()) line = painted(options, TextStyle::code, line).insert(0, margin);
  }
  return lines;
}

Lines block_lines(const Block& block, Room room, const MarkdownOptions& options) {
  switch (block.kind) {
    case BlockKind::heading:
      return heading_lines(block, room, options);
    case BlockKind::paragraph:
    case BlockKind::cell:
      return paragraph_lines(block, room, options);
    case BlockKind::bullets:
    case BlockKind::numbers:
      return list_lines(block, room, options);
    case BlockKind::quote:
      return quote_lines(block, room, options);
    case BlockKind::code:
      return code_lines(block, room, options);
    case BlockKind::table:
      return table_lines(block, room.table, options);
    case BlockKind::rule:
      return {painted(options, TextStyle::faint,
                      repeated(options.box_characters ? "─" : "-", room.text))};
    case BlockKind::document:
    case BlockKind::item:
    case BlockKind::row:
      return lines_of_all(block.children, room, false, options);
  }
  return {};
}

}  // namespace

std::vector<std::string> render_markdown(std::string_view text, const MarkdownOptions& options) {
  const std::size_t width = std::max<std::size_t>(options.width, width_min);
  const Room room{.text = std::min(width, text_width_max), .table = width};
  return block_lines(read_markdown(text), room, options);
}

}  // namespace dsys::study
