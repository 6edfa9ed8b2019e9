// Styled text broken into lines. Columns are code points; a style takes none.
#pragma once

#include "common/core/text.hpp"
#include "common/study/markdown_tree.hpp"

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace dsys::study {

struct TextLine {
  std::string text;
  std::size_t columns = 0;
};

constexpr std::size_t any_width = std::numeric_limits<std::size_t>::max() / 2;

std::string repeated(std::string_view piece, std::size_t times);

std::string painted(const MarkdownOptions& options, TextStyle style, std::string_view text);

// Breaks at blanks; a word that is wider than a whole line is cut, behind a comma if it has
// one. No text gives no line.
std::vector<TextLine> wrapped(const std::vector<Span>& text, std::size_t width,
                              const MarkdownOptions& options);

std::size_t columns_of_longest_word(const std::vector<Span>& text, const MarkdownOptions& options);

}  // namespace dsys::study
