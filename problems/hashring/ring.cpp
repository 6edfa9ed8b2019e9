#include "problems/hashring/ring.hpp"

#include "common/core/encode.hpp"

#include <algorithm>
#include <cassert>
#include <limits>
#include <utility>

namespace dsys::hashring {
namespace {

NodeIndex index_of(std::size_t rank) {
  return static_cast<NodeIndex>(static_cast<std::uint32_t>(rank));
}

// A name that enters or goes shifts the ranks of all names behind it.
void shift_ranks(std::vector<Point>& points, NodeIndex from, std::uint32_t distance) {
  for (Point& point : points) {
    const auto rank = static_cast<std::uint32_t>(point.node);
    if (point.node >= from) point.node = static_cast<NodeIndex>(rank + distance);
  }
}

[[maybe_unused]] bool owns_none(const std::vector<Point>& points, NodeIndex node) {
  return std::none_of(points.begin(), points.end(),
                      [node](const Point& point) { return point.node == node; });
}

constexpr std::uint32_t up = 1;
constexpr std::uint32_t down = std::numeric_limits<std::uint32_t>::max();  // minus one, unsigned

}  // namespace

bool is_valid(const Member& member) {
  return !member.name.empty() && member.weight >= 1 && member.weight <= max_weight;
}

double Share::fraction() const {
  return static_cast<double>(arc) * 0x1p-64;
}

Ring::Ring(RingConfig config, const Rules* rules) : config_(std::move(config)), rules_(rules) {}

// --- Membership ---

bool Ring::add(const Member& member) {
  if (!is_valid(member)) return false;
  if (is_member_at(rank(member.name), member.name)) return false;
  const std::uint32_t count = rules_->point_count(config_.virtual_nodes, member.weight);
  const NodeIndex joined = index_of(enrol(member));
  stage_points(joined, {.first = 0, .count = count});
  rules_->publish(lists_, joined);
  index_points();
  return true;
}

bool Ring::add(std::string_view name, std::uint32_t weight) {
  return add(Member{.name = NodeName(name), .weight = weight, .address = {}});
}

bool Ring::stage(const Member& member, ReplicaRange range) {
  if (!is_valid(member)) return false;
  const std::size_t place = rank(member.name);
  const bool known = is_member_at(place, member.name);
  if (known && members_[place] != member) return false;
  stage_points(index_of(known ? place : enrol(member)), range);
  index_points();
  return true;
}

bool Ring::publish(std::string_view name) {
  const std::size_t place = rank(name);
  if (!is_member_at(place, name)) return false;
  rules_->publish(lists_, index_of(place));
  index_points();
  return true;
}

bool Ring::remove(std::string_view name) {
  const std::size_t place = rank(name);
  if (!is_member_at(place, name)) return false;
  const NodeIndex leaving = index_of(place);
  rules_->remove(lists_.published, leaving);
  assert(owns_none(lists_.published, leaving));  // its rank goes to the next name
  remove_points_of(lists_.staged, leaving);
  members_.erase(members_.begin() + static_cast<std::ptrdiff_t>(place));
  shift_ranks(lists_.published, leaving, down);
  shift_ranks(lists_.staged, leaving, down);
  index_points();
  return true;
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

// --- Shares ---

std::vector<Share> Ring::shares() const {
  std::vector<Share> shares;
  shares.reserve(members_.size());
  for (const Member& each : members_) shares.push_back({.node = each.name, .arc = 0});
  if (positions_.empty()) return shares;
  // A point owns what lies behind it, back to the point before; the first one's arc crosses 0,
  // where unsigned subtraction wraps just as the circle does.
  Position previous = positions_.back();
  for (const Point& point : lists_.published) {
    shares[static_cast<std::size_t>(point.node)].arc += point.position - previous;
    previous = point.position;
  }
  // The arcs add up to 2^64. If each sum is 0, one wrapped: that of the node with the first arc.
  const bool sole_owner =
      std::all_of(shares.begin(), shares.end(), [](const Share& share) { return share.arc == 0; });
  const auto first = static_cast<std::size_t>(lists_.published.front().node);
  if (sole_owner) shares[first].arc = std::numeric_limits<std::uint64_t>::max();
  return shares;
}

// --- Bookkeeping ---

// Where the name is among the members, or where it would be.
std::size_t Ring::rank(std::string_view name) const {
  const auto found = std::lower_bound(
      members_.begin(), members_.end(), name,
      [](const Member& each, std::string_view wanted) { return each.name < wanted; });
  return static_cast<std::size_t>(found - members_.begin());
}

bool Ring::is_member_at(std::size_t rank, std::string_view name) const {
  return rank < members_.size() && members_[rank].name == name;
}

std::size_t Ring::enrol(const Member& member) {
  const std::size_t place = rank(member.name);
  shift_ranks(lists_.published, index_of(place), up);
  shift_ranks(lists_.staged, index_of(place), up);
  members_.insert(members_.begin() + static_cast<std::ptrdiff_t>(place), member);
  return place;
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

void Ring::encode_to(std::string& out) const {
  encode(out, config_);
  encode(out, rules_);
  encode(out, members_);
  encode(out, lists_);
}

void Ring::index_points() {
  positions_.clear();
  positions_.reserve(lists_.published.size());
  std::vector<bool> has_points(members_.size(), false);
  for (const Point& point : lists_.published) {
    positions_.push_back(point.position);
    has_points[static_cast<std::size_t>(point.node)] = true;
  }
  total_weight_ = 0;
  for (std::size_t place = 0; place < members_.size(); ++place) {
    if (has_points[place]) total_weight_ += members_[place].weight;
  }
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
  assigned -= found->second;
  loads.erase(found);
}

std::uint64_t BoundedLoads::load(std::string_view node) const {
  const auto found = loads.find(node);
  return found == loads.end() ? 0 : found->second;
}

// --- Publication ---

PublishedRing::PublishedRing(Ring ring)
    : current_(std::make_shared<const RingSnapshot>(
          RingSnapshot{.version = 0, .ring = std::move(ring)})) {}

std::shared_ptr<const RingSnapshot> PublishedRing::snapshot() const {
  const std::lock_guard<std::mutex> lock(pointer_mutex_);
  return current_;
}

void PublishedRing::change(const std::function<void(Ring&)>& edit) {
  const std::lock_guard<std::mutex> turn(writer_mutex_);
  RingSnapshot next = *snapshot();
  edit(next.ring);
  ++next.version;
  std::shared_ptr<const RingSnapshot> published =
      std::make_shared<const RingSnapshot>(std::move(next));
  const std::lock_guard<std::mutex> lock(pointer_mutex_);
  current_.swap(published);  // the old snapshot is freed after the lock, if no reader holds it
}

}  // namespace dsys::hashring
