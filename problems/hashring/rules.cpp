#include "problems/hashring/rules.hpp"

#include "common/core/hash.hpp"

#include <algorithm>
#include <iterator>
#include <string>

namespace dsys::hashring {

// With seed 0 this is `hash_text`, the function that the task publishes.
Position mixed_hash(std::string_view text, std::uint64_t seed) {
  return mix(fnv1a(text) ^ seed);
}

std::uint32_t points_by_weight(std::uint32_t virtual_nodes, std::uint32_t weight) {
  return virtual_nodes * weight;
}

std::string label_of_name(const Member& member, std::uint32_t replica_index) {
  return member.name + "#" + std::to_string(replica_index);
}

void stage_apart(PointLists& lists, std::span<const Point> arrived) {
  lists.staged.insert(lists.staged.end(), arrived.begin(), arrived.end());
}

void publish_in_order(PointLists& lists, NodeIndex joined) {
  std::vector<Point>& points = lists.published;
  const auto seam = static_cast<std::ptrdiff_t>(points.size());
  std::copy_if(lists.staged.begin(), lists.staged.end(), std::back_inserter(points),
               [joined](const Point& point) { return point.node == joined; });
  remove_points_of(lists.staged, joined);
  std::sort(points.begin() + seam, points.end());
  points.erase(std::unique(points.begin() + seam, points.end()), points.end());
  std::inplace_merge(points.begin(), points.begin() + seam, points.end());
}

void remove_points_of(std::vector<Point>& points, NodeIndex leaving) {
  std::erase_if(points, [leaving](const Point& point) { return point.node == leaving; });
}

// A binary search whose step is a choice between two values, for which compilers need no branch.
// Keys are random, so a branch would be mispredicted every second time.
std::optional<std::size_t> first_at_or_after(std::span<const Position> sorted, Position position) {
  if (sorted.empty()) return std::nullopt;
  const Position* first = sorted.data();
  for (std::size_t left = sorted.size(); left > 1;) {
    const std::size_t half = left / 2;
    first = first[half - 1] < position ? first + half : first;
    left -= half;
  }
  const bool past_the_last_point = *first < position;
  return past_the_last_point ? 0 : static_cast<std::size_t>(first - sorted.data());
}

bool holds_no_copy_yet(std::span<const NodeIndex> chosen, NodeIndex candidate) {
  return std::find(chosen.begin(), chosen.end(), candidate) == chosen.end();
}

std::uint64_t bounded_capacity(const LoadShare& share) {
  const std::uint64_t dividend = share.percent * share.assigned * share.weight;
  const std::uint64_t divisor = 100 * share.total_weight;
  return (dividend + divisor - 1) / divisor;
}

bool is_owner_by_same_ring(const WriteClaim& claim) {
  return claim.is_owner && claim.client_version == claim.own_version;
}

}  // namespace dsys::hashring
