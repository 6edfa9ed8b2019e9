// Markdown for a screen: a text and a width in, lines out. Headings, paragraphs, lists, tables,
// quotes, code and links are laid out; comments are dropped. It knows no terminal: what a style
// looks like is the business of whoever calls.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace dsys::study {

enum class TextStyle : std::uint8_t { plain, title, head, strong, emphasis, code, link, faint };

struct MarkdownOptions {
  // In columns, one a code point. At least 20; text takes 100 at most.
  unsigned width = 80;
  // Lines, bullets and underlined heads in Unicode. Without it heads keep their marks: "## State".
  bool box_characters = false;
  // Returns the text as it is to be shown. Empty: nothing is styled, and code keeps its backticks.
  std::function<std::string(TextStyle style, std::string_view text)> paint{};
};

// Lines without a line end. Only lines of code may be wider than asked: code is never changed.
std::vector<std::string> render_markdown(std::string_view text, const MarkdownOptions& options);

}  // namespace dsys::study
