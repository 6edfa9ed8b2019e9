// A node with a hash ring: it answers where keys belong, and stores those that belong to it.
//
// The algorithm is in ring.hpp; this is the thin layer that puts it behind messages. It leaves out
// how the members agree on the membership (a change arrives with its version, from whoever decides)
// and moving what is stored to its new owner; README.md says what a store does about both.
//
// Invariants:
//   1. The ring's members are those that the disk's records lead to; joins under way come beside.
//   2. `version` never decreases, nor does it from record to record.
// What was answered is on the disk: each record is synced as it is written (`persist`).
#pragma once

#include "problems/hashring/messages.hpp"
#include "problems/hashring/ring.hpp"
#include "problems/hashring/rules.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace dsys::hashring {

struct RingNode {
  // --- Given at the start ---
  Setup setup;
  const Rules* rules = &reference_rules;

  // --- On disk: must survive a crash ---
  Ring ring{};  // its members; the points follow from them
  RingVersion version = 0;
  std::map<std::string, std::int64_t> values;

  // --- In memory: may be forgotten, as are the joins under way ---
  BoundedLoads loads;  // what is assigned ends with the process that carries it

  // --- The three entries ---
  void on_start(RingContext& context, std::span<const RingProtocol::Record> disk);
  void on_timer(RingContext&, const RingProtocol::Timer&) {}  // never set: a node acts when asked
  void on_message(RingContext& context, NodeId from, const RingProtocol::Message& message) {
    std::visit([&](const auto& received) { handle(context, from, received); }, message);
  }

  // --- The membership changes ---
  void handle(RingContext& context, NodeId from, const AddNode& message);
  void handle(RingContext& context, NodeId from, const RemoveNode& message);
  void handle(RingContext& context, NodeId from, const JoinPart& message);
  void handle(RingContext& context, NodeId from, const CompleteJoin& message);

  // --- A client asks ---
  void handle(RingContext& context, NodeId from, const Owners& message);
  void handle(RingContext& context, NodeId from, const Replicas& message);
  void handle(RingContext& context, NodeId from, const Assign& message);
  void handle(RingContext& context, NodeId from, const Points& message);
  void handle(RingContext& context, NodeId from, const Positions& message);
  void handle(RingContext& context, NodeId from, const Put& message);

  // --- Answers, which only clients receive ---
  void handle(RingContext&, NodeId, const MembershipReply&) {}
  void handle(RingContext&, NodeId, const OwnersReply&) {}
  void handle(RingContext&, NodeId, const ReplicasReply&) {}
  void handle(RingContext&, NodeId, const AssignReply&) {}
  void handle(RingContext&, NodeId, const PointsReply&) {}
  void handle(RingContext&, NodeId, const PositionsReply&) {}
  void handle(RingContext&, NodeId, const PutReply&) {}

  // --- Small ---
  void recover(const Joined& record);
  void recover(const Left& record);
  void recover(const Stored& record) { values[record.key] = record.value; }
  bool adopt(RingVersion offered);  // true if it is higher than the node's own
  void record_join(RingContext& context, std::string_view name);
  void persist(RingContext& context, RingProtocol::Record one);
  void note_change(RingContext& context, std::string_view name, std::string_view what) const;
  void confirm(RingContext& context, NodeId to, RequestNumber request) const;
};
DSYS_DESCRIBE(RingNode, setup, rules, ring, version, values, loads)

}  // namespace dsys::hashring
