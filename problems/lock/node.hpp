// A client of the lock, to be read from top to bottom: what it remembers, then its moves.
//
// It takes the lock, uses the resource, and gives the lock back. The shape is that of etcd's own
// mutex (client/v3/concurrency): a key of its own in a queue, owned by the lowest creation
// revision. It leaves out read locks, and taking the lock twice in one session.
//
// Invariants:
//   1. The deadline is never later than the end of the lease at the store, while clocks keep to
//      their error. After it nothing more is asked of the resource with this session's token.
//   2. One session has one key in the queue, however often a request is repeated.
//   3. Between on_start and the first round, and between rounds, there is no session.
#pragma once

#include "problems/lock/messages.hpp"
#include "problems/lock/rules.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <variant>

namespace dsys::lock {

enum class Phase : std::uint8_t {
  idle,           // no session
  granting,       // asks for a lease
  queuing,        // puts its key, if absent, and reads the oldest one
  reading_queue,  // looks for its predecessor
  waiting,        // watches the predecessor's key
  checking,       // looks whether its own key is still there
  reading,        // owns the lock: shows its token and reads the counter ...
  working,        // ... works ...
  writing,        // ... and writes
  releasing,      // deletes its key, if it is still its own
  revoking,       // ends its lease
};
BOOST_DESCRIBE_ENUM(Phase, idle, granting, queuing, reading_queue, waiting, checking, reading,
                    working, writing, releasing, revoking)

// What a client has from its asking for a lease on, until the lease no longer counts.
struct Session {
  std::map<Call, Time> renewals;  // under way, the grant among them: when each was sent
  LeaseId lease = 0;
  Seconds ttl = 0;  // as granted
  Time deadline{};  // of relying on the lease; only grows
  std::string key;  // in the queue
  Revision create_revision = 0;
  std::string predecessor;
  Revision read_revision = 0;  // when the queue was last read
};
DSYS_DESCRIBE(Session, renewals, lease, ttl, deadline, key, create_revision, predecessor,
              read_revision)

struct Client {
  // --- Given at the start ---
  LockConfig config;
  const Rules* rules = &reference_rules;

  // --- Nothing survives a crash: the lease ends by itself, and the key with it ---
  Phase phase = Phase::idle;
  Call last_call = 0;
  Call call = 0;  // of this phase; only grows
  Session session;
  std::uint32_t rounds_done = 0;
  std::uint32_t increments_done = 0;  // in this round
  std::int64_t counter = 0;           // as the resource last told it

  // --- The three entries ---
  // Calls go on from the clock: an answer to an earlier life may still be under way.
  void on_start(LockContext& context, std::span<const LockProtocol::Record> /*disk*/) {
    last_call = static_cast<Call>(context.now() / 1us);
    context.set_timer(NextRound{}, config.first_after);
  }
  // First of all an owner looks at the clock: after a long pause its session may have ended.
  void on_timer(LockContext& context, const LockProtocol::Timer& timer) {
    if (must_stop(context)) return lose_session(context);
    std::visit([&](const auto& expired) { expire(context, expired); }, timer);
  }
  void on_message(LockContext& context, NodeId /*from*/, const LockProtocol::Message& message) {
    if (must_stop(context)) return lose_session(context);
    std::visit([&](const auto& received) { handle(context, received); }, message);
  }

  // --- Taking the lock ---
  void expire(LockContext& context, const NextRound& timer);
  void handle(LockContext& context, const LeaseGrantResponse& message);
  void handle(LockContext& context, const TxnResponse& message);
  void handle(LockContext& context, const RangeResponse& message);
  void handle(LockContext& context, const WatchResponse& message);

  // --- Owning it, and giving it back ---
  void become_owner(LockContext& context);
  void handle(LockContext& context, const ResourceReply& message);
  void expire(LockContext& context, const WorkDone& timer);
  void expire(LockContext& context, const HoldLimit& timer);
  void release(LockContext& context);
  void handle(LockContext& context, const LeaseRevokeResponse& message);

  // --- The session stays alive, or does not ---
  void expire(LockContext& context, const RenewalInterval& timer);
  void handle(LockContext& context, const LeaseKeepAliveResponse& message);
  void rely_on(LockContext& context, Call renewal, Seconds ttl);
  void expire(LockContext& context, const SessionDeadline& timer);
  void lose_session(LockContext& context);
  void end_session(LockContext& context);

  // --- Requests ---
  void enter(LockContext& context, Phase next);
  void expire(LockContext& context, const RequestTimeout& timer);
  void ask(LockContext& context);  // what its phase asks, for the first time or again
  LockProtocol::Message request(const LockContext& context);
  TxnRequest request_to_queue(const LockContext& context);

  // Requests, and answers to requests that it never sends.
  template <typename Other>
  void handle(LockContext& /*context*/, const Other& /*message*/) {}
  void expire(LockContext& /*context*/, const LeaseExpiry& /*timer*/) {}  // the store's

  // --- Questions ---
  bool expects(Phase asking, Call answered) const { return phase == asking && call == answered; }
  bool owns_lock() const {
    return phase == Phase::reading || phase == Phase::working || phase == Phase::writing;
  }
  bool gives_back() const { return phase == Phase::releasing || phase == Phase::revoking; }
  // Until the deadline; with none left the session may not be relied on any more.
  Duration time_left(const LockContext& context) const {
    return session.deadline - rules->clock(context);
  }
  // Who only waits goes on: whether its session lives it learns from the store before it enters.
  bool must_stop(const LockContext& context) const {
    return (owns_lock() || gives_back()) && time_left(context) <= Duration{};
  }
  Revision token() const { return rules->fencing_token(session.create_revision); }
};
DSYS_DESCRIBE(Client, config, rules, phase, last_call, call, session, rounds_done, increments_done,
              counter)

}  // namespace dsys::lock
