// A client of a lock on etcd, after etcd's own mutex (client/v3/concurrency): its key stands in a
// queue, and the lowest creation revision owns the lock.
//
// One session serves all rounds; a round ends with the removal of its key, if it is still its own.
// Whoever waits reads the queue as a whole: it tells in one look whether the own key is there, and
// which is the one before it. Taking the lock twice at once is left out.
//
// Invariants:
//   1. At most one call waits for its answer, renewals aside, and is repeated until one comes.
//   2. deadline is never later than the end of the lease at the store, while clocks keep to their
//      error. From then on nothing is done in the session's name.
#include "messages.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <string>
#include <variant>
#include <vector>

using namespace std::chrono_literals;

using Revision = std::int64_t;  // of the whole store: each change makes it grow by one
using LeaseId = std::int64_t;   // 0: none
using Call = std::uint64_t;     // a number of yours: a new one for each call, the same for a retry
using Name = std::string;
using dsys::Context;
using dsys::Duration;

// --- The client ---

enum class Step {
  idle,      // between two rounds, with a session or without
  opening,   // asks for a lease
  queuing,   // puts its key, if it is absent, and reads the queue
  looking,   // reads the queue again
  watching,  // waits until the key before its own has gone
  reading,   // owns the lock: shows its token and reads the counter ...
  working,   // ... works ...
  writing,   // ... and writes
  leaving,   // removes its key
  closing,   // after the last round: ends its lease
};
DSYS_ENUM(Step, idle, opening, queuing, looking, watching, reading, working, writing, leaving,
          closing)

struct Session {
  LeaseId lease = 0;                  // 0: there is no session
  Duration ttl{};                     // as granted
  Duration deadline{};                // until when the lease may be relied on; only grows
  std::map<Call, Duration> renewals;  // under way: when each was sent
};
DSYS_VALUE(Session, lease, ttl, deadline, renewals)

struct Client {
  using Message = std::variant<LeaseGrantResponse, LeaseKeepAliveResponse, LeaseRevokeResponse,
                               RangeResponse, TxnResponse, WatchResponse, ResourceReply>;
  using Timer = std::variant<NextRound, RequestTimeout, RenewalInterval, SessionDeadline, WorkDone,
                             HoldLimit>;
  using Record = std::variant<std::monostate>;  // nothing survives a crash

  LockConfig config;
  std::uint32_t rounds_done = 0;

  // --- The call that waits for an answer ---
  Step step = Step::idle;
  Call last_call = 0;
  Call call = 0;
  Duration asked_at{};  // when it was first sent

  Session session;

  // --- Of the queue ---
  Revision create_revision = 0;  // of its key; also the token; 0: not known yet
  std::string predecessor;
  Revision read_revision = 0;  // of the store when the queue was read

  // --- As the owner ---
  std::uint32_t increments_done = 0;
  std::int64_t counter = 0;  // as last read

  // --- The three entries ---
  void on_start(Context& context, const std::vector<Record>& disk);
  void on_message(Context& context, const Name& from, const Message& message);
  void on_timer(Context& context, const Timer& timer);

  // --- A round ---
  void expire(Context& context, const NextRound& timer);
  void handle(Context& context, const LeaseGrantResponse& message);
  void handle(Context& context, const TxnResponse& message);
  void handle(Context& context, const RangeResponse& message);
  void handle(Context& context, const WatchResponse& message);
  void handle(Context& context, const ResourceReply& message);
  void expire(Context& context, const WorkDone& timer);
  void expire(Context& context, const HoldLimit& timer);
  void handle(Context& context, const LeaseRevokeResponse& message);

  // --- The session ---
  void expire(Context& context, const RenewalInterval& timer);
  void handle(Context& context, const LeaseKeepAliveResponse& message);
  void expire(Context& context, const SessionDeadline& timer);

  // --- No answer ---
  void expire(Context& context, const RequestTimeout& timer);

  // --- Transitions ---
  void take_place(Context& context, const std::vector<KeyValue>& queue, Revision revision);
  void become_owner(Context& context);
  void leave(Context& context);
  void finish_round(Context& context);
  void lose_session(Context& context);
  void forget_session(Context& context);

  // --- Requests ---
  void ask(Context& context, Step next);
  void ask_again(Context& context) const;
  void send_request(Context& context) const;
  TxnRequest request_to_queue(const Context& context) const;
  TxnRequest request_to_leave() const;
  void rely_on_lease(Context& context, Duration sent_at);

  // --- Questions ---
  bool has_session() const { return session.lease != 0; }
  bool is_past_deadline(const Context& context) const;
  bool owns_lock() const;
  std::string key() const;
  std::string queue_begin() const { return config.lock + "/"; }
  std::string queue_end() const { return config.lock + "0"; }  // '0' is the byte after '/'
};
DSYS_VALUE(Client, config, rounds_done, step, last_call, call, asked_at, session, create_revision,
           predecessor, read_revision, increments_done, counter)

// --- The three entries; first of all a look at the clock ---

void Client::on_start(Context& context, const std::vector<Record>& /*disk*/) {
  config = context.config<LockConfig>();
  context.set_timer(NextRound{}, config.first_after);
}

void Client::on_timer(Context& context, const Timer& timer) {
  if (is_past_deadline(context)) lose_session(context);
  std::visit([&](const auto& one) { expire(context, one); }, timer);
}

void Client::on_message(Context& context, const Name& /*from*/, const Message& message) {
  if (is_past_deadline(context)) lose_session(context);
  std::visit([&](const auto& one) { handle(context, one); }, message);
}

// --- Taking the lock ---

void Client::expire(Context& context, const NextRound& /*timer*/) {
  if (step != Step::idle) return;
  context.emit(Requested{});
  ask(context, has_session() ? Step::queuing : Step::opening);
}

void Client::handle(Context& context, const LeaseGrantResponse& message) {
  const bool is_expected = step == Step::opening && message.call == call;
  if (!is_expected) return;
  session = {.lease = message.id, .ttl = message.ttl * 1s, .deadline = {}, .renewals = {}};
  rely_on_lease(context, asked_at);
  context.set_timer(RenewalInterval{}, session.ttl / 3);
  ask(context, Step::queuing);
}

void Client::handle(Context& context, const TxnResponse& message) {
  if (message.call != call) return;
  if (step == Step::leaving) return finish_round(context);
  if (step != Step::queuing) return;
  if (!message.error.empty()) return lose_session(context);
  take_place(context, message.responses.back().kvs, message.revision);
}

void Client::handle(Context& context, const RangeResponse& message) {
  const bool is_expected = step == Step::looking && message.call == call;
  if (is_expected) take_place(context, message.kvs, message.revision);
}

// The queue, oldest key first. If the own one has gone, so has the lease.
void Client::take_place(Context& context, const std::vector<KeyValue>& queue, Revision revision) {
  const auto own = std::find_if(queue.begin(), queue.end(),
                                [&](const KeyValue& one) { return one.key == key(); });
  if (own == queue.end()) return lose_session(context);
  create_revision = own->create_revision;
  if (own == queue.begin()) return become_owner(context);
  predecessor = std::prev(own)->key;
  read_revision = revision;
  ask(context, Step::watching);
}

void Client::handle(Context& context, const WatchResponse& message) {
  const bool is_expected = step == Step::watching && message.watch_id == call;
  if (!is_expected) return;
  const bool has_gone =
      std::any_of(message.events.begin(), message.events.end(),
                  [](const WatchEvent& one) { return one.event == WatchEventType::remove; });
  if (!has_gone && !message.canceled) return;
  context.send(config.store, WatchCancelRequest{call});
  ask(context, Step::looking);
}

// --- Owning it ---

void Client::become_owner(Context& context) {
  context.note("owns the lock, with token ", create_revision);
  context.emit(Acquired{create_revision, session.lease});
  context.set_timer(HoldLimit{}, config.hold_max);
  increments_done = 0;
  ask(context, Step::reading);
}

void Client::handle(Context& context, const ResourceReply& message) {
  const bool is_expected = owns_lock() && message.call == call;
  if (!is_expected) return;
  if (!message.accepted) return lose_session(context);
  if (step == Step::reading) {
    counter = message.value;
    ask(context, Step::working);
    return context.set_timer(WorkDone{}, config.work);
  }
  if (step != Step::writing) return;
  ++increments_done;
  if (increments_done < config.increments) return ask(context, Step::reading);
  leave(context);
}

void Client::expire(Context& context, const WorkDone& /*timer*/) {
  if (step == Step::working) ask(context, Step::writing);
}

void Client::expire(Context& context, const HoldLimit& /*timer*/) {
  if (!owns_lock()) return;
  context.note("its work hangs");
  leave(context);
}

// --- Giving it back ---

void Client::leave(Context& context) {
  context.emit(Released{create_revision});
  context.cancel_timer(WorkDone{});
  context.cancel_timer(HoldLimit{});
  ask(context, Step::leaving);
}

void Client::finish_round(Context& context) {
  create_revision = 0;
  ++rounds_done;
  if (rounds_done == config.rounds) return ask(context, Step::closing);
  ask(context, Step::idle);
  context.set_timer(NextRound{}, config.pause_between);
}

void Client::handle(Context& context, const LeaseRevokeResponse& message) {
  const bool is_expected = step == Step::closing && message.call == call;
  if (is_expected) forget_session(context);
}

// --- The session lives on, or does not ---

void Client::expire(Context& context, const RenewalInterval& /*timer*/) {
  if (!has_session()) return;
  session.renewals[++last_call] = context.now();
  context.send(config.store, LeaseKeepAliveRequest{last_call, session.lease});
  context.set_timer(RenewalInterval{}, session.ttl / 3);
}

void Client::handle(Context& context, const LeaseKeepAliveResponse& message) {
  const auto sent = session.renewals.find(message.call);
  if (sent == session.renewals.end()) return;
  if (message.ttl == 0) return lose_session(context);
  const Duration sent_at = sent->second;
  session.renewals.erase(session.renewals.begin(), std::next(sent));
  session.ttl = message.ttl * 1s;
  rely_on_lease(context, sent_at);
}

// The store began to count no earlier than the request was sent. Its clock may be fast by the
// error, and this one slow by as much.
void Client::rely_on_lease(Context& context, Duration sent_at) {
  const Duration trusted = session.ttl * (100 - 2 * std::int64_t{config.clock_error_percent}) / 100;
  session.deadline = std::max(session.deadline, sent_at + trusted);
  context.set_timer(SessionDeadline{}, std::max(session.deadline - context.now(), Duration{}));
}

void Client::expire(Context& /*context*/, const SessionDeadline& /*timer*/) {
}  // on_timer has looked

// A later answer does not bring it back. What the store still has of it goes, so that nobody waits
// for it.
void Client::lose_session(Context& context) {
  context.send(config.store, LeaseRevokeRequest{++last_call, session.lease});
  if (owns_lock()) {
    context.note("must take the lock for lost");
    context.emit(Lost{create_revision});
  }
  const bool was_idle = step == Step::idle;
  const bool was_leaving = step == Step::leaving;
  const bool was_closing = step == Step::closing;
  forget_session(context);
  if (was_leaving) ++rounds_done;
  const bool is_done = was_idle || was_closing || rounds_done == config.rounds;
  if (!is_done) context.set_timer(NextRound{}, config.pause_between);
}

void Client::forget_session(Context& context) {
  session = {};
  create_revision = 0;
  ask(context, Step::idle);
  context.cancel_timer(RenewalInterval{});
  context.cancel_timer(SessionDeadline{});
  context.cancel_timer(WorkDone{});
  context.cancel_timer(HoldLimit{});
}

// --- Requests ---

// What the step asks. A step that asks nothing ends the waiting for an answer.
void Client::ask(Context& context, Step next) {
  step = next;
  call = ++last_call;
  asked_at = context.now();
  ask_again(context);
}

void Client::ask_again(Context& context) const {
  send_request(context);
  if (step == Step::idle || step == Step::working) return context.cancel_timer(RequestTimeout{});
  const bool waits_long = step == Step::watching;
  context.set_timer(RequestTimeout{}, (waits_long ? 4 : 1) * config.request_timeout);
}

// No answer: nothing is known, and the same is asked again. Only a lease is asked for anew, since
// its time counts from the sending; one that was granted unseen ends by itself. A watch is asked
// for again because it may have ended with the store's process.
void Client::expire(Context& context, const RequestTimeout& /*timer*/) {
  if (step == Step::opening) return ask(context, Step::opening);
  ask_again(context);
}

void Client::send_request(Context& context) const {
  switch (step) {
    case Step::opening:
      return context.send(config.store, LeaseGrantRequest{call, config.ttl});
    case Step::queuing:
      return context.send(config.store, request_to_queue(context));
    case Step::looking:
      return context.send(config.store, RangeRequest{.call = call,
                                                     .key = queue_begin(),
                                                     .range_end = queue_end(),
                                                     .sort_order = SortOrder::ascend,
                                                     .sort_target = SortTarget::create,
                                                     .max_create_revision = create_revision});
    case Step::watching:
      return context.send(config.store, WatchCreateRequest{.watch_id = call,
                                                           .key = predecessor,
                                                           .range_end = {},
                                                           .start_revision = read_revision + 1});
    case Step::reading:
      return context.send(config.resource, ReadRequest{call, create_revision});
    case Step::writing:
      return context.send(config.resource, WriteRequest{call, create_revision, counter + 1});
    case Step::leaving:
      return context.send(config.store, request_to_leave());
    case Step::closing:
      return context.send(config.store, LeaseRevokeRequest{call, session.lease});
    case Step::idle:
    case Step::working:
      return;
  }
}

// Named by the lease, the key is the same however often this is asked.
std::string Client::key() const {
  return queue_begin() + std::to_string(session.lease);
}

TxnRequest Client::request_to_queue(const Context& context) const {
  const RequestOp put{.request = RequestKind::put,
                      .key = key(),
                      .range_end = {},
                      .value = context.self(),
                      .lease = session.lease};
  const RequestOp queue{.request = RequestKind::range,
                        .key = queue_begin(),
                        .range_end = queue_end(),
                        .value = {},
                        .sort_order = SortOrder::ascend,
                        .sort_target = SortTarget::create};
  return {.call = call,
          .compare = {{.key = key(), .create_revision = 0, .value = {}}},
          .success = {put, queue},
          .failure = {queue}};
}

TxnRequest Client::request_to_leave() const {
  return {.call = call,
          .compare = {{.key = key(), .create_revision = create_revision, .value = {}}},
          .success =
              {{.request = RequestKind::delete_range, .key = key(), .range_end = {}, .value = {}}},
          .failure = {}};
}

// --- Questions ---

bool Client::is_past_deadline(const Context& context) const {
  return has_session() && context.now() >= session.deadline;
}

bool Client::owns_lock() const {
  return step == Step::reading || step == Step::working || step == Step::writing;
}

int main() {
  return dsys::run<Client>();
}
