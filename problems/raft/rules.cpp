#include "problems/raft/rules.hpp"

#include "common/core/assert.hpp"

#include <algorithm>
#include <functional>

namespace dsys::raft {

Term term_at(const Log& log, Index index) {
  return index == 0 ? 0 : log[index - 1].term;
}

LogEnd end_of(const Log& log) {
  return {.term = term_at(log, log.size()), .index = log.size()};
}

Conflict conflict_at(const Log& log, Index prev_log_index) {
  if (prev_log_index > log.size()) return {.index = log.size() + 1};
  Conflict conflict{.index = prev_log_index, .term = term_at(log, prev_log_index)};
  while (term_at(log, conflict.index - 1) == conflict.term) --conflict.index;
  return conflict;
}

Index next_after_refusal(const Log& log, const Conflict& conflict, Index next_index) {
  if (conflict.term == 0) return conflict.index;
  Index index = std::min<Index>(log.size(), next_index);
  while (index > 0 && term_at(log, index) > conflict.term) --index;
  // If the leader has that term too, it begins behind its last entry of it.
  const bool has_term = index > 0 && term_at(log, index) == conflict.term;
  return has_term ? index + 1 : conflict.index;
}

Index held_by(std::size_t servers, std::vector<Index> matches) {
  DSYS_INVARIANT(servers > 0 && servers <= matches.size());
  std::sort(matches.begin(), matches.end(), std::greater<>{});
  return matches[servers - 1];
}

namespace {

bool is_earlier(Term term, Term current_term) {
  return term < current_term;
}

bool is_later(Term term, Term current_term) {
  return term > current_term;
}

bool may_vote(const std::optional<NodeId>& voted_for, NodeId candidate) {
  return !voted_for || *voted_for == candidate;
}

bool is_up_to_date(const LogEnd& candidate, const LogEnd& own) {
  if (candidate.term != own.term) return candidate.term > own.term;
  return candidate.index >= own.index;
}

bool is_new_voter(const std::vector<NodeId>& votes, NodeId voter) {
  return std::find(votes.begin(), votes.end(), voter) == votes.end();
}

Duration random_timeout(Random& random, const ServerConfig& config) {
  return random.between(config.election_timeout_min, config.election_timeout_max);
}

bool is_of_earlier_term(const LogEnd& own, Term current_term) {
  return own.term < current_term;
}

bool log_agrees(const Log& log, Index prev_log_index, Term prev_log_term) {
  if (prev_log_index == 0) return true;
  return prev_log_index <= log.size() && log[prev_log_index - 1].term == prev_log_term;
}

std::vector<Entry> new_entries(const AppendEntries& message, const Log& log) {
  DSYS_INVARIANT(message.prev_log_index <= log.size());
  const std::size_t present = std::min(log.size() - message.prev_log_index, message.entries.size());
  return {message.entries.begin() + static_cast<std::ptrdiff_t>(present), message.entries.end()};
}

std::optional<Index> first_conflict(const AppendEntries& message, const Log& log) {
  Index index = message.prev_log_index;
  for (const Entry& entry : message.entries) {
    if (++index > log.size()) return std::nullopt;
    if (term_at(log, index) != entry.term) return index;
  }
  return std::nullopt;
}

Index verified_commit(const AppendEntries& message, const Log& log) {
  const Index verified = message.prev_log_index + message.entries.size();
  DSYS_INVARIANT(verified <= log.size());
  return std::min(message.leader_commit, verified);
}

Index as_reported(const AppendEntriesReply& message, const Log& log) {
  return message.match_index <= log.size() ? message.match_index : 0;
}

bool is_own_term(Term entry_term, Term current_term) {
  return entry_term == current_term;
}

bool by_majority(std::size_t confirmations, std::size_t quorum) {
  return confirmations >= quorum;
}

bool is_answered(std::uint64_t serial, const Session& last) {
  return serial <= last.serial;
}

}  // namespace

constinit const Rules reference_rules{.append_is_stale = is_earlier,
                                      .deposes = is_later,
                                      .may_vote = may_vote,
                                      .is_up_to_date = is_up_to_date,
                                      .counts_vote = is_new_voter,
                                      .election_timeout = random_timeout,
                                      .lacks_own_entry = is_of_earlier_term,
                                      .log_agrees = log_agrees,
                                      .entries_to_store = new_entries,
                                      .truncate_from = first_conflict,
                                      .follower_commit = verified_commit,
                                      .matched = as_reported,
                                      .may_commit = is_own_term,
                                      .read_is_confirmed = by_majority,
                                      .is_repeated = is_answered};

}  // namespace dsys::raft
