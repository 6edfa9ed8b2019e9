// The wire of a node with a hash ring: what clients and nodes send each other, what a node writes
// to its disk, and what the outside is told.
//
// A question carries a number, and its answer carries it back. The same number again is a retry.
#pragma once

#include "common/core/context.hpp"
#include "common/core/describe.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace dsys::hashring {

using RequestNumber = std::uint64_t;
using RingVersion = std::uint64_t;  // grows with each change of the membership

// --- Values ---

// Some keys: those of the list, then `count` numbered ones (key1, key2, ... for prefix "key" and
// first 1), so that a hundred thousand fit into one readable message.
struct Keys {
  std::vector<std::string> list;
  std::string prefix;
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};
DSYS_DESCRIBE(Keys, list, prefix, first, count)

// A point as it is seen from outside.
struct PlacedPoint {
  std::uint64_t position = 0;
  std::string node;
};
DSYS_DESCRIBE(PlacedPoint, position, node)

// A position that is given instead of hashed, for a label or a key: how collisions are injected.
struct Pin {
  std::string text;
  std::uint64_t position = 0;
};
DSYS_DESCRIBE(Pin, text, position)

// --- Membership ---

struct AddNode {
  RequestNumber request = 0;
  std::string name;          // stable; it decides the points
  std::uint32_t weight = 1;  // how many times the points of an ordinary node
  std::string address;       // may differ after a restart; it decides nothing
  RingVersion version = 0;   // the ring's, after the change
};
DSYS_DESCRIBE(AddNode, request, name, weight, address, version)

struct RemoveNode {
  RequestNumber request = 0;
  std::string name;
  RingVersion version = 0;
};
DSYS_DESCRIBE(RemoveNode, request, name, version)

// A join that arrives in several messages: the points with these replica indexes. The node owns
// nothing before CompleteJoin.
struct JoinPart {
  RequestNumber request = 0;
  std::string name;
  std::uint32_t weight = 1;
  std::string address;
  std::uint32_t first = 0;
  std::uint32_t count = 0;
};
DSYS_DESCRIBE(JoinPart, request, name, weight, address, first, count)

struct CompleteJoin {
  RequestNumber request = 0;
  std::string name;
  RingVersion version = 0;
};
DSYS_DESCRIBE(CompleteJoin, request, name, version)

// The answer to all four: the ring as it is now.
struct MembershipReply {
  RequestNumber request = 0;
  RingVersion version = 0;
};
DSYS_DESCRIBE(MembershipReply, request, version)

// --- Lookups ---

struct Owners {
  RequestNumber request = 0;
  Keys keys;
};
DSYS_DESCRIBE(Owners, request, keys)

struct OwnersReply {
  RequestNumber request = 0;
  RingVersion version = 0;
  std::vector<std::optional<std::string>> owners;  // none: the ring has no node
};
DSYS_DESCRIBE(OwnersReply, request, version, owners)

struct Replicas {
  RequestNumber request = 0;
  Keys keys;
  std::uint32_t count = 3;  // how many nodes for each key
};
DSYS_DESCRIBE(Replicas, request, keys, count)

struct ReplicasReply {
  RequestNumber request = 0;
  std::vector<std::vector<std::string>> nodes;  // for each key, its owner first
};
DSYS_DESCRIBE(ReplicasReply, request, nodes)

// Places each of the keys once more, on a node that has room: see Setup::load_percent.
struct Assign {
  RequestNumber request = 0;
  Keys keys;
};
DSYS_DESCRIBE(Assign, request, keys)

struct AssignReply {
  RequestNumber request = 0;
  std::vector<std::optional<std::string>> nodes;
};
DSYS_DESCRIBE(AssignReply, request, nodes)

// --- What a lookup rests on: with it, any good hash can be judged ---

struct Points {
  RequestNumber request = 0;
};
DSYS_DESCRIBE(Points, request)

struct PointsReply {
  RequestNumber request = 0;
  std::vector<PlacedPoint> points;  // in the order in which lookups meet them
};
DSYS_DESCRIBE(PointsReply, request, points)

struct Positions {
  RequestNumber request = 0;
  Keys keys;
};
DSYS_DESCRIBE(Positions, request, keys)

struct PositionsReply {
  RequestNumber request = 0;
  std::vector<std::uint64_t> positions;
};
DSYS_DESCRIBE(PositionsReply, request, positions)

// --- Storage ---

struct Put {
  RequestNumber request = 0;
  std::string key;
  std::int64_t value = 0;
  RingVersion version = 0;  // the ring's, by which the client chose the node
};
DSYS_DESCRIBE(Put, request, key, value, version)

enum class PutStatus : std::uint8_t {
  accepted,
  other_version,  // the client goes by another ring than the node
  not_owner,
};
BOOST_DESCRIBE_ENUM(PutStatus, accepted, other_version, not_owner)

struct PutReply {
  RequestNumber request = 0;
  PutStatus status = PutStatus::accepted;
  RingVersion version = 0;  // the node's own
};
DSYS_DESCRIBE(PutReply, request, status, version)

// --- Timers: only clients set any ---

DSYS_EMPTY(NextQuestion)

DSYS_EMPTY(AnswerTimeout)

// --- Records ---

struct Joined {
  std::string name;
  std::uint32_t weight = 1;
  std::string address;
  RingVersion version = 0;
};
DSYS_DESCRIBE(Joined, name, weight, address, version)

struct Left {
  std::string name;
  RingVersion version = 0;
};
DSYS_DESCRIBE(Left, name, version)

struct Stored {
  std::string key;
  std::int64_t value = 0;
};
DSYS_DESCRIBE(Stored, key, value)

// --- What the task must say; the same for the reference and for a learner's program ---

struct Setup {
  std::uint32_t virtual_nodes = 160;  // points for each unit of weight
  std::uint64_t hash_seed = 0;        // the whole cluster's
  std::uint32_t load_percent = 125;   // a node may carry this much of its fair share
  std::vector<Pin> pins;
};
DSYS_DESCRIBE(Setup, virtual_nodes, hash_seed, load_percent, pins)

// --- Outputs ---

// Emitted by a client before its first question: what this node was given.
struct Given {
  NodeId node{};
  Setup setup;
};
DSYS_DESCRIBE(Given, node, setup)

// Emitted by a client when every question of its has an answer.
struct Finished {
  std::uint64_t questions = 0;
};
DSYS_DESCRIBE(Finished, questions)

// --- The protocol ---

struct RingProtocol {
  using Message = std::variant<AddNode, RemoveNode, JoinPart, CompleteJoin, MembershipReply, Owners,
                               OwnersReply, Replicas, ReplicasReply, Assign, AssignReply, Points,
                               PointsReply, Positions, PositionsReply, Put, PutReply>;
  using Timer = std::variant<NextQuestion, AnswerTimeout>;
  using Record = std::variant<Joined, Left, Stored>;
  using Output = std::variant<Given, Finished>;
  using Config = Setup;
};

using RingContext = Context<RingProtocol>;

// Calls visit(key) for each key, in order. The view is good until the next call.
template <typename Visit>
void for_each_key(const Keys& keys, Visit&& visit) {
  for (const std::string& key : keys.list) visit(std::string_view(key));
  std::string key = keys.prefix;
  for (std::uint64_t i = 0; i < keys.count; ++i) {
    key.resize(keys.prefix.size());
    fmt::format_int digits(keys.first + i);
    key.append(digits.data(), digits.size());
    visit(std::string_view(key));
  }
}

inline std::size_t size_of(const Keys& keys) {
  return keys.list.size() + static_cast<std::size_t>(keys.count);
}

}  // namespace dsys::hashring
