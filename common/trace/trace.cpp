#include "common/trace/trace.hpp"

#include <fmt/format.h>

namespace dsys::trace {
namespace {

bool has_peer(const Entry& entry) {
  return entry.kind == EventKind::deliver || entry.kind == EventKind::send ||
         entry.kind == EventKind::lose;
}

// "151.204ms": milliseconds, always with three decimals, so that the column stays straight.
std::string time_text(Time time) {
  const auto microseconds = time / 1us;
  return fmt::format("{}.{:03}ms", microseconds / 1000, microseconds % 1000);
}

}  // namespace

std::string content_of(const Entry& entry) {
  if (entry.type.empty()) return entry.fields;
  return entry.fields.empty() ? entry.type : entry.type + " " + entry.fields;
}

bool belongs_to(Detail detail, EventKind kind) {
  if (detail == Detail::nothing) return false;
  switch (kind) {
    case EventKind::note:
    case EventKind::fault:
      return true;
    case EventKind::deliver:
    case EventKind::lose:
    case EventKind::emit:
    case EventKind::start:
    case EventKind::restart:
    case EventKind::crash:
    case EventKind::power_loss:
      return detail != Detail::story;
    default:
      return detail == Detail::all;
  }
}

std::string place_of(const Entry& entry) {
  const std::string node = entry.kind == EventKind::fault ? "--" : to_string(entry.node);
  const std::string peer = has_peer(entry) ? to_string(entry.peer) : "";
  return fmt::format("{:<3} {:<10} {:<3} ", node, to_string(entry.kind), peer);
}

std::string columns_of(const Entry& entry) {
  return fmt::format("{:>12}  {}", time_text(entry.time), place_of(entry));
}

std::string text_line(const Entry& entry) {
  std::string line = columns_of(entry) + content_of(entry);
  while (line.back() == ' ') line.pop_back();
  return line;
}

std::string json_line(const Entry& entry) {
  std::string line = fmt::format(R"({{"number":{},"time_ns":{},"event":{})", entry.number,
                                 entry.time.count(), json_quoted(to_string(entry.kind)));
  if (entry.kind != EventKind::fault) line += ",\"node\":" + json_quoted(to_string(entry.node));
  if (has_peer(entry)) line += ",\"peer\":" + json_quoted(to_string(entry.peer));
  if (entry.type.empty()) {
    if (!entry.fields.empty()) line += ",\"text\":" + json_quoted(entry.fields);
  } else {
    line += ",\"type\":" + json_quoted(entry.type) + ",\"content\":" + entry.json;
  }
  return line + "}";
}

}  // namespace dsys::trace
