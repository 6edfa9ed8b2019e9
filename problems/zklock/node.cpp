// Starting, taking the lock, owning it, giving it back, small things. connection.cpp has what
// becomes of all that when connections break.
#include "problems/zklock/node.hpp"

#include "common/core/assert.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>
#include <variant>

namespace dsys::zklock {

// --- A client starts, and when nothing happens ... ---

void Client::on_start(LockContext& context, std::span<const Record> /*disk*/) {
  context.set_timer(NextRound{}, config.first_after);
}

// First of all it looks at the clock: after a long pause the connection is no more to be relied on,
// nor perhaps the session.
void Client::on_timer(LockContext& context, const Timer& timer) {
  look_at_clock(context);
  std::visit([&](const auto& expired) { expire(context, expired); }, timer);
}

void Client::on_message(LockContext& context, NodeId from, const Message& message) {
  look_at_clock(context);
  const bool is_of_this_connection = from == server() && is_open();
  if (from != config.resource && !is_of_this_connection) return;
  const auto take = [&](const auto& received) {
    if constexpr (requires { received.zxid; }) last_zxid = std::max(last_zxid, received.zxid);
    handle(context, received);
  };
  std::visit(take, message);
}

// --- Taking the lock ---

void Client::expire(LockContext& context, const NextRound& /*timer*/) {
  DSYS_ASSERT(phase == Phase::idle);
  context.emit(Requested{config.lock});
  if (config.acquire_timeout > 0ns) context.set_timer(AcquireTimeout{}, config.acquire_timeout);
  increments_done = 0;
  errand_done = config.errand.empty();
  stand_in_queue(context, config.lock, config.kind);
}

void Client::stand_in_queue(LockContext& context, const std::string& lock, LockKind kind) {
  places.push_back({.lock = lock, .kind = kind});
  enter(context, Phase::creating);
}

// For recognition only: whose znode is it, if the answer to its creation is lost? Session and call
// are in it because a search draws no random numbers.
std::string Client::new_guid(LockContext& context) const {
  constexpr std::uint64_t guids = std::uint64_t{1} << 32U;
  const std::uint64_t own = static_cast<std::uint64_t>(session) + call;
  return fmt::format("{:08x}", (context.random().below(guids) + own) % guids);
}

// Its znode has gone, with its session or by another's hand: the same acquisition begins again.
void Client::stand_again(LockContext& context) {
  const Place gone = places.back();
  places.pop_back();
  stand_in_queue(context, gone.lock, gone.kind);
}

void Client::handle(LockContext& context, const CreateResponse& message) {
  rely_on(context, message.call);
  if (message.call != call) return;
  Place& place = places.back();
  const bool is_wanted = place.claim == Claim::wanted;
  if (phase == Phase::creating_directory || message.error == Error::no_node) {
    if (!is_wanted) return leave_queue(context);
    const bool has_directory = phase == Phase::creating_directory;
    return enter(context, has_directory ? Phase::creating : Phase::creating_directory);
  }
  if (message.error != Error::none) return disconnect(context);
  place.path = message.path;
  place.czxid = message.stat.czxid;
  enter(context, is_wanted ? Phase::listing : Phase::deleting);
}

void Client::handle(LockContext& context, const GetChildrenResponse& message) {
  rely_on(context, message.call);
  if (message.call != call) return;
  if (phase == Phase::searching) return find_place(context, message.children);
  own_or_wait(context, message.children);
}

void Client::own_or_wait(LockContext& context, const std::vector<std::string>& children) {
  Place& place = places.back();
  const std::string own = name_of_path(place.path);
  const Queue queue = queue_of(children, *rules);
  const bool is_there =
      std::any_of(queue.begin(), queue.end(), [&](const auto& one) { return one.name == own; });
  if (!is_there) return stand_again(context);
  const auto blocker = rules->blocker(queue, own, place.kind);
  if (!blocker) {
    if (place.czxid == 0) return enter(context, Phase::checking);
    return become_owner(context);
  }
  const bool watches_already = phase == Phase::watching && *blocker == place.blocker;
  if (watches_already) {
    phase = Phase::waiting;
    return context.cancel_timer(RequestTimeout{});
  }
  place.blocker = *blocker;
  enter(context, Phase::watching);
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
    places.back().czxid = message.stat.czxid;
    return become_owner(context);
  }
  // It went between the listing and this: nobody will tell of it any more.
  if (!is_there && !rules->waits_for_missing()) return enter(context, Phase::listing);
  phase = Phase::waiting;
  context.cancel_timer(RequestTimeout{});
}

// The one before has gone: it may have been the owner, or have waited as well.
void Client::handle(LockContext& context, const WatchedEvent& /*message*/) {
  ++events;
  const bool is_waiting = phase == Phase::watching || phase == Phase::waiting;
  if (!is_waiting) return;
  if (!rules->looks_again()) return become_owner(context);
  enter(context, Phase::listing);
}

void Client::expire(LockContext& context, const AcquireTimeout& /*timer*/) {
  const bool is_late = !places.empty() && places.back().claim == Claim::wanted;
  if (!is_late) return;
  Place& place = places.back();
  place.claim = Claim::given_up;
  context.note("has waited for {}, and gives up", to_string(config.acquire_timeout));
  context.emit(GaveUp{place.lock});
  if (!rules->leaves_queue()) return leave_queue(context);
  // If its creation is under way, or a search for it, then what comes of that is removed.
  if (!place.path.empty() || !place.may_exist) withdraw(context);
}

// --- Owning it ---

void Client::become_owner(LockContext& context) {
  Place& place = places.back();
  place.claim = Claim::owned;
  context.note("owns the lock {}, with token {}", place.lock, token(place));
  context.emit(Acquired{place.lock, token(place), session, place.kind});
  context.cancel_timer(AcquireTimeout{});
  context.cancel_timer(RequestTimeout{});
  const bool is_errand = places.size() > 1;
  if (is_errand) return release(context);
  if (config.increments == 0) return work(context);
  // The token is shown before anything that is read is relied on.
  enter(context, Phase::reading);
}

void Client::work(LockContext& context) {
  phase = Phase::working;
  context.cancel_timer(RequestTimeout{});
  context.set_timer(WorkDone{}, config.work);
}

void Client::handle(LockContext& context, const ResourceReply& message) {
  const bool is_expected = message.call == call && owns_lock();
  if (!is_expected) return;
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
  Place& place = places.back();
  place.claim = Claim::released;
  context.note("gives the lock {} back", place.lock);
  context.emit(Released{place.lock, token(place)});
  enter(context, Phase::deleting);
}

// That it is there no more is as good as having removed it.
void Client::handle(LockContext& context, const DeleteResponse& message) {
  rely_on(context, message.call);
  const bool is_expected = phase == Phase::deleting && message.call == call;
  if (is_expected) leave_queue(context);
}

// Removes its znode, for which it may have to search.
void Client::withdraw(LockContext& context) {
  const Place& place = places.back();
  if (!place.path.empty()) return enter(context, Phase::deleting);
  if (place.may_exist) return enter(context, first_of_search());
  leave_queue(context);
}

void Client::leave_queue(LockContext& context) {
  const Claim claim = places.back().claim;
  places.pop_back();
  context.cancel_timer(RequestTimeout{});
  const bool was_errand = !places.empty() && claim == Claim::released;
  if (was_errand) {
    errand_done = true;
    return enter(context, Phase::writing);
  }
  if (!places.empty()) return withdraw(context);
  phase = Phase::idle;
  if (claim == Claim::lost) return context.set_timer(NextRound{}, config.pause_between);
  finish_round(context);
}

void Client::finish_round(LockContext& context) {
  context.cancel_timer(AcquireTimeout{});
  ++rounds_done;
  if (rounds_done < config.rounds) return context.set_timer(NextRound{}, config.pause_between);
  if (session == 0) return;
  enter(context, Phase::closing);
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
  if (phase == Phase::idle) return;
  if (phase == Phase::closing) return ask_ensemble(context, call, CloseSessionRequest{call});
  Place& place = places.back();
  const std::string directory = rules->directory(place.lock);
  switch (phase) {
    case Phase::creating: {
      const bool leaves = link == Link::connected;
      if (leaves && place.guid.empty()) place.guid = new_guid(context);
      place.may_exist = place.may_exist || leaves;
      const std::string name = name_prefix(place.guid, place.kind);
      return ask_ensemble(context, call,
                          CreateRequest{call, child_of(directory, name), to_string(context.self()),
                                        rules->create_mode()});
    }
    case Phase::creating_directory:
      return ask_ensemble(context, call, CreateRequest{call, directory, {}, CreateMode::container});
    case Phase::syncing:
      return ask_ensemble(context, call, SyncRequest{call, directory});
    case Phase::searching:
    case Phase::listing:
      return ask_ensemble(context, call, GetChildrenRequest{call, directory});
    case Phase::watching:
      return ask_ensemble(context, call, rules->watch_request(call, directory, place.blocker));
    case Phase::checking:
      return ask_ensemble(context, call, ExistsRequest{call, place.path});
    case Phase::reading: {
      // Who reads beside others shows no token: it would shut out those that came before it.
      const bool is_shared = place.kind == LockKind::read;
      return ask_resource(context, ReadRequest{call, is_shared ? 0 : token(place)});
    }
    case Phase::writing:
      return ask_resource(context, WriteRequest{call, token(place), counter + 1});
    case Phase::deleting:
      return ask_ensemble(context, call, DeleteRequest{call, place.path});
    default:
      return;  // it waits, or works
  }
}

void Client::ask_resource(LockContext& context, const Message& message) {
  if (!may_act()) return;  // until it has seen its znode again
  context.send(config.resource, message);
  context.set_timer(RequestTimeout{}, config.request_timeout);
}

// --- Questions ---

bool Client::owns_lock() const {
  return !places.empty() && places.front().claim == Claim::owned;
}

Zxid Client::token(const Place& place) const {
  return rules->fencing_token(place.czxid, name_of_path(place.path));
}

}  // namespace dsys::zklock
