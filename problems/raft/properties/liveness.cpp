// Liveness, RF-L1 to RF-L3, and the sometimes-properties RF-W1 to RF-W5 (witnesses that a run was
// worth judging).
//
// Time limits are generous and virtual: T is the shortest election timeout, and a correct Raft
// with messages of up to T/10 needs more than 10 T for an election in a few of 10,000 cases, more
// than 20 T in none of 200,000. Limits run only while a majority can work together.
#include "problems/raft/properties/judges.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace dsys::raft {
namespace {

constexpr Duration leader_within = 3s;  // 20 T
constexpr Duration answer_within = 4s;  // an election, and a few retries of the client

// More than half of the servers, dead or alive.
std::size_t quorum(const Calm& calm) {
  return calm.members_with('n') / 2 + 1;
}
bool has_majority(const Calm& calm) {
  return calm.connected() >= quorum(calm);
}
bool is_whole(const Calm& calm) {
  return calm.connected() == calm.members_with('n');
}
bool is_alone(const Calm& calm) {
  return calm.members_with('n') == 1;
}

// --- RF-L1 ---

// A leader is seen at work when a majority accepts its entries or heartbeats.
struct SomebodyLeads {
  Calm calm;
  Time last_seen{};
  std::map<Term, std::set<NodeId>> accepted_in;

  Reason observe(const Event& event) {
    calm.observe(event);
    if (event.kind == EventKind::fault) accepted_in.clear();
    const auto* const reply = message_of<AppendEntriesReply>(event);
    if (reply != nullptr && event.kind == EventKind::deliver && reply->success) {
      std::set<NodeId>& followers = accepted_in[reply->term];
      followers.insert(event.peer);
      if (followers.size() + 1 >= quorum(calm)) {
        last_seen = event.time;
        accepted_in.clear();
      }
    }
    const bool leads_alone = is_alone(calm) && (output_of<BecameLeader>(event) != nullptr ||
                                                output_of<Applied>(event) != nullptr);
    if (leads_alone) last_seen = event.time;
    return judge(event.time);
  }

  Reason finish(const check::Ending& ending) const {
    if (ending.exhausted) {
      return fmt::format("no leader at work since {}ms; the servers drown in their own messages",
                         last_seen / 1ms);
    }
    return judge(ending.time);
  }

  Reason judge(Time now) const {
    const bool leads_itself = is_alone(calm) && last_seen > calm.since();
    const Time begin = std::max(calm.since(), last_seen);
    if (!has_majority(calm) || leads_itself || now - begin <= leader_within) return std::nullopt;
    return fmt::format("{} of {} servers are connected, yet no leader was at work from {}ms on",
                       calm.connected(), calm.members_with('n'), begin / 1ms);
  }
};

// --- RF-L2 ---

struct CommandsAreAnswered {
  struct Asked {
    Time at{};
    std::uint64_t serial = 0;
  };
  Calm calm;
  std::map<NodeId, Asked> outstanding;

  Reason observe(const Event& event) {
    calm.observe(event);
    if (const auto* const invoked = output_of<Invoked>(event)) {
      outstanding[event.node] = {event.time, invoked->command.serial};
    }
    if (output_of<Completed>(event) != nullptr) outstanding.erase(event.node);
    return judge(event.time);
  }

  Reason finish(const check::Ending& ending) const {
    if (ending.exhausted && !outstanding.empty()) {
      return "commands are open, and the servers drown in their own messages";
    }
    return judge(ending.time);
  }

  Reason judge(Time now) const {
    if (!has_majority(calm) || !calm.links_are_whole()) return std::nullopt;
    for (const auto& [client, asked] : outstanding) {
      const Time begin = std::max(asked.at, calm.since());
      if (now - begin <= answer_within) continue;
      return fmt::format("command {} of {}, asked at {}ms, has no answer after {} of calm",
                         asked.serial, client, asked.at / 1ms, to_string(answer_within));
    }
    return std::nullopt;
  }
};

// --- RF-L3 ---

struct FollowersCatchUp {
  Calm calm;
  std::map<NodeId, std::vector<Time>> applied_at;  // of index 1, 2, ... in this life

  Reason observe(const Event& event) {
    calm.observe(event);
    // Whoever crashes no longer knows what is committed; without a no-op nobody may for a while.
    if (is_crash(event)) applied_at[event.node].clear();
    if (output_of<Applied>(event) != nullptr) applied_at[event.node].push_back(event.time);
    return std::nullopt;
  }

  // Everything that a server applied early enough before the end is applied everywhere.
  Reason finish(const check::Ending& ending) {
    const bool had_time = is_whole(calm) && ending.time - calm.since() > leader_within;
    if (!had_time || ending.exhausted) return std::nullopt;
    for (const NodeId server : calm.members()) {
      if (!is_under_test(server)) continue;
      const std::size_t done = applied_at[server].size();
      for (const auto& [other, times] : applied_at) {
        if (times.size() <= done) continue;
        if (ending.time - std::max(times[done], calm.since()) <= leader_within) continue;
        return fmt::format("{} has applied {} entries; {} applied index {} at {}ms", server, done,
                           other, done + 1, times[done] / 1ms);
      }
    }
    return std::nullopt;
  }
};

// --- Sometimes ---

struct LeadersChange {
  std::optional<NodeId> first;

  Reason observe(const Event& event) {
    if (output_of<BecameLeader>(event) == nullptr) return std::nullopt;
    if (!first) first = event.node;
    if (*first == event.node) return std::nullopt;
    return fmt::format("{} was followed by {}", *first, event.node);
  }
};

struct FollowersAreRepaired {
  std::set<NodeId> refused;

  Reason observe(const Event& event) {
    const auto* const reply = message_of<AppendEntriesReply>(event);
    if (reply == nullptr || event.kind != EventKind::send) return std::nullopt;
    if (!reply->success) refused.insert(event.node);
    if (!reply->success || !refused.contains(event.node)) return std::nullopt;
    return fmt::format("{} lacked an entry, and then got it", event.node);
  }
};

struct RetriesReachTheLog {
  std::map<std::pair<NodeId, std::uint64_t>, Index> logged;

  Reason observe(const Event& event) {
    const auto* const applied = output_of<Applied>(event);
    if (applied == nullptr || applied->command.operation == Operation::noop) return std::nullopt;
    const auto [known, is_first] =
        logged.emplace(std::pair{applied->command.client, applied->command.serial}, applied->index);
    if (is_first || known->second == applied->index) return std::nullopt;
    return fmt::format("command {} of {} stands at index {} and at {}", applied->command.serial,
                       applied->command.client, known->second, applied->index);
  }
};

}  // namespace

std::vector<Property> liveness_properties() {
  return {check::eventually<RaftProtocol, SomebodyLeads>(
              {"RF-L1", "Election",
               "While a majority is connected, a leader is at work within a few election timeouts.",
               "Raft paper 5.2, 5.6"}),
          check::eventually<RaftProtocol, CommandsAreAnswered>(
              {"RF-L2", "Progress",
               "While a majority is connected and calm, every command is answered.",
               "Raft paper 5.3; Ongaro thesis 6.4"}),
          check::eventually<RaftProtocol, FollowersCatchUp>(
              {"RF-L3", "Catch-up",
               "A server that is connected again applies what the others have applied.",
               "Raft paper 5.3"}),
          check::sometimes<RaftProtocol, LeadersChange>("RF-W1", "leaders change",
                                                        "Two servers lead one after the other."),
          check::seen<RaftProtocol, Completed>(
              "RF-W2", "commands complete", "A client gets an answer.",
              [](NodeId client, const Completed& one) {
                return fmt::format("command {} of {}", one.serial, client);
              }),
          check::sometimes<RaftProtocol, FollowersAreRepaired>(
              "RF-W3", "logs are repaired", "A follower refuses entries, and later accepts them."),
          check::sometimes<RaftProtocol, RetriesReachTheLog>(
              "RF-W4", "retries reach the log", "One command of a client stands in the log twice."),
          check::seen<RaftProtocol, BecameLeader>(
              "RF-W5", "a leader is elected", "A server becomes leader.",
              [](NodeId leader, const BecameLeader& one) {
                return fmt::format("{} in term {}", leader, one.term);
              })};
}

}  // namespace dsys::raft
