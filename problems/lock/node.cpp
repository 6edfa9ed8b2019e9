// Starting, taking the lock, owning it, giving it back, keeping the session, small things.
#include "problems/lock/node.hpp"

#include "common/core/assert.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>
#include <vector>

namespace dsys::lock {

// --- A client starts, and when nothing happens ... ---

void Client::on_start(LockContext& context, std::span<const Record> /*disk*/) {
  context.set_timer(NextRound{}, config.first_after);
}

void Client::on_timer(LockContext& context, const Timer& timer) {
  std::visit([&](const auto& expired) { expire(context, expired); }, timer);
}

// First of all an owner looks at the clock: after a long pause its session may have ended.
void Client::on_message(LockContext& context, NodeId /*from*/, const Message& message) {
  if (must_stop(context)) return lose_session(context);
  std::visit([&](const auto& received) { handle(context, received); }, message);
}

void Client::expire(LockContext& context, const NextRound& /*timer*/) {
  DSYS_ASSERT(phase == Phase::idle);
  context.emit(Requested{});
  enter(context, Phase::granting);
}

// No answer means that nothing is known, not that nothing was done: the same is asked again. Only
// a lease is asked for anew, since its time counts from the sending; one that was granted unseen
// ends by itself.
void Client::expire(LockContext& context, const RequestTimeout& /*timer*/) {
  if (must_stop(context)) return lose_session(context);
  if (phase == Phase::granting) return enter(context, Phase::granting);
  ask(context);
}

// --- Taking the lock ---

void Client::handle(LockContext& context, const LeaseGrantResponse& message) {
  const bool is_expected = phase == Phase::granting && message.call == call;
  if (!is_expected) return;
  lease = message.id;
  ttl = message.ttl;
  rely_on(context, {asked_at, rules->clock(context), ttl});
  context.set_timer(RenewalInterval{}, ttl * Duration(1s) / 3);
  enter(context, Phase::queuing);
}

void Client::handle(LockContext& context, const TxnResponse& message) {
  if (message.call != call) return;
  if (phase == Phase::releasing) return enter(context, Phase::revoking);
  if (phase != Phase::queuing) return;
  if (!message.error.empty()) return lose_session(context);
  own_or_wait(context, message);
}

void Client::own_or_wait(LockContext& context, const TxnResponse& message) {
  const std::vector<KeyValue>& known = message.responses.front().kvs;
  const bool is_new = message.succeeded || known.empty();
  create_revision = is_new ? message.revision : known.front().create_revision;
  if (rules->owns(message, create_revision)) return own_if_alive(context);
  enter(context, Phase::reading_queue);
}

void Client::handle(LockContext& context, const RangeResponse& message) {
  if (message.call != call) return;
  if (phase == Phase::reading_queue) {
    read_revision = message.revision;
    if (message.kvs.empty() && !rules->checks_own_key()) return become_owner(context);
    if (message.kvs.empty()) return enter(context, Phase::checking);
    predecessor = message.kvs.front().key;
    return enter(context, Phase::waiting);
  }
  if (phase != Phase::checking) return;
  // While it waited its own key may have gone, with its lease: then others stand in the queue.
  const bool is_still_there =
      !message.kvs.empty() && message.kvs.front().create_revision == create_revision;
  if (!is_still_there) return lose_session(context);
  own_if_alive(context);
}

void Client::handle(LockContext& context, const WatchResponse& message) {
  const bool is_expected = phase == Phase::waiting && message.watch_id == call;
  if (!is_expected) return;
  const bool has_gone =
      std::any_of(message.events.begin(), message.events.end(),
                  [](const WatchEvent& one) { return one.event == WatchEventType::remove; });
  if (!has_gone && !message.canceled) return;
  context.send(config.store, WatchCancelRequest{message.watch_id});
  enter(context, Phase::reading_queue);
}

// --- Owning it ---

// The answer may have been long under way.
void Client::own_if_alive(LockContext& context) {
  if (is_past_deadline(context)) return lose_session(context);
  become_owner(context);
}

void Client::become_owner(LockContext& context) {
  context.note("believes that it owns the lock, with token {}, until {}ms on its clock", token(),
               deadline / 1ms);
  context.emit(Acquired{token(), lease});
  if (rules->limits_hold()) context.set_timer(HoldLimit{}, config.hold_max);
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
  if (phase != Phase::writing) return;
  ++increments_done;
  if (increments_done < config.increments) return enter(context, Phase::reading);
  release(context);
}

void Client::expire(LockContext& context, const WorkDone& /*timer*/) {
  if (must_stop(context)) return lose_session(context);
  enter(context, Phase::writing);
}

void Client::expire(LockContext& context, const HoldLimit& /*timer*/) {
  if (must_stop(context)) return lose_session(context);
  context.note("its work hangs since {}: it gives the lock back", to_string(config.hold_max));
  release(context);
}

// --- Giving it back ---

void Client::release(LockContext& context) {
  context.note("gives the lock back");
  context.emit(Released{token()});
  context.cancel_timer(WorkDone{});
  context.cancel_timer(HoldLimit{});
  context.cancel_timer(RenewalInterval{});
  enter(context, Phase::releasing);
}

void Client::handle(LockContext& context, const LeaseRevokeResponse& message) {
  const bool is_expected = phase == Phase::revoking && message.call == call;
  if (is_expected) finish_round(context);
}

void Client::finish_round(LockContext& context) {
  forget_session(context);
  ++rounds_done;
  if (rounds_done < config.rounds) context.set_timer(NextRound{}, config.pause_between);
}

// --- The session stays alive, or does not ---

void Client::expire(LockContext& context, const RenewalInterval& /*timer*/) {
  if (must_stop(context)) return lose_session(context);
  if (!rules->renews()) return;
  renewals[++last_call] = rules->clock(context);
  context.send(config.store, LeaseKeepAliveRequest{last_call, lease});
  context.set_timer(RenewalInterval{}, ttl * Duration(1s) / 3);
}

void Client::handle(LockContext& context, const LeaseKeepAliveResponse& message) {
  const auto sent = renewals.find(message.call);
  if (sent == renewals.end() || message.id != lease) return;
  if (message.ttl == 0) return lose_session(context);
  const Time sent_at = sent->second;
  renewals.erase(renewals.begin(), std::next(sent));
  rely_on(context, {sent_at, rules->clock(context), message.ttl});
}

void Client::rely_on(LockContext& context, const Renewal& renewal) {
  deadline = std::max(deadline, rules->deadline(renewal, config.clock_error_percent));
  const Duration left = deadline - rules->clock(context);
  context.set_timer(SessionDeadline{}, std::max(left, Duration{}));
}

void Client::expire(LockContext& context, const SessionDeadline& /*timer*/) {
  if (must_stop(context)) return lose_session(context);
  if (!is_past_deadline(context)) {
    context.set_timer(SessionDeadline{}, deadline - rules->clock(context));
  }
}

// Whether the lease has ended at the store or not: from now on it counts as ended, and a later
// answer does not bring it back. What is left of it is revoked, so that nobody waits for it.
void Client::lose_session(LockContext& context) {
  const bool had_lock = owns_lock();
  const bool was_done = phase == Phase::releasing || phase == Phase::revoking;
  if (had_lock) {
    context.note("must take the lock for lost: it stops");
    context.emit(Lost{token()});
  } else if (!was_done) {
    context.note("has lost its session: its place in the queue is gone");
  }
  context.send(config.store, LeaseRevokeRequest{++last_call, lease});
  if (was_done) return finish_round(context);
  forget_session(context);
  context.set_timer(NextRound{}, config.pause_between);
}

void Client::forget_session(LockContext& context) {
  phase = Phase::idle;
  lease = 0;
  ttl = 0;
  deadline = {};
  renewals.clear();
  key.clear();
  attempts = 0;
  create_revision = 0;
  predecessor.clear();
  read_revision = 0;
  context.cancel_timer(RequestTimeout{});
  context.cancel_timer(RenewalInterval{});
  context.cancel_timer(SessionDeadline{});
  context.cancel_timer(WorkDone{});
  context.cancel_timer(HoldLimit{});
}

void Client::expire(LockContext& /*context*/, const LeaseExpiry& /*timer*/) {}

// --- Requests ---

void Client::enter(LockContext& context, Phase next) {
  phase = next;
  call = ++last_call;
  asked_at = rules->clock(context);
  ask(context);
}

void Client::ask(LockContext& context) {
  const bool waits = phase == Phase::waiting;  // its watch may have been lost: ask for it again
  context.set_timer(RequestTimeout{}, waits ? 4 * config.request_timeout : config.request_timeout);
  switch (phase) {
    case Phase::granting:
      return context.send(config.store, LeaseGrantRequest{call, config.ttl});
    case Phase::queuing:
      return ask_to_queue(context);
    case Phase::reading_queue:
      return context.send(config.store, RangeRequest{.call = call,
                                                     .key = queue_of(config.lock).key,
                                                     .range_end = queue_of(config.lock).range_end,
                                                     .limit = 1,
                                                     .sort_order = SortOrder::descend,
                                                     .sort_target = SortTarget::create,
                                                     .max_create_revision = create_revision - 1});
    case Phase::waiting: {
      const KeyRange keys = rules->watched(config.lock, predecessor);
      return context.send(config.store, WatchCreateRequest{call, keys.key, keys.range_end,
                                                           rules->watch_from(read_revision)});
    }
    case Phase::checking:
      return context.send(config.store, RangeRequest{.call = call, .key = key});
    case Phase::reading:
      return context.send(config.resource, ReadRequest{call, token()});
    case Phase::writing:
      return context.send(config.resource, WriteRequest{call, token(), counter + 1});
    case Phase::releasing:
      return context.send(
          config.store,
          TxnRequest{.call = call,
                     .compare = {{.key = key, .create_revision = create_revision}},
                     .success = {{.request = RequestKind::delete_range, .key = key}}});
    case Phase::revoking:
      return context.send(config.store, LeaseRevokeRequest{call, lease});
    case Phase::idle:
    case Phase::working:
      return context.cancel_timer(RequestTimeout{});
  }
}

// One step at the store: it puts the key unless it is there, and tells the oldest of the queue.
void Client::ask_to_queue(LockContext& context) {
  key = rules->queue_key(config.lock, lease, ++attempts);
  const KeyRange queue = queue_of(config.lock);
  const RequestOp oldest{.request = RequestKind::range,
                         .key = queue.key,
                         .range_end = queue.range_end,
                         .limit = 1,
                         .sort_order = SortOrder::ascend,
                         .sort_target = SortTarget::create};
  const RequestOp put{.request = RequestKind::put,
                      .key = key,
                      .value = to_string(context.self()),
                      .lease = rules->attached_lease(lease)};
  const RequestOp get{.request = RequestKind::range, .key = key};
  context.send(config.store, TxnRequest{.call = call,
                                        .compare = rules->create_guard(key),
                                        .success = {put, oldest},
                                        .failure = {get, oldest}});
}

// --- Questions ---

bool Client::owns_lock() const {
  return phase == Phase::reading || phase == Phase::working || phase == Phase::writing;
}

bool Client::is_past_deadline(const LockContext& context) const {
  return rules->clock(context) >= deadline;
}

// Who only waits goes on: whether its session is alive it learns from the store before it enters.
bool Client::must_stop(const LockContext& context) const {
  const bool relies_on_lease = owns_lock() || phase == Phase::releasing || phase == Phase::revoking;
  return relies_on_lease && is_past_deadline(context);
}

Revision Client::token() const {
  return rules->fencing_token(create_revision, lease);
}

}  // namespace dsys::lock
