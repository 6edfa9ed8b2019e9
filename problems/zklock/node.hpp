// A client of the lock, to be read from top to bottom: what it remembers, then its moves.
//
// It takes the lock, uses the resource, and gives the lock back. The recipe is ZooKeeper's own
// (Recipes, locks), with the guid of Curator: an ephemeral sequential znode, owned by the lowest
// number, and a watch on the one just before. It has one session for all it does, and closes it in
// the end. It leaves out taking a lock twice, and watches that survive a connection: it looks again
// instead.
//
// Invariants:
//   1. contact is never later than the moment at which the ensemble last heard of the session.
//   2. Between the loss of a connection and the sight of its own znode over the next one, nothing
//      is asked of the resource, and nothing after the deadline of the session.
//   3. A place in the queue has one znode, however often a connection is lost.
#pragma once

#include "problems/zklock/messages.hpp"
#include "problems/zklock/rules.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace dsys::zklock {

enum class Link : std::uint8_t {
  none,
  pausing,  // before it tries the next server
  connecting,
  verifying,  // connected again: looks whether its own znode is still there
  connected,
};
BOOST_DESCRIBE_ENUM(Link, none, pausing, connecting, verifying, connected)

enum class Phase : std::uint8_t {
  idle,
  creating,            // its znode
  creating_directory,  // there was none
  syncing,             // after a lost answer: the server must know what was done ...
  searching,           // ... and then it looks for its guid
  listing,             // the queue
  watching,            // asks to be told when the one before it goes
  waiting,
  checking,  // reads the czxid of its znode
  reading,   // owns the lock: shows its token and reads the counter ...
  working,   // ... works ...
  writing,   // ... and writes
  deleting,  // its znode
  closing,   // its session
};
BOOST_DESCRIBE_ENUM(Phase, idle, creating, creating_directory, syncing, searching, listing,
                    watching, waiting, checking, reading, working, writing, deleting, closing)

enum class Claim : std::uint8_t { wanted, owned, released, given_up, lost };
BOOST_DESCRIBE_ENUM(Claim, wanted, owned, released, given_up, lost)

// A place in a lock's queue.
struct Place {
  std::string lock;
  std::string guid{};  // empty: its creation has not been asked for
  LockKind kind = LockKind::plain;
  Claim claim = Claim::wanted;
  bool may_exist = false;  // its creation has been asked for
  std::string path{};      // as created; empty: not known
  Zxid czxid = 0;          // 0: not known
  std::string blocker{};
};
DSYS_DESCRIBE(Place, lock, guid, kind, claim, may_exist, path, czxid, blocker)

struct Client {
  using Record = LockProtocol::Record;
  using Message = LockProtocol::Message;
  using Timer = LockProtocol::Timer;

  // --- Given at the start ---
  LockConfig config;
  const Rules* rules = &reference_rules;

  // --- Nothing survives a crash: the session ends by itself, and the znodes with it ---
  Phase phase = Phase::idle;
  std::uint32_t rounds_done = 0;
  Call last_call = 0;
  Call call = 0;  // of this phase; only grows

  // --- Of the connection ---
  Link link = Link::none;
  std::size_t server_index = 0;
  Call opened_by = 0;
  Call verified_by = 0;
  std::uint64_t events = 0;        // on this connection
  std::map<Call, Time> under_way;  // when each was sent
  Zxid last_zxid = 0;              // seen on any connection; only grows

  // --- Of the session ---
  SessionId session = 0;
  Duration timeout{};  // as granted
  Time contact{};      // when the latest answered request was sent

  // --- Of the queues: a lock that is taken under another comes after it ---
  std::vector<Place> places;

  // --- As the owner ---
  std::uint32_t increments_done = 0;
  bool errand_done = false;
  std::int64_t counter = 0;  // as last read

  // --- The three entries ---
  void on_start(LockContext& context, std::span<const Record> disk);
  void on_timer(LockContext& context, const Timer& timer);
  void on_message(LockContext& context, NodeId from, const Message& message);

  // --- The happy path ---
  void expire(LockContext& context, const NextRound& timer);
  void handle(LockContext& context, const CreateResponse& message);
  void handle(LockContext& context, const GetChildrenResponse& message);
  void handle(LockContext& context, const ExistsResponse& message);
  void handle(LockContext& context, const WatchedEvent& message);
  void handle(LockContext& context, const ResourceReply& message);
  void expire(LockContext& context, const WorkDone& timer);
  void handle(LockContext& context, const DeleteResponse& message);
  void handle(LockContext& context, const CloseSessionResponse& message);

  // --- It takes too long ---
  void expire(LockContext& context, const AcquireTimeout& timer);

  // --- The connection, and the session ---
  void handle(LockContext& context, const ConnectResponse& message);
  void handle(LockContext& context, const ConnectionClosed& message);
  void handle(LockContext& context, const PingResponse& message);
  void handle(LockContext& context, const SyncResponse& message);
  void expire(LockContext& context, const ReconnectPause& timer);
  void expire(LockContext& context, const PingInterval& timer);
  void expire(LockContext& context, const RequestTimeout& timer);
  void expire(LockContext& context, const ReadTimeout& timer);
  void expire(LockContext& context, const SessionDeadline& timer);

  // Requests, and answers to requests that it never sends.
  template <typename Other>
  void handle(LockContext& /*context*/, const Other& /*message*/) {}
  // Timers of the ensemble.
  template <typename Other>
  void expire(LockContext& /*context*/, const Other& /*timer*/) {}

  // --- Transitions: the queue ---
  void stand_in_queue(LockContext& context, const std::string& lock, LockKind kind);
  void stand_again(LockContext& context);
  void find_place(LockContext& context, const std::vector<std::string>& children);
  void own_or_wait(LockContext& context, const std::vector<std::string>& children);
  void become_owner(LockContext& context);
  void work(LockContext& context);
  void release(LockContext& context);
  void lose_locks(LockContext& context);
  void withdraw(LockContext& context);
  void leave_queue(LockContext& context);
  void finish_round(LockContext& context);

  // --- Transitions: the connection ---
  void connect(LockContext& context);
  void disconnect(LockContext& context);
  void resume(LockContext& context);
  void lose_session(LockContext& context);
  void rely_on(LockContext& context, Call answered);
  void look_at_clock(LockContext& context);
  void watch_clock(LockContext& context);

  // --- Requests ---
  void enter(LockContext& context, Phase next);
  void ask(LockContext& context);  // what its phase asks, for the first time or again
  void ask_ensemble(LockContext& context, Call number, const Message& message);
  void ask_resource(LockContext& context, const Message& message);

  // --- Questions ---
  NodeId server() const;
  bool is_open() const;
  bool owns_lock() const;
  bool may_act() const;
  Phase first_of_search() const;
  Duration read_timeout() const;
  Time deadline() const;
  Zxid token(const Place& place) const;
  std::string new_guid(LockContext& context) const;
};
DSYS_DESCRIBE(Client, config, rules, phase, rounds_done, last_call, call, link, server_index,
              opened_by, verified_by, events, under_way, last_zxid, session, timeout, contact,
              places, increments_done, errand_done, counter)

}  // namespace dsys::zklock
