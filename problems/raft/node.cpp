// Entries and elections; replication.cpp goes on from here.
#include "problems/raft/node.hpp"

#include "common/core/assert.hpp"

#include <fmt/format.h>

#include <utility>
#include <variant>

namespace dsys::raft {

void Server::on_start(RaftContext& context, std::span<const RaftProtocol::Record> disk) {
  self = context.self();
  for (const auto& record : disk) {
    if (const auto* hard_state = std::get_if<HardState>(&record)) {
      current_term = hard_state->term;
      voted_for = hard_state->voted_for;
    } else if (const auto* appended = std::get_if<AppendEntry>(&record)) {
      DSYS_INVARIANT(appended->index == last_index() + 1);
      log.push_back(appended->entry);
    } else {
      log.resize(std::get<TruncateFrom>(record).index - 1);
    }
  }
  if (!disk.empty()) {
    context.note("remembers term {} and {} log entries", current_term, log.size());
    // After a crash of the process alone, records may be read back that no sync has covered yet.
    // Before anything is promised on their strength they must be made durable.
    unsynced = true;
  }
  reset_election_timer(context);
}

// Pre-vote (thesis 9.6): asks first, without changing anybody's state, whether it could win.
void Server::expire(RaftContext& context, const ElectionTimeout& /*timer*/) {
  DSYS_INVARIANT(role != Role::leader);
  role = Role::pre_candidate;
  leader.reset();
  votes.clear();
  reset_election_timer(context);
  context.note("hears no leader: asks whether it could win term {}", current_term + 1);
  const LogEnd end = end_of(log);
  send_to_peers(context, PreVote{current_term + 1, end.index, end.term});
  count_vote(context, self);
}

void Server::expire(RaftContext& context, const HeartbeatInterval& /*timer*/) {
  context.set_timer(HeartbeatInterval{}, config.heartbeat_interval);
  broadcast(context, 0);
}

// Check-quorum (thesis 6.2): a leader that is cut off stops believing that it leads.
void Server::expire(RaftContext& context, const QuorumCheck& /*timer*/) {
  std::size_t heard = 1;
  for (auto& [peer, one] : progress) heard += std::exchange(one.heard, false) ? 1 : 0;
  if (heard < quorum()) {
    context.note("steps down: it heard from {} of {} servers, itself included", heard,
                 config.servers.size());
    return become_follower(context, current_term);
  }
  successor.reset();  // a hand-over that took this long has failed
  context.set_timer(QuorumCheck{}, config.election_timeout_max);
}

// --- Election (5.2), after pre-votes ---

void Server::handle(RaftContext& context, NodeId from, const PreVote& message) {
  const bool is_up_to_date =
      rules->is_up_to_date({message.last_log_term, message.last_log_index}, end_of(log));
  const bool granted = message.term > current_term && is_up_to_date && !hears_leader(context.now());
  if (!is_up_to_date)
    context.note("refuses {}'s question for term {}: its log is behind", from, message.term);
  send(context, from, PreVoteReply{current_term, message.term, granted});
}

void Server::handle(RaftContext& context, NodeId from, const PreVoteReply& message) {
  if (rules->deposes(message.term, current_term)) return become_follower(context, message.term);
  const bool asked_now = role == Role::pre_candidate && message.asked_term == current_term + 1;
  if (asked_now && message.granted) count_vote(context, from);
}

void Server::start_election(RaftContext& context) {
  role = Role::candidate;
  leader.reset();
  ++current_term;
  voted_for = self;
  votes.clear();
  write(context, HardState{current_term, voted_for});
  reset_election_timer(context);
  sync(context);
  context.note("stands for election in term {} and votes for itself", current_term);
  const LogEnd end = end_of(log);
  send_to_peers(context, RequestVote{current_term, end.index, end.term});
  count_vote(context, self);
}

void Server::handle(RaftContext& context, NodeId from, const RequestVote& message) {
  const bool is_stale = message.term < current_term;
  if (is_stale) return send(context, from, RequestVoteReply{current_term, false});
  if (message.term > current_term) become_follower(context, message.term);
  const bool is_up_to_date =
      rules->is_up_to_date({message.last_log_term, message.last_log_index}, end_of(log));
  const bool granted = rules->may_vote(voted_for, from) && is_up_to_date;
  if (granted && voted_for != from) {
    voted_for = from;
    write(context, HardState{current_term, voted_for});
  }
  if (granted) {
    context.note("votes for {} in term {}", from, current_term);
    reset_election_timer(context);
  } else if (!is_up_to_date) {
    context.note("refuses {} its vote for term {}: its log is behind", from, message.term);
  }
  send(context, from, RequestVoteReply{current_term, granted});
}

void Server::handle(RaftContext& context, NodeId from, const RequestVoteReply& message) {
  if (rules->deposes(message.term, current_term)) return become_follower(context, message.term);
  const bool asked_now = role == Role::candidate && message.term == current_term;
  if (asked_now && message.granted) count_vote(context, from);
}

void Server::count_vote(RaftContext& context, NodeId voter) {
  if (rules->counts_vote(votes, voter)) votes.push_back(voter);
  if (votes.size() < quorum()) return;
  return role == Role::candidate ? become_leader(context) : start_election(context);
}

void Server::become_leader(RaftContext& context) {
  role = Role::leader;
  leader = self;
  term_start = last_index() + 1;
  for (const NodeId peer : config.servers) {
    if (peer != self) progress[peer] = {.next_index = last_index() + 1};
  }
  context.note("becomes leader of term {} with the votes of {}", current_term,
               fmt::join(votes, ", "));
  context.emit(BecameLeader{current_term});
  context.cancel_timer(ElectionTimeout{});
  context.set_timer(HeartbeatInterval{}, config.heartbeat_interval);
  context.set_timer(QuorumCheck{}, config.election_timeout_max);
  if (rules->lacks_own_entry(end_of(log), current_term)) append(context, Command{});
  broadcast(context, config.entries_max);
  advance_commit(context);
}

// Adopts a term, if it is new, and gives up whatever role it had.
void Server::become_follower(RaftContext& context, Term term) {
  DSYS_INVARIANT(term >= current_term);  // 1
  if (term > current_term) {
    current_term = term;
    voted_for.reset();
    leader.reset();
    write(context, HardState{current_term, voted_for});
  }
  if (role == Role::leader) {
    context.note("is leader no more; its term is now {}", current_term);
    leader.reset();
    successor.reset();
    for (const auto& [asked, index, since] : reads) {
      send(context, asked.client, ClientReply{asked.serial, Status::not_leader, {}, {}});
    }
    reads.clear();
    progress.clear();
    context.cancel_timer(HeartbeatInterval{});
    context.cancel_timer(QuorumCheck{});
    reset_election_timer(context);
  }
  role = Role::follower;
}

// Accepts the sender of an AppendEntries of the current term as its leader.
void Server::follow(RaftContext& context, NodeId new_leader) {
  if (role != Role::follower) become_follower(context, current_term);
  if (leader != new_leader) {
    context.note("follows {} in term {}", new_leader, current_term);
    leader = new_leader;
  }
  leader_heard_at = context.now();
  reset_election_timer(context);
}

// --- Leadership transfer (thesis 3.10) ---

void Server::handle(RaftContext& context, NodeId /*from*/, const TransferLeadership& message) {
  const bool can_hand_over = role == Role::leader && progress.contains(message.to);
  if (!can_hand_over) return;  // an operator who asked the wrong server asks again
  successor = message.to;
  context.note("prepares to hand the leadership to {}", message.to);
  send_append(context, message.to, config.entries_max);
  hand_over_if_ready(context, message.to);
}

void Server::handle(RaftContext& context, NodeId /*from*/, const TimeoutNow& message) {
  const bool is_chosen = message.term == current_term && role == Role::follower;
  if (is_chosen) start_election(context);  // without pre-vote: the leader itself has asked
}

// --- Small ---

// The one place where messages leave, so that none promises what a power loss could take back.
void Server::send(RaftContext& context, NodeId to, RaftProtocol::Message message) {
  sync(context);
  DSYS_INVARIANT(!unsynced);  // 3
  context.send(to, std::move(message));
}

void Server::send_to_peers(RaftContext& context, const RaftProtocol::Message& message) {
  for (const NodeId peer : config.servers) {
    if (peer != self) send(context, peer, message);
  }
}

}  // namespace dsys::raft
