#include "problems/raft/parts.hpp"

#include "common/check/flaw.hpp"
#include "problems/raft/node.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace dsys::raft {
namespace {

using RaftEffects = Effects<RaftProtocol>;
using RaftInput = Input<RaftProtocol>;
using RaftSend = Send<RaftProtocol>;
using RaftWrite = Write<RaftProtocol>;

NodeFactory<RaftProtocol> server_of(NodeId /*self*/, const ServerConfig& config,
                                    const Rules& rules) {
  return factory_of<RaftProtocol>(Server{.config = config, .rules = &rules});
}

// --- Swapped rules ---

const Rules self_compare = check::swapped(reference_rules, [](Rules& rules) {
  rules.is_up_to_date = [](const LogEnd& /*candidate*/, const LogEnd& own) {
    return own.index == 0;  // question bank: len(log) == 0 or len(log) < len(log)
  };
});

const Rules no_voted_for = check::swapped(reference_rules, [](Rules& rules) {
  rules.may_vote = [](const std::optional<NodeId>&, NodeId) { return true; };
});

const Rules votes_not_counted = check::swapped(reference_rules, [](Rules& rules) {
  rules.counts_vote = [](const std::vector<NodeId>&, NodeId) { return false; };
});

const Rules fixed_timeout = check::swapped(reference_rules, [](Rules& rules) {
  rules.election_timeout = [](Random&, const ServerConfig& config) {
    return config.election_timeout_max;
  };
});

const Rules accept_stale_term = check::swapped(reference_rules, [](Rules& rules) {
  rules.append_is_stale = [](Term, Term) { return false; };
});

// It takes for verified whatever it has appended.
const Rules no_prev_check = check::swapped(reference_rules, [](Rules& rules) {
  rules.log_agrees = [](const Log&, Index, Term) { return true; };
  rules.entries_to_store = [](const AppendEntries& message, const Log& log) {
    const bool has_gap = message.prev_log_index > log.size();
    return has_gap ? message.entries : reference_rules.entries_to_store(message, log);
  };
  rules.follower_commit = [](const AppendEntries& message, const Log& log) {
    const Index verified = message.prev_log_index + message.entries.size();
    return std::min<Index>({message.leader_commit, verified, log.size()});
  };
});

AppendEntries with_an_entry(AppendEntries heartbeat) {
  heartbeat.entries = {{heartbeat.term, Command{}}};
  return heartbeat;
}

const Rules heartbeat_appends = check::swapped(reference_rules, [](Rules& rules) {
  rules.truncate_from = [](const AppendEntries& message, const Log& log) {
    return reference_rules.truncate_from(message.entries.empty() ? with_an_entry(message) : message,
                                         log);
  };
  rules.entries_to_store = [](const AppendEntries& message, const Log& log) {
    return reference_rules.entries_to_store(
        message.entries.empty() ? with_an_entry(message) : message, log);
  };
});

const Rules commit_old_term = check::swapped(
    reference_rules, [](Rules& rules) { rules.may_commit = [](Term, Term) { return true; }; });

const Rules truncate_always = check::swapped(reference_rules, [](Rules& rules) {
  rules.truncate_from = [](const AppendEntries& message, const Log& log) -> std::optional<Index> {
    if (message.prev_log_index >= log.size()) return std::nullopt;
    return message.prev_log_index + 1;
  };
});

const Rules commit_last_index = check::swapped(reference_rules, [](Rules& rules) {
  rules.follower_commit = [](const AppendEntries& message, const Log& log) {
    return std::min<Index>(message.leader_commit, log.size());
  };
});

const Rules length_only = check::swapped(reference_rules, [](Rules& rules) {
  rules.is_up_to_date = [](const LogEnd& candidate, const LogEnd& own) {
    return candidate.index >= own.index;
  };
});

const Rules count_duplicate_votes = check::swapped(reference_rules, [](Rules& rules) {
  rules.counts_vote = [](const std::vector<NodeId>&, NodeId) { return true; };
});

const Rules match_from_now = check::swapped(reference_rules, [](Rules& rules) {
  rules.matched = [](const AppendEntriesReply&, const Log& log) { return Index{log.size()}; };
});

const Rules local_read = check::swapped(reference_rules, [](Rules& rules) {
  rules.read_is_confirmed = [](std::size_t, std::size_t) { return true; };
});

const Rules no_noop = check::swapped(reference_rules, [](Rules& rules) {
  rules.lacks_own_entry = [](const LogEnd&, Term) { return false; };
});

const Rules no_session = check::swapped(reference_rules, [](Rules& rules) {
  rules.is_repeated = [](std::uint64_t, const Session&) { return false; };
});

const Rules step_down_missing = check::swapped(
    reference_rules, [](Rules& rules) { rules.deposes = [](Term, Term) { return false; }; });

// --- Crooked contexts ---

// Answers a client before anything is replicated, let alone committed.
void acknowledge_first(const RaftInput& input, RaftEffects& effects) {
  const auto* const request =
      input.message == nullptr ? nullptr : std::get_if<ClientRequest>(input.message);
  const bool accepted = std::any_of(effects.begin(), effects.end(), [](const auto& effect) {
    return std::holds_alternative<RaftWrite>(effect);
  });
  if (request == nullptr || !accepted) return;
  const Command& command = request->command;
  effects.insert(effects.begin(), RaftSend{input.from, ClientReply{.serial = command.serial,
                                                                   .value = command.value}});
}

// Whoever accepts an append sends heartbeats of its own, in the leader's term.
void impersonate_leader(const RaftInput& input, RaftEffects& effects) {
  const auto* const append =
      input.message == nullptr ? nullptr : std::get_if<AppendEntries>(input.message);
  if (append == nullptr) return;
  AppendEntries heartbeat = *append;
  heartbeat.entries.clear();
  for (std::uint32_t number = 1; number <= 3; ++number) {  // those that every cluster has
    const NodeId peer = node_id('n', number);
    if (peer != input.self) effects.push_back(RaftSend{peer, heartbeat});
  }
}

void strip_entries(const RaftInput& /*input*/, RaftEffects& effects) {
  for (auto& effect : effects) {
    auto* const sent = std::get_if<RaftSend>(&effect);
    auto* const append = sent == nullptr ? nullptr : std::get_if<AppendEntries>(&sent->message);
    if (append != nullptr) append->entries.clear();
  }
}

// In the question bank's code the vote goes to current_leader, which it has just cleared.
void lose_votes(const RaftInput& /*input*/, RaftEffects& effects) {
  std::erase_if(effects, [](const auto& effect) {
    return check::sent_message<RequestVoteReply, RaftProtocol>(effect) != nullptr;
  });
}

void write_nothing(const RaftInput& /*input*/, RaftEffects& effects) {
  std::erase_if(effects, [](const auto& effect) {
    return std::holds_alternative<RaftWrite>(effect) || std::holds_alternative<Sync>(effect);
  });
}

void forget_vote(const RaftInput& /*input*/, RaftEffects& effects) {
  for (auto& effect : effects) {
    auto* const written = std::get_if<RaftWrite>(&effect);
    auto* const hard_state =
        written == nullptr ? nullptr : std::get_if<HardState>(&written->record);
    if (hard_state != nullptr) hard_state->voted_for.reset();
  }
}

// What should come after the sync comes before it.
void sync_last(const RaftInput& /*input*/, RaftEffects& effects) {
  std::stable_partition(effects.begin(), effects.end(),
                        [](const auto& effect) { return !std::holds_alternative<Sync>(effect); });
}

// --- Detours ---

// Goes back to an earlier term to grant a vote there.
struct VotesInOldTerms {
  bool arrives(RaftContext& /*context*/, NodeId from, RaftProtocol::Message& message) {
    const auto* const request = std::get_if<RequestVote>(&message);
    if (request != nullptr) asked = {from, request->term};
    return true;
  }

  void leaves(RaftEffects& effects) {
    for (auto& effect : effects) {
      auto* const reply = check::sent_message<RequestVoteReply, RaftProtocol>(effect);
      const bool is_old = asked && reply != nullptr && asked->second < reply->term;
      if (is_old) *reply = {asked->second, true};
    }
    asked.reset();
  }

  std::optional<std::pair<NodeId, Term>> asked;
};

// Starts the election timer again for every request for a vote, also for one that it refuses.
struct QuietedByAnyRequest {
  bool leads = false;  // a leader has no election timer
  std::optional<Duration> quiet;

  bool arrives(RaftContext& context, NodeId /*from*/, RaftProtocol::Message& message) {
    const bool is_request =
        std::holds_alternative<PreVote>(message) || std::holds_alternative<RequestVote>(message);
    if (is_request) quiet = reference_rules.election_timeout(context.random(), ServerConfig{});
    return true;
  }

  void leaves(RaftEffects& effects) {
    for (const auto& effect : effects) {
      if (const auto* const set = std::get_if<SetTimer<RaftProtocol>>(&effect)) {
        leads = std::holds_alternative<HeartbeatInterval>(set->timer) ||
                std::holds_alternative<QuorumCheck>(set->timer);
      }
    }
    if (quiet && !leads) effects.push_back(SetTimer<RaftProtocol>{ElectionTimeout{}, *quiet});
    quiet.reset();
  }
};

// In the order in which an answer grows: election, replication, commitment, disk, clients.
const std::vector<check::FlawRow<RaftProtocol, Rules>> flaw_rows{
    {.id = "raft.self-compare",
     .story =
         "The voter compares its log with itself instead of with the candidate's, so a server with "
         "any entry refuses every vote.",
     .exposures = {{"RF-L1", "election", 1}},
     .rules = &self_compare},
    {.id = "raft.no-voted-for",
     .story =
         "A voter does not remember that it has voted: two candidates of one term can both win.",
     .exposures = {{"RF-S1", "double-vote", 1}, {"RF-S6", "double-vote", 1}},
     .exploration = "elections",
     .rules = &no_voted_for},
    {.id = "raft.term-goes-back",
     .story = "A vote request of an earlier term is granted, and the term is set back to it.",
     .exposures = {{"RF-S6", "old-request", 1}, {"RF-S1", "old-request", 1}},
     .exploration = "elections",
     .detour = behind<RaftProtocol, VotesInOldTerms>},
    {.id = "raft.votes-not-counted",
     .story = "Granted votes are never added up, so nobody ever has a majority.",
     .exposures = {{"RF-L1", "election", 1}},
     .rules = &votes_not_counted},
    {.id = "raft.fixed-timeout",
     .story =
         "All servers wait equally long: they stand together, split the vote, and do so again.",
     .exposures = {{"RF-L1", "same-moment", 1}},
     .rules = &fixed_timeout},
    {.id = "raft.reply-to-leader",
     .story =
         "The voter sends its answer to the current leader, who has just been cleared: nobody gets "
         "it.",
     .exposures = {{"RF-L1", "election", 1}},
     .bend = lose_votes},
    {.id = "raft.broadcast-storm",
     .story = "Every follower that accepts an append sends heartbeats of its own to everybody.",
     .exposures = {{"RF-L1", "election", 1}},
     .bend = impersonate_leader},
    {.id = "raft.length-only",
     .story =
         "The voter compares only the lengths of the logs: many old entries beat one of a later "
         "term.",
     .exposures = {{"RF-S4", "longer-log", 1}, {"RF-S12", "better-logs", 1}},
     .exploration = "longer-log",
     .rules = &length_only},
    {.id = "raft.timer-any-rpc",
     .story =
         "A refused request quiets the election timer, so a candidate that cannot win silences the "
         "one that can.",
     .exposures = {{"RF-L1", "stale-candidate", 1}},
     .detour = behind<RaftProtocol, QuietedByAnyRequest>},
    {.id = "raft.count-duplicate-votes",
     .story = "A vote that the network delivers twice is counted twice.",
     .exposures = {{"RF-S1", "duplicate-votes", 1}},
     .rules = &count_duplicate_votes},
    {.id = "raft.step-down-missing",
     .story = "A server ignores a later term in an answer: it goes on, and leads, in its own.",
     .exposures = {{"RF-S6", "later-term", 1}, {"RF-L3", "later-term", 1}},
     .exploration = "two-leaders",
     .rules = &step_down_missing},
    {.id = "raft.accept-stale-term",
     .story = "An append of an earlier term is accepted like any other.",
     .exposures = {{"RF-S4", "late-append", 1},
                   {"RF-S5", "late-append", 1},
                   {"RF-S6", "late-append", 1}},
     .exploration = "two-leaders",
     .rules = &accept_stale_term},
    {.id = "raft.no-prev-check",
     .story = "A follower appends whatever arrives, without looking at the entry before it.",
     .exposures = {{"RF-S3", "partition", 1},
                   {"RF-S5", "partition", 1},
                   {"RF-S19", "follower-log", 1}},
     .exploration = "late-entries",
     .rules = &no_prev_check,
     .decisions = 3},
    {.id = "raft.heartbeat-appends",
     .story = "A heartbeat is stored as an entry of its own.",
     .exposures = {{"RF-S3", "partition", 1}},
     .exploration = "two-leaders",
     .rules = &heartbeat_appends,
     .decisions = 2},
    {.id = "raft.no-replication",
     .story = "An append carries only type and term, never the entries.",
     .exposures = {{"RF-L2", "replication", 1}},
     .bend = strip_entries},
    {.id = "raft.truncate-always",
     .story = "A follower cuts its log behind every append, even an old one that conflicts with "
              "nothing.",
     .exposures = {{"RF-S4", "late-duplicate", 1}},
     .exploration = "late-entries",
     .rules = &truncate_always},
    {.id = "raft.commit-last-index",
     .story =
         "A follower takes the leader's commit index up to the end of its own log, not up to what "
         "the message verified.",
     .exposures = {{"RF-S10", "stale-tail", 1}, {"RF-S5", "stale-tail", 1}},
     .exploration = "two-leaders",
     .rules = &commit_last_index},
    {.id = "raft.match-from-now",
     .story = "An answer is taken to vouch for the leader's log as it is now, not as it was sent.",
     .exposures = {{"RF-S4", "slow-answers", 1}},
     .exploration = "late-entries",
     .rules = &match_from_now},
    {.id = "raft.commit-old-term",
     .story = "A leader commits an entry of an earlier term because a majority has it. A server "
              "whose last entry has a later term can still be elected without it, and overwrites "
              "it (figure 8).",
     .exposures = {{"RF-S5", "figure-8", 1}, {"RF-S4", "figure-8", 1}, {"RF-S20", "old-entry", 1}},
     .exploration = "figure-8",
     .rules = &commit_old_term},
    {.id = "raft.ack-first",
     .story = "The client is told that its command is done before any other server has it.",
     .exposures = {{"RF-S8", "partition", 1}},
     .exploration = "early-answer",
     .bend = acknowledge_first},
    {.id = "raft.no-persist",
     .story = "Nothing is written to the disk: a restart forgets term, vote and log.",
     .exposures = {{"RF-S1", "double-vote", 1},
                   {"RF-S6", "double-vote", 1},
                   {"RF-S4", "lost-entry", 1}},
     .exploration = "elections",
     .bend = write_nothing},
    {.id = "raft.vote-not-durable",
     .story =
         "The vote is not on the disk: a restarted voter votes a second time in the same term.",
     .exposures = {{"RF-S6", "double-vote", 1}, {"RF-S1", "double-vote", 1}},
     .exploration = "elections",
     .bend = forget_vote},
    {.id = "raft.ack-before-fsync",
     .story = "A follower confirms an entry first and syncs it to its disk afterwards.",
     .exposures = {{"RF-S7", "lost-entry", 1}, {"RF-S4", "lost-entry", 1}},
     .exploration = "lost-power",
     .bend = sync_last},
    {.id = "raft.local-read",
     .story = "A leader answers reads from its own state without asking whether it still leads.",
     .exposures = {{"RF-S8", "stale-read", 1}, {"RF-S17", "stale-read", 1}},
     .exploration = "old-leader-reads",
     .rules = &local_read},
    {.id = "raft.no-noop",
     .story = "A new leader appends nothing of its own term, and entries of earlier terms it may "
              "not count: it never learns what is committed, and reads, which wait for that, hang "
              "until somebody writes.",
     .exposures = {{"RF-L2", "quiet-leader", 1}},
     .rules = &no_noop},
    {.id = "raft.no-session",
     .story = "A retried command is executed again.",
     .exposures = {{"RF-S9", "retries", 1}},
     .exploration = "lost-answer",
     .rules = &no_session}};

}  // namespace

Implementation reference() {
  return check::implementation_of<RaftProtocol>(server_of, reference_rules);
}

std::vector<Flaw> flaws() {
  return check::flaws_of(flaw_rows, server_of, reference_rules);
}

}  // namespace dsys::raft
