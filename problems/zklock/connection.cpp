// What a client makes of its connection and of its session: SUSPECT when the first is lost, LOST
// when the second is.
#include "problems/zklock/node.hpp"

#include "common/core/assert.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

namespace dsys::zklock {

// --- Connecting ---

void Client::connect(LockContext& context) {
  constexpr Duration connect_timeout = 1s;
  link = Link::connecting;
  opened_by = ++last_call;
  under_way = {{opened_by, context.now()}};
  context.send(server(), ConnectRequest{opened_by, session, last_zxid, config.session_timeout});
  context.set_timer(ReadTimeout{}, connect_timeout);
}

void Client::handle(LockContext& context, const ConnectResponse& message) {
  const bool is_expected = link == Link::connecting && message.call == opened_by;
  if (!is_expected) return;
  context.cancel_timer(ReadTimeout{});
  if (rules->has_ended(session, message.session)) {
    context.note("learns that its session has expired");
    return lose_session(context);
  }
  if (session != 0) context.note("is connected to {}, in the same session", server());
  session = message.session;
  timeout = message.timeout;
  events = 0;
  link = Link::connected;
  rely_on(context, message.call);
  context.set_timer(PingInterval{}, timeout / 3);
  if (!owns_lock()) return resume(context);
  link = Link::verifying;
  verified_by = ++last_call;
  ask_ensemble(context, verified_by, ExistsRequest{verified_by, places.front().path});
}

// --- The connection is lost ---

void Client::handle(LockContext& context, const ConnectionClosed& message) {
  if (message.call >= opened_by) disconnect(context);
}

// No answer to a request means that nothing is known, and that the connection is of no use.
void Client::expire(LockContext& context, const RequestTimeout& /*timer*/) {
  if (awaits_resource() && rules->may_act(link)) return ask(context);
  if (is_connected()) disconnect(context);
}

// About the session nothing is known: it may live or not. Until the client has seen its znode
// again, it does nothing under the lock.
void Client::disconnect(LockContext& context) {
  if (is_connected()) {
    context.note("has lost its connection to {}{}", server(),
                 owns_lock() ? ": its lock is suspect" : "");
  }
  link = Link::pausing;
  under_way.clear();
  server_index = (server_index + 1) % config.servers.size();
  context.cancel_timer(PingInterval{});
  context.cancel_timer(ReadTimeout{});
  context.cancel_timer(RequestTimeout{});
  context.set_timer(ReconnectPause{}, config.reconnect_pause);
}

void Client::expire(LockContext& context, const ReconnectPause& /*timer*/) {
  DSYS_INVARIANT(link == Link::pausing);
  const bool has_no_need = session == 0 && phase == Phase::idle;
  if (!has_no_need) return connect(context);
  link = Link::none;
}

// Connected again: it goes on where it was. What was asked may have been done or not.
void Client::resume(LockContext& context) {
  switch (phase) {
    case Phase::creating:
    case Phase::searching:
    case Phase::watching:
    case Phase::waiting:
      return proceed(context);
    case Phase::creating_directory:
      return enter(context, Phase::creating);
    case Phase::reading:
    case Phase::writing:
      return ask(context);  // the same again, with the same call
    case Phase::idle:
    case Phase::working:
      return;
    default:
      return enter(context, phase);
  }
}

// This server might not know yet of what was done over the lost connection: hence the sync.
void Client::handle(LockContext& context, const SyncResponse& message) {
  rely_on(context, message.call);
  const bool is_expected = phase == Phase::syncing && message.call == call;
  if (is_expected) enter(context, Phase::searching);
}

void Client::find_place(LockContext& context, const std::vector<std::string>& children) {
  Place& place = current();
  const std::string prefix = name_prefix(place);
  const auto own = std::find_if(children.begin(), children.end(),
                                [&](const auto& name) { return name.starts_with(prefix); });
  if (own == children.end()) {
    if (place.claim != Claim::wanted) return leave_queue(context);
    return enter(context, Phase::creating);
  }
  context.note("finds its znode, {}: the lost answer had been a yes", number_of(*own));
  place.path = child_of(rules->directory(place.lock), *own);
  proceed(context);
}

// --- The session ---

void Client::expire(LockContext& context, const PingInterval& /*timer*/) {
  if (!is_connected()) return;
  const Call ping = ++last_call;
  under_way[ping] = context.now();
  context.send(server(), PingRequest{ping});
  context.set_timer(PingInterval{}, timeout / 3);
}

void Client::handle(LockContext& context, const PingResponse& message) {
  rely_on(context, message.call);
  if (message.events > events) disconnect(context);
}

// The ensemble has heard of the session no earlier than the request was sent.
void Client::rely_on(LockContext& context, Call answered) {
  const auto sent = under_way.find(answered);
  if (sent == under_way.end()) return;
  DSYS_INVARIANT(contact <= sent->second);  // 1
  contact = sent->second;
  under_way.erase(under_way.begin(), std::next(sent));
  watch_clock(context);
}

// The two moments at which look_at_clock has something to do.
void Client::watch_clock(LockContext& context) {
  const Time now = context.now();
  if (is_connected()) {
    context.set_timer(ReadTimeout{}, std::max<Duration>(contact + read_timeout() - now, 0ns));
  }
  if (now < deadline()) context.set_timer(SessionDeadline{}, deadline() - now);
}

// Silence is a lost connection; and after too much of it the session of a suspect counts as lost,
// whether it is or not, and a later answer does not bring the lock back.
void Client::look_at_clock(LockContext& context) {
  const Time now = context.now();
  if (is_connected() && now >= contact + read_timeout()) disconnect(context);
  const bool is_suspect = owns_lock() && !rules->may_act(link);
  if (is_suspect && now >= deadline()) lose_locks(context);
}

void Client::expire(LockContext& context, const ReadTimeout& /*timer*/) {
  if (link == Link::connecting) return disconnect(context);
  watch_clock(context);
}

// What is left of its znodes is removed when it is connected again, so that nobody waits for it.
void Client::lose_locks(LockContext& context) {
  context.note("must take the lock for lost: it stops");
  stop_work(context);
  proceed(context);
}

// With the session its znodes have gone. Who only waited stands in the queue again.
void Client::lose_session(LockContext& context) {
  session = 0;
  link = Link::pausing;
  context.cancel_timer(SessionDeadline{});
  context.set_timer(ReconnectPause{}, 0ns);
  if (phase == Phase::closing) phase = Phase::idle;
  if (places.empty()) return;
  if (owns_lock()) {
    context.note("has lost the lock with its session: it stops");
    stop_work(context);
  }
  places.resize(1);
  if (current().claim == Claim::wanted) return stand_again(context);
  leave_queue(context);
}

void Client::stop_work(LockContext& context) {
  for (Place& place : places) {
    if (place.claim == Claim::owned) {
      context.emit(Lost{place.lock, rules->fencing_token(place)});
    }
    place.claim = Claim::lost;
  }
  context.cancel_timer(WorkDone{});
  context.cancel_timer(RequestTimeout{});
}

}  // namespace dsys::zklock
