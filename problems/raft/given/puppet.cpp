#include "problems/raft/given/puppet.hpp"

#include <algorithm>
#include <variant>

namespace dsys::raft {
namespace {

Term term_in(const RaftProtocol::Message& message) {
  return std::visit(
      [](const auto& one) -> Term {
        if constexpr (requires { one.term; }) return one.term;
        return 0;
      },
      message);
}

}  // namespace

// One that comes back after a crash has left the play.
void Puppet::on_start(RaftContext& context, std::span<const Record> disk) {
  if (!disk.empty()) return remember_all(disk);
  context.write(HardState{current_term, voted_for});
  Index index = 0;
  for (const Entry& entry : log) context.write(AppendEntry{++index, entry});
  context.sync();
  wait_for_next_act(context);
}

void Puppet::remember_all(std::span<const Record> disk) {
  log.clear();
  for (const Record& record : disk) {
    if (const auto* const state = std::get_if<HardState>(&record)) {
      current_term = state->term;
      voted_for = state->voted_for;
    } else if (const auto* const appended = std::get_if<AppendEntry>(&record)) {
      log.push_back(appended->entry);
    } else {
      log.resize(std::get<TruncateFrom>(record).index - 1);
    }
  }
  next_act = acts.size();
}

void Puppet::wait_for_next_act(RaftContext& context) const {
  if (next_act == acts.size()) return;
  const Duration wait = acts[next_act].at - context.now();
  context.set_timer(NextOperation{}, std::max(wait, Duration{}));
}

void Puppet::on_timer(RaftContext& context, const Timer& /*timer*/) {
  Act act = acts[next_act++];
  if (auto* const reply = std::get_if<PreVoteReply>(&act.message)) reply->asked_term = asked_term;
  const auto* const candidacy = std::get_if<RequestVote>(&act.message);
  const Term term = term_in(act.message);
  constexpr Duration late = 100ms;
  const bool is_past = term < current_term || context.now() - act.at > late;
  if (is_past) return wait_for_next_act(context);  // a fault has changed the play
  if (const auto* const append = std::get_if<AppendEntries>(&act.message)) store(context, *append);
  const bool stands = candidacy != nullptr;
  if (stands || term > current_term) {
    remember(context, term, stands ? std::optional(context.self()) : std::nullopt);
  }
  context.send(act.to, act.message);
  wait_for_next_act(context);
}

void Puppet::remember(RaftContext& context, Term term, std::optional<NodeId> vote) {
  current_term = std::max(current_term, term);
  voted_for = vote;
  context.write(HardState{current_term, voted_for});
  context.sync();
}

void Puppet::on_message(RaftContext& context, NodeId from, const Message& message) {
  const Term term = term_in(message);
  const bool is_pre_vote = std::holds_alternative<PreVote>(message);
  if (term > current_term && !is_pre_vote) remember(context, term, std::nullopt);
  std::visit(
      [&](const auto& received) {
        if constexpr (requires { answer(context, from, received); }) {
          answer(context, from, received);
        }
      },
      message);
}

void Puppet::answer(RaftContext& context, NodeId from, const PreVote& message) {
  asked_term = message.term;
  if (grants_pre_votes) context.send(from, PreVoteReply{current_term, message.term, true});
}

void Puppet::answer(RaftContext& context, NodeId from, const RequestVote& message) {
  const LogEnd candidate{.term = message.last_log_term, .index = message.last_log_index};
  const bool may_vote = message.term == current_term && message.term <= votes_until && !voted_for;
  if (!may_vote || !reference_rules.is_up_to_date(candidate, end_of(log))) return;
  remember(context, message.term, from);
  context.send(from, RequestVoteReply{current_term, true});
}

void Puppet::answer(RaftContext& context, NodeId from, const AppendEntries& message) {
  const bool follows = context.now() >= confirms_from && context.now() < confirms_until;
  if (!follows || message.term < current_term) return;
  AppendEntriesReply reply{.term = current_term, .round = message.round};
  if (!reference_rules.log_agrees(log, message.prev_log_index, message.prev_log_term)) {
    const Conflict conflict = conflict_at(log, message.prev_log_index);
    if (hints) reply.conflict_index = conflict.index;
    if (hints) reply.conflict_term = conflict.term;
    return context.send(from, reply);
  }
  reply.success = true;
  reply.match_index = message.prev_log_index + message.entries.size();
  if (reply.match_index > confirms_to) return;
  store(context, message);
  context.send(from, reply);
}

// What it sends as a leader stands in its own log as well.
void Puppet::store(RaftContext& context, const AppendEntries& message) {
  if (!reference_rules.log_agrees(log, message.prev_log_index, message.prev_log_term)) return;
  if (const auto cut = reference_rules.truncate_from(message, log)) {
    log.resize(*cut - 1);
    context.write(TruncateFrom{*cut});
  }
  for (const Entry& entry : reference_rules.entries_to_store(message, log)) {
    log.push_back(entry);
    context.write(AppendEntry{log.size(), entry});
  }
  context.sync();
}

}  // namespace dsys::raft
