// The decisions of a hash ring, one plain function each, and the table that names them.
//
// The ring itself (ring.hpp) is bookkeeping: it keeps lists and asks these functions. So a wrong
// ring is the right one with one row of the table replaced:
//   constexpr Rules no_wrap{.successor = &first_at_or_after_without_wrap};
#pragma once

#include "common/core/describe.hpp"

#include <boost/describe.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dsys::hashring {

using NodeName = std::string;

// A place on the circle of 2^64 positions. The circle closes: after the last comes 0.
using Position = std::uint64_t;

// A node's rank among the names of one ring. It changes when others join or leave, so it never
// leaves the ring it came from; what lasts is the name.
enum class NodeIndex : std::uint32_t {};

struct Member {
  NodeName name;             // stable: it decides the points
  std::uint32_t weight = 1;  // how many times the points of an ordinary node
  std::string address;       // where to connect; it may change at a restart, so it decides nothing
};
DSYS_DESCRIBE(Member, name, weight, address)

// A virtual node. The order is total (position, then name, then replica index) because an index
// is the rank of a name: points that fall on one position all stay, in an order that everyone
// agrees on (HR-S6).
struct Point {
  Position position = 0;
  NodeIndex node{};
  std::uint32_t replica_index = 0;  // which of the node's points: the i of `name#i`

  // NOLINTNEXTLINE(modernize-use-nullptr): version 14 misreads a defaulted <=>.
  auto operator<=>(const Point&) const = default;
};

// Lookups see `published` only; the points of an unfinished join wait in `staged`.
struct PointLists {
  std::vector<Point> published;  // sorted
  std::vector<Point> staged;     // in the order of arrival, perhaps with duplicates
};
DSYS_DESCRIBE(PointLists, published, staged)

// What decides how much one node may carry.
struct LoadShare {
  std::uint64_t assigned = 0;  // over all nodes, with the one that is being placed
  std::uint64_t percent = 0;   // the load factor c: 125 lets a node carry 1.25 times its share
  std::uint64_t weight = 1;
  std::uint64_t total_weight = 1;
};

// A write as it reaches a node: by which ring it was sent here, and what the node's own ring says.
struct WriteClaim {
  std::uint64_t client_version = 0;
  std::uint64_t own_version = 0;
  bool is_owner = false;
};

// --- The right decisions ---

Position mixed_hash(std::string_view text, std::uint64_t seed);
std::uint32_t points_by_weight(std::uint32_t virtual_nodes, std::uint32_t weight);
std::string label_of_name(const Member& member, std::uint32_t replica_index);
void stage_apart(PointLists& lists, std::span<const Point> arrived);
void publish_in_order(PointLists& lists, NodeIndex joined);
void remove_points_of(std::vector<Point>& points, NodeIndex leaving);
std::optional<std::size_t> first_at_or_after(std::span<const Position> sorted, Position position);
bool holds_no_copy_yet(std::span<const NodeIndex> chosen, NodeIndex candidate);
std::uint64_t bounded_capacity(const LoadShare& share);
bool is_owner_by_same_ring(const WriteClaim& claim);

// --- The table ---

struct Rules {
  // Where a label or a key lies: FNV-1a with a finaliser. FNV-1a alone leaves `name#1` and `name#2`
  // side by side, because a single multiplication mixes the last byte. The seed belongs to the
  // whole cluster: with another one in each process, no two agree. It is no defence against chosen
  // keys (SipHash is).
  Position (*hash)(std::string_view text, std::uint64_t seed) = &mixed_hash;
  // How many points a member has.
  std::uint32_t (*point_count)(std::uint32_t virtual_nodes,
                               std::uint32_t weight) = &points_by_weight;
  // The text whose hash is the position of a point: `name#i`, of the stable name, so that a node
  // that returns finds its old points (HR-S5).
  std::string (*label)(const Member& member, std::uint32_t replica_index) = &label_of_name;
  // Where arriving points of a join wait: out of sight of the lookups, which must never meet half a
  // join or an unsorted list.
  void (*stage)(PointLists& lists, std::span<const Point> arrived) = &stage_apart;
  // How they become visible: all points of the node at once, merged into the total order; one that
  // arrived twice counts once.
  void (*publish)(PointLists& lists, NodeIndex joined) = &publish_in_order;
  // Which points go when a node leaves: all of its own, and no neighbour's on the same position.
  void (*remove)(std::vector<Point>& points, NodeIndex leaving) = &remove_points_of;
  // Which point owns a position: the first at or after it (`>=`); past the last point the circle
  // closes, and the first one owns it. None only on an empty ring. O(log n).
  std::optional<std::size_t> (*successor)(std::span<const Position> sorted,
                                          Position position) = &first_at_or_after;
  // Whether a node met on the way clockwise may hold the next copy: not if it holds one already,
  // for both would die together (HR-S7).
  bool (*may_hold_copy)(std::span<const NodeIndex> chosen,
                        NodeIndex candidate) = &holds_no_copy_yet;
  // How much a node may carry before the next one is asked: ceil(c * m * weight / total weight),
  // which is ceil(c * m / n) for equal nodes (Mirrokni, Thorup, Zadimoghaddam 2017). For c >= 1 the
  // capacities add up to m or more, so someone has room.
  std::uint64_t (*capacity)(const LoadShare& share) = &bounded_capacity;
  // Whether a node takes a write: as the owner, and from who goes by the same ring. A client with
  // an older one would write where nobody reads; one with a newer one knows of a change that this
  // node has yet to hear of.
  bool (*takes_write)(const WriteClaim& claim) = &is_owner_by_same_ring;
};
BOOST_DESCRIBE_STRUCT(Rules, (),
                      (hash, point_count, label, stage, publish, remove, successor, may_hold_copy,
                       capacity, takes_write))

inline constexpr Rules reference_rules{};

}  // namespace dsys::hashring
