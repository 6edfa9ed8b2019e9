// Finds owners by the definition, in the points and positions that a node tells of itself: whatever
// its hash function, its lookups must agree with them. Included by the properties only.
#pragma once

#include "problems/hashring/properties/judges.hpp"

#include <cstdint>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

namespace dsys::hashring {

// What one process of a node told of its circle.
struct Circle {
  std::vector<PlacedPoint> points;  // sorted by position
  std::size_t changes = 0;          // how many the node had had when it told the points
  std::vector<std::pair<Keys, std::vector<std::uint64_t>>> positions;

  // Null if the node was not asked for these.
  const std::vector<std::uint64_t>* positions_of(const Keys& keys) const;

  // The place of the first point at or after the position, else 0. There must be a point.
  std::size_t successor(std::uint64_t position) const;

  // The nodes with a point at the successor's position. HR-S6 says which of them owns it.
  std::vector<std::string_view> owners_at(std::uint64_t position) const;
  bool may_own(std::uint64_t position, std::string_view node) const;

  bool has_point(std::uint64_t position, std::string_view node) const;
};

struct Oracle {
  RingsSeen seen;
  std::map<NodeId, Circle> circles;

  void observe(const Event& event);

  // Null if the points were last told before the latest change. During a join in parts it is the
  // circle before the join.
  const Circle* circle_of(NodeId node);
};

}  // namespace dsys::hashring
