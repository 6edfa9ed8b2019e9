#include "problems/hashring/properties/oracle.hpp"

#include <algorithm>
#include <cstdint>
#include <tuple>
#include <utility>

namespace dsys::hashring {

namespace {

constexpr std::size_t small_list_max = 1'000;  // keys; of longer lists only the whole is known

void put_in_order(std::vector<PlacedPoint>& points) {
  std::sort(points.begin(), points.end(), [](const PlacedPoint& left, const PlacedPoint& right) {
    return std::tie(left.position, left.node) < std::tie(right.position, right.node);
  });
}

}  // namespace

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

std::optional<std::string_view> Circle::owner(std::uint64_t position) const {
  if (points.empty()) return std::nullopt;
  return points[successor(position)].node;
}

std::vector<std::string_view> Circle::walk(std::uint64_t position, std::size_t most) const {
  std::vector<std::string_view> met;
  const std::size_t start = points.empty() ? 0 : successor(position);
  for (std::size_t step = 0; step < points.size() && met.size() < most; ++step) {
    const std::string_view node = points[(start + step) % points.size()].node;
    if (std::find(met.begin(), met.end(), node) == met.end()) met.push_back(node);
  }
  return met;
}

void Oracle::observe(const Event& event) {
  seen.observe(event);
  if (is_crash(event)) told_.erase(event.node);
  if (const auto* const given = output_of<Given>(event)) {
    for (const Pin& pin : given->setup.pins) pins_[given->node].emplace(pin.text, pin.position);
  }
  if (event.message == nullptr) return;
  const auto [asked, told] = seen.asked.answered<Positions, PositionsReply>(event);
  if (asked != nullptr && told->positions.size() == size_of(asked->keys)) {
    Told& all = told_[event.node];
    all.lists.emplace_back(asked->keys, told->positions);
    std::size_t place = 0;
    if (told->positions.size() <= small_list_max) {
      for_each_key(asked->keys, [&, &positions = told->positions](std::string_view key) {
        all.positions.emplace(key, positions[place++]);
      });
    }
  }
  if (const auto* const reply = answer_of<PointsReply>(event)) learn(event.node, *reply);
}

void Oracle::learn(NodeId node, const PointsReply& reply) {
  const RingSeen& ring = seen.of(node);
  if (!ring.is_whole()) return;
  Told& told = told_[node];
  told.circle.points = reply.points;
  put_in_order(told.circle.points);
  told.changes = ring.changes.size();
  std::map<std::string_view, Points> by_name;
  for (const PlacedPoint& point : told.circle.points) by_name[point.node].push_back(point.position);
  for (auto& [name, points] : by_name) {
    const std::size_t count = points.size();
    told.points.insert_or_assign({std::string(name), count}, std::move(points));
  }
}

const Circle* Oracle::circle_of(NodeId node) {
  const RingSeen& ring = seen.of(node);
  if (!ring.is_settled()) return nullptr;
  Told& told = told_[node];
  if (told.changes == ring.changes.size()) return &told.circle;
  std::optional<Circle> made = made_of_parts(node);
  if (!made) return nullptr;
  told.circle = *std::move(made);
  told.changes = ring.changes.size();
  return &told.circle;
}

std::optional<Circle> Oracle::made_of_parts(NodeId node) const {
  const auto ring = seen.rings.find(node);
  const auto setup = seen.setups.find(node);
  if (ring == seen.rings.end() || setup == seen.setups.end()) return std::nullopt;
  Circle circle;
  for (const auto& [name, weight] : ring->second.members) {
    const auto points = points_of(node, name, std::size_t{setup->second.virtual_nodes} * weight);
    if (!points) return std::nullopt;
    for (const std::uint64_t position : *points) circle.points.push_back({position, name});
  }
  put_in_order(circle.points);
  return circle;
}

std::optional<Oracle::Points> Oracle::points_of(NodeId node, const std::string& name,
                                                std::size_t count) const {
  const auto told = told_.find(node);
  if (told != told_.end()) {
    const auto known = told->second.points.find({name, count});
    if (known != told->second.points.end()) return known->second;
  }
  const auto pins = pins_.find(node);
  if (pins == pins_.end()) return std::nullopt;
  Points points;
  for (std::size_t i = 0; i < count; ++i) {
    const auto pin = pins->second.find(name + "#" + std::to_string(i));
    if (pin == pins->second.end()) return std::nullopt;
    points.push_back(pin->second);
  }
  return points;
}

std::optional<std::uint64_t> Oracle::position_of(NodeId node, std::string_view key) const {
  const auto pins = pins_.find(node);
  if (pins != pins_.end()) {
    const auto pin = pins->second.find(key);
    if (pin != pins->second.end()) return pin->second;
  }
  const auto told = told_.find(node);
  if (told == told_.end()) return std::nullopt;
  const auto known = told->second.positions.find(key);
  return known == told->second.positions.end() ? std::nullopt : std::optional(known->second);
}

std::optional<std::vector<std::uint64_t>> Oracle::positions_of(NodeId node,
                                                               const Keys& keys) const {
  const auto told = told_.find(node);
  if (told != told_.end()) {
    for (const auto& [known, positions] : told->second.lists) {
      if (known == keys) return positions;
    }
  }
  if (size_of(keys) > small_list_max) return std::nullopt;
  std::vector<std::uint64_t> positions;
  for_each_key(keys, [&](std::string_view key) {
    if (const auto position = position_of(node, key)) positions.push_back(*position);
  });
  if (positions.size() != size_of(keys)) return std::nullopt;
  return positions;
}

}  // namespace dsys::hashring
