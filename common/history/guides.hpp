// What a whole history of a register or a queue tells, which spares the search a great deal.
// Without a guide the search finds the same, but each pair of concurrent writes or enqueues whose
// order shows only later, or never, would double it.
#pragma once

#include "common/history/models.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace dsys::history {

// Groups of operations, each in the order of a place. Tells which is the first that is not taken.
class FirstLeft {
 public:
  struct Item {
    std::uint32_t group = 0;
    Place place = 0;
    std::uint32_t operation = 0;
  };

  void add(std::uint32_t group, Place place, std::uint32_t operation) {
    items_.push_back({.group = group, .place = place, .operation = operation});
  }
  void arrange(std::uint32_t groups, std::size_t operations);

  // The place of the first that is left in the group, leaving out one operation; never: none is.
  Place place_in(std::uint32_t group, const std::vector<bool>& is_taken, std::uint32_t without);
  void give_back(std::uint32_t operation);

 private:
  std::vector<Item> items_;
  std::vector<std::uint32_t> begin_;    // of each group, and the end of the last
  std::vector<std::uint32_t> first_;    // of each group: before it all are taken
  std::vector<std::uint32_t> item_of_;  // by operation
};

// Two rules. A value must not be replaced while somebody needs it who will have ended before it is
// given again. And a write that nobody can see, over a value that nobody needs any more, may be
// taken at once: where it stands makes no difference.
class RegisterGuide {
 public:
  RegisterGuide(const Register& model, std::span<const ObjectOperation> operations,
                std::span<const HistoryEvent> events);

  static bool is_impossible() { return false; }
  bool leads_nowhere(std::uint32_t operation, Place first_return);
  bool is_harmless(std::uint32_t operation);
  void take(std::uint32_t operation);
  void give_back(std::uint32_t operation);

 private:
  static constexpr std::uint32_t none = 0xffffffffU;

  void find_values(const Register& model, std::span<const ObjectOperation> operations);
  void find_next_writes();

  std::vector<Extent> extents_;
  std::vector<bool> is_taken_;
  std::vector<std::uint32_t> gives_;  // by operation: the number of a value, or none
  std::vector<std::uint32_t> needs_;  // the same
  std::vector<Place> next_write_;     // by operation: the earliest end of a write that comes after
  std::vector<std::uint32_t> held_;   // the values given so far; the last is there

  FirstLeft givers_by_call_;
  FirstLeft known_needers_by_end_;
  FirstLeft needers_by_call_;
  FirstLeft writes_by_end_;  // in one group, all with a known outcome
};

// The order in which values leave is the order in which they came. So a dequeue that ends before
// another begins tells which of the two values was enqueued first, long after it happened; and most
// histories that are none of a queue show it in a pair of values (Henzinger, Sezgin and Vafeiadis
// 2013). It speaks of values that are enqueued once only.
class QueueGuide {
 public:
  QueueGuide(Queue& queue, std::span<const ObjectOperation> operations,
             std::span<const HistoryEvent> events);

  bool is_impossible() const { return is_impossible_; }
  bool leads_nowhere(std::uint32_t operation, Place first_return);
  static bool is_harmless(std::uint32_t /*operation*/) { return false; }
  void take(std::uint32_t operation);
  void give_back(std::uint32_t operation);

 private:
  bool is_impossible_ = false;
  std::vector<bool> is_taken_;
  std::vector<std::uint32_t> ranking_;  // the enqueues, in the order in which dequeues ended
  std::vector<std::uint32_t> rank_of_;  // by operation
  std::vector<std::uint32_t>
      ranked_before_;               // by operation: how many of the ranking come before it
  std::uint32_t ranked_taken_ = 0;  // at least so many, from the first, are taken
};

}  // namespace dsys::history
