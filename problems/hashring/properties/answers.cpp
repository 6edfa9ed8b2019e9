// HR-S13 to HR-S17: what a node answers to those who place requests and write, and that it answers.
#include "common/trace/value_text.hpp"
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
#include <variant>
#include <vector>

namespace dsys::hashring {
namespace {

// --- HR-S13 ---

struct FirstWithRoomTakesIt {
  Oracle oracle;
  LoadsSeen loads;

  Reason observe(const Event& event) {
    oracle.observe(event);
    loads.observe(event, oracle.seen);
    const auto [question, reply] = oracle.seen.asked.answered<Assign, AssignReply>(event);
    const RingSeen& ring = oracle.seen.of(event.node);
    if (question == nullptr || !ring.is_settled()) return std::nullopt;
    const std::size_t asked = size_of(question->keys);
    if (reply->nodes.size() != asked) {
      return fmt::format("{} was asked to place {} requests and placed {}", event.node, asked,
                         reply->nodes.size());
    }
    return judge(event.node, ring, *question, *reply);
  }

  // Counts the loads along, also where nobody knows who comes first.
  Reason judge(NodeId node, const RingSeen& ring, const Assign& question,
               const AssignReply& reply) {
    const Circle* const circle = oracle.circle_of(node);
    const auto positions = oracle.positions_of(node, question.keys);
    for (std::size_t i = 0; i < reply.nodes.size(); ++i) {
      const auto& told = reply.nodes[i];
      const bool is_known = circle != nullptr && positions && loads.are_known(node);
      if (is_known) {
        const auto right = first_with_room(node, ring, *circle, (*positions)[i]);
        if (told != right) {
          return fmt::format("{} goes to {}, the first clockwise that has room; {} gave it to {}",
                             key_at(question.keys, i), right.value_or("no node"), node,
                             told.value_or("no node"));
        }
      }
      if (told) loads.add(node, *told);
    }
    return std::nullopt;
  }

  std::optional<std::string> first_with_room(NodeId node, const RingSeen& ring,
                                             const Circle& circle, std::uint64_t position) {
    for (const std::string_view name : circle.walk(position, ring.members.size())) {
      const std::string candidate(name);
      const auto member = ring.members.find(candidate);
      if (member == ring.members.end()) continue;
      const std::uint64_t most = loads.capacity(node, oracle.seen, member->second, 1);
      if (loads.of(node, candidate) < most) return candidate;
    }
    return std::nullopt;
  }
};

// --- HR-S14 ---

struct WritesAreJudgedRight {
  Oracle oracle;

  Reason observe(const Event& event) {
    oracle.observe(event);
    const auto [put, reply] = oracle.seen.asked.answered<Put, PutReply>(event);
    if (put == nullptr) return std::nullopt;
    const bool same_ring = put->version == reply->version;
    if (same_ring == (reply->status == PutStatus::other_version)) {
      return fmt::format(
          "a write of {} by ring version {} reached {}, whose ring has version {}: "
          "it answered {}",
          put->key, put->version, event.node, reply->version,
          boost::describe::enum_to_string(reply->status, "?"));
    }
    if (!same_ring) return std::nullopt;
    const Circle* const circle = oracle.circle_of(event.node);
    if (circle == nullptr) return std::nullopt;
    const auto position = oracle.position_of(event.node, put->key);
    if (!position && !circle->points.empty()) return std::nullopt;
    const auto owner = circle->owner(position.value_or(0));
    const bool is_own = owner == to_string(event.node);
    if (is_own == (reply->status == PutStatus::accepted)) return std::nullopt;
    return fmt::format("{} belongs to {}; {}, which was sent a write of it, answered {}", put->key,
                       owner.value_or("no node"), event.node,
                       boost::describe::enum_to_string(reply->status, "?"));
  }
};

// --- HR-S15 ---

struct VersionIsTheHighest {
  RingsSeen seen;

  Reason observe(const Event& event) {
    const VersionSeen before = seen.of(event.node).version;
    seen.observe(event);
    const bool tells = answer_of<MembershipReply>(event) != nullptr ||
                       answer_of<OwnersReply>(event) != nullptr ||
                       answer_of<PutReply>(event) != nullptr;
    const VersionSeen& now = seen.of(event.node).version;
    if (!tells || !now.wrong) return std::nullopt;
    if (now.least == now.most) {
      return fmt::format("{} tells that its ring has version {}; the highest that it heard is {}",
                         event.node, *now.wrong, now.most);
    }
    return fmt::format("{} tells that its ring has version {}; it must be {} to {} (before: {})",
                       event.node, *now.wrong, now.least, now.most, before.most);
  }
};

// --- HR-S16 ---

struct AcceptedIsOnDisk {
  using Values = std::map<std::string, std::int64_t>;
  struct Disk {
    Values written;
    Values synced;
    std::optional<Stored> news;  // written since the latest input
  };
  Asked asked;
  std::map<NodeId, Disk> disks;

  Reason observe(const Event& event) {
    Disk& disk = disks[event.node];
    if (event.kind == EventKind::power_loss) disk.written = disk.synced;
    if (event.kind == EventKind::sync) disk.synced = disk.written;
    if (event.kind == EventKind::deliver || check::is_boot(event)) disk.news.reset();
    if (event.kind == EventKind::write) observe_write(disk, std::get_if<Stored>(event.record));
    if (event.message != nullptr) asked.observe(event);
    const auto [put, reply] = asked.answered<Put, PutReply>(event);
    if (put == nullptr) return std::nullopt;
    if (reply->status != PutStatus::accepted) return judge_refused(event.node, disk, *put);
    const auto kept = disk.synced.find(put->key);
    if (kept != disk.synced.end() && kept->second == put->value) return std::nullopt;
    return fmt::format(
        "{} accepts {} := {}, which a power loss would take back: no record of it "
        "was written and synced",
        event.node, put->key, put->value);
  }

  static void observe_write(Disk& disk, const Stored* stored) {
    if (stored == nullptr) return;
    std::int64_t& value = disk.written[stored->key];
    if (value != stored->value) disk.news = *stored;
    value = stored->value;
  }

  static Reason judge_refused(NodeId node, const Disk& disk, const Put& put) {
    const bool is_stored = disk.news && disk.news->key == put.key && disk.news->value == put.value;
    if (!is_stored) return std::nullopt;
    return fmt::format("{} refuses {} := {}, and yet writes it to its disk", node, put.key,
                       put.value);
  }
};

// --- HR-S17 ---

struct EachQuestionIsAnswered {
  struct Open {
    RingProtocol::Message question;
    NodeId asker{};
    bool is_answered = false;
  };
  std::map<NodeId, Open> open;
  std::set<std::string_view> answered;  // types: a handler that is still to be written owes nothing

  Reason observe(const Event& event) {
    if (is_crash(event)) open.erase(event.node);
    if (event.message == nullptr || !is_under_test(event.node)) return std::nullopt;
    if (event.kind == EventKind::deliver) {
      Reason owed = unanswered(event.node);
      open.insert_or_assign(event.node, Open{*event.message, event.peer});
      return owed;
    }
    return event.kind == EventKind::send ? judge(event) : std::nullopt;
  }

  Reason finish(const check::Ending& /*ending*/) const {
    for (const auto& [node, one] : open) {
      if (auto reason = unanswered(node)) return reason;
    }
    return std::nullopt;
  }

  Reason unanswered(NodeId node) const {
    const auto found = open.find(node);
    if (found == open.end() || found->second.is_answered) return std::nullopt;
    if (!answered.contains(type_of(found->second.question))) return std::nullopt;
    return fmt::format("{} has handled {} {} of {} and has not answered it", node,
                       type_of(found->second.question), number_of(found->second.question),
                       found->second.asker);
  }

  Reason judge(const Event& event) {
    const auto found = open.find(event.node);
    if (found == open.end() || found->second.asker != event.peer) {
      return fmt::format("{} sends to {}, which asked nothing", event.node, event.peer);
    }
    Open& one = found->second;
    answered.insert(type_of(one.question));
    if (std::exchange(one.is_answered, true)) {
      return fmt::format("{} answers {} {} of {} twice", event.node, type_of(one.question),
                         number_of(one.question), event.peer);
    }
    const bool fits = std::visit(
        [&](const auto& question) { return is_answer(question, *event.message); }, one.question);
    if (fits) return std::nullopt;
    return fmt::format("{} answers {} {} of {} with {} {}", event.node, type_of(one.question),
                       number_of(one.question), event.peer, type_of(*event.message),
                       number_of(*event.message));
  }

  static RequestNumber number_of(const RingProtocol::Message& message) {
    return std::visit([](const auto& one) { return one.request; }, message);
  }
  // --- By the kind of the question ---

  template <typename Answer, typename Question>
  static const Answer* fitting(const Question& question, const RingProtocol::Message& message) {
    const auto* const answer = std::get_if<Answer>(&message);
    return answer != nullptr && answer->request == question.request ? answer : nullptr;
  }

  template <typename Question>
  static bool is_answer(const Question& question, const RingProtocol::Message& message) {
    return fitting<MembershipReply>(question, message) != nullptr;
  }
  static bool is_answer(const Owners& question, const RingProtocol::Message& message) {
    const auto* const answer = fitting<OwnersReply>(question, message);
    return answer != nullptr && answer->owners.size() == size_of(question.keys);
  }
  static bool is_answer(const Replicas& question, const RingProtocol::Message& message) {
    const auto* const answer = fitting<ReplicasReply>(question, message);
    return answer != nullptr && answer->nodes.size() == size_of(question.keys);
  }
  static bool is_answer(const Assign& question, const RingProtocol::Message& message) {
    const auto* const answer = fitting<AssignReply>(question, message);
    return answer != nullptr && answer->nodes.size() == size_of(question.keys);
  }
  static bool is_answer(const Positions& question, const RingProtocol::Message& message) {
    const auto* const answer = fitting<PositionsReply>(question, message);
    return answer != nullptr && answer->positions.size() == size_of(question.keys);
  }
  static bool is_answer(const Points& question, const RingProtocol::Message& message) {
    return fitting<PointsReply>(question, message) != nullptr;
  }
  static bool is_answer(const Put& question, const RingProtocol::Message& message) {
    return fitting<PutReply>(question, message) != nullptr;
  }
};

}  // namespace

std::vector<Property> answer_properties() {
  return {
      always<FirstWithRoomTakesIt>(
          {"HR-S13", "Room",
           "A request goes to the first node clockwise whose load is below ceil(c m w / W); a node "
           "that leaves takes its load along, and a crash forgets all loads.",
           "Mirrokni, Thorup, Zadimoghaddam 2017"}),
      always<WritesAreJudgedRight>(
          {"HR-S14", "Writes",
           "A write by another version of the ring is answered other_version, one of another "
           "node's key not_owner, any other is accepted.",
           "README, Design"}),
      always<VersionIsTheHighest>(
          {"HR-S15", "Version",
           "A node tells the highest version that a change carried, after a crash too; only that "
           "of a change that changed no member may be forgotten.",
           "README, State"}),
      always<AcceptedIsOnDisk>({"HR-S16", "Accepted is kept",
                                "An accepted write is on the disk, written and synced, before its "
                                "answer leaves; a refused one is not written.",
                                "README, State"}),
      always<EachQuestionIsAnswered>(
          {"HR-S17", "Answers",
           "Each question that a node handles, a repeated one too, it answers at once and once: "
           "to who asked, with its number, and with an entry for each key.",
           "README, Promise"})};
}

}  // namespace dsys::hashring
