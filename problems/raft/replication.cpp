// Replication, commitment and reads: the second half of the server.
#include "problems/raft/node.hpp"

#include <algorithm>
#include <functional>
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
    broadcast(context, Carrying::nothing);
    return serve_reads(context);
  }
  const Session* const session = machine.answered(command);
  if (session != nullptr && rules->executes_once()) {
    context.note("has executed command {} of {} before: repeats its answer", command.serial, from);
    return send(context, from, ClientReply{command.serial, Status::ok, session->result, {}});
  }
  append(context, command);
  broadcast(context, Carrying::entries);
  advance_commit(context);
}

// --- The leader sends ---

void Server::append(RaftContext& context, const Command& command) {
  log.push_back({current_term, command});
  write(context, AppendEntry{last_index(), log.back()});
}

void Server::broadcast(RaftContext& context, Carrying carrying) {
  ++round;
  for (const auto& [peer, one] : progress) send_append(context, peer, carrying);
}

void Server::send_append(RaftContext& context, NodeId to, Carrying carrying) {
  const Index first = progress.at(to).next_index;
  AppendEntries message{.term = current_term,
                        .prev_log_index = first - 1,
                        .prev_log_term = term_at(first - 1),
                        .leader_commit = commit_index,
                        .round = round};
  if (carrying == Carrying::entries) {
    const Index end = std::min<Index>(last_index() + 1, first + config.entries_max);
    for (Index index = first; index < end; ++index) message.entries.push_back(log[index - 1]);
  }
  send(context, to, std::move(message));
}

// --- A follower receives (5.3) ---

void Server::handle(RaftContext& context, NodeId from, const AppendEntries& message) {
  if (rules->append_is_stale(message.term, current_term)) {
    return send(context, from, AppendEntriesReply{.term = current_term, .round = message.round});
  }
  if (message.term > current_term) become_follower(context, message.term);
  follow(context, from);
  if (!rules->log_agrees(log, message.prev_log_index, message.prev_log_term)) {
    return refuse_entries(context, from, message);
  }
  store(context, message.prev_log_index, rules->entries_to_store(message));
  const Index verified = message.prev_log_index + message.entries.size();
  const Index known = rules->follower_commit(message.leader_commit, verified, last_index());
  commit_index = std::max(commit_index, std::min(known, last_index()));
  apply_committed(context);
  send(context, from,
       AppendEntriesReply{
           .term = current_term, .success = true, .match_index = verified, .round = message.round});
}

// Deletes only where terms conflict: the message may be an old one, and what lies behind its last
// entry may have been counted by the leader already.
void Server::store(RaftContext& context, Index prev_log_index, const std::vector<Entry>& entries) {
  if (const auto conflict = rules->truncate_from(log, prev_log_index, entries)) {
    context.note("deletes its entries from index {} on: they conflict with the leader's",
                 *conflict);
    log.resize(*conflict - 1);
    write(context, TruncateFrom{*conflict});
  }
  const Index present = last_index() - std::min(prev_log_index, last_index());
  for (std::size_t i = present; i < entries.size(); ++i) {
    log.push_back(entries[i]);
    write(context, AppendEntry{last_index(), entries[i]});
  }
  if (entries.size() > present + 1) context.note("catches up: has the log up to {}", last_index());
}

// Tells the leader how far to step back: over a whole term at once, not entry by entry (5.3).
void Server::refuse_entries(RaftContext& context, NodeId to, const AppendEntries& message) {
  AppendEntriesReply reply{
      .term = current_term, .conflict_index = last_index() + 1, .round = message.round};
  if (message.prev_log_index <= last_index()) {
    reply.conflict_term = term_at(message.prev_log_index);
    reply.conflict_index = message.prev_log_index;
    while (term_at(reply.conflict_index - 1) == reply.conflict_term) --reply.conflict_index;
  }
  context.note("lacks the entry before index {}: refuses", message.prev_log_index + 1);
  send(context, to, reply);
}

// --- The leader counts ---

void Server::handle(RaftContext& context, NodeId from, const AppendEntriesReply& message) {
  if (rules->reply_deposes(message.term, current_term)) {
    return become_follower(context, message.term);
  }
  const bool is_mine =
      role == Role::leader && message.term == current_term && progress.contains(from);
  if (!is_mine) return;  // an answer to an earlier leadership
  Progress& follower = progress.at(from);
  follower.heard = true;
  follower.confirmed_round = std::max(follower.confirmed_round, message.round);
  if (message.success) {
    const Index matched = std::min(rules->matched(message.match_index, last_index()), last_index());
    follower.match_index = std::max(follower.match_index, matched);
    follower.next_index = std::max(follower.next_index, follower.match_index + 1);
    advance_commit(context);
    // The latest word of a follower that lacks something, be it the answer to a heartbeat.
    const bool lacks_entries =
        follower.next_index == matched + 1 && follower.next_index <= last_index();
    if (lacks_entries) send_append(context, from, Carrying::entries);
    hand_over_if_ready(context, from);
  } else {
    step_back(from, message);
    send_append(context, from, Carrying::entries);
  }
  serve_reads(context);
}

void Server::step_back(NodeId follower, const AppendEntriesReply& message) {
  Progress& one = progress.at(follower);
  Index next = message.conflict_index;
  for (Index index = std::min(last_index(), one.next_index); index > 0; --index) {
    if (message.conflict_term == 0 || term_at(index) < message.conflict_term) break;
    if (term_at(index) != message.conflict_term) continue;
    next = index + 1;  // the leader has that term too: begin behind its last entry of it
    break;
  }
  one.next_index = std::clamp<Index>(next, one.match_index + 1, last_index() + 1);
}

void Server::hand_over_if_ready(RaftContext& context, NodeId follower) {
  const bool is_ready = successor == follower && progress.at(follower).match_index == last_index();
  if (!is_ready) return;
  context.note("{} has the whole log: tells it to stand for election", follower);
  send(context, follower, TimeoutNow{current_term});
}

// --- What is committed is applied; clients are answered ---

void Server::apply_committed(RaftContext& context) {
  while (last_applied < std::min(commit_index, last_index())) {
    const Entry entry = log[last_applied++];
    const Result result = machine.apply(entry.command, rules->executes_once());
    context.emit(Applied{last_applied, entry.term, entry.command, result});
    const bool has_client = entry.command.operation != Operation::noop;
    if (role != Role::leader || !has_client) continue;
    send(context, entry.command.client, ClientReply{entry.command.serial, Status::ok, result, {}});
  }
}

void Server::serve_reads(RaftContext& context) {
  const auto is_ready = [&](const PendingRead& read) {
    std::size_t confirmations = 1;
    for (const auto& [peer, one] : progress) {
      confirmations += one.confirmed_round >= read.round ? 1 : 0;
    }
    return rules->read_is_confirmed(confirmations, quorum()) && last_applied >= read.read_index;
  };
  std::erase_if(reads, [&](const PendingRead& read) {
    if (!is_ready(read)) return false;
    const Command& command = read.command;
    send(context, command.client,
         ClientReply{command.serial, Status::ok, machine.value_of(command.key), {}});
    return true;
  });
}

void Server::refuse_reads(RaftContext& context) {
  for (const PendingRead& read : reads) {
    send(context, read.command.client,
         ClientReply{read.command.serial, Status::not_leader, {}, leader});
  }
  reads.clear();
}

// --- The commit rule (5.3, 5.4.2) ---

void Server::advance_commit(RaftContext& context) {
  if (commit_index == last_index()) return;
  sync(context);  // its own copy counts only once it is on its disk
  std::vector<Index> matches{last_index()};
  for (const auto& [peer, one] : progress) matches.push_back(one.match_index);
  std::sort(matches.begin(), matches.end(), std::greater<>{});
  const Index on_majority = matches[quorum() - 1];
  const bool is_committed =
      on_majority > commit_index && rules->may_commit(term_at(on_majority), current_term);
  if (!is_committed) return;
  context.note("commits up to index {}: {} of {} servers have it", on_majority, quorum(),
               config.servers.size());
  commit_index = on_majority;
  apply_committed(context);
  serve_reads(context);
}

}  // namespace dsys::raft
