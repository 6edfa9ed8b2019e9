// RF-S13, RF-S14, RF-S17, RF-S18 and RF-S20: what a leader may count, what must be on a disk before
// a message leaves, and what a client may be told.
#include "problems/raft/properties/knowledge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace dsys::raft {
namespace {

// What one server was told while it leads a term, and what it may call committed.
struct Counting {
  Index known_committed = 0;  // told by leaders that had verified its log, or counted before
  bool leads = false;
  Term term = 0;  // in which it leads
  std::map<Index, Term> sent;
  std::map<NodeId, Index> confirmed_by;

  void observe(const Event& event) {
    if (is_crash(event)) *this = {};
    if (const auto* const elected = output_of<BecameLeader>(event)) {
      leads = true;
      term = elected->term;
      sent.clear();
      confirmed_by.clear();
    }
    if (const auto* const append = message_of<AppendEntries>(event)) {
      if (event.kind == EventKind::deliver) hear(*append);
      if (event.kind == EventKind::send && leads && append->term == term) show(*append);
    }
    const auto* const reply = message_of<AppendEntriesReply>(event);
    const bool counts = reply != nullptr && event.kind == EventKind::deliver && reply->success &&
                        leads && reply->term == term;
    if (!counts) return;
    Index& confirmed = confirmed_by[event.peer];
    confirmed = std::max(confirmed, reply->match_index);
  }
  void hear(const AppendEntries& append) {
    const Index verified = append.prev_log_index + append.entries.size();
    known_committed = std::max(known_committed, std::min(append.leader_commit, verified));
    if (append.term > term) leads = false;
  }
  void show(const AppendEntries& append) {
    if (append.prev_log_index > 0) sent[append.prev_log_index] = append.prev_log_term;
    Index index = append.prev_log_index;
    for (const Entry& entry : append.entries) sent[++index] = entry.term;
  }

  // Up to here so many others have confirmed its log in this term.
  Index confirmed_to(std::size_t others) const {
    if (others == 0) return std::numeric_limits<Index>::max();
    std::vector<Index> matches;
    for (const auto& [peer, index] : confirmed_by) matches.push_back(index);
    if (matches.size() < others) return 0;
    std::sort(matches.begin(), matches.end(), std::greater<>{});
    return matches[others - 1];
  }
  // The same, if the entry there is of its own term.
  Index counted(std::size_t others) const {
    const Index index = confirmed_to(others);
    const auto shown = sent.find(index);
    const bool is_own = others == 0 || (shown != sent.end() && shown->second == term);
    return is_own ? index : 0;
  }
  // What was confirmed, whatever the term of the entry there.
  Index may_count(std::size_t quorum) const {
    return std::max(known_committed, confirmed_to(quorum - 1));
  }
  Index may_commit(std::size_t quorum) const {
    return std::max(known_committed, counted(quorum - 1));
  }
};

// What a server says to be committed by this event, if it leads.
std::optional<Index> committed_by(const Event& event) {
  if (const auto* const applied = output_of<Applied>(event)) return applied->index;
  const auto* const append = message_of<AppendEntries>(event);
  const bool is_sent = append != nullptr && event.kind == EventKind::send;
  return is_sent ? std::optional(append->leader_commit) : std::nullopt;
}

struct Leaders {
  Electorate electorate;
  std::map<NodeId, Counting> counting_of;

  // What the server of this event takes for committed, if it leads.
  std::optional<Index> observe(const Event& event) {
    electorate.observe(event);
    Counting& counting = counting_of[event.node];
    counting.observe(event);
    return counting.leads ? committed_by(event) : std::nullopt;
  }
};

// --- RF-S13 ---

struct LeadersCountCopies {
  Leaders leaders;

  Reason observe(const Event& event) {
    const auto committed = leaders.observe(event);
    if (!committed) return std::nullopt;
    Counting& counting = leaders.counting_of.at(event.node);
    const Index allowed = counting.may_count(leaders.electorate.quorum());
    if (*committed > allowed) return complaint(event.node, counting.term, *committed, allowed);
    counting.known_committed = std::max(counting.known_committed, *committed);
    return std::nullopt;
  }
  static Reason complaint(NodeId leader, Term term, Index committed, Index allowed) {
    return fmt::format(
        "{}, leader of term {}, takes index {} for committed: a majority has confirmed its log "
        "only up to index {}",
        leader, term, committed, allowed);
  }
};

// --- RF-S20 ---

struct LeadersCommitTheirOwn {
  Leaders leaders;

  Reason observe(const Event& event) {
    const auto committed = leaders.observe(event);
    if (!committed) return std::nullopt;
    Counting& counting = leaders.counting_of.at(event.node);
    const std::size_t quorum = leaders.electorate.quorum();
    const bool is_confirmed = *committed <= counting.may_count(quorum);
    const bool is_fine = *committed <= counting.may_commit(quorum);
    if (is_confirmed && !is_fine) return complaint(event.node, counting.term, *committed);
    counting.known_committed = std::max(counting.known_committed, *committed);
    return std::nullopt;
  }
  static Reason complaint(NodeId leader, Term term, Index committed) {
    return fmt::format(
        "{}, leader of term {}, takes index {} for committed, though a majority has confirmed no "
        "entry of that term yet",
        leader, term, committed);
  }
};

// --- RF-S14 ---

// Only the content of records that a sync has covered counts. It is enough that a record was
// written once: how a log is kept in records is the server's business.
struct DiskComesFirst {
  struct Disk {
    std::vector<RaftProtocol::Record> pending;
    std::set<std::pair<Term, NodeId>> votes;
    Term term = 0;
    std::set<std::pair<Index, Term>> entries;

    void sync() {
      for (const auto& record : pending) {
        if (const auto* const state = std::get_if<HardState>(&record)) {
          term = std::max(term, state->term);
          if (state->voted_for) votes.insert({state->term, *state->voted_for});
        } else if (const auto* const appended = std::get_if<AppendEntry>(&record)) {
          term = std::max(term, appended->entry.term);
          entries.insert({appended->index, appended->entry.term});
        }
      }
      pending.clear();
    }
    bool cuts_its_log() const {
      return std::any_of(pending.begin(), pending.end(), [](const auto& record) {
        return std::holds_alternative<TruncateFrom>(record);
      });
    }
    bool has_entry_from(Index index, Term of_term) const {
      return std::any_of(entries.lower_bound({index, 0}), entries.end(),
                         [&](const auto& one) { return one.second == of_term; });
    }
  };
  struct Memory {
    Disk disk;
    Counting counting;
    Requests asked;
  };
  Electorate electorate;
  std::map<NodeId, Memory> memory_of;

  Reason observe(const Event& event) {
    electorate.observe(event);
    Memory& memory = memory_of[event.node];
    memory.counting.observe(event);
    if (event.record != nullptr) memory.disk.pending.push_back(*event.record);
    if (event.kind == EventKind::sync) memory.disk.sync();
    if (event.kind == EventKind::power_loss) memory.disk.pending.clear();
    if (event.kind == EventKind::deliver) memory.asked.take(event);
    if (auto reason = judge_own_copy(memory, event)) return reason;
    return event.kind == EventKind::send ? judge_message(memory, event) : std::nullopt;
  }

  Reason judge_own_copy(Memory& memory, const Event& event) const {
    const auto committed = committed_by(event);
    if (!committed || !memory.counting.leads) return std::nullopt;
    Counting& counting = memory.counting;
    if (*committed > counting.may_commit(electorate.quorum())) return std::nullopt;  // RF-S13, S20
    const bool others_suffice =
        *committed <= std::max(counting.known_committed, counting.counted(electorate.quorum()));
    if (others_suffice || memory.disk.has_entry_from(*committed, counting.term)) {
      counting.known_committed = std::max(counting.known_committed, *committed);
      return std::nullopt;
    }
    return fmt::format("{} counts its own copy of index {} before its disk has it", event.node,
                       *committed);
  }

  static Reason judge_message(const Memory& memory, const Event& event) {
    if (const auto* const vote = message_of<RequestVote>(event)) {
      if (memory.disk.votes.contains({vote->term, event.node})) return std::nullopt;
      return fmt::format("{} stands in term {} before its disk has its vote for itself", event.node,
                         vote->term);
    }
    if (const auto* const reply = message_of<RequestVoteReply>(event)) {
      const bool has_vote = memory.disk.votes.contains({reply->term, event.peer});
      if (!reply->granted || has_vote) return judge_term(memory, event.node, reply->term);
      return fmt::format("{} votes for {} in term {} before its disk has that", event.node,
                         event.peer, reply->term);
    }
    const auto* const reply = message_of<AppendEntriesReply>(event);
    if (reply == nullptr) return std::nullopt;
    if (auto reason = judge_term(memory, event.node, reply->term)) return reason;
    const auto asked = memory.asked.appends.find(event.peer);
    const bool confirms = reply->success && asked != memory.asked.appends.end();
    return confirms ? judge_entries(memory, event.node, asked->second) : std::nullopt;
  }

  static Reason judge_term(const Memory& memory, NodeId node, Term term) {
    if (memory.disk.term >= term) return std::nullopt;
    return fmt::format("{} answers in term {} before its disk has that term", node, term);
  }

  static Reason judge_entries(const Memory& memory, NodeId node, const AppendEntries& append) {
    Index index = append.prev_log_index;
    for (const Entry& entry : append.entries) {
      if (memory.disk.entries.contains({++index, entry.term})) continue;
      return fmt::format("{} confirms index {} of term {} before its disk has it", node, index,
                         entry.term);
    }
    if (!memory.disk.cuts_its_log()) return std::nullopt;
    return fmt::format("{} confirms index {} before its disk knows what was deleted", node, index);
  }
};

// --- RF-S17 and RF-S18 ---

// What a server applied for each client: the last serial and what came of it.
struct AppliedFor {
  std::map<std::pair<NodeId, NodeId>, Applied> last;  // server and client

  void observe(const Event& event) {
    const auto* const applied = output_of<Applied>(event);
    if (applied == nullptr || applied->command.operation == Operation::noop) return;
    Applied& known = last[{event.node, applied->command.client}];
    if (applied->command.serial >= known.command.serial) known = *applied;
  }
  const Applied* of(NodeId server, NodeId client) const {
    const auto found = last.find({server, client});
    return found == last.end() ? nullptr : &found->second;
  }
};

struct ReadsAreConfirmed {
  using AnswerName = std::pair<std::pair<NodeId, NodeId>, std::pair<Term, Round>>;
  struct Heard {
    std::int64_t sent_at = 0;  // the moment at which the answer left
    Term term = 0;
  };
  struct Read {
    std::int64_t asked_at = 0;
    Command command;
  };
  struct Memory {
    std::map<NodeId, Heard> latest;  // answers of followers
    std::map<NodeId, Read> reads;    // of clients
    std::optional<Term> led;         // the latest term in which it leads
    Term applied_term = 0;           // of the latest entry that it applied
  };
  Electorate electorate;
  AppliedFor applied_for;
  std::map<NodeId, Memory> memory_of;
  std::map<AnswerName, std::int64_t> left_at;  // the first such answer
  std::int64_t moments = 0;

  Reason observe(const Event& event) {
    ++moments;
    electorate.observe(event);
    applied_for.observe(event);
    Memory& memory = memory_of[event.node];
    if (is_crash(event)) memory = {};
    if (const auto* const applied = output_of<Applied>(event)) memory.applied_term = applied->term;
    if (const auto* const elected = output_of<BecameLeader>(event)) memory.led = elected->term;
    if (event.kind == EventKind::deliver) learn(memory, event);
    if (event.kind != EventKind::send) return std::nullopt;
    if (const auto* const reply = message_of<AppendEntriesReply>(event)) {
      left_at[{{event.node, event.peer}, {reply->term, reply->round}}] = moments;
    }
    const auto* const answer = message_of<ClientReply>(event);
    const bool is_ok = answer != nullptr && answer->status == Status::ok;
    return is_ok ? judge(memory, event, *answer) : std::nullopt;
  }

  void learn(Memory& memory, const Event& event) {
    if (const auto* const reply = message_of<AppendEntriesReply>(event)) {
      // Of several alike the last: it is taken for the one that arrives.
      const auto left = left_at.find({{event.peer, event.node}, {reply->term, reply->round}});
      if (left == left_at.end()) return;
      Heard& heard = memory.latest[event.peer];
      if (left->second > heard.sent_at) heard = {left->second, reply->term};
    }
    const auto* const request = message_of<ClientRequest>(event);
    if (request == nullptr || request->command.operation != Operation::get) return;
    Read& read = memory.reads[event.peer];
    const bool is_known = read.asked_at > 0 && read.command.serial >= request->command.serial;
    if (!is_known) read = {moments, request->command};
  }

  Reason judge(const Memory& memory, const Event& event, const ClientReply& answer) const {
    const auto found = memory.reads.find(event.peer);
    const bool is_read =
        found != memory.reads.end() && found->second.command.serial == answer.serial;
    const Applied* const applied = applied_for.of(event.node, event.peer);
    const bool went_through_log = applied != nullptr && applied->command.serial >= answer.serial;
    if (!is_read || went_through_log) return std::nullopt;
    if (!memory.led) return fmt::format("{} answers a read and never led", event.node);
    std::size_t confirmations = 1;
    for (const auto& [peer, heard] : memory.latest) {
      const bool is_fresh = heard.sent_at > found->second.asked_at && heard.term == *memory.led;
      confirmations += is_fresh ? 1 : 0;
    }
    if (confirmations < electorate.quorum()) {
      return fmt::format(
          "{} answers a read of {}, and only {} of {} servers took it for the leader since that "
          "came",
          event.node, event.peer, confirmations, electorate.servers.size());
    }
    const bool knows_all = memory.applied_term >= *memory.led;
    if (knows_all) return std::nullopt;
    return fmt::format(
        "{} answers a read of {} before it has committed an entry of its own term {}", event.node,
        event.peer, *memory.led);
  }
};

struct AnswersWereApplied {
  AppliedFor applied_for;
  std::map<std::pair<NodeId, NodeId>, std::set<std::uint64_t>> reads;  // server and client

  Reason observe(const Event& event) {
    applied_for.observe(event);
    const auto* const request = message_of<ClientRequest>(event);
    const bool is_read = event.kind == EventKind::deliver && request != nullptr &&
                         request->command.operation == Operation::get;
    if (is_read) reads[{event.node, event.peer}].insert(request->command.serial);
    const auto* const answer = message_of<ClientReply>(event);
    const bool is_ok =
        answer != nullptr && event.kind == EventKind::send && answer->status == Status::ok;
    return is_ok ? judge(event, *answer) : std::nullopt;
  }

  Reason judge(const Event& event, const ClientReply& answer) const {
    const Applied* const applied = applied_for.of(event.node, event.peer);
    const bool is_applied = applied != nullptr && applied->command.serial >= answer.serial;
    if (is_applied) {
      const bool is_other =
          applied->command.serial == answer.serial && applied->result != answer.value;
      if (!is_other) return std::nullopt;
      return fmt::format("{} tells {} that command {} gave {}, but it gave {}", event.node,
                         event.peer, answer.serial, text_of(answer.value),
                         text_of(applied->result));
    }
    const auto asked = reads.find({event.node, event.peer});
    const bool is_read = asked != reads.end() && asked->second.contains(answer.serial);
    if (is_read) return std::nullopt;  // RF-S17 and RF-S8 judge that
    return fmt::format("{} tells {} that command {} is done, and has not applied it", event.node,
                       event.peer, answer.serial);
  }
  static std::string text_of(const Result& value) {
    return value ? std::to_string(*value) : "nothing";
  }
};

}  // namespace

std::vector<Property> promise_properties() {
  return {
      check::always<RaftProtocol, LeadersCountCopies>(
          {"RF-S13", "Counted copies",
           "A leader takes for committed only what a majority has confirmed to it in its term, "
           "or what was committed before.",
           "Raft paper 5.3"}),
      check::always<RaftProtocol, LeadersCommitTheirOwn>(
          {"RF-S20", "Own-term rule",
           "By counting copies a leader commits only entries of its own term, and what stands "
           "before them.",
           "Raft paper 5.4.2, figure 8"}),
      check::always<RaftProtocol, DiskComesFirst>(
          {"RF-S14", "The disk comes first",
           "Term, vote and entries are on the disk before a message leaves that rests on them, "
           "and a leader counts its own copy only then.",
           "Raft paper figure 2; Ongaro thesis 3.8, 10.2.1"}),
      check::always<RaftProtocol, ReadsAreConfirmed>(
          {"RF-S17", "Confirmed reads",
           "A read that does not go through the log is answered by a leader that a majority has "
           "obeyed since it came, and that has committed an entry of its own term.",
           "Ongaro thesis 6.4"}),
      check::always<RaftProtocol, AnswersWereApplied>(
          {"RF-S18", "Answers are applied",
           "A client is told that a command is done only by a server that has applied it, with "
           "the result that it gave.",
           "Raft paper 5.3, 8"})};
}

}  // namespace dsys::raft
