// Faults that are drawn from a seed.
#include "common/sim/fault.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dsys::sim {
namespace {

// Each has a remedy.
constexpr std::array<std::string_view, 7> random_words{"crash", "power-loss", "pause", "split",
                                                       "drop",  "slow",       "clock"};

// The fault and its remedy, both in words.
struct Drawn {
  std::string fault;
  std::string remedy;
};

Drawn draw_one(const std::string& kind, std::span<const std::string> nodes, Random& random) {
  const std::string& node = nodes[random.below(nodes.size())];
  const std::string& other = nodes[random.below(nodes.size())];
  if (kind == "crash" || kind == "power-loss") return {kind + " " + node, "restart " + node};
  if (kind == "pause") return {"pause " + node, "resume " + node};
  if (kind == "drop") {
    return {fmt::format("drop {}->{} 60%", node, other),
            fmt::format("drop {}->{} 0%", node, other)};
  }
  if (kind == "slow") {
    return {fmt::format("slow {}->{} 40ms", node, other),
            fmt::format("slow {}->{} 0ms", node, other)};
  }
  if (kind == "clock") {
    return {fmt::format("clock {} {}%", node, random.chance(50) ? 50 : 200),
            fmt::format("clock {} 100%", node)};
  }
  std::vector<std::string> shuffled(nodes.begin(), nodes.end());
  for (std::size_t i = shuffled.size(); i > 1; --i) {
    std::swap(shuffled[i - 1], shuffled[random.below(i)]);
  }
  if (shuffled.size() < 2) return {"isolate " + node, "heal"};
  const std::size_t cut = 1 + random.below(shuffled.size() - 1);
  const std::span<const std::string> all(shuffled);
  return {
      fmt::format("split {}|{}", fmt::join(all.first(cut), ","), fmt::join(all.subspan(cut), ",")),
      "heal"};
}

}  // namespace

std::span<const std::string_view> drawable_kinds() {
  return random_words;
}

std::vector<Step> draw_faults(const Fault& random_fault, std::span<const std::string> nodes,
                              Duration length, Random& random) {
  const Duration end = random_fault.duration > 0ns ? random_fault.duration : length / 2;
  std::vector<std::string> kinds = random_fault.types;
  if (kinds.empty()) kinds.assign(random_words.begin(), random_words.end());
  std::vector<Step> steps;
  for (int drawn = 0; drawn < random_fault.count; ++drawn) {
    const Time begin = random.between(Duration{0}, end);
    const Time remedy_at =
        std::min(end, begin + random.between(50ms, std::max<Duration>(51ms, end / 3)));
    const Drawn one = draw_one(kinds[random.below(kinds.size())], nodes, random);
    steps.push_back(parse_step(to_string(begin) + " " + one.fault));
    steps.push_back(parse_step(to_string(remedy_at) + " " + one.remedy));
  }
  std::stable_sort(steps.begin(), steps.end(), [](const Step& left, const Step& right) {
    return left.trigger.duration < right.trigger.duration;
  });
  return steps;
}

}  // namespace dsys::sim
