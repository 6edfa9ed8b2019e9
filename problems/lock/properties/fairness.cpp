// What is fair in the queue, LK-L3 and LK-L4: who is next, and whom a release wakes.
#include "problems/lock/properties/judges.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace dsys::lock {
namespace {

constexpr unsigned hand_over_requests_max = 6;

// --- LK-L3 ---

// The order is that in which the first attempts to put a key reached the store, of this request for
// the lock. What a client sent before it crashed does not count, whenever it arrives. Who has come
// keeps its place: only harm, of which it may know more than we, is a reason to leave.
struct FirstComeFirstServed {
  struct Attempt {
    NodeId client{};
    LeaseId lease = 0;
    Time at{};
  };

  Ledger ledger;
  Trouble trouble;
  std::vector<Attempt> queue;

  Reason observe(const Event& event) {
    ledger.observe(event);
    trouble.observe(event);
    if (const auto lease = lease_of_attempt(event)) note_attempt({event.peer, *lease, event.time});
    const bool begins_anew = is_crash(event) || output_of<Requested>(event) != nullptr;
    if (begins_anew || output_of<Lost>(event) != nullptr) forget(event.node);
    if (const auto* const ended = output_of<LeaseEnded>(event)) return judge_leaving(*ended);
    if (output_of<Acquired>(event) == nullptr) return std::nullopt;
    const bool is_next = queue.empty() || queue.front().client == event.node;
    const NodeId front = queue.empty() ? NodeId{} : queue.front().client;
    forget(event.node);
    if (is_next) return std::nullopt;
    return fmt::format("{} acquired the lock before {}, which had come to the store before it",
                       event.node, front);
  }

  Reason judge_leaving(const LeaseEnded& ended) {
    const auto left = std::find_if(queue.begin(), queue.end(),
                                   [&](const Attempt& one) { return one.lease == ended.lease; });
    if (left == queue.end()) return std::nullopt;
    const Attempt attempt = *left;
    queue.erase(left);
    const bool is_harmed = feels_harm(trouble, ledger, attempt.at);
    if (is_harmed || ended.cause != Cause::revoked) return std::nullopt;
    return fmt::format("{} gave up its place in the queue, though nothing had happened to it",
                       attempt.client);
  }

  void note_attempt(const Attempt& attempt) {
    const bool is_known = std::any_of(queue.begin(), queue.end(), [&](const Attempt& one) {
      return one.client == attempt.client;
    });
    if (!is_known && !ledger.abandoned.contains(attempt.lease)) queue.push_back(attempt);
  }
  void forget(NodeId client) {
    std::erase_if(queue, [&](const Attempt& one) { return one.client == client; });
  }

  // Of what reaches the store.
  static std::optional<LeaseId> lease_of_attempt(const Event& event) {
    if (event.kind != EventKind::deliver || node_letter(event.node) != 's') return std::nullopt;
    if (const auto* const put = message_of<PutRequest>(event)) return put->lease;
    const auto* const request = message_of<TxnRequest>(event);
    if (request == nullptr) return std::nullopt;
    for (const RequestOp& one : request->success) {
      if (one.request == RequestKind::put) return one.lease;
    }
    return std::nullopt;
  }
};

// --- LK-L4 ---

// After harm it grants that waiters ask again; and a watch of an earlier session wakes nobody who
// waits now.
struct NoHerd {
  using WatchName = std::pair<NodeId, Call>;

  Ledger ledger;
  Trouble trouble;
  Wanting wanting;
  std::set<NodeId> old_waiters;                   // from before the release
  std::set<WatchName> watches;                    // that reached the store, of these sessions
  std::map<Revision, std::set<NodeId>> woken_by;  // a removal
  bool is_changing_hands = false;
  Time released_at{};
  unsigned requests = 0;

  Reason observe(const Event& event) {
    ledger.observe(event);
    trouble.observe(event);
    wanting.observe(event);
    if (output_of<Released>(event) != nullptr) begin(event);
    if (output_of<Acquired>(event) != nullptr) is_changing_hands = false;
    if (output_of<Requested>(event) != nullptr || is_crash(event)) {
      std::erase_if(watches, [&](const WatchName& one) { return one.first == event.node; });
    }
    if (event.kind == EventKind::send) return judge_notification(event);
    if (event.kind == EventKind::deliver) return judge_request(event);
    return std::nullopt;
  }

  void begin(const Event& event) {
    is_changing_hands = true;
    released_at = event.time;
    requests = 0;
    old_waiters.clear();
    for (const auto& [client, since] : wanting.since) {
      if (is_old(since, event.time)) old_waiters.insert(client);
    }
  }

  Reason judge_notification(const Event& event) {
    const auto* const news = message_of<WatchResponse>(event);
    if (news == nullptr) return std::nullopt;
    for (const WatchEvent& change : news->events) {
      const bool waits = watches.contains({event.peer, news->watch_id});
      if (change.event != WatchEventType::remove || !waits) continue;
      std::set<NodeId>& woken = woken_by[change.kv.mod_revision];
      woken.insert(event.peer);
      if (woken.size() < 2) continue;
      return fmt::format("one removal, of {}, wakes {} and {}", change.kv.key, *woken.begin(),
                         *woken.rbegin());
    }
    return std::nullopt;
  }

  Reason judge_request(const Event& event) {
    if (const auto* const watch = message_of<WatchCreateRequest>(event)) {
      watches.emplace(event.peer, watch->watch_id);
    }
    const bool is_question = message_of<RangeRequest>(event) != nullptr ||
                             message_of<TxnRequest>(event) != nullptr ||
                             message_of<PutRequest>(event) != nullptr;
    const bool counts = is_changing_hands && is_question && old_waiters.contains(event.peer);
    if (!counts || feels_harm(trouble, ledger, released_at)) return std::nullopt;
    if (++requests <= hand_over_requests_max) return std::nullopt;
    return fmt::format("while the lock changes hands the waiters have sent {} requests", requests);
  }
};

}  // namespace

std::vector<Property> fairness_properties() {
  return {check::eventually<LockProtocol, FirstComeFirstServed>(
              {"LK-L3", "First come, first served",
               "The lock is granted in the order in which the clients came to the store, and who "
               "has come keeps its place.",
               "etcd client, concurrency mutex"}),
          check::eventually<LockProtocol, NoHerd>(
              {"LK-L4", "No herd",
               "A release wakes at most one waiter, and costs a few requests, however many wait.",
               "etcd client, waitDeletes"})};
}

}  // namespace dsys::lock
