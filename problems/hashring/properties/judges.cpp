#include "problems/hashring/properties/judges.hpp"

#include <algorithm>
#include <cstdint>

namespace dsys::hashring {

std::string key_at(const Keys& keys, std::size_t place) {
  if (place < keys.list.size()) return keys.list[place];
  return keys.prefix + std::to_string(keys.first + (place - keys.list.size()));
}

void RingsSeen::observe(const Event& event) {
  if (const auto* const given = output_of<Given>(event)) setups[given->node] = given->setup;
  if (is_crash(event)) {
    RingSeen& ring = rings[event.node];
    ++ring.process;
    ring.joining.reset();
  }
  if (event.message == nullptr) return;
  asked.observe(event);
  const bool begins_change =
      event.kind == EventKind::deliver &&
      (message_of<AddNode>(event) != nullptr || message_of<RemoveNode>(event) != nullptr ||
       message_of<CompleteJoin>(event) != nullptr);
  if (begins_change) rings[event.node].is_settled = false;
  if (const auto* const reply = answer_of<MembershipReply>(event)) {
    confirm(rings[event.node], event, *reply);
  }
}

void RingsSeen::confirm(RingSeen& ring, const Event& event, const MembershipReply& reply) {
  if (const auto* const part = asked.question<JoinPart>(event, reply)) {
    if (!ring.members.contains(part->name)) ring.joining.emplace(part->name, part->weight);
    return;
  }
  ring.is_settled = true;
  if (const auto* const add = asked.question<AddNode>(event, reply)) {
    join(ring, add->name, add->weight);
    ring.version = std::max(ring.version, add->version);
  }
  if (const auto* const complete = asked.question<CompleteJoin>(event, reply)) {
    const bool was_joining = ring.joining && ring.joining->first == complete->name;
    if (!was_joining) return;
    join(ring, ring.joining->first, ring.joining->second);
    ring.joining.reset();
    ring.version = std::max(ring.version, complete->version);
  }
  if (const auto* const remove = asked.question<RemoveNode>(event, reply)) {
    ring.version = std::max(ring.version, remove->version);
    if (ring.members.erase(remove->name) == 0) return;
    ring.changes.push_back({Change::Kind::leave, remove->name});
  }
}

void RingsSeen::join(RingSeen& ring, const std::string& name, std::uint32_t weight) {
  const bool is_new = ring.members.emplace(name, weight).second;
  if (is_new) ring.changes.push_back({Change::Kind::join, name});
}

const OwnersTold* Placements::observe(const Event& event) {
  seen.observe(event);
  const auto [question, reply] = seen.asked.answered<Owners, OwnersReply>(event);
  const RingSeen& ring = seen.of(event.node);
  if (question == nullptr || !ring.is_whole()) return nullptr;
  auto& told = history[event.node];
  told.push_back({.keys = question->keys,
                  .members = ring.members,
                  .changes = ring.changes.size(),
                  .owners = numbers_of(names, reply->owners)});
  return &told.back();
}

std::optional<ChangeTold> Placements::observe_change(const Event& event) {
  const OwnersTold* const now = observe(event);
  if (now == nullptr || now->changes == 0) return std::nullopt;
  const OwnersTold* const before = earlier(event.node, *now, 1);
  if (before == nullptr) return std::nullopt;
  return ChangeTold{seen.of(event.node).changes.back(), *before, *now};
}

std::size_t count_moved(const OwnersTold& before, const OwnersTold& now) {
  std::size_t moved = 0;
  for (std::size_t i = 0; i < now.owners.size(); ++i) {
    moved += now.owners[i] != before.owners[i] ? 1 : 0;
  }
  return moved;
}

const OwnersTold* Placements::earlier(NodeId node, const OwnersTold& now,
                                      std::size_t changes_before) const {
  const auto found = history.find(node);
  if (found == history.end()) return nullptr;
  for (const OwnersTold& one : found->second) {
    const bool fits = one.changes + changes_before == now.changes && one.keys == now.keys &&
                      one.owners.size() == now.owners.size();
    if (fits && &one != &now) return &one;
  }
  return nullptr;
}

}  // namespace dsys::hashring
