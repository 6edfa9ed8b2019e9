#include "problems/hashring/node.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

namespace dsys::hashring {
namespace {

RingConfig ring_config(const Setup& setup, std::uint64_t hash_seed) {
  RingConfig config{.virtual_nodes = setup.virtual_nodes, .hash_seed = hash_seed, .pinned = {}};
  for (const Pin& pin : setup.pins) config.pinned.emplace(pin.text, pin.position);
  return config;
}

PutStatus status_of(WriteVerdict verdict) {
  switch (verdict) {
    case WriteVerdict::accept:
      return PutStatus::accepted;
    case WriteVerdict::other_version:
      return PutStatus::other_version;
    default:
      return PutStatus::not_owner;
  }
}

template <typename Name>
std::optional<std::string> copy_of(const std::optional<Name>& name) {
  return name ? std::optional<std::string>(std::in_place, *name) : std::nullopt;
}

}  // namespace

// --- A process starts ---

void RingNode::on_start(RingContext& context, std::span<const Record> disk) {
  const std::uint64_t hash_seed = rules->seed(setup.hash_seed, context.random());
  ring = Ring(ring_config(setup, hash_seed), rules);
  loads.percent = setup.load_percent;
  for (const Record& record : disk) {
    std::visit([this](const auto& one) { recover(one); }, record);
  }
  if (!disk.empty()) context.sync();  // a record that no sync covered counts from now on
}

void RingNode::recover(const Joined& record) {
  ring.add(Member{.name = record.name, .weight = record.weight, .address = record.address});
  version = std::max(version, record.version);
}

void RingNode::recover(const Left& record) {
  ring.remove(record.name);
  version = std::max(version, record.version);
}

void RingNode::recover(const Stored& record) {
  values[record.key] = record.value;
}

void RingNode::on_message(RingContext& context, NodeId from, const Message& message) {
  std::visit([&](const auto& one) { handle(context, from, one); }, message);
}

// A node sets no timers: it acts only when asked.
void RingNode::on_timer(RingContext& /*context*/, const Timer& /*timer*/) {}

// --- The membership changes ---

// A repeated change finds its work done and is confirmed again.
void RingNode::handle(RingContext& context, NodeId from, const AddNode& message) {
  const Member member{.name = message.name, .weight = message.weight, .address = message.address};
  version = std::max(version, message.version);
  if (ring.add(member)) record_join(context, member);
  confirm(context, from, message.request);
}

void RingNode::handle(RingContext& context, NodeId from, const RemoveNode& message) {
  version = std::max(version, message.version);
  if (ring.remove(message.name)) {
    loads.forget(message.name);
    context.write(Left{message.name, version});
    context.sync();
    context.note("{} leaves (nodes {}, points {}, ring version {})", message.name,
                 ring.members().size(), ring.points().size(), version);
  }
  confirm(context, from, message.request);
}

// Nothing goes to the disk yet: half a join is worth nothing after a crash.
void RingNode::handle(RingContext& context, NodeId from, const JoinPart& message) {
  ring.stage({.name = message.name, .weight = message.weight, .address = message.address},
             {.first = message.first, .count = message.count});
  context.note("points {} to {} of {} have arrived", message.first, message.first + message.count,
               message.name);
  confirm(context, from, message.request);
}

void RingNode::handle(RingContext& context, NodeId from, const CompleteJoin& message) {
  const auto members = ring.members();
  const auto joining = std::find_if(members.begin(), members.end(),
                                    [&](const Member& one) { return one.name == message.name; });
  if (joining != members.end()) {  // else a crash took the parts: they have to come again
    ring.publish(message.name);    // shows its points; the list of members stays as it is
    version = std::max(version, message.version);
    record_join(context, *joining);
  }
  confirm(context, from, message.request);
}

void RingNode::record_join(RingContext& context, const Member& member) {
  context.write(Joined{member.name, member.weight, member.address, version});
  context.sync();
  context.note("{} joins (nodes {}, points {}, ring version {})", member.name,
               ring.members().size(), ring.points().size(), version);
}

void RingNode::confirm(RingContext& context, NodeId to, RequestNumber request) const {
  context.send(to, MembershipReply{request, version});
}

// --- Somebody asks ---

void RingNode::handle(RingContext& context, NodeId from, const Owners& message) {
  OwnersReply reply{.request = message.request, .version = version, .owners = {}};
  reply.owners.reserve(size_of(message.keys));
  for_each_key(message.keys,
               [&](std::string_view key) { reply.owners.push_back(copy_of(ring.owner(key))); });
  context.send(from, std::move(reply));
}

void RingNode::handle(RingContext& context, NodeId from, const Replicas& message) {
  ReplicasReply reply{.request = message.request, .nodes = {}};
  for_each_key(message.keys, [&](std::string_view key) {
    reply.nodes.push_back(ring.replicas(key, message.count));
  });
  context.send(from, std::move(reply));
}

void RingNode::handle(RingContext& context, NodeId from, const Assign& message) {
  AssignReply reply{.request = message.request, .nodes = {}};
  for_each_key(message.keys,
               [&](std::string_view key) { reply.nodes.push_back(loads.assign(ring, key)); });
  context.send(from, std::move(reply));
}

void RingNode::handle(RingContext& context, NodeId from, const Points& message) {
  PointsReply reply{.request = message.request, .points = {}};
  reply.points.reserve(ring.points().size());
  for (const Point& point : ring.points()) {
    reply.points.push_back({point.position, ring.member(point.node).name});
  }
  context.send(from, std::move(reply));
}

void RingNode::handle(RingContext& context, NodeId from, const Positions& message) {
  PositionsReply reply{.request = message.request, .positions = {}};
  reply.positions.reserve(size_of(message.keys));
  for_each_key(message.keys,
               [&](std::string_view key) { reply.positions.push_back(ring.position(key)); });
  context.send(from, std::move(reply));
}

void RingNode::handle(RingContext& context, NodeId from, const Put& message) {
  const WriteClaim claim{.client_version = message.version,
                         .own_version = version,
                         .is_owner = ring.owner(message.key) == to_string(context.self())};
  const WriteVerdict verdict = rules->judge_write(claim);
  if (verdict == WriteVerdict::accept) {
    values[message.key] = message.value;
    context.write(Stored{message.key, message.value});
    context.sync();
  }
  context.send(from, PutReply{message.request, status_of(verdict), version});
}

// --- Answers, which only those who ask receive ---

void RingNode::handle(RingContext& /*context*/, NodeId /*from*/,
                      const MembershipReply& /*message*/) {}
void RingNode::handle(RingContext& /*context*/, NodeId /*from*/, const OwnersReply& /*message*/) {}
void RingNode::handle(RingContext& /*context*/, NodeId /*from*/, const ReplicasReply& /*message*/) {
}
void RingNode::handle(RingContext& /*context*/, NodeId /*from*/, const AssignReply& /*message*/) {}
void RingNode::handle(RingContext& /*context*/, NodeId /*from*/, const PointsReply& /*message*/) {}
void RingNode::handle(RingContext& /*context*/, NodeId /*from*/,
                      const PositionsReply& /*message*/) {}
void RingNode::handle(RingContext& /*context*/, NodeId /*from*/, const PutReply& /*message*/) {}

}  // namespace dsys::hashring
