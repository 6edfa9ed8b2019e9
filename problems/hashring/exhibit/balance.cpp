#include "problems/hashring/exhibit/balance.hpp"

#include <algorithm>
#include <cmath>

namespace dsys::hashring {

Balance balance_of(std::span<const std::uint64_t> amounts) {
  double sum = 0;  // arcs add up to 2^64, which no integer type of the language holds
  double largest = 0;
  for (const std::uint64_t amount : amounts) {
    sum += static_cast<double>(amount);
    largest = std::max(largest, static_cast<double>(amount));
  }
  if (sum == 0) return {};
  const double mean = sum / static_cast<double>(amounts.size());
  double variance = 0;
  for (const std::uint64_t amount : amounts) {
    const double distance = static_cast<double>(amount) / mean - 1;
    variance += distance * distance / static_cast<double>(amounts.size());
  }
  return {.relative_deviation = std::sqrt(variance), .max_over_mean = largest / mean};
}

Balance balance_of(std::span<const Share> shares) {
  std::vector<std::uint64_t> arcs;
  for (const Share& share : shares) arcs.push_back(share.arc);
  return balance_of(arcs);
}

double expected_deviation(std::uint64_t nodes, std::uint64_t virtual_nodes) {
  if (nodes == 0) return 0;
  const auto all_points = static_cast<double>(nodes * virtual_nodes);
  return std::sqrt(static_cast<double>(nodes - 1) / (all_points + 1));
}

std::vector<std::uint64_t> keys_per_member(std::span<const Member> members,
                                           std::span<const NodeName> owners) {
  std::map<NodeName, std::uint64_t> counts;
  for (const NodeName& owner : owners) ++counts[owner];
  std::vector<std::uint64_t> amounts;
  for (const Member& member : members) amounts.push_back(counts[member.name]);
  return amounts;
}

double Movement::fraction() const {
  return keys == 0 ? 0 : static_cast<double>(moved) / static_cast<double>(keys);
}

Movement movement(std::span<const NodeName> before, std::span<const NodeName> after) {
  Movement result{.keys = std::min(before.size(), after.size()), .moved = 0, .routes = {}};
  for (std::size_t key = 0; key < result.keys; ++key) {
    if (before[key] == after[key]) continue;
    ++result.moved;
    ++result.routes[{.from = before[key], .to = after[key]}];
  }
  return result;
}

}  // namespace dsys::hashring
