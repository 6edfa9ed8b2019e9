// What is to happen in a world: by time, and at one instant in the order in which it was put in.
#pragma once

#include "common/core/time.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace dsys::sim {

enum class ItemKind : std::uint8_t { arrival, timer, synced, script };

struct Item {
  Time at{};
  std::uint64_t number = 0;
  ItemKind kind{};
  std::uint32_t seat = 0;   // or the script
  std::uint32_t extra = 0;  // the flight, or the incarnation
};

class Queue {
 public:
  // The number of the new item: from 1, one more each time.
  std::uint64_t push(Time at, ItemKind kind, std::uint32_t seat, std::uint32_t extra = 0) {
    items_.push_back({at, ++last_number_, kind, seat, extra});
    std::push_heap(items_.begin(), items_.end(), later);
    return last_number_;
  }
  Item pop() {
    std::pop_heap(items_.begin(), items_.end(), later);
    const Item item = items_.back();
    items_.pop_back();
    return item;
  }
  bool empty() const { return items_.empty(); }
  Time next() const { return items_.front().at; }

 private:
  static bool later(const Item& left, const Item& right) {
    return left.at != right.at ? left.at > right.at : left.number > right.number;
  }

  std::vector<Item> items_;
  std::uint64_t last_number_ = 0;
};

}  // namespace dsys::sim
