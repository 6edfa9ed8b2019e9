// The decisions of Raft by name. A flaw is the reference with one of them swapped; this is also
// the list to recite when an interviewer asks what exactly must be checked.
#pragma once

#include "problems/raft/messages.hpp"
#include "problems/raft/state_machine.hpp"

#include <boost/describe.hpp>

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

struct Rules {
  // A message of an earlier term is refused (5.1).
  bool (*vote_request_is_stale)(Term term, Term current_term);
  bool (*append_is_stale)(Term term, Term current_term);
  // A reply of a later term deposes whoever receives it (5.1).
  bool (*reply_deposes)(Term term, Term current_term);
  // One vote a term: for nobody yet, or for the same candidate again (5.2).
  bool (*may_vote)(const std::optional<NodeId>& voted_for, NodeId candidate);
  bool (*is_up_to_date)(const LogEnd& candidate, const LogEnd& own);
  // A grant counts once for each voter.
  bool (*counts_vote)(const std::vector<NodeId>& votes, NodeId voter);
  // Each wait is drawn anew, so that candidates do not tie for ever (5.2).
  Duration (*election_timeout)(Random& random, const ServerConfig& config);
  // Only a granted vote quiets the election timer, not a refused request.
  bool (*vote_request_resets_timer)(bool granted);
  // A new leader begins with an entry of its own term, to commit what came before (thesis 6.4).
  bool (*begins_with_noop)();
  // The follower has the entry before the new ones (5.3).
  bool (*log_agrees)(const Log& log, Index prev_log_index, Term prev_log_term);
  // What an AppendEntries adds: its entries, and nothing for a heartbeat.
  std::vector<Entry> (*entries_to_store)(const AppendEntries& message);
  // The first entry to delete: where terms conflict, else none (5.3).
  std::optional<Index> (*truncate_from)(const Log& log, Index prev_log_index,
                                        const std::vector<Entry>& entries);
  // No further than the leader committed, and no further than this message has verified.
  Index (*follower_commit)(Index leader_commit, Index verified, Index last_index);
  // What a follower's success vouches for.
  Index (*matched)(Index reported, Index last_index);
  // By counting copies a leader commits only entries of its own term (5.4.2, figure 8).
  bool (*may_commit)(Term entry_term, Term current_term);
  // A read waits for a majority to confirm the leader after it came (thesis 6.4).
  bool (*read_is_confirmed)(std::size_t confirmations, std::size_t quorum);
  // A retried command is not executed again (thesis 6.3).
  bool (*executes_once)();
};
BOOST_DESCRIBE_STRUCT(Rules, (),
                      (vote_request_is_stale, append_is_stale, reply_deposes, may_vote,
                       is_up_to_date, counts_vote, election_timeout, vote_request_resets_timer,
                       begins_with_noop, log_agrees, entries_to_store, truncate_from,
                       follower_commit, matched, may_commit, read_is_confirmed, executes_once))

extern const Rules reference_rules;

}  // namespace dsys::raft
