// The wire of the lock: what clients ask of the store and of the resource, and what everybody tells
// the outside.
//
// The store speaks etcd's v3 API: its names, its fields and what they mean. It differs in two
// things. `call` takes the place of the connection: whoever answers carries it back. And a request
// operation is one struct with all fields, where etcd has one message for each kind.
#pragma once

#include "common/core/context.hpp"
#include "common/core/describe.hpp"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace dsys::lock {

using Revision = std::int64_t;  // of the whole store: each change makes it grow by one
using LeaseId = std::int64_t;   // 0: none
using Call = std::uint64_t;     // grows with each call of a client; a retry repeats it
using Seconds = std::int64_t;   // etcd's TTLs are whole seconds

// --- What the store keeps ---

struct KeyValue {
  std::string key;
  std::string value;
  Revision create_revision = 0;  // when it was created; deleted and put again, it is a new one
  Revision mod_revision = 0;     // when it was last put
  std::int64_t version = 0;      // puts since its creation
  LeaseId lease = 0;             // it goes when this lease ends

  bool operator==(const KeyValue&) const = default;
};
DSYS_DESCRIBE(KeyValue, key, value, create_revision, mod_revision, version, lease)

// --- Leases ---

struct LeaseGrantRequest {
  Call call = 0;
  Seconds ttl = 0;

  bool operator==(const LeaseGrantRequest&) const = default;
};
DSYS_DESCRIBE(LeaseGrantRequest, call, ttl)

struct LeaseGrantResponse {
  Call call = 0;
  LeaseId id = 0;
  Seconds ttl = 0;  // what was granted: the store may raise what was asked for

  bool operator==(const LeaseGrantResponse&) const = default;
};
DSYS_DESCRIBE(LeaseGrantResponse, call, id, ttl)

struct LeaseKeepAliveRequest {
  Call call = 0;
  LeaseId id = 0;

  bool operator==(const LeaseKeepAliveRequest&) const = default;
};
DSYS_DESCRIBE(LeaseKeepAliveRequest, call, id)

struct LeaseKeepAliveResponse {
  Call call = 0;
  LeaseId id = 0;
  Seconds ttl = 0;  // counted anew from now on; 0: there is no such lease

  bool operator==(const LeaseKeepAliveResponse&) const = default;
};
DSYS_DESCRIBE(LeaseKeepAliveResponse, call, id, ttl)

struct LeaseRevokeRequest {
  Call call = 0;
  LeaseId id = 0;

  bool operator==(const LeaseRevokeRequest&) const = default;
};
DSYS_DESCRIBE(LeaseRevokeRequest, call, id)

struct LeaseRevokeResponse {
  Call call = 0;
  Revision revision = 0;
  bool found = false;

  bool operator==(const LeaseRevokeResponse&) const = default;
};
DSYS_DESCRIBE(LeaseRevokeResponse, call, revision, found)

// --- Keys ---

enum class SortOrder : std::uint8_t { none, ascend, descend };
BOOST_DESCRIBE_ENUM(SortOrder, none, ascend, descend)

enum class SortTarget : std::uint8_t { key, version, create, mod, value };
BOOST_DESCRIBE_ENUM(SortTarget, key, version, create, mod, value)

// The keys from `key` up to but not including `range_end`; without one, `key` alone. All keys with
// a prefix: `range_end` is the prefix with its last byte raised by one ("lock/" to "lock0").
struct RangeRequest {
  Call call = 0;
  std::string key;
  std::string range_end;
  std::int64_t limit = 0;  // 0: all
  SortOrder sort_order = SortOrder::none;
  SortTarget sort_target = SortTarget::key;
  Revision max_create_revision = 0;  // only keys that were created no later; 0: all

  bool operator==(const RangeRequest&) const = default;
};
DSYS_DESCRIBE(RangeRequest, call, key, range_end, limit, sort_order, sort_target,
              max_create_revision)

struct RangeResponse {
  Call call = 0;
  Revision revision = 0;  // of the store when it looked
  std::vector<KeyValue> kvs;

  bool operator==(const RangeResponse&) const = default;
};
DSYS_DESCRIBE(RangeResponse, call, revision, kvs)

struct PutRequest {
  Call call = 0;
  std::string key;
  std::string value;
  LeaseId lease = 0;

  bool operator==(const PutRequest&) const = default;
};
DSYS_DESCRIBE(PutRequest, call, key, value, lease)

struct PutResponse {
  Call call = 0;
  Revision revision = 0;
  std::string error;  // empty, or "requested lease not found": then nothing was put

  bool operator==(const PutResponse&) const = default;
};
DSYS_DESCRIBE(PutResponse, call, revision, error)

struct DeleteRangeRequest {
  Call call = 0;
  std::string key;
  std::string range_end;

  bool operator==(const DeleteRangeRequest&) const = default;
};
DSYS_DESCRIBE(DeleteRangeRequest, call, key, range_end)

struct DeleteRangeResponse {
  Call call = 0;
  Revision revision = 0;
  std::int64_t deleted = 0;

  bool operator==(const DeleteRangeResponse&) const = default;
};
DSYS_DESCRIBE(DeleteRangeResponse, call, revision, deleted)

// --- Transactions: compare, then one of two lists, in one step ---

enum class CompareTarget : std::uint8_t { version, create, mod, value, lease };
BOOST_DESCRIBE_ENUM(CompareTarget, version, create, mod, value, lease)

enum class CompareResult : std::uint8_t { equal, greater, less, not_equal };
BOOST_DESCRIBE_ENUM(CompareResult, equal, greater, less, not_equal)

// Only the field of the target is looked at. A key that does not exist has 0 and "" everywhere.
struct Compare {
  std::string key;
  CompareTarget target = CompareTarget::create;
  CompareResult result = CompareResult::equal;
  std::int64_t version = 0;
  Revision create_revision = 0;
  Revision mod_revision = 0;
  std::string value;
  LeaseId lease = 0;

  bool operator==(const Compare&) const = default;
};
DSYS_DESCRIBE(Compare, key, target, result, version, create_revision, mod_revision, value, lease)

enum class RequestKind : std::uint8_t { range, put, delete_range };
BOOST_DESCRIBE_ENUM(RequestKind, range, put, delete_range)

struct RequestOp {
  RequestKind request = RequestKind::range;
  std::string key;
  std::string range_end;  // range, delete_range
  std::string value;      // put
  LeaseId lease = 0;      // put
  std::int64_t limit = 0;
  SortOrder sort_order = SortOrder::none;
  SortTarget sort_target = SortTarget::key;
  Revision max_create_revision = 0;

  bool operator==(const RequestOp&) const = default;
};
DSYS_DESCRIBE(RequestOp, request, key, range_end, value, lease, limit, sort_order, sort_target,
              max_create_revision)

struct ResponseOp {
  std::vector<KeyValue> kvs;  // of a range
  std::int64_t deleted = 0;   // of a delete_range

  bool operator==(const ResponseOp&) const = default;
};
DSYS_DESCRIBE(ResponseOp, kvs, deleted)

struct TxnRequest {
  Call call = 0;
  std::vector<Compare> compare;    // if all hold ...
  std::vector<RequestOp> success;  // ... these are done
  std::vector<RequestOp> failure;  // and else these

  bool operator==(const TxnRequest&) const = default;
};
DSYS_DESCRIBE(TxnRequest, call, compare, success, failure)

struct TxnResponse {
  Call call = 0;
  Revision revision = 0;  // what was put in it has this create_revision or mod_revision
  bool succeeded = false;
  std::vector<ResponseOp> responses;  // one for each operation done
  std::string error;  // empty, or "requested lease not found": then nothing was done

  bool operator==(const TxnResponse&) const = default;
};
DSYS_DESCRIBE(TxnResponse, call, revision, succeeded, responses, error)

// --- Watches ---

enum class WatchEventType : std::uint8_t { put, remove };
BOOST_DESCRIBE_ENUM(WatchEventType, put, remove)

struct WatchEvent {
  WatchEventType event = WatchEventType::put;
  KeyValue kv;  // of a removed key: its name, and in mod_revision when it went

  bool operator==(const WatchEvent&) const = default;
};
DSYS_DESCRIBE(WatchEvent, event, kv)

// Tells every change of these keys from `start_revision` on, past ones first; 0: from now on. The
// same id again replaces the watch.
struct WatchCreateRequest {
  Call watch_id = 0;
  std::string key;
  std::string range_end;
  Revision start_revision = 0;

  bool operator==(const WatchCreateRequest&) const = default;
};
DSYS_DESCRIBE(WatchCreateRequest, watch_id, key, range_end, start_revision)

struct WatchCancelRequest {
  Call watch_id = 0;

  bool operator==(const WatchCancelRequest&) const = default;
};
DSYS_DESCRIBE(WatchCancelRequest, watch_id)

struct WatchResponse {
  Call watch_id = 0;
  Revision revision = 0;
  bool created = false;           // the first answer to a WatchCreateRequest
  bool canceled = false;          // no more will come ...
  Revision compact_revision = 0;  // ... because what came before this has been forgotten
  std::vector<WatchEvent> events;

  bool operator==(const WatchResponse&) const = default;
};
DSYS_DESCRIBE(WatchResponse, watch_id, revision, created, canceled, compact_revision, events)

// From an operator: forget what changed before this revision.
struct CompactionRequest {
  Revision revision = 0;

  bool operator==(const CompactionRequest&) const = default;
};
DSYS_DESCRIBE(CompactionRequest, revision)

// --- The protected resource: one counter, which checks fencing tokens ---

struct ReadRequest {
  Call call = 0;
  Revision token = 0;  // 0: shows none, and is not checked

  bool operator==(const ReadRequest&) const = default;
};
DSYS_DESCRIBE(ReadRequest, call, token)

struct WriteRequest {
  Call call = 0;  // a write that comes again with the same call changes nothing
  Revision token = 0;
  std::int64_t value = 0;

  bool operator==(const WriteRequest&) const = default;
};
DSYS_DESCRIBE(WriteRequest, call, token, value)

struct ResourceReply {
  Call call = 0;
  bool accepted = false;
  std::int64_t value = 0;  // of the counter now
  Revision highest_token = 0;

  bool operator==(const ResourceReply&) const = default;
};
DSYS_DESCRIBE(ResourceReply, call, accepted, value, highest_token)

// --- Timers ---

// Of clients. A learner's may use each of them for what it likes.
struct NextRound {
  bool operator==(const NextRound&) const = default;
};
DSYS_DESCRIBE(NextRound)

struct RequestTimeout {
  bool operator==(const RequestTimeout&) const = default;
};
DSYS_DESCRIBE(RequestTimeout)

struct RenewalInterval {
  bool operator==(const RenewalInterval&) const = default;
};
DSYS_DESCRIBE(RenewalInterval)

struct SessionDeadline {
  bool operator==(const SessionDeadline&) const = default;
};
DSYS_DESCRIBE(SessionDeadline)

struct WorkDone {
  bool operator==(const WorkDone&) const = default;
};
DSYS_DESCRIBE(WorkDone)

struct HoldLimit {
  bool operator==(const HoldLimit&) const = default;
};
DSYS_DESCRIBE(HoldLimit)

// Of the store.
struct LeaseExpiry {
  LeaseId id = 0;

  bool operator==(const LeaseExpiry&) const = default;
};
DSYS_DESCRIBE(LeaseExpiry, id)

// --- Records: of the store and of the resource; clients keep nothing ---

struct StoredPut {
  KeyValue kv;

  bool operator==(const StoredPut&) const = default;
};
DSYS_DESCRIBE(StoredPut, kv)

struct StoredRemoval {
  std::string key;
  Revision revision = 0;

  bool operator==(const StoredRemoval&) const = default;
};
DSYS_DESCRIBE(StoredRemoval, key, revision)

struct StoredLease {
  LeaseId id = 0;
  NodeId client{};
  Seconds ttl = 0;  // 0: it has ended

  bool operator==(const StoredLease&) const = default;
};
DSYS_DESCRIBE(StoredLease, id, client, ttl)

struct StoredCompaction {
  Revision revision = 0;

  bool operator==(const StoredCompaction&) const = default;
};
DSYS_DESCRIBE(StoredCompaction, revision)

struct StoredCounter {
  std::int64_t value = 0;
  Revision highest_token = 0;
  NodeId client{};  // whose write this was ...
  Revision token = 0;
  Call call = 0;

  bool operator==(const StoredCounter&) const = default;
};
DSYS_DESCRIBE(StoredCounter, value, highest_token, client, token, call)

// --- Outputs ---

// Of clients: when one begins to ask for the lock, has it, begins to give it back, has lost it.
struct Requested {
  bool operator==(const Requested&) const = default;
};
DSYS_DESCRIBE(Requested)

struct Acquired {
  Revision token = 0;
  LeaseId lease = 0;

  bool operator==(const Acquired&) const = default;
};
DSYS_DESCRIBE(Acquired, token, lease)

struct Released {
  Revision token = 0;

  bool operator==(const Released&) const = default;
};
DSYS_DESCRIBE(Released, token)

struct Lost {
  Revision token = 0;

  bool operator==(const Lost&) const = default;
};
DSYS_DESCRIBE(Lost, token)

// Of the store.
struct LeaseGranted {
  LeaseId lease = 0;
  NodeId client{};
  Seconds ttl = 0;

  bool operator==(const LeaseGranted&) const = default;
};
DSYS_DESCRIBE(LeaseGranted, lease, client, ttl)

enum class Cause : std::uint8_t { expired, revoked, deleted };
BOOST_DESCRIBE_ENUM(Cause, expired, revoked, deleted)

struct LeaseEnded {
  LeaseId lease = 0;
  Cause cause = Cause::expired;

  bool operator==(const LeaseEnded&) const = default;
};
DSYS_DESCRIBE(LeaseEnded, lease, cause)

struct KeyCreated {
  std::string key;
  Revision create_revision = 0;
  LeaseId lease = 0;
  NodeId client{};  // who asked for it

  bool operator==(const KeyCreated&) const = default;
};
DSYS_DESCRIBE(KeyCreated, key, create_revision, lease, client)

struct KeyRemoved {
  std::string key;
  Revision create_revision = 0;
  Revision revision = 0;  // when it went
  Cause cause = Cause::expired;
  NodeId client{};  // who asked for it; of an expired lease nobody

  bool operator==(const KeyRemoved&) const = default;
};
DSYS_DESCRIBE(KeyRemoved, key, create_revision, revision, cause, client)

// Of the resource.
enum class Access : std::uint8_t { read, write };
BOOST_DESCRIBE_ENUM(Access, read, write)

struct Served {
  NodeId client{};
  Call call = 0;
  Access access = Access::read;
  Revision token = 0;
  std::int64_t value = 0;  // of the counter, afterwards
  bool again = false;      // a write that was done before: nothing changed

  bool operator==(const Served&) const = default;
};
DSYS_DESCRIBE(Served, client, call, access, token, value, again)

struct Refused {
  NodeId client{};
  Call call = 0;
  Access access = Access::read;
  Revision token = 0;
  Revision highest_token = 0;

  bool operator==(const Refused&) const = default;
};
DSYS_DESCRIBE(Refused, client, call, access, token, highest_token)

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

  bool operator==(const LockConfig&) const = default;
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
                              KeyCreated, KeyRemoved, Served, Refused>;
  using Config = LockConfig;
};

using LockContext = Context<LockProtocol>;

}  // namespace dsys::lock
