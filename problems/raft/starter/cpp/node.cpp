// Your Raft server. It runs as it is, and does nothing yet.
//
// EXERCISE.md says what it must do, messages.hpp what it exchanges with the world, dsys.hpp what
// its Context can do. Fill the handlers in, from top to bottom, and grade each stage when you think
// that it is done: dsys raft grade --stage 1
//
// Section numbers are those of the Raft paper (extended version); its figure 2 is the rule.
#include "messages.hpp"

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

// --- The server ---

enum class Role { follower, candidate, leader };
DSYS_ENUM(Role, follower, candidate, leader)

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

  // --- Stage 1 ---
  void expire(Context& context, const ElectionTimeout& timer);
  void handle(Context& context, const Name& from, const RequestVote& message);
  void handle(Context& context, const Name& from, const RequestVoteReply& message);
  void expire(Context& context, const HeartbeatInterval& timer);
  void handle(Context& context, const Name& from, const AppendEntries& message);
  void handle(Context& context, const Name& from, const AppendEntriesReply& message);

  // --- Stage 2 ---
  void handle(Context& context, const Name& from, const ClientRequest& message);  // and stage 5

  // --- Stage 3 ---
  void advance_commit(Context& context);
  void apply_committed(Context& context);

  // --- Stage 4 ---
  void recover(const HardState& record);
  void recover(const AppendEntry& record);
  void recover(const TruncateFrom& record);

  // --- Stage 6 ---
  void handle(Context& context, const Name& from, const PreVote& message);
  void handle(Context& context, const Name& from, const PreVoteReply& message);
  void expire(Context& context, const QuorumCheck& timer);

  // --- Moving the leadership ---
  void handle(Context& context, const Name& from, const TransferLeadership& message);
  void handle(Context& context, const Name& from, const TimeoutNow& message);
};
// All fields, your own too: dsys raft check --explore puts the server back into earlier states.
DSYS_VALUE(Server, config, current_term, voted_for, log, role, leader, commit_index, last_applied,
           votes, next_index, match_index)

// --- The three entries ---

void Server::on_start(Context& context, const std::vector<Record>& disk) {
  config = context.config<ServerConfig>();
  for (const Record& record : disk) {
    std::visit([this](const auto& one) { recover(one); }, record);
  }
  // Then wait for a leader: set_timer(ElectionTimeout{}, ...), random between election_timeout_min
  // and election_timeout_max, a new draw each time (5.2).
}

void Server::on_timer(Context& context, const Timer& timer) {
  std::visit([&](const auto& one) { expire(context, one); }, timer);
}

void Server::on_message(Context& context, const Name& from, const Message& message) {
  std::visit([&](const auto& one) { handle(context, from, one); }, message);
}

// --- Stage 1: a leader is elected (5.2, 5.4.1) ---

// Nobody leads: stand for election in the next term.
void Server::expire(Context& /*context*/, const ElectionTimeout& /*timer*/) {}

// A stale term? A newer one? One vote a term, for a log that is at least as up to date. Write the
// vote and sync before you send. Answer every request.
void Server::handle(Context& /*context*/, const Name& /*from*/, const RequestVote& /*message*/) {}

// Count the voters of this term. With a majority: emit BecameLeader, send heartbeats. A later term
// in any message or reply makes this server a follower of that term.
void Server::handle(Context& /*context*/, const Name& /*from*/,
                    const RequestVoteReply& /*message*/) {}

// Only a leader has this timer. It expires once: set it again.
void Server::expire(Context& /*context*/, const HeartbeatInterval& /*timer*/) {}

// Its sender leads: set the election timer. In stage 2, guards first: the term, the entry before
// the first one. Where does an entry conflict? Write and sync before the answer. How far has this
// message verified the log?
void Server::handle(Context& /*context*/, const Name& /*from*/, const AppendEntries& /*message*/) {}

// A later term ends the leadership. In stage 2: this follower's log agrees up to match_index, or the
// leader steps back. A reply may be old.
void Server::handle(Context& /*context*/, const Name& /*from*/,
                    const AppendEntriesReply& /*message*/) {}

// --- Stage 2: entries are replicated (5.3) ---

// Not the leader: say who is. Else append, and answer when it is applied. In stage 5 (section 8;
// Ongaro's thesis 6.3, 6.4): a retry keeps its serial and has no second effect; a read must not be
// older than what others have been told.
void Server::handle(Context& /*context*/, const Name& /*from*/, const ClientRequest& /*message*/) {}

// --- Stage 3: commitment (5.4.2) ---

// What may a leader count, and of which term must the entry be?
void Server::advance_commit(Context& /*context*/) {}

// For each entry in its order: emit Applied; a leader answers the client that waits for it.
void Server::apply_committed(Context& /*context*/) {}

// --- Stage 4: crashes and the disk ---

// Rebuild what is on disk, one record at a time.
void Server::recover(const HardState& /*record*/) {}
void Server::recover(const AppendEntry& /*record*/) {}
void Server::recover(const TruncateFrom& /*record*/) {}

// --- Stage 6: no needless disruption (thesis 6.2, 9.6) ---

// Could the sender win that term? The question changes nothing here.
void Server::handle(Context& /*context*/, const Name& /*from*/, const PreVote& /*message*/) {}

// With a majority, stand for election.
void Server::handle(Context& /*context*/, const Name& /*from*/, const PreVoteReply& /*message*/) {}

// A leader that no majority has answered since the last check steps down.
void Server::expire(Context& /*context*/, const QuorumCheck& /*timer*/) {}

// --- An operator moves the leadership (thesis 3.10; not graded by itself) ---

// Bring that server up to date, then tell it TimeoutNow.
void Server::handle(Context& /*context*/, const Name& /*from*/,
                    const TransferLeadership& /*message*/) {}

// The leader asks this server to stand for election at once.
void Server::handle(Context& /*context*/, const Name& /*from*/, const TimeoutNow& /*message*/) {}

int main() {
  return dsys::run<Server>();
}
