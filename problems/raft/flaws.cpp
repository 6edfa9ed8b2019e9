#include "problems/raft/flaws.hpp"

#include "common/check/flaw_story.hpp"
#include "problems/raft/node.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <variant>

namespace dsys::raft {
namespace {

using RaftEffects = Effects<RaftProtocol>;
using RaftInput = Input<RaftProtocol>;
using RaftSend = Send<RaftProtocol>;
using RaftWrite = Write<RaftProtocol>;

// --- Swapped rules ---

// The reference with one rule changed by `swap`.
template <typename Swap>
Rules swapped(Swap swap) {
  Rules rules = reference_rules;
  swap(rules);
  return rules;
}

const Rules self_compare = swapped([](Rules& rules) {
  rules.is_up_to_date = [](const LogEnd& /*candidate*/, const LogEnd& own) {
    return own.index == 0;  // the bank: len(log) == 0 or len(log) < len(log)
  };
});

const Rules no_voted_for = swapped([](Rules& rules) {
  rules.may_vote = [](const std::optional<NodeId>&, NodeId) { return true; };
});

const Rules term_goes_back =
    swapped([](Rules& rules) { rules.vote_request_is_stale = [](Term, Term) { return false; }; });

const Rules votes_not_counted = swapped([](Rules& rules) {
  rules.counts_vote = [](const std::vector<NodeId>&, NodeId) { return false; };
});

const Rules fixed_timeout = swapped([](Rules& rules) {
  rules.election_timeout = [](Random&, const ServerConfig& config) {
    return config.election_timeout_max;
  };
});

const Rules accept_stale_term =
    swapped([](Rules& rules) { rules.append_is_stale = [](Term, Term) { return false; }; });

const Rules no_prev_check =
    swapped([](Rules& rules) { rules.log_agrees = [](const Log&, Index, Term) { return true; }; });

const Rules heartbeat_appends = swapped([](Rules& rules) {
  rules.entries_to_store = [](const AppendEntries& message) {
    if (!message.entries.empty()) return message.entries;
    return std::vector<Entry>{Entry{message.term, Command{}}};
  };
});

const Rules commit_old_term =
    swapped([](Rules& rules) { rules.may_commit = [](Term, Term) { return true; }; });

const Rules truncate_always = swapped([](Rules& rules) {
  rules.truncate_from = [](const Log& log, Index prev_log_index,
                           const std::vector<Entry>&) -> std::optional<Index> {
    if (prev_log_index >= log.size()) return std::nullopt;
    return prev_log_index + 1;
  };
});

const Rules commit_last_index = swapped([](Rules& rules) {
  rules.follower_commit = [](Index leader_commit, Index /*verified*/, Index last_index) {
    return std::min(leader_commit, last_index);
  };
});

const Rules length_only = swapped([](Rules& rules) {
  rules.is_up_to_date = [](const LogEnd& candidate, const LogEnd& own) {
    return candidate.index >= own.index;
  };
});

const Rules timer_any_rpc =
    swapped([](Rules& rules) { rules.vote_request_resets_timer = [](bool) { return true; }; });

const Rules count_duplicate_votes = swapped([](Rules& rules) {
  rules.counts_vote = [](const std::vector<NodeId>&, NodeId) { return true; };
});

const Rules match_from_now = swapped([](Rules& rules) {
  rules.matched = [](Index /*reported*/, Index last_index) { return last_index; };
});

const Rules local_read = swapped(
    [](Rules& rules) { rules.read_is_confirmed = [](std::size_t, std::size_t) { return true; }; });

const Rules no_noop = swapped([](Rules& rules) { rules.begins_with_noop = [] { return false; }; });

const Rules no_session = swapped([](Rules& rules) { rules.executes_once = [] { return false; }; });

const Rules step_down_missing =
    swapped([](Rules& rules) { rules.reply_deposes = [](Term, Term) { return false; }; });

// --- Crooked contexts ---

template <typename Message>
const Message* sent_message(const Effect<RaftProtocol>& effect) {
  const auto* const sent = std::get_if<RaftSend>(&effect);
  return sent == nullptr ? nullptr : std::get_if<Message>(&sent->message);
}

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

// The bank sends a vote to the current leader, whose name it has just cleared: to nobody.
void lose_votes(const RaftInput& /*input*/, RaftEffects& effects) {
  std::erase_if(effects, [](const auto& effect) {
    return sent_message<RequestVoteReply>(effect) != nullptr;
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

sim::Implementation<RaftProtocol> implementation_of(const Replacement& replacement) {
  return [replacement](NodeId /*self*/, const ServerConfig& config) {
    NodeFactory<RaftProtocol> straight =
        factory_of<RaftProtocol>(Server{.config = config, .rules = replacement.rules});
    return replacement.bend == nullptr ? straight
                                       : bent<RaftProtocol>(std::move(straight), replacement.bend);
  };
}

// In the order in which an answer grows: election, replication, commitment, disk, clients.
const std::vector<check::FlawStory> stories{
    {"raft.self-compare",
     "The voter compares its log with itself instead of with the candidate's, so a server with "
     "any entry refuses every vote.",
     {{"RF-L1", "election", 1}}},
    {"raft.no-voted-for",
     "A voter does not remember that it has voted: two candidates of one term can both win.",
     {{"RF-S1", "double-vote", 1}},
     "elections"},
    {"raft.term-goes-back",
     "A vote request of an earlier term is granted, and the term is set back to it.",
     {{"RF-S6", "old-request", 1}, {"RF-S1", "old-request", 1}},
     "elections"},
    {"raft.votes-not-counted",
     "Granted votes are never added up, so nobody ever has a majority.",
     {{"RF-L1", "election", 1}}},
    {"raft.fixed-timeout",
     "All servers wait equally long: they stand together, split the vote, and do so again.",
     {{"RF-L1", "same-moment", 1}}},
    {"raft.reply-to-leader",
     "The voter sends its answer to the current leader, who has just been cleared: nobody gets "
     "it.",
     {{"RF-L1", "election", 1}}},
    {"raft.broadcast-storm",
     "Every follower that accepts an append sends heartbeats of its own to everybody.",
     {{"RF-L1", "election", 1}}},
    {"raft.length-only",
     "The voter compares only the lengths of the logs: many old entries beat one of a later "
     "term.",
     {{"RF-S4", "longer-log", 1}},
     "longer-log"},
    {"raft.timer-any-rpc",
     "A refused request quiets the election timer, so a candidate that cannot win silences the "
     "one that can.",
     {{"RF-L1", "stale-candidate", 1}}},
    {"raft.count-duplicate-votes",
     "A vote that the network delivers twice is counted twice.",
     {{"RF-S1", "duplicate-votes", 1}}},
    {"raft.step-down-missing",
     "A leader ignores a later term in an answer and goes on in its own.",
     {{"RF-S6", "later-term", 1}, {"RF-L3", "later-term", 1}},
     "two-leaders"},
    {"raft.accept-stale-term",
     "An append of an earlier term is accepted like any other.",
     {{"RF-S4", "late-append", 1}, {"RF-S5", "late-append", 1}, {"RF-S6", "late-append", 1}},
     "two-leaders"},
    {"raft.no-prev-check",
     "A follower appends whatever arrives, without looking at the entry before it.",
     {{"RF-S3", "partition", 1}},
     "late-entries"},
    {"raft.heartbeat-appends",
     "A heartbeat is stored as an entry of its own.",
     {{"RF-S3", "partition", 1}},
     "two-leaders"},
    {"raft.no-replication",
     "An append carries only type and term, never the entries.",
     {{"RF-L2", "replication", 1}}},
    {"raft.truncate-always",
     "A follower cuts its log behind every append, even an old one that conflicts with nothing.",
     {{"RF-S4", "late-duplicate", 1}},
     "late-entries"},
    {"raft.commit-last-index",
     "A follower takes the leader's commit index up to the end of its own log, not up to what "
     "the message verified.",
     {{"RF-S10", "stale-tail", 1}, {"RF-S5", "stale-tail", 1}},
     "two-leaders"},
    {"raft.match-from-now",
     "An answer is taken to vouch for the leader's log as it is now, not as it was sent.",
     {{"RF-S4", "slow-answers", 1}},
     "late-entries"},
    {"raft.commit-old-term",
     "A leader commits an entry of an earlier term because a majority has it (figure 8).",
     {{"RF-S5", "figure-8", 1}, {"RF-S4", "figure-8", 1}},
     "figure-8"},
    {"raft.ack-first",
     "The client is told that its command is done before any other server has it.",
     {{"RF-S8", "partition", 1}},
     "early-answer"},
    {"raft.no-persist",
     "Nothing is written to the disk: a restart forgets term, vote and log.",
     {{"RF-S1", "double-vote", 1}, {"RF-S4", "lost-entry", 1}},
     "elections"},
    {"raft.vote-not-durable",
     "The vote is not on the disk: a restarted voter votes a second time in the same term.",
     {{"RF-S6", "double-vote", 1}, {"RF-S1", "double-vote", 1}},
     "elections"},
    {"raft.ack-before-fsync",
     "A follower confirms an entry first and syncs it to its disk afterwards.",
     {{"RF-S7", "lost-entry", 1}, {"RF-S4", "lost-entry", 1}},
     "lost-power"},
    {"raft.local-read",
     "A leader answers reads from its own state without asking whether it still leads.",
     {{"RF-S8", "stale-read", 1}},
     "old-leader-reads"},
    {"raft.no-noop",
     "A new leader appends nothing of its own term, so it never learns what is committed.",
     {{"RF-L2", "quiet-leader", 1}}},
    {"raft.no-session",
     "A retried command is executed again.",
     {{"RF-S9", "retries", 1}},
     "lost-answer"}};

}  // namespace

const std::vector<Replacement>& replacements() {
  static const std::vector<Replacement> all{
      {.flaw = "raft.self-compare", .rules = &self_compare},
      {.flaw = "raft.no-voted-for", .rules = &no_voted_for},
      {.flaw = "raft.term-goes-back", .rules = &term_goes_back},
      {.flaw = "raft.votes-not-counted", .rules = &votes_not_counted},
      {.flaw = "raft.fixed-timeout", .rules = &fixed_timeout},
      {.flaw = "raft.accept-stale-term", .rules = &accept_stale_term},
      {.flaw = "raft.no-prev-check", .rules = &no_prev_check},
      {.flaw = "raft.heartbeat-appends", .rules = &heartbeat_appends},
      {.flaw = "raft.commit-old-term", .rules = &commit_old_term},
      {.flaw = "raft.truncate-always", .rules = &truncate_always},
      {.flaw = "raft.commit-last-index", .rules = &commit_last_index},
      {.flaw = "raft.length-only", .rules = &length_only},
      {.flaw = "raft.timer-any-rpc", .rules = &timer_any_rpc},
      {.flaw = "raft.count-duplicate-votes", .rules = &count_duplicate_votes},
      {.flaw = "raft.match-from-now", .rules = &match_from_now},
      {.flaw = "raft.local-read", .rules = &local_read},
      {.flaw = "raft.no-noop", .rules = &no_noop},
      {.flaw = "raft.no-session", .rules = &no_session},
      {.flaw = "raft.step-down-missing", .rules = &step_down_missing},
      {.flaw = "raft.ack-first", .bend = acknowledge_first},
      {.flaw = "raft.broadcast-storm", .bend = impersonate_leader},
      {.flaw = "raft.no-replication", .bend = strip_entries},
      {.flaw = "raft.reply-to-leader", .bend = lose_votes},
      {.flaw = "raft.no-persist", .bend = write_nothing},
      {.flaw = "raft.vote-not-durable", .bend = forget_vote},
      {.flaw = "raft.ack-before-fsync", .bend = sync_last}};
  return all;
}

sim::Implementation<RaftProtocol> reference_implementation() {
  return implementation_of({});
}

std::vector<RaftFlaw> all_flaws() {
  return check::told_flaws<RaftProtocol>(stories, replacements(), implementation_of);
}

}  // namespace dsys::raft
