// What a run costs for each operation of a client: messages, records, time. Shown beside a grade,
// never graded.
#pragma once

#include "common/trace/event.hpp"

#include <cstdint>
#include <map>

namespace dsys::check {

enum class OperationMark : std::uint8_t { none, begins, ends };

// Where a client's operation begins and ends; a client has one at a time.
template <Protocol P>
using MarkOperation = OperationMark (*)(const Event<P>& event);

// From one output to another.
template <Protocol P, typename Begin, typename End>
OperationMark between(const Event<P>& event) {
  if (output_of<Begin>(event) != nullptr) return OperationMark::begins;
  if (output_of<End>(event) != nullptr) return OperationMark::ends;
  return OperationMark::none;
}

struct Efficiency {
  std::uint64_t operations = 0;
  std::uint64_t messages = 0;  // all that were sent in the run
  std::uint64_t records = 0;   // written
  Duration waited{};           // virtual time, summed over the operations
};

template <Protocol P>
class EfficiencyMeter final : public Observer<P> {
 public:
  explicit EfficiencyMeter(MarkOperation<P> mark) : mark_(mark) {}

  void observe(const Event<P>& event) override {
    measured_.messages += event.kind == EventKind::send ? 1 : 0;
    measured_.records += event.kind == EventKind::write ? 1 : 0;
    switch (mark_(event)) {
      case OperationMark::begins:
        begun_[event.node] = event.time;
        break;
      case OperationMark::ends:
        ++measured_.operations;
        measured_.waited += event.time - begun_[event.node];
        break;
      default:
        break;
    }
  }

  const Efficiency& measured() const { return measured_; }

 private:
  MarkOperation<P> mark_;
  std::map<NodeId, Time> begun_;
  Efficiency measured_;
};

}  // namespace dsys::check
