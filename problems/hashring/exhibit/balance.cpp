#include "problems/hashring/exhibit/balance.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace dsys::hashring {
namespace {

constexpr std::uint64_t whole_circle = std::numeric_limits<std::uint64_t>::max();

}  // namespace

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

double Share::fraction() const {
  return static_cast<double>(arc) * 0x1p-64;
}

std::vector<Share> shares_of(const Ring& ring) {
  std::vector<Share> shares;
  for (const Member& each : ring.members()) shares.push_back({.node = each.name, .arc = 0});
  std::vector<Position> positions;
  for (const Point& point : ring.points()) positions.push_back(point.position);
  const std::vector<std::uint64_t> arcs = arcs_of(positions);
  for (std::size_t i = 0; i < arcs.size(); ++i) {
    add_arc(shares[static_cast<std::size_t>(ring.points()[i].node)].arc, arcs[i]);
  }
  return shares;
}

// The first point's arc crosses 0, where unsigned subtraction wraps just as the circle does.
std::vector<std::uint64_t> arcs_of(std::span<const Position> sorted) {
  std::vector<std::uint64_t> arcs;
  if (sorted.empty()) return arcs;
  Position previous = sorted.back();
  for (const Position position : sorted) {
    arcs.push_back(position - std::exchange(previous, position));
  }
  const bool is_one_place = sorted.front() == sorted.back();
  if (is_one_place) arcs.front() = whole_circle;
  return arcs;
}

void add_arc(std::uint64_t& sum, std::uint64_t arc) {
  sum = arc > whole_circle - sum ? whole_circle : sum + arc;
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
