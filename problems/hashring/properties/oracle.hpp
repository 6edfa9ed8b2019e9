// Finds owners by the definition, in the points and positions that a node tells of itself: whatever
// its hash function, its lookups must agree with them. Included by the properties only.
#pragma once

#include "problems/hashring/properties/judges.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dsys::hashring {

// The points of a node, whether it told them or they follow from what it told before.
struct Circle {
  std::vector<PlacedPoint> points;  // by position, then by name

  // The place of the first point at or after the position, else 0. There must be a point.
  std::size_t successor(std::uint64_t position) const;

  // The nodes with a point at the successor's position. HR-S6 says which of them owns it.
  std::vector<std::string_view> owners_at(std::uint64_t position) const;
  bool may_own(std::uint64_t position, std::string_view node) const;

  // The node to which the position belongs: the first by name of those. None on an empty circle.
  std::optional<std::string_view> owner(std::uint64_t position) const;

  // The different nodes in the order in which a walk from the position meets them, so many at most.
  std::vector<std::string_view> walk(std::uint64_t position, std::size_t most) const;

  bool has_point(std::uint64_t position, std::string_view node) const;
};

// A second ring for each node: made of the changes that it confirmed, and of the positions that it
// told, or that a pin gives. A crash leaves only the pins: HR-S11 and HR-S12 compare processes.
struct Oracle {
  RingsSeen seen;

  void observe(const Event& event);

  // Null if a member has points that were never told, or the members are in doubt. During a join in
  // parts it is the circle before the join.
  const Circle* circle_of(NodeId node);

  // Where the node puts these keys; none if it did not tell all of them.
  std::optional<std::vector<std::uint64_t>> positions_of(NodeId node, const Keys& keys) const;
  std::optional<std::uint64_t> position_of(NodeId node, std::string_view key) const;

 private:
  using Points = std::vector<std::uint64_t>;
  struct Told {
    std::map<std::pair<std::string, std::size_t>, Points> points;  // of a name, so many
    std::vector<std::pair<Keys, std::vector<std::uint64_t>>> lists;
    std::map<std::string, std::uint64_t, std::less<>> positions;  // of the keys of small lists
    Circle circle;
    std::optional<std::size_t> changes;  // how many the node had had when the circle was made
  };

  void learn(NodeId node, const PointsReply& reply);
  std::optional<Circle> made_of_parts(NodeId node) const;
  std::optional<Points> points_of(NodeId node, const std::string& name, std::size_t count) const;

  std::map<NodeId, Told> told_;
  std::map<NodeId, std::map<std::string, std::uint64_t, std::less<>>> pins_;
};

}  // namespace dsys::hashring
