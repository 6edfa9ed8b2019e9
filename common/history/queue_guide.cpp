#include "common/history/guides.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <span>
#include <utility>
#include <vector>

namespace dsys::history {

namespace {

// A value with its operations. Only of one that was enqueued once and dequeued once at most is it
// known which belong together.
struct Passage {
  std::uint32_t enqueues = 0;
  std::uint32_t dequeues = 0;   // with a known outcome
  std::uint32_t operation = 0;  // the enqueue
  Extent enqueue;
  Extent dequeue;

  bool is_single() const { return enqueues == 1 && dequeues <= 1; }
};

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
bool has_false_empty(const std::vector<Passage*>& passages, const std::vector<Extent>& empty) {
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
  return std::any_of(empty.begin(), empty.end(), [&](const Extent& dequeue) {
    const auto after =
        std::upper_bound(joined.begin(), joined.end(), std::pair(dequeue.call, never));
    return after != joined.begin() && std::prev(after)->second >= dequeue.end;
  });
}

// The values with all that was done with them, and the dequeues that found nothing or whose outcome
// is unknown.
struct Traffic {
  std::map<Value, Passage> passage_of;
  std::vector<Extent> empty;
  std::vector<Place> lost_dequeues;  // their calls; each may have taken a value nobody saw leave
};

Traffic traffic_of(std::span<const ObjectOperation> operations,
                   std::span<const HistoryEvent> events) {
  const std::vector<Extent> extents = extents_of(operations.size(), events);
  Traffic traffic;
  for (std::uint32_t i = 0; i < operations.size(); ++i) {
    const ObjectOperation& one = operations[i];
    const Extent& extent = extents[i];
    if (extent.call == never) continue;
    if (one.call.action == Action::enqueue) {
      Passage& passage = traffic.passage_of[one.call.value];
      ++passage.enqueues;
      passage.operation = i;
      passage.enqueue = extent;
    } else if (extent.end == never) {
      traffic.lost_dequeues.push_back(extent.call);
    } else if (one.answer == null_value) {
      traffic.empty.push_back(extent);
    } else {
      Passage& passage = traffic.passage_of[*one.answer];
      ++passage.dequeues;
      passage.dequeue = extent;
    }
  }
  return traffic;
}

}  // namespace

QueueGuide::QueueGuide(Queue& queue, std::span<const ObjectOperation> operations,
                       std::span<const HistoryEvent> events) {
  Traffic traffic = traffic_of(operations, events);
  std::vector<Passage*> passages;  // of single values
  std::vector<Passage*> left;      // those that were seen to leave
  std::vector<Value> promised;
  for (auto& [value, passage] : traffic.passage_of) {
    if (passage.dequeues > passage.enqueues) is_impossible_ = true;
    if (!passage.is_single()) continue;
    if (passage.dequeue.end < passage.enqueue.call) is_impossible_ = true;
    passages.push_back(&passage);
    if (passage.dequeues == 0) continue;
    left.push_back(&passage);
    promised.push_back(value);
  }
  queue.promise(std::move(promised));
  const bool too_much_left = let_go(passages, traffic.lost_dequeues);
  if (too_much_left || has_overtaking(passages) || has_false_empty(passages, traffic.empty)) {
    is_impossible_ = true;
  }

  std::sort(left.begin(), left.end(), [](const Passage* one, const Passage* other) {
    return one->dequeue.end < other->dequeue.end;
  });
  is_taken_.assign(operations.size(), false);
  ranked_before_.assign(operations.size(), 0);
  rank_of_.assign(operations.size(), static_cast<std::uint32_t>(left.size()));
  ranking_.reserve(left.size());
  for (const Passage* const one : left) {
    rank_of_[one->operation] = static_cast<std::uint32_t>(ranking_.size());
    ranking_.push_back(one->operation);
  }
  for (const Passage* const one : passages) {
    const auto before = std::partition_point(left.begin(), left.end(), [&](const Passage* other) {
      return other->dequeue.end < one->dequeue.call;
    });
    ranked_before_[one->operation] = static_cast<std::uint32_t>(before - left.begin());
  }
}

bool QueueGuide::leads_nowhere(std::uint32_t operation, Place /*first_return*/) {
  while (ranked_taken_ < ranking_.size() && is_taken_[ranking_[ranked_taken_]]) ++ranked_taken_;
  return ranked_before_[operation] > ranked_taken_;
}

void QueueGuide::take(std::uint32_t operation) {
  is_taken_[operation] = true;
}

void QueueGuide::give_back(std::uint32_t operation) {
  is_taken_[operation] = false;
  ranked_taken_ = std::min(ranked_taken_, rank_of_[operation]);
}

}  // namespace dsys::history
