// The protected resource: a counter on durable storage that checks the fencing token of each
// request, reads included, and refuses those that are lower than the highest it has served.
#pragma once

#include "problems/lock/messages.hpp"
#include "problems/lock/rules.hpp"

#include <cstdint>
#include <map>
#include <span>

namespace dsys::lock {

// The latest write of a client: one that comes again must not count twice.
struct LatestWrite {
  Revision token = 0;
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
  Revision highest_token = 0;
  std::map<NodeId, LatestWrite> writes;

  void on_start(LockContext& context, std::span<const Record> disk);
  void on_timer(LockContext& context, const Timer& timer);
  void on_message(LockContext& context, NodeId from, const Message& message);

  void read(LockContext& context, NodeId from, const ReadRequest& message);
  void write(LockContext& context, NodeId from, const WriteRequest& message);
  void refuse(LockContext& context, NodeId from, const Refused& refused);
  void learn(LockContext& context, Revision token);
};
DSYS_DESCRIBE(Resource, rules, value, highest_token, writes)

}  // namespace dsys::lock
