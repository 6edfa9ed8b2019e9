// A client of a lock on ZooKeeper, after ZooKeeper's own recipe: an ephemeral sequential znode in
// the lock's directory. The lowest number owns the lock, and the czxid is the fencing token.
//
// It does not remember in which step it is, but what it knows: its seats in the queues, and what it
// wants of them. After whatever happens, advance() asks the ensemble what this knowledge calls for.
// A lost connection is no case of its own then: the question under way is forgotten, and asked
// again if it still matters.
//
// Invariants:
//   1. At most one question to the ensemble is under way, pings aside.
//   2. contact is never later than when the ensemble last heard of the session.
//   3. The resource is asked for nothing unless may_act().
#include "messages.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

using namespace std::chrono_literals;

using Zxid = std::int64_t;       // the place of a change in the one order of all changes
using SessionId = std::int64_t;  // 0: none
using Call = std::uint64_t;      // a number of yours: higher with each request to the ensemble
using Name = std::string;
using dsys::Context;
using dsys::Duration;

// --- The client ---

// A place in a queue, or the wish for one.
struct Seat {
  std::string lock;
  LockKind kind = LockKind::plain;
  bool is_wanted = true;  // else it is to be given back
  bool is_owned = false;
  std::string prefix;      // of the znode's name: by it the client knows its own again
  bool may_exist = false;  // its creation was asked for, and not answered
  std::string path;        // as it was created; empty: not known, or not there
  Zxid czxid = 0;
  std::string blocker;  // the znode that it waits for, watched
};
DSYS_VALUE(Seat, lock, kind, is_wanted, is_owned, prefix, may_exist, path, czxid, blocker)

enum class Link { none, pausing, connecting, connected };
DSYS_ENUM(Link, none, pausing, connecting, connected)

enum class Question {
  none,
  verify,  // connected again: does it still own the lock?
  create,
  create_directory,
  sync,    // its creation may have been done: the server must know of that ...
  find,    // ... and then it looks for its znode
  look,    // found: since when is it there?
  list,    // who is before it?
  watch,   // tell me when that one goes
  remove,  // its znode
  close,   // its session
};
DSYS_ENUM(Question, none, verify, create, create_directory, sync, find, look, list, watch, remove,
          close)

// All that is of no use any more when the connection is lost.
struct Connection {
  Call opened_by = 0;
  std::uint64_t events = 0;  // that have come over it
  bool is_synced = false;    // its server knows what was done before
  bool is_verified = false;  // the owner has seen its znode over it
  Question question = Question::none;
  Call question_call = 0;
  std::map<Call, Duration> under_way;  // when each was sent
};
DSYS_VALUE(Connection, opened_by, events, is_synced, is_verified, question, question_call,
           under_way)

enum class ResourceStep { none, reading, writing };
DSYS_ENUM(ResourceStep, none, reading, writing)

struct Client {
  using Message = std::variant<ConnectResponse, ConnectionClosed, PingResponse,
                               CloseSessionResponse, CreateResponse, DeleteResponse, SyncResponse,
                               GetDataResponse, GetChildrenResponse, WatchedEvent, ResourceReply>;
  using Timer = std::variant<NextRound, ReconnectPause, RequestTimeout, PingInterval, ReadTimeout,
                             SessionDeadline, AcquireTimeout, WorkDone>;
  using Record = std::variant<std::monostate>;  // nothing survives a crash

  LockConfig config;
  std::uint32_t rounds_done = 0;
  Call last_call = 0;

  // --- Of the connection ---
  Link link = Link::none;
  std::size_t server_index = 0;
  Connection connection;
  Zxid last_zxid = 0;  // seen in any answer

  // --- Of the session ---
  SessionId session = 0;
  Duration timeout{};  // as granted
  Duration contact{};  // when the latest answered request was sent

  // --- Of the queues: the lock's, and behind it the errand's ---
  std::vector<Seat> seats;

  // --- Of the round ---
  bool is_lost = false;
  bool errand_is_done = false;
  std::uint32_t increments_done = 0;
  std::int64_t counter = 0;  // as last read
  ResourceStep resource_step = ResourceStep::none;
  Call resource_call = 0;

  // --- The three entries ---
  void on_start(Context& context, const std::vector<Record>& disk);
  void on_message(Context& context, const Name& from, const Message& message);
  void on_timer(Context& context, const Timer& timer);

  // --- The queue ---
  void expire(Context& context, const NextRound& timer);
  void handle(Context& context, const CreateResponse& message);
  void handle(Context& context, const SyncResponse& message);
  void handle(Context& context, const GetChildrenResponse& message);
  void handle(Context& context, const GetDataResponse& message);
  void handle(Context& context, const WatchedEvent& message);
  void handle(Context& context, const DeleteResponse& message);
  void expire(Context& context, const AcquireTimeout& timer);

  // --- The owner ---
  void handle(Context& context, const ResourceReply& message);
  void expire(Context& context, const WorkDone& timer);
  void expire(Context& context, const RequestTimeout& /*timer*/) { send_to_resource(context); }

  // --- The connection and the session ---
  void handle(Context& context, const ConnectResponse& message);
  void handle(Context& context, const ConnectionClosed& message);
  void handle(Context& context, const PingResponse& message);
  void handle(Context& context, const CloseSessionResponse& message);
  void expire(Context& /*context*/, const ReconnectPause& /*timer*/) { link = Link::none; }
  void expire(Context& context, const PingInterval& timer);
  void expire(Context& context, const ReadTimeout& timer);
  void expire(Context& /*context*/, const SessionDeadline& /*timer*/) {}  // on_timer has looked

  // --- What to ask next ---
  void advance(Context& context);
  Question next_question() const;
  void ask(Context& context, Question question);
  void send_creation(Context& context, Call call);
  template <typename Answer>
  Question question_of(Context& context, const Answer& answer);

  // --- Transitions: the queue ---
  void find_seat(Context& context, const std::vector<std::string>& children);
  void own_or_wait(Context& context, const std::vector<std::string>& children);
  void take_seat(const std::string& lock, LockKind kind);
  static void forget_znode(Seat& seat);
  void leave_seat(Context& context);
  void end_round(Context& context);

  // --- Transitions: the owner ---
  void become_owner(Context& context);
  void write_counter(Context& context);
  void ask_resource(Context& context, ResourceStep step);
  void send_to_resource(Context& context);
  void release(Context& context, Seat& seat);
  void lose_locks(Context& context);

  // --- Transitions: the connection and the session ---
  void connect(Context& context);
  void disconnect(Context& context);
  void hang_up(Context& context);
  void lose_session(Context& context);
  void rely_on(Context& context, Call answered);
  void look_at_clock(Context& context);
  void watch_clock(Context& context) const;

  // --- Questions ---
  const Name& server() const { return config.servers[server_index]; }
  bool is_done() const { return rounds_done == config.rounds; }
  bool owns_lock() const { return !seats.empty() && seats.front().is_owned; }
  bool may_act() const { return owns_lock() && connection.is_verified; }
  Duration silent_from() const;
  Duration deadline() const;
};
DSYS_VALUE(Client, config, rounds_done, last_call, link, server_index, connection, last_zxid,
           session, timeout, contact, seats, is_lost, errand_is_done, increments_done, counter,
           resource_step, resource_call)

// --- Names ---

std::string directory_of(const Seat& seat) {
  return "/locks/" + seat.lock;
}

std::string path_of(const Seat& seat, const std::string& name) {
  return directory_of(seat) + "/" + name;
}

// The place in the queue: ten digits, so that they compare as texts.
std::string_view number_of(std::string_view name) {
  return name.substr(name.size() - std::min<std::size_t>(name.size(), 10));
}

// The nearest one in front that has to go first; or nobody. Readers let readers pass.
std::string blocker_of(const Seat& seat, const std::vector<std::string>& children) {
  std::string nearest;
  for (const std::string& name : children) {
    const bool is_ahead = number_of(name) < number_of(seat.path);
    const bool passes = seat.kind == LockKind::read && name.find("-write-") == std::string::npos;
    if (!is_ahead || passes) continue;
    if (nearest.empty() || number_of(nearest) < number_of(name)) nearest = name;
  }
  return nearest;
}

// --- The three entries: first a look at the clock, at last the next question ---

void Client::on_start(Context& context, const std::vector<Record>& /*disk*/) {
  config = context.config<LockConfig>();
  context.set_timer(NextRound{}, config.first_after);
}

void Client::on_timer(Context& context, const Timer& timer) {
  look_at_clock(context);
  std::visit([&](const auto& one) { expire(context, one); }, timer);
  advance(context);
}

void Client::on_message(Context& context, const Name& from, const Message& message) {
  look_at_clock(context);
  const bool is_open = link == Link::connecting || link == Link::connected;
  const bool is_meant = from == config.resource || (is_open && from == server());
  if (is_meant) std::visit([&](const auto& one) { handle(context, one); }, message);
  advance(context);
}

// --- What to ask next ---

void Client::advance(Context& context) {
  const bool needs_ensemble = session != 0 || !seats.empty();
  if (link == Link::none && needs_ensemble) return connect(context);
  const bool may_ask = link == Link::connected && connection.question == Question::none;
  if (!may_ask) return;
  const auto has_gone = [](const Seat& seat) {
    return !seat.is_wanted && seat.path.empty() && !seat.may_exist;
  };
  while (!seats.empty() && has_gone(seats.back())) leave_seat(context);
  const Question next = next_question();
  if (next != Question::none) ask(context, next);
}

Question Client::next_question() const {
  if (seats.empty()) return is_done() ? Question::close : Question::none;
  if (owns_lock() && !connection.is_verified) return Question::verify;
  const Seat& seat = seats.back();
  const bool must_find = seat.path.empty() && seat.may_exist;
  if (must_find) return connection.is_synced ? Question::find : Question::sync;
  if (!seat.is_wanted) return Question::remove;
  const bool works_or_waits = seat.is_owned || !seat.blocker.empty();
  if (works_or_waits) return Question::none;
  if (seat.path.empty()) return Question::create;
  return seat.czxid == 0 ? Question::look : Question::list;
}

void Client::ask(Context& context, Question question) {
  const Call call = ++last_call;
  connection.question = question;
  connection.question_call = call;
  connection.under_way[call] = context.now();
  watch_clock(context);
  if (question == Question::close) return context.send(server(), CloseSessionRequest{call});
  const Seat& seat = seats.back();
  switch (question) {
    case Question::verify:
      return context.send(server(), GetDataRequest{call, seats.front().path});
    case Question::create:
      return send_creation(context, call);
    case Question::create_directory:
      return context.send(server(),
                          CreateRequest{call, directory_of(seat), {}, CreateMode::container});
    case Question::sync:
      return context.send(server(), SyncRequest{call, directory_of(seat)});
    case Question::find:
    case Question::list:
      return context.send(server(), GetChildrenRequest{call, directory_of(seat)});
    case Question::look:
      return context.send(server(), GetDataRequest{call, seat.path});
    case Question::watch:
      return context.send(server(), GetDataRequest{call, seat.blocker, true});
    case Question::remove:
      return context.send(server(), DeleteRequest{call, seat.path});
    case Question::close:
    case Question::none:
      return;
  }
}

// Nobody else has this session, and it has this number only once: the prefix is this seat's alone.
void Client::send_creation(Context& context, Call call) {
  Seat& seat = seats.back();
  if (seat.prefix.empty()) {
    const std::map<LockKind, std::string> words{
        {LockKind::plain, "-lock-"}, {LockKind::read, "-read-"}, {LockKind::write, "-write-"}};
    seat.prefix = std::to_string(session) + "-" + std::to_string(call) + words.at(seat.kind);
  }
  seat.may_exist = true;
  context.send(server(), CreateRequest{call, path_of(seat, seat.prefix), context.self(),
                                       CreateMode::ephemeral_sequential});
}

// What this is the answer to; none, if to nothing that was asked over this connection.
template <typename Answer>
Question Client::question_of(Context& context, const Answer& answer) {
  if (connection.under_way.count(answer.call) == 0) return Question::none;
  last_zxid = std::max(last_zxid, answer.zxid);
  rely_on(context, answer.call);
  if (answer.call != connection.question_call) return Question::none;
  return std::exchange(connection.question, Question::none);
}

// --- Taking a seat ---

void Client::expire(Context& context, const NextRound& /*timer*/) {
  context.emit(Requested{config.lock});
  is_lost = false;
  errand_is_done = config.errand.empty();
  increments_done = 0;
  take_seat(config.lock, config.kind);
  if (config.acquire_timeout != 0s) context.set_timer(AcquireTimeout{}, config.acquire_timeout);
}

void Client::handle(Context& context, const CreateResponse& message) {
  if (question_of(context, message) != Question::create) return;
  Seat& seat = seats.back();
  seat.may_exist = false;
  if (message.error == Error::no_node) return ask(context, Question::create_directory);
  if (message.error != Error::none) return disconnect(context);  // the session is about to end
  seat.path = message.path;
  seat.czxid = message.stat.czxid;
}

// A server that lags behind would not know of the creation.
void Client::handle(Context& context, const SyncResponse& message) {
  if (question_of(context, message) == Question::sync) connection.is_synced = true;
}

void Client::handle(Context& context, const GetChildrenResponse& message) {
  const Question question = question_of(context, message);
  if (question == Question::find) find_seat(context, message.children);
  if (question == Question::list) own_or_wait(context, message.children);
}

// Not there: it never will be, since the connection over which it was asked for is closed.
void Client::find_seat(Context& context, const std::vector<std::string>& children) {
  Seat& seat = seats.back();
  seat.may_exist = false;
  const auto own = std::find_if(children.begin(), children.end(),
                                [&](const auto& name) { return name.starts_with(seat.prefix); });
  if (own == children.end()) return;
  context.note("finds its znode ", *own);
  seat.path = path_of(seat, *own);
}

void Client::own_or_wait(Context& context, const std::vector<std::string>& children) {
  Seat& seat = seats.back();
  if (!seat.is_wanted) return;  // it has given up meanwhile
  const bool is_there = std::any_of(children.begin(), children.end(), [&](const auto& name) {
    return path_of(seat, name) == seat.path;
  });
  if (!is_there) return forget_znode(seat);
  const std::string blocker = blocker_of(seat, children);
  if (blocker.empty()) return become_owner(context);
  seat.blocker = path_of(seat, blocker);
  ask(context, Question::watch);
}

// What is not there is not watched: who would wait for it lists again at once.
void Client::handle(Context& context, const GetDataResponse& message) {
  const Question question = question_of(context, message);
  const bool is_there = message.error == Error::none;
  if (question == Question::watch && !is_there) seats.back().blocker.clear();
  if (question == Question::look && is_there) seats.back().czxid = message.stat.czxid;
  if (question == Question::look && !is_there) forget_znode(seats.back());
  if (question != Question::verify || !owns_lock()) return;
  if (!is_there) return lose_locks(context);
  context.note("still owns the lock");
  connection.is_verified = true;
  send_to_resource(context);
}

void Client::handle(Context& /*context*/, const WatchedEvent& message) {
  if (link != Link::connected) return;
  ++connection.events;
  last_zxid = std::max(last_zxid, message.zxid);
  for (Seat& seat : seats) {
    if (seat.blocker == message.path) seat.blocker.clear();
  }
}

void Client::take_seat(const std::string& lock, LockKind kind) {
  Seat& seat = seats.emplace_back();
  seat.lock = lock;
  seat.kind = kind;
}

// It has gone, and its session may have. The next one may have the same prefix.
void Client::forget_znode(Seat& seat) {
  seat.may_exist = false;
  seat.path.clear();
  seat.czxid = 0;
}

// --- Giving it back ---

void Client::expire(Context& context, const AcquireTimeout& /*timer*/) {
  const bool waits = !seats.empty() && seats.front().is_wanted && !owns_lock();
  if (!waits) return;
  context.emit(GaveUp{config.lock});
  seats.front().is_wanted = false;
}

// no_node is as good as done.
void Client::handle(Context& context, const DeleteResponse& message) {
  if (question_of(context, message) == Question::remove) leave_seat(context);
}

void Client::leave_seat(Context& context) {
  seats.pop_back();
  if (seats.empty()) return end_round(context);
  if (!owns_lock()) return;
  errand_is_done = true;
  write_counter(context);
}

void Client::end_round(Context& context) {
  context.cancel_timer(AcquireTimeout{});
  if (!is_lost) ++rounds_done;
  if (!is_done()) context.set_timer(NextRound{}, config.pause_between);
}

// --- The owner ---

void Client::become_owner(Context& context) {
  Seat& seat = seats.back();
  context.note("owns ", seat.lock, ", with token ", seat.czxid);
  context.emit(Acquired{seat.lock, seat.czxid, session, seat.kind});
  seat.is_owned = true;
  const bool is_errand = seats.size() > 1;
  if (is_errand) return release(context, seat);
  connection.is_verified = true;
  context.cancel_timer(AcquireTimeout{});
  if (config.increments > 0) return ask_resource(context, ResourceStep::reading);
  context.set_timer(WorkDone{}, config.work);
}

void Client::expire(Context& context, const WorkDone& /*timer*/) {
  if (!owns_lock()) return;
  if (errand_is_done) return write_counter(context);
  take_seat(config.errand, LockKind::plain);
}

void Client::write_counter(Context& context) {
  const bool has_nothing_to_write = config.increments == 0 || config.kind == LockKind::read;
  if (has_nothing_to_write) return release(context, seats.front());
  ask_resource(context, ResourceStep::writing);
}

void Client::handle(Context& context, const ResourceReply& message) {
  const bool is_expected = resource_step != ResourceStep::none && message.call == resource_call;
  if (!is_expected) return;
  const bool was_read = resource_step == ResourceStep::reading;
  resource_step = ResourceStep::none;
  if (!message.accepted) return lose_locks(context);
  counter = message.value;
  if (was_read) return context.set_timer(WorkDone{}, config.work);
  ++increments_done;
  if (increments_done < config.increments) return ask_resource(context, ResourceStep::reading);
  release(context, seats.front());
}

void Client::ask_resource(Context& context, ResourceStep step) {
  resource_step = step;
  resource_call = ++last_call;
  send_to_resource(context);
}

// For the first time or again, with the same call. While the lock is suspect it is put off.
void Client::send_to_resource(Context& context) {
  if (resource_step == ResourceStep::none || !may_act()) return;
  // A reader's token would shut out the readers before it.
  const Zxid token = config.kind == LockKind::read ? 0 : seats.front().czxid;
  if (resource_step == ResourceStep::reading) {
    context.send(config.resource, ReadRequest{resource_call, token});
  } else {
    context.send(config.resource, WriteRequest{resource_call, token, counter + 1});
  }
  context.set_timer(RequestTimeout{}, config.request_timeout);
}

// From now on it does not own the lock; advance removes the znode.
void Client::release(Context& context, Seat& seat) {
  context.emit(Released{seat.lock, seat.czxid});
  seat.is_owned = false;
  seat.is_wanted = false;
}

// What is left of its znodes goes as soon as it can, so that nobody waits for them.
void Client::lose_locks(Context& context) {
  context.note("must take the lock for lost");
  is_lost = true;
  for (Seat& seat : seats) {
    if (seat.is_owned) context.emit(Lost{seat.lock, seat.czxid});
    seat.is_owned = false;
    seat.is_wanted = false;
  }
  resource_step = ResourceStep::none;
  context.cancel_timer(WorkDone{});
}

// --- The connection ---

void Client::connect(Context& context) {
  link = Link::connecting;
  connection.opened_by = ++last_call;
  connection.under_way[last_call] = context.now();
  context.send(server(), ConnectRequest{last_call, session, last_zxid, config.session_timeout});
  context.set_timer(ReadTimeout{}, 1s);
}

void Client::handle(Context& context, const ConnectResponse& message) {
  const bool is_expected = link == Link::connecting && message.call == connection.opened_by;
  if (!is_expected) return;
  if (message.session == 0) return lose_session(context);
  link = Link::connected;
  session = message.session;
  timeout = message.timeout;
  rely_on(context, message.call);
  context.set_timer(PingInterval{}, timeout / 3);
}

void Client::handle(Context& context, const ConnectionClosed& message) {
  if (message.call >= connection.opened_by) disconnect(context);
}

// Of the session nothing is known, and of the last question neither. After the pause advance
// connects.
void Client::disconnect(Context& context) {
  hang_up(context);
  server_index = (server_index + 1) % config.servers.size();
  link = Link::pausing;
  context.set_timer(ReconnectPause{}, config.reconnect_pause);
}

// Watches live on the connection: who waits lists again over the next one.
void Client::hang_up(Context& context) {
  link = Link::none;
  connection = {};
  for (Seat& seat : seats) seat.blocker.clear();
  context.cancel_timer(PingInterval{});
  context.cancel_timer(ReadTimeout{});
}

void Client::expire(Context& context, const PingInterval& /*timer*/) {
  if (link != Link::connected) return;
  connection.under_way[++last_call] = context.now();
  context.send(server(), PingRequest{last_call});
  context.set_timer(PingInterval{}, timeout / 3);
}

void Client::handle(Context& context, const PingResponse& message) {
  if (connection.under_way.count(message.call) == 0) return;  // of an earlier connection
  question_of(context, message);  // to none: it only tells that the session lives
  if (message.events > connection.events) disconnect(context);
}

void Client::expire(Context& context, const ReadTimeout& /*timer*/) {
  if (link == Link::connecting) disconnect(context);
}

// --- The session ---

// The ensemble heard of it no earlier than the answered request was sent.
void Client::rely_on(Context& context, Call answered) {
  contact = std::max(contact, connection.under_way.at(answered));
  connection.under_way.erase(answered);
  watch_clock(context);
}

// Anything that has been under way for so long counts as silence.
Duration Client::silent_from() const {
  Duration since = contact;
  for (const auto& [call, sent_at] : connection.under_way) since = std::min(since, sent_at);
  return since + timeout * 2 / 3;
}

// The ensemble's clock may be fast by the error, and this one slow by as much.
Duration Client::deadline() const {
  return contact + timeout * (100 - 2 * std::int64_t{config.clock_error_percent}) / 100;
}

void Client::watch_clock(Context& context) const {
  context.set_timer(ReadTimeout{}, std::max(silent_from() - context.now(), Duration{}));
  context.set_timer(SessionDeadline{}, std::max(deadline() - context.now(), Duration{}));
}

void Client::look_at_clock(Context& context) {
  const bool is_silent = link == Link::connected && context.now() >= silent_from();
  if (is_silent) disconnect(context);
  if (owns_lock() && context.now() >= deadline()) lose_locks(context);
}

// Its znodes have gone with it. Who only waited stands in the queue again, in a new session.
void Client::lose_session(Context& context) {
  context.note("learns that its session has ended");
  hang_up(context);
  session = 0;
  if (owns_lock()) lose_locks(context);
  if (seats.empty()) return;
  if (seats.front().is_wanted) return forget_znode(seats.back());
  seats.clear();
  end_round(context);
}

void Client::handle(Context& context, const CloseSessionResponse& message) {
  if (question_of(context, message) != Question::close) return;
  hang_up(context);
  session = 0;
  context.cancel_timer(SessionDeadline{});
}

int main() {
  return dsys::run<Client>();
}
