#include "problems/lock/given/store.hpp"

#include "common/core/assert.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <variant>

namespace dsys::lock {
namespace {

constexpr auto lease_not_found = "requested lease not found";

bool contains(const KeyRange& range, const std::string& key) {
  if (range.range_end.empty()) return key == range.key;
  return key >= range.key && key < range.range_end;
}

bool compare_values(CompareResult result, const auto& left, const auto& right) {
  switch (result) {
    case CompareResult::equal:
      return left == right;
    case CompareResult::greater:
      return left > right;
    case CompareResult::less:
      return left < right;
    case CompareResult::not_equal:
      return left != right;
  }
  return false;
}

bool sorts_before(SortTarget target, const KeyValue& left, const KeyValue& right) {
  switch (target) {
    case SortTarget::key:
      return left.key < right.key;
    case SortTarget::version:
      return left.version < right.version;
    case SortTarget::create:
      return left.create_revision < right.create_revision;
    case SortTarget::mod:
      return left.mod_revision < right.mod_revision;
    case SortTarget::value:
      return left.value < right.value;
  }
  return false;
}

}  // namespace

// --- The three entries ---

void Store::on_start(LockContext& context, std::span<const LockProtocol::Record> disk) {
  for (const auto& record : disk) {
    if (const auto* const stored = std::get_if<StoredPut>(&record)) {
      keys[stored->kv.key] = stored->kv;
      changes.push_back({WatchEventType::put, stored->kv});
      revision = stored->kv.mod_revision;
    } else if (const auto* const removal = std::get_if<StoredRemoval>(&record)) {
      keys.erase(removal->key);
      changes.push_back(
          {WatchEventType::remove, {.key = removal->key, .mod_revision = removal->revision}});
      revision = removal->revision;
    } else if (const auto* const lease = std::get_if<StoredLease>(&record)) {
      ++leases_granted;
      leases.erase(lease->id);
      if (lease->ttl != 0) leases[lease->id] = {lease->client, lease->ttl};
    } else if (const auto* const compaction = std::get_if<StoredCompaction>(&record)) {
      forget_changes(compaction->revision);
    }
  }
  if (!disk.empty()) {
    context.note("is back with {} keys and {} leases; each lease has its whole time again",
                 keys.size(), leases.size());
  }
  for (const auto& [id, lease] : leases) context.set_timer(LeaseExpiry{id}, lease.ttl * 1s);
}

void Store::on_timer(LockContext& context, const LockProtocol::Timer& timer) {
  const auto* const expiry = std::get_if<LeaseExpiry>(&timer);
  if (expiry == nullptr || !leases.contains(expiry->id)) return;
  const Lease lease = leases[expiry->id];
  context.note("the lease of {} expires: nothing was heard of it for {}s", lease.client, lease.ttl);
  Change change = begin_change(NodeId{}, Cause::expired);
  end_lease(context, expiry->id, change);
  finish_change(context, change);
}

// --- Leases ---

void Store::handle(LockContext& context, NodeId from, const LeaseGrantRequest& message) {
  const Seconds ttl = std::max(message.ttl, config.ttl_min);
  // Unique by the counter, unpredictable by the random part.
  const auto chance = static_cast<LeaseId>(context.random().below(1000));
  const LeaseId id = static_cast<LeaseId>(++leases_granted) * 1000 + chance;
  leases[id] = {from, ttl};
  context.write(StoredLease{id, from, ttl});
  context.sync();
  context.set_timer(LeaseExpiry{id}, ttl * 1s);
  context.emit(LeaseGranted{id, from, ttl});
  context.send(from, LeaseGrantResponse{message.call, id, ttl});
}

void Store::handle(LockContext& context, NodeId from, const LeaseKeepAliveRequest& message) {
  const auto found = leases.find(message.id);
  const Seconds ttl = found == leases.end() ? 0 : found->second.ttl;
  if (ttl != 0) context.set_timer(LeaseExpiry{message.id}, ttl * 1s);
  context.send(from, LeaseKeepAliveResponse{message.call, message.id, ttl});
}

void Store::handle(LockContext& context, NodeId from, const LeaseRevokeRequest& message) {
  const bool found = leases.contains(message.id);
  Change change = begin_change(from, Cause::revoked);
  if (found) end_lease(context, message.id, change);
  finish_change(context, change);
  context.send(from, LeaseRevokeResponse{message.call, revision, found});
}

// --- Keys ---

void Store::handle(LockContext& context, NodeId from, const RangeRequest& message) {
  const RequestOp range{.key = message.key,
                        .range_end = message.range_end,
                        .limit = message.limit,
                        .sort_order = message.sort_order,
                        .sort_target = message.sort_target,
                        .max_create_revision = message.max_create_revision};
  context.send(from, RangeResponse{message.call, revision, find(range)});
}

void Store::handle(LockContext& context, NodeId from, const PutRequest& message) {
  const RequestOp put{.request = RequestKind::put,
                      .key = message.key,
                      .value = message.value,
                      .lease = message.lease};
  const bool is_put = carry_out(context, from, {put}).has_value();
  context.send(from, PutResponse{message.call, revision, is_put ? "" : lease_not_found});
}

void Store::handle(LockContext& context, NodeId from, const DeleteRangeRequest& message) {
  const RequestOp removal{
      .request = RequestKind::delete_range, .key = message.key, .range_end = message.range_end};
  const std::int64_t deleted = carry_out(context, from, {removal})->front().deleted;
  context.send(from, DeleteRangeResponse{message.call, revision, deleted});
}

void Store::handle(LockContext& context, NodeId from, const TxnRequest& message) {
  const bool succeeded = std::all_of(message.compare.begin(), message.compare.end(),
                                     [&](const Compare& one) { return holds(one); });
  const auto responses = carry_out(context, from, succeeded ? message.success : message.failure);
  TxnResponse answer{.call = message.call, .revision = revision};
  answer.succeeded = succeeded && responses;
  answer.responses = responses.value_or(std::vector<ResponseOp>{});
  answer.error = responses ? "" : lease_not_found;
  context.send(from, answer);
}

// --- Watches ---

void Store::handle(LockContext& context, NodeId from, const WatchCreateRequest& message) {
  handle(context, from, WatchCancelRequest{message.watch_id});
  if (message.start_revision != 0 && message.start_revision <= compact_revision) {
    return context.send(from, WatchResponse{.watch_id = message.watch_id,
                                            .revision = revision,
                                            .canceled = true,
                                            .compact_revision = compact_revision});
  }
  const Revision start = message.start_revision == 0 ? revision + 1 : message.start_revision;
  watches.push_back({from, message.watch_id, message.key, message.range_end, start});
  context.send(from,
               WatchResponse{.watch_id = message.watch_id, .revision = revision, .created = true});
  tell_watcher(context, watches.back());
}

void Store::handle(LockContext& /*context*/, NodeId from, const WatchCancelRequest& message) {
  std::erase_if(watches, [&](const Watch& one) {
    return one.client == from && one.watch_id == message.watch_id;
  });
}

void Store::handle(LockContext& context, NodeId /*from*/, const CompactionRequest& message) {
  const bool is_new = message.revision > compact_revision && message.revision <= revision;
  if (!is_new) return;
  forget_changes(message.revision);
  context.write(StoredCompaction{message.revision});
  context.sync();
  context.note("forgets what changed up to revision {}", compact_revision);
}

// --- Changes ---

Change Store::begin_change(NodeId client, Cause cause) const {
  return {
      .client = client, .cause = cause, .revision = revision + 1, .owner_before = first_in_queue()};
}

// All in one step, or none of them: a put would hang its key on a lease that there is not.
std::optional<std::vector<ResponseOp>> Store::carry_out(LockContext& context, NodeId client,
                                                        const std::vector<RequestOp>& operations) {
  const bool lacks_lease =
      std::any_of(operations.begin(), operations.end(), [&](const RequestOp& one) {
        const bool needs_lease = one.request == RequestKind::put && one.lease != 0;
        return needs_lease && !leases.contains(one.lease);
      });
  if (lacks_lease) return std::nullopt;
  std::vector<ResponseOp> responses;
  Change change = begin_change(client, Cause::deleted);
  for (const RequestOp& operation : operations) {
    ResponseOp& response = responses.emplace_back();
    if (operation.request == RequestKind::put) {
      put(context, operation, change);
    } else if (operation.request == RequestKind::delete_range) {
      const KeyRange range{operation.key, operation.range_end};
      response.deleted =
          remove(context, change, [&](const KeyValue& kv) { return contains(range, kv.key); });
    } else {
      response.kvs = find(operation);
    }
  }
  finish_change(context, change);
  return responses;
}

void Store::put(LockContext& context, const RequestOp& operation, Change& change) {
  DSYS_INVARIANT(operation.lease == 0 || leases.contains(operation.lease));  // 2
  KeyValue& kv = keys[operation.key];
  if (kv.version == 0) {
    kv.key = operation.key;
    kv.create_revision = change.revision;
    change.told.emplace_back(
        KeyCreated{operation.key, change.revision, operation.lease, change.client});
  } else if (kv.lease != operation.lease) {
    change.told.emplace_back(KeyMoved{operation.key, kv.create_revision, operation.lease});
  }
  kv.value = operation.value;
  kv.mod_revision = change.revision;
  ++kv.version;
  kv.lease = operation.lease;
  changes.push_back({WatchEventType::put, kv});
  context.write(StoredPut{kv});
}

std::int64_t Store::remove(LockContext& context, Change& change,
                           const std::function<bool(const KeyValue&)>& goes) {
  return static_cast<std::int64_t>(std::erase_if(keys, [&](const auto& entry) {
    const auto& [key, kv] = entry;
    if (!goes(kv)) return false;
    change.told.emplace_back(
        KeyRemoved{key, kv.create_revision, change.revision, change.cause, change.client});
    changes.push_back({WatchEventType::remove, {.key = key, .mod_revision = change.revision}});
    context.write(StoredRemoval{key, change.revision});
    return true;
  }));
}

void Store::end_lease(LockContext& context, LeaseId id, Change& change) {
  remove(context, change, [&](const KeyValue& kv) { return kv.lease == id; });
  context.cancel_timer(LeaseExpiry{id});
  context.write(StoredLease{id, leases[id].client, 0});
  leases.erase(id);
  change.told.emplace_back(LeaseEnded{id, change.cause});
}

// On the disk first; then it is told.
void Store::finish_change(LockContext& context, const Change& change) {
  const bool has_changed_keys = !changes.empty() && changes.back().kv.mod_revision > revision;
  if (change.told.empty() && !has_changed_keys) return;
  context.sync();
  DSYS_INVARIANT(change.revision == revision + 1);  // 1
  if (has_changed_keys) revision = change.revision;
  for (const LockProtocol::Output& output : change.told) context.emit(output);
  const std::string first = first_in_queue();
  if (first.empty() && !change.owner_before.empty()) context.note("the lock is free");
  if (!first.empty() && first != change.owner_before) {
    const KeyValue& kv = keys[first];
    const auto lease = leases.find(kv.lease);
    context.note("the lock is {}'s: {} has the lowest creation revision, {}",
                 lease == leases.end() ? "nobody" : to_string(lease->second.client), first,
                 kv.create_revision);
  }
  for (Watch& watch : watches) tell_watcher(context, watch);
  if (forgets_at_once && has_changed_keys) handle(context, NodeId{}, CompactionRequest{revision});
}

void Store::tell_watcher(LockContext& context, Watch& watch) const {
  WatchResponse news{.watch_id = watch.watch_id, .revision = revision};
  for (const WatchEvent& change : changes) {
    const bool is_new = change.kv.mod_revision >= watch.next_revision;
    if (is_new && contains({watch.key, watch.range_end}, change.kv.key)) {
      news.events.push_back(change);
    }
  }
  watch.next_revision = std::max(watch.next_revision, revision + 1);
  if (!news.events.empty()) context.send(watch.client, news);
}

void Store::forget_changes(Revision until) {
  compact_revision = until;
  std::erase_if(changes, [&](const WatchEvent& one) { return one.kv.mod_revision <= until; });
}

// --- Questions ---

bool Store::holds(const Compare& compare) const {
  static const KeyValue nothing;
  const auto found = keys.find(compare.key);
  const KeyValue& kv = found == keys.end() ? nothing : found->second;
  switch (compare.target) {
    case CompareTarget::version:
      return compare_values(compare.result, kv.version, compare.version);
    case CompareTarget::create:
      return compare_values(compare.result, kv.create_revision, compare.create_revision);
    case CompareTarget::mod:
      return compare_values(compare.result, kv.mod_revision, compare.mod_revision);
    case CompareTarget::value:
      return compare_values(compare.result, kv.value, compare.value);
    case CompareTarget::lease:
      return compare_values(compare.result, kv.lease, compare.lease);
  }
  return false;
}

std::vector<KeyValue> Store::find(const RequestOp& range) const {
  std::vector<KeyValue> found;
  for (const auto& [key, kv] : keys) {
    const bool is_old_enough =
        range.max_create_revision == 0 || kv.create_revision <= range.max_create_revision;
    if (is_old_enough && contains({range.key, range.range_end}, key)) found.push_back(kv);
  }
  if (range.sort_order != SortOrder::none) {
    const bool descends = range.sort_order == SortOrder::descend;
    std::stable_sort(found.begin(), found.end(), [&](const KeyValue& left, const KeyValue& right) {
      return descends ? sorts_before(range.sort_target, right, left)
                      : sorts_before(range.sort_target, left, right);
    });
  }
  if (range.limit > 0 && found.size() > static_cast<std::size_t>(range.limit)) {
    found.resize(static_cast<std::size_t>(range.limit));
  }
  return found;
}

std::string Store::first_in_queue() const {
  const KeyRange queue = queue_of(config.lock);
  const auto first = find({.key = queue.key,
                           .range_end = queue.range_end,
                           .limit = 1,
                           .sort_order = SortOrder::ascend,
                           .sort_target = SortTarget::create});
  return first.empty() ? std::string() : first.front().key;
}

}  // namespace dsys::lock
