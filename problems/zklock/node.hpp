// A client of the lock, to be read from top to bottom: what it remembers, then its moves.
//
// It takes the lock, uses the resource, and gives the lock back. The recipe is ZooKeeper's own
// (Recipes, locks), with the guid of Curator: an ephemeral sequential znode, owned by the lowest
// number, and a watch on the one just before. It has one session for all it does, and closes it in
// the end. It leaves out taking a lock twice, and watches that survive a connection: it looks again
// instead.
//
// Invariants:
//   1. contact only grows, and is no later than the moment at which the ensemble last heard of the
//      session.
//   2. Only an owner asks the resource for anything, only while it is connected and has seen its
//      znode over this connection, and only before the deadline of the session.
//   3. A place in the queue has one znode, however often a connection is lost.
#pragma once

#include "common/core/assert.hpp"
#include "problems/zklock/messages.hpp"
#include "problems/zklock/rules.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace dsys::zklock {

struct Client {
  // --- Given at the start ---
  LockConfig config;
  const Rules* rules = &reference_rules;

  // --- Nothing survives a crash: the session ends by itself, and the znodes with it ---
  Phase phase = Phase::idle;
  std::uint32_t rounds_done = 0;
  Call last_call = 0;
  Call call = 0;  // of this phase; only grows

  // --- The connection ---
  Link link = Link::none;
  std::size_t server_index = 0;
  Call opened_by = 0;
  Call verified_by = 0;
  std::uint64_t events = 0;        // on this connection
  std::map<Call, Time> under_way;  // when each was sent
  Zxid last_zxid = 0;              // seen on any connection; only grows

  // --- The session ---
  SessionId session = 0;
  Duration timeout{};  // as granted
  Time contact{};      // when the latest answered request was sent

  // --- The queues: a lock that is taken under another comes after it ---
  std::vector<Place> places;

  // --- As the owner ---
  std::uint32_t increments_done = 0;
  bool errand_done = false;
  std::int64_t counter = 0;  // as last read

  // --- The three entries ---
  void on_start(LockContext& context, std::span<const LockProtocol::Record> disk);
  void on_timer(LockContext& context, const LockProtocol::Timer& timer);
  void on_message(LockContext& context, NodeId from, const LockProtocol::Message& message);

  // --- Taking the lock ---
  void expire(LockContext& context, const NextRound& timer);
  void handle(LockContext& context, const CreateResponse& message);
  void handle(LockContext& context, const GetChildrenResponse& message);
  void handle(LockContext& context, const ExistsResponse& message);
  void handle(LockContext& context, const WatchedEvent& message);
  void expire(LockContext& context, const AcquireTimeout& timer);
  void stand_in_queue(LockContext& context, const std::string& lock, LockKind kind);
  void stand_again(LockContext& context);
  void proceed(LockContext& context);
  void own_or_wait(LockContext& context, const std::vector<std::string>& children);

  // --- Owning it, and giving it back ---
  void handle(LockContext& context, const ResourceReply& message);
  void expire(LockContext& context, const WorkDone& timer);
  void handle(LockContext& context, const DeleteResponse& message);
  void handle(LockContext& context, const CloseSessionResponse& message);
  void become_owner(LockContext& context);
  void work(LockContext& context);
  void release(LockContext& context);
  void leave_queue(LockContext& context);

  // --- The connection (connection.cpp) ---
  void handle(LockContext& context, const ConnectResponse& message);
  void handle(LockContext& context, const ConnectionClosed& message);
  void handle(LockContext& context, const SyncResponse& message);
  void expire(LockContext& context, const ReconnectPause& timer);
  void expire(LockContext& context, const RequestTimeout& timer);
  void connect(LockContext& context);
  void disconnect(LockContext& context);
  void resume(LockContext& context);
  void find_place(LockContext& context, const std::vector<std::string>& children);

  // --- The session ---
  void handle(LockContext& context, const PingResponse& message);
  void expire(LockContext& context, const PingInterval& timer);
  void expire(LockContext& context, const ReadTimeout& timer);
  void expire(LockContext& context, const SessionDeadline& /*timer*/) { watch_clock(context); }
  void rely_on(LockContext& context, Call answered);
  void look_at_clock(LockContext& context);
  void watch_clock(LockContext& context);
  void lose_locks(LockContext& context);
  void lose_session(LockContext& context);
  void stop_work(LockContext& context);

  // Requests, and answers to requests that it never sends; timers of the ensemble.
  template <typename Other>
  void handle(LockContext& /*context*/, const Other& /*message*/) {}
  template <typename Other>
  void expire(LockContext& /*context*/, const Other& /*timer*/) {}

  // --- Requests ---
  void enter(LockContext& context, Phase next);
  void ask(LockContext& context);  // what its phase asks, for the first time or again
  LockProtocol::Message request(NodeId self);
  void name_place(LockContext& context);
  void ask_ensemble(LockContext& context, Call number, const LockProtocol::Message& message);
  void ask_resource(LockContext& context, const LockProtocol::Message& message);

  // --- Questions ---
  NodeId server() const { return config.servers[server_index]; }
  bool is_connected() const { return link == Link::connected || link == Link::verifying; }
  bool owns_lock() const { return !places.empty() && places.front().claim == Claim::owned; }
  Place& current() {
    DSYS_INVARIANT(!places.empty());
    return places.back();
  }
  bool awaits_resource() const { return phase == Phase::reading || phase == Phase::writing; }
  Duration read_timeout() const { return timeout * 2 / 3; }
  // The clock of the ensemble may be fast by the error, and this one slow by as much.
  Time deadline() const {
    return contact + timeout - timeout * (2 * config.clock_error_percent) / 100;
  }
};
DSYS_DESCRIBE(Client, config, rules, phase, rounds_done, last_call, call, link, server_index,
              opened_by, verified_by, events, under_way, last_zxid, session, timeout, contact,
              places, increments_done, errand_done, counter)

}  // namespace dsys::zklock
