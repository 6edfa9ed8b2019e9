// Replication, commitment and reads: the second half of the server.
#include "problems/raft/node.hpp"

#include "common/core/assert.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace dsys::raft {

// --- A client asks ---

void Server::handle(RaftContext& context, NodeId from, const ClientRequest& message) {
  const Command& command = message.command;
  if (role != Role::leader || successor) {
    const auto hint = successor ? successor : leader;
    return send(context, from, ClientReply{command.serial, Status::not_leader, {}, hint});
  }
  if (command.operation == Operation::get) {
    // ReadIndex (thesis 6.4): what was committed before this term is committed here once the
    // leader's first own entry is, so a read waits for that one at least.
    reads.push_back({command, std::max(commit_index, term_start), round + 1});
    broadcast(context, 0);
    return serve_reads(context);
  }
  const Session session = machine.session_of(command.client);
  if (rules->is_repeated(command.serial, session)) {
    context.note("has executed command {} of {} before: repeats its answer", command.serial, from);
    return send(context, from, ClientReply{command.serial, Status::ok, session.result, {}});
  }
  append(context, command);
  broadcast(context, config.entries_max);
  advance_commit(context);
}

// --- The leader sends ---

void Server::append(RaftContext& context, const Command& command) {
  log.push_back({current_term, command});
  write(context, AppendEntry{last_index(), log.back()});
}

// With so many entries at most; with none it is a heartbeat.
void Server::broadcast(RaftContext& context, std::uint32_t entries_max) {
  ++round;
  for (const auto& [peer, one] : progress) send_append(context, peer, entries_max);
}

void Server::send_append(RaftContext& context, NodeId to, std::uint32_t entries_max) {
  const Index first = progress.at(to).next_index;
  AppendEntries message{.term = current_term,
                        .prev_log_index = first - 1,
                        .prev_log_term = term_at(log, first - 1),
                        .leader_commit = commit_index,
                        .round = round};
  const Index end = std::min<Index>(last_index() + 1, first + entries_max);
  for (Index index = first; index < end; ++index) message.entries.push_back(log[index - 1]);
  send(context, to, std::move(message));
}

// --- A follower receives (5.3) ---

void Server::handle(RaftContext& context, NodeId from, const AppendEntries& message) {
  if (rules->append_is_stale(message.term, current_term)) {
    // Without its round: whoever leads in our term counts rounds anew, be it the same server.
    return send(context, from, AppendEntriesReply{.term = current_term});
  }
  if (message.term > current_term) become_follower(context, message.term);
  follow(context, from);
  if (!rules->log_agrees(log, message.prev_log_index, message.prev_log_term)) {
    context.note("lacks the entry before index {}: refuses", message.prev_log_index + 1);
    const Conflict conflict = conflict_at(log, message.prev_log_index);
    AppendEntriesReply refusal{.term = current_term, .round = message.round};
    refusal.conflict_index = conflict.index;
    refusal.conflict_term = conflict.term;
    return send(context, from, refusal);
  }
  store(context, message);
  commit_index = std::max(commit_index, rules->follower_commit(message, log));
  apply_committed(context);
  AppendEntriesReply reply{.term = current_term, .success = true, .round = message.round};
  reply.match_index = message.prev_log_index + message.entries.size();
  send(context, from, reply);
}

// Deletes only where terms conflict: the message may be an old one, and what lies behind its last
// entry may have been counted by the leader already.
void Server::store(RaftContext& context, const AppendEntries& message) {
  DSYS_INVARIANT(role == Role::follower);  // 4
  if (const auto conflict = rules->truncate_from(message, log)) {
    context.note("deletes its entries from index {} on, the first of them of term {}", *conflict,
                 term_at(log, *conflict));
    log.resize(*conflict - 1);
    write(context, TruncateFrom{*conflict});
  }
  const std::vector<Entry> added = rules->entries_to_store(message, log);
  for (const Entry& entry : added) {
    log.push_back(entry);
    write(context, AppendEntry{last_index(), entry});
  }
  if (added.size() > 1) context.note("catches up: has the log up to {}", last_index());
}

// --- The leader counts ---

void Server::handle(RaftContext& context, NodeId from, const AppendEntriesReply& message) {
  if (rules->deposes(message.term, current_term)) return become_follower(context, message.term);
  const bool is_mine =
      role == Role::leader && message.term == current_term && progress.contains(from);
  if (!is_mine) return;  // an answer to an earlier leadership
  Progress& follower = progress.at(from);
  follower.heard = true;
  follower.confirmed_round = std::max(follower.confirmed_round, message.round);
  if (message.success) {
    const Index matched = rules->matched(message, log);
    follower.match_index = std::max(follower.match_index, matched);
    follower.next_index = std::max(follower.next_index, follower.match_index + 1);
    advance_commit(context);
    // Its newest reply, and it still lacks entries: send them, even if it answered a heartbeat.
    const bool lacks_entries =
        follower.next_index == matched + 1 && follower.next_index <= last_index();
    if (lacks_entries) send_append(context, from, config.entries_max);
    hand_over_if_ready(context, from);
  } else {
    const Conflict conflict{.index = message.conflict_index, .term = message.conflict_term};
    const Index next = next_after_refusal(log, conflict, follower.next_index);
    follower.next_index = std::clamp<Index>(next, follower.match_index + 1, last_index() + 1);
    send_append(context, from, config.entries_max);
  }
  serve_reads(context);
}

void Server::hand_over_if_ready(RaftContext& context, NodeId follower) {
  const bool is_ready = successor == follower && progress.at(follower).match_index == last_index();
  if (!is_ready) return;
  context.note("{} has the whole log: tells it to stand for election", follower);
  send(context, follower, TimeoutNow{current_term});
}

// --- What is committed is applied; clients are answered ---

void Server::apply_committed(RaftContext& context) {
  while (last_applied < commit_index) {
    DSYS_INVARIANT(last_applied < last_index());  // 2
    const Entry entry = log[last_applied++];
    const Session session = machine.session_of(entry.command.client);
    const bool repeated = rules->is_repeated(entry.command.serial, session);
    const Result result = repeated ? session.result : machine.apply(entry.command);
    context.emit(Applied{last_applied, entry.term, entry.command, result});
    const bool has_client = entry.command.operation != Operation::noop;
    if (role != Role::leader || !has_client) continue;
    send(context, entry.command.client, ClientReply{entry.command.serial, Status::ok, result, {}});
  }
}

void Server::serve_reads(RaftContext& context) {
  std::erase_if(reads, [&](const PendingRead& read) {
    std::size_t confirmations = 1;
    for (const auto& [peer, one] : progress) {
      confirmations += one.confirmed_round >= read.round ? 1 : 0;
    }
    const bool is_ready =
        rules->read_is_confirmed(confirmations, quorum()) && last_applied >= read.read_index;
    const Command& asked = read.command;
    const Result value = machine.value_of(asked.key);
    if (is_ready) send(context, asked.client, ClientReply{asked.serial, Status::ok, value, {}});
    return is_ready;
  });
}

// --- The commit rule (5.3, 5.4.2) ---

void Server::advance_commit(RaftContext& context) {
  if (commit_index == last_index()) return;
  sync(context);  // its own copy counts only once it is on its disk
  std::vector<Index> matches{last_index()};
  for (const auto& [peer, one] : progress) matches.push_back(one.match_index);
  const Index on_majority = held_by(quorum(), std::move(matches));
  const bool is_committed =
      on_majority > commit_index && rules->may_commit(term_at(log, on_majority), current_term);
  if (!is_committed) return;
  context.note("commits up to index {}: {} of {} servers have it", on_majority, quorum(),
               config.servers.size());
  commit_index = on_majority;
  apply_committed(context);
  serve_reads(context);
}

}  // namespace dsys::raft
