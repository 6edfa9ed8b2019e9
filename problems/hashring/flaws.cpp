// The question bank's mistakes, the classics, and those of who builds a node. Each shows in nearly
// every run of its scenario.
#include "problems/hashring/parts.hpp"

#include "common/check/flaw.hpp"
#include "common/core/assert.hpp"
#include "common/core/hash.hpp"
#include "problems/hashring/node.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace dsys::hashring {
namespace {

using Found = std::optional<std::size_t>;
using Sorted = std::span<const Position>;

// --- The question bank ---

// `h % 2^32`: in Go and in C++ `^` is XOR and binds weaker than `%`.
constexpr Rules mod_xor{.hash = [](std::string_view text, std::uint64_t seed) {
  return (mixed_hash(text, seed) % 2) ^ 32U;
}};

// 32 bits as in the question bank's code, spread over the circle of 64.
constexpr Rules fnv_add{.hash = [](std::string_view text, std::uint64_t seed) {
  std::uint32_t hash = 2166136261U ^ static_cast<std::uint32_t>(seed);
  for (const char byte : text) {
    hash *= 16777619U;
    hash += static_cast<unsigned char>(byte);
  }
  return Position{hash} << 32U;
}};

constexpr Rules get_last{.successor = [](Sorted sorted, Position) -> Found {
  if (sorted.empty()) return std::nullopt;
  return sorted.size() - 1;
}};

// In Go the slice is cut at the hash, which panics. Where the hash happens to be a valid index, the
// loop behind it deletes every point that is left: that is what happens here.
constexpr Rules remove_by_hash{
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
constexpr Rules overwrite{.publish = &publish_over};

constexpr Rules no_vnodes{.point_count = [](std::uint32_t, std::uint32_t) { return 1U; }};

// --- The classics ---

constexpr Rules mod_n{.successor = [](Sorted sorted, Position position) -> Found {
  if (sorted.empty()) return std::nullopt;
  return position % sorted.size();
}};

constexpr Rules no_wrap{.successor = [](Sorted sorted, Position position) -> Found {
  const bool is_past_all = sorted.empty() || sorted.back() < position;
  if (is_past_all) return std::nullopt;
  return first_at_or_after(sorted, position);
}};

constexpr Rules strict_greater{.successor = [](Sorted sorted, Position position) {
  return first_at_or_after(sorted, position + 1);
}};

constexpr Rules weak_hash{
    .hash = [](std::string_view text, std::uint64_t seed) { return fnv1a(text) ^ seed; }};

// Points sorted as signed numbers, the upper half first; keys compared unsigned. A key in the upper
// half lies beyond all points and wraps to the first one, the lowest of the upper half.
constexpr Rules signed_points{.successor = [](Sorted sorted, Position position) {
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
constexpr Rules order_dependent{.publish = &publish_by_arrival};

void remove_positions_of(std::vector<Point>& points, NodeIndex leaving) {
  std::set<Position> positions;
  for (const Point& point : points) {
    if (point.node == leaving) positions.insert(point.position);
  }
  std::erase_if(points, [&](const Point& point) { return positions.contains(point.position); });
}
constexpr Rules remove_collision{.remove = &remove_positions_of};

constexpr Rules replica_same_node{
    .may_hold_copy = [](std::span<const NodeIndex>, NodeIndex) { return true; }};

constexpr Rules unstable_label{.label = [](const Member& member, std::uint32_t replica_index) {
  return member.address + "#" + std::to_string(replica_index);
}};

constexpr Rules hot_key{
    .capacity = [](const LoadShare&) { return std::numeric_limits<std::uint64_t>::max(); }};

constexpr Rules stale_view{.takes_write = [](const WriteClaim&) { return true; }};

void show_at_once(PointLists& lists, std::span<const Point> arrived) {
  stage_apart(lists, arrived);
  lists.published.insert(lists.published.end(), arrived.begin(), arrived.end());
}
void sort_at_last(PointLists& lists, NodeIndex joined) {
  remove_points_of(lists.published, joined);
  publish_in_order(lists, joined);
}
constexpr Rules unsorted_publish{.stage = &show_at_once, .publish = &sort_at_last};

// Seeds the hash anew: each process puts chance of its own before the numbered keys that it is
// asked for. Listed ones may be pinned, so they stay.
struct SeedsItself {
  std::string seed;

  bool arrives(RingContext& context, NodeId /*from*/, RingProtocol::Message& message) {
    if (seed.empty()) seed = std::to_string(context.random().next());
    const auto put_seed = [this](auto& one) {
      if constexpr (requires { one.keys; }) one.keys.prefix.insert(0, seed);
    };
    std::visit(put_seed, message);
    return true;
  }
  void leaves(Effects<RingProtocol>& /*effects*/) {}
};

// --- Answers to who builds a node: seed, disk, retries, loads, writes ---

constexpr Rules seed_ignored{
    .hash = [](std::string_view text, std::uint64_t) { return mixed_hash(text, 0); }};

// Computed with fractions: 1.1 * 10 is 11.000000000000002, and its ceiling 12.
constexpr Rules rounded_load{.capacity = [](const LoadShare& share) {
  const double factor = static_cast<double>(share.percent) / 100;
  const double part = static_cast<double>(share.weight) / static_cast<double>(share.total_weight);
  return static_cast<std::uint64_t>(std::ceil(factor * static_cast<double>(share.assigned) * part));
}};

constexpr Rules any_owner{.takes_write = [](const WriteClaim& claim) {
  return claim.client_version == claim.own_version;
}};

using RingInput = Input<RingProtocol>;
using RingEffects = Effects<RingProtocol>;

void forget_syncs(const RingInput&, RingEffects& effects) {
  std::erase_if(effects, [](const auto& one) { return std::holds_alternative<Sync>(one); });
}

void forget_versions(const RingInput&, RingEffects& effects) {
  for (auto& effect : effects) {
    auto* const write = std::get_if<Write<RingProtocol>>(&effect);
    if (write == nullptr) continue;
    if (auto* const joined = std::get_if<Joined>(&write->record)) joined->version = 0;
    if (auto* const left = std::get_if<Left>(&write->record)) left->version = 0;
  }
}

// A change that finds its work done is not confirmed.
void keep_silent(const RingInput& input, RingEffects& effects) {
  const bool is_change =
      input.message != nullptr && (std::holds_alternative<AddNode>(*input.message) ||
                                   std::holds_alternative<RemoveNode>(*input.message));
  const bool changes = std::any_of(effects.begin(), effects.end(), [](const auto& one) {
    return std::holds_alternative<Write<RingProtocol>>(one);
  });
  if (is_change && !changes) effects.clear();
}

// In the order in which an answer grows: the question bank's, lookups, names, leaves, copies, load.
const std::vector<check::FlawRow<RingProtocol, Rules>> flaw_rows{
    {.id = "ring.mod-xor",
     .story =
         "`h % 2^32` is meant as a modulus, but `^` is XOR: every hash becomes 32 or 33, and the "
         "whole ring has two positions.",
     .exposures = {{"HR-Q1", "bank-ring", 1}},
     .rules = &mod_xor},
    {.id = "ring.fnv-add",
     .story =
         "The hash that is called FNV-1a adds the byte after multiplying, so labels that differ at "
         "the end are neighbours on the circle.",
     .exposures = {{"HR-Q1", "bank-ring", 1}},
     .rules = &fnv_add},
    {.id = "ring.get-last",
     .story =
         "The lookup falls into its own special case at once and returns the last server for every "
         "key.",
     .exposures = {{"HR-S2", "bank-ring", 1}, {"HR-Q1", "bank-ring", 1}},
     .rules = &get_last},
    {.id = "ring.remove-by-hash",
     .story =
         "A leave uses the hash as an index: a panic, or, where it fits, every point that is left "
         "is deleted and no key has an owner.",
     .exposures = {{"HR-S4", "leave-and-return", 1}, {"HR-S11", "collision", 1}},
     .rules = &remove_by_hash},
    {.id = "ring.overwrite",
     .story =
         "Positions are the keys of a map, so of two servers on one position the first vanishes.",
     .exposures = {{"HR-S6", "collision", 1}, {"HR-S11", "collision", 1}},
     .rules = &overwrite},
    {.id = "ring.no-vnodes",
     .story = "Each server has a single point, so the lengths of the arcs are left to luck.",
     .exposures = {{"HR-Q1", "balance", 1}},
     .rules = &no_vnodes},
    {.id = "ring.mod-n",
     .story = "The owner is the hash modulo the number of points, so a join gives nearly every key "
              "another owner.",
     .exposures = {{"HR-S3", "join", 1}, {"HR-Q2", "join", 1}, {"HR-S2", "join", 1}},
     .rules = &mod_n},
    {.id = "ring.no-wrap",
     .story = "The search ends at the last point, so keys past it have no owner.",
     .exposures = {{"HR-S2", "edges", 1}, {"HR-S8", "edges", 1}},
     .rules = &no_wrap},
    {.id = "ring.strict-greater",
     .story =
         "The search asks for a point after the key instead of at or after it, so a key on a point "
         "goes to the next server.",
     .exposures = {{"HR-S2", "edges", 1}},
     .rules = &strict_greater},
    {.id = "ring.weak-hash",
     .story = "FNV-1a without a finaliser puts server1#1 beside server1#2, so a hundred points are "
              "worth no more than a few.",
     .exposures = {{"HR-Q1", "balance", 1}, {"HR-Q2", "join", 1}},
     .rules = &weak_hash},
    {.id = "ring.unstable-hash",
     .story =
         "The hash is seeded anew in each process, as Go's maps and Python's hash() are, so no two "
         "processes agree.",
     .exposures = {{"HR-S1", "two-processes", 1}},
     .detour = behind<RingProtocol, SeedsItself>},
    {.id = "ring.signed",
     .story = "Points are kept as signed numbers and keys compared as unsigned ones, so half of "
              "all keys wrap to one server.",
     .exposures = {{"HR-S2", "bank-ring", 1}, {"HR-Q1", "bank-ring", 1}},
     .rules = &signed_points},
    {.id = "ring.order-dependent",
     .story =
         "Of two servers on one position the one that joined first wins, and processes learn of "
         "joins in different orders.",
     .exposures = {{"HR-S1", "collision", 1}, {"HR-S6", "collision", 1}},
     .rules = &order_dependent},
    {.id = "ring.remove-collision",
     .story =
         "A leave deletes by position alone and takes another server's point on the same position "
         "with it.",
     .exposures = {{"HR-S6", "collision", 1}, {"HR-S11", "collision", 1}},
     .rules = &remove_collision},
    {.id = "ring.replica-same-node",
     .story =
         "Copies go to the next points instead of the next different servers, so one crash takes "
         "several copies.",
     .exposures = {{"HR-S7", "replicas", 1}},
     .rules = &replica_same_node},
    {.id = "ring.unstable-label",
     .story = "Points come from the server's address, which changes at a restart, so a server that "
              "returns is another one.",
     .exposures = {{"HR-S5", "leave-and-return", 1}},
     .rules = &unstable_label},
    {.id = "ring.hot-key",
     .story = "Nothing bounds the load, so the owner of a hot key carries all of its requests.",
     .exposures = {{"HR-S9", "hot-key", 1}},
     .rules = &hot_key},
    {.id = "ring.stale-view",
     .story = "A node takes every write, whichever ring its sender goes by, so two clients write "
              "one key on two nodes.",
     .exposures = {{"HR-S10", "stale-views", 28}, {"HR-S14", "writes", 1}},
     .rules = &stale_view},
    {.id = "ring.unsorted-publish",
     .story =
         "The points of a join are appended to the list in which lookups search, before all are "
         "there and sorted.",
     .exposures = {{"HR-S2", "join-in-parts", 1}, {"HR-S11", "parts", 1}},
     .rules = &unsorted_publish,
     .decisions = 2},
    {.id = "ring.seed-ignored",
     .story = "The hash knows nothing of the cluster's seed, so every cluster has the same circle, "
              "and who knows one can flood a node of any.",
     .exposures = {{"HR-S12", "seeds", 1}, {"HR-S11", "seeds", 1}},
     .rules = &seed_ignored},
    {.id = "ring.not-synced",
     .story = "Records are written and never synced, so a power loss takes back members and writes "
              "that were confirmed.",
     .exposures = {{"HR-S11", "restarts", 1}, {"HR-S16", "writes", 1}},
     .bend = &forget_syncs},
    {.id = "ring.version-forgotten",
     .story = "Records are written without the version of the ring, so a restarted node is at "
              "version 0 and refuses every client.",
     .exposures = {{"HR-S15", "restarts", 1}},
     .bend = &forget_versions},
    {.id = "ring.silent-repeat",
     .story =
         "A change that finds its work done is not confirmed, so whoever lost the first answer "
         "asks for ever.",
     .exposures = {{"HR-S17", "repeats", 1}},
     .bend = &keep_silent},
    {.id = "ring.rounded-load",
     .story = "The bound of a load is computed with fractions: 1.1 times 50 is a little more than "
              "55, and rounded up it is one request too many.",
     .exposures = {{"HR-S13", "loads", 1}, {"HR-S9", "loads", 1}},
     .rules = &rounded_load},
    {.id = "ring.any-owner",
     .story =
         "A write is taken by its version alone, whoever owns the key, so it lies where nobody "
         "looks for it.",
     .exposures = {{"HR-S14", "writes", 1}, {"HR-S10", "writes", 1}},
     .rules = &any_owner}};

NodeFactory<RingProtocol> node_of(NodeId /*self*/, const Setup& setup, const Rules& rules) {
  return factory_of<RingProtocol>(RingNode{.setup = setup, .rules = &rules});
}

}  // namespace

Implementation reference() {
  return check::implementation_of<RingProtocol>(node_of, reference_rules);
}

const Rules& rules_of(std::string_view flaw) {
  const auto row = std::find_if(flaw_rows.begin(), flaw_rows.end(),
                                [&](const auto& one) { return one.id == flaw; });
  DSYS_ASSERT(row != flaw_rows.end() && row->rules != nullptr);
  return *row->rules;
}

std::vector<Flaw> flaws() {
  return check::flaws_of(flaw_rows, node_of, reference_rules);
}

}  // namespace dsys::hashring
