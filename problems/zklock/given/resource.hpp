// The protected resource: a counter on durable storage that checks the fencing token of each
// request, reads included, and refuses those that are lower than the highest it has served.
#pragma once

#include "problems/zklock/messages.hpp"
#include "problems/zklock/rules.hpp"

#include <cstdint>
#include <map>
#include <span>

namespace dsys::zklock {

// The latest write of a client: one that comes again must not count twice.
struct LatestWrite {
  Zxid token = 0;
  Call call = 0;
};
DSYS_DESCRIBE(LatestWrite, token, call)

struct Resource {
  using Record = LockProtocol::Record;
  using Message = LockProtocol::Message;
  using Timer = LockProtocol::Timer;

  // --- Given at the start ---
  const Rules* rules = &reference_rules;

  // --- On disk ---
  std::int64_t value = 0;
  Zxid highest_token = 0;
  std::map<NodeId, LatestWrite> writes;

  void on_start(LockContext& context, std::span<const Record> disk);
  void on_timer(LockContext& /*context*/, const Timer& /*timer*/) {}  // it sets none
  void on_message(LockContext& context, NodeId from, const Message& message);

  void read(LockContext& context, NodeId from, const ReadRequest& message);
  void write(LockContext& context, NodeId from, const WriteRequest& message);
  void refuse(LockContext& context, NodeId from, const Refused& refused);
  void learn(LockContext& context, Zxid token);
};
DSYS_DESCRIBE(Resource, rules, value, highest_token, writes)

}  // namespace dsys::zklock
