#include "common/study/wrapping.hpp"

#include <algorithm>
#include <utility>

namespace dsys::study {
namespace {

// Pieces of several styles may touch: the comma after a strong word belongs to the word.
struct Word {
  std::vector<Span> pieces{};
  std::size_t columns = 0;
  bool ends_line = false;

  void append(TextStyle style, std::string_view text) {
    const bool continues = !pieces.empty() && pieces.back().style == style;
    if (!continues) pieces.push_back({style, {}});
    pieces.back().text += text;
    columns += columns_of(text);
  }
};

void end_word(std::vector<Word>& words) {
  if (!words.back().pieces.empty()) words.emplace_back();
}

// The blank before the line end has opened an empty word, unless the line is empty.
void end_line(std::vector<Word>& words) {
  const bool follows_blank =
      words.back().pieces.empty() && words.size() > 1 && !words[words.size() - 2].ends_line;
  if (follows_blank) words.pop_back();
  words.back().ends_line = true;
  words.emplace_back();
}

void add_words(TextStyle style, std::string_view text, std::vector<Word>& words) {
  while (!text.empty()) {
    const std::size_t size = std::min(text.find_first_of(" \t\n"), text.size());
    if (size > 0) words.back().append(style, text.substr(0, size));
    if (size == text.size()) return;
    if (text[size] == '\n') {
      end_line(words);
    } else {
      end_word(words);
    }
    text.remove_prefix(size + 1);
  }
}

std::vector<Word> words_of(const std::vector<Span>& text, const MarkdownOptions& options) {
  std::vector<Word> words(1);
  for (const Span& span : text) {
    const bool needs_marks = span.style == TextStyle::code && !options.paint;
    add_words(span.style, needs_marks ? "`" + span.text + "`" : span.text, words);
  }
  if (words.back().pieces.empty()) words.pop_back();
  return words;
}

// Characters with all their bytes.
std::vector<std::string_view> characters_of(std::string_view text) {
  std::vector<std::string_view> characters;
  while (!text.empty()) {
    std::size_t size = 1;
    while (size < text.size() && continues_character(text[size])) ++size;
    characters.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return characters;
}

// Parts that end behind a comma or the like: where a word that is too wide is cut first.
std::vector<Span> parts_of(const Word& word) {
  constexpr std::string_view ends_part = ",;:/=";
  std::vector<Span> parts;
  for (const Span& piece : word.pieces) {
    std::string_view rest = piece.text;
    while (!rest.empty()) {
      const std::size_t end = rest.find_first_of(ends_part);
      const std::size_t size = end == std::string_view::npos ? rest.size() : end + 1;
      parts.push_back({piece.style, std::string(rest.substr(0, size))});
      rest.remove_prefix(size);
    }
  }
  return parts;
}

std::vector<Word> cut(const Word& word, std::size_t width) {
  std::vector<Word> words(1);
  for (const Span& part : parts_of(word)) {
    const std::size_t columns = columns_of(part.text);
    if (columns <= width && words.back().columns + columns > width) words.emplace_back();
    for (const std::string_view character : characters_of(part.text)) {
      if (words.back().columns == width) words.emplace_back();
      words.back().append(part.style, character);
    }
  }
  words.back().ends_line = word.ends_line;
  return words;
}

class LineBreaker {
 public:
  LineBreaker(std::size_t width, const MarkdownOptions& options)
      : width_(std::max<std::size_t>(width, 1)), options_(options) {}

  void add(const Word& word) {
    if (word.columns <= width_) return place(word);
    for (const Word& part : cut(word, width_)) place(part);
  }

  std::vector<TextLine> finished() {
    if (!line_.pieces.empty()) end();
    return std::move(lines_);
  }

 private:
  void place(const Word& word) {
    const bool is_first = line_.pieces.empty();
    const bool fits = line_.columns + 1 + word.columns <= width_;
    if (!is_first && !fits) end();
    if (!is_first && fits && !word.pieces.empty()) add_blank(word.pieces.front().style);
    for (const Span& piece : word.pieces) line_.append(piece.style, piece.text);
    if (word.ends_line) end();
  }

  // A blank inside a strong or linked text is strong or linked too.
  void add_blank(TextStyle next) {
    const bool is_inside = line_.pieces.back().style == next;
    line_.append(is_inside ? next : TextStyle::plain, " ");
  }

  void end() {
    TextLine line{.text = {}, .columns = line_.columns};
    for (const Span& piece : line_.pieces) line.text += painted(options_, piece.style, piece.text);
    lines_.push_back(std::move(line));
    line_ = {};
  }

  std::size_t width_;
  const MarkdownOptions& options_;
  Word line_;
  std::vector<TextLine> lines_;
};

}  // namespace

std::string repeated(std::string_view piece, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += piece;
  return text;
}

std::string painted(const MarkdownOptions& options, TextStyle style, std::string_view text) {
  if (!options.paint || style == TextStyle::plain || text.empty()) return std::string(text);
  return options.paint(style, text);
}

std::vector<TextLine> wrapped(const std::vector<Span>& text, std::size_t width,
                              const MarkdownOptions& options) {
  LineBreaker breaker(width, options);
  for (const Word& word : words_of(text, options)) breaker.add(word);
  return breaker.finished();
}

std::size_t columns_of_longest_word(const std::vector<Span>& text, const MarkdownOptions& options) {
  std::size_t longest = 0;
  for (const Word& word : words_of(text, options)) longest = std::max(longest, word.columns);
  return longest;
}

}  // namespace dsys::study
