#include "problems/lock/parts.hpp"

#include "common/check/flaw.hpp"
#include "problems/lock/node.hpp"
#include "problems/lock/given/resource.hpp"
#include "problems/lock/given/store.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace dsys::lock {
namespace {

using LockEffects = Effects<LockProtocol>;
using LockInput = Input<LockProtocol>;
using LockSend = Send<LockProtocol>;

// The client at n1, n2, ..., the store at s1 and the resource at r1.
NodeFactory<LockProtocol> node_of(NodeId self, const LockConfig& config, const Rules& rules) {
  if (self == config.store) return factory_of<LockProtocol>(Store{.config = config});
  if (self == config.resource) return factory_of<LockProtocol>(Resource{.rules = &rules});
  return factory_of<LockProtocol>(Client{.config = config, .rules = &rules});
}

// --- Swapped rules ---

// The bank has one key for everybody.
std::string one_key(const std::string& lock, LeaseId /*lease*/, std::uint32_t /*attempt*/) {
  return lock + "/owner";
}

bool if_put(const TxnResponse& answer, Revision /*create_revision*/) {
  return answer.succeeded;
}

const Rules unconditional_put = check::swapped(reference_rules, [](Rules& rules) {
  rules.queue_key = one_key;
  rules.create_guard = [](const std::string&) { return std::vector<Compare>{}; };
  rules.owns = if_put;
});

const Rules exists_check = check::swapped(reference_rules, [](Rules& rules) {
  rules.queue_key = one_key;
  rules.owns = [](const TxnResponse& answer, Revision) {
    return !answer.responses.back().kvs.empty();
  };
});

const Rules ttl_mismatch = check::swapped(reference_rules, [](Rules& rules) {
  rules.renews = [] { return false; };
  rules.deadline = [](const Renewal& renewal, std::uint32_t) { return renewal.sent_at + 10s; };
});

const Rules no_lease =
    check::swapped(reference_rules, [](Rules& rules) { rules.attached_lease = [](LeaseId) { return LeaseId{0}; }; });

const Rules no_fencing = check::swapped(reference_rules, 
    [](Rules& rules) { rules.fencing_token = [](Revision, LeaseId) { return Revision{0}; }; });

// Spread over 20 bits by Knuth's multiplicative hash: as good as random, and the same in each run.
const Rules token_random = check::swapped(reference_rules, [](Rules& rules) {
  rules.fencing_token = [](Revision, LeaseId lease) {
    constexpr std::uint32_t knuth = 2654435761;
    return static_cast<Revision>((static_cast<std::uint32_t>(lease) * knuth) >> 12U) + 1;
  };
});

const Rules no_recheck = check::swapped(reference_rules, [](Rules& rules) { rules.checks_own_key = [] { return false; }; });

const Rules watch_gap =
    check::swapped(reference_rules, [](Rules& rules) { rules.watch_from = [](Revision) { return Revision{0}; }; });

const Rules herd = check::swapped(reference_rules, [](Rules& rules) {
  rules.watched = [](const std::string& lock, const std::string&) { return queue_of(lock); };
});

const Rules retry_new_key = check::swapped(reference_rules, [](Rules& rules) {
  rules.queue_key = [](const std::string& lock, LeaseId lease, std::uint32_t attempt) {
    return fmt::format("{}/{:x}-{}", lock, lease, attempt);
  };
});

const Rules lease_from_receipt = check::swapped(reference_rules, [](Rules& rules) {
  rules.deadline = [](const Renewal& renewal, std::uint32_t) {
    return renewal.answered_at + renewal.ttl * Duration(1s);
  };
});

const Rules wall_clock = check::swapped(reference_rules, [](Rules& rules) {
  rules.clock = [](const LockContext& context) { return context.wall_clock().time_since_epoch(); };
});

const Rules fence_strict = check::swapped(reference_rules, [](Rules& rules) {
  rules.accepts = [](Revision token, Revision highest_token) {
    return token == 0 || token > highest_token;
  };
});

const Rules renew_forever = check::swapped(reference_rules, [](Rules& rules) { rules.limits_hold = [] { return false; }; });

// --- Crooked contexts ---

bool is_release(const TxnRequest* request) {
  return request != nullptr && !request->success.empty() &&
         request->success.front().request == RequestKind::delete_range;
}

// The bank cancels the context of calls that have long been answered: nothing is sent.
void release_nothing(const LockInput& /*input*/, LockEffects& effects) {
  std::erase_if(effects, [](auto& effect) {
    return is_release(check::sent_message<TxnRequest, LockProtocol>(effect)) ||
           check::sent_message<LeaseRevokeRequest, LockProtocol>(effect) != nullptr;
  });
}

// Deletes the lock by its name, whoever's it is by then.
void delete_by_name(const LockInput& /*input*/, LockEffects& effects) {
  for (auto& effect : effects) {
    auto* const request = check::sent_message<TxnRequest, LockProtocol>(effect);
    if (!is_release(request)) continue;
    RequestOp& removal = request->success.front();
    const KeyRange queue = queue_of(LockConfig{}.lock);
    removal.key = queue.key;
    removal.range_end = queue.range_end;
    request->compare.clear();
  }
}

void read_without_token(const LockInput& /*input*/, LockEffects& effects) {
  for (auto& effect : effects) {
    if (auto* const request = check::sent_message<ReadRequest, LockProtocol>(effect)) request->token = 0;
  }
}

// The other machine has not got it yet when the client is answered.
void replicate_later(const LockInput& /*input*/, LockEffects& effects) {
  std::erase_if(effects, [](const auto& effect) { return std::holds_alternative<Sync>(effect); });
}

// --- A detour ---

// Looks first and puts then: the transaction that puts the key and reads the oldest one goes out as
// a range request, and then a put. The client is answered as if it were one step.
struct TwoSteps {
  std::optional<TxnRequest> pending;
  std::vector<KeyValue> oldest;

  bool arrives(LockContext& context, NodeId from, LockProtocol::Message& message) {
    const auto* const looked = std::get_if<RangeResponse>(&message);
    const auto* const put = std::get_if<PutResponse>(&message);
    if (pending && looked != nullptr && looked->call == pending->call) {
      oldest = looked->kvs;
      const RequestOp& wanted = pending->success.front();
      context.send(from, PutRequest{pending->call, wanted.key, wanted.value, wanted.lease});
      return false;
    }
    if (pending && put != nullptr && put->call == pending->call) message = as_transaction(*put);
    return true;
  }

  void leaves(LockEffects& effects) {
    for (auto& effect : effects) {
      const auto* const request = check::sent_message<TxnRequest, LockProtocol>(effect);
      const bool puts = request != nullptr && !request->success.empty() &&
                        request->success.front().request == RequestKind::put;
      if (!puts) continue;
      pending = *request;
      const RequestOp& look = pending->success.back();
      std::get<LockSend>(effect).message = RangeRequest{.call = pending->call,
                                                        .key = look.key,
                                                        .range_end = look.range_end,
                                                        .limit = look.limit,
                                                        .sort_order = look.sort_order,
                                                        .sort_target = look.sort_target};
    }
  }

  // Its own key is the first if there was none when it looked.
  TxnResponse as_transaction(const PutResponse& put) {
    const KeyValue own{.key = pending->success.front().key, .create_revision = put.revision};
    TxnResponse answer{.call = put.call,
                       .revision = put.revision,
                       .succeeded = true,
                       .responses = {{}, {.kvs = oldest.empty() ? std::vector{own} : oldest}},
                       .error = put.error};
    pending.reset();
    oldest.clear();
    return answer;
  }
};

// In the order in which an answer grows: taking it, keeping it, giving it back, fencing.
const std::vector<check::FlawRow<LockProtocol, Rules>> rows{
{.id = "lock.unconditional-put", .story = "The key is put without a condition: the put succeeds for everybody, so everybody owns.", .exposures = {{"LK-S1", "contention", 1}}, .exploration = "contention", .rules = &unconditional_put, .decisions = 3},
{.id = "lock.exists-check", .story = "The put is conditional, but then the client only looks whether the key exists: it does, and "
     "is somebody else's.", .exposures = {{"LK-S1", "contention", 1}}, .exploration = "contention", .rules = &exists_check, .decisions = 2},
{.id = "lock.check-then-set", .story = "The client looks whether the key is there, and puts it in a second call: another comes "
     "between.", .exposures = {{"LK-S1", "contention", 1}}, .exploration = "contention", .detour = behind<LockProtocol, TwoSteps>},
{.id = "lock.herd", .story = "All waiters watch the whole queue: each release wakes them all, and all ask again.", .exposures = {{"LK-L4", "crowd", 1}}, .rules = &herd},
{.id = "lock.no-recheck", .story = "When its predecessors have gone, a client enters without looking whether its own key is "
     "still there.", .exposures = {{"LK-S5", "expired-waiter", 1}}, .exploration = "expiry", .rules = &no_recheck},
{.id = "lock.watch-gap", .story = "The watch begins when it arrives, not where the reading ended: what happened between is "
     "missed.", .exposures = {{"LK-L2", "missed-wakeup", 1}}, .rules = &watch_gap},
{.id = "lock.retry-new-key", .story = "Each attempt puts a key of another name: after a lost answer the client waits behind its "
     "own first key.", .exposures = {{"LK-S7", "lost-replies", 1}}, .exploration = "lost-reply", .rules = &retry_new_key},
{.id = "lock.no-lease", .story = "The key has no lease: when its owner crashes it stays for ever.", .exposures = {{"LK-L1", "holder-crash", 1}}, .rules = &no_lease},
{.id = "lock.ttl-mismatch", .story = "The lease is shorter than the work and never renewed; the client goes by another time.", .exposures = {{"LK-L5", "long-hold", 1}}, .rules = &ttl_mismatch, .decisions = 2},
{.id = "lock.renew-forever", .story = "Renewals do not depend on the work: an owner whose work hangs keeps the lock for ever.", .exposures = {{"LK-L1", "hung-work", 1}}, .rules = &renew_forever},
{.id = "lock.lease-from-receipt", .story = "The deadline counts from when the renewal was answered, not from when it was sent.", .exposures = {{"LK-S6", "slow-renewal", 1}}, .rules = &lease_from_receipt},
{.id = "lock.wall-clock", .story = "The deadline is on the wall clock, which can be set back.", .exposures = {{"LK-S6", "wall-clock", 1}}, .rules = &wall_clock},
{.id = "lock.cancel-not-revoke", .story = "The release cancels calls that are over, and changes nothing at the store.", .exposures = {{"LK-L2", "release", 1}}, .bend = release_nothing},
{.id = "lock.delete-foreign", .story = "The release deletes the lock by name, without asking whose it is now.", .exposures = {{"LK-S4", "late-release", 1}, {"LK-S1", "late-release", 1}}, .exploration = "expiry", .bend = delete_by_name},
{.id = "lock.no-fencing", .story = "The resource is shown no token, so it cannot tell a late writer from the owner.", .exposures = {{"LK-S2", "late-write", 1}, {"LK-S3", "contention", 1}}, .exploration = "zombie", .rules = &no_fencing},
{.id = "lock.token-random", .story = "The token is a random number: it has no order that follows the ownerships.", .exposures = {{"LK-S3", "contention", 1}, {"LK-S2", "late-write", 4}}, .exploration = "contention", .rules = &token_random},
{.id = "lock.fence-writes-only", .story = "Reads carry no token, so the resource learns of a new owner only when that one writes.", .exposures = {{"LK-S2", "pause", 1}}, .exploration = "zombie", .bend = read_without_token},
{.id = "lock.fence-strict", .story = "The resource accepts only tokens that are higher than the last: the owner's second request "
     "is refused.", .exposures = {{"LK-S2", "contention", 1}}, .exploration = "zombie", .part = "the resource", .rules = &fence_strict},
{.id = "lock.async-replica", .story = "The store answers before its replica has the change: a failover forgets the lock.", .exposures = {{"LK-S1", "failover", 1}, {"LK-S3", "failover", 1}}, .part = "the store", .bend = replicate_later, .letter = 's'}};

}  // namespace

Implementation reference() {
  return check::implementation_of<LockProtocol>(node_of, reference_rules);
}

std::vector<Flaw> flaws() {
  return check::flaws_of(rows, node_of, reference_rules);
}

}  // namespace dsys::lock
