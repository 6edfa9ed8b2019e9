// Taking the lock, owning it, giving it back; keeping the session; what is asked.
#include "problems/lock/node.hpp"

#include "common/core/assert.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

namespace dsys::lock {

// --- Taking the lock ---

void Client::expire(LockContext& context, const NextRound& /*timer*/) {
  DSYS_INVARIANT(phase == Phase::idle && session == Session{});  // 3
  context.emit(Requested{});
  enter(context, Phase::granting);
}

void Client::handle(LockContext& context, const LeaseGrantResponse& message) {
  const bool is_under_way = phase == Phase::granting && session.renewals.contains(message.call);
  if (!is_under_way) return;
  session.lease = message.id;
  session.ttl = message.ttl;
  rely_on(context, message.call, message.ttl);
  context.set_timer(RenewalInterval{}, session.ttl * Duration(1s) / 3);
  enter(context, Phase::queuing);
}

void Client::handle(LockContext& context, const TxnResponse& message) {
  if (expects(Phase::releasing, message.call)) return enter(context, Phase::revoking);
  if (!expects(Phase::queuing, message.call)) return;
  if (!message.error.empty()) return lose_session(context);
  const std::vector<KeyValue>& known = message.responses.front().kvs;  // none: it was put just now
  const std::vector<KeyValue>& oldest = message.responses.back().kvs;
  session.create_revision = known.empty() ? message.revision : known.front().create_revision;
  const bool owns = rules->owns(oldest, session.create_revision);
  if (!owns) return enter(context, Phase::reading_queue);
  if (time_left(context) <= Duration{})
    return lose_session(context);  // the answer was long under way
  become_owner(context);
}

void Client::handle(LockContext& context, const RangeResponse& message) {
  if (expects(Phase::reading_queue, message.call)) {
    session.read_revision = message.revision;
    if (message.kvs.empty()) return enter(context, Phase::checking);
    session.predecessor = message.kvs.front().key;
    return enter(context, Phase::waiting);
  }
  if (!expects(Phase::checking, message.call)) return;
  const bool lives = rules->may_enter(message.kvs, session.create_revision, time_left(context));
  return lives ? become_owner(context) : lose_session(context);
}

void Client::handle(LockContext& context, const WatchResponse& message) {
  if (!expects(Phase::waiting, message.watch_id)) return;
  const bool has_gone =
      std::any_of(message.events.begin(), message.events.end(),
                  [](const WatchEvent& one) { return one.event == WatchEventType::remove; });
  if (!has_gone && !message.canceled) return;
  context.send(config.store, WatchCancelRequest{message.watch_id});
  enter(context, Phase::reading_queue);
}

// --- Owning it, and giving it back ---

void Client::become_owner(LockContext& context) {
  context.note("believes that it owns the lock, with token {}, until {}ms on its clock", token(),
               session.deadline / 1ms);
  context.emit(Acquired{token(), session.lease});
  context.set_timer(HoldLimit{}, config.hold_max);
  increments_done = 0;
  // The token is shown before anything that is read is relied on.
  enter(context, Phase::reading);
}

void Client::handle(LockContext& context, const ResourceReply& message) {
  const bool is_expected = owns_lock() && message.call == call;
  if (!is_expected) return;
  if (!message.accepted) {
    context.note("learns from the resource that a later owner was there");
    return lose_session(context);
  }
  counter = message.value;
  if (phase == Phase::reading) {
    phase = Phase::working;
    context.cancel_timer(RequestTimeout{});
    return context.set_timer(WorkDone{}, config.work);
  }
  if (phase == Phase::working) return;  // the same answer again
  ++increments_done;
  if (increments_done < config.increments) return enter(context, Phase::reading);
  release(context);
}

void Client::expire(LockContext& context, const WorkDone& /*timer*/) {
  enter(context, Phase::writing);
}

void Client::expire(LockContext& context, const HoldLimit& /*timer*/) {
  context.note("its work hangs since {}: it gives the lock back", to_string(config.hold_max));
  release(context);
}

void Client::release(LockContext& context) {
  context.note("gives the lock back");
  context.emit(Released{token()});
  context.cancel_timer(WorkDone{});
  context.cancel_timer(HoldLimit{});
  context.cancel_timer(RenewalInterval{});
  enter(context, Phase::releasing);
}

void Client::handle(LockContext& context, const LeaseRevokeResponse& message) {
  if (!expects(Phase::revoking, message.call)) return;
  ++rounds_done;
  end_session(context);
}

// --- The session stays alive, or does not ---

void Client::expire(LockContext& context, const RenewalInterval& /*timer*/) {
  session.renewals[++last_call] = rules->clock(context);
  context.send(config.store, LeaseKeepAliveRequest{last_call, session.lease});
  context.set_timer(RenewalInterval{}, session.ttl * Duration(1s) / 3);
}

void Client::handle(LockContext& context, const LeaseKeepAliveResponse& message) {
  if (!session.renewals.contains(message.call)) return;  // answered already, or of another session
  if (message.ttl == 0) return lose_session(context);
  rely_on(context, message.call, message.ttl);
}

// An answer to a later renewal makes those before it worthless.
void Client::rely_on(LockContext& context, Call renewal, Seconds ttl) {
  const auto sent = session.renewals.find(renewal);
  const Renewal answered{sent->second, rules->clock(context), ttl};
  session.renewals.erase(session.renewals.begin(), std::next(sent));
  const Duration trusted = rules->trusted_for(answered, config.clock_error_percent);
  session.deadline = std::max(session.deadline, answered.answered_at + trusted);
  context.set_timer(SessionDeadline{}, time_left(context));
}

// A timer on a slow clock may come a moment early.
void Client::expire(LockContext& context, const SessionDeadline& /*timer*/) {
  if (time_left(context) > Duration{}) context.set_timer(SessionDeadline{}, time_left(context));
}

// Whether the lease has ended at the store or not: from now on it counts as ended, and a later
// answer does not bring it back. What is left of it is revoked, so that nobody waits for it.
void Client::lose_session(LockContext& context) {
  if (owns_lock()) {
    context.note("must take the lock for lost: it stops");
    context.emit(Lost{token()});
  } else if (gives_back()) {
    ++rounds_done;
  } else {
    context.note("has lost its session: its place in the queue is gone");
  }
  context.send(config.store, LeaseRevokeRequest{++last_call, session.lease});
  end_session(context);
}

void Client::end_session(LockContext& context) {
  phase = Phase::idle;
  session = {};
  context.cancel_timer(RequestTimeout{});
  context.cancel_timer(RenewalInterval{});
  context.cancel_timer(SessionDeadline{});
  context.cancel_timer(WorkDone{});
  context.cancel_timer(HoldLimit{});
  if (rounds_done < config.rounds) context.set_timer(NextRound{}, config.pause_between);
}

// --- Requests ---

void Client::enter(LockContext& context, Phase next) {
  phase = next;
  call = ++last_call;
  ask(context);
}

// No answer means that nothing is known, not that nothing was done: the same is asked again. Only
// a lease is asked for anew, since its time counts from the sending; one that was granted unseen
// ends by itself.
void Client::expire(LockContext& context, const RequestTimeout& /*timer*/) {
  return phase == Phase::granting ? enter(context, Phase::granting) : ask(context);
}

void Client::ask(LockContext& context) {
  const bool waits = phase == Phase::waiting;  // its watch may have been lost: ask for it again
  context.set_timer(RequestTimeout{}, waits ? 4 * config.request_timeout : config.request_timeout);
  context.send(owns_lock() ? config.resource : config.store, request(context));
}

LockProtocol::Message Client::request(const LockContext& context) {
  const KeyRange queue = queue_of(config.lock);
  switch (phase) {
    case Phase::granting:
      session.renewals[call] = rules->clock(context);
      return LeaseGrantRequest{call, config.ttl};
    case Phase::queuing:
      return request_to_queue(context);
    case Phase::reading_queue:
      return RangeRequest{.call = call,
                          .key = queue.key,
                          .range_end = queue.range_end,
                          .limit = 1,
                          .sort_order = SortOrder::descend,
                          .sort_target = SortTarget::create,
                          .max_create_revision = session.create_revision - 1};
    case Phase::waiting:
      return WatchCreateRequest{.watch_id = call,
                                .key = session.predecessor,
                                .start_revision = rules->watch_from(session.read_revision)};
    case Phase::checking:
      return RangeRequest{.call = call, .key = session.key};
    case Phase::reading:
      return ReadRequest{call, token()};
    case Phase::writing:
      DSYS_INVARIANT(time_left(context) > Duration{});  // 1, where it would do damage
      return WriteRequest{call, token(), counter + 1};
    case Phase::releasing:
      return TxnRequest{
          .call = call,
          .compare = {{.key = session.key, .create_revision = session.create_revision}},
          .success = {{.request = RequestKind::delete_range, .key = session.key}}};
    case Phase::revoking:
      return LeaseRevokeRequest{call, session.lease};
    case Phase::idle:
    case Phase::working:
      break;
  }
  invariant_broken("its phase asks for something");
}

// One step at the store: it puts the key unless it is there, and tells the oldest of the queue.
TxnRequest Client::request_to_queue(const LockContext& context) {
  const std::string key = rules->queue_key(config.lock, session.lease);
  DSYS_INVARIANT(session.key.empty() || session.key == key);  // 2
  session.key = key;
  const KeyRange queue = queue_of(config.lock);
  const RequestOp put{.request = RequestKind::put,
                      .key = key,
                      .value = to_string(context.self()),
                      .lease = session.lease};
  const RequestOp get{.request = RequestKind::range, .key = key};
  const RequestOp oldest{.request = RequestKind::range,
                         .key = queue.key,
                         .range_end = queue.range_end,
                         .limit = 1,
                         .sort_order = SortOrder::ascend,
                         .sort_target = SortTarget::create};
  return {.call = call,
          .compare = rules->create_guard(key),
          .success = {put, oldest},
          .failure = {get, oldest}};
}

}  // namespace dsys::lock
