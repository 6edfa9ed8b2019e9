// The wire of Raft: what servers and clients send each other, what a server writes to its disk,
// and what it tells the outside.
#pragma once

#include "common/core/context.hpp"
#include "common/core/describe.hpp"
#include "common/core/rename.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace dsys::raft {

using Term = std::uint64_t;   // logical time; at most one leader in each
using Index = std::uint64_t;  // position in the log, from 1; 0 is before the first
using Round = std::uint64_t;  // a broadcast of one leader; replies carry it back

// --- The state machine's commands ---

enum class Operation : std::uint8_t { noop, get, put, add };
BOOST_DESCRIBE_ENUM(Operation, noop, get, put, add)

struct Command {
  NodeId client{};
  std::uint64_t serial = 0;  // grows by one with each command of a client; retries keep it
  Operation operation = Operation::noop;
  std::string key;
  std::int64_t value = 0;
};
DSYS_DESCRIBE(Command, client, serial, operation, key, value)

struct Entry {
  Term term = 0;
  Command command;
};
DSYS_DESCRIBE(Entry, term, command)

// --- Messages ---

// Asks, before an election, whether it could be won. Changes nothing at the receiver.
struct PreVote {
  Term term = 0;  // the term that the sender would stand in: its own plus one
  Index last_log_index = 0;
  Term last_log_term = 0;
};
DSYS_DESCRIBE(PreVote, term, last_log_index, last_log_term)

struct PreVoteReply {
  Term term = 0;        // the receiver's own
  Term asked_term = 0;  // the one in the request
  bool granted = false;
};
DSYS_DESCRIBE(PreVoteReply, term, asked_term, granted)

struct RequestVote {
  Term term = 0;
  Index last_log_index = 0;
  Term last_log_term = 0;
};
DSYS_DESCRIBE(RequestVote, term, last_log_index, last_log_term)

struct RequestVoteReply {
  Term term = 0;
  bool granted = false;
};
DSYS_DESCRIBE(RequestVoteReply, term, granted)

// Without entries it is a heartbeat.
struct AppendEntries {
  Term term = 0;
  Index prev_log_index = 0;  // the entry before the first one sent ...
  Term prev_log_term = 0;    // ... and its term: the receiver must have it
  std::vector<Entry> entries;
  Index leader_commit = 0;
  Round round = 0;
};
DSYS_DESCRIBE(AppendEntries, term, prev_log_index, prev_log_term, entries, leader_commit, round)

struct AppendEntriesReply {
  Term term = 0;
  bool success = false;
  Index match_index = 0;     // on success: up to here the logs agree
  Index conflict_index = 0;  // on failure: where the receiver's conflicting term begins, or its end
  Term conflict_term = 0;    // 0: the receiver has no entry there at all
  Round round = 0;
};
DSYS_DESCRIBE(AppendEntriesReply, term, success, match_index, conflict_index, conflict_term, round)

// From an operator: hand the leadership to this server.
struct TransferLeadership {
  NodeId to{};
};
DSYS_DESCRIBE(TransferLeadership, to)

// From a leader to its chosen successor: stand for election now.
struct TimeoutNow {
  Term term = 0;
};
DSYS_DESCRIBE(TimeoutNow, term)

struct ClientRequest {
  Command command;
};
DSYS_DESCRIBE(ClientRequest, command)

enum class Status : std::uint8_t { ok, not_leader };
BOOST_DESCRIBE_ENUM(Status, ok, not_leader)

struct ClientReply {
  std::uint64_t serial = 0;
  Status status = Status::ok;
  std::optional<std::int64_t> value;  // ok: the key's value after the command; none: no such key
  std::optional<NodeId> leader;       // not_leader: who is, if known
};
DSYS_DESCRIBE(ClientReply, serial, status, value, leader)

// --- Timers ---

DSYS_EMPTY(ElectionTimeout)

DSYS_EMPTY(HeartbeatInterval)

// A leader that no majority has answered since the last one steps down.
DSYS_EMPTY(QuorumCheck)

// Of clients: when to ask next, and when to ask again.
DSYS_EMPTY(NextOperation)

DSYS_EMPTY(RequestTimeout)

// --- Records ---

struct HardState {
  Term term = 0;
  std::optional<NodeId> voted_for;
};
DSYS_DESCRIBE(HardState, term, voted_for)

struct AppendEntry {
  Index index = 0;
  Entry entry;
};
DSYS_DESCRIBE(AppendEntry, index, entry)

struct TruncateFrom {
  Index index = 0;
};
DSYS_DESCRIBE(TruncateFrom, index)

// --- Outputs ---

struct BecameLeader {
  Term term = 0;
};
DSYS_DESCRIBE(BecameLeader, term)

struct Applied {
  Index index = 0;
  Term term = 0;  // the entry's
  Command command;
  std::optional<std::int64_t> result;
};
DSYS_DESCRIBE(Applied, index, term, command, result)

// Of clients: together they are the history.
struct Invoked {
  Command command;
};
DSYS_DESCRIBE(Invoked, command)

struct Completed {
  std::uint64_t serial = 0;
  std::optional<std::int64_t> value;
};
DSYS_DESCRIBE(Completed, serial, value)

// --- The protocol ---

// What the task must say; the same for every server.
struct ServerConfig {
  std::vector<NodeId> servers;
  Duration election_timeout_min = 150ms;  // Raft paper, 5.6: 150 to 300 ms
  Duration election_timeout_max = 300ms;
  Duration heartbeat_interval = 50ms;
  std::uint32_t entries_max = 64;  // in one AppendEntries

  // Who comes first in the list means nothing.
  void rename(const Renaming& names) {
    dsys::rename(servers, names);
    std::sort(servers.begin(), servers.end());
  }
};
DSYS_DESCRIBE(ServerConfig, servers, election_timeout_min, election_timeout_max, heartbeat_interval,
              entries_max)

struct RaftProtocol {
  using Message =
      std::variant<PreVote, PreVoteReply, RequestVote, RequestVoteReply, AppendEntries,
                   AppendEntriesReply, TransferLeadership, TimeoutNow, ClientRequest, ClientReply>;
  using Timer =
      std::variant<ElectionTimeout, HeartbeatInterval, QuorumCheck, NextOperation, RequestTimeout>;
  using Record = std::variant<HardState, AppendEntry, TruncateFrom>;
  using Output = std::variant<BecameLeader, Applied, Invoked, Completed>;
  using Config = ServerConfig;
};

using RaftContext = Context<RaftProtocol>;

}  // namespace dsys::raft
