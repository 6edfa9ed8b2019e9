// The wire of the lock: what clients ask of the store (store_api.hpp) and of the resource, and what
// everybody tells the outside.
#pragma once

#include "problems/lock/given/store_api.hpp"

#include <cstdint>
#include <string>
#include <variant>

namespace dsys::lock {

// --- The protected resource: one counter, which checks fencing tokens ---

struct ReadRequest {
  Call call = 0;
  Revision token = 0;  // 0: shows none, and is not checked
};
DSYS_DESCRIBE(ReadRequest, call, token)

struct WriteRequest {
  Call call = 0;  // a write that comes again with the same call changes nothing
  Revision token = 0;
  std::int64_t value = 0;
};
DSYS_DESCRIBE(WriteRequest, call, token, value)

struct ResourceReply {
  Call call = 0;
  bool accepted = false;
  std::int64_t value = 0;  // of the counter now
  Revision highest_token = 0;
};
DSYS_DESCRIBE(ResourceReply, call, accepted, value, highest_token)

// --- Timers ---

// Set by clients. A learner's may use each of them for what it likes.
DSYS_EMPTY(NextRound)
DSYS_EMPTY(RequestTimeout)
DSYS_EMPTY(RenewalInterval)
DSYS_EMPTY(SessionDeadline)
DSYS_EMPTY(WorkDone)
DSYS_EMPTY(HoldLimit)

// Set by the store.
struct LeaseExpiry {
  LeaseId id = 0;
};
DSYS_DESCRIBE(LeaseExpiry, id)

// --- Records: the store and the resource write them; clients keep nothing ---

struct StoredPut {
  KeyValue kv;
};
DSYS_DESCRIBE(StoredPut, kv)

struct StoredRemoval {
  std::string key;
  Revision revision = 0;
};
DSYS_DESCRIBE(StoredRemoval, key, revision)

struct StoredLease {
  LeaseId id = 0;
  NodeId client{};
  Seconds ttl = 0;  // 0: it has ended
};
DSYS_DESCRIBE(StoredLease, id, client, ttl)

struct StoredCompaction {
  Revision revision = 0;
};
DSYS_DESCRIBE(StoredCompaction, revision)

struct StoredCounter {
  std::int64_t value = 0;
  Revision highest_token = 0;
  NodeId client{};  // whose write this was ...
  Revision token = 0;
  Call call = 0;
};
DSYS_DESCRIBE(StoredCounter, value, highest_token, client, token, call)

// --- Outputs ---

// Emitted by a client that begins to ask for the lock, has it, begins to give it back, has lost it.
DSYS_EMPTY(Requested)

struct Acquired {
  Revision token = 0;
  LeaseId lease = 0;
};
DSYS_DESCRIBE(Acquired, token, lease)

struct Released {
  Revision token = 0;
};
DSYS_DESCRIBE(Released, token)

struct Lost {
  Revision token = 0;
};
DSYS_DESCRIBE(Lost, token)

// Emitted by the store.
struct LeaseGranted {
  LeaseId lease = 0;
  NodeId client{};
  Seconds ttl = 0;
};
DSYS_DESCRIBE(LeaseGranted, lease, client, ttl)

enum class Cause : std::uint8_t { expired, revoked, deleted };
BOOST_DESCRIBE_ENUM(Cause, expired, revoked, deleted)

struct LeaseEnded {
  LeaseId lease = 0;
  Cause cause = Cause::expired;
};
DSYS_DESCRIBE(LeaseEnded, lease, cause)

struct KeyCreated {
  std::string key;
  Revision create_revision = 0;
  LeaseId lease = 0;
  NodeId client{};  // who asked for it
};
DSYS_DESCRIBE(KeyCreated, key, create_revision, lease, client)

// Put again, it hangs on another lease from now on.
struct KeyMoved {
  std::string key;
  Revision create_revision = 0;
  LeaseId lease = 0;
};
DSYS_DESCRIBE(KeyMoved, key, create_revision, lease)

struct KeyRemoved {
  std::string key;
  Revision create_revision = 0;
  Revision revision = 0;  // when it went
  Cause cause = Cause::expired;
  NodeId client{};  // who asked for it: nobody where a lease expired
};
DSYS_DESCRIBE(KeyRemoved, key, create_revision, revision, cause, client)

// Emitted by the resource.
enum class Access : std::uint8_t { read, write };
BOOST_DESCRIBE_ENUM(Access, read, write)

struct Served {
  NodeId client{};
  Call call = 0;
  Access access = Access::read;
  Revision token = 0;
  std::int64_t value = 0;  // of the counter, afterwards
  bool again = false;      // a write that was done before: nothing changed
};
DSYS_DESCRIBE(Served, client, call, access, token, value, again)

struct Refused {
  NodeId client{};
  Call call = 0;
  Access access = Access::read;
  Revision token = 0;
  Revision highest_token = 0;
};
DSYS_DESCRIBE(Refused, client, call, access, token, highest_token)

// What a client is asked to do, as its configuration says it. Emitted by the resource at its start,
// so that whoever judges a run knows when a client has done it.
struct Task {
  NodeId client{};
  Duration first_after{};
  std::uint32_t rounds = 0;
  Duration pause_between{};
  std::uint32_t increments = 0;
  Duration hold_max{};
};
DSYS_DESCRIBE(Task, client, first_after, rounds, pause_between, increments, hold_max)

// --- The protocol ---

constexpr Duration longest_work = 20s;

// What the task must say.
struct LockConfig {
  NodeId store = node_id('s', 1);
  NodeId resource = node_id('r', 1);
  std::string lock = "lock";              // keys of its queue begin with this and a slash
  Seconds ttl = 5;                        // what a client asks for
  Seconds ttl_min = 2;                    // what the store grants at least (etcd's default)
  std::uint32_t clock_error_percent = 1;  // clocks run fast or slow by up to this
  Duration first_after{};                 // when a client first wants the lock
  std::uint32_t rounds = 1;               // how often it takes it
  Duration pause_between = 50ms;
  std::uint32_t increments = 1;      // of the counter, each time it has the lock
  Duration work = 50ms;              // between reading the counter and writing it
  Duration hold_max = longest_work;  // work that takes longer hangs: give the lock back
  Duration request_timeout = 300ms;
};
DSYS_DESCRIBE(LockConfig, store, resource, lock, ttl, ttl_min, clock_error_percent, first_after,
              rounds, pause_between, increments, work, hold_max, request_timeout)

struct LockProtocol {
  using Message =
      std::variant<LeaseGrantRequest, LeaseGrantResponse, LeaseKeepAliveRequest,
                   LeaseKeepAliveResponse, LeaseRevokeRequest, LeaseRevokeResponse, RangeRequest,
                   RangeResponse, PutRequest, PutResponse, DeleteRangeRequest, DeleteRangeResponse,
                   TxnRequest, TxnResponse, WatchCreateRequest, WatchCancelRequest, WatchResponse,
                   CompactionRequest, ReadRequest, WriteRequest, ResourceReply>;
  using Timer = std::variant<NextRound, RequestTimeout, RenewalInterval, SessionDeadline, WorkDone,
                             HoldLimit, LeaseExpiry>;
  using Record =
      std::variant<StoredPut, StoredRemoval, StoredLease, StoredCompaction, StoredCounter>;
  using Output = std::variant<Requested, Acquired, Released, Lost, LeaseGranted, LeaseEnded,
                              KeyCreated, KeyMoved, KeyRemoved, Served, Refused, Task>;
  using Config = LockConfig;
};

using LockContext = Context<LockProtocol>;

}  // namespace dsys::lock
