// Markdown as it appears on a screen.
#include "common/study/markdown.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

using namespace dsys::study;

namespace {

using Lines = std::vector<std::string>;

Lines plain(std::string_view text, unsigned width = 80) {
  return render_markdown(text, {.width = width});
}

Lines boxed(std::string_view text, unsigned width = 80) {
  return render_markdown(text, {.width = width, .box_characters = true});
}

// Writes the style before the text: "strong(word)".
std::string named(TextStyle style, std::string_view text) {
  constexpr const char* names[] = {"plain",    "title", "head", "strong",
                                   "emphasis", "code",  "link", "faint"};
  return names[static_cast<std::size_t>(style)] + ("(" + std::string(text) + ")");
}

Lines painted(std::string_view text, unsigned width = 80) {
  return render_markdown(text, {.width = width, .paint = named});
}

std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char letter) {
    return (static_cast<unsigned char>(letter) & 0xC0U) != 0x80U;
  }));
}

// --- The readings ---

constexpr const char* readings[] = {"README.md", "problems/raft/README.md",
                                    "problems/hashring/README.md"};
constexpr unsigned widths[] = {40, 80, 140};

std::string reading_at(const std::string& path) {
  std::ifstream file(std::string(DSYS_SOURCE) + "/" + path);
  std::ostringstream text;
  text << file.rdbuf();
  REQUIRE(text.str().size() > 1000);
  return text.str();
}

// What is not meant to be seen: comments, and the languages of code.
std::string without_hidden(std::string text) {
  for (auto start = text.find("<!--"); start != std::string::npos; start = text.find("<!--")) {
    text.erase(start, text.find("-->", start) + 3 - start);
  }
  for (const std::string language : {"```text", "```sh", "```json"}) {
    for (auto at = text.find(language); at != std::string::npos; at = text.find(language)) {
      text.erase(at, language.size());
    }
  }
  return text;
}

std::map<std::string, int> words_of(const std::string& text) {
  std::map<std::string, int> words;
  std::string word;
  for (const char letter : text + " ") {
    if (std::isalnum(static_cast<unsigned char>(letter)) != 0) {
      word += letter;
    } else if (!word.empty()) {
      ++words[word];
      word.clear();
    }
  }
  return words;
}

std::string joined(const Lines& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

std::string trimmed(const std::string& line) {
  const auto start = line.find_first_not_of(' ');
  return start == std::string::npos ? "" : line.substr(start);
}

}  // namespace

// --- Text ---

TEST_CASE("a paragraph is filled to the width, however it was broken") {
  CHECK(plain("one two\nthree four five six seven", 20) ==
        Lines{"one two three four", "five six seven"});
}

TEST_CASE("text takes 100 columns at most, and 20 at least") {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "word ";
  for (const std::string& line : plain(text, 500)) CHECK(line.size() <= 100);
  CHECK(plain(text, 500) == plain(text, 100));
  CHECK(plain(text, 1) == plain(text, 20));
}

TEST_CASE("a hard break ends the line") {
  CHECK(plain("one\\\ntwo  \nthree") == Lines{"one", "two", "three"});
}

TEST_CASE("paragraphs are a blank line apart") {
  CHECK(plain("one\n\n\n\ntwo") == Lines{"one", "", "two"});
}

TEST_CASE("columns are counted in characters, not in bytes") {
  CHECK(plain("äöüäöüäöü äöüäöüäöü äöü", 20) == Lines{"äöüäöüäöü äöüäöüäöü", "äöü"});
}

TEST_CASE("a word wider than the line is cut, between characters") {
  CHECK(plain("aaaaaaaaaaaaaaaaaaaaaaaaa b", 20) == Lines{"aaaaaaaaaaaaaaaaaaaa", "aaaaa b"});
  CHECK(plain("äääääääääääääääääääääää", 20) == Lines{"ääääääääääääääääääää", "äää"});
}

TEST_CASE("a word that is too wide is cut behind a comma, if it has one") {
  CHECK(plain("`lookups,owners,replicas`", 20) == Lines{"`lookups,owners,", "replicas`"});
}

TEST_CASE("nothing gives no lines") {
  CHECK(plain("").empty());
  CHECK(plain("\n\n").empty());
  CHECK(plain("<!-- only a comment -->\n").empty());
}

TEST_CASE("entities and escapes are characters") {
  CHECK(plain("a &lt; b &amp;&amp; c &#62; d \\*e\\* &#x3BB; &unknown;") ==
        Lines{"a < b && c > d *e* λ &unknown;"});
}

TEST_CASE("comments are dropped, within a line, between blocks and over several lines") {
  CHECK(plain("one <!-- no --> two") == Lines{"one two"});
  CHECK(plain("one <!-- no\nno --> two") == Lines{"one two"});
  CHECK(plain("one\n\n<!-- no\n\nno -->\n\ntwo") == Lines{"one", "", "two"});
  CHECK(plain("- one\n  <!-- no -->\n- two") == Lines{"- one", "- two"});
}

TEST_CASE("a placeholder in angle brackets is no comment and stays") {
  CHECK(plain("run it with <name> and wait") == Lines{"run it with <name> and wait"});
}

// --- Styles ---

TEST_CASE("without styles code keeps its backticks, and bold and emphasis lose their marks") {
  CHECK(plain("**Bold**, *stressed* and `x >= y`.") == Lines{"Bold, stressed and `x >= y`."});
}

TEST_CASE("with styles each part is painted without its marks, and commas stay where they were") {
  CHECK(painted("**Bold text**, *stressed* and `x >= y`.") ==
        Lines{"strong(Bold text), emphasis(stressed) and code(x >= y)."});
}

TEST_CASE("a style takes no columns and does not reach over the end of a line") {
  CHECK(painted("**one two three four five**", 20) ==
        Lines{"strong(one two three four)", "strong(five)"});
}

TEST_CASE("the innermost style wins") {
  CHECK(painted("**a `b` c**") == Lines{"strong(a) code(b) strong(c)"});
}

TEST_CASE("a link is its text and its target, once") {
  CHECK(plain("see [the paper](https://raft.github.io) now") ==
        Lines{"see the paper (https://raft.github.io) now"});
  CHECK(plain("<https://raft.github.io>") == Lines{"https://raft.github.io"});
  CHECK(plain("[further down](#numbers)") == Lines{"further down"});
  CHECK(plain("![a ring](ring.png)") == Lines{"a ring (ring.png)"});
  CHECK(painted("[a b](c)") == Lines{"link(a b) faint((c))"});
}

// --- Blocks ---

TEST_CASE("heads keep their marks in plain text and are underlined with box characters") {
  CHECK(plain("# One\n\n## Two\n\n### Three\ntext") ==
        Lines{"# One", "", "## Two", "", "### Three", "", "text"});
  CHECK(boxed("# One\n\n## Two\n\n### Three\ntext") ==
        Lines{"One", "═══", "", "Two", "───", "", "Three", "", "text"});
  CHECK(painted("# One\n\n## Two") == Lines{"title(# One)", "", "head(## Two)"});
}

TEST_CASE("a list has its bullets, and its lines hang behind them") {
  CHECK(plain("- one two three four five\n- six", 20) ==
        Lines{"- one two three four", "  five", "- six"});
  CHECK(boxed("* one\n* two") == Lines{"• one", "• two"});
}

TEST_CASE("a numbered list counts from its first number, aligned to the right") {
  CHECK(plain("9. nine\n9. ten") == Lines{" 9. nine", "10. ten"});
  CHECK(plain("1. one two three four five", 20) == Lines{"1. one two three", "   four five"});
}

TEST_CASE("lists nest, with paragraphs, code and tables inside") {
  CHECK(plain("- one\n  - two\n    1. three\n- four") ==
        Lines{"- one", "  - two", "    1. three", "- four"});
  CHECK(plain("- one\n\n  two\n\n  ```\n  code\n  ```\n- three") ==
        Lines{"- one", "", "  two", "", "    code", "", "- three"});
  CHECK(plain("- one\n\n  | a | b |\n  |---|---|\n  | 1 | 2 |") ==
        Lines{"- one", "", "  a | b", "  --+--", "  1 | 2"});
}

TEST_CASE("a list that was written with blank lines keeps them") {
  CHECK(plain("- one\n\n- two") == Lines{"- one", "", "- two"});
}

TEST_CASE("an item without text is its bullet") {
  CHECK(plain("- one\n-\n- two") == Lines{"- one", "-", "- two"});
}

TEST_CASE("nesting deeper than the screen is wide still ends") {
  std::string text;
  for (std::size_t i = 0; i < 30; ++i) text += std::string(2 * i, ' ') + "- word\n";
  CHECK(words_of(joined(plain(text, 20)))["word"] == 30);
}

TEST_CASE("code is neither wrapped nor changed, and set in where there is room") {
  const std::string code = "  a  **b** &amp; `c` <!-- d -->";
  CHECK(plain("```sh\n" + code + "\n\nend\n```", 60) == Lines{"  " + code, "", "  end"});
  CHECK(plain("```\n" + code + "\n```", 20) == Lines{code});
  CHECK(plain("    indented") == Lines{"  indented"});
}

TEST_CASE("a quote has a bar before each line") {
  CHECK(plain("> one two three four five\n>\n> six", 20) ==
        Lines{"> one two three four", "> five", ">", "> six"});
  CHECK(boxed("> one") == Lines{"│ one"});
}

TEST_CASE("a rule is as wide as the text") {
  CHECK(plain("---", 20) == Lines{std::string(20, '-')});
  CHECK(columns_of(boxed("---", 200).front()) == 100);
}

// --- Tables ---

TEST_CASE("the columns of a table stand below each other") {
  const std::string table = "| where | what |\n|---|---|\n| disk | `term` |\n| λ | |";
  CHECK(plain(table) == Lines{"where | what", "------+-------", "disk  | `term`", "λ     |"});
  CHECK(boxed(table) == Lines{"where │ what", "──────┼───────", "disk  │ `term`", "λ     │"});
}

TEST_CASE("cells are aligned as the table says") {
  CHECK(plain("| l | centre | right |\n|:--|:-:|--:|\n| a | b | c |") ==
        Lines{"l | centre | right", "--+--------+------", "a |   b    |     c"});
}

TEST_CASE("a bar within a cell divides nothing") {
  CHECK(plain("| a | b |\n|---|---|\n| x \\| y | z |") ==
        Lines{"a     | b", "------+--", "x | y | z"});
}

TEST_CASE("cells are wrapped where the table would be too wide, and rules part the rows") {
  CHECK(plain("| a | b |\n|---|---|\n| one two three | four five six |\n| 7 | 8 |", 20) ==
        Lines{"a         | b", "----------+---------", "one two   | four", "three     | five six",
              "----------+---------", "7         | 8"});
}

TEST_CASE("a table of short cells closes up before anything is wrapped") {
  CHECK(plain("| aaaa | bbbb | cccc | dddd |\n|---|---|---|---|\n| 1 | 2 | 3 | 4 |", 20) ==
        Lines{"aaaa|bbbb|cccc|dddd", "----+----+----+----", "1   |2   |3   |4"});
}

TEST_CASE("where even the words do not fit, rows are written one below the other") {
  CHECK(plain("| flaw | score | loses | gains |\n|---|---|---|---|\n"
              "| `forgetful-voter` | 72 | votes twice in a term | |\n| other | 3 | | |",
              30) == Lines{"flaw: `forgetful-voter`", "  score: 72", "  loses: votes twice in a",
                           "    term", "  gains:", "", "flaw: other", "  score: 3"});
}

TEST_CASE("the head of a table is strong") {
  CHECK(painted("| a | b |\n|---|---|\n| 1 | 2 |").front() == "strong(a) faint(|) strong(b)");
}

TEST_CASE("a table without rows is its head") {
  CHECK(plain("| a | b |\n|---|---|") == Lines{"a | b"});
}

TEST_CASE("a table may be wider than text if the screen is") {
  const std::string cell(60, 'x');
  CHECK(plain("| " + cell + " | " + cell + " |\n|---|---|\n| 1 | 2 |", 140).front() ==
        cell + " | " + cell);
}

// --- The readings ---

TEST_CASE("every word of the readings survives at every width") {
  for (const std::string path : readings) {
    const std::string source = reading_at(path);
    for (const unsigned width : widths) {
      auto shown = words_of(joined(boxed(source, width)));
      for (const auto& wanted : words_of(without_hidden(source))) {
        CAPTURE(path);
        CAPTURE(width);
        CAPTURE(wanted.first);
        CHECK(shown[wanted.first] >= wanted.second);
      }
    }
  }
}

TEST_CASE("no line of the readings is wider than asked, except code, which is as it was") {
  for (const std::string path : readings) {
    const std::string source = reading_at(path);
    for (const unsigned width : widths) {
      for (const std::string& line : plain(source, width)) {
        CAPTURE(path);
        CAPTURE(line);
        const bool is_code = source.find("\n" + line + "\n") != std::string::npos;
        CHECK((columns_of(line) <= width || is_code));
      }
    }
  }
}

TEST_CASE("all code of the readings is shown as it was written, in its order") {
  for (const std::string path : readings) {
    const std::string source = reading_at(path);
    const Lines shown = plain(source, 80);
    auto next = shown.begin();
    bool in_code = false;
    std::istringstream text(source);
    for (std::string line; std::getline(text, line);) {
      const bool is_fence = trimmed(line).starts_with("```");
      in_code = in_code != is_fence;
      if (is_fence || !in_code || line.empty()) continue;
      CAPTURE(line);
      next = std::find_if(next, shown.end(),
                          [&](const std::string& one) { return one.ends_with(line); });
      REQUIRE(next != shown.end());
      ++next;
    }
  }
}
