// HR-S1 to HR-S8: where keys are placed. What a lookup must give follows from the node's own points
// and positions, so that any hash function can be judged.
//
// service.cpp has HR-S9 and HR-S10, circle.cpp HR-S11 and HR-S12, answers.cpp HR-S13 to HR-S17,
// quality.cpp HR-Q1 to HR-Q3 and the sometimes-properties.
#include "problems/hashring/parts.hpp"

#include "problems/hashring/properties/judges.hpp"
#include "problems/hashring/properties/oracle.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dsys::hashring {
namespace {

// The first key whose owner two placements tell differently.
std::optional<std::size_t> first_difference(const std::vector<NameNumber>& left,
                                            const std::vector<NameNumber>& right) {
  if (left.size() != right.size()) return std::min(left.size(), right.size());
  const auto [one, other] = std::mismatch(left.begin(), left.end(), right.begin());
  (void)other;
  if (one == left.end()) return std::nullopt;
  return static_cast<std::size_t>(one - left.begin());
}

std::string owner_text(const Names& names, const std::vector<NameNumber>& owners,
                       std::size_t place) {
  return place < owners.size() ? names.text_of(owners[place]) : "nothing";
}

// --- HR-S1 ---

struct OwnersAreDetermined {
  struct Told {
    NodeId node{};
    unsigned process = 0;
    Setup setup;
    OwnersTold placement;
  };
  Placements placements;
  std::vector<Told> told;

  Reason observe(const Event& event) {
    const OwnersTold* const now = placements.observe(event);
    if (now == nullptr) return std::nullopt;
    const unsigned process = placements.seen.of(event.node).process;
    const Setup& setup = placements.seen.setups[event.node];
    for (const Told& one : told) {
      const bool is_other = one.node != event.node || one.process != process;
      const bool must_agree = is_other && one.setup == setup &&
                              one.placement.members == now->members &&
                              one.placement.keys == now->keys;
      if (!must_agree) continue;
      if (auto reason = clash(one, *now, event.node)) return reason;
    }
    told.push_back({event.node, process, setup, *now});
    return std::nullopt;
  }

  Reason clash(const Told& one, const OwnersTold& now, NodeId node) const {
    const auto place = first_difference(one.placement.owners, now.owners);
    if (!place) return std::nullopt;
    const std::string who =
        one.node == node ? fmt::format("{} in an earlier process", node) : to_string(one.node);
    return fmt::format("with the same members {} gives {} to {}, {} gave it to {}", node,
                       key_at(now.keys, *place), owner_text(placements.names, now.owners, *place),
                       who, owner_text(placements.names, one.placement.owners, *place));
  }
};

// --- HR-S2 ---

struct OwnerIsSuccessor {
  Oracle oracle;

  Reason observe(const Event& event) {
    oracle.observe(event);
    const auto [question, reply] = oracle.seen.asked.answered<Owners, OwnersReply>(event);
    const Circle* const circle = question == nullptr ? nullptr : oracle.circle_of(event.node);
    if (circle == nullptr) return std::nullopt;
    const auto positions = oracle.positions_of(event.node, question->keys);
    if (!positions) return std::nullopt;
    if (positions->size() != reply->owners.size()) {
      return fmt::format("{} was asked for {} keys and gave {} owners", event.node,
                         positions->size(), reply->owners.size());
    }
    for (std::size_t i = 0; i < positions->size(); ++i) {
      const auto& owner = reply->owners[i];
      if (owner && circle->may_own((*positions)[i], *owner)) continue;
      if (!owner && circle->points.empty()) continue;
      return reason(event.node, *circle, key_at(question->keys, i), (*positions)[i],
                    owner.value_or("no node"));
    }
    return std::nullopt;
  }

  static std::string reason(NodeId node, const Circle& circle, const std::string& key,
                            std::uint64_t position, const std::string& owner) {
    if (circle.points.empty()) {
      return fmt::format("{} has no points, and gave {} to {}", node, key, owner);
    }
    const PlacedPoint& right = circle.points[circle.successor(position)];
    const bool wraps = right.position < position;
    return fmt::format("{} lies at {}; the first point {} is {}'s at {}, but {} answered {}", key,
                       position,
                       wraps ? "clockwise, past the end of the circle," : "at or after it",
                       right.node, right.position, node, owner);
  }
};

// --- HR-S3 ---

struct JoinTakesOnlyForItself {
  Placements placements;

  Reason observe(const Event& event) {
    const auto told = placements.observe_change(event);
    const bool is_join = told && told->change.kind == Change::Kind::join;
    if (!is_join || told->before.members.empty()) return std::nullopt;
    const NameNumber joined = placements.names.number_of(std::string_view(told->change.name));
    const auto place = told->first_where(
        [joined](NameNumber before, NameNumber now) { return now != before && now != joined; });
    if (!place) return std::nullopt;
    return fmt::format("{} joined, and {} moved from {} to {}", told->change.name,
                       key_at(told->now.keys, *place),
                       placements.names.text_of(told->before.owners[*place]),
                       placements.names.text_of(told->now.owners[*place]));
  }
};

// --- HR-S4 ---

struct LeaveMovesOnlyItsKeys {
  Placements placements;

  Reason observe(const Event& event) {
    const auto told = placements.observe_change(event);
    const bool is_leave = told && told->change.kind == Change::Kind::leave;
    if (!is_leave || told->now.members.empty()) return std::nullopt;
    const NameNumber left = placements.names.number_of(std::string_view(told->change.name));
    const auto place = told->first_where([left](NameNumber before, NameNumber now) {
      const bool is_with_another = now != left && now != 0;
      return before == left ? !is_with_another : now != before;
    });
    if (!place) return std::nullopt;
    return fmt::format("{} left; {} was with {} and is now with {}", told->change.name,
                       key_at(told->now.keys, *place),
                       placements.names.text_of(told->before.owners[*place]),
                       placements.names.text_of(told->now.owners[*place]));
  }
};

// --- HR-S5 ---

struct InverseChangesRestore {
  Placements placements;

  Reason observe(const Event& event) {
    const OwnersTold* const now = placements.observe(event);
    if (now == nullptr || now->changes < 2) return std::nullopt;
    const auto& changes = placements.seen.of(event.node).changes;
    const Change& first = changes[changes.size() - 2];
    const Change& second = changes.back();
    const OwnersTold* const before = placements.earlier(event.node, *now, 2);
    const bool are_inverse = first.name == second.name && first.kind != second.kind;
    if (before == nullptr || !are_inverse || before->members != now->members) return std::nullopt;
    const auto place = first_difference(before->owners, now->owners);
    if (!place) return std::nullopt;
    const bool returned = first.kind == Change::Kind::leave;
    return fmt::format(
        "{} {}, and {} of {} keys are with another node than before: {} was with {}, "
        "now with {}",
        second.name, returned ? "left and returned" : "joined and left", count_moved(*before, *now),
        now->owners.size(), key_at(now->keys, *place),
        owner_text(placements.names, before->owners, *place),
        owner_text(placements.names, now->owners, *place));
  }
};

// --- HR-S6 ---

struct CollisionsKeepBoth {
  Oracle oracle;
  struct Shown {
    std::vector<PlacedPoint> points;
    std::size_t changes = 0;  // how many the node had had
  };
  std::map<NodeId, Shown> shown;

  Reason observe(const Event& event) {
    oracle.observe(event);
    if (is_crash(event)) shown.erase(event.node);
    const Circle* const circle = event.message == nullptr ? nullptr : oracle.circle_of(event.node);
    if (circle == nullptr) return std::nullopt;
    if (answer_of<PointsReply>(event) != nullptr) return judge_points(event.node, *circle);
    const auto [question, reply] = oracle.seen.asked.answered<Owners, OwnersReply>(event);
    if (question == nullptr || !oracle.seen.of(event.node).joining.empty()) return std::nullopt;
    return judge_order(event.node, *circle, question->keys, *reply);
  }

  Reason judge_points(NodeId node, const Circle& circle) {
    const RingSeen& ring = oracle.seen.of(node);
    const std::uint32_t virtual_nodes = oracle.seen.setups[node].virtual_nodes;
    for (const Pin& pin : oracle.seen.setups[node].pins) {
      const std::string name = pin.text.substr(0, pin.text.rfind('#'));
      const auto member = ring.members.find(name);
      const bool is_point =
          name != pin.text && member != ring.members.end() &&
          number_of_label(pin.text) < std::uint64_t{virtual_nodes} * member->second;
      if (!is_point || circle.has_point(pin.position, name)) continue;
      return fmt::format("the point {} at {} is not on the ring of {}, though {} is a member",
                         pin.text, pin.position, node, name);
    }
    const Shown before = std::exchange(shown[node], Shown{circle.points, ring.changes.size()});
    for (const PlacedPoint& point : before.points) {
      if (!stayed(ring, point.node, before.changes)) continue;
      if (circle.has_point(point.position, point.node)) continue;
      return fmt::format("the point of {} at {} is gone from the ring of {}, though {} stayed",
                         point.node, point.position, node, point.node);
    }
    return std::nullopt;
  }

  // No change since so many was its own.
  static bool stayed(const RingSeen& ring, const std::string& name, std::size_t changes) {
    const auto first = ring.changes.begin() + static_cast<std::ptrdiff_t>(changes);
    return ring.members.contains(name) &&
           std::none_of(first, ring.changes.end(),
                        [&](const Change& one) { return one.name == name; });
  }

  // Of "server2#17" it is 17. Labels are pinned by us, so it is a number.
  static std::uint64_t number_of_label(const std::string& label) {
    return std::stoull(label.substr(label.rfind('#') + 1));
  }

  // The first by name of the nodes on one position owns it.
  Reason judge_order(NodeId node, const Circle& circle, const Keys& keys,
                     const OwnersReply& reply) {
    const auto positions = oracle.positions_of(node, keys);
    if (!positions) return std::nullopt;
    for (std::size_t i = 0; i < positions->size() && i < reply.owners.size(); ++i) {
      std::vector<std::string_view> sharing = circle.owners_at((*positions)[i]);
      std::sort(sharing.begin(), sharing.end());
      if (sharing.empty() || sharing.front() == sharing.back()) continue;
      if (reply.owners[i] == sharing.front()) continue;
      return fmt::format(
          "{} and {} share a position; {} belongs to {}, the first by name, but {} answered {}",
          sharing.front(), sharing.back(), key_at(keys, i), sharing.front(), node,
          reply.owners[i].value_or("no node"));
    }
    return std::nullopt;
  }
};

// --- HR-S7 ---

struct ReplicasAreDistinct {
  struct Told {
    Keys keys;
    std::uint32_t count = 0;  // how many were asked for
    std::size_t changes = 0;
    std::vector<std::vector<std::string>> nodes;
  };
  Oracle oracle;
  std::map<NodeId, Told> before;
  std::map<NodeId, std::pair<Keys, OwnersReply>> owners;  // on the present ring

  Reason observe(const Event& event) {
    oracle.observe(event);
    const RingSeen& ring = oracle.seen.of(event.node);
    if (answer_of<MembershipReply>(event) != nullptr) owners.erase(event.node);
    const auto [owners_asked, told] = oracle.seen.asked.answered<Owners, OwnersReply>(event);
    if (owners_asked != nullptr) owners[event.node] = {owners_asked->keys, *told};
    const auto [question, reply] = oracle.seen.asked.answered<Replicas, ReplicasReply>(event);
    if (question == nullptr || !ring.is_whole()) return std::nullopt;
    if (auto reason = judge_lists(ring, *question, *reply)) return reason;
    if (auto reason = judge_first(event.node, *question, *reply)) return reason;
    if (auto reason = judge_walk(event.node, *question, *reply)) return reason;
    if (auto reason = judge_survivors(event.node, ring, *question, *reply)) return reason;
    before[event.node] = {question->keys, question->count, ring.changes.size(), reply->nodes};
    return std::nullopt;
  }

  static Reason judge_lists(const RingSeen& ring, const Replicas& question,
                            const ReplicasReply& reply) {
    const std::size_t wanted = std::min<std::size_t>(question.count, ring.members.size());
    if (reply.nodes.size() != size_of(question.keys)) {
      return fmt::format("{} lists for {} keys", reply.nodes.size(), size_of(question.keys));
    }
    for (std::size_t i = 0; i < reply.nodes.size(); ++i) {
      const std::set<std::string> distinct(reply.nodes[i].begin(), reply.nodes[i].end());
      if (distinct.size() == wanted && reply.nodes[i].size() == wanted) continue;
      return fmt::format("the copies of {} are on [{}]: {} different nodes where {} are wanted",
                         key_at(question.keys, i), fmt::join(reply.nodes[i], " "), distinct.size(),
                         wanted);
    }
    return std::nullopt;
  }

  Reason judge_first(NodeId node, const Replicas& question, const ReplicasReply& reply) const {
    const auto known = owners.find(node);
    if (known == owners.end() || known->second.first != question.keys) return std::nullopt;
    const auto& told = known->second.second.owners;
    for (std::size_t i = 0; i < reply.nodes.size() && i < told.size(); ++i) {
      if (!told[i] || reply.nodes[i].empty() || reply.nodes[i].front() == *told[i]) continue;
      return fmt::format("{} belongs to {}, but its first copy is on {}", key_at(question.keys, i),
                         *told[i], reply.nodes[i].front());
    }
    return std::nullopt;
  }

  // Where points and positions are known, each list is known too.
  Reason judge_walk(NodeId node, const Replicas& question, const ReplicasReply& reply) {
    const Circle* const circle = oracle.circle_of(node);
    const auto positions = oracle.positions_of(node, question.keys);
    if (circle == nullptr || !positions) return std::nullopt;
    for (std::size_t i = 0; i < positions->size(); ++i) {
      const std::vector<std::string_view> right = circle->walk((*positions)[i], question.count);
      const auto& told = reply.nodes[i];
      if (std::equal(right.begin(), right.end(), told.begin(), told.end())) continue;
      return fmt::format("the copies of {} are on [{}]; clockwise from {} come [{}]",
                         key_at(question.keys, i), fmt::join(told, " "), (*positions)[i],
                         fmt::join(right, " "));
    }
    return std::nullopt;
  }

  // A node left: without it, each list begins as it did.
  Reason judge_survivors(NodeId node, const RingSeen& ring, const Replicas& question,
                         const ReplicasReply& reply) {
    const Told& told = before[node];
    const bool is_next = told.changes + 1 == ring.changes.size() && told.keys == question.keys &&
                         told.count == question.count;
    if (!is_next || ring.changes.back().kind != Change::Kind::leave) return std::nullopt;
    for (std::size_t i = 0; i < told.nodes.size() && i < reply.nodes.size(); ++i) {
      std::vector<std::string> survivors = told.nodes[i];
      std::erase(survivors, ring.changes.back().name);
      const std::vector<std::string>& now = reply.nodes[i];
      if (survivors.size() <= now.size() &&
          std::equal(survivors.begin(), survivors.end(), now.begin())) {
        continue;
      }
      return fmt::format("{} left: the copies of {} were on [{}] and are now on [{}]",
                         ring.changes.back().name, key_at(question.keys, i),
                         fmt::join(told.nodes[i], " "), fmt::join(now, " "));
    }
    return std::nullopt;
  }
};

// --- HR-S8 ---

struct EmptyAndSingleAreExplicit {
  Placements placements;

  Reason observe(const Event& event) {
    const OwnersTold* const now = placements.observe(event);
    if (now == nullptr || now->members.size() > 1) return std::nullopt;
    const NameNumber expected =
        now->members.empty()
            ? NameNumber{0}
            : placements.names.number_of(std::string_view(now->members.begin()->first));
    for (std::size_t i = 0; i < now->owners.size(); ++i) {
      if (now->owners[i] == expected) continue;
      return fmt::format("{} has {} and answers \"{}\" for {}", event.node,
                         expected == 0 ? "an empty ring" : "one node",
                         placements.names.text_of(now->owners[i]), key_at(now->keys, i));
    }
    return std::nullopt;
  }
};

}  // namespace

std::vector<Property> placement_properties() {
  return {
      always<OwnersAreDetermined>(
          {"HR-S1", "Determinism",
           "The owner of a key depends only on the nodes, their weights, the number of points and "
           "the hash; not on the order of changes, the process or the machine.",
           "Karger et al. 1997"}),
      always<OwnerIsSuccessor>(
          {"HR-S2", "Successor",
           "The owner of a key is the node of the smallest position at or after the key's, else of "
           "the smallest of all; until a join in parts is complete, the owner before it.",
           "Karger et al. 1997"}),
      always<JoinTakesOnlyForItself>(
          {"HR-S3", "Join", "When a node joins, every key whose owner changes goes to that node.",
           "Karger et al. 1997 (monotonicity)"}),
      always<LeaveMovesOnlyItsKeys>(
          {"HR-S4", "Leave",
           "When a node leaves, its keys go to others and all other keys keep their owner.",
           "Karger et al. 1997 (monotonicity)"}),
      always<InverseChangesRestore>(
          {"HR-S5", "Inverse",
           "A join and a leave of one node, in either order, restore every owner.",
           "README, Promise"}),
      always<CollisionsKeepBoth>(
          {"HR-S6", "Collisions",
           "Of points on one position all stay, the first by name owns it, and a leave takes no "
           "point of another node.",
           "README, Promise"}),
      always<ReplicasAreDistinct>(
          {"HR-S7", "Replicas",
           "A key's replicas are min(R, N) different nodes in the order in which a walk clockwise "
           "meets them, its owner first; when one leaves the others keep their order.",
           "DeCandia et al. 2007, 4.3"}),
      always<EmptyAndSingleAreExplicit>(
          {"HR-S8", "Empty and single",
           "An empty ring answers \"no node\", never a name; a single node owns everything.",
           "README, Promise"})};
}

std::vector<Property> properties() {
  return check::in_order<RingProtocol>({placement_properties(), service_properties(),
                                        circle_properties(), answer_properties(),
                                        quality_properties(), witnesses()});
}

}  // namespace dsys::hashring
