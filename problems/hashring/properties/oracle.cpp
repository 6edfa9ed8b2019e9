#include "problems/hashring/properties/oracle.hpp"

#include <algorithm>
#include <cstdint>

namespace dsys::hashring {

const std::vector<std::uint64_t>* Circle::positions_of(const Keys& keys) const {
  for (const auto& [known, told] : positions) {
    if (known == keys) return &told;
  }
  return nullptr;
}

std::size_t Circle::successor(std::uint64_t position) const {
  const auto found = std::lower_bound(
      points.begin(), points.end(), position,
      [](const PlacedPoint& point, std::uint64_t wanted) { return point.position < wanted; });
  return found == points.end() ? 0 : static_cast<std::size_t>(found - points.begin());
}

std::vector<std::string_view> Circle::owners_at(std::uint64_t position) const {
  std::vector<std::string_view> owners;
  const std::size_t first = successor(position);
  for (std::size_t i = first; i < points.size(); ++i) {
    if (points[i].position != points[first].position) break;
    owners.push_back(points[i].node);
  }
  return owners;
}

bool Circle::may_own(std::uint64_t position, std::string_view node) const {
  const std::size_t first = successor(position);
  for (std::size_t i = first; i < points.size(); ++i) {
    if (points[i].position != points[first].position) break;
    if (points[i].node == node) return true;
  }
  return false;
}

bool Circle::has_point(std::uint64_t position, std::string_view node) const {
  if (points.empty()) return false;
  return points[successor(position)].position == position && may_own(position, node);
}

void Oracle::observe(const Event& event) {
  seen.observe(event);
  if (is_crash(event)) circles.erase(event.node);
  const auto [asked, told] = seen.asked.answered<Positions, PositionsReply>(event);
  if (asked != nullptr) circles[event.node].positions.emplace_back(asked->keys, told->positions);
  const auto* const reply = answer_of<PointsReply>(event);
  const RingSeen& ring = seen.of(event.node);
  if (reply == nullptr || !ring.is_whole()) return;
  Circle& circle = circles[event.node];
  circle.points = reply->points;
  circle.changes = ring.changes.size();
  std::stable_sort(circle.points.begin(), circle.points.end(),
                   [](const PlacedPoint& left, const PlacedPoint& right) {
                     return left.position < right.position;
                   });
}

const Circle* Oracle::circle_of(NodeId node) {
  const auto found = circles.find(node);
  const RingSeen& ring = seen.of(node);
  const bool is_current =
      found != circles.end() && ring.is_settled && found->second.changes == ring.changes.size();
  return is_current ? &found->second : nullptr;
}

}  // namespace dsys::hashring
