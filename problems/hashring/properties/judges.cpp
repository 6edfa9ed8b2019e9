#include "problems/hashring/properties/judges.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <utility>

namespace dsys::hashring {

std::string key_at(const Keys& keys, std::size_t place) {
  if (place < keys.list.size()) return keys.list[place];
  return keys.prefix + std::to_string(keys.first + (place - keys.list.size()));
}

void VersionSeen::raise(RingVersion heard) {
  least = std::max(least, heard);
  most = std::max(most, heard);
}

void VersionSeen::hear(RingVersion told) {
  wrong.reset();
  if (told < least || told > most) {
    wrong = told;
    return;
  }
  least = told;
  most = told;
}

std::uint64_t RingSeen::total_weight() const {
  std::uint64_t total = 0;
  for (const auto& [name, weight] : members) total += weight;
  return total;
}

namespace {

void join(RingSeen& ring, const std::string& name, std::uint32_t weight) {
  ring.doubts.erase(name);
  ring.joining.erase(name);
  if (ring.members.emplace(name, weight).second) ring.changes.push_back({Change::Kind::join, name});
}

void leave(RingSeen& ring, const std::string& name) {
  ring.doubts.erase(name);
  const bool was_member = ring.members.erase(name) > 0;
  if (was_member) ring.changes.push_back({Change::Kind::leave, name});
}

void doubt(RingSeen& ring, const std::string& name, Doubt one) {
  ring.members.erase(name);
  const auto [known, is_new] = ring.doubts.emplace(name, one);
  if (!is_new && known->second.weight != one.weight) known->second.weight = 0;
  ring.changes.push_back({Change::Kind::doubtful, name});
}

bool is_arriving_whole(const Arriving& one, std::uint32_t virtual_nodes) {
  return !one.is_muddled && one.points.size() == std::size_t{virtual_nodes} * one.weight;
}

std::uint32_t weight_of_member(const RingSeen& ring, const std::string& name) {
  const auto found = ring.members.find(name);
  return found == ring.members.end() ? 1 : found->second;
}

}  // namespace

void RingsSeen::observe(const Event& event) {
  if (const auto* const given = output_of<Given>(event)) setups[given->node] = given->setup;
  if (is_crash(event)) return crash(event.node);
  if (event.message == nullptr) return;
  asked.observe(event);
  RingSeen& ring = rings[event.node];
  const bool begins_change =
      event.kind == EventKind::deliver &&
      (message_of<AddNode>(event) != nullptr || message_of<RemoveNode>(event) != nullptr ||
       message_of<CompleteJoin>(event) != nullptr);
  if (begins_change) ring.under_way = event.peer;
  if (const auto* const reply = answer_of<MembershipReply>(event)) {
    confirm(ring, event, *reply);
    ring.version.hear(reply->version);
  }
  if (const auto* const reply = answer_of<OwnersReply>(event)) ring.version.hear(reply->version);
  if (const auto* const reply = answer_of<PutReply>(event)) ring.version.hear(reply->version);
  if (const auto* const reply = answer_of<PointsReply>(event)) {
    hear_points(ring, event.node, *reply);
  }
}

// What was under way may have reached the disk, and whoever asked will ask again.
void RingsSeen::crash(NodeId node) {
  RingSeen& ring = rings[node];
  ++ring.process;
  const auto joining = std::exchange(ring.joining, {});
  ring.given_up.clear();
  ring.version.forget();
  const auto asker = std::exchange(ring.under_way, std::nullopt);
  const auto latest = asker ? asked.latest.find({node, *asker}) : asked.latest.end();
  if (latest == asked.latest.end()) return;
  if (const auto* const add = std::get_if<AddNode>(&latest->second)) {
    ring.version.may_have_risen(add->version);
    if (!ring.members.contains(add->name)) doubt(ring, add->name, {.weight = add->weight});
  }
  if (const auto* const remove = std::get_if<RemoveNode>(&latest->second)) {
    ring.version.may_have_risen(remove->version);
    const bool was_member = ring.members.contains(remove->name);
    const std::uint32_t weight = weight_of_member(ring, remove->name);
    if (was_member) doubt(ring, remove->name, {.weight = weight});
  }
  if (const auto* const complete = std::get_if<CompleteJoin>(&latest->second)) {
    ring.version.may_have_risen(complete->version);
    const auto parts = joining.find(complete->name);
    const bool was_member = ring.members.contains(complete->name);
    if (parts != joining.end() && !was_member) {
      doubt(ring, complete->name, {.weight = parts->second.weight});
    }
  }
}

void RingsSeen::confirm(RingSeen& ring, const Event& event, const MembershipReply& reply) {
  const std::uint32_t virtual_nodes = setups[event.node].virtual_nodes;
  if (const auto* const part = asked.question<JoinPart>(event, reply)) {
    const auto [arriving, is_first] = ring.joining.emplace(part->name, Arriving{part->weight, {}});
    if (ring.members.contains(part->name)) {
      ring.joining.erase(arriving);  // it is a member already: the part is late
      ring.given_up.insert(part->name);
      return;
    }
    Arriving& one = arriving->second;
    one.is_muddled = one.is_muddled || one.weight != part->weight;
    const std::uint64_t behind = std::uint64_t{part->first} + part->count;
    const std::uint64_t end = std::min(behind, std::uint64_t{virtual_nodes} * part->weight);
    for (std::uint64_t i = part->first; i < end; ++i) {
      one.points.insert(static_cast<std::uint32_t>(i));
    }
    return;
  }
  ring.under_way.reset();
  const bool is_repeated = !ring.confirmed.insert({event.peer, reply.request}).second;
  if (const auto* const add = asked.question<AddNode>(event, reply)) take(ring, *add, is_repeated);
  if (const auto* const remove = asked.question<RemoveNode>(event, reply)) {
    take(ring, *remove, is_repeated);
  }
  if (const auto* const complete = asked.question<CompleteJoin>(event, reply)) {
    take(ring, *complete, is_repeated, virtual_nodes);
  }
}

void RingsSeen::take(RingSeen& ring, const AddNode& add, bool is_repeated) const {
  if (is_repeated) {
    ring.version.may_have_risen(add.version);
  } else {
    ring.version.raise(add.version);
  }
  if (ring.members.contains(add.name)) return;
  const auto in_doubt = ring.doubts.find(add.name);
  const bool stays_in_doubt =
      is_repeated || (in_doubt != ring.doubts.end() && in_doubt->second.weight != add.weight);
  if (stays_in_doubt) return doubt(ring, add.name, {.weight = add.weight});
  ring.version.keep(add.version);
  join(ring, add.name, add.weight);
}

void RingsSeen::take(RingSeen& ring, const RemoveNode& remove, bool is_repeated) const {
  const bool gives_up = ring.joining.erase(remove.name) > 0;
  if (gives_up) ring.given_up.insert(remove.name);
  if (is_repeated) {
    ring.version.may_have_risen(remove.version);
    const std::uint32_t weight = weight_of_member(ring, remove.name);
    if (ring.members.contains(remove.name)) doubt(ring, remove.name, {.weight = weight});
    return;
  }
  ring.version.raise(remove.version);
  const bool changes = ring.members.contains(remove.name) || ring.doubts.contains(remove.name);
  if (changes) ring.version.keep(remove.version);
  leave(ring, remove.name);
}

void RingsSeen::take(RingSeen& ring, const CompleteJoin& complete, bool is_repeated,
                     std::uint32_t virtual_nodes) const {
  const auto parts = ring.joining.find(complete.name);
  const bool has_parts = parts != ring.joining.end();
  const bool is_member = ring.members.contains(complete.name);
  const bool is_known = !ring.doubts.contains(complete.name) && !is_repeated;
  if (is_member) {
    ring.joining.erase(complete.name);
    return is_repeated ? ring.version.may_have_risen(complete.version)
                       : ring.version.raise(complete.version);
  }
  if (!has_parts && is_known && !ring.given_up.contains(complete.name)) return;
  const bool joins = has_parts && is_known && is_arriving_whole(parts->second, virtual_nodes);
  if (joins) {
    ring.version.raise(complete.version);
    ring.version.keep(complete.version);
    return join(ring, complete.name, parts->second.weight);
  }
  ring.version.may_have_risen(complete.version);
  if (!has_parts && ring.doubts.contains(complete.name)) return;
  const bool is_weight_known = has_parts && !parts->second.is_muddled;
  doubt(ring, complete.name, {.weight = is_weight_known ? parts->second.weight : 0});
  ring.joining.erase(complete.name);
}

// A node that shows its points shows who is a member.
void RingsSeen::hear_points(RingSeen& ring, NodeId node, const PointsReply& reply) {
  if (ring.doubts.empty()) return;
  std::map<std::string_view, std::size_t> counts;
  for (const PlacedPoint& point : reply.points) ++counts[point.node];
  const auto doubts = ring.doubts;
  for (const auto& [name, one] : doubts) {
    const std::size_t count = counts[name];
    if (count == 0) leave(ring, name);
    const bool has_all = count == std::size_t{setups[node].virtual_nodes} * one.weight;
    if (count > 0 && has_all) join(ring, name, one.weight);
  }
}

void LoadsSeen::observe(const Event& event, RingsSeen& seen) {
  if (is_crash(event)) nodes_.erase(event.node);  // what it carried ended with it
  const RingSeen& ring = seen.of(event.node);
  Loads& all = nodes_[event.node];
  const bool is_unclear = answer_of<AssignReply>(event) != nullptr && !ring.is_settled();
  all.are_lost = all.are_lost || is_unclear;
  if (answer_of<MembershipReply>(event) == nullptr) return;
  for (auto one = all.loads.begin(); one != all.loads.end();) {
    const bool stays = ring.members.contains(one->first);
    all.are_lost = all.are_lost || ring.doubts.contains(one->first);
    if (!stays) all.assigned -= one->second;
    one = stays ? std::next(one) : all.loads.erase(one);
  }
}

void LoadsSeen::add(NodeId node, const std::string& name) {
  Loads& all = nodes_[node];
  ++all.loads[name];
  ++all.assigned;
}

std::uint64_t LoadsSeen::capacity(NodeId node, RingsSeen& seen, std::uint64_t weight,
                                  std::uint64_t more) {
  const std::uint64_t divisor = 100 * seen.of(node).total_weight();
  const std::uint64_t shares = seen.setups[node].load_percent * (assigned(node) + more) * weight;
  return divisor == 0 ? 0 : (shares + divisor - 1) / divisor;
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
