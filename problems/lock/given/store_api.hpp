// The API of the store: etcd's v3 API, with its names, its fields and what they mean.
//
// It differs in two things. `call` takes the place of the connection: whoever answers carries it
// back. And a request operation is one struct with all fields, where etcd has one message for each
// kind.
#pragma once

#include "common/core/context.hpp"
#include "common/core/describe.hpp"

#include <cstdint>
#include <string>
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
};
DSYS_DESCRIBE(KeyValue, key, value, create_revision, mod_revision, version, lease)

// --- Leases ---

struct LeaseGrantRequest {
  Call call = 0;
  Seconds ttl = 0;
};
DSYS_DESCRIBE(LeaseGrantRequest, call, ttl)

struct LeaseGrantResponse {
  Call call = 0;
  LeaseId id = 0;
  Seconds ttl = 0;  // what was granted: the store may raise what was asked for
};
DSYS_DESCRIBE(LeaseGrantResponse, call, id, ttl)

struct LeaseKeepAliveRequest {
  Call call = 0;
  LeaseId id = 0;
};
DSYS_DESCRIBE(LeaseKeepAliveRequest, call, id)

struct LeaseKeepAliveResponse {
  Call call = 0;
  LeaseId id = 0;
  Seconds ttl = 0;  // counted anew from now on; 0: there is no such lease
};
DSYS_DESCRIBE(LeaseKeepAliveResponse, call, id, ttl)

struct LeaseRevokeRequest {
  Call call = 0;
  LeaseId id = 0;
};
DSYS_DESCRIBE(LeaseRevokeRequest, call, id)

struct LeaseRevokeResponse {
  Call call = 0;
  Revision revision = 0;
  bool found = false;
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
};
DSYS_DESCRIBE(RangeRequest, call, key, range_end, limit, sort_order, sort_target,
              max_create_revision)

struct RangeResponse {
  Call call = 0;
  Revision revision = 0;  // of the store when it looked
  std::vector<KeyValue> kvs;
};
DSYS_DESCRIBE(RangeResponse, call, revision, kvs)

struct PutRequest {
  Call call = 0;
  std::string key;
  std::string value;
  LeaseId lease = 0;
};
DSYS_DESCRIBE(PutRequest, call, key, value, lease)

struct PutResponse {
  Call call = 0;
  Revision revision = 0;
  std::string error;  // empty, or "requested lease not found": then nothing was put
};
DSYS_DESCRIBE(PutResponse, call, revision, error)

struct DeleteRangeRequest {
  Call call = 0;
  std::string key;
  std::string range_end;
};
DSYS_DESCRIBE(DeleteRangeRequest, call, key, range_end)

struct DeleteRangeResponse {
  Call call = 0;
  Revision revision = 0;
  std::int64_t deleted = 0;
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
};
DSYS_DESCRIBE(RequestOp, request, key, range_end, value, lease, limit, sort_order, sort_target,
              max_create_revision)

struct ResponseOp {
  std::vector<KeyValue> kvs;  // of a range
  std::int64_t deleted = 0;   // of a delete_range
};
DSYS_DESCRIBE(ResponseOp, kvs, deleted)

struct TxnRequest {
  Call call = 0;
  std::vector<Compare> compare;    // if all hold ...
  std::vector<RequestOp> success;  // ... these are done
  std::vector<RequestOp> failure;  // and else these
};
DSYS_DESCRIBE(TxnRequest, call, compare, success, failure)

struct TxnResponse {
  Call call = 0;
  Revision revision = 0;  // what was put in it has this create_revision or mod_revision
  bool succeeded = false;
  std::vector<ResponseOp> responses;  // one for each operation done
  std::string error;  // empty, or "requested lease not found": then nothing was done
};
DSYS_DESCRIBE(TxnResponse, call, revision, succeeded, responses, error)

// --- Watches ---

enum class WatchEventType : std::uint8_t { put, remove };
BOOST_DESCRIBE_ENUM(WatchEventType, put, remove)

struct WatchEvent {
  WatchEventType event = WatchEventType::put;
  KeyValue kv;  // of a removed key: its name, and in mod_revision when it went
};
DSYS_DESCRIBE(WatchEvent, event, kv)

// Tells every change of these keys from `start_revision` on, past ones first; 0: from now on. The
// same id again replaces the watch.
struct WatchCreateRequest {
  Call watch_id = 0;
  std::string key;
  std::string range_end;
  Revision start_revision = 0;
};
DSYS_DESCRIBE(WatchCreateRequest, watch_id, key, range_end, start_revision)

struct WatchCancelRequest {
  Call watch_id = 0;
};
DSYS_DESCRIBE(WatchCancelRequest, watch_id)

struct WatchResponse {
  Call watch_id = 0;
  Revision revision = 0;
  bool created = false;           // the first answer to a WatchCreateRequest
  bool canceled = false;          // no more will come ...
  Revision compact_revision = 0;  // ... because what came before this has been forgotten
  std::vector<WatchEvent> events;
};
DSYS_DESCRIBE(WatchResponse, watch_id, revision, created, canceled, compact_revision, events)

// From an operator: forget what changed before this revision.
struct CompactionRequest {
  Revision revision = 0;
};
DSYS_DESCRIBE(CompactionRequest, revision)

}  // namespace dsys::lock
