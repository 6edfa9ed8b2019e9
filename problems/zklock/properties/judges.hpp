// What several properties of the lock share. Included by their files only.
#pragma once

#include "common/check/judging.hpp"
#include "problems/zklock/given/tree.hpp"
#include "problems/zklock/parts.hpp"
#include "problems/zklock/rules.hpp"

#include <algorithm>
#include <compare>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dsys::zklock {

using check::Calm;
using check::is_boot;
using check::is_crash;
using check::Reason;

std::vector<Property> safety_properties();
std::vector<Property> session_properties();
std::vector<Property> conduct_properties();
std::vector<Property> fencing_properties();
std::vector<Property> liveness_properties();
std::vector<Property> witnesses();

// The lock that protects the resource.
constexpr std::string_view protecting_lock = "job";

inline bool is_client(NodeId node) {
  return node_letter(node) == 'n';
}

inline bool is_server(NodeId node) {
  return node_letter(node) == 's';
}

// Whether an event is more than a message or a timer: those alone only let time pass for most
// judges.
inline bool is_telling(const Event& event) {
  return event.kind == EventKind::emit || event.kind == EventKind::fault || is_crash(event) ||
         is_boot(event);
}

inline bool is_resource_request(const Event& event) {
  return message_of<ReadRequest>(event) != nullptr || message_of<WriteRequest>(event) != nullptr;
}

// A request to the resource, also when it is sent again. A client that starts anew counts its calls
// anew; its tokens differ.
struct SentRequest {
  NodeId client{};
  Call call = 0;
  Zxid token = 0;

  // NOLINTNEXTLINE(modernize-use-nullptr): version 14 misreads a defaulted <=>.
  auto operator<=>(const SentRequest& other) const = default;
};

// A znode of a queue, from its creation on.
struct QueueZnode {
  std::string path;
  std::string directory;
  NodeId client{};
  Zxid removed_at = 0;  // 0: it is still there
  bool is_orphan =
      false;  // its client has crashed since it was asked for: only its session ends it

  bool is_there() const { return removed_at == 0; }
};

// One client's ownership of a lock, as it reports it.
struct Ownership {
  Zxid token = 0;
  SessionId session = 0;
  LockKind kind = LockKind::plain;
  Zxid rank = 0;             // of its znode: the order in which the lock was owned; 0: it has none
  bool is_over = false;      // it has begun its release, or its session has ended
  bool has_stopped = false;  // it says that it has lost the lock
};

struct Claimant {
  NodeId client{};
  std::string lock;

  // NOLINTNEXTLINE(modernize-use-nullptr): version 14 misreads a defaulted <=>.
  auto operator<=>(const Claimant& other) const = default;
};

// Who owns, and which sessions and znodes there are, by what the ensemble and the clients tell.
struct Ledger {
  std::map<SessionId, NodeId> sessions;  // those alive
  std::set<SessionId> ended;
  std::set<NodeId> dead;  // have crashed, and have opened no session since
  std::map<std::pair<Zxid, std::string>, QueueZnode> znodes;
  std::map<Claimant, Ownership> latest;
  std::map<std::string, Zxid> latest_ranks;  // of each lock

  void observe(const Event& event) {
    if (is_crash(event)) orphan_all_of(event.node);
    if (event.kind != EventKind::emit) return;
    if (const auto* const opened = output_of<SessionOpened>(event)) {
      // A new leader tells of the old ones again.
      if (!sessions.contains(opened->session)) dead.erase(opened->client);
      sessions[opened->session] = opened->client;
    } else if (const auto* const end = output_of<SessionEnded>(event)) {
      observe_end(end->session);
    } else if (const auto* const created = output_of<ZnodeCreated>(event)) {
      const bool stands_in_queue = is_ephemeral(created->mode) || is_sequential(created->mode);
      if (stands_in_queue) {
        znodes.try_emplace({created->czxid, created->path},
                           QueueZnode{.path = created->path,
                                      .directory = parent_of(created->path),
                                      .client = created->client,
                                      .is_orphan = dead.contains(created->client)});
      }
    } else if (const auto* const removed = output_of<ZnodeRemoved>(event)) {
      observe_removal(*removed);
    } else {
      observe_client(event);
    }
  }

  void observe_end(SessionId session) {
    sessions.erase(session);
    ended.insert(session);
    for (auto& [claimant, ownership] : latest) {
      if (ownership.session == session) ownership.is_over = true;
    }
  }

  // What it has asked for may still be on its way.
  void orphan_all_of(NodeId client) {
    dead.insert(client);
    for (auto& [key, znode] : znodes) {
      if (znode.client == client) znode.is_orphan = true;
    }
  }

  // Who has lost the lock, while its session lives, gives it back by removing its znode.
  void observe_removal(const ZnodeRemoved& removed) {
    const auto found = znodes.find({removed.czxid, removed.path});
    if (found == znodes.end()) return;
    found->second.removed_at = removed.zxid;
    const auto owned = latest.find({removed.client, name_of_path(parent_of(removed.path))});
    const bool had_stopped = owned != latest.end() && owned->second.has_stopped;
    if (had_stopped) owned->second.is_over = true;
  }

  void observe_client(const Event& event) {
    if (const auto* const acquired = output_of<Acquired>(event)) {
      const Zxid rank = place_of(event.node, acquired->lock).value_or(0);
      Zxid& latest_rank = latest_ranks[acquired->lock];
      latest_rank = std::max(latest_rank, rank);
      latest[{event.node, acquired->lock}] = {.token = acquired->token,
                                              .session = acquired->session,
                                              .kind = acquired->kind,
                                              .rank = rank,
                                              .is_over = !sessions.contains(acquired->session)};
    } else if (const auto* const released = output_of<Released>(event)) {
      latest[{event.node, released->lock}].is_over = true;
    } else if (const auto* const lost = output_of<Lost>(event)) {
      latest[{event.node, lost->lock}].has_stopped = true;
    }
  }

  // A client beside `except` whose ownership is not over, and shuts out one of this kind.
  std::optional<NodeId> owner(const std::string& lock, NodeId except = {},
                              LockKind kind = LockKind::plain) const {
    for (const auto& [claimant, ownership] : latest) {
      const bool is_other = claimant.lock == lock && claimant.client != except;
      const bool is_shared = kind == LockKind::read && ownership.kind == LockKind::read;
      const bool owns = ownership.rank != 0 && !ownership.is_over;
      if (is_other && owns && !is_shared) return claimant.client;
    }
    return std::nullopt;
  }

  // Whether the client removes what its ownership rests on, and has not said that this is over.
  bool is_at_work_with(const ZnodeRemoved& removed) const {
    if (removed.cause == Cause::expired) return false;
    const auto owned = latest.find({removed.client, name_of_path(parent_of(removed.path))});
    if (owned == latest.end()) return false;
    const Ownership& ownership = owned->second;
    return ownership.rank == removed.czxid && !ownership.is_over && !ownership.has_stopped;
  }

  bool has_session(NodeId client) const {
    return std::any_of(sessions.begin(), sessions.end(),
                       [&](const auto& entry) { return entry.second == client; });
  }

  // The client's latest znode in the lock's queue: where that should be, or else anywhere.
  std::optional<Zxid> place_of(NodeId client, const std::string& lock) const {
    const auto latest_of = [&](const std::string& directory) -> std::optional<Zxid> {
      const auto found = std::find_if(znodes.rbegin(), znodes.rend(), [&](const auto& entry) {
        const QueueZnode& znode = entry.second;
        return znode.client == client && (directory.empty() || znode.directory == directory);
      });
      return found == znodes.rend() ? std::nullopt : std::optional(found->first.first);
    };
    const auto own = latest_of("/locks/" + lock);
    return own ? own : latest_of("");
  }

  bool is_queue_empty(const std::string& lock) const {
    return std::none_of(znodes.begin(), znodes.end(), [&](const auto& entry) {
      return entry.second.is_there() && entry.second.directory == "/locks/" + lock;
    });
  }
  // By a znode of a dead client.
  bool is_queue_blocked(const std::string& lock) const {
    return std::any_of(znodes.begin(), znodes.end(), [&](const auto& entry) {
      const QueueZnode& one = entry.second;
      return one.is_there() && one.is_orphan && one.directory == "/locks/" + lock;
    });
  }

  // It is there, and its client knows of it: it has not crashed since.
  bool is_answered_for(Zxid czxid) const {
    return znode(czxid).is_there() && !znode(czxid).is_orphan;
  }
  const QueueZnode& znode(Zxid czxid) const { return znodes.lower_bound({czxid, ""})->second; }
};

// A clock that is wrong by more than the task says excuses whoever goes by it.
struct Clocks {
  bool were_wrong = false;

  void observe(const Event& event) {
    const bool changes_clock =
        event.kind == EventKind::fault && event.text.starts_with("the clock of ");
    were_wrong = were_wrong || changes_clock;
  }
};

// Whether, and since when, nobody is disturbed. Time limits run only then.
struct Peace {
  Calm calm;
  Clocks clocks;
  Duration longest_timeout{};  // of all sessions

  void observe(const Event& event) {
    calm.observe(event);
    if (const auto* const opened = output_of<SessionOpened>(event)) {
      longest_timeout = std::max(longest_timeout, opened->timeout);
    }
    clocks.observe(event);
  }

  // Everybody who is up can work together, with a majority of the ensemble and with the resource.
  // Where no fault event tells of a crash, connected() still counts the dead.
  bool is_calm() const {
    return calm.links_are_whole() && calm.connected() >= calm.up_with('n') &&
           calm.has_majority_up('s') && calm.up_with('r') == calm.members_with('r') &&
           !clocks.were_wrong;
  }

  // After a disturbance it takes a while until there is a leader, and all are connected to it. A
  // message that was lost is missed after two thirds of the timeout; then comes the next server.
  Time settled_at() const {
    constexpr Duration settling = 5s;
    constexpr Duration next_server = 2400ms;
    if (calm.since() == 0ms) return 0ms;
    return calm.since() + std::max(settling, longest_timeout * 2 / 3 + next_server);
  }
};

// What each client is to do. Nothing is known of it in a search.
struct Tasks {
  std::map<NodeId, Tasked> of;

  void observe(const Event& event) {
    if (const auto* const task = output_of<Tasked>(event)) of[task->client] = *task;
  }

  const Tasked* find(NodeId client) const {
    const auto found = of.find(client);
    return found == of.end() ? nullptr : &found->second;
  }
};

// By a client's clock, which may be fast.
constexpr Duration at_least(Duration time) {
  return time * 98 / 100;
}

// Who wants a lock and has not got it, and since when.
struct Wanting {
  std::map<Claimant, Time> since;

  void observe(const Event& event) {
    if (const auto* const requested = output_of<Requested>(event)) {
      since[{event.node, requested->lock}] = event.time;
    } else if (const auto* const acquired = output_of<Acquired>(event)) {
      since.erase({event.node, acquired->lock});
    } else if (const auto* const gave_up = output_of<GaveUp>(event)) {
      since.erase({event.node, gave_up->lock});
    } else if (is_crash(event)) {
      std::erase_if(since, [&](const auto& entry) { return entry.first.client == event.node; });
    }
  }

  bool is_wanted(const std::string& lock) const {
    return std::any_of(since.begin(), since.end(),
                       [&](const auto& entry) { return entry.first.lock == lock; });
  }
};

// What a client has heard of the ensemble.
struct Hearing {
  NodeId server{};
  Call opened_by = 0;
  Duration timeout{};
  Time heard_at{};
  Time heard_before{};  // at an earlier moment: who was paused hears all at once
  bool is_connected = false;
  bool has_looked = false;  // has read something over this connection
};

struct Hearings {
  std::map<NodeId, Hearing> of;

  void observe(const Event& event) {
    if (is_crash(event)) of.erase(event.node);
    if (!is_client(event.node)) return;
    if (event.kind == EventKind::send) {
      const auto* const request = message_of<ConnectRequest>(event);
      if (request == nullptr) return;
      Hearing& hearing = of[event.node];
      hearing.server = event.peer;
      hearing.opened_by = request->call;
      hearing.is_connected = hearing.has_looked = false;
    } else if (event.kind == EventKind::deliver) {
      const auto found = of.find(event.node);
      if (found != of.end() && found->second.server == event.peer) hear(event, found->second);
    }
  }

  static void hear(const Event& event, Hearing& hearing) {
    const auto* const closed = message_of<ConnectionClosed>(event);
    if (closed != nullptr && closed->call < hearing.opened_by) return;
    if (closed == nullptr && hearing.heard_at != event.time) {
      hearing.heard_before = std::exchange(hearing.heard_at, event.time);
    }
    if (closed != nullptr) hearing.is_connected = false;
    const auto* const response = message_of<ConnectResponse>(event);
    if (response != nullptr && response->call == hearing.opened_by && response->session != 0) {
      hearing.is_connected = true;
      hearing.timeout = response->timeout;
    }
    const bool is_reading = message_of<ExistsResponse>(event) != nullptr ||
                            message_of<GetDataResponse>(event) != nullptr ||
                            message_of<GetChildrenResponse>(event) != nullptr ||
                            message_of<MultiResponse>(event) != nullptr ||
                            message_of<CreateResponse>(event) != nullptr;
    hearing.has_looked = hearing.is_connected && (hearing.has_looked || is_reading);
  }
};

}  // namespace dsys::zklock
