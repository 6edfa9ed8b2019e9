#include "common/history/models.hpp"

#include "common/core/hash.hpp"
#include "common/history/guides.hpp"

#include <algorithm>
#include <utility>

namespace dsys::history {

// --- The register ---

bool Register::step(State& state, const Call& call, const std::optional<Answer>& answer) {
  if (call.action == Action::read) return !answer || *answer == state;
  const bool is_refused = call.action == Action::compare_and_set && call.expected != state;
  if (is_refused) return false;
  state = call.value;
  return true;
}

bool Register::only_reads(const Call& call, const std::optional<Answer>& /*answer*/) {
  return call.action == Action::read;
}

std::optional<Value> Register::gives(const Call& call) {
  return call.action == Action::read ? std::nullopt : std::optional(call.value);
}

std::optional<Value> Register::needs(const Call& call, const std::optional<Answer>& answer) {
  if (call.action == Action::compare_and_set) return call.expected;
  return call.action == Action::read ? answer : std::nullopt;
}

// --- The lock ---

bool Lock::step(State& state, const Call& call, const std::optional<Answer>& /*answer*/) {
  if (call.action == Action::acquire) {
    if (state) return false;
    state = call.value;
    return true;
  }
  if (state != call.value) return false;
  state.reset();
  return true;
}

bool Lock::only_reads(const Call& /*call*/, const std::optional<Answer>& /*answer*/) {
  return false;
}

std::uint64_t Lock::hash(const State& state) {
  return state ? mix(static_cast<std::uint64_t>(*state) + 1) : 0;
}

std::optional<Value> Lock::gives(const Call& call) {
  return call.action == Action::acquire ? std::optional(call.value) : std::nullopt;
}

std::optional<Value> Lock::needs(const Call& call, const std::optional<Answer>& /*answer*/) {
  return call.action == Action::release ? std::optional(call.value) : std::nullopt;
}

std::vector<Value> Lock::contents(const State& state) {
  return state ? std::vector<Value>{*state} : std::vector<Value>();
}

// --- The queue ---

namespace {

// Hashes are polynomials in this base, so that what has left can be subtracted.
constexpr std::uint64_t base = 0x9e3779b97f4a7c15U;

std::uint64_t extended(std::uint64_t hash, Value value) {
  return hash * base + mix(static_cast<std::uint64_t>(value) + 1);
}

}  // namespace

bool Queue::step(State& state, const Call& call, const std::optional<Answer>& answer) {
  if (call.action == Action::enqueue) {
    state.tail = child_of(state.tail, call.value);
    return true;
  }
  if (length(state) == 0) return !answer || *answer == null_value;
  const Value head = nodes_[ancestor_at(state.tail, state.dequeued + 1)].value;
  const bool is_for_another =
      answer ? *answer != head : std::binary_search(promised_.begin(), promised_.end(), head);
  if (is_for_another) return false;
  ++state.dequeued;
  state.dequeued_hash = extended(state.dequeued_hash, head);
  return true;
}

bool Queue::only_reads(const Call& call, const std::optional<Answer>& answer) {
  return call.action == Action::dequeue && answer == null_value;
}

std::uint64_t Queue::hash(const State& state) const {
  const Node& tail = nodes_[state.tail];
  const std::uint32_t left = length(state);
  const std::uint64_t power = nodes_[ancestor_at(state.tail, left)].power;
  return mix(tail.hash - state.dequeued_hash * power) + left;
}

bool Queue::same(const State& left, const State& right) const {
  if (length(left) != length(right) || hash(left) != hash(right)) return false;
  std::uint32_t one = left.tail;
  std::uint32_t other = right.tail;
  for (std::uint32_t count = length(left); count > 0 && one != other; --count) {
    if (nodes_[one].value != nodes_[other].value) return false;
    one = nodes_[one].parent;
    other = nodes_[other].parent;
  }
  return true;
}

std::optional<Value> Queue::gives(const Call& call) {
  return call.action == Action::enqueue ? std::optional(call.value) : std::nullopt;
}

std::optional<Value> Queue::needs(const Call& call, const std::optional<Answer>& answer) {
  return call.action == Action::dequeue ? answer : std::nullopt;
}

std::vector<Value> Queue::contents(const State& state) const {
  std::vector<Value> values;
  values.reserve(length(state));
  std::uint32_t node = state.tail;
  for (std::uint32_t count = length(state); count > 0; --count) {
    values.push_back(nodes_[node].value);
    node = nodes_[node].parent;
  }
  std::reverse(values.begin(), values.end());
  return values;
}

std::uint32_t Queue::child_of(std::uint32_t parent, Value value) {
  for (std::uint32_t child = nodes_[parent].first_child; child != 0;
       child = nodes_[child].next_sibling) {
    if (nodes_[child].value == value) return child;
  }
  const Node& above = nodes_[parent];
  const Node& jumped = nodes_[above.jump];
  // Two equal jumps in a row are followed by one over both (Myers 1983).
  const bool joins = above.depth - jumped.depth == jumped.depth - nodes_[jumped.jump].depth;
  const Node node{.parent = parent,
                  .jump = joins ? jumped.jump : parent,
                  .depth = above.depth + 1,
                  .next_sibling = above.first_child,
                  .value = value,
                  .hash = extended(above.hash, value),
                  .power = above.power * base};
  const auto place = static_cast<std::uint32_t>(nodes_.size());
  nodes_[parent].first_child = place;
  nodes_.push_back(node);
  return place;
}

std::uint32_t Queue::ancestor_at(std::uint32_t node, std::uint32_t depth) const {
  while (nodes_[node].depth > depth) {
    const std::uint32_t jump = nodes_[node].jump;
    node = nodes_[jump].depth >= depth ? jump : nodes_[node].parent;
  }
  return node;
}

// --- One verdict for all ---

namespace {

template <typename Model>
ObjectVerdict judge_with(const Model& model, std::span<const ObjectOperation> operations,
                         const OrderingLimits& limits) {
  Explanation<Model> found = explain(model, operations, limits);
  return {.outcome = found.outcome,
          .order = std::move(found.order),
          .unplaced = found.unplaced,
          .state = found.model.contents(found.state),
          .configurations = found.configurations};
}

}  // namespace

ObjectVerdict judge_object(ObjectModel model, std::span<const ObjectOperation> operations,
                           Value at_first, const OrderingLimits& limits) {
  switch (model) {
    case ObjectModel::single_register:
      return judge_with(Register{.at_first = at_first}, operations, limits);
    case ObjectModel::lock:
      return judge_with(Lock{}, operations, limits);
    case ObjectModel::queue:
      return judge_with(Queue{}, operations, limits);
  }
  return {};
}

}  // namespace dsys::history
