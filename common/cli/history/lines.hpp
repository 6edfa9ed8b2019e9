// Reads a history: JSON lines, one for the invocation of each operation and one for its completion,
// as Jepsen and Maelstrom write them. Line by line, so that a history may be a pipe; a line that is
// none is refused by its number, in one sentence that says what would be right.
#pragma once

#include "common/cli/json.hpp"

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

namespace dsys::cli {

enum class LineType : std::uint8_t { invoke, ok, fail, info };

struct HistoryLine {
  std::string source;        // the file, for what is said of the line
  std::uint64_t number = 0;  // from 1
  std::uint64_t process = 0;
  LineType type = LineType::invoke;
  std::string f;            // what was asked for; may be empty in a completion
  std::optional<Json> key;  // a string or a number
  std::optional<Json> value;

  // Throws UsageError: the source, the line and the complaint.
  [[noreturn]] void refuse(std::string_view complaint) const;
};

class HistoryReader {
 public:
  // "-" is standard input. Throws UsageError if the file cannot be read.
  explicit HistoryReader(const std::string& path);
  HistoryReader(const HistoryReader&) = delete;
  HistoryReader& operator=(const HistoryReader&) = delete;
  ~HistoryReader();

  // None at the end. Lines of the process "nemesis", which tell of faults, are left out, and so are
  // empty ones. Throws UsageError.
  std::optional<HistoryLine> next();

  const std::string& source() const { return source_; }

 private:
  bool read_line();
  [[noreturn]] void refuse(std::string_view complaint) const;
  void check_time(const Json& object);

  std::string source_;
  int file_ = -1;
  bool is_owned_ = false;
  std::string buffer_;
  std::size_t start_ = 0;  // of what was not given out yet
  bool at_end_ = false;
  std::string_view line_;
  std::uint64_t number_ = 0;
  double time_ = 0;
  std::uint64_t time_line_ = 0;  // 0: no line had a time yet
};

// A value as JSON text; numbers that are equal have the same text. None for a list or an object.
std::optional<std::string> scalar_text(const Json& value);

}  // namespace dsys::cli
