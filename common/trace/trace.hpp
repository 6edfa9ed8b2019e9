// A run as a list of entries that no longer know their protocol, and the forms to print it in.
#pragma once

#include "common/trace/event.hpp"
#include "common/trace/value_text.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace dsys::trace {

struct Entry {
  std::uint64_t number = 0;
  Time time{};
  EventKind kind{};
  NodeId node{};
  NodeId peer{};
  std::string type;    // of the message, timer, record or output; empty for others
  std::string fields;  // "term=1 voted_for=n2", or the sentence of a note or fault
  std::string json;    // the fields as a JSON object; empty where there is no type

  bool operator==(const Entry&) const = default;
};

template <Protocol P>
Entry entry_of(const Event<P>& event) {
  Entry entry{.number = event.number,
              .time = event.time,
              .kind = event.kind,
              .node = event.node,
              .peer = event.peer,
              .type = {},
              .fields = std::string(event.text),
              .json = {}};
  const auto fill = [&entry](const auto* value) {
    if (value == nullptr) return;
    entry.type = type_of(*value);
    entry.fields = fields_text(*value);
    entry.json = fields_json(*value);
  };
  fill(event.message);
  fill(event.timer);
  fill(event.record);
  fill(event.output);
  if (event.kind == EventKind::lose) entry.fields += "  (" + std::string(event.text) + ")";
  return entry;
}

// How much of a run is kept or printed.
enum class Detail : std::uint8_t {
  nothing,
  story,     // faults and notes: decisions in sentences; and starts, to know who takes part
  messages,  // and every message delivered or lost, with crashes and outputs
  all,       // and sends, timers, writes and syncs
};

bool belongs_to(Detail detail, EventKind kind);

// Keeps a copy of what happens, up to a detail.
template <Protocol P>
class Recorder final : public Observer<P> {
 public:
  explicit Recorder(Detail detail) : detail_(detail) {}

  void observe(const Event<P>& event) override {
    const bool is_kept = belongs_to(detail_, event.kind) || event.kind == EventKind::start;
    if (is_kept) entries_.push_back(entry_of(event));
  }
  std::vector<Entry> take() { return std::move(entries_); }

 private:
  Detail detail_;
  std::vector<Entry> entries_;
};

// The two halves of a line: fixed columns (time, node, event, peer), and the content. A place is
// the columns without the time.
std::string place_of(const Entry& entry);
std::string columns_of(const Entry& entry);
std::string content_of(const Entry& entry);

// Both on one line.
std::string text_line(const Entry& entry);

// One JSON object.
std::string json_line(const Entry& entry);

}  // namespace dsys::trace
