// A Raft server, to be read from top to bottom: what it stores, then its moves.
//
// It leaves out snapshots and membership changes. The paper is Ongaro and Ousterhout, "In Search
// of an Understandable Consensus Algorithm" (extended version, 2014); section numbers are its own,
// or the thesis's where marked.
//
// Invariants:
//   1. current_term never decreases, and voted_for is decided once in it.
//   2. last_applied <= commit_index <= last_index().
//   3. What a message promises is on the disk before the message leaves.
//   4. A leader never deletes or changes an entry of its own log.
#pragma once

#include "problems/raft/messages.hpp"
#include "problems/raft/rules.hpp"
#include "problems/raft/state_machine.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <variant>
#include <vector>

namespace dsys::raft {

enum class Role : std::uint8_t { follower, pre_candidate, candidate, leader };
BOOST_DESCRIBE_ENUM(Role, follower, pre_candidate, candidate, leader)

// What a leader knows of one follower.
struct Progress {
  Index next_index = 1;       // the first entry to send next; may fall
  Index match_index = 0;      // the logs agree up to here; only grows
  Round confirmed_round = 0;  // the latest broadcast that it answered
  bool heard = false;         // since the last quorum check
};
DSYS_DESCRIBE(Progress, next_index, match_index, confirmed_round, heard)

// A read that waits for the leader to be confirmed, and for the state machine to catch up.
struct PendingRead {
  Command command;
  Index read_index = 0;  // the state must have applied up to here
  Round round = 0;       // a majority must have answered this broadcast, or a later one
};
DSYS_DESCRIBE(PendingRead, command, read_index, round)

struct Server {
  // --- Given at the start ---
  ServerConfig config;
  const Rules* rules = &reference_rules;

  // --- On disk: must survive a crash (figure 2, persistent state) ---
  Term current_term = 0;
  std::optional<NodeId> voted_for;  // in current_term
  Log log;

  // --- In memory, in every role: may be forgotten ---
  NodeId self{};
  Role role = Role::follower;
  std::optional<NodeId> leader;  // of current_term, if known
  Time leader_heard_at{};        // on this server's clock
  Index commit_index = 0;        // learned again from the leader after a crash
  Index last_applied = 0;
  StateMachine machine;
  std::vector<NodeId> votes;  // as a candidate of either kind
  bool unsynced = false;      // records were written since the last sync

  // --- As a leader ---
  std::map<NodeId, Progress> progress;
  Index term_start = 0;  // the index of its first own entry
  Round round = 0;       // of the latest broadcast
  std::vector<PendingRead> reads;
  std::optional<NodeId> successor;  // to whom the leadership is being handed

  // --- The three entries ---
  void on_start(RaftContext& context, std::span<const RaftProtocol::Record> disk);
  void on_timer(RaftContext& context, const RaftProtocol::Timer& timer) {
    std::visit([&](const auto& expired) { expire(context, expired); }, timer);
  }
  void on_message(RaftContext& context, NodeId from, const RaftProtocol::Message& message) {
    std::visit([&](const auto& received) { handle(context, from, received); }, message);
  }

  void expire(RaftContext& context, const ElectionTimeout& timer);
  void expire(RaftContext& context, const HeartbeatInterval& timer);
  void expire(RaftContext& context, const QuorumCheck& timer);
  void expire(RaftContext&, const NextOperation&) {}   // a client's: never set here
  void expire(RaftContext&, const RequestTimeout&) {}  // the same

  // --- Roles change ---
  void handle(RaftContext& context, NodeId from, const PreVote& message);
  void handle(RaftContext& context, NodeId from, const PreVoteReply& message);
  void handle(RaftContext& context, NodeId from, const RequestVote& message);
  void handle(RaftContext& context, NodeId from, const RequestVoteReply& message);
  void handle(RaftContext& context, NodeId from, const TransferLeadership& message);
  void handle(RaftContext& context, NodeId from, const TimeoutNow& message);
  void handle(RaftContext&, NodeId, const ClientReply&) {}  // never comes to a server
  void start_election(RaftContext& context);
  void count_vote(RaftContext& context, NodeId voter);
  void become_leader(RaftContext& context);
  void become_follower(RaftContext& context, Term term);
  void follow(RaftContext& context, NodeId new_leader);

  // --- A client asks; peers answer (replication.cpp) ---
  void handle(RaftContext& context, NodeId from, const ClientRequest& message);
  void handle(RaftContext& context, NodeId from, const AppendEntries& message);
  void handle(RaftContext& context, NodeId from, const AppendEntriesReply& message);
  void append(RaftContext& context, const Command& command);
  void broadcast(RaftContext& context, std::uint32_t entries_max);
  void send_append(RaftContext& context, NodeId to, std::uint32_t entries_max);
  void store(RaftContext& context, const AppendEntries& message);
  void apply_committed(RaftContext& context);
  void hand_over_if_ready(RaftContext& context, NodeId follower);
  void serve_reads(RaftContext& context);
  void advance_commit(RaftContext& context);

  // --- Small ---
  void send(RaftContext& context, NodeId to, RaftProtocol::Message message);
  void send_to_peers(RaftContext& context, const RaftProtocol::Message& message);
  // A leader that was heard of within the shortest election timeout is taken to be alive.
  bool hears_leader(Time now) const {
    const bool is_recent = leader && now - leader_heard_at < config.election_timeout_min;
    return role == Role::leader || is_recent;
  }
  void write(RaftContext& context, const RaftProtocol::Record& record) {
    context.write(record);
    unsynced = true;
  }
  void sync(RaftContext& context) {
    if (std::exchange(unsynced, false)) context.sync();
  }
  void reset_election_timer(RaftContext& context) {
    context.set_timer(ElectionTimeout{}, rules->election_timeout(context.random(), config));
  }
  std::size_t quorum() const { return config.servers.size() / 2 + 1; }
  Index last_index() const { return log.size(); }
};
DSYS_DESCRIBE(Server, config, rules, current_term, voted_for, log, self, role, leader,
              leader_heard_at, commit_index, last_applied, machine, unsynced, votes, progress,
              term_start, round, reads, successor)

}  // namespace dsys::raft
