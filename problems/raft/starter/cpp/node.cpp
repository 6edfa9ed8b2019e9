// Your Raft server. It runs as it is, and does nothing yet: fill the handlers in, from top to
// bottom.
//
//   dsys raft grade .
//
// Figure 2 of the Raft paper (extended version) is the rule; section numbers are the paper's. What
// dsys.hpp offers is at its Context.
#include "dsys.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

using Term = std::uint64_t;   // logical time; at most one leader in each
using Index = std::uint64_t;  // position in the log, from 1; 0 is before the first
using Round = std::uint64_t;  // a broadcast of one leader; replies carry it back
using Name = std::string;
using dsys::Context;
using dsys::Duration;

// --- Commands ---

enum class Operation { noop, get, put, add };
DSYS_ENUM(Operation, noop, get, put, add)

struct Command {
  Name client;
  std::uint64_t serial = 0;  // grows with each command of a client; a retry keeps it
  Operation operation = Operation::noop;
  std::string key;
  std::int64_t value = 0;
};
DSYS_VALUE(Command, client, serial, operation, key, value)

struct Entry {
  Term term = 0;
  Command command;
};
DSYS_VALUE(Entry, term, command)

// --- Messages ---

struct PreVote {
  Term term = 0;  // the term that the sender would stand in
  Index last_log_index = 0;
  Term last_log_term = 0;
};
DSYS_VALUE(PreVote, term, last_log_index, last_log_term)

struct PreVoteReply {
  Term term = 0;        // the replier's own
  Term asked_term = 0;  // the one in the request
  bool granted = false;
};
DSYS_VALUE(PreVoteReply, term, asked_term, granted)

struct RequestVote {
  Term term = 0;
  Index last_log_index = 0;
  Term last_log_term = 0;
};
DSYS_VALUE(RequestVote, term, last_log_index, last_log_term)

struct RequestVoteReply {
  Term term = 0;
  bool granted = false;
};
DSYS_VALUE(RequestVoteReply, term, granted)

struct AppendEntries {
  Term term = 0;
  Index prev_log_index = 0;
  Term prev_log_term = 0;
  std::vector<Entry> entries;
  Index leader_commit = 0;
  Round round = 0;
};
DSYS_VALUE(AppendEntries, term, prev_log_index, prev_log_term, entries, leader_commit, round)

struct AppendEntriesReply {
  Term term = 0;
  bool success = false;
  Index match_index = 0;     // on success: up to here the logs agree
  Index conflict_index = 0;  // on failure: where the conflicting term begins
  Term conflict_term = 0;    // 0: no entry there, the log ends before
  Round round = 0;
};
DSYS_VALUE(AppendEntriesReply, term, success, match_index, conflict_index, conflict_term, round)

struct TransferLeadership {
  Name to;
};
DSYS_VALUE(TransferLeadership, to)

struct TimeoutNow {
  Term term = 0;
};
DSYS_VALUE(TimeoutNow, term)

struct ClientRequest {
  Command command;
};
DSYS_VALUE(ClientRequest, command)

enum class Status { ok, not_leader };
DSYS_ENUM(Status, ok, not_leader)

struct ClientReply {
  std::uint64_t serial = 0;
  Status status = Status::ok;
  std::optional<std::int64_t> value;  // of the key, after the command; none: no such key
  std::optional<Name> leader;         // who it is, if known
};
DSYS_VALUE(ClientReply, serial, status, value, leader)

// --- Timers ---

struct ElectionTimeout {};
DSYS_VALUE(ElectionTimeout)

struct HeartbeatInterval {};
DSYS_VALUE(HeartbeatInterval)

struct QuorumCheck {};
DSYS_VALUE(QuorumCheck)

// --- Records ---

struct HardState {
  Term term = 0;
  std::optional<Name> voted_for;
};
DSYS_VALUE(HardState, term, voted_for)

struct AppendEntry {
  Index index = 0;
  Entry entry;
};
DSYS_VALUE(AppendEntry, index, entry)

struct TruncateFrom {
  Index index = 0;
};
DSYS_VALUE(TruncateFrom, index)

// --- Outputs ---

struct BecameLeader {
  Term term = 0;
};
DSYS_VALUE(BecameLeader, term)

struct Applied {
  Index index = 0;
  Term term = 0;
  Command command;
  std::optional<std::int64_t> result;
};
DSYS_VALUE(Applied, index, term, command, result)

// --- Configuration ---

struct ServerConfig {
  std::vector<Name> servers;
  Duration election_timeout_min{};
  Duration election_timeout_max{};
  Duration heartbeat_interval{};
  std::uint32_t entries_max = 64;  // in one AppendEntries
};
DSYS_VALUE(ServerConfig, servers, election_timeout_min, election_timeout_max, heartbeat_interval,
           entries_max)

// --- The server ---

enum class Role { follower, candidate, leader };

struct Server {
  using Message =
      std::variant<RequestVote, RequestVoteReply, AppendEntries, AppendEntriesReply, ClientRequest,
                   PreVote, PreVoteReply, TransferLeadership, TimeoutNow>;
  using Timer = std::variant<ElectionTimeout, HeartbeatInterval, QuorumCheck>;
  using Record = std::variant<HardState, AppendEntry, TruncateFrom>;

  ServerConfig config;

  // --- On disk, before anything that depends on it is said ---
  Term current_term = 0;
  std::optional<Name> voted_for;
  std::vector<Entry> log;  // log[0] has index 1

  // --- In memory; learned again after a crash ---
  Role role = Role::follower;
  std::optional<Name> leader;
  Index commit_index = 0;
  Index last_applied = 0;

  // --- A candidate's: who has voted for it in this term ---
  std::set<Name> votes;

  // --- A leader's, for each follower; new in each of its terms ---
  std::map<Name, Index> next_index;
  std::map<Name, Index> match_index;

  // --- The three entries ---
  void on_start(Context& context, const std::vector<Record>& disk);
  void on_message(Context& context, const Name& from, const Message& message);
  void on_timer(Context& context, const Timer& timer);

  // --- Disk and timers ---
  void recover(const HardState& record);
  void recover(const AppendEntry& record);
  void recover(const TruncateFrom& record);
  void expire(Context& context, const ElectionTimeout& timer);
  void expire(Context& context, const HeartbeatInterval& timer);
  void expire(Context& context, const QuorumCheck& timer);

  // --- Messages ---
  void handle(Context& context, const Name& from, const RequestVote& message);
  void handle(Context& context, const Name& from, const RequestVoteReply& message);
  void handle(Context& context, const Name& from, const AppendEntries& message);
  void handle(Context& context, const Name& from, const AppendEntriesReply& message);
  void advance_commit(Context& context);
  void apply_committed(Context& context);
  void handle(Context& context, const Name& from, const ClientRequest& message);
  void handle(Context& context, const Name& from, const PreVote& message);
  void handle(Context& context, const Name& from, const PreVoteReply& message);
  void handle(Context& context, const Name& from, const TransferLeadership& message);
  void handle(Context& context, const Name& from, const TimeoutNow& message);
};

// --- Start and timers ---

void Server::on_start(Context& context, const std::vector<Record>& disk) {
  config = context.config<ServerConfig>();
  for (const Record& record : disk) {
    std::visit([this](const auto& one) { recover(one); }, record);
  }
  // Then wait for a leader: set_timer(ElectionTimeout{}, ...), random in
  // [config.election_timeout_min, config.election_timeout_max], a new draw each time (5.2).
}

// Rebuild what is on disk, one record at a time.
void Server::recover(const HardState& /*record*/) {}
void Server::recover(const AppendEntry& /*record*/) {}
void Server::recover(const TruncateFrom& /*record*/) {}

void Server::on_timer(Context& context, const Timer& timer) {
  std::visit([&](const auto& one) { expire(context, one); }, timer);
}

// Nobody was heard for too long: stand for election.
void Server::expire(Context& /*context*/, const ElectionTimeout& /*timer*/) {}

// A leader tells everybody that it is there. A timer expires once: set it again.
void Server::expire(Context& /*context*/, const HeartbeatInterval& /*timer*/) {}

// A leader that no majority has answered since the last check steps down.
void Server::expire(Context& /*context*/, const QuorumCheck& /*timer*/) {}

// --- Messages ---

void Server::on_message(Context& context, const Name& from, const Message& message) {
  std::visit([&](const auto& one) { handle(context, from, one); }, message);
}

// 1. Election (5.2, 5.4.1). A stale term? A newer one? Has it the vote, and is the log good enough?
// Write the vote, sync, and only then send the answer.
void Server::handle(Context& /*context*/, const Name& /*from*/, const RequestVote& /*message*/) {}

// A later term in any message or reply makes this server a follower of that term.
// With a majority: emit BecameLeader, heartbeats, an empty entry (noop) of its own term.
void Server::handle(Context& /*context*/, const Name& /*from*/,
                    const RequestVoteReply& /*message*/) {}

// 2. Replication (5.3). Guards first; then: is the entry before the first one there? Delete only
// where an entry conflicts. Write and sync before the answer. How far has the message verified the
// log?
void Server::handle(Context& /*context*/, const Name& /*from*/, const AppendEntries& /*message*/) {}

// The logs agree up to match_index, or the leader steps back. Replies may be old.
void Server::handle(Context& /*context*/, const Name& /*from*/,
                    const AppendEntriesReply& /*message*/) {}

// 3. Commitment (5.4.2). What may a leader count, and of which term must the entry be?
void Server::advance_commit(Context& /*context*/) {}

// For each entry in order: emit Applied; a leader answers the client that waits for it.
void Server::apply_committed(Context& /*context*/) {}

// 4. Clients (8; thesis 6.3, 6.4). Not the leader: say who is. A retry keeps its serial and must
// have no second effect. A read must not be older than what others have been told.
void Server::handle(Context& /*context*/, const Name& /*from*/, const ClientRequest& /*message*/) {}

// 5. Pre-vote (thesis 9.6): could the sender win? The question changes nothing here.
void Server::handle(Context& /*context*/, const Name& /*from*/, const PreVote& /*message*/) {}
void Server::handle(Context& /*context*/, const Name& /*from*/, const PreVoteReply& /*message*/) {}

// 6. Leadership transfer (thesis 3.10): when the other's log is complete, send it TimeoutNow.
void Server::handle(Context& /*context*/, const Name& /*from*/,
                    const TransferLeadership& /*message*/) {}
void Server::handle(Context& /*context*/, const Name& /*from*/, const TimeoutNow& /*message*/) {}

int main() {
  return dsys::run<Server>();
}
