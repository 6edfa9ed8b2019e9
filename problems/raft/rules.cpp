#include "problems/raft/rules.hpp"

#include <algorithm>

namespace dsys::raft {
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

bool only_if_granted(bool granted) {
  return granted;
}

bool always() {
  return true;
}

bool log_agrees(const Log& log, Index prev_log_index, Term prev_log_term) {
  if (prev_log_index == 0) return true;
  return prev_log_index <= log.size() && log[prev_log_index - 1].term == prev_log_term;
}

std::vector<Entry> sent_entries(const AppendEntries& message) {
  return message.entries;
}

std::optional<Index> first_conflict(const Log& log, Index prev_log_index,
                                    const std::vector<Entry>& entries) {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Index index = prev_log_index + 1 + i;
    if (index > log.size()) return std::nullopt;
    if (log[index - 1].term != entries[i].term) return index;
  }
  return std::nullopt;
}

Index verified_commit(Index leader_commit, Index verified, Index /*last_index*/) {
  return std::min(leader_commit, verified);
}

Index as_reported(Index reported, Index /*last_index*/) {
  return reported;
}

bool is_own_term(Term entry_term, Term current_term) {
  return entry_term == current_term;
}

bool by_majority(std::size_t confirmations, std::size_t quorum) {
  return confirmations >= quorum;
}

}  // namespace

constinit const Rules reference_rules{.vote_request_is_stale = is_earlier,
                                      .append_is_stale = is_earlier,
                                      .reply_deposes = is_later,
                                      .may_vote = may_vote,
                                      .is_up_to_date = is_up_to_date,
                                      .counts_vote = is_new_voter,
                                      .election_timeout = random_timeout,
                                      .vote_request_resets_timer = only_if_granted,
                                      .begins_with_noop = always,
                                      .log_agrees = log_agrees,
                                      .entries_to_store = sent_entries,
                                      .truncate_from = first_conflict,
                                      .follower_commit = verified_commit,
                                      .matched = as_reported,
                                      .may_commit = is_own_term,
                                      .read_is_confirmed = by_majority,
                                      .executes_once = always};

}  // namespace dsys::raft
