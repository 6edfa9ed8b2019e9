#include "common/study/markdown_tree.hpp"

#include "common/core/assert.hpp"

#include <md4c.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace dsys::study {
namespace {

// --- Characters ---

std::string utf8_of(std::uint32_t code) {
  constexpr std::uint32_t last = 0x10FFFF;
  const bool is_character = code != 0 && code <= last && (code < 0xD800 || code > 0xDFFF);
  if (!is_character) return "\xEF\xBF\xBD";
  const auto tail = [code](unsigned shift) {
    return static_cast<char>(0x80U | ((code >> shift) & 0x3FU));
  };
  if (code < 0x80) return {static_cast<char>(code)};
  if (code < 0x800) return {static_cast<char>(0xC0U | (code >> 6U)), tail(0)};
  if (code < 0x10000) return {static_cast<char>(0xE0U | (code >> 12U)), tail(6), tail(0)};
  return {static_cast<char>(0xF0U | (code >> 18U)), tail(12), tail(6), tail(0)};
}

// "&#955;" and "&#x3BB;"; nothing if it is no number.
std::optional<std::string> numbered_character(std::string_view entity) {
  if (!entity.starts_with("&#") || !entity.ends_with(';')) return std::nullopt;
  std::string_view digits = entity.substr(2, entity.size() - 3);
  const bool is_hex = digits.starts_with('x') || digits.starts_with('X');
  if (is_hex) digits.remove_prefix(1);
  std::uint32_t code = 0;
  const char* const end = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data(), end, code, is_hex ? 16 : 10);
  if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  return utf8_of(code);
}

// The entities that a reading may need; another one stays as it was written.
std::string character_of(std::string_view entity) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> named{{{"&amp;", "&"},
                                                                                {"&lt;", "<"},
                                                                                {"&gt;", ">"},
                                                                                {"&quot;", "\""},
                                                                                {"&apos;", "'"},
                                                                                {"&nbsp;", " "}}};
  for (const auto& [name, character] : named) {
    if (name == entity) return std::string(character);
  }
  return numbered_character(entity).value_or(std::string(entity));
}

std::string without_comments(std::string html) {
  constexpr std::string_view opening = "<!--";
  constexpr std::string_view closing = "-->";
  for (auto start = html.find(opening); start != std::string::npos; start = html.find(opening)) {
    const auto end = html.find(closing, start + opening.size());
    html.erase(start, end == std::string::npos ? end : end + closing.size() - start);
  }
  std::replace(html.begin(), html.end(), '\n', ' ');
  return html;
}

std::string text_of(const MD_ATTRIBUTE& attribute) {
  return {attribute.text, attribute.size};
}

// --- The tree ---

bool holds_text(BlockKind kind) {
  return kind == BlockKind::heading || kind == BlockKind::paragraph || kind == BlockKind::code ||
         kind == BlockKind::cell;
}

bool is_blank(const Block& block) {
  return std::all_of(block.text.begin(), block.text.end(), [](const Span& span) {
    return span.text.find_first_not_of(" \n") == std::string::npos;
  });
}

Alignment alignment_of(MD_ALIGN align) {
  if (align == MD_ALIGN_RIGHT) return Alignment::right;
  return align == MD_ALIGN_CENTER ? Alignment::centre : Alignment::left;
}

// Takes md4c's events and builds the tree. The blocks that are still open lie on a stack; a block
// that ends moves into the one below.
class TreeBuilder {
 public:
  void enter_block(MD_BLOCKTYPE type, const void* detail) {
    if (type == MD_BLOCK_THEAD || type == MD_BLOCK_TBODY) return;
    settle_html();
    open_.push_back(block_of(type, detail));
    if (type == MD_BLOCK_TH) styles_.push_back(TextStyle::strong);
    if (type == MD_BLOCK_H) {
      styles_.push_back(open_.back().number == 1 ? TextStyle::title : TextStyle::head);
    }
  }

  void leave_block(MD_BLOCKTYPE type) {
    if (type == MD_BLOCK_THEAD || type == MD_BLOCK_TBODY) return;
    settle_html();
    if (type == MD_BLOCK_TH || type == MD_BLOCK_H) styles_.pop_back();
    if (open_.size() == 1) return;
    Block block = std::move(open_.back());
    open_.pop_back();
    const bool is_empty = block.kind == BlockKind::paragraph && is_blank(block);
    if (!is_empty) open_.back().children.push_back(std::move(block));
  }

  void enter_span(MD_SPANTYPE type, const void* detail) {
    settle_html();
    styles_.push_back(style_of(type));
    if (type == MD_SPAN_A) {
      links_.push_back({text_of(static_cast<const MD_SPAN_A_DETAIL*>(detail)->href), {}});
    }
    if (type == MD_SPAN_IMG) {
      links_.push_back({text_of(static_cast<const MD_SPAN_IMG_DETAIL*>(detail)->src), {}});
    }
  }

  void leave_span(MD_SPANTYPE type) {
    settle_html();
    styles_.pop_back();
    if (type != MD_SPAN_A && type != MD_SPAN_IMG) return;
    const Link link = std::move(links_.back());
    links_.pop_back();
    // A place in the same text, or an address that stands there already, needs no repetition.
    const bool says_it_all = link.target.empty() || link.target.starts_with('#') ||
                             link.target == link.text || link.target == "mailto:" + link.text;
    if (!says_it_all) append(TextStyle::faint, " (" + link.target + ")");
  }

  void text(MD_TEXTTYPE type, std::string_view text) {
    if (type == MD_TEXT_HTML) {
      html_ += text;
      return;
    }
    settle_html();
    for (Link& link : links_) link.text += text;
    append(styles_.back(), characters_of(type, text));
  }

  Block finished() {
    DSYS_ASSERT(open_.size() == 1);
    return std::move(open_.front());
  }

 private:
  struct Link {
    std::string target;
    std::string text;
  };

  static Block block_of(MD_BLOCKTYPE type, const void* detail) {
    switch (type) {
      case MD_BLOCK_QUOTE:
        return {.kind = BlockKind::quote};
      case MD_BLOCK_UL:
        return {.kind = BlockKind::bullets,
                .tight = static_cast<const MD_BLOCK_UL_DETAIL*>(detail)->is_tight != 0};
      case MD_BLOCK_OL:
        return {.kind = BlockKind::numbers,
                .number = static_cast<const MD_BLOCK_OL_DETAIL*>(detail)->start,
                .tight = static_cast<const MD_BLOCK_OL_DETAIL*>(detail)->is_tight != 0};
      case MD_BLOCK_LI:
        return {.kind = BlockKind::item};
      case MD_BLOCK_HR:
        return {.kind = BlockKind::rule};
      case MD_BLOCK_H:
        return {.kind = BlockKind::heading,
                .number = static_cast<const MD_BLOCK_H_DETAIL*>(detail)->level};
      case MD_BLOCK_CODE:
        return {.kind = BlockKind::code};
      case MD_BLOCK_TABLE:
        return {.kind = BlockKind::table};
      case MD_BLOCK_TR:
        return {.kind = BlockKind::row};
      case MD_BLOCK_TH:
      case MD_BLOCK_TD:
        return {.kind = BlockKind::cell,
                .alignment = alignment_of(static_cast<const MD_BLOCK_TD_DETAIL*>(detail)->align)};
      case MD_BLOCK_P:
      case MD_BLOCK_HTML:  // what is left of it without its comments
        return {.kind = BlockKind::paragraph};
      default:
        return {.kind = BlockKind::document};
    }
  }

  // The innermost style wins.
  TextStyle style_of(MD_SPANTYPE type) const {
    if (type == MD_SPAN_EM) return TextStyle::emphasis;
    if (type == MD_SPAN_STRONG) return TextStyle::strong;
    if (type == MD_SPAN_CODE) return TextStyle::code;
    if (type == MD_SPAN_A || type == MD_SPAN_IMG) return TextStyle::link;
    return styles_.back();
  }

  static std::string characters_of(MD_TEXTTYPE type, std::string_view text) {
    if (type == MD_TEXT_NULLCHAR) return utf8_of(0);
    if (type == MD_TEXT_BR) return "\n";
    if (type == MD_TEXT_SOFTBR) return " ";
    return type == MD_TEXT_ENTITY ? character_of(text) : std::string(text);
  }

  // HTML that is no comment is shown as it was written: it is more often a <placeholder> than a
  // tag.
  void settle_html() {
    if (html_.empty()) return;
    const std::string rest = without_comments(std::exchange(html_, {}));
    if (!rest.empty()) append(styles_.back(), rest);
  }

  void append(TextStyle style, std::string_view text) {
    std::vector<Span>& spans = text_block().text;
    const bool continues = !spans.empty() && spans.back().style == style;
    if (!continues) spans.push_back({style, {}});
    spans.back().text += text;
  }

  // md4c gives the text of a tight list's item without a paragraph around it.
  Block& text_block() {
    if (holds_text(open_.back().kind)) return open_.back();
    std::vector<Block>& children = open_.back().children;
    const bool has_paragraph = !children.empty() && children.back().kind == BlockKind::paragraph;
    if (!has_paragraph) children.push_back({.kind = BlockKind::paragraph});
    return children.back();
  }

  std::vector<Block> open_;
  std::vector<TextStyle> styles_{TextStyle::plain};
  std::vector<Link> links_;
  std::string html_;  // not yet looked through for comments, which come in parts
};

TreeBuilder& builder_of(void* user) {
  return *static_cast<TreeBuilder*>(user);
}

}  // namespace

Block read_markdown(std::string_view text) {
  MD_PARSER parser{};
  parser.flags = MD_FLAG_TABLES;
  parser.enter_block = [](MD_BLOCKTYPE type, void* detail, void* user) {
    builder_of(user).enter_block(type, detail);
    return 0;
  };
  parser.leave_block = [](MD_BLOCKTYPE type, void* /*detail*/, void* user) {
    builder_of(user).leave_block(type);
    return 0;
  };
  parser.enter_span = [](MD_SPANTYPE type, void* detail, void* user) {
    builder_of(user).enter_span(type, detail);
    return 0;
  };
  parser.leave_span = [](MD_SPANTYPE type, void* /*detail*/, void* user) {
    builder_of(user).leave_span(type);
    return 0;
  };
  parser.text = [](MD_TEXTTYPE type, const MD_CHAR* start, MD_SIZE size, void* user) {
    builder_of(user).text(type, {start, size});
    return 0;
  };
  TreeBuilder builder;
  const int status = md_parse(text.data(), static_cast<MD_SIZE>(text.size()), &parser, &builder);
  DSYS_ASSERT(status == 0);
  return builder.finished();
}

}  // namespace dsys::study
