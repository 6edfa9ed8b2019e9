#include "common/search/exploration.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <vector>

namespace dsys::search {

std::string bounds_text(const std::vector<TimerBound>& timers, const FaultBounds& faults,
                        std::uint32_t depth, const std::vector<NodeId>& symmetric) {
  std::vector<std::string> parts;
  parts.reserve(timers.size());
  for (const TimerBound& one : timers) {
    parts.push_back(fmt::format("{} {}{}", one.most, one.type, one.early ? " at any moment" : ""));
  }
  const auto add = [&](unsigned count, std::string_view one, std::string_view many) {
    if (count > 0) parts.push_back(fmt::format("{} {}", count, count == 1 ? one : many));
  };
  add(faults.crashes, "crash", "crashes");
  add(faults.power_losses, "power loss", "power losses");
  add(faults.losses, "lost message", "lost messages");
  add(faults.duplicates, "duplicate", "duplicates");
  add(faults.waits, "long wait", "long waits");
  std::string text = fmt::format("at most {}", fmt::join(parts, ", "));
  if (depth != UINT32_MAX) text += fmt::format("; {} steps", depth);
  if (!symmetric.empty()) text += fmt::format("; {} alike", fmt::join(symmetric, ", "));
  return text;
}

}  // namespace dsys::search
