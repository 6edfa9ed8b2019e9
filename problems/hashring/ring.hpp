// A consistent-hash ring (Karger et al. 1997) with virtual nodes, weights, replicas (Dynamo's
// preference list) and bounded loads (Mirrokni et al. 2017), as a library without messages.
//
// Nodes and keys lie on one circle of 2^64 positions; a key belongs to the first point clockwise,
// at or after its own position. A join takes keys only from the successors of its new points, a
// leave gives keys only to the successors of the points that go.
//
// Members are sorted by name, points by (position, name, replica index), and lookups search the
// positions of the points. All of it depends only on the members, so two rings with equal members
// are equal, whatever happened before (HR-S1).
//
// Left out: agreement on the membership, and moving what is stored (README.md, design).
#pragma once

#include "problems/hashring/rules.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dsys::hashring {

// A member is refused above this: each unit of weight costs `virtual_nodes` points.
inline constexpr std::uint32_t max_weight = 1'000;

// A name that is not empty and a weight in [1, max_weight].
bool is_valid(const Member& member);

// All processes of a cluster must have the same, or they see different rings.
struct RingConfig {
  std::uint32_t virtual_nodes = 160;  // points per unit of weight; 160 as in ketama and nginx
  std::uint64_t hash_seed = 0;
  std::map<std::string, Position, std::less<>> pinned;  // instead of a hash, for labels and keys
};
DSYS_DESCRIBE(RingConfig, virtual_nodes, hash_seed, pinned)

// Some of a member's points: [first, first + count), as far as it has them.
struct ReplicaRange {
  std::uint32_t first = 0;
  std::uint32_t count = std::numeric_limits<std::uint32_t>::max();
};

class Ring {
 public:
  explicit Ring(RingConfig config = {}, const Rules* rules = &reference_rules);

  // --- Membership ---

  // False, and nothing changes, if the member is invalid or its name is taken. A join in parts of
  // that name is overtaken. To change a weight, remove and add: the points in common come back.
  bool add(const Member& member);
  bool add(std::string_view name, std::uint32_t weight = 1);

  // A join in parts, as it arrives over a network: the member is listed at once and owns nothing
  // until `publish`. A part may come twice. False if the member is invalid, or is listed already
  // and not with the same join.
  bool stage(const Member& member, ReplicaRange range);

  // The join is complete: the points of the member count from now on, also those that a crash took
  // before they were published. False if no join of that name is under way.
  bool publish(std::string_view name);

  // False if there is no such member; a join under way is given up.
  bool remove(std::string_view name);

  // --- Lookup ---

  // None on an empty ring. The view is good until the ring changes.
  std::optional<std::string_view> owner(std::string_view key) const;

  // The preference list: the owner, then the next distinct nodes clockwise; min(count, nodes).
  std::vector<NodeName> replicas(std::string_view key, std::size_t count) const;

  // Where a key lies, or the point with this label.
  Position position(std::string_view text) const;

  // The place in `points()` where a walk clockwise from the key begins.
  std::optional<std::size_t> successor(std::string_view key) const;

  // --- What it is made of ---

  // Also those whose join is under way.
  std::span<const Member> members() const { return members_; }
  const Member* find(std::string_view name) const;  // null if it is not listed
  const Member& member(NodeIndex node) const { return members_[static_cast<std::size_t>(node)]; }
  std::span<const Point> points() const { return lists_.published; }
  std::uint64_t total_weight() const { return total_weight_; }  // without joins under way
  const Rules& rules() const { return *rules_; }

  // All that it is made of, as bytes: see common/core/encode.hpp.
  void encode_to(std::string& out) const;

  bool operator==(const Ring&) const = default;

 private:
  std::size_t rank(std::string_view name) const;
  NodeIndex index_of(const Member& listed) const;
  bool is_joining(const Member& member) const;
  NodeIndex enrol(const Member& member);
  void stage_points(NodeIndex node, ReplicaRange range);
  void index_points();

  RingConfig config_;
  const Rules* rules_;
  std::vector<Member> members_;    // sorted by name: a NodeIndex counts from its begin
  std::vector<NodeName> joining_;  // those of them whose points are still arriving
  PointLists lists_;

  // Derived from the above. Lookups search the bare positions, eight to a cache line.
  std::vector<Position> positions_;
  std::uint64_t total_weight_ = 0;
};

// --- Bounded loads ---

// Counts what each node carries and sends a key past the nodes that are full, so that no hot key
// drowns its owner. After m assignments without departures no node has more than ceil(c * m / n).
// The cost: a key is no longer on one node for certain, so a cache may miss once per node.
struct BoundedLoads {
  std::uint32_t percent = 125;  // the factor c; below 100 a key may find every node full
  std::map<NodeName, std::uint64_t, std::less<>> loads;
  std::uint64_t assigned = 0;  // the sum of the loads

  // The first node clockwise with room; it carries one more from now on. None on an empty ring.
  std::optional<NodeName> assign(const Ring& ring, std::string_view key);

  // One assignment is over. False if the node carries nothing.
  bool release(std::string_view node);

  // The node left, and what it carried ended with it.
  void forget(std::string_view node);

  std::uint64_t load(std::string_view node) const;
};
DSYS_DESCRIBE(BoundedLoads, percent, loads, assigned)

}  // namespace dsys::hashring
