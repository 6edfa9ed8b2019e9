// Safety of the lock itself, ZK-S1, ZK-S3, ZK-S4 and ZK-S6, judged by what the ensemble and the
// clients tell: sessions and znodes with their zxids, and what each client reports.
//
// fencing.cpp has ZK-S2 and ZK-S7, which are about the resource; sessions.cpp has ZK-S5 and ZK-L7,
// which are about what a client may do with its session; liveness.cpp has the rest.
#include "problems/zklock/parts.hpp"

#include "problems/zklock/properties/judges.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dsys::zklock {
namespace {

// --- ZK-S1 ---

struct LowestOwns {
  Ledger ledger;

  Reason observe(const Event& event) {
    const auto* const acquired = output_of<Acquired>(event);
    const auto other = acquired == nullptr
                           ? std::nullopt
                           : ledger.owner(acquired->lock, event.node, acquired->kind);
    ledger.observe(event);
    if (acquired == nullptr) return std::nullopt;
    // A report may come so late that the session has ended: then what it reports was over before.
    const bool was_over = ledger.ended.contains(acquired->session);
    if (other && !was_over) {
      return fmt::format(
          "{} acquired the lock {} while {} owned it: neither had that one begun its release, nor "
          "had its session ended",
          event.node, acquired->lock, *other);
    }
    const auto own = ledger.place_of(event.node, acquired->lock);
    if (!own) return fmt::format("{} reports the lock as acquired without a znode", event.node);
    return judge(event.node, *own, acquired->kind);
  }

  Reason judge(NodeId client, Zxid czxid, LockKind kind) const {
    const QueueZnode& own = ledger.znode(czxid);
    for (const auto& [key, before] : ledger.znodes) {
      if (key.first >= czxid) break;
      const bool is_shared =
          kind == LockKind::read && before.path.find("-read-") != std::string::npos;
      const bool is_other = before.client != client && before.directory == own.directory;
      if (!is_other || is_shared) continue;
      if (before.is_there()) {
        return fmt::format(
            "{} reports the lock as acquired by its znode of zxid {}, while the one of {} of zxid "
            "{} is still there",
            client, czxid, before.client, key.first);
      }
      if (own.is_there() || own.removed_at >= before.removed_at) continue;
      return fmt::format(
          "{} reports the lock as acquired, but its znode had gone at zxid {}, before its turn "
          "came at zxid {}",
          client, own.removed_at, before.removed_at);
    }
    return std::nullopt;
  }
};

// --- ZK-S3 ---

struct LatestToken {
  NodeId owner{};
  Zxid token = 0;
};

struct TokensGrow {
  std::map<std::string, LatestToken> latest;  // of each lock
  std::set<SessionId> ended;

  Reason observe(const Event& event) {
    if (const auto* const end = output_of<SessionEnded>(event)) ended.insert(end->session);
    const auto* const acquired = output_of<Acquired>(event);
    if (acquired == nullptr || acquired->kind == LockKind::read) return std::nullopt;
    // Reported so late that another may have owned the lock since.
    if (ended.contains(acquired->session)) return std::nullopt;
    const LatestToken before =
        std::exchange(latest[acquired->lock], LatestToken{event.node, acquired->token});
    if (acquired->token > before.token) return std::nullopt;
    if (before.owner == NodeId{}) {
      return fmt::format("{} acquired the lock without a token", event.node);
    }
    return fmt::format("{} acquired the lock with token {} after {} had had it with {}", event.node,
                       acquired->token, before.owner, before.token);
  }
};

// --- ZK-S4 ---

// A znode that its client has given up with the lock, and when.
struct Due {
  NodeId client{};
  Time since{};
};

struct OwnZnodeOnly {
  Ledger ledger;
  Peace peace;
  std::map<Zxid, Due> due;

  Reason observe(const Event& event) {
    const auto* const removed = output_of<ZnodeRemoved>(event);
    const bool was_untold = removed != nullptr && ledger.is_at_work_with(*removed);
    ledger.observe(event);
    peace.observe(event);
    if (const auto* const released = output_of<Released>(event)) {
      const auto own = ledger.place_of(event.node, released->lock);
      if (own && ledger.is_answered_for(*own)) due[*own] = {event.node, event.time};
    }
    if (is_crash(event)) {
      std::erase_if(due, [&](const auto& entry) { return entry.second.client == event.node; });
    }
    if (removed != nullptr) {
      due.erase(removed->czxid);
      if (was_untold) {
        return fmt::format(
            "{} removed its znode of zxid {} while it owned the lock by it: Released comes first",
            removed->client, removed->czxid);
      }
      if (auto reason = judge(*removed)) return reason;
    }
    return judge(event.time);
  }

  Reason finish(const check::Ending& ending) const { return judge(ending.time); }

  Reason judge(const ZnodeRemoved& removed) const {
    const auto found = ledger.znodes.find({removed.czxid, removed.path});
    const bool is_of_queue = found != ledger.znodes.end();
    if (!is_of_queue || removed.cause == Cause::expired) return std::nullopt;
    const NodeId creator = found->second.client;
    if (creator == removed.client) return std::nullopt;
    return fmt::format("{} removed {}, the znode of {}", removed.client, removed.path, creator);
  }

  Reason judge(Time now) const {
    constexpr Duration removal_within = 1s;
    for (const auto& [czxid, one] : due) {
      if (now - std::max(one.since, peace.settled_at()) <= removal_within) continue;
      if (!peace.is_calm()) return std::nullopt;
      return fmt::format("{} gave the lock back at {}ms, and its znode of zxid {} is still there",
                         one.client, one.since / 1ms, czxid);
    }
    return std::nullopt;
  }
};

// --- ZK-S6 ---

// What one client does for one lock; a lost connection does not end it.
struct Acquisition {
  bool is_over = true;
  std::set<Zxid> znodes;
};

struct OneZnodePerAcquisition {
  Ledger ledger;
  std::map<Claimant, Acquisition> acquisitions;

  Reason observe(const Event& event) {
    if (const auto* const ended = output_of<SessionEnded>(event)) {
      const auto session = ledger.sessions.find(ended->session);
      if (session != ledger.sessions.end()) finish_all_of(session->second);
    }
    ledger.observe(event);
    if (is_crash(event)) finish_all_of(event.node);
    if (const auto* const released = output_of<Released>(event)) {
      acquisitions[{event.node, released->lock}].is_over = true;
    } else if (const auto* const gave_up = output_of<GaveUp>(event)) {
      acquisitions[{event.node, gave_up->lock}].is_over = true;
    } else if (const auto* const requested = output_of<Requested>(event)) {
      Acquisition& acquisition = acquisitions[{event.node, requested->lock}];
      if (acquisition.is_over) acquisition = {.is_over = false, .znodes = {}};
    } else if (const auto* const created = output_of<ZnodeCreated>(event)) {
      return judge(*created);
    }
    return std::nullopt;
  }

  void finish_all_of(NodeId client) {
    for (auto& [claimant, acquisition] : acquisitions) {
      if (claimant.client == client) acquisition = {};
    }
  }

  Reason judge(const ZnodeCreated& created) {
    if (!ledger.znodes.contains({created.czxid, created.path})) return std::nullopt;
    const std::string directory = parent_of(created.path);
    auto& znodes = acquisitions[{created.client, name_of_path(directory)}].znodes;
    znodes.insert(created.czxid);
    std::vector<Zxid> alive;
    std::copy_if(znodes.begin(), znodes.end(), std::back_inserter(alive),
                 [&](Zxid czxid) { return ledger.znode(czxid).is_there(); });
    if (alive.size() <= 1) return std::nullopt;
    return fmt::format("{} has {} znodes in the queue {}, with the czxids {}: it waits for itself",
                       created.client, alive.size(), directory, fmt::join(alive, ", "));
  }
};

}  // namespace

std::vector<Property> safety_properties() {
  return {check::always<LockProtocol, LowestOwns>(
              {"ZK-S1", "Exclusion",
               "Nobody acquires the lock while another owns it, and only who has the lowest znode "
               "of the queue acquires it.",
               "ZooKeeper recipes, locks"}),
          check::always<LockProtocol, TokensGrow>(
              {"ZK-S3", "Token order",
               "The tokens of successive owners strictly increase, also when the directory was "
               "removed and created again.",
               "Kleppmann 2016; ZooKeeper data model, zxid"}),
          check::always<LockProtocol, OwnZnodeOnly>(
              {"ZK-S4", "Own znode only",
               "Giving the lock back is reported first, and removes the znode that this client has "
               "created for it, and no other.",
               "ZooKeeper recipes, locks"}),
          check::always<LockProtocol, OneZnodePerAcquisition>(
              {"ZK-S6", "No orphan",
               "An acquisition has at most one znode in the queue, whatever connections are lost.",
               "ZooKeeper recipes, recoverable errors and the guid; Curator"})};
}

std::vector<Property> properties() {
  return check::in_order<LockProtocol>({safety_properties(), session_properties(),
                                        conduct_properties(), fencing_properties(),
                                        liveness_properties(), witnesses()});
}

}  // namespace dsys::zklock
