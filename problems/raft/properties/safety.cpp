// Safety: RF-S1 to RF-S10, judged by messages, outputs, the clients' history and crashes. Logs and
// commit indexes are not seen; what they must be follows from what is sent and applied.
//
// elections.cpp and promises.cpp have RF-S11 to RF-S20, liveness.cpp RF-L1 to RF-L3 and the
// sometimes-properties, leadership.cpp RF-L4 to RF-L6.
#include "problems/raft/parts.hpp"

#include "problems/raft/properties/judges.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace dsys::raft {
namespace {

// --- RF-S1 ---

struct OneLeaderPerTerm {
  std::map<Term, NodeId> leader_of;

  Reason observe(const Event& event) {
    const auto* const elected = output_of<BecameLeader>(event);
    if (elected == nullptr) return std::nullopt;
    const auto [known, is_first] = leader_of.emplace(elected->term, event.node);
    if (is_first || known->second == event.node) return std::nullopt;
    return fmt::format("{} and {} both became leader of term {}", known->second, event.node,
                       elected->term);
  }
};

// --- RF-S2 ---

struct LeaderAppendsOnly {
  struct Sent {
    Term term = 0;
    std::map<Index, Term> entries;
  };
  std::map<NodeId, Sent> sent_by;

  Reason observe(const Event& event) {
    const auto* const append = message_of<AppendEntries>(event);
    if (append == nullptr || event.kind != EventKind::send) return std::nullopt;
    Sent& sent = sent_by[event.node];
    if (sent.term != append->term) sent = {append->term, {}};
    Index index = append->prev_log_index;
    for (const Entry& entry : append->entries) {
      const auto [known, is_first] = sent.entries.emplace(++index, entry.term);
      if (is_first || known->second == entry.term) continue;
      return fmt::format("in term {} {} first sent index {} with an entry of term {}, now of {}",
                         append->term, event.node, index, known->second, entry.term);
    }
    return std::nullopt;
  }
};

// --- RF-S3 ---

struct LogsMatch {
  struct Known {
    Command command;
    Term term_before = 0;
  };
  std::map<std::pair<Index, Term>, Known> known_entries;

  Reason observe(const Event& event) {
    if (const auto* const applied = output_of<Applied>(event)) return judge(*applied);
    const auto* const append = message_of<AppendEntries>(event);
    if (append == nullptr || event.kind != EventKind::send) return std::nullopt;
    Index index = append->prev_log_index;
    Term term_before = append->prev_log_term;
    for (const Entry& entry : append->entries) {
      if (auto reason = judge(++index, entry, term_before)) return reason;
      term_before = entry.term;
    }
    return std::nullopt;
  }

  Reason judge(Index index, const Entry& entry, Term term_before) {
    const auto [known, is_first] =
        known_entries.try_emplace({index, entry.term}, Known{entry.command, term_before});
    if (!is_first && known->second.command != entry.command) {
      return fmt::format("index {} of term {} was sent with two different commands", index,
                         entry.term);
    }
    if (!is_first && known->second.term_before != term_before) {
      return fmt::format("index {} of term {} was sent behind an entry of term {} and of term {}",
                         index, entry.term, known->second.term_before, term_before);
    }
    return std::nullopt;
  }

  // What is applied shows a log as well, though not the term before.
  Reason judge(const Applied& applied) const {
    const auto known = known_entries.find({applied.index, applied.term});
    const bool differs = known != known_entries.end() && known->second.command != applied.command;
    if (!differs) return std::nullopt;
    return fmt::format("index {} of term {} was sent with one command and applied with another",
                       applied.index, applied.term);
  }
};

// --- RF-S4 ---

struct LeadersAreComplete {
  struct Committed {
    Entry entry;
    Term by_term = 0;  // it was committed in this term or before
  };
  std::map<Index, Committed> committed;
  TermsSeen terms;

  Reason observe(const Event& event) {
    terms.observe(event);
    if (const auto* const applied = output_of<Applied>(event)) {
      committed.try_emplace(applied->index,
                            Committed{{applied->term, applied->command}, terms.of(event.node)});
      return std::nullopt;
    }
    const auto* const append = message_of<AppendEntries>(event);
    if (append == nullptr || event.kind != EventKind::send) return std::nullopt;
    if (auto reason = clash(append->prev_log_index, append->prev_log_term, *append, event.node)) {
      return reason;
    }
    Index index = append->prev_log_index;
    for (const Entry& entry : append->entries) {
      if (auto reason = clash(++index, entry.term, *append, event.node)) return reason;
    }
    return std::nullopt;
  }

  Reason clash(Index index, Term term, const AppendEntries& append, NodeId leader) const {
    const auto found = committed.find(index);
    if (found == committed.end() || append.term <= found->second.by_term) return std::nullopt;
    if (found->second.entry.term == term) return std::nullopt;
    return fmt::format(
        "index {} was committed with an entry of term {}, but {}, leader of term {}, has one of "
        "term {} there",
        index, found->second.entry.term, leader, append.term, term);
  }
};

// --- RF-S5 ---

struct StateMachinesAgree {
  std::map<Index, Entry> applied_at;
  std::map<NodeId, Index> last_applied;
  std::set<NodeId> may_begin_again;

  Reason observe(const Event& event) {
    if (is_crash(event)) may_begin_again.insert(event.node);
    const auto* const applied = output_of<Applied>(event);
    if (applied == nullptr) return std::nullopt;
    Index& last = last_applied[event.node];
    const bool begins_again = may_begin_again.erase(event.node) > 0 && applied->index == 1;
    if (applied->index != last + 1 && !begins_again) {
      return fmt::format("{} applied index {} after index {}", event.node, applied->index, last);
    }
    last = applied->index;
    const Entry entry{applied->term, applied->command};
    const auto [known, is_first] = applied_at.emplace(applied->index, entry);
    if (is_first || known->second == entry) return std::nullopt;
    return fmt::format(
        "{} applied an entry of term {} at index {}; another server applied one of term {} there",
        event.node, entry.term, applied->index, known->second.term);
  }
};

// --- RF-S6 ---

struct TermsAndVotesAreMonotonic {
  struct Memory {
    Term sent = 0;                    // the highest term in its messages
    Term told = 0;                    // the highest term that reached it since its last crash
    std::map<Term, NodeId> vote_of;   // itself, once it stands
    std::map<NodeId, Term> asked_by;  // the term of the last request of each peer
  };
  std::map<NodeId, Memory> memory_of;

  Reason observe(const Event& event) {
    Memory& memory = memory_of[event.node];
    if (is_crash(event)) memory.told = 0;
    if (event.message == nullptr) return std::nullopt;
    const auto term = term_of(*event.message);
    if (!term) return std::nullopt;
    if (event.kind == EventKind::deliver) {
      learn(memory, event, *term);
      return std::nullopt;
    }
    return event.kind == EventKind::send ? judge_send(memory, event, *term) : std::nullopt;
  }

  static void learn(Memory& memory, const Event& event, Term term) {
    memory.asked_by[event.peer] = term;
    const bool is_request_vote = std::holds_alternative<RequestVote>(*event.message);
    if (!is_request_vote) memory.told = std::max(memory.told, term);
  }

  static Reason judge_send(Memory& memory, const Event& event, Term term) {
    if (term < memory.sent) {
      return fmt::format("{} sent a message of term {} after one of term {}", event.node, term,
                         memory.sent);
    }
    if (term < memory.told) {
      return fmt::format("{} sent a message of term {} although it had heard of term {}",
                         event.node, term, memory.told);
    }
    memory.sent = term;
    const auto* const vote = message_of<RequestVoteReply>(event);
    const auto* const append = message_of<AppendEntriesReply>(event);
    const bool agrees =
        (vote != nullptr && vote->granted) || (append != nullptr && append->success);
    if (agrees && memory.asked_by[event.peer] < term) {
      return fmt::format("{} said yes to {} for term {} although it was in term {} already",
                         event.node, event.peer, memory.asked_by[event.peer], term);
    }
    const bool stands = message_of<RequestVote>(event) != nullptr;
    if (!stands && (vote == nullptr || !vote->granted)) return std::nullopt;
    const NodeId candidate = stands ? event.node : event.peer;
    const auto [known, is_first] = memory.vote_of.emplace(term, candidate);
    if (is_first || known->second == candidate) return std::nullopt;
    return fmt::format("{} voted for {} and for {} in term {}", event.node, known->second,
                       candidate, term);
  }
};

// --- RF-S7 ---

// A promise counts with the number of crashes that its maker had had: only one made before a
// crash says something about the disk.
struct PromisesSurvive {
  struct Vote {
    NodeId candidate{};
    int crashes = 0;
  };
  struct Stored {
    Term term = 0;
    int crashes = 0;
  };
  struct Sent {
    Term term = 0;  // the highest in its messages
    int crashes = 0;
  };
  struct Memory {
    int crashes = 0;
    Sent sent;
    std::map<Term, Vote> votes;      // its own for itself included, once it asks for others
    std::map<Index, Stored> stored;  // entries whose receipt it confirmed
    std::map<NodeId, AppendEntries> asked_by;
  };
  std::map<NodeId, Memory> memory_of;

  Reason observe(const Event& event) {
    if (event.message == nullptr && !is_crash(event)) return std::nullopt;
    Memory& memory = memory_of[event.node];
    if (is_crash(event)) ++memory.crashes;
    if (event.kind == EventKind::deliver) {
      if (const auto* append = message_of<AppendEntries>(event))
        memory.asked_by[event.peer] = *append;
    }
    if (event.kind != EventKind::send) return std::nullopt;
    if (auto reason = judge_term(memory, event)) return reason;
    if (const auto* const candidacy = message_of<RequestVote>(event)) {
      return judge_vote(memory, event.node, candidacy->term, event.node);
    }
    if (const auto* const vote = message_of<RequestVoteReply>(event)) {
      if (!vote->granted) return std::nullopt;
      return judge_vote(memory, event.node, vote->term, event.peer);
    }
    const auto* const reply = message_of<AppendEntriesReply>(event);
    if (reply == nullptr) return std::nullopt;
    const AppendEntries& request = memory.asked_by[event.peer];
    if (reply->success) {
      keep(memory, request);
      return std::nullopt;
    }
    return reply->term == request.term ? judge_refusal(memory, event, request) : std::nullopt;
  }

  static Reason judge_term(Memory& memory, const Event& event) {
    const auto term = term_of(*event.message);
    if (!term) return std::nullopt;
    if (*term >= memory.sent.term) {
      memory.sent = {*term, memory.crashes};
      return std::nullopt;
    }
    if (memory.sent.crashes == memory.crashes) return std::nullopt;  // RF-S6 judges that
    return fmt::format("{} was in term {}; after a crash it is in term {}", event.node,
                       memory.sent.term, *term);
  }

  static Reason judge_vote(Memory& memory, NodeId voter, Term term, NodeId candidate) {
    const auto [known, is_first] = memory.votes.emplace(term, Vote{candidate, memory.crashes});
    const bool broken =
        !is_first && known->second.candidate != candidate && known->second.crashes < memory.crashes;
    if (!broken) return std::nullopt;
    return fmt::format("{} had voted for {} in term {}; after a crash it voted for {}", voter,
                       known->second.candidate, term, candidate);
  }

  static void keep(Memory& memory, const AppendEntries& request) {
    Index index = request.prev_log_index;
    for (const Entry& entry : request.entries) {
      const auto [known, is_first] =
          memory.stored.try_emplace(++index, Stored{entry.term, memory.crashes});
      if (is_first || known->second.term == entry.term) continue;
      memory.stored.erase(known, memory.stored.end());  // a later leader replaced them
      memory.stored[index] = {entry.term, memory.crashes};
    }
  }

  static Reason judge_refusal(const Memory& memory, const Event& event,
                              const AppendEntries& request) {
    const auto found = memory.stored.find(request.prev_log_index);
    const bool broken = found != memory.stored.end() &&
                        found->second.term == request.prev_log_term &&
                        found->second.crashes < memory.crashes;
    if (!broken) return std::nullopt;
    return fmt::format("{} had confirmed index {} of term {}; after a crash it lacks it",
                       event.node, request.prev_log_index, request.prev_log_term);
  }
};

// --- RF-S9 ---

// Replays what each server applied on a state machine that executes every serial once.
struct EachSerialCountsOnce {
  std::map<NodeId, StateMachine> machine_of;

  Reason observe(const Event& event) {
    if (is_crash(event)) machine_of.erase(event.node);
    const auto* const applied = output_of<Applied>(event);
    if (applied == nullptr) return std::nullopt;
    StateMachine& machine = machine_of[event.node];
    const Session session = machine.session_of(applied->command.client);
    const bool is_retry = applied->command.serial <= session.serial;
    const Result expected = is_retry ? session.result : machine.apply(applied->command);
    if (applied->result == expected) return std::nullopt;
    return fmt::format("{} applied command {} of {}{}: {} is {}, and should be {}", event.node,
                       applied->command.serial, applied->command.client,
                       is_retry ? " a second time" : "", applied->command.key,
                       applied->result.value_or(0), expected.value_or(0));
  }
};

// --- RF-S10 ---

// Applying comes before the answer, so a message counts from its arrival until it is refused.
struct FollowersApplyWhatIsVerified {
  struct Leadership {
    Index verified = 0;   // accepted messages of this term covered the log up to here
    Index committed = 0;  // ... and said that this much is committed
  };
  struct Memory {
    std::map<Term, Leadership> told;
    Term latest_term = 0;      // of the latest AppendEntries ...
    Leadership before_latest;  // ... and what was known before it
    std::optional<Term> last_led;
  };
  std::map<NodeId, Memory> memory_of;

  Reason observe(const Event& event) {
    if (const auto* const elected = output_of<BecameLeader>(event)) {
      memory_of[event.node].last_led = elected->term;
    }
    if (const auto* const append = message_of<AppendEntries>(event)) {
      if (event.kind == EventKind::deliver) take(memory_of[event.node], *append);
    }
    if (const auto* const reply = message_of<AppendEntriesReply>(event)) {
      const bool refuses = event.kind == EventKind::send && !reply->success;
      Memory& memory = memory_of[event.node];
      if (refuses) memory.told[memory.latest_term] = memory.before_latest;
    }
    const auto* const applied = output_of<Applied>(event);
    return applied == nullptr ? std::nullopt
                              : judge(memory_of[event.node], event.node, applied->index);
  }

  static void take(Memory& memory, const AppendEntries& append) {
    Leadership& leadership = memory.told[append.term];
    memory.latest_term = append.term;
    memory.before_latest = leadership;
    leadership.verified =
        std::max<Index>(leadership.verified, append.prev_log_index + append.entries.size());
    leadership.committed = std::max(leadership.committed, append.leader_commit);
  }

  static Reason judge(const Memory& memory, NodeId node, Index index) {
    const bool leads = memory.last_led && *memory.last_led >= memory.latest_term;
    if (leads) return std::nullopt;  // a leader decides by counting; RF-S4 and RF-S5 judge that
    Index allowed = 0;
    for (const auto& [term, one] : memory.told) {
      allowed = std::max(allowed, std::min(one.verified, one.committed));
    }
    if (index <= allowed) return std::nullopt;
    return fmt::format(
        "{} applied index {}, but what its leaders verified and committed reaches only to {}", node,
        index, allowed);
  }
};

}  // namespace

std::vector<Property> safety_properties() {
  return {
      check::always<RaftProtocol, OneLeaderPerTerm>(
          {"RF-S1", "Election Safety", "For each term at most one server ever becomes leader.",
           "Raft paper 5.2, figure 3"}),
      check::always<RaftProtocol, LeaderAppendsOnly>(
          {"RF-S2", "Leader Append-Only",
           "While it leads in a term, a server never changes or deletes an entry of its log.",
           "Raft paper 5.3, figure 3"}),
      check::always<RaftProtocol, LogsMatch>(
          {"RF-S3", "Log Matching",
           "Index and term determine the command and everything before it.",
           "Raft paper 5.3, figure 3"}),
      check::always<RaftProtocol, LeadersAreComplete>(
          {"RF-S4", "Leader Completeness",
           "A committed entry is in the log of every leader of a later term.",
           "Raft paper 5.4, figure 3"}),
      check::always<RaftProtocol, StateMachinesAgree>(
          {"RF-S5", "State Machine Safety",
           "No two servers apply different entries at one index, and each applies 1, 2, 3, ... "
           "without gaps.",
           "Raft paper 5.4.3, figure 3"}),
      check::always<RaftProtocol, TermsAndVotesAreMonotonic>(
          {"RF-S6", "Monotonic terms, one vote",
           "A server's term never decreases, it votes once in a term, and it refuses earlier "
           "terms.",
           "Raft paper 5.1, 5.2"}),
      check::always<RaftProtocol, PromisesSurvive>(
          {"RF-S7", "Durability before reply",
           "After a crash or power loss a server stands by every reply that had left.",
           "Raft paper 5.6, figure 2; Ongaro thesis 3.8"}),
      linearizable_clients(),
      check::always<RaftProtocol, EachSerialCountsOnce>(
          {"RF-S9", "Exactly once",
           "Each command of a client changes the state at most once, however often it is retried.",
           "Ongaro thesis 6.3"}),
      check::always<RaftProtocol, FollowersApplyWhatIsVerified>(
          {"RF-S10", "Commit bound",
           "A follower applies no further than its leader has committed and has verified its log.",
           "Raft paper 5.3, figure 2, AppendEntries rule 5"})};
}

std::vector<Property> properties() {
  return check::in_order<RaftProtocol>({safety_properties(), election_properties(),
                                        promise_properties(), liveness_properties(),
                                        leadership_properties()});
}

}  // namespace dsys::raft
