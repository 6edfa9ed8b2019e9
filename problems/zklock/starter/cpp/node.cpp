// Your client of the lock. It runs as it is, and does nothing yet.
//
// EXERCISE.md says what it must do, dsys.hpp what its Context can do. Fill the handlers in, from
// top to bottom, and grade each stage when you think that it is done: dsys zklock grade --stage 1
#include "dsys.hpp"

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

// --- What the ensemble keeps ---

enum class CreateMode {
  persistent,
  persistent_sequential,
  ephemeral,  // goes when its session ends
  ephemeral_sequential,
  container,  // goes some time after its last child
};
DSYS_ENUM(CreateMode, persistent, persistent_sequential, ephemeral, ephemeral_sequential, container)

enum class Error {
  none,
  no_node,
  node_exists,
  not_empty,
  bad_version,
  no_children_for_ephemerals,
  session_expired,
};
DSYS_ENUM(Error, none, no_node, node_exists, not_empty, bad_version, no_children_for_ephemerals,
          session_expired)

struct Stat {
  Zxid czxid = 0;  // when it was created; deleted and created again, it is a new one
  Zxid mzxid = 0;
  Zxid pzxid = 0;
  Version version = 0;
  Version cversion = 0;
  SessionId ephemeral_owner = 0;
  std::int64_t num_children = 0;
};
DSYS_VALUE(Stat, czxid, mzxid, pzxid, version, cversion, ephemeral_owner, num_children)

// --- Connections and sessions ---

struct ConnectRequest {
  Call call = 0;
  SessionId session = 0;  // 0: a new one
  Zxid last_zxid = 0;     // the highest that was seen in any answer
  Duration timeout{};
};
DSYS_VALUE(ConnectRequest, call, session, last_zxid, timeout)

struct ConnectResponse {
  Call call = 0;
  SessionId session = 0;  // 0: it has expired
  Duration timeout{};     // what was granted
};
DSYS_VALUE(ConnectResponse, call, session, timeout)

struct ConnectionClosed {
  Call call = 0;  // a connection that was opened later is not meant
};
DSYS_VALUE(ConnectionClosed, call)

struct PingRequest {
  Call call = 0;
};
DSYS_VALUE(PingRequest, call)

struct PingResponse {
  Call call = 0;
  Zxid zxid = 0;
  std::uint64_t events = 0;  // watched events on this connection so far
};
DSYS_VALUE(PingResponse, call, zxid, events)

struct CloseSessionRequest {
  Call call = 0;
};
DSYS_VALUE(CloseSessionRequest, call)

struct CloseSessionResponse {
  Call call = 0;
  Zxid zxid = 0;
};
DSYS_VALUE(CloseSessionResponse, call, zxid)

// --- Writes ---

struct CreateRequest {
  Call call = 0;
  std::string path;
  std::string data;
  CreateMode mode = CreateMode::persistent;
};
DSYS_VALUE(CreateRequest, call, path, data, mode)

struct CreateResponse {
  Call call = 0;
  Zxid zxid = 0;
  Error error = Error::none;
  std::string path;  // as it was created
  Stat stat;
};
DSYS_VALUE(CreateResponse, call, zxid, error, path, stat)

struct DeleteRequest {
  Call call = 0;
  std::string path;
  Version version = -1;
};
DSYS_VALUE(DeleteRequest, call, path, version)

struct DeleteResponse {
  Call call = 0;
  Zxid zxid = 0;
  Error error = Error::none;
};
DSYS_VALUE(DeleteResponse, call, zxid, error)

struct SetDataRequest {
  Call call = 0;
  std::string path;
  std::string data;
  Version version = -1;
};
DSYS_VALUE(SetDataRequest, call, path, data, version)

struct SetDataResponse {
  Call call = 0;
  Zxid zxid = 0;
  Error error = Error::none;
  Stat stat;
};
DSYS_VALUE(SetDataResponse, call, zxid, error, stat)

enum class OperationKind { check, create, remove, set_data };
DSYS_ENUM(OperationKind, check, create, remove, set_data)

struct Operation {
  OperationKind operation = OperationKind::check;
  std::string path;
  std::string data;
  CreateMode mode = CreateMode::persistent;
  Version version = -1;
};
DSYS_VALUE(Operation, operation, path, data, mode, version)

struct MultiRequest {
  Call call = 0;
  std::vector<Operation> operations;  // all of them, or none
};
DSYS_VALUE(MultiRequest, call, operations)

struct MultiResponse {
  Call call = 0;
  Zxid zxid = 0;
  Error error = Error::none;
  std::vector<std::string> paths;
};
DSYS_VALUE(MultiResponse, call, zxid, error, paths)

struct SyncRequest {
  Call call = 0;
  std::string path;
};
DSYS_VALUE(SyncRequest, call, path)

struct SyncResponse {
  Call call = 0;
  Zxid zxid = 0;
};
DSYS_VALUE(SyncResponse, call, zxid)

// --- Reads: what this server knows; with a watch you are told once of a change ---

struct ExistsRequest {
  Call call = 0;
  std::string path;
  bool watch = false;
};
DSYS_VALUE(ExistsRequest, call, path, watch)

struct ExistsResponse {
  Call call = 0;
  Zxid zxid = 0;
  Error error = Error::none;
  Stat stat;
};
DSYS_VALUE(ExistsResponse, call, zxid, error, stat)

struct GetDataRequest {
  Call call = 0;
  std::string path;
  bool watch = false;
};
DSYS_VALUE(GetDataRequest, call, path, watch)

struct GetDataResponse {
  Call call = 0;
  Zxid zxid = 0;
  Error error = Error::none;
  std::string data;
  Stat stat;
};
DSYS_VALUE(GetDataResponse, call, zxid, error, data, stat)

struct GetChildrenRequest {
  Call call = 0;
  std::string path;
  bool watch = false;
};
DSYS_VALUE(GetChildrenRequest, call, path, watch)

struct GetChildrenResponse {
  Call call = 0;
  Zxid zxid = 0;
  Error error = Error::none;
  std::vector<std::string> children;  // names without the path
  Stat stat;
};
DSYS_VALUE(GetChildrenResponse, call, zxid, error, children, stat)

enum class WatchEventType { node_created, node_deleted, node_data_changed, node_children_changed };
DSYS_ENUM(WatchEventType, node_created, node_deleted, node_data_changed, node_children_changed)

struct WatchedEvent {
  WatchEventType event = WatchEventType::node_created;
  std::string path;
  Zxid zxid = 0;
};
DSYS_VALUE(WatchedEvent, event, path, zxid)

// --- The resource ---

struct ReadRequest {
  Call call = 0;
  Zxid token = 0;
};
DSYS_VALUE(ReadRequest, call, token)

struct WriteRequest {
  Call call = 0;
  Zxid token = 0;
  std::int64_t value = 0;
};
DSYS_VALUE(WriteRequest, call, token, value)

struct ResourceReply {
  Call call = 0;
  bool accepted = false;
  std::int64_t value = 0;  // of the counter now
  Zxid highest_token = 0;
};
DSYS_VALUE(ResourceReply, call, accepted, value, highest_token)

// --- Timers: use each for what you like ---

struct NextRound {};
DSYS_VALUE(NextRound)

struct ReconnectPause {};
DSYS_VALUE(ReconnectPause)

struct RequestTimeout {};
DSYS_VALUE(RequestTimeout)

struct PingInterval {};
DSYS_VALUE(PingInterval)

struct ReadTimeout {};
DSYS_VALUE(ReadTimeout)

struct SessionDeadline {};
DSYS_VALUE(SessionDeadline)

struct AcquireTimeout {};
DSYS_VALUE(AcquireTimeout)

struct WorkDone {};
DSYS_VALUE(WorkDone)

// --- Outputs ---

enum class LockKind { plain, read, write };
DSYS_ENUM(LockKind, plain, read, write)

struct Requested {
  std::string lock;
};
DSYS_VALUE(Requested, lock)

struct Acquired {
  std::string lock;
  Zxid token = 0;
  SessionId session = 0;
  LockKind kind = LockKind::plain;
};
DSYS_VALUE(Acquired, lock, token, session, kind)

struct Released {
  std::string lock;
  Zxid token = 0;
};
DSYS_VALUE(Released, lock, token)

struct Lost {
  std::string lock;
  Zxid token = 0;
};
DSYS_VALUE(Lost, lock, token)

struct GaveUp {
  std::string lock;
};
DSYS_VALUE(GaveUp, lock)

// --- Configuration ---

struct LockConfig {
  std::vector<Name> servers;  // in the order in which this client tries them
  Name resource;
  std::string lock;  // its znodes are children of /locks/ and this
  LockKind kind = LockKind::plain;
  std::string errand;  // another lock, or none
  Duration session_timeout{};
  Duration tick{};
  Duration container_check{};
  std::int64_t clock_error_percent = 0;
  Duration first_after{};
  std::uint32_t rounds = 0;
  Duration pause_between{};
  Duration acquire_timeout{};  // 0: never gives up
  std::uint32_t increments = 0;
  Duration work{};
  Duration request_timeout{};
  Duration reconnect_pause{};
};
DSYS_VALUE(LockConfig, servers, resource, lock, kind, errand, session_timeout, tick,
           container_check, clock_error_percent, first_after, rounds, pause_between,
           acquire_timeout, increments, work, request_timeout, reconnect_pause)

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
