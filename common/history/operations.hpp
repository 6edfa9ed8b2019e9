// A history of concurrent operations, the sequential models it is held against, and the guides that
// know it as a whole.
#pragma once

#include "common/core/assert.hpp"

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <tuple>
#include <vector>

namespace dsys::history {

// Of any clock that never runs backwards: the number of a line, virtual nanoseconds.
using Moment = std::int64_t;

template <typename Call, typename Answer>
struct Operation {
  Call call{};
  std::optional<Answer> answer{};  // none: the outcome is unknown
  Moment invoked = 0;
  Moment completed = 0;  // meaningless without an answer
};

template <typename Model>
using OperationsOf = std::span<const Operation<typename Model::Call, typename Model::Answer>>;

// What the object does when operations come one at a time.
template <typename M>
concept SequentialModel = requires(M model, typename M::State state, const typename M::Call call,
                                   const typename M::Call other,
                                   const std::optional<typename M::Answer> answer) {
  { model.initial() } -> std::same_as<typename M::State>;
  // Applies the call and tells whether it can be done and the answer is right. Without an answer,
  // any is. If false, the state does not matter any more.
  { model.step(state, call, answer) } -> std::same_as<bool>;
  // Whether the operation never changes any state.
  { model.only_reads(call, answer) } -> std::same_as<bool>;
  { model.hash(state) } -> std::same_as<std::uint64_t>;
  { model.same(state, state) } -> std::same_as<bool>;
  { call == other } -> std::same_as<bool>;
};

// A model may also tell which value a call gives to the object, if that is its only effect, and
// which value an operation needs to find there.
template <typename M>
concept ModelOfValues = requires(M model, const typename M::Call call,
                                 const std::optional<typename M::Answer> answer) {
  { *model.gives(call) } -> std::totally_ordered;
  { *model.needs(call, answer) } -> std::totally_ordered;
};

// The calls and returns of a history in the order of time; at one moment calls come first, because
// operations that touch are concurrent.
struct HistoryEvent {
  Moment moment = 0;
  bool is_return = false;
  std::uint32_t operation = 0;
};

template <typename Call, typename Answer>
std::vector<HistoryEvent> events_of(std::span<const Operation<Call, Answer>> operations) {
  std::vector<HistoryEvent> events;
  events.reserve(2 * operations.size());
  for (std::uint32_t i = 0; i < operations.size(); ++i) {
    const auto& one = operations[i];
    events.push_back({.moment = one.invoked, .operation = i});
    if (!one.answer) continue;
    DSYS_ASSERT(one.invoked <= one.completed);
    events.push_back({.moment = one.completed, .is_return = true, .operation = i});
  }
  std::sort(events.begin(), events.end(), [](const HistoryEvent& left, const HistoryEvent& right) {
    return std::tie(left.moment, left.is_return, left.operation) <
           std::tie(right.moment, right.is_return, right.operation);
  });
  return events;
}

// When an operation began and ended, as places among the events.
using Place = std::uint32_t;
constexpr Place never = std::numeric_limits<Place>::max();

struct Extent {
  Place call = never;  // never: not in this part of the history
  Place end = never;   // never: the outcome is unknown
};

inline std::vector<Extent> extents_of(std::size_t operations,
                                      std::span<const HistoryEvent> events) {
  std::vector<Extent> extents(operations);
  for (Place place = 0; place < events.size(); ++place) {
    const HistoryEvent& event = events[place];
    (event.is_return ? extents[event.operation].end : extents[event.operation].call) = place;
  }
  return extents;
}

// A guide knows a whole history and spares the search what it would find out only much later. It is
// told of each operation taken and given back. This one knows nothing; a model names a better one
// as its Guide.
struct NoGuide {
  template <typename Model>
  NoGuide(const Model& /*model*/, OperationsOf<Model> /*operations*/,
          std::span<const HistoryEvent> /*events*/) {}

  static bool is_impossible() { return false; }
  // Whether no order can go on with this operation. Another one comes before `first_return`.
  static bool leads_nowhere(std::uint32_t /*operation*/, Place /*first_return*/) { return false; }
  // Whether an order that can go on with this operation may do so at once, without harm.
  static bool is_harmless(std::uint32_t /*operation*/) { return false; }
  static void take(std::uint32_t /*operation*/) {}
  static void give_back(std::uint32_t /*operation*/) {}
};

template <typename Model>
struct GuideOf {
  using type = NoGuide;
};
template <typename Model>
requires requires {
  typename Model::Guide;
}
struct GuideOf<Model> {
  using type = typename Model::Guide;
};

}  // namespace dsys::history
