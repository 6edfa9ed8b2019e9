// A client of the lock, to be read from top to bottom: what it remembers, then its moves.
//
// It takes the lock, uses the resource, and gives the lock back. The shape is that of etcd's own
// mutex (client/v3/concurrency): a key of its own in a queue, owned by the lowest creation
// revision. It leaves out read locks, and taking the lock twice in one session.
//
// Invariants:
//   1. deadline is never later than the end of the lease at the store, while clocks keep to their
//      error. After it nothing more is asked of the resource with this session's token.
//   2. One session has one key in the queue, however often a request is repeated.
//   3. Between on_start and the first round, and between rounds, there is no session.
#pragma once

#include "problems/lock/messages.hpp"
#include "problems/lock/rules.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <string>

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

struct Client {
  using Record = LockProtocol::Record;
  using Message = LockProtocol::Message;
  using Timer = LockProtocol::Timer;

  // --- Given at the start ---
  LockConfig config;
  const Rules* rules = &reference_rules;

  // --- Nothing survives a crash: the lease ends by itself, and the key with it ---
  Phase phase = Phase::idle;
  std::uint32_t rounds_done = 0;
  Call last_call = 0;
  Call call = 0;    // of this phase; only grows
  Time asked_at{};  // when it was first sent

  // --- Of the session ---
  LeaseId lease = 0;
  Seconds ttl = 0;                // as granted
  Time deadline{};                // of relying on the lease; only grows
  std::map<Call, Time> renewals;  // under way: when each was sent

  // --- Of the queue ---
  std::string key;
  std::uint32_t attempts = 0;
  Revision create_revision = 0;  // of its key
  std::string predecessor;
  Revision read_revision = 0;  // when the queue was last read

  // --- As the owner ---
  std::uint32_t increments_done = 0;
  std::int64_t counter = 0;  // as last read

  // --- The three entries ---
  void on_start(LockContext& context, std::span<const Record> disk);
  void on_timer(LockContext& context, const Timer& timer);
  void on_message(LockContext& context, NodeId from, const Message& message);

  // --- The happy path ---
  void handle(LockContext& context, const LeaseGrantResponse& message);
  void handle(LockContext& context, const TxnResponse& message);
  void handle(LockContext& context, const RangeResponse& message);
  void handle(LockContext& context, const WatchResponse& message);
  void handle(LockContext& context, const ResourceReply& message);
  void handle(LockContext& context, const LeaseRevokeResponse& message);

  // --- The session stays alive, or does not ---
  void handle(LockContext& context, const LeaseKeepAliveResponse& message);

  // Requests, and answers to requests that it never sends.
  template <typename Other>
  void handle(LockContext& /*context*/, const Other& /*message*/) {}

  void expire(LockContext& context, const NextRound& timer);
  void expire(LockContext& context, const RequestTimeout& timer);
  void expire(LockContext& context, const RenewalInterval& timer);
  void expire(LockContext& context, const SessionDeadline& timer);
  void expire(LockContext& context, const WorkDone& timer);
  void expire(LockContext& context, const HoldLimit& timer);
  void expire(LockContext& context, const LeaseExpiry& timer);  // the store's

  // --- Transitions ---
  void enter(LockContext& context, Phase next);
  void own_or_wait(LockContext& context, const TxnResponse& message);
  void own_if_alive(LockContext& context);
  void become_owner(LockContext& context);
  void release(LockContext& context);
  void lose_session(LockContext& context);
  void finish_round(LockContext& context);
  void forget_session(LockContext& context);

  // --- Requests ---
  void ask(LockContext& context);  // what its phase asks, for the first time or again
  void ask_to_queue(LockContext& context);
  void rely_on(LockContext& context, const Renewal& renewal);

  // --- Questions ---
  bool owns_lock() const;
  bool is_past_deadline(const LockContext& context) const;
  bool must_stop(const LockContext& context) const;
  Revision token() const;
};
DSYS_DESCRIBE(Client, config, rules, phase, rounds_done, last_call, call, asked_at, lease, ttl,
              deadline, renewals, key, attempts, create_revision, predecessor, read_revision,
              increments_done, counter)

}  // namespace dsys::lock
