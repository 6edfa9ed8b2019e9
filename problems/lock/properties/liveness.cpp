// Liveness, LK-L1 to LK-L5. Time limits run only while the store is up and nobody is disturbed.
#include "problems/lock/properties/judges.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace dsys::lock {
namespace {

constexpr Duration detection_slack = 1s;     // of the store, beyond a lease's TTL
constexpr Duration hand_over_within = 80ms;  // eight messages, one after the other
constexpr unsigned hand_over_requests_max = 6;

// Who wants the lock and has not got it, and since when.
struct Wanting {
  std::map<NodeId, Time> since;

  void observe(const Event& event) {
    if (output_of<Requested>(event) != nullptr) since[event.node] = event.time;
    if (output_of<Acquired>(event) != nullptr || is_crash(event)) since.erase(event.node);
  }
};

// Has been there for a while, so that it stands in the queue, or has found the lock taken.
bool is_old(Time since, Time now) {
  return now - since > 4 * hand_over_within;
}

// --- LK-L1 ---

struct TheLockIsGrantedAgain {
  Ledger ledger;
  Calm calm;
  Wanting wanting;
  Seconds longest_ttl = 0;
  Time moved_at{};  // when a client last got the lock, or gave it back

  Reason observe(const Event& event) {
    ledger.observe(event);
    calm.observe(event);
    wanting.observe(event);
    if (const auto* const granted = output_of<LeaseGranted>(event)) {
      longest_ttl = std::max(longest_ttl, granted->ttl);
    }
    const bool moves = output_of<Acquired>(event) != nullptr ||
                       output_of<Released>(event) != nullptr || output_of<Lost>(event) != nullptr;
    if (moves) moved_at = event.time;
    return judge(event.time);
  }

  Reason finish(const check::Ending& ending) const { return judge(ending.time); }

  Reason judge(Time now) const {
    if (!is_calm(calm)) return std::nullopt;
    const auto owner = ledger.owner();
    const bool is_held = owner && calm.up().contains(*owner);
    const Duration limit =
        longest_ttl * Duration(1s) + detection_slack + (is_held ? longest_work : Duration{});
    for (const auto& [client, since] : wanting.since) {
      const Time begin = std::max({since, calm.since(), moved_at});
      if (now - begin <= limit) continue;
      return fmt::format("{} waits for the lock since {}ms; {}", client, since / 1ms,
                         !owner    ? "nobody owns it"
                         : is_held ? fmt::format("{} holds it, and its work hangs", *owner)
                                   : fmt::format("its owner, {}, is dead", *owner));
    }
    return std::nullopt;
  }
};

// --- LK-L2 ---

struct ReleaseIsPrompt {
  Calm calm;
  Wanting wanting;
  std::optional<NodeId> released_by{};
  Time released_at{};
  std::optional<NodeId> waiter{};

  Reason observe(const Event& event) {
    calm.observe(event);
    const bool moves_on = output_of<Acquired>(event) != nullptr;
    auto late = moves_on ? std::nullopt : judge(event.time);
    if (moves_on) waiter.reset();
    wanting.observe(event);
    // Whoever dies at its release may not have got it out.
    const bool is_off = is_crash(event) && released_by == event.node;
    if (is_off || (waiter && !wanting.since.contains(*waiter))) waiter.reset();
    if (output_of<Released>(event) != nullptr) begin(event);
    return late;
  }

  void begin(const Event& event) {
    released_by = event.node;
    released_at = event.time;
    waiter.reset();
    for (const auto& [client, since] : wanting.since) {
      if (client != event.node && is_old(since, event.time)) waiter = client;
    }
  }

  Reason finish(const check::Ending& ending) const { return judge(ending.time); }

  Reason judge(Time now) const {
    if (!waiter || !is_calm(calm)) return std::nullopt;
    if (now - std::max(released_at, calm.since()) <= hand_over_within) return std::nullopt;
    return fmt::format("{} gave the lock back at {}ms, and {} still waits for it", *released_by,
                       released_at / 1ms, *waiter);
  }
};

// --- LK-L3 ---

// The order is that in which the first attempts to put a key reached the store.
struct FirstComeFirstServed {
  std::vector<NodeId> queue;

  Reason observe(const Event& event) {
    const bool is_attempt =
        event.kind == EventKind::deliver && node_letter(event.node) == 's' &&
        (message_of<PutRequest>(event) != nullptr || puts_a_key(message_of<TxnRequest>(event)));
    const auto place = std::find(queue.begin(), queue.end(), event.peer);
    if (is_attempt && place == queue.end()) queue.push_back(event.peer);
    if (is_crash(event) || output_of<Lost>(event) != nullptr) std::erase(queue, event.node);
    if (output_of<Acquired>(event) == nullptr) return std::nullopt;
    const bool is_next = queue.empty() || queue.front() == event.node;
    const NodeId front = queue.empty() ? NodeId{} : queue.front();
    std::erase(queue, event.node);
    if (is_next) return std::nullopt;
    return fmt::format("{} acquired the lock before {}, which had come to the store before it",
                       event.node, front);
  }

  static bool puts_a_key(const TxnRequest* request) {
    return request != nullptr &&
           std::any_of(request->success.begin(), request->success.end(),
                       [](const RequestOp& one) { return one.request == RequestKind::put; });
  }
};

// --- LK-L4 ---

struct NoHerd {
  Wanting wanting;
  std::set<NodeId> old_waiters;                   // from before the release
  std::map<Revision, std::set<NodeId>> woken_by;  // a removal
  bool is_changing_hands = false;
  unsigned requests = 0;

  Reason observe(const Event& event) {
    wanting.observe(event);
    if (output_of<Released>(event) != nullptr) {
      is_changing_hands = true;
      requests = 0;
      old_waiters.clear();
      for (const auto& [client, since] : wanting.since) {
        if (is_old(since, event.time)) old_waiters.insert(client);
      }
    }
    if (output_of<Acquired>(event) != nullptr) is_changing_hands = false;
    if (event.kind == EventKind::send) return judge_notification(event);
    if (event.kind == EventKind::deliver) return judge_request(event);
    return std::nullopt;
  }

  Reason judge_notification(const Event& event) {
    const auto* const news = message_of<WatchResponse>(event);
    if (news == nullptr) return std::nullopt;
    for (const WatchEvent& change : news->events) {
      if (change.event != WatchEventType::remove) continue;
      std::set<NodeId>& woken = woken_by[change.kv.mod_revision];
      woken.insert(event.peer);
      if (woken.size() < 2) continue;
      return fmt::format("one removal, of {}, wakes {} and {}", change.kv.key, *woken.begin(),
                         *woken.rbegin());
    }
    return std::nullopt;
  }

  Reason judge_request(const Event& event) {
    const bool is_question = message_of<RangeRequest>(event) != nullptr ||
                             message_of<TxnRequest>(event) != nullptr ||
                             message_of<PutRequest>(event) != nullptr;
    if (!is_changing_hands || !is_question || !old_waiters.contains(event.peer)) {
      return std::nullopt;
    }
    if (++requests <= hand_over_requests_max) return std::nullopt;
    return fmt::format("while the lock changes hands the waiters have sent {} requests", requests);
  }
};

// --- LK-L5 ---

struct HoldersKeepIt {
  Ledger ledger;
  Calm calm;
  std::map<NodeId, Time> held_since;

  Reason observe(const Event& event) {
    const auto owner = ledger.owner();
    ledger.observe(event);
    calm.observe(event);
    if (output_of<Acquired>(event) != nullptr) held_since[event.node] = event.time;
    const auto* const ended = output_of<LeaseEnded>(event);
    const bool has_expired = ended != nullptr && ended->cause == Cause::expired && owner &&
                             ledger.latest.at(*owner).lease == ended->lease;
    const bool gives_up = output_of<Lost>(event) != nullptr && owner == event.node;
    if (!has_expired && !gives_up) return std::nullopt;
    const Time begin = held_since[*owner];
    const bool may_keep = is_calm(calm) && calm.since() <= begin && calm.up().contains(*owner) &&
                          event.time - begin < longest_work;
    if (!may_keep) return std::nullopt;
    return fmt::format("{} is alive, connected and at work, and loses the lock after {}ms", *owner,
                       (event.time - begin) / 1ms);
  }
};

}  // namespace

std::vector<Property> liveness_properties() {
  return {check::eventually<LockProtocol, TheLockIsGrantedAgain>(
              {"LK-L1", "Crash recovery",
               "When the owner has crashed, or its work hangs for good, a waiter owns the lock "
               "within the lease's TTL, or the maximum hold time and the TTL.",
               "etcd docs, lease API; Burrows 2006, 2.4"}),
          check::eventually<LockProtocol, ReleaseIsPrompt>(
              {"LK-L2", "Prompt release",
               "After a release the next waiter owns the lock within eight messages, whatever the "
               "TTL.",
               "etcd client, concurrency mutex"}),
          check::eventually<LockProtocol, FirstComeFirstServed>(
              {"LK-L3", "First come, first served",
               "The lock is granted in the order in which the clients came to the store.",
               "etcd client, concurrency mutex"}),
          check::eventually<LockProtocol, NoHerd>(
              {"LK-L4", "No herd",
               "A release wakes at most one waiter, and costs a few requests, however many wait.",
               "etcd client, waitDeletes"}),
          check::eventually<LockProtocol, HoldersKeepIt>(
              {"LK-L5", "Long hold",
               "An owner that is alive, connected and at work keeps the lock for many times the "
               "TTL.",
               "etcd client, lease keep-alive"})};
}

}  // namespace dsys::lock
