// The decisions of Raft by name. A flaw is the reference with one of them swapped; this is also
// the list to recite when an interviewer asks what exactly must be checked.
#pragma once

#include "problems/raft/messages.hpp"
#include "problems/raft/state_machine.hpp"

#include <boost/describe.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace dsys::raft {

// Of two logs the one with the later last term is more up to date, then the longer one (5.4.1).
struct LogEnd {
  Term term = 0;
  Index index = 0;

  bool operator==(const LogEnd&) const = default;
};

using Log = std::vector<Entry>;  // log[i] is the entry of index i + 1

Term term_at(const Log& log, Index index);  // 0 before the first entry
LogEnd end_of(const Log& log);

// Where a follower's log parts from its leader's.
struct Conflict {
  Index index = 0;  // where the follower's term there begins, or the end of its log
  Term term = 0;    // 0: the follower has no entry there at all
};
// Over a whole term at once, so that the leader need not step back entry by entry (5.3).
Conflict conflict_at(const Log& log, Index prev_log_index);
// What the leader sends next to a follower that has refused: no more than it sent before.
Index next_after_refusal(const Log& log, const Conflict& conflict, Index next_index);

// The highest index that so many servers have, the leader's own log among the matches.
Index held_by(std::size_t servers, std::vector<Index> matches);

struct Rules {
  // An append of an earlier term is refused (5.1).
  bool (*append_is_stale)(Term term, Term current_term);
  // A reply of a later term deposes whoever receives it (5.1).
  bool (*deposes)(Term term, Term current_term);
  // One vote a term: for nobody yet, or for the same candidate again (5.2).
  bool (*may_vote)(const std::optional<NodeId>& voted_for, NodeId candidate);
  bool (*is_up_to_date)(const LogEnd& candidate, const LogEnd& own);
  // A grant counts once for each voter.
  bool (*counts_vote)(const std::vector<NodeId>& votes, NodeId voter);
  // Each wait is drawn anew, so that candidates do not tie for ever (5.2).
  Duration (*election_timeout)(Random& random, const ServerConfig& config);
  // A new leader needs an entry of its own term, to commit what came before (thesis 6.4).
  bool (*lacks_own_entry)(const LogEnd& own, Term current_term);
  // The follower has the entry before the new ones (5.3).
  bool (*log_agrees)(const Log& log, Index prev_log_index, Term prev_log_term);
  // What an AppendEntries adds: its entries that are not there yet, and nothing for a heartbeat.
  std::vector<Entry> (*entries_to_store)(const AppendEntries& message, const Log& log);
  // The first entry to delete: where terms conflict, else none (5.3).
  std::optional<Index> (*truncate_from)(const AppendEntries& message, const Log& log);
  // No further than the leader committed, and no further than this message has verified.
  Index (*follower_commit)(const AppendEntries& message, const Log& log);
  // What a follower's success vouches for: so much of the leader's log, or nothing.
  Index (*matched)(const AppendEntriesReply& message, const Log& log);
  // By counting copies a leader commits only entries of its own term (5.4.2, figure 8).
  bool (*may_commit)(Term entry_term, Term current_term);
  // A read waits for a majority to confirm the leader after it came (thesis 6.4).
  bool (*read_is_confirmed)(std::size_t confirmations, std::size_t quorum);
  // A command that its client has an answer to is not executed again (thesis 6.3).
  bool (*is_repeated)(std::uint64_t serial, const Session& last);
};
BOOST_DESCRIBE_STRUCT(Rules, (),
                      (append_is_stale, deposes, may_vote, is_up_to_date, counts_vote,
                       election_timeout, lacks_own_entry, log_agrees, entries_to_store,
                       truncate_from, follower_commit, matched, may_commit, read_is_confirmed,
                       is_repeated))

extern const Rules reference_rules;

}  // namespace dsys::raft
