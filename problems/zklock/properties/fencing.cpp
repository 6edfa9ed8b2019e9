// What must hold at the resource, ZK-S2 and ZK-S7, and the sometimes-properties ZK-W1 to ZK-W11
// (witnesses that a run was worth judging).
//
// Readers show no token, and are not judged here; who takes every lock for a plain one shows its
// token as a reader, too. To whom a request belongs is not seen by its
// token, which may be wrong, but by when it left: it belongs to the ownership that its client had
// last reported then. Ownerships are ordered by the znodes: reports may come late.
#include "problems/zklock/properties/judges.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace dsys::zklock {
namespace {

// --- ZK-S2 ---

struct StaleWritesAreRefused {
  Ledger ledger;
  std::map<SentRequest, Zxid> sent_in;  // the ownership, by its rank; 0: none
  Zxid latest_served = 0;

  Reason observe(const Event& event) {
    ledger.observe(event);
    if (event.kind == EventKind::send) return judge_sending(event);
    if (const auto* const served = output_of<Served>(event)) return judge(*served);
    if (const auto* const refused = output_of<Refused>(event)) return judge(*refused);
    return std::nullopt;
  }

  Reason judge_sending(const Event& event) {
    SentRequest request{.client = event.node};
    if (const auto* const read = message_of<ReadRequest>(event)) {
      request = {event.node, read->call, read->token};
    } else if (const auto* const write = message_of<WriteRequest>(event)) {
      request = {event.node, write->call, write->token};
    } else {
      return std::nullopt;
    }
    const auto found = ledger.latest.find({event.node, std::string(protecting_lock)});
    const bool is_reader = found != ledger.latest.end() && found->second.kind == LockKind::read;
    const bool owns = found != ledger.latest.end() && (!is_reader || request.token != 0);
    sent_in.try_emplace(request, owns ? found->second.rank : 0);
    if (!is_reader || request.token == 0) return std::nullopt;
    const auto shut_out = reader_before(found->second);
    if (!shut_out) return std::nullopt;
    return fmt::format(
        "{} shares the lock with {}, which came before it, and shows token {}: it "
        "shuts it out",
        event.node, *shut_out, request.token);
  }

  std::optional<NodeId> reader_before(const Ownership& own) const {
    for (const auto& [claimant, other] : ledger.latest) {
      const bool owns = !other.is_over && !other.has_stopped && claimant.lock == protecting_lock;
      if (owns && other.kind == LockKind::read && other.rank < own.rank) return claimant.client;
    }
    return std::nullopt;
  }

  Zxid ownership_of(const SentRequest& request) const {
    const auto found = sent_in.find(request);
    return found == sent_in.end() ? 0 : found->second;
  }

  Reason judge(const Served& served) {
    const Zxid rank = ownership_of({served.client, served.call, served.token});
    const bool is_late = rank < latest_served;
    latest_served = std::max(latest_served, rank);
    if (!is_late || served.access == Access::read || served.again) return std::nullopt;
    return fmt::format(
        "a write of {} (token {}) was accepted, though a later owner had been served before",
        served.client, served.token);
  }

  Reason judge(const Refused& refused) const {
    const std::string lock(protecting_lock);
    const auto found = ledger.latest.find({refused.client, lock});
    if (found == ledger.latest.end()) return std::nullopt;
    const Ownership& ownership = found->second;
    const bool is_latest_owner = ownership.rank == ledger.latest_ranks.at(lock) &&
                                 !ownership.is_over && !ownership.has_stopped;
    const bool is_its_own =
        ownership_of({refused.client, refused.call, refused.token}) == ownership.rank;
    if (!is_latest_owner || !is_its_own) return std::nullopt;
    return fmt::format("the {} of {} was refused (token {}), though it is the latest owner",
                       enumerator_name(refused.access), refused.client, refused.token);
  }
};

// --- ZK-S7 ---

struct NoIncrementIsLost {
  std::int64_t counter = 0;

  Reason observe(const Event& event) {
    const auto* const served = output_of<Served>(event);
    const bool is_new = served != nullptr && served->access == Access::write && !served->again;
    if (!is_new) return std::nullopt;
    const std::int64_t before = std::exchange(counter, served->value);
    if (served->value == before + 1) return std::nullopt;
    return fmt::format("{} wrote {} where the counter was {}: an increment is lost", served->client,
                       served->value, before);
  }
};

// --- Sometimes ---

struct LockChangesHands {
  std::optional<NodeId> first;

  Reason observe(const Event& event) {
    const auto* const acquired = output_of<Acquired>(event);
    if (acquired == nullptr || acquired->lock != protecting_lock) return std::nullopt;
    if (!first) first = event.node;
    if (*first == event.node) return std::nullopt;
    return fmt::format("from {} to {}", *first, event.node);
  }
};

// Not an error: no lock service can prevent it. What is done with the belief is judged.
struct TwoBelieve {
  std::set<NodeId> believers;

  Reason observe(const Event& event) {
    const bool stops = output_of<Released>(event) != nullptr || output_of<Lost>(event) != nullptr;
    if (stops || is_crash(event)) believers.erase(event.node);
    const auto* const acquired = output_of<Acquired>(event);
    const bool believes = acquired != nullptr && acquired->lock == protecting_lock &&
                          acquired->kind != LockKind::read;
    if (!believes) return std::nullopt;
    believers.insert(event.node);
    if (believers.size() < 2) return std::nullopt;
    const NodeId other =
        *believers.begin() == event.node ? *believers.rbegin() : *believers.begin();
    return fmt::format("{} and {}, from {}ms on", event.node, other, event.time / 1ms);
  }
};

struct SecondLockIsTaken {
  Ledger ledger;

  Reason observe(const Event& event) {
    ledger.observe(event);
    const auto* const acquired = output_of<Acquired>(event);
    if (acquired == nullptr || acquired->lock == protecting_lock) return std::nullopt;
    const auto owned = ledger.latest.find({event.node, std::string(protecting_lock)});
    const bool owns_both = owned != ledger.latest.end() && !owned->second.is_over;
    if (!owns_both) return std::nullopt;
    return fmt::format("{}, by {}", acquired->lock, event.node);
  }
};

struct WaiterGivesUp {
  static Reason observe(const Event& event) {
    if (output_of<GaveUp>(event) == nullptr) return std::nullopt;
    return fmt::format("{} at {}ms", event.node, event.time / 1ms);
  }
};

// The leader is who tells of changes.
struct LeaderChanges {
  NodeId leader{};

  Reason observe(const Event& event) {
    const bool leads = event.kind == EventKind::emit && is_server(event.node);
    if (!leads) return std::nullopt;
    const NodeId before = std::exchange(leader, event.node);
    if (before == NodeId{} || before == event.node) return std::nullopt;
    return fmt::format("from {} to {}", before, event.node);
  }
};

struct DirectoryIsUsedAgain {
  bool has_gone = false;

  Reason observe(const Event& event) {
    const auto* const removed = output_of<ZnodeRemoved>(event);
    const bool is_directory = removed != nullptr && number_of(removed->path) < 0;
    has_gone = has_gone || is_directory;
    if (!has_gone || output_of<Acquired>(event) == nullptr) return std::nullopt;
    return fmt::format("by {}", event.node);
  }
};

struct OwnerGoesOnElsewhere {
  Hearings hearings;
  std::map<NodeId, NodeId> acquired_at;  // the server

  Reason observe(const Event& event) {
    hearings.observe(event);
    const bool stops = output_of<Released>(event) != nullptr || output_of<Lost>(event) != nullptr;
    if (stops || is_crash(event)) acquired_at.erase(event.node);
    const auto heard = hearings.of.find(event.node);
    if (heard == hearings.of.end()) return std::nullopt;
    const Hearing& hearing = heard->second;
    if (output_of<Acquired>(event) != nullptr) acquired_at[event.node] = hearing.server;
    const auto before = acquired_at.find(event.node);
    const bool asks = event.kind == EventKind::send && is_resource_request(event);
    const bool goes_on = asks && before != acquired_at.end() && hearing.is_connected &&
                         hearing.server != before->second;
    if (!goes_on) return std::nullopt;
    return fmt::format("{}, from {} to {}", event.node, before->second, hearing.server);
  }
};

struct ReadersShare {
  std::set<NodeId> readers;

  Reason observe(const Event& event) {
    const bool stops = output_of<Released>(event) != nullptr || output_of<Lost>(event) != nullptr;
    if (stops || is_crash(event)) readers.erase(event.node);
    const auto* const acquired = output_of<Acquired>(event);
    if (acquired == nullptr || acquired->kind != LockKind::read) return std::nullopt;
    readers.insert(event.node);
    if (readers.size() < 2) return std::nullopt;
    return fmt::format("{} and {}", *readers.begin(), *readers.rbegin());
  }
};

}  // namespace

std::vector<Property> fencing_properties() {
  return {check::always<LockProtocol, StaleWritesAreRefused>(
              {"ZK-S2", "Fenced effects",
               "Once a request of one owner was served, no write of an earlier owner is accepted; "
               "and the latest owner is not refused.",
               "Kleppmann 2016; Junqueira, Note on fencing and distributed locks (2016)"}),
          check::always<LockProtocol, NoIncrementIsLost>(
              {"ZK-S7", "Exact counter",
               "Each write that the resource accepts makes the counter one more than it was.",
               "Kleppmann 2016"})};
}

std::vector<Property> witnesses() {
  return {check::seen<LockProtocol, Acquired>(
              "ZK-W1", "the lock is acquired", "A client acquires the lock.",
              [](NodeId client, const Acquired& one) {
                return fmt::format("{} with token {}", client, one.token);
              }),
          check::sometimes<LockProtocol, LockChangesHands>(
              "ZK-W2", "the lock changes hands", "Two clients own the lock one after the other."),
          check::seen<LockProtocol, Served>(
              "ZK-W3", "the counter is written", "A client writes the counter.",
              [](NodeId, const Served& one) -> Reason {
                if (one.access == Access::read) return std::nullopt;
                return fmt::format("{} wrote {}", one.client, one.value);
              }),
          check::seen<LockProtocol, Refused>("ZK-W4", "a stale request arrives",
                                             "The resource refuses a request of an owner that was.",
                                             [](NodeId, const Refused& one) {
                                               return fmt::format(
                                                   "the {} of {} with token {} came after token {}",
                                                   enumerator_name(one.access), one.client,
                                                   one.token, one.highest_token);
                                             }),
          check::sometimes<LockProtocol, TwoBelieve>(
              "ZK-W5", "two believe",
              "Two clients believe at once that they own the lock, which no lock can prevent."),
          check::sometimes<LockProtocol, SecondLockIsTaken>(
              "ZK-W6", "a second lock is taken", "An owner takes another lock beside the first."),
          check::sometimes<LockProtocol, WaiterGivesUp>("ZK-W7", "a waiter gives up",
                                                        "A waiter has waited for too long."),
          check::sometimes<LockProtocol, LeaderChanges>("ZK-W8", "the leader changes",
                                                        "Another server leads the ensemble."),
          check::sometimes<LockProtocol, DirectoryIsUsedAgain>(
              "ZK-W9", "the directory is used again",
              "A lock is acquired after an empty directory was removed."),
          check::sometimes<LockProtocol, ReadersShare>("ZK-W10", "readers share",
                                                       "Two clients read under the lock at once."),
          check::sometimes<LockProtocol, OwnerGoesOnElsewhere>(
              "ZK-W11", "an owner goes on with another server",
              "An owner loses its connection, and works on in the same session over the next.")};
}

}  // namespace dsys::zklock
