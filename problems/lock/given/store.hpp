// The store: etcd, as one node that keeps its word. It is linearizable and durable: a change is on
// the disk before it is answered or told to a watcher.
//
// It leaves out users, quotas, reading of past revisions, and the Raft group behind it: a change of
// its leader is a restart, which counts every lease's time anew, as a new leader of etcd does.
//
// Invariants:
//   1. revision grows by one with each request that changes keys, and never otherwise.
//   2. A key with a lease goes in the same step in which the lease ends.
//   3. A lease ends no earlier than its TTL after the last keep-alive was handled: its timer says
//      so, and a search may let it ring early.
#pragma once

#include "problems/lock/messages.hpp"
#include "problems/lock/rules.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace dsys::lock {

struct Lease {
  NodeId client{};
  Seconds ttl = 0;
};
DSYS_DESCRIBE(Lease, client, ttl)

struct Watch {
  NodeId client{};
  Call watch_id = 0;
  std::string key;
  std::string range_end;
  Revision next_revision = 0;  // the first that it has not been told
};
DSYS_DESCRIBE(Watch, client, watch_id, key, range_end, next_revision)

// One step of the store: what it changes has one revision, and is told once it is on the disk.
struct Change {
  NodeId client{};  // who asks for it: nobody where a lease expires
  Cause cause = Cause::deleted;
  Revision revision = 0;
  std::string owner_before;
  std::vector<LockProtocol::Output> told{};
};

struct Store {
  // --- Given at the start ---
  LockConfig config;
  bool forgets_at_once = false;  // it compacts after each change

  // --- On disk ---
  Revision revision = 1;  // of an empty store, as in etcd
  std::map<std::string, KeyValue> keys;
  std::map<LeaseId, Lease> leases;
  std::vector<WatchEvent> changes;  // since compact_revision, for watches that look back
  Revision compact_revision = 0;

  // --- In memory: watches end with the process ---
  std::vector<Watch> watches;
  std::uint64_t leases_granted = 0;

  // --- The three entries ---
  void on_start(LockContext& context, std::span<const LockProtocol::Record> disk);
  void on_timer(LockContext& context, const LockProtocol::Timer& timer);
  void on_message(LockContext& context, NodeId from, const LockProtocol::Message& message) {
    std::visit([&](const auto& received) { handle(context, from, received); }, message);
  }

  // --- Leases ---
  void handle(LockContext& context, NodeId from, const LeaseGrantRequest& message);
  void handle(LockContext& context, NodeId from, const LeaseKeepAliveRequest& message);
  void handle(LockContext& context, NodeId from, const LeaseRevokeRequest& message);

  // --- Keys ---
  void handle(LockContext& context, NodeId from, const RangeRequest& message);
  void handle(LockContext& context, NodeId from, const PutRequest& message);
  void handle(LockContext& context, NodeId from, const DeleteRangeRequest& message);
  void handle(LockContext& context, NodeId from, const TxnRequest& message);

  // --- Watches ---
  void handle(LockContext& context, NodeId from, const WatchCreateRequest& message);
  void handle(LockContext& context, NodeId from, const WatchCancelRequest& message);
  void handle(LockContext& context, NodeId from, const CompactionRequest& message);

  // Whatever else arrives is not for a store.
  template <typename Other>
  void handle(LockContext& /*context*/, NodeId /*from*/, const Other& /*message*/) {}

  // --- Changes ---
  Change begin_change(NodeId client, Cause cause) const;
  std::optional<std::vector<ResponseOp>> carry_out(LockContext& context, NodeId client,
                                                   const std::vector<RequestOp>& operations);
  void put(LockContext& context, const RequestOp& operation, Change& change);
  std::int64_t remove(LockContext& context, Change& change,
                      const std::function<bool(const KeyValue&)>& goes);
  void end_lease(LockContext& context, LeaseId id, Change& change);
  void finish_change(LockContext& context, const Change& change);
  void tell_watcher(LockContext& context, Watch& watch) const;
  void forget_changes(Revision until);

  // --- Questions ---
  bool holds(const Compare& compare) const;
  std::vector<KeyValue> find(const RequestOp& range) const;
  std::string first_in_queue() const;  // the key with the lowest creation revision, or ""
};
DSYS_DESCRIBE(Store, config, forgets_at_once, revision, keys, leases, changes, compact_revision,
              watches, leases_granted)

}  // namespace dsys::lock
