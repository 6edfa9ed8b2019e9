// Entries and elections; replication.cpp goes on from here.
#include "problems/raft/node.hpp"

#include "common/core/assert.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

namespace dsys::raft {

// --- A server starts, and when nothing happens ... ---

void Server::on_start(RaftContext& context, std::span<const Record> disk) {
  self = context.self();
  for (const Record& record : disk) {
    if (const auto* hard_state = std::get_if<HardState>(&record)) {
      current_term = hard_state->term;
      voted_for = hard_state->voted_for;
    } else if (const auto* appended = std::get_if<AppendEntry>(&record)) {
      DSYS_ASSERT(appended->index == last_index() + 1);
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

void Server::on_timer(RaftContext& context, const Timer& timer) {
  std::visit([&](const auto& expired) { expire(context, expired); }, timer);
}

void Server::on_message(RaftContext& context, NodeId from, const Message& message) {
  std::visit([&](const auto& received) { handle(context, from, received); }, message);
}

void Server::expire(RaftContext& context, const ElectionTimeout& /*timer*/) {
  DSYS_ASSERT(role != Role::leader);
  ask_for_pre_votes(context);
}

void Server::expire(RaftContext& context, const HeartbeatInterval& /*timer*/) {
  context.set_timer(HeartbeatInterval{}, config.heartbeat_interval);
  broadcast(context, Carrying::nothing);
}

// Check-quorum (thesis 6.2): a leader that is cut off stops believing that it leads.
void Server::expire(RaftContext& context, const QuorumCheck& /*timer*/) {
  std::size_t heard = 1;
  for (auto& [peer, one] : progress) heard += std::exchange(one.heard, false) ? 1 : 0;
  if (heard >= quorum()) {
    successor.reset();  // a hand-over that took this long has failed
    context.set_timer(QuorumCheck{}, config.election_timeout_max);
    return;
  }
  context.note("steps down: it heard from {} of {} servers, itself included", heard,
               config.servers.size());
  become_follower(context, current_term);
}

// Timers of clients: a server never sets them.
void Server::expire(RaftContext& /*context*/, const NextOperation& /*timer*/) {}
void Server::expire(RaftContext& /*context*/, const RequestTimeout& /*timer*/) {}

// --- Pre-vote (thesis 9.6): ask first, without changing anybody's state ---

void Server::ask_for_pre_votes(RaftContext& context) {
  role = Role::pre_candidate;
  leader.reset();
  votes = {self};
  reset_election_timer(context);
  context.note("hears no leader: asks whether it could win term {}", current_term + 1);
  if (votes.size() >= quorum()) return start_election(context);
  const LogEnd end = log_end();
  for (const NodeId peer : config.servers) {
    if (peer != self) send(context, peer, PreVote{current_term + 1, end.index, end.term});
  }
}

void Server::handle(RaftContext& context, NodeId from, const PreVote& message) {
  const bool is_later = message.term > current_term;
  const bool is_up_to_date =
      rules->is_up_to_date({message.last_log_term, message.last_log_index}, log_end());
  const bool granted = is_later && is_up_to_date && !hears_leader(context.now());
  // A granted pre-vote is no vote and leaves the timer alone; so does a refused one.
  const bool quiets_timer = !granted && rules->vote_request_resets_timer(granted);
  if (role != Role::leader && quiets_timer) reset_election_timer(context);
  send(context, from, PreVoteReply{current_term, message.term, granted});
}

void Server::handle(RaftContext& context, NodeId from, const PreVoteReply& message) {
  if (rules->reply_deposes(message.term, current_term)) {
    return become_follower(context, message.term);
  }
  const bool asked_now = role == Role::pre_candidate && message.asked_term == current_term + 1;
  if (!asked_now || !message.granted) return;
  if (rules->counts_vote(votes, from)) votes.push_back(from);
  if (votes.size() >= quorum()) start_election(context);
}

// --- Election (5.2) ---

void Server::start_election(RaftContext& context) {
  role = Role::candidate;
  leader.reset();
  ++current_term;
  voted_for = self;
  votes = {self};
  write(context, HardState{current_term, voted_for});
  reset_election_timer(context);
  sync(context);
  context.note("stands for election in term {}", current_term);
  if (votes.size() >= quorum()) return become_leader(context);
  const LogEnd end = log_end();
  for (const NodeId peer : config.servers) {
    if (peer != self) send(context, peer, RequestVote{current_term, end.index, end.term});
  }
}

void Server::handle(RaftContext& context, NodeId from, const RequestVote& message) {
  if (rules->vote_request_is_stale(message.term, current_term)) {
    return send(context, from, RequestVoteReply{current_term, false});
  }
  if (message.term != current_term) become_follower(context, message.term);
  const bool is_up_to_date =
      rules->is_up_to_date({message.last_log_term, message.last_log_index}, log_end());
  const bool granted = rules->may_vote(voted_for, from) && is_up_to_date;
  if (granted && voted_for != from) {
    voted_for = from;
    write(context, HardState{current_term, voted_for});
  }
  if (granted) {
    context.note("votes for {} in term {}", from, current_term);
  } else if (!is_up_to_date) {
    context.note("refuses {} its vote for term {}: its log is behind", from, message.term);
  }
  if (role != Role::leader && rules->vote_request_resets_timer(granted)) {
    reset_election_timer(context);
  }
  send(context, from, RequestVoteReply{current_term, granted});
}

void Server::handle(RaftContext& context, NodeId from, const RequestVoteReply& message) {
  if (rules->reply_deposes(message.term, current_term)) {
    return become_follower(context, message.term);
  }
  const bool asked_now = role == Role::candidate && message.term == current_term;
  if (!asked_now || !message.granted) return;
  if (rules->counts_vote(votes, from)) votes.push_back(from);
  if (votes.size() >= quorum()) become_leader(context);
}

// --- Transitions ---

void Server::become_leader(RaftContext& context) {
  DSYS_ASSERT(role == Role::candidate);
  role = Role::leader;
  leader = self;
  term_start = last_index() + 1;
  successor.reset();
  for (const NodeId peer : config.servers) {
    if (peer != self) progress[peer] = {.next_index = last_index() + 1};
  }
  context.note("becomes leader of term {} with the votes of {}", current_term,
               fmt::join(votes, ", "));
  context.emit(BecameLeader{current_term});
  context.cancel_timer(ElectionTimeout{});
  context.set_timer(HeartbeatInterval{}, config.heartbeat_interval);
  context.set_timer(QuorumCheck{}, config.election_timeout_max);
  if (rules->begins_with_noop()) append(context, Command{});
  broadcast(context, Carrying::entries);
  advance_commit(context);
}

// Adopts a term, if it is new, and gives up whatever role it had.
void Server::become_follower(RaftContext& context, Term term) {
  if (term != current_term) {
    current_term = term;
    voted_for.reset();
    leader.reset();
    write(context, HardState{current_term, voted_for});
  }
  if (role == Role::leader) {
    context.note("is leader no more; its term is now {}", current_term);
    leader.reset();
    successor.reset();
    refuse_reads(context);
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
  send_append(context, message.to, Carrying::entries);
  hand_over_if_ready(context, message.to);
}

void Server::handle(RaftContext& context, NodeId /*from*/, const TimeoutNow& message) {
  const bool is_chosen = message.term == current_term && role == Role::follower;
  if (is_chosen) start_election(context);  // without pre-vote: the leader itself has asked
}

// Replies to clients never come to a server.
void Server::handle(RaftContext& /*context*/, NodeId /*from*/, const ClientReply& /*message*/) {}

// --- Small ---

void Server::write(RaftContext& context, const Record& record) {
  context.write(record);
  unsynced = true;
}

void Server::sync(RaftContext& context) {
  if (std::exchange(unsynced, false)) context.sync();
}

// The one place where messages leave, so that none promises what a power loss could take back.
void Server::send(RaftContext& context, NodeId to, Message message) {
  sync(context);
  context.send(to, std::move(message));
}

void Server::reset_election_timer(RaftContext& context) {
  context.set_timer(ElectionTimeout{}, rules->election_timeout(context.random(), config));
}

// A leader that was heard of within the shortest election timeout is taken to be alive.
bool Server::hears_leader(Time now) const {
  if (role == Role::leader) return true;
  return leader && now - leader_heard_at < config.election_timeout_min;
}

std::size_t Server::quorum() const {
  return config.servers.size() / 2 + 1;
}

Index Server::last_index() const {
  return log.size();
}

Term Server::term_at(Index index) const {
  return index == 0 ? 0 : log[index - 1].term;
}

LogEnd Server::log_end() const {
  return {.term = term_at(last_index()), .index = last_index()};
}

}  // namespace dsys::raft
