// Your node with a hash ring. It runs as it is, and does nothing yet.
//
// EXERCISE.md says what it must do, dsys.hpp what its Context can do. Fill the handlers in, from
// top to bottom, and grade each stage when you think that it is done: dsys hashring grade --stage 1
#include "dsys.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

using dsys::Context;

// --- Values ---

// Those of the list, then `count` numbered ones: key1, key2, ... for the prefix "key" and first 1.
struct Keys {
  std::vector<std::string> list;
  std::string prefix;
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};
DSYS_VALUE(Keys, list, prefix, first, count)

struct PlacedPoint {
  std::uint64_t position = 0;
  std::string node;
};
DSYS_VALUE(PlacedPoint, position, node)

// A position that a label or a key gets instead of its hash.
struct Pin {
  std::string text;
  std::uint64_t position = 0;
};
DSYS_VALUE(Pin, text, position)

// --- Membership ---

struct AddNode {
  std::uint64_t request = 0;
  std::string name;
  std::uint32_t weight = 1;
  std::string address;        // May differ after a restart, so it decides nothing.
  std::uint64_t version = 0;  // Of the ring that the change leads to.
};
DSYS_VALUE(AddNode, request, name, weight, address, version)

struct RemoveNode {
  std::uint64_t request = 0;
  std::string name;
  std::uint64_t version = 0;
};
DSYS_VALUE(RemoveNode, request, name, version)

// Announces some points of a node that owns nothing before CompleteJoin.
struct JoinPart {
  std::uint64_t request = 0;
  std::string name;
  std::uint32_t weight = 1;
  std::string address;
  std::uint32_t first = 0;
  std::uint32_t count = 0;
};
DSYS_VALUE(JoinPart, request, name, weight, address, first, count)

struct CompleteJoin {
  std::uint64_t request = 0;
  std::string name;
  std::uint64_t version = 0;
};
DSYS_VALUE(CompleteJoin, request, name, version)

struct MembershipReply {
  std::uint64_t request = 0;
  std::uint64_t version = 0;
};
DSYS_VALUE(MembershipReply, request, version)

// --- Lookups ---

struct Owners {
  std::uint64_t request = 0;
  Keys keys;
};
DSYS_VALUE(Owners, request, keys)

struct OwnersReply {
  std::uint64_t request = 0;
  std::uint64_t version = 0;
  std::vector<std::optional<std::string>> owners;  // None: the ring has no node.
};
DSYS_VALUE(OwnersReply, request, version, owners)

struct Replicas {
  std::uint64_t request = 0;
  Keys keys;
  std::uint32_t count = 3;
};
DSYS_VALUE(Replicas, request, keys, count)

struct ReplicasReply {
  std::uint64_t request = 0;
  std::vector<std::vector<std::string>> nodes;
};
DSYS_VALUE(ReplicasReply, request, nodes)

struct Assign {
  std::uint64_t request = 0;
  Keys keys;
};
DSYS_VALUE(Assign, request, keys)

struct AssignReply {
  std::uint64_t request = 0;
  std::vector<std::optional<std::string>> nodes;
};
DSYS_VALUE(AssignReply, request, nodes)

struct Points {
  std::uint64_t request = 0;
};
DSYS_VALUE(Points, request)

struct PointsReply {
  std::uint64_t request = 0;
  std::vector<PlacedPoint> points;
};
DSYS_VALUE(PointsReply, request, points)

struct Positions {
  std::uint64_t request = 0;
  Keys keys;
};
DSYS_VALUE(Positions, request, keys)

struct PositionsReply {
  std::uint64_t request = 0;
  std::vector<std::uint64_t> positions;
};
DSYS_VALUE(PositionsReply, request, positions)

// --- Storage ---

struct Put {
  std::uint64_t request = 0;
  std::string key;
  std::int64_t value = 0;
  std::uint64_t version = 0;  // Of the ring by which the client chose this node.
};
DSYS_VALUE(Put, request, key, value, version)

enum class PutStatus { accepted, other_version, not_owner };
DSYS_ENUM(PutStatus, accepted, other_version, not_owner)

struct PutReply {
  std::uint64_t request = 0;
  PutStatus status = PutStatus::accepted;
  std::uint64_t version = 0;  // The node's own.
};
DSYS_VALUE(PutReply, request, status, version)

// --- Records ---

struct Joined {
  std::string name;
  std::uint32_t weight = 1;
  std::string address;
  std::uint64_t version = 0;
};
DSYS_VALUE(Joined, name, weight, address, version)

struct Left {
  std::string name;
  std::uint64_t version = 0;
};
DSYS_VALUE(Left, name, version)

struct Stored {
  std::string key;
  std::int64_t value = 0;
};
DSYS_VALUE(Stored, key, value)

// --- Configuration ---

struct Setup {
  std::uint32_t virtual_nodes = 160;  // Points for each unit of weight.
  std::uint64_t hash_seed = 0;        // Of the whole cluster.
  std::uint32_t load_percent = 125;   // A node may carry this much of its fair share.
  std::vector<Pin> pins;
};
DSYS_VALUE(Setup, virtual_nodes, hash_seed, load_percent, pins)

// --- The node ---

struct RingNode {
  using Message = std::variant<AddNode, RemoveNode, JoinPart, CompleteJoin, Owners, Replicas,
                               Assign, Points, Positions, Put>;
  using Timer = std::variant<std::monostate>;  // It acts only when asked.
  using Record = std::variant<Joined, Left, Stored>;

  Setup setup;

  // --- On disk, before a change or a write is confirmed: the members with their weights, ... ---
  std::uint64_t version = 0;
  std::map<std::string, std::int64_t> values;

  // --- In memory: the points, which follow from the members; joins under way; loads ---

  // --- The three entries ---
  void on_start(Context& context, const std::vector<Record>& disk);
  void on_message(Context& context, const std::string& from, const Message& message);
  void on_timer(Context& context, const Timer& timer);

  // --- Stage 1 ---
  std::uint64_t position(std::string_view text) const;
  std::optional<std::string> owner(std::string_view key) const;
  void handle(Context& context, const std::string& from, const AddNode& message);
  void handle(Context& context, const std::string& from, const Owners& message);
  void handle(Context& context, const std::string& from, const Points& message);
  void handle(Context& context, const std::string& from, const Positions& message);

  // --- Stage 2 ---
  void handle(Context& context, const std::string& from, const RemoveNode& message);

  // --- Stage 3 ---
  void recover(const Joined& record);
  void recover(const Left& record);
  void recover(const Stored& record);

  // --- Stage 5 ---
  void handle(Context& context, const std::string& from, const Replicas& message);
  void handle(Context& context, const std::string& from, const Assign& message);
  void handle(Context& context, const std::string& from, const JoinPart& message);
  void handle(Context& context, const std::string& from, const CompleteJoin& message);
  void handle(Context& context, const std::string& from, const Put& message);
};
// All fields, your own too: whoever explores puts the node back into earlier states.
DSYS_VALUE(RingNode, setup, version, values)

// Calls visit(key) for each key, in order.
template <typename Visit>
void for_each_key(const Keys& keys, Visit&& visit) {
  for (const std::string& key : keys.list) visit(key);
  for (std::uint64_t i = 0; i < keys.count; ++i) {
    visit(keys.prefix + std::to_string(keys.first + i));
  }
}

// --- The three entries ---

void RingNode::on_start(Context& context, const std::vector<Record>& disk) {
  setup = context.config<Setup>();
  for (const Record& record : disk) {
    std::visit([this](const auto& one) { recover(one); }, record);
  }
}

void RingNode::on_timer(Context& /*context*/, const Timer& /*timer*/) {}

void RingNode::on_message(Context& context, const std::string& from, const Message& message) {
  std::visit([&](const auto& one) { handle(context, from, one); }, message);
}

// --- Stage 1: owners ---

// Where a label or a key lies: at its pin, if it has one, else at its hash.
std::uint64_t RingNode::position(std::string_view /*text*/) const {
  return 0;
}

// The node of the first point at or after the key's position; mind both ends of the list.
std::optional<std::string> RingNode::owner(std::string_view /*key*/) const {
  return std::nullopt;
}

// Its points, by label. Write Joined and sync, then MembershipReply. The same request may come
// again.
void RingNode::handle(Context& /*context*/, const std::string& /*from*/,
                      const AddNode& /*message*/) {}

void RingNode::handle(Context& /*context*/, const std::string& /*from*/,
                      const Owners& /*message*/) {}

// All points, in the order in which lookups meet them.
void RingNode::handle(Context& /*context*/, const std::string& /*from*/,
                      const Points& /*message*/) {}

void RingNode::handle(Context& /*context*/, const std::string& /*from*/,
                      const Positions& /*message*/) {}

// --- Stage 2: joins and leaves ---

// Its points and no others. Write Left and sync, then MembershipReply.
void RingNode::handle(Context& /*context*/, const std::string& /*from*/,
                      const RemoveNode& /*message*/) {}

// --- Stage 3: the same everywhere. Stage 4, balance, brings no new messages ---

// Rebuild what is on disk, one record at a time.
void RingNode::recover(const Joined& /*record*/) {}
void RingNode::recover(const Left& /*record*/) {}
void RingNode::recover(const Stored& /*record*/) {}

// --- Stage 5: replicas, load, views ---

// Walk on clockwise: different nodes, the owner first.
void RingNode::handle(Context& /*context*/, const std::string& /*from*/,
                      const Replicas& /*message*/) {}

// Walk on clockwise: the first node that has room.
void RingNode::handle(Context& /*context*/, const std::string& /*from*/,
                      const Assign& /*message*/) {}

// Lookups must not see half a join. MembershipReply all the same.
void RingNode::handle(Context& /*context*/, const std::string& /*from*/,
                      const JoinPart& /*message*/) {}

// Now they must see all of it.
void RingNode::handle(Context& /*context*/, const std::string& /*from*/,
                      const CompleteJoin& /*message*/) {}

// The same version? This node's key? Then write Stored and sync, and answer.
void RingNode::handle(Context& /*context*/, const std::string& /*from*/, const Put& /*message*/) {}

int main() {
  return dsys::run<RingNode>();
}
