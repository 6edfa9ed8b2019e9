#include "common/search/state_store.hpp"

#include "common/core/assert.hpp"

#include <algorithm>

namespace dsys::search {
namespace {

constexpr std::size_t slots_at_first = 64;
constexpr std::uint32_t chunk_ends = UINT32_MAX;  // in place of a size: go on in the next chunk

}  // namespace

StateShard::StateShard() : slots_(slots_at_first) {}

bool StateShard::insert(std::uint32_t hash, const Arrival& arrival, Words words) {
  std::size_t slot = slot_of(hash);
  for (; slots_[slot].place != empty; slot = (slot + 1) & (slots_.size() - 1)) {
    if (slots_[slot].hash != hash) continue;
    const Words known = this->words(slots_[slot].place);
    if (std::equal(known.begin(), known.end(), words.begin(), words.end())) return false;
  }
  slots_[slot] = {append(arrival, words), hash};
  if (++count_ * 8 >= slots_.size() * 7) grow();
  return true;
}

std::uint32_t StateShard::append(const Arrival& arrival, Words words) {
  const std::size_t size = header_words + words.size();
  std::size_t in_chunk = next_ & (chunk_words - 1);
  const bool needs_chunk = in_chunk + size >= chunk_words || chunks_.empty();
  if (needs_chunk) {
    if (!chunks_.empty()) chunks_.back()[in_chunk + 1] = chunk_ends;
    next_ = std::uint64_t{chunks_.size()} << chunk_bits;
    in_chunk = 0;
    chunks_.push_back(std::make_unique_for_overwrite<std::uint32_t[]>(chunk_words + 2));
  }
  DSYS_ASSERT(next_ < empty && words.size() < (1U << size_bits));
  std::uint32_t* const to = chunks_.back().get() + in_chunk;
  to[0] = arrival.from.place;
  to[1] = (arrival.from.shard << size_bits) | static_cast<std::uint32_t>(words.size());
  to[2] = arrival.label;
  std::copy(words.begin(), words.end(), to + header_words);
  const auto place = static_cast<std::uint32_t>(next_);
  if (count_ % block_size == 0) blocks_.push_back(place);
  next_ += size;
  return place;
}

void StateShard::grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  for (const Slot& one : old) {
    if (one.place == empty) continue;
    std::size_t slot = slot_of(one.hash);
    while (slots_[slot].place != empty) slot = (slot + 1) & (slots_.size() - 1);
    slots_[slot] = one;
  }
}

void StateShard::places(std::uint64_t first, std::uint64_t end,
                        std::vector<std::uint32_t>& out) const {
  DSYS_ASSERT(first <= end && end <= count_);
  out.clear();
  if (first == end) return;
  std::uint32_t place = blocks_[first / block_size];
  for (std::uint64_t number = first - first % block_size; number < end; ++number) {
    if (at(place)[1] == chunk_ends) {
      place = static_cast<std::uint32_t>(((place >> chunk_bits) + 1) << chunk_bits);
    }
    if (number >= first) out.push_back(place);
    place += static_cast<std::uint32_t>(header_words + words(place).size());
  }
}

std::size_t StateShard::bytes() const {
  return slots_.size() * sizeof(Slot) + chunks_.size() * chunk_words * sizeof(std::uint32_t) +
         blocks_.size() * sizeof(std::uint32_t);
}

std::uint64_t StateStore::count() const {
  std::uint64_t sum = 0;
  for (const StateShard& one : shards_) sum += one.count();
  return sum;
}

std::size_t StateStore::bytes() const {
  std::size_t sum = 0;
  for (const StateShard& one : shards_) sum += one.bytes();
  return sum;
}

}  // namespace dsys::search
