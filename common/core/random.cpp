#include "common/core/random.hpp"

#include "common/core/assert.hpp"
#include "common/core/hash.hpp"

#include <algorithm>
#include <bit>
#include <chrono>

namespace dsys {
namespace {

__extension__ using Wide = unsigned __int128;

// -log2(word / 2^64) with 32 fractional bits, by repeated squaring: each squaring of the mantissa
// gives one more binary digit of the logarithm. `word` must not be 0.
std::uint64_t negative_log2(std::uint64_t word) {
  const int zeros = std::countl_zero(word);
  std::uint64_t mantissa = word << static_cast<unsigned>(zeros);  // in [1, 2) with 63 bits
  std::uint64_t fraction = 0;
  for (int digit = 0; digit < 32; ++digit) {
    const Wide square = Wide{mantissa} * mantissa;  // in [1, 4) with 126 bits
    const bool carry = (square >> 127U) != 0;
    mantissa = static_cast<std::uint64_t>(square >> (carry ? 64U : 63U));
    fraction = (fraction << 1U) | (carry ? 1U : 0U);
  }
  return (static_cast<std::uint64_t>(zeros + 1) << 32U) - fraction;
}

}  // namespace

std::uint64_t Choices::choose(std::uint64_t count) {
  if (count > most) return 0;
  if (next_ == choices_.size()) choices_.push_back({.made = 0, .count = count});
  DSYS_ASSERT(choices_[next_].count == count);
  return choices_[next_++].made;
}

bool Choices::advance() {
  next_ = 0;
  while (!choices_.empty()) {
    if (++choices_.back().made < choices_.back().count) return true;
    choices_.pop_back();
  }
  return false;
}

Random::Random(std::uint64_t seed) {
  for (std::uint64_t& word : state_) {  // SplitMix64: similar seeds give unlike states
    seed += 0x9e3779b97f4a7c15U;
    std::uint64_t mixed = seed;
    mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
    word = mixed ^ (mixed >> 31U);
  }
}

std::uint64_t Random::next() {
  if (choices_ != nullptr) return 0;
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t shifted = state_[1] << 17U;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

std::uint64_t Random::below(std::uint64_t bound) {
  DSYS_ASSERT(bound > 0);
  if (choices_ != nullptr) return choices_->choose(bound);
  // Lemire's method: the high half of a product is uniform once the biased low part is refused.
  Wide product = Wide{next()} * bound;
  if (static_cast<std::uint64_t>(product) < bound) {
    const std::uint64_t refused_below = (0 - bound) % bound;
    while (static_cast<std::uint64_t>(product) < refused_below) product = Wide{next()} * bound;
  }
  return static_cast<std::uint64_t>(product >> 64U);
}

std::int64_t Random::between(std::int64_t low, std::int64_t high) {
  DSYS_ASSERT(low <= high);
  const auto width = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low) + 1;
  return low + static_cast<std::int64_t>(below(width));
}

Duration Random::between(Duration low, Duration high) {
  return std::chrono::microseconds{between(low / 1us, high / 1us)};
}

bool Random::chance(int percent) {
  if (choices_ != nullptr && percent > 0 && percent < 100) return choices_->choose(2) == 1;
  return percent > 0 && below(100) < static_cast<std::uint64_t>(percent);
}

Duration Random::exponential(Duration mean) {
  if (choices_ != nullptr) return mean;
  constexpr std::uint64_t ln2 = 2977044472U;  // ln 2 with 32 fractional bits
  const std::uint64_t log2 = negative_log2(next() | 1U);
  const Wide natural = (Wide{log2} * ln2) >> 32U;
  const Wide scaled = (natural * static_cast<std::uint64_t>(mean / 1us)) >> 32U;
  const auto drawn = std::chrono::microseconds{static_cast<std::int64_t>(scaled)};
  return std::min<Duration>(drawn, 20 * mean);
}

Random Random::fork(std::uint64_t purpose) const {
  return Random{hash_combine(state_[0] ^ state_[3], purpose)};
}

}  // namespace dsys
