// Markdown as a tree of blocks, as md4c reads it. Comments are gone, entities are characters, and a
// link is its text followed by its target in parentheses.
#pragma once

#include "common/study/markdown.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dsys::study {

// Blanks in the text are where a line may end; a '\n' is where it must.
struct Span {
  TextStyle style = TextStyle::plain;
  std::string text{};
};

enum class BlockKind : std::uint8_t {
  document,
  heading,
  paragraph,
  bullets,
  numbers,
  item,
  quote,
  code,
  table,
  row,
  cell,
  rule
};

enum class Alignment : std::uint8_t { left, centre, right };

struct Block {
  BlockKind kind = BlockKind::document;
  unsigned number = 0;                    // of a heading its level, of a list its first number
  bool tight = false;                     // a list without blank lines between its items
  Alignment alignment = Alignment::left;  // of a cell
  std::vector<Span> text{};               // of headings, paragraphs, code and cells
  std::vector<Block> children{};          // of all others; a table has its head as first row
};

// Never fails: any text is some Markdown.
Block read_markdown(std::string_view text);

}  // namespace dsys::study
