// The states that a search has seen, exactly: each is a short vector of 32-bit words, kept whole,
// with the step that first led to it.
//
// A store is cut into shards by the hash of a state, so that threads can fill different shards
// without locks. Beside its words a state takes 12 bytes for the way back and, with the hash
// table's room to grow, 9 to 18 bytes for finding it again.
#pragma once

#include "common/core/hash.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace dsys::search {

using Words = std::span<const std::uint32_t>;

// Stable for the life of the store.
struct StateRef {
  std::uint32_t shard = 0;
  std::uint32_t place = 0;

  bool operator==(const StateRef&) const = default;
};

// How a state was reached first.
struct Arrival {
  StateRef from;            // itself, for a state that the search began with
  std::uint32_t label = 0;  // the step, as the model numbers it
};

// Both halves of a product, folded: one multiplication mixes 64 bits well (as in wyhash, Wang Yi).
inline std::uint64_t fold(std::uint64_t left, std::uint64_t right) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = Wide{left} * right;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

inline std::uint64_t hash_of(Words words) {
  constexpr std::uint64_t odd = 0x9e3779b97f4a7c15U;
  std::uint64_t hash = odd ^ words.size();
  std::size_t i = 0;
  for (; i + 1 < words.size(); i += 2) {
    const std::uint64_t pair = words[i] | (std::uint64_t{words[i + 1]} << 32U);
    hash = fold(hash ^ pair, odd) + pair;
  }
  if (i < words.size()) hash = fold(hash ^ words[i], odd);
  return mix(hash);
}

class StateShard {
 public:
  // Takes the state unless it is there. `hash` is the lower half of hash_of(words).
  bool insert(std::uint32_t hash, const Arrival& arrival, Words words);

  // Load what `insert` of this hash will look at, ahead of time: first its slot; then, once that is
  // there, the state that it names.
  void prefetch_slot(std::uint32_t hash) const { __builtin_prefetch(&slots_[slot_of(hash)]); }
  void prefetch_state(std::uint32_t hash) const {
    const Slot& slot = slots_[slot_of(hash)];
    if (slot.place != empty && slot.hash == hash) prefetch(slot.place);
  }
  void prefetch(std::uint32_t place) const {
    __builtin_prefetch(at(place));
    __builtin_prefetch(at(place) + 15);
  }

  Words words(std::uint32_t place) const {
    const std::uint32_t* const from = at(place);
    return {from + header_words, from[1] & ((1U << size_bits) - 1)};
  }
  Arrival arrival(std::uint32_t place) const {
    const std::uint32_t* const from = at(place);
    return {.from = {.shard = from[1] >> size_bits, .place = from[0]}, .label = from[2]};
  }

  std::uint64_t count() const { return count_; }
  std::size_t bytes() const;

  // The places of states number first to end - 1, in the order in which they came. Cheapest from a
  // multiple of block_size on.
  static constexpr std::uint64_t block_size = 256;
  void places(std::uint64_t first, std::uint64_t end, std::vector<std::uint32_t>& out) const;

  StateShard();

 private:
  struct Slot {
    std::uint32_t place = empty;
    std::uint32_t hash = 0;
  };
  static constexpr std::uint32_t empty = UINT32_MAX;
  static constexpr std::size_t chunk_bits = 16;  // of words: 256 KiB
  static constexpr std::size_t chunk_words = std::size_t{1} << chunk_bits;
  static constexpr std::size_t header_words = 3;
  // The second header word: the shard of the state before, and the number of words.
  static constexpr std::uint32_t size_bits = 26;

  std::size_t slot_of(std::uint32_t hash) const { return hash & (slots_.size() - 1); }
  const std::uint32_t* at(std::uint32_t place) const {
    return chunks_[place >> chunk_bits].get() + (place & (chunk_words - 1));
  }
  std::uint32_t append(const Arrival& arrival, Words words);
  void grow();

  std::vector<Slot> slots_;
  std::vector<std::unique_ptr<std::uint32_t[]>> chunks_;
  std::uint64_t next_ = 0;  // the place of the next state
  std::uint64_t count_ = 0;
  std::vector<std::uint32_t> blocks_;  // the place of each block's first state
};

class StateStore {
 public:
  static constexpr std::size_t shards_max = 64;
  static std::uint32_t shard_of(std::uint64_t hash) {
    return static_cast<std::uint32_t>(hash >> 58U);
  }

  StateShard& shard(std::size_t index) { return shards_[index]; }
  const StateShard& shard(std::size_t index) const { return shards_[index]; }

  Words words(StateRef state) const { return shards_[state.shard].words(state.place); }
  Arrival arrival(StateRef state) const { return shards_[state.shard].arrival(state.place); }

  std::uint64_t count() const;
  std::size_t bytes() const;

 private:
  std::array<StateShard, shards_max> shards_;
};

}  // namespace dsys::search
