// Your client of the lock. It runs as it is, and does nothing yet.
//
// EXERCISE.md says what it must do, messages.hpp what it exchanges with the world, dsys.hpp what
// its Context can do. Fill the handlers in, from top to bottom, and grade each stage when you think
// that it is done: dsys zklock grade --stage 1
#include "messages.hpp"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

using Zxid = std::int64_t;       // the place of a change in the one order of all changes
using SessionId = std::int64_t;  // 0: none
using Call = std::uint64_t;      // a number of yours: higher with each request to the ensemble
using Version = std::int64_t;    // of a znode's data; -1 matches any
using Name = std::string;
using dsys::Context;
using dsys::Duration;

// --- The client ---

struct Client {
  using Message = std::variant<ConnectResponse, ConnectionClosed, PingResponse,
                               CloseSessionResponse, CreateResponse, DeleteResponse,
                               SetDataResponse, MultiResponse, SyncResponse, ExistsResponse,
                               GetDataResponse, GetChildrenResponse, WatchedEvent, ResourceReply>;
  using Timer = std::variant<NextRound, ReconnectPause, RequestTimeout, PingInterval, ReadTimeout,
                             SessionDeadline, AcquireTimeout, WorkDone>;
  using Record = std::variant<std::monostate>;  // nothing survives a crash

  LockConfig config;
  std::uint32_t rounds_done = 0;
  Call last_call = 0;

  // --- Of the connection ---
  std::size_t server_index = 0;
  Call opened_by = 0;
  Zxid last_zxid = 0;  // seen in any answer

  // --- Of the session ---
  SessionId session = 0;
  Duration timeout{};   // as granted
  Duration deadline{};  // until when it may be relied on

  // --- Of the queue ---
  std::string path;  // as the ensemble has called it
  Zxid czxid = 0;

  // --- As the owner ---
  std::uint32_t increments_done = 0;
  std::int64_t counter = 0;  // as last read

  // --- The three entries ---
  void on_start(Context& context, const std::vector<Record>& disk);
  void on_message(Context& context, const Name& from, const Message& message);
  void on_timer(Context& context, const Timer& timer);

  // --- Stage 1 ---
  void expire(Context& context, const NextRound& timer);
  void handle(Context& context, const ConnectResponse& message);
  void handle(Context& context, const CreateResponse& message);
  void handle(Context& context, const GetChildrenResponse& message);
  void handle(Context& context, const ResourceReply& message);
  void expire(Context& context, const WorkDone& timer);
  void handle(Context& context, const DeleteResponse& message);

  // --- Stage 2 ---
  void expire(Context& context, const PingInterval& timer);
  void handle(Context& context, const PingResponse& message);
  void handle(Context& context, const ExistsResponse& message);
  void handle(Context& context, const GetDataResponse& message);
  void handle(Context& context, const WatchedEvent& message);

  // --- Stage 3 ---
  void expire(Context& context, const AcquireTimeout& timer);

  // --- Stage 4 ---
  void handle(Context& context, const ConnectionClosed& message);
  void expire(Context& context, const ReconnectPause& timer);
  void expire(Context& context, const ReadTimeout& timer);
  void handle(Context& context, const SyncResponse& message);
  void expire(Context& context, const SessionDeadline& timer);
  void expire(Context& context, const RequestTimeout& timer);
  void handle(Context& context, const CloseSessionResponse& message);
  void handle(Context& context, const SetDataResponse& message);
  void handle(Context& context, const MultiResponse& message);
};

// --- The three entries ---

void Client::on_start(Context& context, const std::vector<Record>& /*disk*/) {
  config = context.config<LockConfig>();
  // Then set_timer(NextRound{}, ...) for config.first_after.
}

void Client::on_timer(Context& context, const Timer& timer) {
  std::visit([&](const auto& one) { expire(context, one); }, timer);
}

void Client::on_message(Context& context, const Name& /*from*/, const Message& message) {
  std::visit([&](const auto& one) { handle(context, one); }, message);
}

// --- Stage 1: one owner at a time ---

// Emit Requested. Not connected? Send a ConnectRequest to the first of config.servers.
void Client::expire(Context& /*context*/, const NextRound& /*timer*/) {}

// Create your znode, ephemeral_sequential, as a child of /locks/NAME.
void Client::handle(Context& /*context*/, const ConnectResponse& /*message*/) {}

// no_node: first create the directory. Else keep the path and the stat, and list.
void Client::handle(Context& /*context*/, const CreateResponse& /*message*/) {}

// Is yours the lowest number? Then emit Acquired, and read the resource. If not: list again after a
// while, until stage 2 knows better.
void Client::handle(Context& /*context*/, const GetChildrenResponse& /*message*/) {}

// What was read: wait config.work. What was written: the next one, or give the lock back.
void Client::handle(Context& /*context*/, const ResourceReply& /*message*/) {}

// Write what was read, plus one.
void Client::expire(Context& /*context*/, const WorkDone& /*timer*/) {}

// You have emitted Released and deleted your znode: the round is done.
void Client::handle(Context& /*context*/, const DeleteResponse& /*message*/) {}

// --- Stage 2: the queue moves on ---

// Every third of the timeout that was granted. A timer expires once: set it again.
void Client::expire(Context& /*context*/, const PingInterval& /*timer*/) {}

// More events than you have counted: one was lost, and so is the connection.
void Client::handle(Context& /*context*/, const PingResponse& /*message*/) {}

// You have asked to be told when the one before you goes. Is it there at all?
void Client::handle(Context& /*context*/, const ExistsResponse& /*message*/) {}

// Another way to ask.
void Client::handle(Context& /*context*/, const GetDataResponse& /*message*/) {}

// The one before you has gone: had it owned the lock, or only waited?
void Client::handle(Context& /*context*/, const WatchedEvent& /*message*/) {}

// --- Stage 3: a fair queue ---

// Emit GaveUp, and leave nothing behind.
void Client::expire(Context& /*context*/, const AcquireTimeout& /*timer*/) {}

// --- Stage 4: connections and sessions ---

// Is it this connection? Then wait config.reconnect_pause.
void Client::handle(Context& /*context*/, const ConnectionClosed& /*message*/) {}

// The next server, the same session. Then: what had become of the last request?
void Client::expire(Context& /*context*/, const ReconnectPause& /*timer*/) {}

// No answer for two thirds of the timeout: the connection is lost.
void Client::expire(Context& /*context*/, const ReadTimeout& /*timer*/) {}

// From now on this server knows what was done before. Is your znode there?
void Client::handle(Context& /*context*/, const SyncResponse& /*message*/) {}

// The session may have ended: the lock is lost.
void Client::expire(Context& /*context*/, const SessionDeadline& /*timer*/) {}

// The resource is silent: ask it the same again, with the same call.
void Client::expire(Context& /*context*/, const RequestTimeout& /*timer*/) {}

// If you close your session in the end. What else hangs on it?
void Client::handle(Context& /*context*/, const CloseSessionResponse& /*message*/) {}

// Not needed.
void Client::handle(Context& /*context*/, const SetDataResponse& /*message*/) {}

// Not needed either.
void Client::handle(Context& /*context*/, const MultiResponse& /*message*/) {}

// --- Stage 5: fencing: which token does each request to the resource show? ---

int main() {
  return dsys::run<Client>();
}
