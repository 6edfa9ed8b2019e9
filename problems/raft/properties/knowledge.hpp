// What the outside can know of a server: its log, by what it was sent, confirmed, sent and wrote
// itself; and what a leader may count. Included by the files of properties only.
#pragma once

#include "problems/raft/properties/judges.hpp"

#include "problems/raft/rules.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <variant>
#include <vector>

namespace dsys::raft {

template <typename Alternative>
const Alternative* record_of(const Event& event) {
  return event.record == nullptr ? nullptr : std::get_if<Alternative>(event.record);
}

inline bool is_better(const LogEnd& left, const LogEnd& right) {
  return std::pair(left.term, left.index) > std::pair(right.term, right.index);
}

// All servers of the cluster, dead or alive.
struct Electorate {
  std::set<NodeId> servers;

  void observe(const Event& event) {
    if (event.kind == EventKind::start && node_letter(event.node) == 'n') {
      servers.insert(event.node);
    }
  }
  std::size_t quorum() const { return servers.size() / 2 + 1; }
};

// The request that an answer of this server answers: the latest of that peer.
struct Requests {
  std::map<NodeId, AppendEntries> appends;
  std::map<NodeId, RequestVote> votes;
  std::map<NodeId, PreVote> pre_votes;

  void take(const Event& event) {
    if (const auto* const append = message_of<AppendEntries>(event)) appends[event.peer] = *append;
    if (const auto* const vote = message_of<RequestVote>(event)) votes[event.peer] = *vote;
    if (const auto* const pre_vote = message_of<PreVote>(event)) pre_votes[event.peer] = *pre_vote;
  }
};

// Entries that a log has, as far as they show: index and term.
struct ShownLog {
  std::map<Index, Term> entries;

  // One log that agrees up to `prev_log_index` and goes on with these: what conflicts is gone.
  void take(const AppendEntries& append) {
    if (append.prev_log_index > 0) set(append.prev_log_index, append.prev_log_term);
    Index index = append.prev_log_index;
    for (const Entry& entry : append.entries) set(++index, entry.term);
  }
  void set(Index index, Term term) {
    const auto [known, is_first] = entries.try_emplace(index, term);
    if (is_first || known->second == term) return;
    cut_from(index);
    entries[index] = term;
  }
  void cut_from(Index index) { entries.erase(entries.lower_bound(index), entries.end()); }
  bool has(Index index, Term term) const {
    if (index == 0) return true;
    const auto found = entries.find(index);
    return found != entries.end() && found->second == term;
  }
  LogEnd end() const {
    if (entries.empty()) return {};
    return {.term = entries.rbegin()->second, .index = entries.rbegin()->first};
  }
};

}  // namespace dsys::raft
