// Random numbers that are the same with every compiler: a fixed generator (xoshiro256**, Blackman
// and Vigna) and our own uniform draws, because the standard's distributions differ between
// libraries.
#pragma once

#include "common/core/time.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace dsys {

// The draws of one handler call, to be made in every way there is instead of by chance: choice
// after choice, like a counter whose last digit turns fastest. A draw among more than `most`
// values is taken for a duration, and always gives the first.
class Choices {
 public:
  static constexpr std::uint64_t most = 16;

  std::uint64_t choose(std::uint64_t count);

  // The same way once more, for another call.
  void rewind() { next_ = 0; }

  // The next way, for another call; false if all ways were made.
  bool advance();

 private:
  struct Choice {
    std::uint64_t made = 0;
    std::uint64_t count = 0;
  };
  std::vector<Choice> choices_;
  std::size_t next_ = 0;
};

class Random {
 public:
  explicit Random(std::uint64_t seed);

  // Draws nothing: asks `choices`, which must outlive it.
  explicit Random(Choices& choices) : choices_(&choices) {}

  std::uint64_t next();

  // Uniform in [0, bound); bound must not be 0.
  std::uint64_t below(std::uint64_t bound);

  // Uniform in [low, high], both included.
  std::int64_t between(std::int64_t low, std::int64_t high);

  // Uniform in [low, high] in steps of a microsecond.
  Duration between(Duration low, Duration high);

  // True in `percent` of 100 draws.
  bool chance(int percent);

  // Exponentially distributed with the given mean, in microseconds, cut off at 20 times the mean.
  // Computed in integers, since std::log differs in its last bit between libraries.
  Duration exponential(Duration mean);

  // An independent stream for the given purpose: draws from it do not disturb this one.
  Random fork(std::uint64_t purpose) const;

  bool operator==(const Random&) const = default;

 private:
  std::array<std::uint64_t, 4> state_{};
  Choices* choices_ = nullptr;
};

}  // namespace dsys
