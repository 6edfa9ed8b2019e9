// A node with a hash ring: it answers where keys belong, and stores those that belong to it.
//
// The algorithm is in ring.hpp; this is the thin layer that puts it behind messages. It leaves out
// how the members agree on the membership (a change arrives with its version, from whoever decides)
// and moving what is stored to its new owner; README.md says what a store does about both.
//
// Invariants:
//   1. The ring has exactly the members of the disk's records, and those of joins under way.
//   2. `version` never decreases.
//   3. A change or a write that was answered is on the disk.
#pragma once

#include "problems/hashring/messages.hpp"
#include "problems/hashring/ring.hpp"
#include "problems/hashring/rules.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <string>

namespace dsys::hashring {

struct RingNode {
  using Record = RingProtocol::Record;
  using Message = RingProtocol::Message;
  using Timer = RingProtocol::Timer;

  // --- Given at the start ---
  Setup setup;
  const Rules* rules = &reference_rules;

  // --- On disk: must survive a crash ---
  Ring ring{};  // its members; the points follow from them
  RingVersion version = 0;
  std::map<std::string, std::int64_t> values;

  // --- In memory: may be forgotten ---
  BoundedLoads loads;  // what is assigned ends with the process that carries it

  // --- The three entries ---
  void on_start(RingContext& context, std::span<const Record> disk);
  void on_message(RingContext& context, NodeId from, const Message& message);
  void on_timer(RingContext& context, const Timer& timer);

  // --- The membership changes ---
  void handle(RingContext& context, NodeId from, const AddNode& message);
  void handle(RingContext& context, NodeId from, const RemoveNode& message);
  void handle(RingContext& context, NodeId from, const JoinPart& message);
  void handle(RingContext& context, NodeId from, const CompleteJoin& message);

  // --- Somebody asks ---
  void handle(RingContext& context, NodeId from, const Owners& message);
  void handle(RingContext& context, NodeId from, const Replicas& message);
  void handle(RingContext& context, NodeId from, const Assign& message);
  void handle(RingContext& context, NodeId from, const Points& message);
  void handle(RingContext& context, NodeId from, const Positions& message);
  void handle(RingContext& context, NodeId from, const Put& message);

  // --- Answers, which only those who ask receive ---
  void handle(RingContext& context, NodeId from, const MembershipReply& message);
  void handle(RingContext& context, NodeId from, const OwnersReply& message);
  void handle(RingContext& context, NodeId from, const ReplicasReply& message);
  void handle(RingContext& context, NodeId from, const AssignReply& message);
  void handle(RingContext& context, NodeId from, const PointsReply& message);
  void handle(RingContext& context, NodeId from, const PositionsReply& message);
  void handle(RingContext& context, NodeId from, const PutReply& message);

  // --- Small ---
  void recover(const Joined& record);
  void recover(const Left& record);
  void recover(const Stored& record);
  void record_join(RingContext& context, const Member& member);
  void confirm(RingContext& context, NodeId to, RequestNumber request) const;
};
DSYS_DESCRIBE(RingNode, setup, rules, ring, version, values, loads)

}  // namespace dsys::hashring
