// Random numbers that are the same with every compiler: a fixed generator (xoshiro256**, Blackman
// and Vigna) and our own uniform draws, because the standard's distributions differ between
// libraries.
#pragma once

#include "common/core/time.hpp"

#include <array>
#include <cstdint>

namespace dsys {

class Random {
 public:
  explicit Random(std::uint64_t seed);

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
};

}  // namespace dsys
