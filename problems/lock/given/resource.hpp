// The protected resource: a counter on durable storage that checks the fencing token of each
// request, reads included, and refuses those that are lower than the highest it has served.
#pragma once

#include "problems/lock/messages.hpp"
#include "problems/lock/rules.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <variant>

namespace dsys::lock {

// A client's latest write: one that comes again must not count twice.
struct LatestWrite {
  Revision token = 0;
  Call call = 0;
};
DSYS_DESCRIBE(LatestWrite, token, call)

struct Resource {
  // --- Given at the start ---
  const Rules* rules = &reference_rules;

  // --- On disk ---
  std::int64_t value = 0;
  Revision highest_token = 0;
  std::map<NodeId, LatestWrite> writes;

  void on_start(LockContext& context, std::span<const LockProtocol::Record> disk);
  void on_timer(LockContext& /*context*/, const LockProtocol::Timer& /*timer*/) {}  // sets none
  void on_message(LockContext& context, NodeId from, const LockProtocol::Message& message) {
    std::visit([&](const auto& received) { handle(context, from, received); }, message);
  }

  void handle(LockContext& context, NodeId from, const ReadRequest& message);
  void handle(LockContext& context, NodeId from, const WriteRequest& message);
  // Whatever else arrives is not for a resource.
  template <typename Other>
  void handle(LockContext& /*context*/, NodeId /*from*/, const Other& /*message*/) {}

  bool admits(LockContext& context, const Refused& request);  // tells of it if it does not
  void learn(LockContext& context, Revision token);
};
DSYS_DESCRIBE(Resource, rules, value, highest_token, writes)

}  // namespace dsys::lock
