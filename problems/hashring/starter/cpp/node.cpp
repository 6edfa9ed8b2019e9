// Your node with a hash ring. It runs as it is, and does nothing yet.
//
// EXERCISE.md says what it must do, messages.hpp what it exchanges with the world, dsys.hpp what
// its Context can do. Fill the handlers in, from top to bottom, and grade each stage when you think
// that it is done: dsys hashring grade --stage 1
#include "messages.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

using dsys::Context;

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
