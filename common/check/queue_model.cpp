// The queue, and what its history tells as a whole.
#include "common/check/models.hpp"

#include "common/core/hash.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <map>
#include <utility>

namespace dsys::check {

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

// --- What a whole history of a queue tells ---

namespace {

using Place = std::size_t;  // among the events
constexpr Place never = std::numeric_limits<Place>::max();

struct Span {
  Place call = never;
  Place end = never;  // never: the outcome is unknown
};

// A value with its operations. Only of one that was enqueued once and dequeued once at most is it
// known which belong together.
struct Passage {
  std::uint32_t enqueues = 0;
  std::uint32_t dequeues = 0;   // with a known outcome
  std::uint32_t operation = 0;  // the enqueue
  Span enqueue;
  Span dequeue;

  bool is_single() const { return enqueues == 1 && dequeues <= 1; }
};

std::vector<Span> spans_of(std::size_t operations, std::span<const HistoryEvent> events) {
  std::vector<Span> spans(operations);
  for (Place place = 0; place < events.size(); ++place) {
    const HistoryEvent& event = events[place];
    (event.is_return ? spans[event.operation].end : spans[event.operation].call) = place;
  }
  return spans;
}

// Whether some value came after another and left before it.
bool has_overtaking(std::vector<Passage*> passages) {
  std::vector<Passage*> by_call = passages;
  std::sort(passages.begin(), passages.end(), [](const Passage* left, const Passage* right) {
    return left->enqueue.end < right->enqueue.end;
  });
  std::sort(by_call.begin(), by_call.end(), [](const Passage* left, const Passage* right) {
    return left->enqueue.call < right->enqueue.call;
  });
  auto before = passages.begin();
  Place latest_dequeue = 0;
  for (const Passage* const one : by_call) {
    for (; before != passages.end() && (*before)->enqueue.end < one->enqueue.call; ++before) {
      latest_dequeue = std::max(latest_dequeue, (*before)->dequeue.call);
    }
    const bool has_left = one->dequeue.end != never;
    if (has_left && latest_dequeue > one->dequeue.end) return true;
  }
  return false;
}

// How many of the places, which are in order, come before that one.
std::size_t count_before(const std::vector<Place>& places, Place limit) {
  return static_cast<std::size_t>(std::lower_bound(places.begin(), places.end(), limit) -
                                  places.begin());
}

// Values that nobody saw leave leave in their order too, at the earliest with the dequeues whose
// outcomes are unknown, one each. Tells whether these are too few for what did leave after them.
bool let_go(const std::vector<Passage*>& passages, std::vector<Place> lost_dequeues) {
  std::sort(lost_dequeues.begin(), lost_dequeues.end());
  std::vector<Place> stayed;  // the ends of their enqueues
  for (const Passage* const one : passages) {
    if (one->dequeues == 0) stayed.push_back(one->enqueue.end);
  }
  std::sort(stayed.begin(), stayed.end());
  bool are_too_few = false;
  for (Passage* const one : passages) {
    const std::size_t stayed_before = count_before(stayed, one->enqueue.call);
    const bool has_left = one->dequeues > 0;
    if (!has_left && stayed_before < lost_dequeues.size()) {
      one->dequeue.call = lost_dequeues[stayed_before];
    }
    are_too_few |= has_left && stayed_before > count_before(lost_dequeues, one->dequeue.end);
  }
  return are_too_few;
}

// Whether a dequeue found nothing although some value was there at each moment of it.
bool has_false_empty(const std::vector<Passage*>& passages, const std::vector<Span>& empty) {
  std::vector<std::pair<Place, Place>> filled;  // from the one event to the other
  for (const Passage* const one : passages) {
    if (one->enqueue.end < one->dequeue.call) {
      filled.emplace_back(one->enqueue.end, one->dequeue.call);
    }
  }
  std::sort(filled.begin(), filled.end());
  std::vector<std::pair<Place, Place>> joined;
  for (const auto& one : filled) {
    if (!joined.empty() && one.first <= joined.back().second) {
      joined.back().second = std::max(joined.back().second, one.second);
    } else {
      joined.push_back(one);
    }
  }
  return std::any_of(empty.begin(), empty.end(), [&](const Span& dequeue) {
    const auto after =
        std::upper_bound(joined.begin(), joined.end(), std::pair(dequeue.call, never));
    return after != joined.begin() && std::prev(after)->second >= dequeue.end;
  });
}

}  // namespace

Foresight Queue::foresee(std::span<const ObjectOperation> operations,
                         std::span<const HistoryEvent> events) {
  const std::vector<Span> spans = spans_of(operations.size(), events);
  std::map<Value, Passage> passage_of;
  std::vector<Span> empty;
  std::vector<Place> lost_dequeues;  // each may have taken a value that nobody saw leave
  for (std::uint32_t i = 0; i < operations.size(); ++i) {
    const ObjectOperation& one = operations[i];
    const Span& span = spans[i];
    if (span.call == never) continue;
    if (one.call.action == Action::enqueue) {
      Passage& passage = passage_of[one.call.value];
      ++passage.enqueues;
      passage.operation = i;
      passage.enqueue = span;
    } else if (span.end == never) {
      lost_dequeues.push_back(span.call);
    } else if (one.answer == null_value) {
      empty.push_back(span);
    } else {
      Passage& passage = passage_of[*one.answer];
      ++passage.dequeues;
      passage.dequeue = span;
    }
  }

  Foresight foresight;
  foresight.ranked_before.resize(operations.size(), 0);
  std::vector<Passage*> passages;
  std::vector<Passage*> left;  // in the order in which their dequeues ended
  promised_.clear();
  for (auto& [value, passage] : passage_of) {
    if (passage.dequeues > passage.enqueues) foresight.is_impossible = true;
    if (!passage.is_single()) continue;
    if (passage.dequeue.end < passage.enqueue.call) foresight.is_impossible = true;
    passages.push_back(&passage);
    if (passage.dequeues == 0) continue;
    left.push_back(&passage);
    promised_.push_back(value);
  }
  const bool too_much_left = let_go(passages, std::move(lost_dequeues));
  if (too_much_left || has_overtaking(passages) || has_false_empty(passages, empty)) {
    foresight.is_impossible = true;
  }
  std::sort(left.begin(), left.end(), [](const Passage* one, const Passage* other) {
    return one->dequeue.end < other->dequeue.end;
  });
  foresight.ranking.reserve(left.size());
  for (const Passage* const one : left) foresight.ranking.push_back(one->operation);
  for (const Passage* const one : passages) {
    const auto before = std::partition_point(left.begin(), left.end(), [&](const Passage* other) {
      return other->dequeue.end < one->dequeue.call;
    });
    foresight.ranked_before[one->operation] = static_cast<std::uint32_t>(before - left.begin());
  }
  return foresight;
}

}  // namespace dsys::check
