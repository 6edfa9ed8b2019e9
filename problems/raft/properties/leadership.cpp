// RF-L4 to RF-L6: a leader that works stays, and one that nobody answers goes.
#include "problems/raft/properties/knowledge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace dsys::raft {
namespace {

// --- RF-L4 ---

// A leader is at work if a majority has answered its appends for a second without a gap in which
// any of them could have taken it for dead; its clock may run at twice the speed. Then only a
// server that did not ask, or that was granted what it should not have been, can stand in a later
// term.
struct LeaderIsNotDeposed {
  struct Hearing {
    Time since{};
    Time last{};
  };
  struct Challenge {
    NodeId by{};
    Term term = 0;
  };
  Electorate electorate;
  std::optional<NodeId> leader;
  Term term = 0;
  std::map<NodeId, Hearing> hearing_of;  // of the leader, by its followers
  std::set<NodeId> told_to_stand;        // by a leader that hands over
  std::optional<Challenge> challenge;

  Reason observe(const Event& event) {
    electorate.observe(event);
    if (is_crash(event)) lose(event.node);
    if (event.kind == EventKind::deliver && message_of<TimeoutNow>(event) != nullptr) {
      told_to_stand.insert(event.node);
    }
    if (event.kind == EventKind::send) look_at(event);
    const auto* const elected = output_of<BecameLeader>(event);
    return elected == nullptr ? std::nullopt : judge(event.node, elected->term);
  }

  void lose(NodeId node) {
    hearing_of.erase(node);
    if (leader == node) leader.reset();
  }

  void look_at(const Event& event) {
    if (const auto* const reply = message_of<AppendEntriesReply>(event)) {
      if (leader == event.peer && reply->term == term) hear(hearing_of[event.node], event.time);
    }
    const auto* const candidacy = message_of<RequestVote>(event);
    const bool challenges = candidacy != nullptr && candidacy->term > term && !challenge &&
                            leader && leader != event.node && !told_to_stand.contains(event.node);
    if (challenges && is_at_work(event.time)) challenge = {event.node, candidacy->term};
  }

  static constexpr Duration gap_max = 70ms;
  static constexpr Duration at_work_for = 1s;

  static void hear(Hearing& hearing, Time now) {
    if (now - hearing.last > gap_max) hearing.since = now;
    hearing.last = now;
  }
  bool is_at_work(Time now) const {
    const auto followers =
        std::count_if(hearing_of.begin(), hearing_of.end(), [&](const auto& one) {
          return now - one.second.last <= gap_max && now - one.second.since >= at_work_for;
        });
    return static_cast<std::size_t>(followers) + 1 >= electorate.quorum();
  }

  Reason judge(NodeId node, Term new_term) {
    const auto challenged = std::exchange(challenge, std::nullopt);
    const auto deposed = std::exchange(leader, node);
    const Term old_term = std::exchange(term, new_term);
    hearing_of.clear();
    told_to_stand.clear();
    if (!challenged || challenged->term > new_term) return std::nullopt;
    return fmt::format(
        "{} became leader of term {}: {} had stood in term {} although the leader of term {}{} was "
        "at work",
        node, new_term, challenged->by, challenged->term, old_term,
        deposed ? ", " + dsys::to_string(*deposed) + "," : "");
  }
};

// --- RF-L5 ---

struct DeafLeadersStepDown {
  static constexpr Duration deaf_for = 1500ms;  // five of the longest election timeouts
  struct Leadership {
    Term term = 0;
    Time answered_at{};  // when a majority had answered it since the time before
    std::set<NodeId> answered_by;
  };
  Calm calm;
  Electorate electorate;
  std::map<NodeId, Leadership> leadership_of;

  Reason observe(const Event& event) {
    calm.observe(event);
    electorate.observe(event);
    if (is_crash(event)) leadership_of.erase(event.node);
    if (const auto* const elected = output_of<BecameLeader>(event)) {
      leadership_of[event.node] = {elected->term, event.time, {}};
    }
    const auto found = leadership_of.find(event.node);
    if (found == leadership_of.end()) return std::nullopt;
    const auto* const reply = message_of<AppendEntriesReply>(event);
    if (reply != nullptr && event.kind == EventKind::deliver) hear(found->second, event);
    const auto* const append = message_of<AppendEntries>(event);
    const bool leads =
        append != nullptr && event.kind == EventKind::send && append->term == found->second.term;
    return leads ? judge(found->second, event) : std::nullopt;
  }

  void hear(Leadership& leadership, const Event& event) const {
    leadership.answered_by.insert(event.peer);
    if (leadership.answered_by.size() + 1 < electorate.quorum()) return;
    leadership.answered_at = event.time;
    leadership.answered_by.clear();
  }
  Reason judge(const Leadership& leadership, const Event& event) const {
    const Time begin = std::max(leadership.answered_at, calm.since());
    if (electorate.quorum() == 1 || event.time - begin <= deaf_for) return std::nullopt;
    return fmt::format("{} goes on leading term {}, though no majority has answered it since {}ms",
                       event.node, leadership.term, leadership.answered_at / 1ms);
  }
};

// --- RF-L6 ---

// In a calm network the first election may end in a race; but leaders do not come and go.
struct LeadersStay {
  static constexpr unsigned elections_max = 3;
  Calm calm;
  unsigned elections = 0;  // since the last disturbance

  Reason observe(const Event& event) {
    const Time calm_before = calm.since();
    calm.observe(event);
    const auto* const timeout_now = message_of<TimeoutNow>(event);
    if (calm.since() != calm_before || timeout_now != nullptr) elections = 0;
    if (output_of<BecameLeader>(event) == nullptr) return std::nullopt;
    const bool is_whole = calm.connected() == calm.members_with('n');
    if (++elections <= elections_max || !is_whole) return std::nullopt;
    return fmt::format("{} elections were won since {}ms, though nothing was disturbed", elections,
                       calm.since() / 1ms);
  }
};

}  // namespace

std::vector<Property> leadership_properties() {
  return {check::eventually<RaftProtocol, LeaderIsNotDeposed>(
              {"RF-L4", "No needless disruption",
               "While a majority hears a leader, nobody stands in a later term and so deposes it, "
               "neither a server that was cut off and rejoins nor one that hears nobody.",
               "Ongaro thesis 4.2.3, 9.6"}),
          check::eventually<RaftProtocol, DeafLeadersStepDown>(
              {"RF-L5", "Check-quorum", "A leader whom no majority answers steps down.",
               "Ongaro thesis 6.2"}),
          check::eventually<RaftProtocol, LeadersStay>(
              {"RF-L6", "Leaders stay", "In a calm network leaders do not come and go.",
               "Raft paper 5.2, 5.6"})};
}

}  // namespace dsys::raft
