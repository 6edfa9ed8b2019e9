// Your client of the lock. It runs as it is, and does nothing yet.
//
// EXERCISE.md says what it must do, dsys.hpp what its Context can do. Fill the handlers in, from
// top to bottom, and grade each stage when you think that it is done: dsys lock grade --stage 1
#include "dsys.hpp"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

using Revision = std::int64_t;  // of the whole store: each change makes it grow by one
using LeaseId = std::int64_t;   // 0: none
using Call = std::uint64_t;     // a number of yours: a new one for each call, the same for a retry
using Name = std::string;
using dsys::Context;
using dsys::Duration;

// --- What the store keeps ---

struct KeyValue {
  std::string key;
  std::string value;
  Revision create_revision = 0;  // removed and put again, it is a new key
  Revision mod_revision = 0;
  std::int64_t version = 0;
  LeaseId lease = 0;  // it goes when this lease ends
};
DSYS_VALUE(KeyValue, key, value, create_revision, mod_revision, version, lease)

// --- Leases; a TTL is in whole seconds ---

struct LeaseGrantRequest {
  Call call = 0;
  std::int64_t ttl = 0;
};
DSYS_VALUE(LeaseGrantRequest, call, ttl)

struct LeaseGrantResponse {
  Call call = 0;
  LeaseId id = 0;
  std::int64_t ttl = 0;  // what was granted
};
DSYS_VALUE(LeaseGrantResponse, call, id, ttl)

struct LeaseKeepAliveRequest {
  Call call = 0;
  LeaseId id = 0;
};
DSYS_VALUE(LeaseKeepAliveRequest, call, id)

struct LeaseKeepAliveResponse {
  Call call = 0;
  LeaseId id = 0;
  std::int64_t ttl = 0;  // counted anew; 0: there is no such lease
};
DSYS_VALUE(LeaseKeepAliveResponse, call, id, ttl)

struct LeaseRevokeRequest {
  Call call = 0;
  LeaseId id = 0;
};
DSYS_VALUE(LeaseRevokeRequest, call, id)

struct LeaseRevokeResponse {
  Call call = 0;
  Revision revision = 0;
  bool found = false;
};
DSYS_VALUE(LeaseRevokeResponse, call, revision, found)

// --- Keys ---

enum class SortOrder { none, ascend, descend };
DSYS_ENUM(SortOrder, none, ascend, descend)

enum class SortTarget { key, version, create, mod, value };
DSYS_ENUM(SortTarget, key, version, create, mod, value)

// The keys from `key` up to but not including `range_end`; without one, `key` alone. All keys with
// a prefix: "lock/" to "lock0".
struct RangeRequest {
  Call call = 0;
  std::string key;
  std::string range_end;
  std::int64_t limit = 0;  // 0: all
  SortOrder sort_order = SortOrder::none;
  SortTarget sort_target = SortTarget::key;
  Revision max_create_revision = 0;  // only keys that were created no later; 0: all
};
DSYS_VALUE(RangeRequest, call, key, range_end, limit, sort_order, sort_target, max_create_revision)

struct RangeResponse {
  Call call = 0;
  Revision revision = 0;  // of the store when it looked
  std::vector<KeyValue> kvs;
};
DSYS_VALUE(RangeResponse, call, revision, kvs)

struct PutRequest {
  Call call = 0;
  std::string key;
  std::string value;
  LeaseId lease = 0;
};
DSYS_VALUE(PutRequest, call, key, value, lease)

struct PutResponse {
  Call call = 0;
  Revision revision = 0;
  std::string error;  // "" or "requested lease not found"
};
DSYS_VALUE(PutResponse, call, revision, error)

struct DeleteRangeRequest {
  Call call = 0;
  std::string key;
  std::string range_end;
};
DSYS_VALUE(DeleteRangeRequest, call, key, range_end)

struct DeleteRangeResponse {
  Call call = 0;
  Revision revision = 0;
  std::int64_t deleted = 0;
};
DSYS_VALUE(DeleteRangeResponse, call, revision, deleted)

// --- Transactions: compare, then one of two lists, in one step ---

enum class CompareTarget { version, create, mod, value, lease };
DSYS_ENUM(CompareTarget, version, create, mod, value, lease)

enum class CompareResult { equal, greater, less, not_equal };
DSYS_ENUM(CompareResult, equal, greater, less, not_equal)

// Only the field of the target is looked at. A key that is not there has 0 and "" everywhere.
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
DSYS_VALUE(Compare, key, target, result, version, create_revision, mod_revision, value, lease)

enum class RequestKind { range, put, delete_range };
DSYS_ENUM(RequestKind, range, put, delete_range)

struct RequestOp {
  RequestKind request = RequestKind::range;
  std::string key;
  std::string range_end;
  std::string value;
  LeaseId lease = 0;
  std::int64_t limit = 0;
  SortOrder sort_order = SortOrder::none;
  SortTarget sort_target = SortTarget::key;
  Revision max_create_revision = 0;
};
DSYS_VALUE(RequestOp, request, key, range_end, value, lease, limit, sort_order, sort_target,
           max_create_revision)

struct ResponseOp {
  std::vector<KeyValue> kvs;  // of a range
  std::int64_t deleted = 0;   // of a delete_range
};
DSYS_VALUE(ResponseOp, kvs, deleted)

struct TxnRequest {
  Call call = 0;
  std::vector<Compare> compare;    // if all hold ...
  std::vector<RequestOp> success;  // ... these are done
  std::vector<RequestOp> failure;  // and else these
};
DSYS_VALUE(TxnRequest, call, compare, success, failure)

struct TxnResponse {
  Call call = 0;
  Revision revision = 0;  // what was put has this revision
  bool succeeded = false;
  std::vector<ResponseOp> responses;  // one for each operation done
  std::string error;                  // "" or "requested lease not found"
};
DSYS_VALUE(TxnResponse, call, revision, succeeded, responses, error)

// --- Watches ---

enum class WatchEventType { put, remove };
DSYS_ENUM(WatchEventType, put, remove)

struct WatchEvent {
  WatchEventType event = WatchEventType::put;
  KeyValue kv;
};
DSYS_VALUE(WatchEvent, event, kv)

struct WatchCreateRequest {
  Call watch_id = 0;
  std::string key;
  std::string range_end;
  Revision start_revision = 0;  // past changes first; 0: from when it arrives
};
DSYS_VALUE(WatchCreateRequest, watch_id, key, range_end, start_revision)

struct WatchCancelRequest {
  Call watch_id = 0;
};
DSYS_VALUE(WatchCancelRequest, watch_id)

struct WatchResponse {
  Call watch_id = 0;
  Revision revision = 0;
  bool created = false;
  bool canceled = false;
  Revision compact_revision = 0;
  std::vector<WatchEvent> events;
};
DSYS_VALUE(WatchResponse, watch_id, revision, created, canceled, compact_revision, events)

// --- The resource ---

struct ReadRequest {
  Call call = 0;
  Revision token = 0;
};
DSYS_VALUE(ReadRequest, call, token)

struct WriteRequest {
  Call call = 0;
  Revision token = 0;
  std::int64_t value = 0;
};
DSYS_VALUE(WriteRequest, call, token, value)

struct ResourceReply {
  Call call = 0;
  bool accepted = false;
  std::int64_t value = 0;  // of the counter now
  Revision highest_token = 0;
};
DSYS_VALUE(ResourceReply, call, accepted, value, highest_token)

// --- Timers: use each for what you like ---

struct NextRound {};
DSYS_VALUE(NextRound)

struct RequestTimeout {};
DSYS_VALUE(RequestTimeout)

struct RenewalInterval {};
DSYS_VALUE(RenewalInterval)

struct SessionDeadline {};
DSYS_VALUE(SessionDeadline)

struct WorkDone {};
DSYS_VALUE(WorkDone)

struct HoldLimit {};
DSYS_VALUE(HoldLimit)

// --- Outputs ---

struct Requested {};
DSYS_VALUE(Requested)

struct Acquired {
  Revision token = 0;
  LeaseId lease = 0;
};
DSYS_VALUE(Acquired, token, lease)

struct Released {
  Revision token = 0;
};
DSYS_VALUE(Released, token)

struct Lost {
  Revision token = 0;
};
DSYS_VALUE(Lost, token)

// --- Configuration ---

struct LockConfig {
  Name store;
  Name resource;
  std::string lock;          // keys begin with this and a slash
  std::int64_t ttl = 0;      // to ask for, in seconds
  std::int64_t ttl_min = 0;  // what the store grants at least
  std::int64_t clock_error_percent = 0;
  Duration first_after{};
  std::uint32_t rounds = 0;
  Duration pause_between{};
  std::uint32_t increments = 0;
  Duration work{};
  Duration hold_max{};
  Duration request_timeout{};
};
DSYS_VALUE(LockConfig, store, resource, lock, ttl, ttl_min, clock_error_percent, first_after,
           rounds, pause_between, increments, work, hold_max, request_timeout)

// --- The client ---

struct Client {
  using Message =
      std::variant<LeaseGrantResponse, LeaseKeepAliveResponse, LeaseRevokeResponse, RangeResponse,
                   PutResponse, DeleteRangeResponse, TxnResponse, WatchResponse, ResourceReply>;
  using Timer = std::variant<NextRound, RequestTimeout, RenewalInterval, SessionDeadline, WorkDone,
                             HoldLimit>;
  using Record = std::variant<std::monostate>;  // nothing survives a crash

  LockConfig config;
  std::uint32_t rounds_done = 0;
  Call last_call = 0;

  // --- Of the session ---
  LeaseId lease = 0;
  Duration deadline{};  // until when it may be relied on

  // --- Of the queue ---
  std::string key;
  Revision create_revision = 0;  // of the key: its place in the queue, and the token

  // --- As the owner ---
  std::uint32_t increments_done = 0;
  std::int64_t counter = 0;  // as last read

  // --- The three entries ---
  void on_start(Context& context, const std::vector<Record>& disk);
  void on_message(Context& context, const Name& from, const Message& message);
  void on_timer(Context& context, const Timer& timer);

  // --- Stage 1 ---
  void expire(Context& context, const NextRound& timer);
  void handle(Context& context, const LeaseGrantResponse& message);
  void handle(Context& context, const TxnResponse& message);
  void handle(Context& context, const ResourceReply& message);
  void expire(Context& context, const WorkDone& timer);

  // --- Stage 2 ---
  void expire(Context& context, const RenewalInterval& timer);
  void handle(Context& context, const LeaseKeepAliveResponse& message);
  void expire(Context& context, const HoldLimit& timer);
  void handle(Context& context, const LeaseRevokeResponse& message);
  void handle(Context& context, const DeleteRangeResponse& message);

  // --- Stage 3 ---
  void handle(Context& context, const RangeResponse& message);
  void handle(Context& context, const WatchResponse& message);
  void handle(Context& context, const PutResponse& message);

  // --- Stage 4 ---
  void expire(Context& context, const RequestTimeout& timer);

  // --- Stage 5 ---
  void expire(Context& context, const SessionDeadline& timer);
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

// Emit Requested. Ask the store for a lease of config.ttl seconds.
void Client::expire(Context& /*context*/, const NextRound& /*timer*/) {}

// The answer to the last call? Then put your key, if it is absent, in a transaction.
void Client::handle(Context& /*context*/, const LeaseGrantResponse& /*message*/) {}

// Is the lock yours? Then emit Acquired, and read the resource. If not: stage 3.
void Client::handle(Context& /*context*/, const TxnResponse& /*message*/) {}

// What was read: wait config.work. What was written: the next one, or give the lock back.
void Client::handle(Context& /*context*/, const ResourceReply& /*message*/) {}

// Write what was read, plus one.
void Client::expire(Context& /*context*/, const WorkDone& /*timer*/) {}

// --- Stage 2: it moves on ---

// Keep the lease alive. A timer expires once: set it again.
void Client::expire(Context& /*context*/, const RenewalInterval& /*timer*/) {}

// A ttl of 0: the lease has ended, and your key with it.
void Client::handle(Context& /*context*/, const LeaseKeepAliveResponse& /*message*/) {}

// The work hangs: give the lock back.
void Client::expire(Context& /*context*/, const HoldLimit& /*timer*/) {}

// If you give the lock back so. Emit Released before you ask for it.
void Client::handle(Context& /*context*/, const LeaseRevokeResponse& /*message*/) {}

// Or so. Does it ask whose key it is?
void Client::handle(Context& /*context*/, const DeleteRangeResponse& /*message*/) {}

// --- Stage 3: the queue ---

// Who is before you? Nobody: is your own key still there?
void Client::handle(Context& /*context*/, const RangeResponse& /*message*/) {}

// The first one only says created. Has the key gone, or was the watch canceled?
void Client::handle(Context& /*context*/, const WatchResponse& /*message*/) {}

// A put without a condition always succeeds. Do you need one?
void Client::handle(Context& /*context*/, const PutResponse& /*message*/) {}

// --- Stage 4: answers that do not come ---

// Nothing is known: ask the same again, with the same call and the same key.
void Client::expire(Context& /*context*/, const RequestTimeout& /*timer*/) {}

// --- Stage 5: fencing and belief ---

// The lease may have ended at the store: stop, and emit Lost.
void Client::expire(Context& /*context*/, const SessionDeadline& /*timer*/) {}

int main() {
  return dsys::run<Client>();
}
