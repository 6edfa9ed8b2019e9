// A hash table from 64-bit keys to small values, for the inner loop of a search: one array, linear
// probing, nothing ever removed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace dsys::search {

template <typename Value>
class FlatTable {
 public:
  // Null if the key is not there. Good until the next `put`.
  const Value* find(std::uint64_t key) const {
    for (std::size_t slot = slot_of(key); slots_[slot].key != none; slot = next(slot)) {
      if (slots_[slot].key == key) return &slots_[slot].value;
    }
    return nullptr;
  }

  // The key must not be there, and must not be the highest one.
  void put(std::uint64_t key, const Value& value) {
    if (++count_ * 2 > slots_.size()) grow();
    place({key, value});
  }

  std::size_t count() const { return count_; }

 private:
  static constexpr std::uint64_t none = UINT64_MAX;
  struct Slot {
    std::uint64_t key = none;
    Value value{};
  };

  std::size_t slot_of(std::uint64_t key) const {
    return static_cast<std::size_t>((key * 0x9e3779b97f4a7c15U) >> shift_);
  }
  std::size_t next(std::size_t slot) const { return (slot + 1) & (slots_.size() - 1); }
  void place(const Slot& one) {
    std::size_t slot = slot_of(one.key);
    while (slots_[slot].key != none) slot = next(slot);
    slots_[slot] = one;
  }
  void grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    --shift_;
    for (const Slot& one : old) {
      if (one.key != none) place(one);
    }
  }

  static constexpr unsigned bits_at_first = 10;
  std::vector<Slot> slots_{std::size_t{1} << bits_at_first};
  unsigned shift_ = 64 - bits_at_first;
  std::size_t count_ = 0;
};

}  // namespace dsys::search
