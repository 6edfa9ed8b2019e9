// The wire of the lock: what clients ask of the ensemble (api.hpp) and of the resource, what the
// servers tell each other (peers.hpp), and what everybody tells the outside.
#pragma once

#include "common/core/context.hpp"
#include "common/core/describe.hpp"
#include "problems/zklock/given/api.hpp"
#include "problems/zklock/given/peers.hpp"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace dsys::zklock {

// --- The protected resource: one counter, which checks fencing tokens ---

struct ReadRequest {
  Call call = 0;
  Zxid token = 0;  // 0: shows none, and is not checked
};
DSYS_DESCRIBE(ReadRequest, call, token)

struct WriteRequest {
  Call call = 0;  // a write that comes again with the same call changes nothing
  Zxid token = 0;
  std::int64_t value = 0;
};
DSYS_DESCRIBE(WriteRequest, call, token, value)

struct ResourceReply {
  Call call = 0;
  bool accepted = false;
  std::int64_t value = 0;  // of the counter now
  Zxid highest_token = 0;
};
DSYS_DESCRIBE(ResourceReply, call, accepted, value, highest_token)

// --- Timers ---

// Set by clients: a learner's may use each of them for what it likes.
DSYS_EMPTY(NextRound)
DSYS_EMPTY(ReconnectPause)
DSYS_EMPTY(RequestTimeout)
DSYS_EMPTY(PingInterval)
DSYS_EMPTY(ReadTimeout)
DSYS_EMPTY(SessionDeadline)
DSYS_EMPTY(AcquireTimeout)
DSYS_EMPTY(WorkDone)

// Set by the ensemble.
DSYS_EMPTY(ElectionTimeout)
DSYS_EMPTY(HeartbeatInterval)
DSYS_EMPTY(ContainerCheck)

struct SessionExpiry {
  SessionId session = 0;
};
DSYS_DESCRIBE(SessionExpiry, session)

// --- Records: the ensemble and the resource write them; clients keep nothing ---

// Votes for no earlier epoch than this, and for nobody else in it.
struct StoredPromise {
  Epoch epoch = 0;
};
DSYS_DESCRIBE(StoredPromise, epoch)

struct StoredHistory {
  Epoch epoch = 0;  // of the leader that it came from
  std::vector<Transaction> history;
};
DSYS_DESCRIBE(StoredHistory, epoch, history)

struct StoredTransaction {
  Transaction transaction;
};
DSYS_DESCRIBE(StoredTransaction, transaction)

struct StoredCounter {
  std::int64_t value = 0;
  Zxid highest_token = 0;
  NodeId client{};  // whose write this was ...
  Zxid token = 0;
  Call call = 0;
};
DSYS_DESCRIBE(StoredCounter, value, highest_token, client, token, call)

// --- Outputs ---

enum class LockKind : std::uint8_t { plain, read, write };
BOOST_DESCRIBE_ENUM(LockKind, plain, read, write)

// Emitted by a client: it begins to ask for the lock, has it, begins to give it back, has lost it,
// or has waited for too long.
struct Requested {
  std::string lock;
};
DSYS_DESCRIBE(Requested, lock)

struct Acquired {
  std::string lock;
  Zxid token = 0;
  SessionId session = 0;
  LockKind kind = LockKind::plain;
};
DSYS_DESCRIBE(Acquired, lock, token, session, kind)

struct Released {
  std::string lock;
  Zxid token = 0;
};
DSYS_DESCRIBE(Released, lock, token)

struct Lost {
  std::string lock;
  Zxid token = 0;
};
DSYS_DESCRIBE(Lost, lock, token)

struct GaveUp {
  std::string lock;
};
DSYS_DESCRIBE(GaveUp, lock)

// Emitted by the leader of the ensemble when a majority has it on disk; a new leader tells some of
// it again.
enum class Cause : std::uint8_t { expired, closed, deleted };
BOOST_DESCRIBE_ENUM(Cause, expired, closed, deleted)

struct SessionOpened {
  SessionId session = 0;
  NodeId client{};
  Duration timeout{};
};
DSYS_DESCRIBE(SessionOpened, session, client, timeout)

struct SessionEnded {
  SessionId session = 0;
  Cause cause = Cause::expired;
};
DSYS_DESCRIBE(SessionEnded, session, cause)

struct ZnodeCreated {
  std::string path;
  Zxid czxid = 0;
  CreateMode mode = CreateMode::persistent;
  NodeId client{};  // who asked for it
};
DSYS_DESCRIBE(ZnodeCreated, path, czxid, mode, client)

struct ZnodeRemoved {
  std::string path;
  Zxid czxid = 0;
  Zxid zxid = 0;  // when it went
  Cause cause = Cause::expired;
  NodeId client{};  // who asked for it; of an expired session nobody
};
DSYS_DESCRIBE(ZnodeRemoved, path, czxid, zxid, cause, client)

// Emitted by the resource.
enum class Access : std::uint8_t { read, write };
BOOST_DESCRIBE_ENUM(Access, read, write)

struct Served {
  NodeId client{};
  Call call = 0;
  Access access = Access::read;
  Zxid token = 0;
  std::int64_t value = 0;  // of the counter, afterwards
  bool again = false;      // a write that was done before: nothing changed
};
DSYS_DESCRIBE(Served, client, call, access, token, value, again)

struct Refused {
  NodeId client{};
  Call call = 0;
  Access access = Access::read;
  Zxid token = 0;
  Zxid highest_token = 0;
};
DSYS_DESCRIBE(Refused, client, call, access, token, highest_token)

// Emitted beside the resource, at the start: what a client is to do, so that it can be judged.
struct Tasked {
  NodeId client{};
  std::string lock;
  std::string errand;
  LockKind kind = LockKind::plain;
  Duration first_after{};
  std::uint32_t rounds = 0;
  Duration pause_between{};
  Duration acquire_timeout{};
  std::uint32_t increments = 0;
  Duration work{};
};
DSYS_DESCRIBE(Tasked, client, lock, errand, kind, first_after, rounds, pause_between,
              acquire_timeout, increments, work)

// --- The protocol ---

constexpr Duration longest_work = 20s;

// What the task must say.
struct LockConfig {
  // The ensemble, in the order in which this client tries them, and then from the front again.
  std::vector<NodeId> servers{node_id('s', 1), node_id('s', 2), node_id('s', 3)};
  NodeId resource = node_id('r', 1);
  std::string lock = "job";         // its znodes are children of /locks/job
  LockKind kind = LockKind::plain;  // how it is taken
  std::string errand{};             // another lock, taken and given back in the middle of the work
  Duration session_timeout = 4s;    // what a client asks for
  Duration tick = 2s;               // of the ensemble
  Duration container_check = 60s;   // of the ensemble: how often empty containers are removed
  std::uint32_t clock_error_percent = 1;  // clocks run fast or slow by up to this
  Duration first_after = 100ms;           // when a client first wants the lock
  std::uint32_t rounds = 1;               // how often it takes it
  Duration pause_between = 50ms;
  Duration acquire_timeout{};        // gives up when it has waited for so long; 0: never
  std::uint32_t increments = 1;      // of the counter, each time; 0: it only holds the lock
  Duration work = 50ms;              // between reading the counter and writing it
  Duration request_timeout = 300ms;  // of the resource
  Duration reconnect_pause = 100ms;
};
DSYS_DESCRIBE(LockConfig, servers, resource, lock, kind, errand, session_timeout, tick,
              container_check, clock_error_percent, first_after, rounds, pause_between,
              acquire_timeout, increments, work, request_timeout, reconnect_pause)

struct LockProtocol {
  using Message =
      std::variant<ConnectRequest, ConnectResponse, ConnectionClosed, PingRequest, PingResponse,
                   CloseSessionRequest, CloseSessionResponse, CreateRequest, CreateResponse,
                   DeleteRequest, DeleteResponse, SetDataRequest, SetDataResponse, MultiRequest,
                   MultiResponse, SyncRequest, SyncResponse, ExistsRequest, ExistsResponse,
                   GetDataRequest, GetDataResponse, GetChildrenRequest, GetChildrenResponse,
                   WatchedEvent, LookingForLeader, Vote, NewLeader, JoinRequest, Proposal, Commit,
                   LeaderPing, FollowerPing, ForwardedRequest, AttachRequest, AttachResponse,
                   SessionMoved, ReadRequest, WriteRequest, ResourceReply>;
  using Timer = std::variant<NextRound, ReconnectPause, RequestTimeout, PingInterval, ReadTimeout,
                             SessionDeadline, AcquireTimeout, WorkDone, ElectionTimeout,
                             HeartbeatInterval, ContainerCheck, SessionExpiry>;
  using Record = std::variant<StoredPromise, StoredHistory, StoredTransaction, StoredCounter>;
  using Output = std::variant<Requested, Acquired, Released, Lost, GaveUp, SessionOpened,
                              SessionEnded, ZnodeCreated, ZnodeRemoved, Served, Refused, Tasked>;
  using Config = LockConfig;
};

using LockContext = Context<LockProtocol>;

}  // namespace dsys::zklock
