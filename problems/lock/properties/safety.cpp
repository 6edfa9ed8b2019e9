// Safety of the lock itself, LK-S1 and LK-S3 to LK-S7, judged by what the store and the clients
// tell: keys and leases with their revisions, and what each client reports.
//
// fencing.cpp has LK-S2 and LK-S8, which are about the resource; liveness.cpp has the rest.
#include "problems/lock/parts.hpp"
#include "problems/lock/properties/judges.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace dsys::lock {
namespace {

bool is_resource_request(const Event& event) {
  return message_of<ReadRequest>(event) != nullptr || message_of<WriteRequest>(event) != nullptr;
}

// --- LK-S1 ---

struct OwnershipsAreDisjoint {
  Ledger ledger;

  Reason observe(const Event& event) {
    const auto* const acquired = output_of<Acquired>(event);
    const auto other = acquired == nullptr ? std::nullopt : ledger.owner(event.node);
    ledger.observe(event);
    // A report that comes after the end of its own lease is about an ownership that was.
    if (!other || ledger.latest.at(event.node).is_over) return std::nullopt;
    return fmt::format(
        "{} acquired the lock with token {} while {} owned it with token {}: neither had that one "
        "begun its release, nor had its lease ended",
        event.node, acquired->token, *other, ledger.latest.at(*other).token);
  }
};

// --- LK-S3 ---

struct TokensGrow {
  Ledger ledger;
  NodeId latest_owner{};
  Revision latest = 0;

  Reason observe(const Event& event) {
    ledger.observe(event);
    const auto* const acquired = output_of<Acquired>(event);
    if (acquired == nullptr || ledger.latest.at(event.node).is_over) return std::nullopt;
    const NodeId owner_before = std::exchange(latest_owner, event.node);
    const Revision before = std::exchange(latest, acquired->token);
    if (acquired->token > before) return std::nullopt;
    if (owner_before == NodeId{}) {
      return fmt::format("{} acquired the lock without a token", event.node);
    }
    return fmt::format("{} acquired the lock with token {} after {} had had it with {}", event.node,
                       acquired->token, owner_before, before);
  }
};

// --- LK-S4 ---

struct OnlyOwnersRemove {
  Ledger ledger;

  Reason observe(const Event& event) {
    const auto* const removed = output_of<KeyRemoved>(event);
    const bool is_removal = removed != nullptr && removed->cause != Cause::expired;
    const bool was_untold = is_removal && ledger.is_at_work_with(*removed);
    ledger.observe(event);
    if (!is_removal) return std::nullopt;
    if (was_untold) {
      return fmt::format(
          "{} removed its key of revision {} while it owned the lock by it: Released comes first",
          removed->client, removed->create_revision);
    }
    const NodeId creator = ledger.keys.at(removed->create_revision).client;
    if (creator == removed->client) return std::nullopt;
    return fmt::format("{} removed {}, the key of {}", removed->client, removed->key, creator);
  }
};

// --- LK-S5 ---

struct NobodyEntersWithoutKey {
  Ledger ledger;

  Reason observe(const Event& event) {
    ledger.observe(event);
    if (output_of<Acquired>(event) == nullptr) return std::nullopt;
    const LeaseId lease = ledger.latest.at(event.node).lease;
    const Revision own = ledger.latest_key_of(event.node, lease);
    if (own == 0) {
      return fmt::format("{} reports the lock as acquired, and has never had a key", event.node);
    }
    if (ledger.keys.at(own).lease != lease) {
      return fmt::format(
          "{} reports the lock as acquired in the session of lease {}, but its key of revision {} "
          "hangs on lease {}: it is an earlier session's, and goes with that",
          event.node, lease, own, ledger.keys.at(own).lease);
    }
    return judge(event.node, own, ledger.keys.at(own));
  }

  Reason judge(NodeId client, Revision own, const QueueKey& key) const {
    for (const auto& [revision, before] : ledger.keys) {
      if (revision >= own) break;
      if (before.removed_at == 0) {
        return fmt::format(
            "{} reports the lock as acquired by its key of revision {}, while the one of {} of "
            "revision {} is still there",
            client, own, before.client, revision);
      }
      if (key.removed_at == 0 || key.removed_at >= before.removed_at) continue;
      return fmt::format(
          "{} reports the lock as acquired, but its key had gone at revision {}, before its turn "
          "came at revision {}",
          client, key.removed_at, before.removed_at);
    }
    return std::nullopt;
  }
};

// --- LK-S6 ---

struct NothingLeavesAfterTheLease {
  Ledger ledger;
  Clocks clocks;
  std::map<LeaseId, Time> granted_at;

  Reason observe(const Event& event) {
    ledger.observe(event);
    clocks.observe(event);
    if (const auto* const granted = output_of<LeaseGranted>(event)) {
      granted_at[granted->lease] = event.time;
    }
    if (event.kind != EventKind::send || !is_resource_request(event)) return std::nullopt;
    const auto found = ledger.latest.find(event.node);
    if (found == ledger.latest.end()) return std::nullopt;
    const LeaseId lease = found->second.lease;
    if (!ledger.ended.contains(lease)) return std::nullopt;
    // With a clock that is off by more than the task allows nobody can know.
    if (clocks.were_wrong_since(event.node, granted_at[lease])) return std::nullopt;
    return fmt::format("{} asks {} for something on the strength of a lease that has ended",
                       event.node, event.peer);
  }
};

// --- LK-S7 ---

struct OneKeyPerSession {
  Ledger ledger;

  Reason observe(const Event& event) {
    ledger.observe(event);
    const auto* const created = output_of<KeyCreated>(event);
    if (created == nullptr || created->lease == 0) return std::nullopt;
    const auto of_session =
        std::count_if(ledger.keys.begin(), ledger.keys.end(), [&](const auto& entry) {
          return entry.second.lease == created->lease && entry.second.removed_at == 0;
        });
    if (of_session <= 1) return std::nullopt;
    return fmt::format("the session of {} has {} keys in the queue: it waits for itself",
                       created->client, of_session);
  }
};

}  // namespace

std::vector<Property> safety_properties() {
  return {
      check::always<LockProtocol, OwnershipsAreDisjoint>(
          {"LK-S1", "Exclusion at the service",
           "Nobody acquires the lock while another owns it: from its acquisition until it "
           "begins its release or its lease ends.",
           "etcd client, concurrency mutex; API guide, transactions"}),
      check::always<LockProtocol, TokensGrow>(
          {"LK-S3", "Token order",
           "The tokens of successive owners strictly increase, also over a restart of the "
           "store.",
           "Kleppmann 2016; etcd data model, revisions"}),
      check::always<LockProtocol, OnlyOwnersRemove>(
          {"LK-S4", "Owner-only release",
           "Nobody removes a key that another has put into the queue, nor its own before it has "
           "reported that it gives the lock back.",
           "Redis docs, Distributed locks; etcd client, concurrency mutex"}),
      check::always<LockProtocol, NobodyEntersWithoutKey>(
          {"LK-S5", "No phantom acquisition",
           "Who reports the lock as acquired had a key of this session in the queue when its turn "
           "came.",
           "Jepsen, etcd 3.4.3 (2020)"}),
      check::always<LockProtocol, NothingLeavesAfterTheLease, check::Searched::no>(
          {"LK-S6", "Conservative belief",
           "No request to the resource leaves a client after its lease has ended at the "
           "store, while clocks keep to their error.",
           "Gray and Cheriton, Leases (1989)"}),
      check::always<LockProtocol, OneKeyPerSession>(
          {"LK-S7", "Idempotent acquisition",
           "However often a request is repeated, a session has at most one key in the queue.",
           "etcd client, concurrency mutex, tryAcquire"})};
}

std::vector<Property> properties() {
  return check::in_order<LockProtocol>({safety_properties(), fencing_properties(),
                                        conduct_properties(), liveness_properties(),
                                        fairness_properties(), witnesses()});
}

}  // namespace dsys::lock
