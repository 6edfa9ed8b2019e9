#include "problems/zklock/given/resource.hpp"

#include <algorithm>
#include <variant>

namespace dsys::zklock {

void Resource::on_start(LockContext& /*context*/, std::span<const Record> disk) {
  for (const Record& record : disk) {
    const auto& stored = std::get<StoredCounter>(record);
    value = stored.value;
    highest_token = stored.highest_token;
    if (stored.call != 0) writes[stored.client] = {stored.token, stored.call};
  }
}

void Resource::on_message(LockContext& context, NodeId from, const Message& message) {
  if (const auto* const asked = std::get_if<ReadRequest>(&message)) {
    read(context, from, *asked);
  } else if (const auto* const told = std::get_if<WriteRequest>(&message)) {
    write(context, from, *told);
  }
}

void Resource::read(LockContext& context, NodeId from, const ReadRequest& message) {
  if (!rules->accepts(message.token, highest_token)) {
    return refuse(context, from, {from, message.call, Access::read, message.token, highest_token});
  }
  if (message.token > highest_token) {
    learn(context, message.token);
    context.write(StoredCounter{.value = value, .highest_token = highest_token});
    context.sync();
  }
  context.emit(Served{from, message.call, Access::read, message.token, value});
  context.send(from, ResourceReply{message.call, true, value, highest_token});
}

// Check and effect are one step: nothing comes between them.
void Resource::write(LockContext& context, NodeId from, const WriteRequest& message) {
  if (!rules->accepts(message.token, highest_token)) {
    return refuse(context, from, {from, message.call, Access::write, message.token, highest_token});
  }
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

void Resource::refuse(LockContext& context, NodeId from, const Refused& refused) {
  context.note("refuses the {} of {}: token {} is {} than {}", enumerator_name(refused.access),
               from, refused.token, refused.token < highest_token ? "lower" : "not higher",
               highest_token);
  context.emit(refused);
  context.send(from, ResourceReply{refused.call, false, value, highest_token});
}

void Resource::learn(LockContext& context, Zxid token) {
  if (token <= highest_token) return;
  highest_token = token;
  context.note("has seen token {}: lower ones are refused from now on", token);
}

}  // namespace dsys::zklock
