#include "common/sim/network.hpp"

#include <fmt/format.h>

namespace dsys::sim {

Duration Delay::draw(Random& random) const {
  switch (kind) {
    case Kind::fixed:
      return low;
    case Kind::uniform:
      return random.between(low, high);
    case Kind::exponential:
      return random.exponential(low);
  }
  return low;
}

std::string Delay::describe() const {
  switch (kind) {
    case Kind::fixed:
      return to_string(low);
    case Kind::uniform:
      return to_string(low) + " to " + to_string(high);
    case Kind::exponential:
      return to_string(low) + " on average (exponential)";
  }
  return {};
}

std::string Link::describe() const {
  std::string text = "messages take " + delay.describe();
  if (loss_percent > 0) text += fmt::format(", {}% are lost", loss_percent);
  if (duplicate_percent > 0) text += fmt::format(", {}% arrive twice", duplicate_percent);
  if (reorder_percent > 0) text += fmt::format(", {}% are held back", reorder_percent);
  return text;
}

}  // namespace dsys::sim
