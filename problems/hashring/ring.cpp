#include "problems/hashring/ring.hpp"

#include "common/core/assert.hpp"
#include "common/core/encode.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace dsys::hashring {
namespace {

// A name that enters or goes shifts the ranks of all names behind it.
void shift_ranks(std::vector<Point>& points, NodeIndex from, std::uint32_t distance) {
  for (Point& point : points) {
    const auto rank = static_cast<std::uint32_t>(point.node);
    if (point.node >= from) point.node = static_cast<NodeIndex>(rank + distance);
  }
}

bool owns_none(const std::vector<Point>& points, NodeIndex node) {
  return std::none_of(points.begin(), points.end(),
                      [node](const Point& point) { return point.node == node; });
}

constexpr std::uint32_t up = 1;
constexpr std::uint32_t down = std::numeric_limits<std::uint32_t>::max();  // minus one, unsigned

}  // namespace

bool is_valid(const Member& member) {
  return !member.name.empty() && member.weight >= 1 && member.weight <= max_weight;
}

Ring::Ring(RingConfig config, const Rules* rules) : config_(std::move(config)), rules_(rules) {}

// --- Membership ---

bool Ring::add(const Member& member) {
  const Member* const listed = find(member.name);
  const bool is_member = listed != nullptr && !is_joining(*listed);
  if (!is_valid(member) || is_member) return false;
  remove(member.name);  // a join in parts that was under way is overtaken
  const NodeIndex joined = enrol(member);
  stage_points(joined, {});
  rules_->publish(lists_, joined);
  index_points();
  return true;
}

bool Ring::add(std::string_view name, std::uint32_t weight) {
  return add(Member{.name = NodeName(name), .weight = weight, .address = {}});
}

bool Ring::stage(const Member& member, ReplicaRange range) {
  const Member* const listed = find(member.name);
  const bool goes_on = listed != nullptr && is_joining(*listed) && *listed == member;
  const bool begins = listed == nullptr && is_valid(member);
  if (!goes_on && !begins) return false;
  if (begins) joining_.push_back(member.name);
  stage_points(begins ? enrol(member) : index_of(*listed), range);
  index_points();
  return true;
}

bool Ring::publish(std::string_view name) {
  const bool was_joining = std::erase(joining_, name) > 0;
  if (!was_joining) return false;
  const NodeIndex joined = index_of(*find(name));
  stage_points(joined, {});  // those that never arrived: a member has all of its points
  rules_->publish(lists_, joined);
  index_points();
  return true;
}

bool Ring::remove(std::string_view name) {
  const Member* const listed = find(name);
  if (listed == nullptr) return false;
  const bool was_joining = std::erase(joining_, name) > 0;
  const NodeIndex leaving = index_of(*listed);
  rules_->remove(lists_.published, leaving);
  DSYS_INVARIANT(owns_none(lists_.published, leaving));  // its rank goes to the next name
  remove_points_of(lists_.staged, leaving);
  members_.erase(members_.begin() + static_cast<std::ptrdiff_t>(leaving));
  shift_ranks(lists_.published, leaving, down);
  shift_ranks(lists_.staged, leaving, down);
  index_points();
  return !was_joining;
}

// --- Lookup ---

std::optional<std::string_view> Ring::owner(std::string_view key) const {
  const std::optional<std::size_t> found = successor(key);
  if (!found) return std::nullopt;
  return member(lists_.published[*found].node).name;
}

std::vector<NodeName> Ring::replicas(std::string_view key, std::size_t count) const {
  const std::optional<std::size_t> start = successor(key);
  if (!start) return {};
  const std::vector<Point>& points = lists_.published;
  std::vector<NodeIndex> chosen;
  for (std::size_t step = 0; step < points.size() && chosen.size() < count; ++step) {
    const NodeIndex candidate = points[(*start + step) % points.size()].node;
    if (rules_->may_hold_copy(chosen, candidate)) chosen.push_back(candidate);
  }
  std::vector<NodeName> names;
  names.reserve(chosen.size());
  for (const NodeIndex node : chosen) names.push_back(member(node).name);
  return names;
}

Position Ring::position(std::string_view text) const {
  if (!config_.pinned.empty()) {
    const auto pin = config_.pinned.find(text);
    if (pin != config_.pinned.end()) return pin->second;
  }
  return rules_->hash(text, config_.hash_seed);
}

std::optional<std::size_t> Ring::successor(std::string_view key) const {
  return rules_->successor(positions_, position(key));
}

// --- Bookkeeping ---

// Where the name is among the members, or where it would be.
std::size_t Ring::rank(std::string_view name) const {
  const auto found = std::lower_bound(
      members_.begin(), members_.end(), name,
      [](const Member& each, std::string_view wanted) { return each.name < wanted; });
  return static_cast<std::size_t>(found - members_.begin());
}

const Member* Ring::find(std::string_view name) const {
  const std::size_t place = rank(name);
  const bool is_listed = place < members_.size() && members_[place].name == name;
  return is_listed ? &members_[place] : nullptr;
}

NodeIndex Ring::index_of(const Member& listed) const {
  return static_cast<NodeIndex>(static_cast<std::uint32_t>(&listed - members_.data()));
}

bool Ring::is_joining(const Member& member) const {
  return std::find(joining_.begin(), joining_.end(), member.name) != joining_.end();
}

NodeIndex Ring::enrol(const Member& member) {
  const std::size_t place = rank(member.name);
  const auto index = static_cast<NodeIndex>(static_cast<std::uint32_t>(place));
  shift_ranks(lists_.published, index, up);
  shift_ranks(lists_.staged, index, up);
  members_.insert(members_.begin() + static_cast<std::ptrdiff_t>(place), member);
  return index;
}

// Takes from the range what the weight allows.
void Ring::stage_points(NodeIndex node, ReplicaRange range) {
  const Member& joining = member(node);
  const std::uint32_t allowed = rules_->point_count(config_.virtual_nodes, joining.weight);
  const std::uint32_t first = std::min(range.first, allowed);
  const std::uint32_t end = first + std::min(range.count, allowed - first);
  std::vector<Point> arrived;
  for (std::uint32_t replica_index = first; replica_index < end; ++replica_index) {
    const Position place = position(rules_->label(joining, replica_index));
    arrived.push_back({.position = place, .node = node, .replica_index = replica_index});
  }
  rules_->stage(lists_, arrived);
}

// Called whenever a rule was given the lists.
void Ring::index_points() {
  positions_.clear();
  positions_.reserve(lists_.published.size());
  for (const Point& point : lists_.published) positions_.push_back(point.position);
  total_weight_ = 0;
  for (const Member& each : members_) total_weight_ += is_joining(each) ? 0 : each.weight;
}

void Ring::encode_to(std::string& out) const {
  encode(out, config_);
  encode(out, rules_);
  encode(out, members_);
  encode(out, joining_);
  encode(out, lists_);
}

// --- Bounded loads ---

std::optional<NodeName> BoundedLoads::assign(const Ring& ring, std::string_view key) {
  const std::optional<std::size_t> start = ring.successor(key);
  if (!start) return std::nullopt;
  const std::span<const Point> points = ring.points();
  for (std::size_t step = 0; step < points.size(); ++step) {
    const Member& candidate = ring.member(points[(*start + step) % points.size()].node);
    const std::uint64_t capacity = ring.rules().capacity({.assigned = assigned + 1,
                                                          .percent = percent,
                                                          .weight = candidate.weight,
                                                          .total_weight = ring.total_weight()});
    if (load(candidate.name) >= capacity) continue;
    ++loads[candidate.name];
    ++assigned;
    return candidate.name;
  }
  return std::nullopt;
}

bool BoundedLoads::release(std::string_view node) {
  const auto found = loads.find(node);
  if (found == loads.end()) return false;
  --assigned;
  if (--found->second == 0) loads.erase(found);
  return true;
}

void BoundedLoads::forget(std::string_view node) {
  const auto found = loads.find(node);
  if (found == loads.end()) return;
  DSYS_INVARIANT(assigned >= found->second);
  assigned -= found->second;
  loads.erase(found);
}

std::uint64_t BoundedLoads::load(std::string_view node) const {
  const auto found = loads.find(node);
  return found == loads.end() ? 0 : found->second;
}

}  // namespace dsys::hashring
