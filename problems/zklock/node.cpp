// Starting, taking the lock, owning it, giving it back, and how a client asks. connection.cpp has
// what becomes of all that when connections break.
#include "problems/zklock/node.hpp"

#include "common/core/assert.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <variant>

namespace dsys::zklock {

// --- A client starts, and when nothing happens ... ---

void Client::on_start(LockContext& context, std::span<const LockProtocol::Record> /*disk*/) {
  context.set_timer(NextRound{}, config.first_after);
}

// First of all it looks at the clock: after a long pause the connection is no more to be relied on,
// nor perhaps the session. Then what has expired may be of no concern any more.
void Client::on_timer(LockContext& context, const LockProtocol::Timer& timer) {
  look_at_clock(context);
  std::visit([&](const auto& expired) { expire(context, expired); }, timer);
}

void Client::on_message(LockContext& context, NodeId from, const LockProtocol::Message& message) {
  look_at_clock(context);
  const bool is_of_this_connection =
      from == server() && (is_connected() || link == Link::connecting);
  if (from != config.resource && !is_of_this_connection) return;
  const auto take = [&](const auto& received) {
    if constexpr (requires { received.zxid; }) last_zxid = std::max(last_zxid, received.zxid);
    handle(context, received);
  };
  std::visit(take, message);
}

// --- Taking the lock ---

void Client::expire(LockContext& context, const NextRound& /*timer*/) {
  DSYS_INVARIANT(phase == Phase::idle && places.empty());
  context.emit(Requested{config.lock});
  if (config.acquire_timeout > 0ns) context.set_timer(AcquireTimeout{}, config.acquire_timeout);
  increments_done = 0;
  errand_done = config.errand.empty();
  stand_in_queue(context, config.lock, config.kind);
}

void Client::stand_in_queue(LockContext& context, const std::string& lock, LockKind kind) {
  places.push_back({.lock = lock, .kind = kind});
  proceed(context);
}

// What its place in the queue needs next; if nothing, it leaves.
void Client::proceed(LockContext& context) {
  if (const auto next = next_phase(current(), *rules)) return enter(context, *next);
  leave_queue(context);
}

// Its znode has gone, with its session or by another's hand: the same acquisition begins again.
void Client::stand_again(LockContext& context) {
  const Place gone = current();
  places.pop_back();
  stand_in_queue(context, gone.lock, gone.kind);
}

void Client::handle(LockContext& context, const CreateResponse& message) {
  rely_on(context, message.call);
  if (message.call != call) return;
  Place& place = current();
  if (phase == Phase::creating_directory || message.error == Error::no_node) {
    if (place.claim != Claim::wanted) return leave_queue(context);
    const bool has_directory = phase == Phase::creating_directory;
    return enter(context, has_directory ? Phase::creating : Phase::creating_directory);
  }
  if (message.error != Error::none) return disconnect(context);
  place.path = message.path;
  place.czxid = message.stat.czxid;
  proceed(context);
}

void Client::handle(LockContext& context, const GetChildrenResponse& message) {
  rely_on(context, message.call);
  if (message.call != call) return;
  if (phase == Phase::searching) return find_place(context, message.children);
  own_or_wait(context, message.children);
}

void Client::own_or_wait(LockContext& context, const std::vector<std::string>& children) {
  Place& place = current();
  const std::string own = name_of_path(place.path);
  const Queue queue = queue_of(children, *rules);
  const bool is_there =
      std::any_of(queue.begin(), queue.end(), [&](const auto& one) { return one.name == own; });
  if (!is_there) return stand_again(context);
  if (const auto blocker = rules->blocker(queue, own, place.kind)) {
    place.blocker = *blocker;
    return enter(context, Phase::watching);
  }
  if (place.czxid == 0) return enter(context, Phase::checking);
  become_owner(context);
}

void Client::handle(LockContext& context, const ExistsResponse& message) {
  rely_on(context, message.call);
  const bool is_there = message.error == Error::none;
  if (link == Link::verifying && message.call == verified_by) {
    link = Link::connected;
    if (!is_there) return lose_locks(context);
    context.note("sees its znode, and owns the lock as before");
    return resume(context);
  }
  if (message.call != call) return;
  if (phase == Phase::checking) {
    if (!is_there) return stand_again(context);
    current().czxid = message.stat.czxid;
    return become_owner(context);
  }
  // It went between the listing and this: nobody will tell of it any more.
  if (!is_there) return enter(context, Phase::listing);
  phase = Phase::waiting;
  context.cancel_timer(RequestTimeout{});
}

// The one before has gone: it may have been the owner, or have waited as well.
void Client::handle(LockContext& context, const WatchedEvent& /*message*/) {
  ++events;
  const bool is_waiting = phase == Phase::watching || phase == Phase::waiting;
  if (is_waiting) enter(context, Phase::listing);
}

void Client::expire(LockContext& context, const AcquireTimeout& /*timer*/) {
  Place& place = current();
  DSYS_INVARIANT(place.claim == Claim::wanted);
  place.claim = Claim::given_up;
  context.note("has waited for {}, and gives up", to_string(config.acquire_timeout));
  context.emit(GaveUp{place.lock});
  if (!rules->must_remove(place.guid)) return leave_queue(context);
  // If its creation is under way, or a search for it, then what comes of that is removed.
  if (!place.path.empty()) proceed(context);
}

// --- Owning it ---

void Client::become_owner(LockContext& context) {
  Place& place = current();
  place.claim = Claim::owned;
  const Zxid token = rules->fencing_token(place);
  context.note("owns the lock {}, with token {}", place.lock, token);
  context.emit(Acquired{place.lock, token, session, place.kind});
  context.cancel_timer(AcquireTimeout{});
  context.cancel_timer(RequestTimeout{});
  const bool is_errand = places.size() > 1;
  if (is_errand) return release(context);
  if (config.increments == 0) return work(context);
  // The token is shown before anything that is read is relied on.
  enter(context, Phase::reading);
}

// Nothing is asked meanwhile: what is answered a second time is for nothing that it waits for.
void Client::work(LockContext& context) {
  phase = Phase::working;
  call = ++last_call;
  context.cancel_timer(RequestTimeout{});
  context.set_timer(WorkDone{}, config.work);
}

void Client::handle(LockContext& context, const ResourceReply& message) {
  const bool is_expected = message.call == call && awaits_resource();
  if (!is_expected) return;  // an answer too late, or the second to one question
  if (!message.accepted) {
    context.note("learns from the resource that a later owner was there");
    return lose_locks(context);
  }
  counter = message.value;
  if (phase == Phase::reading) return work(context);
  ++increments_done;
  if (increments_done < config.increments) return enter(context, Phase::reading);
  release(context);
}

void Client::expire(LockContext& context, const WorkDone& /*timer*/) {
  if (phase != Phase::working) return;
  if (!errand_done) return stand_in_queue(context, config.errand, LockKind::plain);
  const bool writes = config.increments > 0 && config.kind != LockKind::read;
  if (!writes) return release(context);
  enter(context, Phase::writing);
}

// --- Giving it back ---

void Client::release(LockContext& context) {
  Place& place = current();
  place.claim = Claim::released;
  context.note("gives the lock {} back", place.lock);
  context.emit(Released{place.lock, rules->fencing_token(place)});
  enter(context, Phase::deleting);
}

// If it is already gone, that counts as removed.
void Client::handle(LockContext& context, const DeleteResponse& message) {
  rely_on(context, message.call);
  const bool is_expected = phase == Phase::deleting && message.call == call;
  if (is_expected) leave_queue(context);
}

void Client::leave_queue(LockContext& context) {
  const Claim claim = current().claim;
  places.pop_back();
  context.cancel_timer(RequestTimeout{});
  const bool was_errand = !places.empty() && claim == Claim::released;
  if (was_errand) {
    errand_done = true;
    return enter(context, Phase::writing);
  }
  if (!places.empty()) return proceed(context);
  phase = Phase::idle;
  if (claim != Claim::lost) {  // else the round begins again
    context.cancel_timer(AcquireTimeout{});
    ++rounds_done;
  }
  if (rounds_done < config.rounds) return context.set_timer(NextRound{}, config.pause_between);
  if (session != 0) enter(context, Phase::closing);
}

void Client::handle(LockContext& context, const CloseSessionResponse& message) {
  const bool is_expected = phase == Phase::closing && message.call == call;
  if (!is_expected) return;
  session = 0;
  phase = Phase::idle;
  link = Link::none;
  context.cancel_timer(RequestTimeout{});
  context.cancel_timer(PingInterval{});
  context.cancel_timer(ReadTimeout{});
  context.cancel_timer(SessionDeadline{});
}

// --- Requests ---

void Client::enter(LockContext& context, Phase next) {
  phase = next;
  call = ++last_call;
  ask(context);
}

void Client::ask(LockContext& context) {
  if (phase == Phase::reading) {
    // Who reads beside others shows no token: it would shut out those that came before it.
    const bool is_shared = current().kind == LockKind::read;
    const Zxid token = is_shared ? 0 : rules->fencing_token(current());
    return ask_resource(context, ReadRequest{call, token});
  }
  if (phase == Phase::writing) {
    return ask_resource(context, WriteRequest{call, rules->fencing_token(current()), counter + 1});
  }
  if (phase == Phase::creating && link == Link::connected) name_place(context);
  ask_ensemble(context, call, request(context.self()));
}

LockProtocol::Message Client::request(NodeId self) {
  if (phase == Phase::closing) return CloseSessionRequest{call};
  const Place& place = current();
  const std::string directory = rules->directory(place.lock);
  switch (phase) {
    case Phase::creating:
      return CreateRequest{call, child_of(directory, name_prefix(place)), to_string(self),
                           CreateMode::ephemeral_sequential};
    case Phase::creating_directory:
      return CreateRequest{call, directory, {}, CreateMode::container};
    case Phase::syncing:
      return SyncRequest{call, directory};
    case Phase::searching:
    case Phase::listing:
      return GetChildrenRequest{call, directory};
    case Phase::watching:
      return ExistsRequest{call, child_of(directory, place.blocker), true};
    case Phase::checking:
      return ExistsRequest{call, place.path};
    default:
      DSYS_INVARIANT(phase == Phase::deleting);
      return DeleteRequest{call, place.path};
  }
}

// The guid is for recognition only: whose znode is it, if the answer to its creation is lost?
// Session and call are in it because a search draws no random numbers.
void Client::name_place(LockContext& context) {
  Place& place = current();
  DSYS_INVARIANT(place.path.empty());  // 3
  if (!place.guid.empty()) return;
  constexpr std::uint64_t guids = std::uint64_t{1} << 32U;
  const std::uint64_t own = static_cast<std::uint64_t>(session) + call;
  place.guid = fmt::format("{:08x}", (context.random().below(guids) + own) % guids);
}

void Client::ask_ensemble(LockContext& context, Call number, const LockProtocol::Message& message) {
  if (link == Link::none) return connect(context);
  const bool may_ask = link == Link::connected || number == verified_by;
  if (!may_ask) return;  // it will when it is connected
  under_way[number] = context.now();
  context.send(server(), message);
  context.set_timer(RequestTimeout{}, read_timeout());
}

void Client::ask_resource(LockContext& context, const LockProtocol::Message& message) {
  if (!rules->may_act(link)) return;  // until it has seen its znode again
  DSYS_INVARIANT(owns_lock());        // 2
  DSYS_INVARIANT(link != Link::connected || context.now() < deadline());  // 2
  context.send(config.resource, message);
  context.set_timer(RequestTimeout{}, config.request_timeout);
}

}  // namespace dsys::zklock
