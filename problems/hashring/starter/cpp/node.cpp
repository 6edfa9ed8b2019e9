// Your node with a hash ring. It runs as it is, and does nothing yet: fill the handlers in, from
// top to bottom.
//
//   dsys hashring grade .
//
// Point i of node n lies at the hash of the label "n#i"; it has virtual_nodes points for each unit
// of its weight. What dsys.hpp offers is at its Context.
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

  void recover(const Joined& record);
  void recover(const Left& record);
  void recover(const Stored& record);

  // --- The ring ---
  std::uint64_t position(std::string_view text) const;
  std::optional<std::string> owner(std::string_view key) const;

  // --- Messages ---
  void handle(Context& context, const std::string& from, const AddNode& message);
  void handle(Context& context, const std::string& from, const Owners& message);
  void handle(Context& context, const std::string& from, const Points& message);
  void handle(Context& context, const std::string& from, const Positions& message);
  void handle(Context& context, const std::string& from, const RemoveNode& message);
  void handle(Context& context, const std::string& from, const Replicas& message);
  void handle(Context& context, const std::string& from, const JoinPart& message);
  void handle(Context& context, const std::string& from, const CompleteJoin& message);
  void handle(Context& context, const std::string& from, const Assign& message);
  void handle(Context& context, const std::string& from, const Put& message);
};

// Calls visit(key) for each key, in order.
template <typename Visit>
void for_each_key(const Keys& keys, Visit&& visit) {
  for (const std::string& key : keys.list) visit(key);
  for (std::uint64_t i = 0; i < keys.count; ++i) {
    visit(keys.prefix + std::to_string(keys.first + i));
  }
}

// --- A process starts ---

void RingNode::on_start(Context& context, const std::vector<Record>& disk) {
  setup = context.config<Setup>();
  for (const Record& record : disk) {
    std::visit([this](const auto& one) { recover(one); }, record);
  }
}

// Rebuild what is on disk, one record at a time.
void RingNode::recover(const Joined& /*record*/) {}
void RingNode::recover(const Left& /*record*/) {}
void RingNode::recover(const Stored& /*record*/) {}

void RingNode::on_timer(Context& /*context*/, const Timer& /*timer*/) {}

void RingNode::on_message(Context& context, const std::string& from, const Message& message) {
  std::visit([&](const auto& one) { handle(context, from, one); }, message);
}

// --- The ring ---

// 1. Where a label or a key lies: at its pin, if it has one, else at its hash. The hash must be
// good, and the same in every process that has this seed.
std::uint64_t RingNode::position(std::string_view /*text*/) const {
  return 0;
}

// 2. The node of the first point at or after the key's position; past the last point the circle
// closes. None: the ring has no node.
std::optional<std::string> RingNode::owner(std::string_view /*key*/) const {
  return std::nullopt;
}

// --- Messages: each question has its answer, with the same `request` ---

// 3. A question may come twice: is the work done already? Write and sync before MembershipReply.
// Points on one position all stay, and the first by name owns it.
void RingNode::handle(Context& /*context*/, const std::string& /*from*/,
                      const AddNode& /*message*/) {}

void RingNode::handle(Context& /*context*/, const std::string& /*from*/,
                      const Owners& /*message*/) {}

// All points, in the order in which lookups meet them.
void RingNode::handle(Context& /*context*/, const std::string& /*from*/,
                      const Points& /*message*/) {}

void RingNode::handle(Context& /*context*/, const std::string& /*from*/,
                      const Positions& /*message*/) {}

// 4. Whose points go, if another node has one on the same position?
void RingNode::handle(Context& /*context*/, const std::string& /*from*/,
                      const RemoveNode& /*message*/) {}

// 5. As many different nodes as asked for, or as there are, the owner first.
void RingNode::handle(Context& /*context*/, const std::string& /*from*/,
                      const Replicas& /*message*/) {}

// 6. A join in parts: what may a lookup see before it is complete? MembershipReply to both.
void RingNode::handle(Context& /*context*/, const std::string& /*from*/,
                      const JoinPart& /*message*/) {}

void RingNode::handle(Context& /*context*/, const std::string& /*from*/,
                      const CompleteJoin& /*message*/) {}

// 7. The first node clockwise that carries less than ceil(c m / n), with c = load_percent / 100.
void RingNode::handle(Context& /*context*/, const std::string& /*from*/,
                      const Assign& /*message*/) {}

// 8. By which ring did the client choose this node? Write and sync before PutReply.
void RingNode::handle(Context& /*context*/, const std::string& /*from*/, const Put& /*message*/) {}

int main() {
  return dsys::run<RingNode>();
}
