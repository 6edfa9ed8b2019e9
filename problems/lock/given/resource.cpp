#include "problems/lock/given/resource.hpp"

#include <variant>

namespace dsys::lock {

void Resource::on_start(LockContext& /*context*/, std::span<const LockProtocol::Record> disk) {
  for (const auto& record : disk) {
    const auto& stored = std::get<StoredCounter>(record);
    value = stored.value;
    highest_token = stored.highest_token;
    if (stored.call != 0) writes[stored.client] = {stored.token, stored.call};
  }
}

void Resource::handle(LockContext& context, NodeId from, const ReadRequest& message) {
  if (!admits(context, {from, message.call, Access::read, message.token, highest_token})) return;
  if (message.token > highest_token) {
    learn(context, message.token);
    context.write(StoredCounter{.value = value, .highest_token = highest_token});
    context.sync();
  }
  context.emit(Served{from, message.call, Access::read, message.token, value});
  context.send(from, ResourceReply{message.call, true, value, highest_token});
}

// Check and effect are one step: nothing comes between them.
void Resource::handle(LockContext& context, NodeId from, const WriteRequest& message) {
  if (!admits(context, {from, message.call, Access::write, message.token, highest_token})) return;
  LatestWrite& latest = writes[from];
  const bool was_done = latest.token == message.token && message.call <= latest.call;
  if (!was_done) {
    learn(context, message.token);
    value = message.value;
    latest = {message.token, message.call};
    context.write(StoredCounter{value, highest_token, from, message.token, message.call});
    context.sync();
    context.note("the counter is {}, written by {} with token {}", value, from, message.token);
  }
  context.emit(Served{from, message.call, Access::write, message.token, value, was_done});
  context.send(from, ResourceReply{message.call, true, value, highest_token});
}

bool Resource::admits(LockContext& context, const Refused& request) {
  if (rules->accepts(request.token, highest_token)) return true;
  context.note("refuses the {} of {}: token {} is {} than {}", enumerator_name(request.access),
               request.client, request.token,
               request.token < highest_token ? "lower" : "not higher", highest_token);
  context.emit(request);
  context.send(request.client, ResourceReply{request.call, false, value, highest_token});
  return false;
}

void Resource::learn(LockContext& context, Revision token) {
  if (token <= highest_token) return;
  highest_token = token;
  context.note("has seen token {}: lower ones are refused from now on", token);
}

}  // namespace dsys::lock
