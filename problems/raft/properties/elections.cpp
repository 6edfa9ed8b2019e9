// RF-S11, RF-S12, RF-S15, RF-S16 and RF-S19: who may be elected by whom, and what each message must
// say. Each looks at one server and what it was told, so a mistake shows at once, in any run, and
// not only when it has done harm.
#include "problems/raft/properties/knowledge.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace dsys::raft {
namespace {

// --- RF-S11 ---

struct ElectedByAMajority {
  Electorate electorate;
  std::map<std::pair<NodeId, Term>, std::set<NodeId>> voters_for;  // that the candidate has heard

  Reason observe(const Event& event) {
    electorate.observe(event);
    if (event.kind == EventKind::deliver) {
      const auto* const reply = message_of<RequestVoteReply>(event);
      const bool is_grant = reply != nullptr && reply->granted;
      if (is_grant) voters_for[{event.node, reply->term}].insert(event.peer);
      return std::nullopt;
    }
    const auto* const elected = output_of<BecameLeader>(event);
    if (elected == nullptr) return std::nullopt;
    const std::size_t votes = voters_for[{event.node, elected->term}].size() + 1;
    if (votes >= electorate.quorum()) return std::nullopt;
    return fmt::format("{} became leader of term {} with {} of {} votes, its own included",
                       event.node, elected->term, votes, electorate.servers.size());
  }
};

// --- RF-S12 ---

// What a server confirmed or, as a leader, sent is in its log until a later leader replaces it;
// what it sent may be lost in a crash, for a leader may write and send at once.
struct BetterLogsWin {
  struct Memory {
    ShownLog confirmed;
    ShownLog led;
    Requests asked;
  };
  std::map<NodeId, Memory> memory_of;

  Reason observe(const Event& event) {
    if (event.message == nullptr && !is_crash(event)) return std::nullopt;
    Memory& memory = memory_of[event.node];
    if (is_crash(event)) memory.led = {};
    if (event.kind == EventKind::deliver) memory.asked.take(event);
    if (event.kind != EventKind::send) return std::nullopt;
    if (const auto* const append = message_of<AppendEntries>(event)) memory.led.take(*append);
    const auto* const reply = message_of<AppendEntriesReply>(event);
    if (reply != nullptr && reply->success) confirm(memory, memory.asked.appends[event.peer]);
    const auto* const vote = message_of<RequestVoteReply>(event);
    return vote != nullptr && vote->granted ? judge(memory, event) : std::nullopt;
  }

  static void confirm(Memory& memory, const AppendEntries& append) {
    Index index = append.prev_log_index;
    for (const Entry& entry : append.entries) {
      ++index;
      const bool has_other =
          memory.led.entries.contains(index) && !memory.led.has(index, entry.term);
      if (has_other) memory.led.cut_from(index);
    }
    memory.confirmed.take(append);
  }

  static Reason judge(const Memory& memory, const Event& event) {
    const auto asked = memory.asked.votes.find(event.peer);
    if (asked == memory.asked.votes.end()) return std::nullopt;
    const LogEnd candidate{asked->second.last_log_term, asked->second.last_log_index};
    const LogEnd confirmed = memory.confirmed.end();
    const LogEnd led = memory.led.end();
    const LogEnd own = is_better(led, confirmed) ? led : confirmed;
    if (!is_better(own, candidate)) return std::nullopt;
    return fmt::format(
        "{} votes for {}, whose log ends at index {} of term {}, though its own reaches index {} "
        "of "
        "term {}",
        event.node, event.peer, candidate.index, candidate.term, own.index, own.term);
  }
};

// --- RF-S15 ---

struct AnswersAreTrue {
  struct Memory {
    Requests asked;
    std::map<Term, std::set<NodeId>> votes;  // by its answers, requests and records
    LogEnd best;                             // of the entries that it has had
    std::optional<Time> leader_heard_at;
  };
  std::map<NodeId, Memory> memory_of;

  Reason observe(const Event& event) {
    Memory& memory = memory_of[event.node];
    if (event.record != nullptr) note_record(memory, event);
    if (event.message == nullptr) return std::nullopt;
    if (event.kind == EventKind::deliver) {
      memory.asked.take(event);
      if (const auto* const append = message_of<AppendEntries>(event)) {
        note_entries(memory, *append);
        memory.leader_heard_at = event.time;
      }
    }
    return event.kind == EventKind::send ? judge(memory, event) : std::nullopt;
  }

  static void note_record(Memory& memory, const Event& event) {
    if (const auto* const state = record_of<HardState>(event)) {
      if (state->voted_for) memory.votes[state->term].insert(*state->voted_for);
    }
    if (const auto* const appended = record_of<AppendEntry>(event)) {
      note(memory, appended->index, appended->entry.term);
    }
  }
  static void note(Memory& memory, Index index, Term term) {
    if (is_better({term, index}, memory.best)) memory.best = {term, index};
  }
  static void note_entries(Memory& memory, const AppendEntries& append) {
    Index index = append.prev_log_index;
    for (const Entry& entry : append.entries) note(memory, ++index, entry.term);
  }

  static Reason judge(Memory& memory, const Event& event) {
    if (const auto* const append = message_of<AppendEntries>(event)) note_entries(memory, *append);
    if (const auto* const own = message_of<RequestVote>(event)) {
      memory.votes[own->term].insert(event.node);
    }
    if (const auto* const reply = message_of<RequestVoteReply>(event)) {
      return judge_vote(memory, event, *reply);
    }
    const auto* const reply = message_of<PreVoteReply>(event);
    if (reply == nullptr) return std::nullopt;
    const bool was_asked = memory.asked.pre_votes.contains(event.peer);
    const Term asked = memory.asked.pre_votes[event.peer].term;
    if (!was_asked || reply->asked_term == asked) return std::nullopt;
    return fmt::format("{} was asked by {} for term {} and answers for term {}", event.node,
                       event.peer, asked, reply->asked_term);
  }

  static Reason judge_vote(Memory& memory, const Event& event, const RequestVoteReply& reply) {
    if (!memory.asked.votes.contains(event.peer)) return std::nullopt;
    const RequestVote& request = memory.asked.votes[event.peer];
    if (reply.granted) memory.votes[reply.term].insert(event.peer);
    // Whoever hears a leader may refuse without a look at the request (thesis 4.2.3).
    constexpr Duration leader_is_heard = 600ms;
    const bool hears_leader =
        memory.leader_heard_at && event.time - *memory.leader_heard_at < leader_is_heard;
    if (hears_leader) return std::nullopt;
    if (reply.term < request.term) {
      return fmt::format("{} was asked by {} in term {} and answers in term {}", event.node,
                         event.peer, request.term, reply.term);
    }
    const std::set<NodeId>& votes = memory.votes[request.term];
    const bool has_voted = votes.size() > votes.count(event.peer);
    const bool is_better_itself =
        is_better(memory.best, {request.last_log_term, request.last_log_index});
    const bool may_refuse = has_voted || is_better_itself || reply.term > request.term;
    if (reply.granted || may_refuse) return std::nullopt;
    return fmt::format(
        "{} refuses {} its vote of term {}, though it has given it to nobody else and has no "
        "better "
        "log",
        event.node, event.peer, request.term);
  }
};

// --- RF-S19 ---

struct ConfirmationsAreTrue {
  struct Memory {
    Requests asked;
    std::set<std::pair<Index, Term>> had;  // it has had these entries, or may have
    ShownLog confirmed;                    // and not replaced since
  };
  std::map<NodeId, Memory> memory_of;

  Reason observe(const Event& event) {
    Memory& memory = memory_of[event.node];
    if (const auto* const appended = record_of<AppendEntry>(event)) {
      memory.had.insert({appended->index, appended->entry.term});
    }
    if (event.message == nullptr) return std::nullopt;
    if (event.kind == EventKind::deliver) memory.asked.take(event);
    const bool passes = event.kind == EventKind::deliver || event.kind == EventKind::send;
    if (const auto* const append = message_of<AppendEntries>(event)) {
      if (passes) note_entries(memory, *append);
    }
    const auto* const reply = message_of<AppendEntriesReply>(event);
    const bool answers = reply != nullptr && event.kind == EventKind::send &&
                         memory.asked.appends.contains(event.peer);
    if (!answers) return std::nullopt;
    const AppendEntries& request = memory.asked.appends[event.peer];
    return reply->success ? judge_success(memory, event, request, reply->match_index)
                          : judge_refusal(memory, event, request, reply->term);
  }

  static void note_entries(Memory& memory, const AppendEntries& append) {
    Index index = append.prev_log_index;
    for (const Entry& entry : append.entries) memory.had.insert({++index, entry.term});
  }

  static Reason judge_refusal(const Memory& memory, const Event& event,
                              const AppendEntries& request, Term term) {
    const bool has_it = memory.confirmed.has(request.prev_log_index, request.prev_log_term);
    const bool is_needless = term == request.term && has_it;
    if (!is_needless) return std::nullopt;
    return fmt::format("{} refuses what stands behind index {} of term {}, though it has that",
                       event.node, request.prev_log_index, request.prev_log_term);
  }

  static Reason judge_success(Memory& memory, const Event& event, const AppendEntries& request,
                              Index match_index) {
    const Index index = request.prev_log_index;
    const bool lacks_it = index > 0 && !memory.had.contains({index, request.prev_log_term});
    if (lacks_it) {
      return fmt::format("{} says that it has index {} of term {}, which it never had", event.node,
                         index, request.prev_log_term);
    }
    memory.confirmed.take(request);
    const Index verified = index + request.entries.size();
    if (match_index == verified) return std::nullopt;
    return fmt::format("{} was shown the log up to index {} and confirms index {}", event.node,
                       verified, match_index);
  }
};

// --- RF-S16 ---

struct TermsNeverFall {
  std::map<NodeId, ShownLog> written;
  std::map<NodeId, Term> applied;

  Reason observe(const Event& event) {
    // What is back after a power loss is not known: begin anew.
    if (event.kind == EventKind::power_loss) written[event.node] = {};
    if (is_crash(event)) applied[event.node] = 0;
    if (event.record != nullptr) return judge_record(event);
    if (const auto* const one = output_of<Applied>(event)) return judge_applied(event.node, *one);
    if (event.kind != EventKind::send) return std::nullopt;
    if (const auto* const append = message_of<AppendEntries>(event)) {
      return judge_append(event.node, *append);
    }
    if (const auto* const vote = message_of<RequestVote>(event)) {
      return judge_candidate(event.node, vote->term, vote->last_log_term);
    }
    const auto* const pre_vote = message_of<PreVote>(event);
    return pre_vote == nullptr
               ? std::nullopt
               : judge_candidate(event.node, pre_vote->term, pre_vote->last_log_term);
  }

  Reason judge_record(const Event& event) {
    ShownLog& log = written[event.node];
    if (const auto* const cut = record_of<TruncateFrom>(event)) log.cut_from(cut->index);
    const auto* const appended = record_of<AppendEntry>(event);
    if (appended == nullptr) return std::nullopt;
    log.cut_from(appended->index);
    const auto before = log.entries.find(appended->index - 1);
    const bool falls = before != log.entries.end() && before->second > appended->entry.term;
    log.entries[appended->index] = appended->entry.term;
    if (!falls) return std::nullopt;
    return fmt::format("{} writes index {} of term {} behind an entry of term {}", event.node,
                       appended->index, appended->entry.term, before->second);
  }

  Reason judge_applied(NodeId node, const Applied& one) {
    const Term before = std::exchange(applied[node], one.term);
    if (one.index == 1 || before <= one.term) return std::nullopt;
    return fmt::format("{} applies index {} of term {} behind an entry of term {}", node, one.index,
                       one.term, before);
  }

  static Reason judge_append(NodeId node, const AppendEntries& append) {
    Index index = append.prev_log_index;
    Term before = append.prev_log_term;
    for (const Entry& entry : append.entries) {
      ++index;
      if (entry.term < before) {
        return fmt::format("{} sends index {} of term {} behind an entry of term {}", node, index,
                           entry.term, before);
      }
      before = entry.term;
    }
    if (before <= append.term) return std::nullopt;
    return fmt::format("{} leads in term {} and sends an entry of term {}", node, append.term,
                       before);
  }

  static Reason judge_candidate(NodeId node, Term term, Term last_log_term) {
    if (last_log_term < term) return std::nullopt;
    return fmt::format("{} would stand in term {} and has an entry of term {} already", node, term,
                       last_log_term);
  }
};

}  // namespace

std::vector<Property> election_properties() {
  return {
      check::always<RaftProtocol, ElectedByAMajority>(
          {"RF-S11", "Votes of a majority",
           "Whoever becomes leader of a term has heard votes of that term from more than half "
           "of the servers, its own included.",
           "Raft paper 5.2"}),
      check::always<RaftProtocol, BetterLogsWin>(
          {"RF-S12", "Up-to-date rule",
           "A server votes for nobody whose log is behind what it has confirmed or sent itself.",
           "Raft paper 5.4.1"}),
      check::always<RaftProtocol, AnswersAreTrue>(
          {"RF-S15", "True answers",
           "The answer to a candidate carries the term that it asked for or a later one, and "
           "refuses with a reason.",
           "Raft paper 5.1, 5.2, figure 2"}),
      check::always<RaftProtocol, ConfirmationsAreTrue>(
          {"RF-S19", "True confirmations",
           "A follower confirms exactly what an append has shown of its log, and refuses none "
           "that stands behind an entry that it has confirmed.",
           "Raft paper 5.3, figure 2"}),
      check::always<RaftProtocol, TermsNeverFall>({"RF-S16", "Terms along a log",
                                                   "Terms never fall along a log.",
                                                   "Raft paper 5.3; Ongaro thesis 3.5"})};
}

}  // namespace dsys::raft
