#include "common/cli/history/lines.hpp"

#include "common/core/error.hpp"
#include "common/study/strict_json.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <utility>
#include <vector>

namespace dsys::cli {
namespace {

constexpr std::size_t line_max = 1U << 20U;
constexpr std::size_t chunk = 1U << 16U;
constexpr std::string_view example_line =
    R"({"process":1,"type":"invoke","f":"write","key":"x","value":3})";

std::optional<LineType> line_type(std::string_view word) {
  constexpr std::array<std::pair<std::string_view, LineType>, 4> types{
      {{"invoke", LineType::invoke},
       {"ok", LineType::ok},
       {"fail", LineType::fail},
       {"info", LineType::info}}};
  for (const auto& [name, type] : types) {
    if (name == word) return type;
  }
  return std::nullopt;
}

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

}  // namespace

std::optional<std::string> scalar_text(const Json& value) {
  constexpr double exact_max = 9007199254740992.0;  // 2^53: a double is exact up to here
  if (value.is_structured()) return std::nullopt;
  if (!value.is_number_float()) return value.dump();
  const double number = value.get<double>();
  const bool is_whole = std::trunc(number) == number && std::abs(number) <= exact_max;
  return is_whole ? std::to_string(static_cast<std::int64_t>(number)) : value.dump();
}

void HistoryLine::refuse(std::string_view complaint) const {
  throw UsageError(fmt::format("{}, line {}: {}", source, number, complaint));
}

HistoryReader::HistoryReader(const std::string& path)
    : source_(path == "-" ? "standard input" : in_quotes(path)) {
  if (path == "-") {
    file_ = STDIN_FILENO;
    return;
  }
  file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  is_owned_ = file_ >= 0;
  if (file_ >= 0) return;
  throw UsageError(
      fmt::format("{}: cannot be read ({}); name a file of JSON lines, or - for "
                  "standard input",
                  source_, std::strerror(errno)));
}

HistoryReader::~HistoryReader() {
  if (is_owned_) ::close(file_);
}

void HistoryReader::refuse(std::string_view complaint) const {
  throw UsageError(fmt::format("{}, line {}: {}", source_, number_, complaint));
}

// Never holds more than a line and a chunk.
bool HistoryReader::read_line() {
  ++number_;
  std::size_t searched = start_;
  while (true) {
    const std::size_t end = buffer_.find('\n', searched);
    const std::size_t size = std::min(end, buffer_.size()) - start_;
    if (size > line_max) {
      refuse("is longer than 1 MiB; every line must be one operation's invocation or completion");
    }
    const bool is_last = at_end_ && start_ < buffer_.size();
    if (end != std::string::npos || is_last) {
      line_ = std::string_view(buffer_).substr(start_, size);
      start_ += std::min(size + 1, buffer_.size() - start_);
      return true;
    }
    if (at_end_) return false;
    buffer_.erase(0, start_);
    start_ = 0;
    searched = buffer_.size();
    buffer_.resize(searched + chunk);
    const ssize_t got = ::read(file_, buffer_.data() + searched, chunk);
    buffer_.resize(searched + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0 && errno != EINTR) {
      throw UsageError(fmt::format("{}: cannot be read ({}); name a file of JSON lines", source_,
                                   std::strerror(errno)));
    }
    at_end_ = got == 0;
  }
}

void HistoryReader::check_time(const Json& object) {
  const auto found = object.find("time");
  if (found == object.end() || found->is_null()) return;
  if (!found->is_number()) refuse(R"("time" must be a number that never decreases, or absent)");
  const double time = found->get<double>();
  if (time_line_ != 0 && time < time_) {
    refuse(fmt::format("\"time\" {} is before that of line {}; lines must be in the order of time",
                       found->dump(), time_line_));
  }
  time_ = time;
  time_line_ = number_;
}

std::optional<HistoryLine> HistoryReader::next() {
  while (read_line()) {
    if (is_blank(line_)) continue;
    study::JsonFault fault;
    std::optional<Json> object = study::parse_strictly(line_, fault);
    if (!object) {
      refuse(fault.no_json_at
                 ? fmt::format("is no JSON; a line is one object such as {}", example_line)
                 : fault.complaint);
    }
    if (!object->is_object()) refuse(fmt::format("must be an object such as {}", example_line));
    check_time(*object);
    const auto process = object->find("process");
    if (process != object->end() && *process == "nemesis") continue;
    if (process == object->end() || !process->is_number_unsigned()) {
      refuse(R"("process" must be a whole number from 0)");
    }
    const auto type = object->find("type");
    const auto known = type != object->end() && type->is_string()
                           ? line_type(type->get_ref<const std::string&>())
                           : std::nullopt;
    if (!known) refuse(R"("type" must be "invoke", "ok", "fail" or "info")");
    HistoryLine line{.source = source_,
                     .number = number_,
                     .process = process->get<std::uint64_t>(),
                     .type = *known};
    const auto f = object->find("f");
    const bool has_f = f != object->end() && f->is_string();
    const bool may_lack_f = f == object->end() && *known != LineType::invoke;
    if (!has_f && !may_lack_f) refuse(R"("f" must be the name of an operation, such as "read")");
    if (has_f) line.f = f->get<std::string>();
    const auto key = object->find("key");
    if (key != object->end() && !key->is_null()) {
      if (!key->is_string() && !key->is_number()) refuse(R"("key" must be a string or a number)");
      line.key = std::move(*key);
    }
    const auto value = object->find("value");
    if (value != object->end()) line.value = std::move(*value);
    return line;
  }
  return std::nullopt;
}

}  // namespace dsys::cli
