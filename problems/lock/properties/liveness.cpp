// Liveness, LK-L1, LK-L2 and LK-L5 to LK-L8; fairness.cpp has the two about the queue. Time limits
// run only while the store is up and nobody is disturbed (trouble.hpp). What each grants after a
// disturbance stands above it.
#include "problems/lock/properties/judges.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace dsys::lock {
namespace {

constexpr Duration repeat_within = 1s;  // three request time-outs, and the messages

// --- LK-L1 ---

struct TheLockIsGrantedAgain {
  Ledger ledger;
  Trouble trouble;
  Wanting wanting;
  Time moved_at{};  // when a client last got the lock, or gave it back

  Reason observe(const Event& event) {
    ledger.observe(event);
    trouble.observe(event);
    wanting.observe(event);
    const bool moves = output_of<Acquired>(event) != nullptr ||
                       output_of<Released>(event) != nullptr || output_of<Lost>(event) != nullptr;
    if (moves) moved_at = event.time;
    return judge(event.time);
  }

  Reason finish(const check::Ending& ending) const { return judge(ending.time); }

  Reason judge(Time now) const {
    if (!trouble.is_quiet(now)) return std::nullopt;
    const auto owner = ledger.owner();
    const bool is_held = owner && trouble.is_up(*owner);
    const Duration limit = lease_and_slack(ledger) + (is_held ? longest_work : Duration{});
    for (const auto& [client, since] : wanting.since) {
      const Time begin = std::max({since, trouble.since(), moved_at});
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

// After harm it grants: a release may have been lost (LK-L6 asks for it again); a waiter that was
// there before may have lost its watch, so only LK-L1 is asked for it; and the key of a client that
// is dead, or not waiting, may stand before it until its lease ends.
struct ReleaseIsPrompt {
  struct HandOver {
    NodeId by{};
    Revision key = 0;
    Time at{};
  };

  Ledger ledger;
  Trouble trouble;
  Wanting wanting;
  std::optional<HandOver> hand_over;
  Time removed_at{};  // a key, at last: then it was somebody's turn

  Reason observe(const Event& event) {
    const bool moves_on = output_of<Acquired>(event) != nullptr;
    auto late = moves_on ? std::nullopt : judge(event.time);
    if (moves_on) hand_over.reset();
    ledger.observe(event);
    trouble.observe(event);
    wanting.observe(event);
    if (output_of<Released>(event) != nullptr) {
      hand_over = HandOver{event.node, ledger.latest[event.node].granted_at, event.time};
    }
    if (output_of<KeyRemoved>(event) != nullptr) removed_at = event.time;
    return late;
  }

  Reason finish(const check::Ending& ending) const { return judge(ending.time); }

  Reason judge(Time now) const {
    if (!hand_over || !trouble.is_quiet(now)) return std::nullopt;
    const Time begin = std::max({hand_over->at, trouble.since(), removed_at});
    if (now - begin <= hand_over_within) return std::nullopt;
    const auto waiter = next_waiter();
    if (!waiter || !may_hurry(*waiter)) return std::nullopt;
    return fmt::format("{} gave the lock back at {}ms, and {} still waits for it", hand_over->by,
                       hand_over->at / 1ms, *waiter);
  }

  // Whose turn it is by the queue; where nobody has a key, or the released one is still there, any.
  std::optional<NodeId> next_waiter() const {
    for (const auto& [revision, key] : ledger.keys) {
      if (key.removed_at != 0) continue;
      if (revision == hand_over->key) break;
      const bool is_next = !key.is_left_over && waits(key.client);
      return is_next ? std::optional(key.client) : std::nullopt;
    }
    for (const auto& [client, since] : wanting.since) {
      if (waits(client)) return client;
    }
    return std::nullopt;
  }
  bool waits(NodeId client) const {
    const auto found = wanting.since.find(client);
    return client != hand_over->by && found != wanting.since.end() &&
           is_old(found->second, hand_over->at);
  }

  bool may_hurry(NodeId waiter) const {
    const bool came_after_it = trouble.harmed_at() < wanting.since.at(waiter);
    return came_after_it || !feels_harm(trouble, ledger, hand_over->at);
  }
};

// --- LK-L5 ---

// After a disturbance it grants the time until the next renewal: a third of the TTL. So one answer
// that is lost costs nobody the lock. And whatever happens, an owner that nobody has told otherwise
// does not give up while its lease is certain to live.
struct HoldersKeepIt {
  Ledger ledger;
  Trouble trouble;
  Certainty certainty;
  std::map<NodeId, Time> held_since;
  std::set<NodeId> told;  // that the lock, the key or the lease is theirs no more

  Reason observe(const Event& event) {
    const auto owner = ledger.owner();
    ledger.observe(event);
    trouble.observe(event);
    certainty.observe(event);
    if (event.kind == EventKind::deliver && tells_of_loss(event)) told.insert(event.node);
    if (output_of<Acquired>(event) != nullptr) {
      held_since[event.node] = event.time;
      told.erase(event.node);
    }
    const auto* const ended = output_of<LeaseEnded>(event);
    const bool has_expired = ended != nullptr && ended->cause == Cause::expired && owner &&
                             ledger.latest.at(*owner).lease == ended->lease &&
                             !ledger.latest.at(*owner).has_stopped;
    const bool gives_up = output_of<Lost>(event) != nullptr && owner == event.node;
    if (is_crash(event)) held_since.erase(event.node);
    const auto since = owner ? held_since.find(*owner) : held_since.end();
    if ((!has_expired && !gives_up) || since == held_since.end()) return std::nullopt;
    if (event.time - since->second >= longest_work) return std::nullopt;
    auto early = gives_up ? judge_giving_up(event) : std::nullopt;
    return early ? early : judge_loss(*owner, event.time);
  }

  Reason judge_loss(NodeId owner, Time now) const {
    const Certainty::Lease& lease = certainty.of(ledger.latest.at(owner).lease);
    const Duration next_renewal = lease.ttl / 3 + lease.ttl / 30 + hand_over_within;
    const bool could_renew = now - trouble.since() > next_renewal;
    const bool may_keep = trouble.is_quiet(now) && trouble.is_up(owner) && could_renew;
    if (!may_keep) return std::nullopt;
    return fmt::format("{} is alive, connected and at work, and loses the lock after {}ms", owner,
                       (now - held_since.at(owner)) / 1ms);
  }

  // A careful client may keep a fifth of the TTL as a margin.
  Reason judge_giving_up(const Event& event) const {
    const Certainty::Lease& lease = certainty.of(ledger.latest.at(event.node).lease);
    const bool is_alive = event.time + lease.ttl / 5 < lease.until;
    const bool was_told = told.contains(event.node);
    const bool may_know = !trouble.clocks().were_wrong_since(event.node, lease.renewed_at);
    if (!is_alive || was_told || !may_know) return std::nullopt;
    return fmt::format(
        "{} gives the lock up, though its lease is certain to live for another {}ms and nobody "
        "has told it otherwise",
        event.node, (lease.until - event.time) / 1ms);
  }

  bool tells_of_loss(const Event& event) const {
    if (const auto* const reply = message_of<ResourceReply>(event)) {
      const auto own = ledger.latest.find(event.node);
      return !reply->accepted &&
             (own == ledger.latest.end() || reply->highest_token > own->second.token);
    }
    if (const auto* const kept = message_of<LeaseKeepAliveResponse>(event)) {
      const auto own = ledger.latest.find(event.node);
      return kept->ttl == 0 && own != ledger.latest.end() && own->second.lease == kept->id;
    }
    if (const auto* const done = message_of<TxnResponse>(event)) return !done->succeeded;
    if (const auto* const found = message_of<RangeResponse>(event)) return found->kvs.empty();
    return message_of<WatchResponse>(event) != nullptr;
  }
};

// --- LK-L6 ---

// After a disturbance it grants three request time-outs. Whose lease may have ended meanwhile need
// not ask any more: then its key goes with that.
struct ReleasesAreRepeated {
  struct Release {
    Revision key = 0;
    LeaseId lease = 0;
    Time at{};
  };

  Ledger ledger;
  Trouble trouble;
  Certainty certainty;
  std::map<NodeId, Release> open;  // the key is still there

  Reason observe(const Event& event) {
    auto late = judge(event.time);
    ledger.observe(event);
    trouble.observe(event);
    certainty.observe(event);
    if (is_crash(event)) open.erase(event.node);
    if (output_of<Released>(event) != nullptr) begin(event);
    if (const auto* const removed = output_of<KeyRemoved>(event)) {
      std::erase_if(open,
                    [&](const auto& one) { return one.second.key == removed->create_revision; });
    }
    return late;
  }

  void begin(const Event& event) {
    const Ownership& own = ledger.latest[event.node];
    const auto key = ledger.keys.find(own.granted_at);
    const bool is_there = key != ledger.keys.end() && key->second.removed_at == 0;
    if (is_there) open[event.node] = {own.granted_at, own.lease, event.time};
  }

  Reason finish(const check::Ending& ending) const { return judge(ending.time); }

  Reason judge(Time now) const {
    if (!trouble.is_quiet(now)) return std::nullopt;
    for (const auto& [client, release] : open) {
      const Time due = std::max(release.at, trouble.since()) + repeat_within;
      if (now <= due || due >= certainty.of(release.lease).until) continue;
      return fmt::format("{} began to give the lock back at {}ms, and its key is still there",
                         client, release.at / 1ms);
    }
    return std::nullopt;
  }
};

// --- LK-L7 ---

// A client that has neither the lock nor a request for it, and rounds left to do, begins one. It is
// given a lease's time for what it may still have to do at the store.
struct RoundsGoOn {
  Ledger ledger;
  Trouble trouble;
  std::map<NodeId, Task> tasks;
  std::map<NodeId, std::uint32_t> rounds_done;  // in this life
  std::map<NodeId, Time> idle_since;

  Reason observe(const Event& event) {
    auto late = judge(event.time);
    ledger.observe(event);
    trouble.observe(event);
    if (const auto* const task = output_of<Task>(event)) tasks[task->client] = *task;
    if (is_crash(event)) {
      idle_since.erase(event.node);
      rounds_done.erase(event.node);
    } else if (check::is_boot(event)) {
      idle_since[event.node] = event.time;
    } else if (output_of<Requested>(event) != nullptr || output_of<Acquired>(event) != nullptr) {
      idle_since.erase(event.node);
    } else if (output_of<Released>(event) != nullptr || output_of<Lost>(event) != nullptr) {
      rounds_done[event.node] += output_of<Released>(event) != nullptr ? 1 : 0;
      idle_since[event.node] = event.time;
    }
    return late;
  }

  Reason finish(const check::Ending& ending) const { return judge(ending.time); }

  Reason judge(Time now) const {
    if (!trouble.is_quiet(now)) return std::nullopt;
    for (const auto& [client, since] : idle_since) {
      const auto found = tasks.find(client);
      if (found == tasks.end()) continue;
      const Task& task = found->second;
      const auto done = rounds_done.find(client);
      if (done != rounds_done.end() && done->second >= task.rounds) continue;
      const Duration pause = std::max(task.first_after, task.pause_between);
      const Time due = std::max(since, trouble.since()) + pause + lease_and_slack(ledger);
      if (now <= due) continue;
      return fmt::format("{} has rounds left to do, and does not ask for the lock since {}ms",
                         client, since / 1ms);
    }
    return std::nullopt;
  }
};

// --- LK-L8 ---

// Who has lost the lock says so, at the latest when it could have asked the store twice.
struct LossIsReported {
  Ledger ledger;
  Trouble trouble;
  std::set<NodeId> owners;         // by their own reports
  std::map<NodeId, Time> lost_at;  // the lease of its ownership has ended, and it has not said so

  Reason observe(const Event& event) {
    auto late = judge(event.time);
    ledger.observe(event);
    trouble.observe(event);
    if (const auto* const ended = output_of<LeaseEnded>(event)) {
      for (const auto& [client, own] : ledger.latest) {
        if (own.lease == ended->lease && owners.contains(client)) lost_at[client] = event.time;
      }
    }
    if (output_of<Acquired>(event) != nullptr) owners.insert(event.node);
    const bool ends = output_of<Released>(event) != nullptr || output_of<Lost>(event) != nullptr;
    if (ends || is_crash(event)) {
      owners.erase(event.node);
      lost_at.erase(event.node);
    }
    return late;
  }

  Reason finish(const check::Ending& ending) const { return judge(ending.time); }

  Reason judge(Time now) const {
    if (!trouble.is_quiet(now)) return std::nullopt;
    for (const auto& [client, at] : lost_at) {
      if (now <= std::max(at, trouble.since()) + lease_and_slack(ledger)) continue;
      return fmt::format("the lease of {} has ended at {}ms, and it has not reported Lost", client,
                         at / 1ms);
    }
    return std::nullopt;
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
               "TTL, unless something that it needs has been lost.",
               "etcd client, concurrency mutex"}),
          check::eventually<LockProtocol, HoldersKeepIt>(
              {"LK-L5", "Long hold",
               "An owner that is alive, connected and at work keeps the lock for many times the "
               "TTL, though an answer may be lost; it does not give up before its lease can end.",
               "etcd client, lease keep-alive"}),
          check::eventually<LockProtocol, ReleasesAreRepeated>(
              {"LK-L6", "Repeated release",
               "A release that is lost is repeated: its key goes within three request time-outs.",
               "Curator, the fate of an unanswered deletion"}),
          check::eventually<LockProtocol, RoundsGoOn>(
              {"LK-L7", "Rounds go on",
               "A client that has rounds left to do begins the next one, also after a loss and "
               "after a crash.",
               "the exercise"}),
          check::eventually<LockProtocol, LossIsReported>(
              {"LK-L8", "Reported loss",
               "An owner whose lease has ended reports that, within a TTL.", "the exercise"})};
}

}  // namespace dsys::lock
