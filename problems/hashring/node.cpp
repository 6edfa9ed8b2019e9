#include "problems/hashring/node.hpp"

#include "common/core/assert.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace dsys::hashring {
namespace {

// The member that a message or a record is about.
template <typename Change>
Member member_of(const Change& one) {
  return {.name = one.name, .weight = one.weight, .address = one.address};
}

// What `tell` says of each key, in their order.
template <typename Tell>
auto of_each(const Keys& keys, Tell&& tell) {
  std::vector<decltype(tell(std::string_view{}))> told;
  told.reserve(size_of(keys));
  for_each_key(keys, [&](std::string_view key) { told.push_back(tell(key)); });
  return told;
}

}  // namespace

// --- A process starts ---

void RingNode::on_start(RingContext& context, std::span<const RingProtocol::Record> disk) {
  RingConfig config{
      .virtual_nodes = setup.virtual_nodes, .hash_seed = setup.hash_seed, .pinned = {}};
  for (const Pin& pin : setup.pins) config.pinned.emplace(pin.text, pin.position);
  ring = Ring(std::move(config), rules);
  loads.percent = setup.load_percent;
  for (const auto& record : disk) {
    std::visit([this](const auto& one) { recover(one); }, record);
  }
  if (!disk.empty()) context.sync();  // a record that no sync covered counts from now on
}

void RingNode::recover(const Joined& record) {
  ring.add(member_of(record));                // of a member that is there already: its version
  DSYS_INVARIANT(record.version >= version);  // 2
  version = record.version;
}

void RingNode::recover(const Left& record) {
  ring.remove(record.name);                   // of one that is gone already: its version
  DSYS_INVARIANT(record.version >= version);  // 2
  version = record.version;
}

// --- The membership changes; one that is repeated finds its work done, and is confirmed again. If
// it brings a newer version, that is written: what was confirmed never goes back ---

void RingNode::handle(RingContext& context, NodeId from, const AddNode& message) {
  const bool is_news = adopt(message.version);
  const bool joins = ring.add(member_of(message));
  if (joins || is_news) record_join(context, message.name);
  if (joins) note_change(context, message.name, "joins");
  confirm(context, from, message.request);
}

void RingNode::handle(RingContext& context, NodeId from, const RemoveNode& message) {
  const bool is_news = adopt(message.version);
  const bool leaves = ring.remove(message.name);
  if (leaves) loads.forget(message.name);
  if (leaves || is_news) persist(context, Left{message.name, version});
  if (leaves) note_change(context, message.name, "leaves");
  confirm(context, from, message.request);
}

// Nothing goes to the disk yet: half a join is worth nothing after a crash.
void RingNode::handle(RingContext& context, NodeId from, const JoinPart& message) {
  ring.stage(member_of(message), {.first = message.first, .count = message.count});
  context.note("points {} to {} of {} have arrived", message.first, message.first + message.count,
               message.name);
  confirm(context, from, message.request);
}

// Nothing is known of the member if a crash took its parts: they have to come again.
void RingNode::handle(RingContext& context, NodeId from, const CompleteJoin& message) {
  const bool joins = ring.publish(message.name);
  const bool is_member = ring.find(message.name) != nullptr;
  const bool is_news = is_member && adopt(message.version);
  if (joins || is_news) record_join(context, message.name);
  if (joins) note_change(context, message.name, "joins");
  confirm(context, from, message.request);
}

// --- A client asks ---

void RingNode::handle(RingContext& context, NodeId from, const Owners& message) {
  const auto owner = [&](std::string_view key) {
    return std::optional<std::string>(ring.owner(key));
  };
  context.send(from, OwnersReply{message.request, version, of_each(message.keys, owner)});
}

void RingNode::handle(RingContext& context, NodeId from, const Replicas& message) {
  const auto nodes = [&](std::string_view key) { return ring.replicas(key, message.count); };
  context.send(from, ReplicasReply{message.request, of_each(message.keys, nodes)});
}

void RingNode::handle(RingContext& context, NodeId from, const Assign& message) {
  const auto node = [&](std::string_view key) { return loads.assign(ring, key); };
  context.send(from, AssignReply{message.request, of_each(message.keys, node)});
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
  const auto position = [&](std::string_view key) { return ring.position(key); };
  context.send(from, PositionsReply{message.request, of_each(message.keys, position)});
}

void RingNode::handle(RingContext& context, NodeId from, const Put& message) {
  const WriteClaim claim{.client_version = message.version,
                         .own_version = version,
                         .is_owner = ring.owner(message.key) == to_string(context.self())};
  const bool same_ring = claim.client_version == claim.own_version;
  PutStatus status = same_ring ? PutStatus::not_owner : PutStatus::other_version;
  if (rules->takes_write(claim)) {
    status = PutStatus::accepted;
    values[message.key] = message.value;
    persist(context, Stored{message.key, message.value});
  }
  context.send(from, PutReply{message.request, status, version});
}

// --- Small ---

bool RingNode::adopt(RingVersion offered) {
  const bool is_news = offered > version;
  version = std::max(version, offered);
  return is_news;
}

// Nothing of a name that was refused.
void RingNode::record_join(RingContext& context, std::string_view name) {
  const Member* const member = ring.find(name);
  if (member == nullptr) return;
  persist(context, Joined{member->name, member->weight, member->address, version});
}

// The one place that writes, so that nothing is answered that a power loss could take back.
void RingNode::persist(RingContext& context, RingProtocol::Record one) {
  context.write(std::move(one));
  context.sync();
}

void RingNode::note_change(RingContext& context, std::string_view name,
                           std::string_view what) const {
  context.note("{} {} (nodes {}, points {}, ring version {})", name, what, ring.members().size(),
               ring.points().size(), version);
}

void RingNode::confirm(RingContext& context, NodeId to, RequestNumber request) const {
  context.send(to, MembershipReply{request, version});
}

}  // namespace dsys::hashring
