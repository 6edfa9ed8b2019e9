// Liveness, ZK-L1 to ZK-L6. Time limits run only while the ensemble has a majority and nobody is
// disturbed. ZK-L5 and ZK-L6 are judged wherever a program is run: who is never told, or leaves
// something behind, does so by any fault. sessions.cpp has ZK-L7, conduct.cpp ZK-L8.
#include "problems/zklock/properties/judges.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace dsys::zklock {
namespace {

constexpr Duration tick = 2s;
constexpr Duration detection_slack = 1s;
constexpr Duration change_of_leader = 2s;
constexpr Duration hand_over_within = 300ms;  // sixty messages, one after the other
constexpr Duration queued_within = 200ms;     // from wanting the lock to waiting for it
constexpr Duration wake_up_within = 1500ms;   // by a server that lags behind
constexpr unsigned hand_over_requests_max = 6;

// --- ZK-L1 ---

struct TheLockIsOwnedAgain {
  Ledger ledger;
  Peace peace;
  Wanting wanting;
  bool has_lost_server = false;
  std::map<std::string, Time> moved_at;  // when the lock was last acquired, or given back
  Time nothing_before{};                 // unless somebody tells something

  Reason observe(const Event& event) {
    if (!is_telling(event) && event.time < nothing_before) return std::nullopt;
    ledger.observe(event);
    peace.observe(event);
    wanting.observe(event);
    has_lost_server = has_lost_server || (is_crash(event) && is_server(event.node));
    if (const auto* const acquired = output_of<Acquired>(event)) {
      moved_at[acquired->lock] = event.time;
    } else if (const auto* const released = output_of<Released>(event)) {
      moved_at[released->lock] = event.time;
    } else if (const auto* const lost = output_of<Lost>(event)) {
      moved_at[lost->lock] = event.time;
    }
    return judge(event.time);
  }

  Reason finish(const check::Ending& ending) { return judge(ending.time); }

  Reason judge(Time now) {
    nothing_before = Time::max();
    if (!peace.is_calm()) return std::nullopt;
    const Duration least = peace.longest_timeout + 2 * tick + detection_slack +
                           (has_lost_server ? peace.longest_timeout + change_of_leader : 0s);
    for (const auto& [claimant, since] : wanting.since) {
      const auto moved = moved_at.find(claimant.lock);
      const Time moved_then = moved == moved_at.end() ? Time{} : moved->second;
      const Time end = std::max({since, peace.calm.since(), moved_then}) + least;
      nothing_before = std::min(nothing_before, end);
      if (now <= end) continue;
      const auto owner = ledger.owner(claimant.lock);
      const bool is_held = owner && peace.calm.up().contains(*owner);
      if (now <= end + (is_held ? longest_work : 0s)) continue;
      return fmt::format("{} waits for the lock {} since {}ms; {}", claimant.client, claimant.lock,
                         since / 1ms,
                         !owner    ? "nobody owns it"
                         : is_held ? fmt::format("{} holds it", *owner)
                                   : fmt::format("its owner, {}, is dead", *owner));
    }
    return std::nullopt;
  }
};

// --- ZK-L2 ---

// Whose turn it is, and since when: a client that has waited for a while when the lock is given
// back, or one that wants a lock that nobody owns or waits for.
struct Turn {
  NodeId waiter{};
  NodeId released_by{};  // nobody: it was free
  Time since{};
};

struct ReleaseIsPrompt {
  Ledger ledger;
  Peace peace;
  Wanting wanting;
  std::map<std::string, Turn> turns;  // of each lock

  Reason observe(const Event& event) {
    peace.observe(event);
    if (const auto* const acquired = output_of<Acquired>(event)) turns.erase(acquired->lock);
    Reason late = judge(event.time);
    const auto* const requested = output_of<Requested>(event);
    const bool is_free = requested != nullptr && !ledger.owner(requested->lock) &&
                         !wanting.is_wanted(requested->lock) &&
                         ledger.is_queue_empty(requested->lock);
    ledger.observe(event);
    wanting.observe(event);
    if (is_free) turns[requested->lock] = {event.node, NodeId{}, event.time};
    if (const auto* const released = output_of<Released>(event)) begin(event, released->lock);
    std::erase_if(turns, [&](const auto& entry) {
      return !wanting.since.contains({entry.second.waiter, entry.first}) ||
             ledger.is_queue_blocked(entry.first);
    });
    return late;
  }

  void begin(const Event& event, const std::string& lock) {
    turns.erase(lock);
    if (ledger.is_queue_blocked(lock)) return;
    for (const auto& [claimant, since] : wanting.since) {
      const bool has_waited = event.time - since > queued_within;
      const bool waits = claimant.lock == lock && claimant.client != event.node && has_waited;
      if (waits) turns[lock] = {claimant.client, event.node, event.time};
    }
  }

  Reason finish(const check::Ending& ending) const { return judge(ending.time); }

  Reason judge(Time now) const {
    for (const auto& [lock, turn] : turns) {
      if (now - std::max(turn.since, peace.settled_at()) <= hand_over_within) continue;
      if (!peace.is_calm()) return std::nullopt;
      if (turn.released_by == NodeId{}) {
        return fmt::format("{} wanted the lock {} at {}ms, when it was free, and waits for it",
                           turn.waiter, lock, turn.since / 1ms);
      }
      return fmt::format("{} gave the lock {} back at {}ms, and {} still waits for it",
                         turn.released_by, lock, turn.since / 1ms, turn.waiter);
    }
    return std::nullopt;
  }
};

// --- ZK-L3 ---

struct InTheOrderOfNumbers {
  Ledger ledger;
  Wanting wanting;

  // Who stands further in front still wants the lock, and its znode is there.
  Reason observe(const Event& event) {
    ledger.observe(event);
    wanting.observe(event);
    const auto* const acquired = output_of<Acquired>(event);
    if (acquired == nullptr) return std::nullopt;
    const auto own = ledger.place_of(event.node, acquired->lock);
    if (!own) return std::nullopt;
    const std::string directory = ledger.znode(*own).directory;
    for (const auto& [key, before] : ledger.znodes) {
      if (key.first >= *own) break;
      const bool is_in_front = before.is_there() && before.client != event.node &&
                               before.directory == directory &&
                               wanting.since.contains({before.client, acquired->lock});
      if (!is_in_front) continue;
      return fmt::format("{} acquired the lock before {}, whose znode is older", event.node,
                         before.client);
    }
    return std::nullopt;
  }
};

// --- ZK-L4 ---

struct NoHerd {
  Peace peace;
  Wanting wanting;
  std::set<NodeId> old_waiters;               // from before the release
  std::map<Zxid, std::set<NodeId>> woken_by;  // a change
  bool is_changing_hands = false;
  unsigned requests = 0;

  Reason observe(const Event& event) {
    peace.observe(event);
    wanting.observe(event);
    if (output_of<Released>(event) != nullptr) {
      is_changing_hands = peace.is_calm() && peace.settled_at() <= event.time;
      requests = 0;
      old_waiters.clear();
      for (const auto& [claimant, since] : wanting.since) {
        if (event.time - since > queued_within) old_waiters.insert(claimant.client);
      }
    }
    // Who connects again looks again.
    const bool is_over = output_of<Acquired>(event) != nullptr || peace.calm.since() == event.time;
    if (is_over) is_changing_hands = false;
    if (event.kind == EventKind::send) return judge_event(event);
    if (event.kind == EventKind::deliver) return judge_request(event);
    return std::nullopt;
  }

  Reason judge_event(const Event& event) {
    const auto* const news = message_of<WatchedEvent>(event);
    if (news == nullptr) return std::nullopt;
    std::set<NodeId>& woken = woken_by[news->zxid];
    woken.insert(event.peer);
    if (woken.size() < 2) return std::nullopt;
    return fmt::format("one change, of {}, wakes {} and {}", news->path, *woken.begin(),
                       *woken.rbegin());
  }

  Reason judge_request(const Event& event) {
    const bool is_question = message_of<GetChildrenRequest>(event) != nullptr ||
                             message_of<ExistsRequest>(event) != nullptr ||
                             message_of<GetDataRequest>(event) != nullptr;
    const bool counts = is_changing_hands && is_question && old_waiters.contains(event.peer);
    if (!counts || ++requests <= hand_over_requests_max) return std::nullopt;
    return fmt::format("while the lock changes hands the waiters have sent {} requests", requests);
  }
};

// --- ZK-L5 ---

struct NoLostWakeUp {
  Ledger ledger;
  Peace peace;
  Wanting wanting;
  std::map<Zxid, Time> first_since;  // znodes with nothing before them in their queue

  Reason observe(const Event& event) {
    ledger.observe(event);
    peace.observe(event);
    wanting.observe(event);
    const bool changes_queue =
        output_of<ZnodeCreated>(event) != nullptr || output_of<ZnodeRemoved>(event) != nullptr;
    if (changes_queue) find_first(event.time);
    return judge(event.time);
  }

  void find_first(Time now) {
    std::map<std::string, Zxid> first;  // of each directory
    for (const auto& [key, znode] : ledger.znodes) {
      if (znode.is_there()) first.try_emplace(znode.directory, key.first);
    }
    std::map<Zxid, Time> known = std::exchange(first_since, {});
    for (const auto& [directory, czxid] : first) {
      first_since[czxid] = known.try_emplace(czxid, now).first->second;
    }
  }

  Reason finish(const check::Ending& ending) const { return judge(ending.time); }

  Reason judge(Time now) const {
    for (const auto& [czxid, since] : first_since) {
      if (now - std::max(since, peace.settled_at()) <= wake_up_within) continue;
      if (!peace.is_calm()) return std::nullopt;
      const QueueZnode& znode = ledger.znode(czxid);
      const auto wanted = wanting.since.find({znode.client, name_of_path(znode.directory)});
      const bool waits = wanted != wanting.since.end() && !znode.is_orphan;
      if (!waits) continue;
      if (now - wanted->second <= wake_up_within) continue;
      return fmt::format("{} waits, though its znode is the first of the queue since {}ms",
                         znode.client, since / 1ms);
    }
    return std::nullopt;
  }
};

// --- ZK-L6 ---

struct NothingIsLeftBehind {
  Ledger ledger;
  Peace peace;
  Tasks tasks;
  Wanting wanting;
  std::set<Claimant> gave_up;
  std::map<Zxid, Time> due;         // znodes of those that gave up, and since when
  std::map<NodeId, Time> awake_at;  // who should have given up, and was first seen after that

  Reason observe(const Event& event) {
    tasks.observe(event);
    wanting.observe(event);
    const auto* const acquired = output_of<Acquired>(event);
    const bool is_unasked = acquired != nullptr && gave_up.contains({event.node, acquired->lock});
    ledger.observe(event);
    peace.observe(event);
    if (is_unasked) {
      return fmt::format("{} had given up, and acquired the lock {}", event.node, acquired->lock);
    }
    if (const auto* const gone = output_of<GaveUp>(event)) {
      gave_up.insert({event.node, gone->lock});
      const auto own = ledger.place_of(event.node, gone->lock);
      if (own && ledger.is_answered_for(*own)) due.try_emplace(*own, event.time);
    } else if (const auto* const requested = output_of<Requested>(event)) {
      gave_up.erase({event.node, requested->lock});
    } else if (const auto* const removed = output_of<ZnodeRemoved>(event)) {
      due.erase(removed->czxid);
    } else if (is_crash(event)) {
      forget(event.node);
    }
    if (auto reason = judge_patience(event)) return reason;
    return judge(event.time);
  }

  // By its own clock, whoever it can reach. Who is paused handles nothing, and then all at once.
  Reason judge_patience(const Event& event) {
    constexpr Duration slack = 500ms;
    const bool is_input = event.kind == EventKind::deliver || event.kind == EventKind::timer;
    if (!is_client(event.node) || !is_input) return std::nullopt;
    const Tasked* const task = tasks.find(event.node);
    const auto wanted =
        task == nullptr ? wanting.since.end() : wanting.since.find({event.node, task->lock});
    const bool has_limit = wanted != wanting.since.end() && task->acquire_timeout > 0ns;
    const bool is_late = has_limit && event.time - wanted->second > task->acquire_timeout + slack;
    if (!is_late) awake_at.erase(event.node);
    if (!is_late || peace.clocks.were_wrong) return std::nullopt;
    const Time awake_since = awake_at.try_emplace(event.node, event.time).first->second;
    if (event.time - awake_since <= slack) return std::nullopt;
    return fmt::format("{} waits since {}ms, and was to give up after {}ms", event.node,
                       wanted->second / 1ms, task->acquire_timeout / 1ms);
  }

  // The session of a dead client takes its znodes along, in time.
  void forget(NodeId client) {
    std::erase_if(gave_up, [&](const Claimant& one) { return one.client == client; });
    std::erase_if(due, [&](const auto& one) { return ledger.znode(one.first).client == client; });
  }

  Reason finish(const check::Ending& ending) const { return judge(ending.time); }

  Reason judge(Time now) const {
    constexpr Duration removal_within = 1s;
    for (const auto& [czxid, since] : due) {
      if (now - std::max(since, peace.settled_at()) <= removal_within) continue;
      if (!peace.is_calm()) return std::nullopt;
      return fmt::format("{} gave up at {}ms, and its znode is still in the queue",
                         ledger.znode(czxid).client, since / 1ms);
    }
    return std::nullopt;
  }
};

}  // namespace

std::vector<Property> liveness_properties() {
  return {
      check::eventually<LockProtocol, TheLockIsOwnedAgain>(
          {"ZK-L1", "Crash release",
           "When the owner has crashed, the next in line owns the lock within the session's "
           "timeout and two ticks, and a full timeout more after a change of the leader.",
           "ZooKeeper source, ExpiryQueue and SessionTrackerImpl"}),
      check::eventually<LockProtocol, ReleaseIsPrompt>(
          {"ZK-L2", "Prompt release",
           "A lock that is given back, or is free, is had after a few messages, whatever the "
           "session's timeout.",
           "ZooKeeper recipes, locks"}),
      check::eventually<LockProtocol, InTheOrderOfNumbers>(
          {"ZK-L3", "First come, first served",
           "The lock is owned in the order in which the znodes were created.",
           "ZooKeeper recipes, locks"}),
      check::eventually<LockProtocol, NoHerd>(
          {"ZK-L4", "No herd",
           "A change wakes at most one waiter, and a release costs a few requests, however "
           "many wait.",
           "ZooKeeper recipes, locks"}),
      check::always<LockProtocol, NoLostWakeUp, check::Searched::no>(
          {"ZK-L5", "No lost wake-up",
           "Whoever has the first znode of the queue does not go on waiting.",
           "ZooKeeper recipes, locks"}),
      check::always<LockProtocol, NothingIsLeftBehind, check::Searched::no>(
          {"ZK-L6", "Timed acquisition",
           "Who has waited for as long as it was to gives up, leaves no znode, and does not own "
           "the lock later.",
           "Curator, InterProcessMutex"})};
}

}  // namespace dsys::zklock
