// What several properties of the lock share. Included by their files only.
#pragma once

#include "common/check/judging.hpp"
#include "problems/lock/parts.hpp"
#include "problems/lock/properties/trouble.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace dsys::lock {

using check::is_crash;
using check::Reason;

std::vector<Property> safety_properties();
std::vector<Property> fencing_properties();
std::vector<Property> conduct_properties();
std::vector<Property> liveness_properties();
std::vector<Property> fairness_properties();
std::vector<Property> witnesses();

// A key of the queue, from its creation on.
struct QueueKey {
  NodeId client{};
  LeaseId lease = 0;
  Revision removed_at = 0;    // 0: it is still there
  bool is_left_over = false;  // its client has crashed since, or begun anew
};

// One client's ownership, as it reports it.
struct Ownership {
  Revision token = 0;
  LeaseId lease = 0;
  Revision granted_at = 0;   // the creation of its key: the order of ownerships at the store
  bool is_over = true;       // it has begun its release, or its lease has ended at the store
  bool has_stopped = false;  // it says that it has lost the lock
};

// Who owns, and which leases and keys there are, by what store and clients tell.
struct Ledger {
  std::map<LeaseId, NodeId> granted;  // to whom
  std::set<LeaseId> ended;
  std::set<LeaseId> abandoned;  // their clients have crashed since
  std::map<Revision, QueueKey> keys;
  std::map<NodeId, Ownership> latest;  // of each client
  Seconds longest_ttl = 0;
  Revision latest_grant = 0;

  void observe(const Event& event) {
    if (is_crash(event)) abandon(event.node);
    if (event.kind != EventKind::emit) return;
    if (const auto* const lease = output_of<LeaseGranted>(event)) {
      granted[lease->lease] = lease->client;
      longest_ttl = std::max(longest_ttl, lease->ttl);
    } else if (const auto* const over = output_of<LeaseEnded>(event)) {
      ended.insert(over->lease);
      for (auto& [client, ownership] : latest) {
        if (ownership.lease == over->lease) ownership.is_over = true;
      }
    } else if (const auto* const created = output_of<KeyCreated>(event)) {
      keys[created->create_revision] = {created->client, created->lease, 0,
                                        abandoned.contains(created->lease)};
    } else if (const auto* const moved = output_of<KeyMoved>(event)) {
      keys[moved->create_revision].lease = moved->lease;
    } else if (const auto* const removed = output_of<KeyRemoved>(event)) {
      keys[removed->create_revision].removed_at = removed->revision;
      // Who says that it has lost the lock, and removes its key, has given it back.
      const auto own = latest.find(removed->client);
      if (own != latest.end() && own->second.has_stopped) own->second.is_over = true;
    } else {
      observe_client(event);
    }
  }

  void observe_client(const Event& event) {
    if (output_of<Requested>(event) != nullptr) leave_keys_of(event.node);
    if (const auto* const acquired = output_of<Acquired>(event)) {
      const LeaseId lease = lease_of(event.node, acquired->lease);
      latest[event.node] = {acquired->token, lease, latest_key_of(event.node, lease),
                            ended.contains(lease), false};
      latest_grant = std::max(latest_grant, latest[event.node].granted_at);
    } else if (output_of<Released>(event) != nullptr) {
      latest[event.node].is_over = true;
    } else if (output_of<Lost>(event) != nullptr) {
      latest[event.node].has_stopped = true;
    }
  }

  void abandon(NodeId client) {
    leave_keys_of(client);
    for (const auto& [lease, owner] : granted) {
      if (owner == client) abandoned.insert(lease);
    }
  }
  void leave_keys_of(NodeId client) {
    for (auto& [revision, key] : keys) {
      if (key.client == client) key.is_left_over = true;
    }
  }

  // The one that it names; if that is not its own, the latest that it got.
  LeaseId lease_of(NodeId client, LeaseId named) const {
    const auto found = granted.find(named);
    if (found != granted.end() && found->second == client) return named;
    const auto own = std::find_if(granted.rbegin(), granted.rend(),
                                  [&](const auto& entry) { return entry.second == client; });
    return own == granted.rend() ? 0 : own->first;
  }

  // Of this session; one of an earlier session if this one has none.
  Revision latest_key_of(NodeId client, LeaseId lease) const {
    Revision latest_key = 0;
    bool is_of_session = false;
    for (const auto& [revision, key] : keys) {
      const bool is_better = key.lease == lease || !is_of_session;
      if (key.client != client || !is_better) continue;
      latest_key = revision;
      is_of_session = key.lease == lease;
    }
    return latest_key;
  }

  // Whether the client removes what its ownership rests on, and has not said that this is over.
  bool is_at_work_with(const KeyRemoved& removed) const {
    const auto own = latest.find(removed.client);
    if (own == latest.end()) return false;
    const Ownership& ownership = own->second;
    const bool rests_on_it = ownership.granted_at == removed.create_revision;
    return rests_on_it && !ownership.is_over && !ownership.has_stopped;
  }

  // The client whose ownership is not over, if there is one beside `except`.
  std::optional<NodeId> owner(NodeId except = {}) const {
    for (const auto& [client, ownership] : latest) {
      if (client != except && !ownership.is_over) return client;
    }
    return std::nullopt;
  }
};

constexpr Duration detection_slack = 1s;     // of the store, beyond a lease's TTL
constexpr Duration hand_over_within = 80ms;  // eight messages, one after the other

// Who wants the lock and has not got it, and since when.
struct Wanting {
  std::map<NodeId, Time> since;

  void observe(const Event& event) {
    if (output_of<Requested>(event) != nullptr) since[event.node] = event.time;
    if (output_of<Acquired>(event) != nullptr || is_crash(event)) since.erase(event.node);
  }
};

// Has been there for a while, so that it stands in the queue, or has found the lock taken.
inline bool is_old(Time since, Time now) {
  return now - since > 4 * hand_over_within;
}

// After so long whatever was lost has been asked for again, or has ended with its lease.
inline Duration lease_and_slack(const Ledger& ledger) {
  return ledger.longest_ttl * Duration(1s) + detection_slack;
}
// Whether harm that was done before, or since, can still be felt at that time.
inline bool feels_harm(const Trouble& trouble, const Ledger& ledger, Time at) {
  return trouble.harmed_at() + lease_and_slack(ledger) >= at;  // none: long before the run
}

}  // namespace dsys::lock
