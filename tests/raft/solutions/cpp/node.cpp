// A Raft server after Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm"
// (extended version); section numbers are the paper's. Pre-vote, check-quorum, leadership transfer,
// sessions and ReadIndex are from Ongaro's thesis. Snapshots and changes of the servers are left
// out.
//
// Invariants:
//   1. A message leaves only after the disk has what it depends on: term, vote, entries.
//   2. current_term, commit_index and last_applied never decrease; last_applied <= commit_index.
//   3. A leader never changes or deletes an entry of its own log.
#include "messages.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

using Term = std::uint64_t;   // logical time; at most one leader in each
using Index = std::uint64_t;  // position in the log, from 1; 0 is before the first
using Round = std::uint64_t;  // a broadcast of one leader; replies carry it back
using Name = std::string;
using dsys::Context;
using dsys::Duration;

// --- The log ---

// Entries from index 1 on. Terms never decrease along it, so they can be searched.
struct Log {
  std::vector<Entry> entries;

  Index last_index() const { return entries.size(); }
  Term last_term() const { return term_at(last_index()); }
  Term term_at(Index index) const { return index == 0 ? 0 : entries[index - 1].term; }
  const Entry& at(Index index) const { return entries[index - 1]; }

  void append(const Entry& entry) { entries.push_back(entry); }

  // Deletes the entry at the index and everything behind it.
  void truncate(Index index) { entries.resize(index - 1); }

  // At most `count` entries from the index on.
  std::vector<Entry> slice(Index first, std::size_t count) const;

  Index first_of_term(Term term) const;

  // The last entry of the term at or before the index; 0: there is none.
  Index last_of_term(Term term, Index end) const;
};
DSYS_VALUE(Log, entries)

// --- The state machine ---

using Result = std::optional<std::int64_t>;  // the key's value after the command

struct Session {
  std::uint64_t serial = 0;
  Result result;
};
DSYS_VALUE(Session, serial, result)

// A map from keys to numbers, and what each client was told last (thesis 6.3). Equal commands in
// equal order give equal states, sessions included, so the next leader knows them too.
struct StateMachine {
  std::map<std::string, std::int64_t> values;
  std::map<Name, Session> sessions;

  // The client's session, if it covers this command: a retry of what was done before.
  const Session* executed(const Command& command) const;

  // Executes each serial of a client once.
  Result apply(const Command& command);

  Result value(const std::string& key) const;
};
DSYS_VALUE(StateMachine, values, sessions)

// --- The server ---

enum class Role { follower, pre_candidate, candidate, leader };
DSYS_ENUM(Role, follower, pre_candidate, candidate, leader)

// What a leader knows of one follower.
struct Progress {
  Index next_index = 1;
  Index match_index = 0;      // grows only
  Round answered = 0;         // the latest round that it answered
  bool heard_lately = false;  // since the last quorum check
};
DSYS_VALUE(Progress, next_index, match_index, answered, heard_lately)

// A read that waits until it is certain that nobody else led when it came.
struct PendingRead {
  Name client;
  Command command;
  Index index = 0;  // the state machine must have applied this much
  Round round = 0;  // a majority must have answered this round or a later one
};
DSYS_VALUE(PendingRead, client, command, index, round)

struct Server {
  using Message = std::variant<PreVote, PreVoteReply, RequestVote, RequestVoteReply, AppendEntries,
                               AppendEntriesReply, TransferLeadership, TimeoutNow, ClientRequest>;
  using Timer = std::variant<ElectionTimeout, HeartbeatInterval, QuorumCheck>;
  using Record = std::variant<HardState, AppendEntry, TruncateFrom>;

  Name self;
  std::vector<Name> peers;
  ServerConfig config;

  // --- On disk, before anything that depends on it is said (figure 2) ---
  Term current_term = 0;
  std::optional<Name> voted_for;
  Log log;

  // --- In memory; learned again after a crash ---
  Role role = Role::follower;
  std::optional<Name> leader;
  Duration leader_heard_at{};
  Index commit_index = 0;
  Index last_applied = 0;
  StateMachine machine;

  // --- A candidate's and a pre-candidate's ---
  std::set<Name> votes;  // a set: an answer that comes twice is one vote

  // --- A leader's; new in each of its terms ---
  std::map<Name, Progress> progress;
  Index term_start = 0;  // of its first own entry
  Round round = 0;
  std::vector<PendingRead> reads;
  std::optional<Name> successor;  // to whom the leadership is being handed

  // --- The three entries ---
  void on_start(Context& context, const std::vector<Record>& disk);
  void on_message(Context& context, const Name& from, const Message& message);
  void on_timer(Context& context, const Timer& timer);

  void recover(const HardState& record);
  void recover(const AppendEntry& record);
  void recover(const TruncateFrom& record);

  // --- Timers ---
  void expire(Context& context, const ElectionTimeout& timer);
  void expire(Context& context, const HeartbeatInterval& timer);
  void expire(Context& context, const QuorumCheck& timer);

  // --- Messages ---
  void handle(Context& context, const Name& from, const PreVote& message);
  void handle(Context& context, const Name& from, const PreVoteReply& message);
  void handle(Context& context, const Name& from, const RequestVote& message);
  void handle(Context& context, const Name& from, const RequestVoteReply& message);
  void handle(Context& context, const Name& from, const AppendEntries& message);
  void handle(Context& context, const Name& from, const AppendEntriesReply& message);
  void handle(Context& context, const Name& from, const TransferLeadership& message);
  void handle(Context& context, const Name& from, const TimeoutNow& message);
  void handle(Context& context, const Name& from, const ClientRequest& message);

  // --- Changes of role ---
  void start_election(Context& context);
  void become_leader(Context& context);
  void become_follower(Context& context, Term term);
  void stop_leading(Context& context);
  void follow(Context& context, const Name& new_leader, Term term);

  // --- Replication ---
  void propose(Context& context, const Command& command);
  void broadcast(Context& context);
  void send_append(Context& context, const Name& peer);
  void on_match(Context& context, const Name& from, Index match_index);
  void on_mismatch(Context& context, const Name& from, const AppendEntriesReply& message);
  void store_all(Context& context, const AppendEntries& message);
  AppendEntriesReply mismatch(const AppendEntries& message) const;
  void advance_commit(Context& context);
  void apply_committed(Context& context);

  // --- Clients ---
  void begin_read(Context& context, const Name& from, const Command& command);
  void answer_reads(Context& context);
  void hand_over_if_ready(Context& context, const Name& peer);
  ClientReply refusal(const Command& command) const;

  // --- Small ---
  std::size_t quorum() const { return config.servers.size() / 2 + 1; }
  bool is_up_to_date(Index last_log_index, Term last_log_term) const;
  bool has_leader(const Context& context) const;
  bool has_quorum_answered(Round asked) const;
  void reset_election_timer(Context& context) const;
  void save_hard_state(Context& context, Term term, const std::optional<Name>& vote);
  void store(Context& context, const Entry& entry);
};
DSYS_VALUE(Server, self, peers, config, current_term, voted_for, log, role, leader, leader_heard_at,
           commit_index, last_applied, machine, votes, progress, term_start, round, reads,
           successor)

namespace {

void assert_that(bool holds, const char* rule) {
  if (!holds) throw std::logic_error(rule);
}

ClientReply success(const Command& command, const Result& value) {
  return {command.serial, Status::ok, value, {}};
}

}  // namespace

// --- Start, timers, messages ---

void Server::on_start(Context& context, const std::vector<Record>& disk) {
  config = context.config<ServerConfig>();
  self = context.self();
  for (const Name& name : config.servers) {
    if (name != self) peers.push_back(name);
  }
  for (const Record& record : disk) {
    std::visit([this](const auto& one) { recover(one); }, record);
  }
  if (!disk.empty()) context.sync();  // the last ones may have been written and never synced
  reset_election_timer(context);
}

void Server::recover(const HardState& record) {
  current_term = record.term;
  voted_for = record.voted_for;
}

void Server::recover(const AppendEntry& record) {
  assert_that(record.index == log.last_index() + 1, "the disk's log has no holes");
  log.append(record.entry);
}

void Server::recover(const TruncateFrom& record) {
  log.truncate(record.index);
}

void Server::on_timer(Context& context, const Timer& timer) {
  std::visit([&](const auto& one) { expire(context, one); }, timer);
}

void Server::on_message(Context& context, const Name& from, const Message& message) {
  std::visit([&](const auto& one) { handle(context, from, one); }, message);
}

void Server::expire(Context& context, const HeartbeatInterval& /*timer*/) {
  broadcast(context);
  context.set_timer(HeartbeatInterval{}, config.heartbeat_interval);
}

// A leader that a majority has not answered for an election timeout may have been replaced
// (thesis 6.2). It is also how long a successor has to take over (thesis 3.10).
void Server::expire(Context& context, const QuorumCheck& /*timer*/) {
  std::size_t heard = 1;
  for (auto& [peer, follower] : progress) {
    if (follower.heard_lately) ++heard;
    follower.heard_lately = false;
  }
  if (heard < quorum()) {
    context.note("hears no majority and steps down");
    return become_follower(context, current_term);
  }
  successor.reset();
  context.set_timer(QuorumCheck{}, config.election_timeout_max);
}

// --- Pre-vote (thesis 9.6) ---

// Nobody was heard for too long. Before it disturbs anyone with a new term, a server asks whether
// it could win; only a majority's yes raises its term.
void Server::expire(Context& context, const ElectionTimeout& /*timer*/) {
  role = Role::pre_candidate;
  leader.reset();
  votes = {self};
  reset_election_timer(context);
  if (votes.size() >= quorum()) return start_election(context);
  const PreVote question{current_term + 1, log.last_index(), log.last_term()};
  for (const Name& peer : peers) context.send(peer, question);
}

void Server::handle(Context& context, const Name& from, const PreVote& message) {
  const bool is_new_term = message.term > current_term;
  const bool granted = is_new_term && !has_leader(context) &&
                       is_up_to_date(message.last_log_index, message.last_log_term);
  context.send(from, PreVoteReply{current_term, message.term, granted});
}

void Server::handle(Context& context, const Name& from, const PreVoteReply& message) {
  if (message.term > current_term) return become_follower(context, message.term);
  const bool is_mine = role == Role::pre_candidate && message.asked_term == current_term + 1;
  if (!is_mine || !message.granted) return;
  votes.insert(from);
  if (votes.size() >= quorum()) start_election(context);
}

// --- Election (5.2) ---

void Server::start_election(Context& context) {
  role = Role::candidate;
  leader.reset();
  votes = {self};
  save_hard_state(context, current_term + 1, self);
  reset_election_timer(context);
  context.note("stands for election in term ", current_term);
  if (votes.size() >= quorum()) return become_leader(context);
  const RequestVote request{current_term, log.last_index(), log.last_term()};
  for (const Name& peer : peers) context.send(peer, request);
}

void Server::handle(Context& context, const Name& from, const RequestVote& message) {
  if (message.term < current_term) {
    return context.send(from, RequestVoteReply{current_term, false});
  }
  if (message.term > current_term) become_follower(context, message.term);
  const bool has_vote = !voted_for || *voted_for == from;
  const bool granted = has_vote && is_up_to_date(message.last_log_index, message.last_log_term);
  if (granted) {
    if (!voted_for) save_hard_state(context, current_term, from);
    become_follower(context, current_term);
    reset_election_timer(context);  // only now: who is refused must not keep others from standing
    context.note("votes for ", from, " in term ", current_term);
  }
  context.send(from, RequestVoteReply{current_term, granted});
}

void Server::handle(Context& context, const Name& from, const RequestVoteReply& message) {
  if (message.term > current_term) return become_follower(context, message.term);
  const bool is_mine = role == Role::candidate && message.term == current_term;
  if (!is_mine || !message.granted) return;
  votes.insert(from);
  if (votes.size() >= quorum()) become_leader(context);
}

// --- Changes of role ---

void Server::become_leader(Context& context) {
  role = Role::leader;
  leader = self;
  term_start = log.last_index() + 1;
  round = 0;
  progress.clear();
  for (const Name& peer : peers) progress[peer].next_index = term_start;
  context.note("becomes leader of term ", current_term, " with ", votes.size(), " votes");
  context.emit(BecameLeader{current_term});
  context.cancel_timer(ElectionTimeout{});
  context.set_timer(HeartbeatInterval{}, config.heartbeat_interval);
  context.set_timer(QuorumCheck{}, config.election_timeout_max);
  // An empty entry of its own commits what earlier terms have left (5.4.2, 8).
  propose(context, Command{});
}

// In the present term or in a later one.
void Server::become_follower(Context& context, Term term) {
  if (term > current_term) {
    save_hard_state(context, term, {});
    leader.reset();
  }
  if (role == Role::leader) stop_leading(context);
  role = Role::follower;
}

void Server::stop_leading(Context& context) {
  context.note("leads no more; the term is ", current_term);
  leader.reset();
  for (const PendingRead& read : reads) context.send(read.client, refusal(read.command));
  reads.clear();
  progress.clear();
  successor.reset();
  context.cancel_timer(HeartbeatInterval{});
  context.cancel_timer(QuorumCheck{});
  reset_election_timer(context);
}

// Only the leader of a term sends entries in it, so the sender is that leader.
void Server::follow(Context& context, const Name& new_leader, Term term) {
  assert_that(term > current_term || role != Role::leader, "a term has one leader");
  become_follower(context, term);
  leader = new_leader;
  leader_heard_at = context.now();
  reset_election_timer(context);
}

// --- The leader replicates (5.3) ---

void Server::propose(Context& context, const Command& command) {
  store(context, Entry{current_term, command});
  context.sync();
  broadcast(context);
  advance_commit(context);  // alone it is a majority
}

void Server::broadcast(Context& context) {
  ++round;
  for (const Name& peer : peers) send_append(context, peer);
}

// Everything that the follower may lack, up to the limit; nothing of it makes a heartbeat.
void Server::send_append(Context& context, const Name& peer) {
  const Index previous = progress[peer].next_index - 1;
  context.send(peer,
               AppendEntries{current_term, previous, log.term_at(previous),
                             log.slice(previous + 1, config.entries_max), commit_index, round});
}

void Server::handle(Context& context, const Name& from, const AppendEntriesReply& message) {
  if (message.term > current_term) return become_follower(context, message.term);
  const bool is_mine = role == Role::leader && message.term == current_term;
  if (!is_mine) return;
  Progress& follower = progress[from];
  follower.heard_lately = true;
  follower.answered = std::max(follower.answered, message.round);
  if (message.success) {
    on_match(context, from, message.match_index);
  } else {
    on_mismatch(context, from, message);
  }
  answer_reads(context);
}

void Server::on_match(Context& context, const Name& from, Index match_index) {
  Progress& follower = progress[from];
  const bool has_progress = match_index > follower.match_index;
  follower.match_index = std::max(follower.match_index, match_index);  // it may be an old reply
  follower.next_index = follower.match_index + 1;
  advance_commit(context);
  hand_over_if_ready(context, from);
  // A reply that tells nothing new sends nothing, or each duplicate would begin a stream of its
  // own.
  const bool lags = follower.match_index < log.last_index();
  if (has_progress && lags) send_append(context, from);
}

// Steps back over a whole term at a time (end of 5.3).
void Server::on_mismatch(Context& context, const Name& from, const AppendEntriesReply& message) {
  Progress& follower = progress[from];
  const Index last = message.conflict_term == 0
                         ? 0
                         : log.last_of_term(message.conflict_term, follower.next_index - 1);
  const Index hint = last == 0 ? message.conflict_index : last + 1;
  const bool is_old = hint <= follower.match_index || hint >= follower.next_index;
  if (is_old) return;  // the follower has answered more recently; a heartbeat will tell
  follower.next_index = hint;
  send_append(context, from);
}

// --- The follower stores (5.3) ---

void Server::handle(Context& context, const Name& from, const AppendEntries& message) {
  if (message.term < current_term) {
    // Without its round: a later leader counts anew.
    return context.send(from, AppendEntriesReply{current_term, false, 0, 0, 0, 0});
  }
  follow(context, from, message.term);
  const bool agrees = message.prev_log_index <= log.last_index() &&
                      log.term_at(message.prev_log_index) == message.prev_log_term;
  if (!agrees) return context.send(from, mismatch(message));
  store_all(context, message);
  // What lies behind the message's last entry has not been compared with the leader's log.
  const Index verified = message.prev_log_index + message.entries.size();
  commit_index = std::max(commit_index, std::min(message.leader_commit, verified));
  apply_committed(context);
  context.send(from, AppendEntriesReply{current_term, true, verified, 0, 0, message.round});
}

AppendEntriesReply Server::mismatch(const AppendEntries& message) const {
  const bool is_short = message.prev_log_index > log.last_index();
  if (is_short) return {current_term, false, 0, log.last_index() + 1, 0, message.round};
  const Term conflict_term = log.term_at(message.prev_log_index);
  const Index conflict_index = log.first_of_term(conflict_term);
  return {current_term, false, 0, conflict_index, conflict_term, message.round};
}

// Skips what is there already, and deletes only where something conflicts: the message may be old,
// and what lies behind it may be committed.
void Server::store_all(Context& context, const AppendEntries& message) {
  const std::vector<Entry>& entries = message.entries;
  std::size_t known = 0;
  Index index = message.prev_log_index + 1;
  while (known < entries.size() && index <= log.last_index() &&
         log.term_at(index) == entries[known].term) {
    ++known;
    ++index;
  }
  if (known == entries.size()) return;
  if (index <= log.last_index()) {
    assert_that(index > commit_index, "what is committed stays");
    log.truncate(index);
    context.write(TruncateFrom{index});
  }
  for (; known < entries.size(); ++known) store(context, entries[known]);
  context.sync();
}

// --- Committing and applying (5.3, 5.4) ---

// The largest index that a majority has, if its entry is of the leader's own term. An older entry
// on a majority may still be overwritten (figure 8); it is committed with a newer one behind it.
void Server::advance_commit(Context& context) {
  std::vector<Index> matches{log.last_index()};
  for (const auto& [peer, follower] : progress) matches.push_back(follower.match_index);
  std::sort(matches.begin(), matches.end(), std::greater<>());
  const Index on_majority = matches[quorum() - 1];
  const bool may_commit = on_majority > commit_index && log.term_at(on_majority) == current_term;
  if (!may_commit) return;
  commit_index = on_majority;
  apply_committed(context);
  answer_reads(context);
}

// The leader that took a command from its client answers it; its entries are those of its own term.
void Server::apply_committed(Context& context) {
  while (last_applied < commit_index) {
    const Entry& entry = log.at(++last_applied);
    const Result result = machine.apply(entry.command);
    context.emit(Applied{last_applied, entry.term, entry.command, result});
    const bool is_mine = role == Role::leader && entry.term == current_term &&
                         entry.command.operation != Operation::noop;
    if (is_mine) context.send(entry.command.client, success(entry.command, result));
  }
}

// --- Clients (8; thesis 6) ---

void Server::handle(Context& context, const Name& from, const ClientRequest& message) {
  const Command& command = message.command;
  const bool can_serve = role == Role::leader && !successor;
  if (!can_serve) return context.send(from, refusal(command));
  if (command.operation == Operation::get) return begin_read(context, from, command);
  const Session* const session = machine.executed(command);
  if (session != nullptr) return context.send(from, success(command, session->result));
  propose(context, command);
}

// ReadIndex (thesis 6.4): a read needs no entry, but the certainty that this server still led after
// the read came, and that it knows everything that was committed before. The first own entry of its
// term gives the latter.
void Server::begin_read(Context& context, const Name& from, const Command& command) {
  broadcast(context);
  reads.push_back({from, command, std::max(commit_index, term_start), round});
  answer_reads(context);
}

void Server::answer_reads(Context& context) {
  std::vector<PendingRead> waiting;
  for (const PendingRead& read : reads) {
    const bool is_ready = last_applied >= read.index && has_quorum_answered(read.round);
    if (is_ready) {
      context.send(read.client, success(read.command, machine.value(read.command.key)));
    } else {
      waiting.push_back(read);
    }
  }
  reads.swap(waiting);
}

bool Server::has_quorum_answered(Round asked) const {
  std::size_t count = 1;
  for (const auto& [peer, follower] : progress) {
    if (follower.answered >= asked) ++count;
  }
  return count >= quorum();
}

ClientReply Server::refusal(const Command& command) const {
  return {command.serial, Status::not_leader, {}, successor ? successor : leader};
}

// --- Leadership transfer (thesis 3.10) ---

void Server::handle(Context& context, const Name& /*from*/, const TransferLeadership& message) {
  const bool can_hand_over = role == Role::leader && progress.count(message.to) > 0;
  if (!can_hand_over) return;
  context.note("hands over to ", message.to, " once its log is complete");
  successor = message.to;  // no new commands from now on, so that it can catch up
  send_append(context, message.to);
  hand_over_if_ready(context, message.to);
}

void Server::hand_over_if_ready(Context& context, const Name& peer) {
  const bool is_complete = progress[peer].match_index == log.last_index();
  if (successor == peer && is_complete) context.send(peer, TimeoutNow{current_term});
}

// The leader itself asks for this election, so no pre-vote is needed.
void Server::handle(Context& context, const Name& /*from*/, const TimeoutNow& message) {
  if (message.term < current_term) return;
  if (message.term > current_term) become_follower(context, message.term);
  if (role != Role::leader) start_election(context);
}

// --- Small ---

// Later term first, then length (5.4.1).
bool Server::is_up_to_date(Index last_log_index, Term last_log_term) const {
  if (last_log_term != log.last_term()) return last_log_term > log.last_term();
  return last_log_index >= log.last_index();
}

// Whether it leads, or has heard a leader so lately that nobody can have timed out.
bool Server::has_leader(const Context& context) const {
  if (role == Role::leader) return true;
  return leader && context.now() - leader_heard_at < config.election_timeout_min;
}

// A new draw each time, so that split votes end (5.2).
void Server::reset_election_timer(Context& context) const {
  context.set_timer(ElectionTimeout{}, context.random().between(config.election_timeout_min,
                                                                config.election_timeout_max));
}

void Server::save_hard_state(Context& context, Term term, const std::optional<Name>& vote) {
  assert_that(term >= current_term, "terms only grow");
  current_term = term;
  voted_for = vote;
  context.write(HardState{term, vote});
  context.sync();
}

void Server::store(Context& context, const Entry& entry) {
  log.append(entry);
  context.write(AppendEntry{log.last_index(), entry});
}

// --- The log ---

std::vector<Entry> Log::slice(Index first, std::size_t count) const {
  const auto begin = entries.begin() + static_cast<std::ptrdiff_t>(first - 1);
  const auto left = static_cast<std::size_t>(entries.end() - begin);
  return {begin, begin + static_cast<std::ptrdiff_t>(std::min(count, left))};
}

Index Log::first_of_term(Term term) const {
  const auto found =
      std::lower_bound(entries.begin(), entries.end(), term,
                       [](const Entry& entry, Term wanted) { return entry.term < wanted; });
  return static_cast<Index>(found - entries.begin()) + 1;
}

Index Log::last_of_term(Term term, Index end) const {
  const auto found =
      std::upper_bound(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(end), term,
                       [](Term wanted, const Entry& entry) { return wanted < entry.term; });
  const auto last = static_cast<Index>(found - entries.begin());
  return term_at(last) == term ? last : 0;
}

// --- The state machine ---

const Session* StateMachine::executed(const Command& command) const {
  const auto found = sessions.find(command.client);
  const bool covers = found != sessions.end() && command.serial <= found->second.serial;
  return covers ? &found->second : nullptr;
}

Result StateMachine::apply(const Command& command) {
  if (command.operation == Operation::noop) return {};
  const Session* const session = executed(command);
  if (session != nullptr) return session->result;
  if (command.operation == Operation::put) values[command.key] = command.value;
  if (command.operation == Operation::add) values[command.key] += command.value;
  const Result result = value(command.key);
  sessions[command.client] = {command.serial, result};
  return result;
}

Result StateMachine::value(const std::string& key) const {
  const auto found = values.find(key);
  return found == values.end() ? Result{} : Result{found->second};
}

int main() {
  return dsys::run<Server>();
}
