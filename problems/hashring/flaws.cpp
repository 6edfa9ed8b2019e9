// The mistakes of the question bank (2) and the classics (4). Chance is no accomplice here: each
// mistake shows in nearly every run of its scenario.
#include "problems/hashring/flaws.hpp"

#include "common/core/assert.hpp"
#include "common/core/hash.hpp"
#include "problems/hashring/node.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace dsys::hashring {
namespace {

using Found = std::optional<std::size_t>;
using Sorted = std::span<const Position>;

// --- The question bank ---

// `h % 2^32`: in Go and in C++ `^` is XOR and binds weaker than `%`.
constexpr Rules mod_xor{.name = "mod-xor", .hash = [](std::string_view text, std::uint64_t seed) {
                          return (mixed_hash(text, seed) % 2) ^ 32U;
                        }};

// 32 bits as in the bank, spread over the circle of 64.
constexpr Rules fnv_add{.name = "fnv-add", .hash = [](std::string_view text, std::uint64_t seed) {
                          std::uint32_t hash = 2166136261U ^ static_cast<std::uint32_t>(seed);
                          for (const char byte : text) {
                            hash *= 16777619U;
                            hash += static_cast<unsigned char>(byte);
                          }
                          return Position{hash} << 32U;
                        }};

constexpr Rules get_last{.name = "get-last", .successor = [](Sorted sorted, Position) -> Found {
                           if (sorted.empty()) return std::nullopt;
                           return sorted.size() - 1;
                         }};

// In Go the slice is cut at the hash, which panics. Where the hash happens to be a valid index, the
// loop behind it deletes every point that is left: that is what happens here.
constexpr Rules remove_by_hash{
    .name = "remove-by-hash",
    .remove = [](std::vector<Point>& points, NodeIndex) { points.clear(); }};

// A map from position to node: the later node takes the place of the earlier one.
void publish_over(PointLists& lists, NodeIndex joined) {
  std::set<Position> taken;
  for (const Point& point : lists.staged) {
    if (point.node == joined) taken.insert(point.position);
  }
  std::erase_if(lists.published,
                [&](const Point& point) { return taken.contains(point.position); });
  publish_in_order(lists, joined);
}
constexpr Rules overwrite{.name = "overwrite", .publish = &publish_over};

constexpr Rules no_vnodes{.name = "no-vnodes",
                          .point_count = [](std::uint32_t, std::uint32_t) { return 1U; }};

// --- The classics ---

constexpr Rules mod_n{.name = "mod-n", .successor = [](Sorted sorted, Position position) -> Found {
                        if (sorted.empty()) return std::nullopt;
                        return position % sorted.size();
                      }};

constexpr Rules no_wrap{.name = "no-wrap",
                        .successor = [](Sorted sorted, Position position) -> Found {
                          const bool is_past_all = sorted.empty() || sorted.back() < position;
                          if (is_past_all) return std::nullopt;
                          return first_at_or_after(sorted, position);
                        }};

constexpr Rules strict_greater{.name = "strict-greater",
                               .successor = [](Sorted sorted, Position position) {
                                 return first_at_or_after(sorted, position + 1);
                               }};

constexpr Rules weak_hash{
    .name = "weak-hash",
    .hash = [](std::string_view text, std::uint64_t seed) { return fnv1a(text) ^ seed; }};

constexpr Rules unstable_hash{.name = "unstable-hash",
                              .seed = [](std::uint64_t, Random& random) { return random.next(); }};

// Points sorted as signed numbers, the upper half first; keys compared unsigned. A key in the upper
// half lies beyond all points and wraps to the first one, the lowest of the upper half.
constexpr Rules signed_points{.name = "signed", .successor = [](Sorted sorted, Position position) {
                                constexpr Position upper_half = Position{1} << 63U;
                                return first_at_or_after(sorted, std::min(position, upper_half));
                              }};

// Sorted by position alone: of equal points the one that came first stands first.
void publish_by_arrival(PointLists& lists, NodeIndex joined) {
  for (const Point& arrived : lists.staged) {
    if (arrived.node != joined) continue;
    const auto behind_equals = std::upper_bound(
        lists.published.begin(), lists.published.end(), arrived.position,
        [](Position position, const Point& point) { return position < point.position; });
    lists.published.insert(behind_equals, arrived);
  }
  std::erase_if(lists.staged, [&](const Point& point) { return point.node == joined; });
}
constexpr Rules order_dependent{.name = "order-dependent", .publish = &publish_by_arrival};

void remove_positions_of(std::vector<Point>& points, NodeIndex leaving) {
  std::set<Position> positions;
  for (const Point& point : points) {
    if (point.node == leaving) positions.insert(point.position);
  }
  std::erase_if(points, [&](const Point& point) { return positions.contains(point.position); });
}
constexpr Rules remove_collision{.name = "remove-collision", .remove = &remove_positions_of};

constexpr Rules replica_same_node{
    .name = "replica-same-node",
    .may_hold_copy = [](std::span<const NodeIndex>, NodeIndex) { return true; }};

constexpr Rules unstable_label{.name = "unstable-label",
                               .label = [](const Member& member, std::uint32_t replica_index) {
                                 return member.address + "#" + std::to_string(replica_index);
                               }};

constexpr Rules hot_key{.name = "hot-key", .capacity = [](const LoadShare&) {
                          return std::numeric_limits<std::uint64_t>::max();
                        }};

constexpr Rules stale_view{.name = "stale-view",
                           .judge_write = [](const WriteClaim&) { return WriteVerdict::accept; }};

constexpr Rules unsorted_publish{.name = "unsorted-publish",
                                 .stage = [](PointLists& lists, std::span<const Point> arrived) {
                                   std::vector<Point>& points = lists.published;
                                   points.insert(points.end(), arrived.begin(), arrived.end());
                                 }};

sim::Implementation<RingProtocol> implementation_of(const Rules& rules) {
  return [&rules](NodeId /*self*/, const Setup& setup) {
    return factory_of<RingProtocol>(RingNode{.setup = setup, .rules = &rules});
  };
}

struct Story {
  std::string_view flaw;
  std::string_view story;
  std::vector<check::Exposure> exposures;
};

// In the order of flawed_rules().
const std::vector<Story> stories{
    {"ring.mod-xor",
     "`h % 2^32` is meant as a modulus, but `^` is XOR: every hash becomes 32 or 33, and the "
     "whole ring has two positions.",
     {{"HR-Q1", "bank-ring", 1}}},
    {"ring.fnv-add",
     "The hash that is called FNV-1a adds the byte after multiplying, so labels that differ at "
     "the end are neighbours on the circle.",
     {{"HR-Q1", "bank-ring", 1}}},
    {"ring.get-last",
     "The lookup falls into its own special case at once and returns the last server for every "
     "key.",
     {{"HR-S2", "bank-ring", 1}, {"HR-Q1", "bank-ring", 1}}},
    {"ring.remove-by-hash",
     "A leave uses the hash as an index: a panic, or, where it fits, every point that is left "
     "is deleted and no key has an owner.",
     {{"HR-S4", "leave-and-return", 1}}},
    {"ring.overwrite",
     "Positions are the keys of a map, so of two servers on one position the first vanishes.",
     {{"HR-S6", "collision", 1}}},
    {"ring.no-vnodes",
     "Each server has a single point, so the lengths of the arcs are left to luck.",
     {{"HR-Q1", "balance", 1}}},
    {"ring.mod-n",
     "The owner is the hash modulo the number of points, so a join gives nearly every key "
     "another owner.",
     {{"HR-S3", "join", 1}, {"HR-Q2", "join", 1}, {"HR-S2", "join", 1}}},
    {"ring.no-wrap",
     "The search ends at the last point, so keys past it have no owner.",
     {{"HR-S2", "edges", 1}, {"HR-S8", "edges", 1}}},
    {"ring.strict-greater",
     "The search asks for a point after the key instead of at or after it, so a key on a point "
     "goes to the next server.",
     {{"HR-S2", "edges", 1}}},
    {"ring.weak-hash",
     "FNV-1a without a finaliser puts server1#1 beside server1#2, so a hundred points are worth "
     "no more than a few.",
     {{"HR-Q1", "balance", 1}, {"HR-Q2", "join", 1}}},
    {"ring.unstable-hash",
     "The hash is seeded anew in each process, as Go's maps and Python's hash() are, so no two "
     "processes agree.",
     {{"HR-S1", "two-processes", 1}}},
    {"ring.signed",
     "Points are kept as signed numbers and keys compared as unsigned ones, so half of all keys "
     "wrap to one server.",
     {{"HR-S2", "bank-ring", 1}, {"HR-Q1", "bank-ring", 1}}},
    {"ring.order-dependent",
     "Of two servers on one position the one that joined first wins, and processes learn of "
     "joins in different orders.",
     {{"HR-S1", "collision", 1}, {"HR-S6", "collision", 1}}},
    {"ring.remove-collision",
     "A leave deletes by position alone and takes another server's point on the same position "
     "with it.",
     {{"HR-S6", "collision", 1}}},
    {"ring.replica-same-node",
     "Copies go to the next points instead of the next different servers, so one crash takes "
     "several copies.",
     {{"HR-S7", "replicas", 1}}},
    {"ring.unstable-label",
     "Points come from the server's address, which changes at a restart, so a server that "
     "returns is another one.",
     {{"HR-S5", "leave-and-return", 1}}},
    {"ring.hot-key",
     "Nothing bounds the load, so the owner of a hot key carries all of its requests.",
     {{"HR-S9", "hot-key", 1}}},
    {"ring.stale-view",
     "A node takes every write, whichever ring its sender goes by, so two clients write one key "
     "on two nodes.",
     {{"HR-S10", "stale-views", 1}}},
    {"ring.unsorted-publish",
     "The points of a join are appended to the list in which lookups search, before all are "
     "there and sorted.",
     {{"HR-S2", "join-in-parts", 1}}}};

}  // namespace

const std::vector<const Rules*>& flawed_rules() {
  static const std::vector<const Rules*> all{
      &mod_xor,        &fnv_add,       &get_last,        &remove_by_hash,   &overwrite,
      &no_vnodes,      &mod_n,         &no_wrap,         &strict_greater,   &weak_hash,
      &unstable_hash,  &signed_points, &order_dependent, &remove_collision, &replica_same_node,
      &unstable_label, &hot_key,       &stale_view,      &unsorted_publish};
  return all;
}

sim::Implementation<RingProtocol> reference_implementation() {
  return implementation_of(reference_rules);
}

std::vector<RingFlaw> all_flaws() {
  std::vector<RingFlaw> flaws;
  for (const Story& story : stories) {
    const Rules& rules = *flawed_rules()[flaws.size()];
    DSYS_ASSERT(story.flaw.substr(story.flaw.find('.') + 1) == rules.name);
    flaws.push_back({.id = story.flaw,
                     .story = story.story,
                     .exposures = story.exposures,
                     .implementation = implementation_of(rules)});
  }
  return flaws;
}

}  // namespace dsys::hashring
