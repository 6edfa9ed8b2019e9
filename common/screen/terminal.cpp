#include "common/screen/terminal.hpp"

#include "common/core/error.hpp"
#include "common/core/text.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace dsys::screen {
namespace {

constexpr std::size_t buffer_max = 1U << 16U;

std::string_view environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string_view{} : std::string_view{value};
}

struct Size {
  unsigned width = 80;
  unsigned height = 24;
};

Size terminal_size() {
  winsize reported{};
  Size size;
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &reported) != 0) return size;
  if (reported.ws_col >= 20) size.width = reported.ws_col;
  if (reported.ws_row > 0) size.height = reported.ws_row;
  return size;
}

bool is_utf8_locale() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string_view value = environment(name);
    if (value.empty()) continue;
    return value.find("UTF-8") != std::string_view::npos ||
           value.find("utf8") != std::string_view::npos;
  }
  return false;
}

std::string_view escape_of(Style style) {
  switch (style) {
    case Style::plain:
      return "";
    case Style::strong:
      return "\033[1m";
    case Style::faint:
      return "\033[2m";
    case Style::good:
      return "\033[32m";
    case Style::bad:
      return "\033[1;31m";
    case Style::fault:
      return "\033[33m";
    case Style::node:
      return "\033[36m";
    case Style::emphasis:
      return "\033[3m";
    case Style::link:
      return "\033[4m";
  }
  return "";
}

// A reader of a pipe has gone away: nobody is left to tell, so the program ends quietly.
[[noreturn]] void leave_quietly() {
  std::_Exit(0);
}

}  // namespace

Terminal::Terminal() : file_(stdout), path_("standard output") {
  const bool is_terminal = isatty(STDOUT_FILENO) != 0;
  if (is_terminal) {
    const Size size = terminal_size();
    width_ = size.width;
    height_ = size.height;
  }
  colour_ = is_terminal && environment("NO_COLOR").empty() && environment("TERM") != "dumb";
  unicode_ = is_terminal && is_utf8_locale();
}

Terminal::Terminal(const std::string& path)
    : file_(std::fopen(path.c_str(), "wb")), owned_(true), path_(path) {
  if (file_ == nullptr) {
    throw UsageError(
        fmt::format("--out {}: cannot be written ({}); name a file in a folder that "
                    "exists and is yours",
                    in_quotes(path), std::strerror(errno)));
  }
}

Terminal::~Terminal() {
  if (owned_ && file_ != nullptr) (void)std::fclose(file_);
}

std::string Terminal::styled(Style style, std::string_view text) const {
  if (!colour_ || style == Style::plain || text.empty()) return std::string(text);
  return fmt::format("{}{}\033[0m", escape_of(style), text);
}

void Terminal::line(std::string_view text) {
  buffer_ += text;
  buffer_ += '\n';
  // A person sees each line at once.
  if (height_ || buffer_.size() >= buffer_max) flush();
}

void Terminal::paragraph(std::string_view text, unsigned indent) {
  labelled(std::string(indent, ' '), text);
}

void Terminal::prompt(std::string_view text) {
  buffer_ += text;
  flush();
}

void Terminal::labelled(std::string_view label, std::string_view text) {
  const std::size_t limit = std::clamp(width_, 40U, 100U);
  const std::size_t indent = columns_of(label);
  std::string row(label);
  std::size_t columns = indent;
  bool row_is_empty = true;
  std::size_t start = 0;
  while (start < text.size()) {
    const std::size_t end = std::min(text.find(' ', start), text.size());
    const std::string_view word = text.substr(start, end - start);
    start = end + 1;
    if (word.empty()) continue;
    const std::size_t size = columns_of(word);
    if (!row_is_empty && columns + 1 + size > limit) {
      line(row);
      row.assign(indent, ' ');
      columns = indent;
      row_is_empty = true;
    }
    if (!row_is_empty) row += ' ';
    columns += size + (row_is_empty ? 0 : 1);
    row += word;
    row_is_empty = false;
  }
  line(row);
}

void Terminal::flush() {
  const std::size_t written = std::fwrite(buffer_.data(), 1, buffer_.size(), file_);
  const bool complete = written == buffer_.size() && std::fflush(file_) == 0;
  buffer_.clear();
  if (complete) return;
  if (errno == EPIPE) leave_quietly();
  throw UsageError(fmt::format("{}: cannot be written ({})", path_, std::strerror(errno)));
}

void Terminal::finish() {
  flush();
}

}  // namespace dsys::screen
