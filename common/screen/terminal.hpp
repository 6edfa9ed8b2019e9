// Where the words go: standard output or a file, as wide as it is, with colour only where a person
// looks. What cannot be written is an error; a reader that has gone away is not.
#pragma once

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

namespace dsys::screen {

enum class Style : std::uint8_t { plain, strong, faint, good, bad, fault, node, emphasis, link };

class Terminal {
 public:
  // Standard output: its width, and whether it takes colour and box characters, are found out.
  Terminal();
  // A file. Throws UsageError if it cannot be opened.
  explicit Terminal(const std::string& path);
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal();

  unsigned width() const { return width_; }
  bool unicode() const { return unicode_; }
  bool colour() const { return colour_; }
  // In lines, if a person looks at a screen.
  std::optional<unsigned> height() const { return height_; }

  // The text with its style where there is colour, else the text.
  std::string styled(Style style, std::string_view text) const;

  void line(std::string_view text = {});
  // Breaks the text at blanks to the width. The label stands before the first line as it is; later
  // lines are indented by as many columns as the label takes.
  void labelled(std::string_view label, std::string_view text);
  void paragraph(std::string_view text, unsigned indent = 0);

  // Text without an end of line, seen at once: what is typed stands behind it.
  void prompt(std::string_view text);

  // Writes what is buffered and closes. Throws UsageError if it does not fit on the disk.
  void finish();

 private:
  void flush();

  std::FILE* file_ = nullptr;
  bool owned_ = false;
  bool colour_ = false;
  bool unicode_ = false;
  unsigned width_ = 80;
  std::optional<unsigned> height_{};
  std::string path_;
  std::string buffer_;
};

}  // namespace dsys::screen
