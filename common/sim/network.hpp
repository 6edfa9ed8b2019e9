// How messages travel: delay, loss, duplication and reordering for each ordered pair of nodes.
#pragma once

#include "common/core/random.hpp"
#include "common/core/time.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace dsys::sim {

struct Delay {
  enum class Kind : std::uint8_t { fixed, uniform, exponential };

  Kind kind = Kind::fixed;
  Duration low = 5ms;   // the value, the lower end, or the mean
  Duration high = 5ms;  // the upper end; used by uniform only

  static Delay fixed(Duration value) { return {Kind::fixed, value, value}; }
  static Delay uniform(Duration low, Duration high) { return {Kind::uniform, low, high}; }
  static Delay exponential(Duration mean) { return {Kind::exponential, mean, mean}; }

  Duration draw(Random& random) const;
  std::string describe() const;
};

// The settings of one link. Percentages are of messages.
struct Link {
  Delay delay = Delay::uniform(1ms, 10ms);
  int loss_percent = 0;
  int duplicate_percent = 0;
  int reorder_percent = 0;              // held back for up to ten times the usual delay
  Duration duplicate_spread = 50ms;     // the second copy comes up to this much later
  Duration extra{};                     // added to every delay
  std::vector<std::string> lost_types;  // if not empty, only these types are lost
  std::vector<std::string> held_types;  // if not empty, only these types are held
  bool held = false;                    // what arrives is kept until the link is released

  // One line for the head of a trace.
  std::string describe() const;
};

}  // namespace dsys::sim
