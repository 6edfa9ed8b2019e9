#include "problems/lock/flaws.hpp"

#include "common/check/flaw_story.hpp"
#include "problems/lock/node.hpp"
#include "problems/lock/resource.hpp"
#include "problems/lock/store.hpp"
#include "problems/lock/two_steps.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <variant>

namespace dsys::lock {
namespace {

using LockEffects = Effects<LockProtocol>;
using LockInput = Input<LockProtocol>;
using LockSend = Send<LockProtocol>;

// --- Swapped rules ---

// The reference with rules changed by `swap`.
template <typename Swap>
Rules swapped(Swap swap) {
  Rules rules = reference_rules;
  swap(rules);
  return rules;
}

// The bank has one key for everybody.
std::string one_key(const std::string& lock, LeaseId /*lease*/, std::uint32_t /*attempt*/) {
  return lock + "/owner";
}

bool if_put(const TxnResponse& answer, Revision /*create_revision*/) {
  return answer.succeeded;
}

const Rules unconditional_put = swapped([](Rules& rules) {
  rules.queue_key = one_key;
  rules.create_guard = [](const std::string&) { return std::vector<Compare>{}; };
  rules.owns = if_put;
});

const Rules exists_check = swapped([](Rules& rules) {
  rules.queue_key = one_key;
  rules.owns = [](const TxnResponse& answer, Revision) {
    return !answer.responses.back().kvs.empty();
  };
});

const Rules ttl_mismatch = swapped([](Rules& rules) {
  rules.renews = [] { return false; };
  rules.deadline = [](const Renewal& renewal, std::uint32_t) { return renewal.sent_at + 10s; };
});

const Rules no_lease =
    swapped([](Rules& rules) { rules.attached_lease = [](LeaseId) { return LeaseId{0}; }; });

const Rules no_fencing = swapped(
    [](Rules& rules) { rules.fencing_token = [](Revision, LeaseId) { return Revision{0}; }; });

// Spread over 20 bits by Knuth's multiplicative hash: as good as random, and the same in each run.
const Rules token_random = swapped([](Rules& rules) {
  rules.fencing_token = [](Revision, LeaseId lease) {
    constexpr std::uint32_t knuth = 2654435761;
    return static_cast<Revision>((static_cast<std::uint32_t>(lease) * knuth) >> 12U) + 1;
  };
});

const Rules no_recheck = swapped([](Rules& rules) { rules.checks_own_key = [] { return false; }; });

const Rules watch_gap =
    swapped([](Rules& rules) { rules.watch_from = [](Revision) { return Revision{0}; }; });

const Rules herd = swapped([](Rules& rules) {
  rules.watched = [](const std::string& lock, const std::string&) { return queue_of(lock); };
});

const Rules retry_new_key = swapped([](Rules& rules) {
  rules.queue_key = [](const std::string& lock, LeaseId lease, std::uint32_t attempt) {
    return fmt::format("{}/{:x}-{}", lock, lease, attempt);
  };
});

const Rules lease_from_receipt = swapped([](Rules& rules) {
  rules.deadline = [](const Renewal& renewal, std::uint32_t) {
    return renewal.answered_at + renewal.ttl * Duration(1s);
  };
});

const Rules wall_clock = swapped([](Rules& rules) {
  rules.clock = [](const LockContext& context) { return context.wall_clock().time_since_epoch(); };
});

const Rules fence_strict = swapped([](Rules& rules) {
  rules.accepts = [](Revision token, Revision highest_token) {
    return token == 0 || token > highest_token;
  };
});

const Rules renew_forever = swapped([](Rules& rules) { rules.limits_hold = [] { return false; }; });

// --- Crooked contexts ---

template <typename Message>
Message* sent_message(Effect<LockProtocol>& effect) {
  auto* const sent = std::get_if<LockSend>(&effect);
  return sent == nullptr ? nullptr : std::get_if<Message>(&sent->message);
}

bool is_release(const TxnRequest* request) {
  return request != nullptr && !request->success.empty() &&
         request->success.front().request == RequestKind::delete_range;
}

// The bank cancels the context of calls that have long been answered: nothing is sent.
void release_nothing(const LockInput& /*input*/, LockEffects& effects) {
  std::erase_if(effects, [](auto& effect) {
    return is_release(sent_message<TxnRequest>(effect)) ||
           sent_message<LeaseRevokeRequest>(effect) != nullptr;
  });
}

// Deletes the lock by its name, whoever's it is by then.
void delete_by_name(const LockInput& /*input*/, LockEffects& effects) {
  for (auto& effect : effects) {
    auto* const request = sent_message<TxnRequest>(effect);
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
    if (auto* const request = sent_message<ReadRequest>(effect)) request->token = 0;
  }
}

// The other machine has not got it yet when the client is answered.
void replicate_later(const LockInput& /*input*/, LockEffects& effects) {
  std::erase_if(effects, [](const auto& effect) { return std::holds_alternative<Sync>(effect); });
}

NodeFactory<LockProtocol> store_of(const Replacement& replacement, const LockConfig& config) {
  NodeFactory<LockProtocol> straight = factory_of<LockProtocol>(Store{.config = config});
  return replacement.store_bend == nullptr
             ? straight
             : bent<LockProtocol>(std::move(straight), replacement.store_bend);
}

NodeFactory<LockProtocol> client_of(const Replacement& replacement, const LockConfig& config) {
  NodeFactory<LockProtocol> straight =
      factory_of<LockProtocol>(Client{.config = config, .rules = replacement.rules});
  if (replacement.asks_in_two_steps) return in_two_steps(std::move(straight));
  return replacement.client_bend == nullptr
             ? straight
             : bent<LockProtocol>(std::move(straight), replacement.client_bend);
}

// std::function owns what the analyser takes for leaked.
// NOLINTBEGIN(clang-analyzer-cplusplus.NewDeleteLeaks)
sim::Implementation<LockProtocol> implementation_of(const Replacement& replacement) {
  return [replacement](NodeId self, const LockConfig& config) -> NodeFactory<LockProtocol> {
    if (self == config.store) return store_of(replacement, config);
    if (self == config.resource) {
      return factory_of<LockProtocol>(Resource{.rules = replacement.rules});
    }
    return client_of(replacement, config);
  };
}
// NOLINTEND(clang-analyzer-cplusplus.NewDeleteLeaks)

// In the order in which an answer grows: taking it, keeping it, giving it back, fencing.
const std::vector<check::FlawStory> stories{
    {"lock.unconditional-put",
     "The key is put without a condition: the put succeeds for everybody, so everybody owns.",
     {{"LK-S1", "contention", 1}},
     "contention"},
    {"lock.exists-check",
     "The put is conditional, but then the client only looks whether the key exists: it does, and "
     "is somebody else's.",
     {{"LK-S1", "contention", 1}},
     "contention"},
    {"lock.check-then-set",
     "The client looks whether the key is there, and puts it in a second call: another comes "
     "between.",
     {{"LK-S1", "contention", 1}},
     "contention"},
    {"lock.herd",
     "All waiters watch the whole queue: each release wakes them all, and all ask again.",
     {{"LK-L4", "crowd", 1}}},
    {"lock.no-recheck",
     "When its predecessors have gone, a client enters without looking whether its own key is "
     "still there.",
     {{"LK-S5", "expired-waiter", 1}},
     "expiry"},
    {"lock.watch-gap",
     "The watch begins when it arrives, not where the reading ended: what happened between is "
     "missed.",
     {{"LK-L2", "missed-wakeup", 1}}},
    {"lock.retry-new-key",
     "Each attempt puts a key of another name: after a lost answer the client waits behind its "
     "own first key.",
     {{"LK-S7", "lost-replies", 1}},
     "lost-reply"},
    {"lock.no-lease",
     "The key has no lease: when its owner crashes it stays for ever.",
     {{"LK-L1", "holder-crash", 1}}},
    {"lock.ttl-mismatch",
     "The lease is shorter than the work and never renewed; the client goes by another time.",
     {{"LK-L5", "long-hold", 1}}},
    {"lock.renew-forever",
     "Renewals do not depend on the work: an owner whose work hangs keeps the lock for ever.",
     {{"LK-L1", "hung-work", 1}}},
    {"lock.lease-from-receipt",
     "The deadline counts from when the renewal was answered, not from when it was sent.",
     {{"LK-S6", "slow-renewal", 1}}},
    {"lock.wall-clock",
     "The deadline is on the wall clock, which can be set back.",
     {{"LK-S6", "wall-clock", 1}}},
    {"lock.cancel-not-revoke",
     "The release cancels calls that are over, and changes nothing at the store.",
     {{"LK-L2", "release", 1}}},
    {"lock.delete-foreign",
     "The release deletes the lock by name, without asking whose it is now.",
     {{"LK-S4", "late-release", 1}, {"LK-S1", "late-release", 1}},
     "expiry"},
    {"lock.no-fencing",
     "The resource is shown no token, so it cannot tell a late writer from the owner.",
     {{"LK-S2", "late-write", 1}, {"LK-S3", "contention", 1}},
     "zombie"},
    {"lock.token-random",
     "The token is a random number: it has no order that follows the ownerships.",
     {{"LK-S3", "contention", 1}, {"LK-S2", "late-write", 4}},
     "contention"},
    {"lock.fence-writes-only",
     "Reads carry no token, so the resource learns of a new owner only when that one writes.",
     {{"LK-S2", "pause", 1}},
     "zombie"},
    {"lock.fence-strict",
     "The resource accepts only tokens that are higher than the last: the owner's second request "
     "is refused.",
     {{"LK-S2", "contention", 1}},
     "zombie",
     "the resource"},
    {"lock.async-replica",
     "The store answers before its replica has the change: a failover forgets the lock.",
     {{"LK-S1", "failover", 1}, {"LK-S3", "failover", 1}},
     {},
     "the store"}};

}  // namespace

const std::vector<Replacement>& replacements() {
  static const std::vector<Replacement> all{
      {.flaw = "lock.unconditional-put", .rules = &unconditional_put},
      {.flaw = "lock.exists-check", .rules = &exists_check},
      {.flaw = "lock.check-then-set", .asks_in_two_steps = true},
      {.flaw = "lock.herd", .rules = &herd},
      {.flaw = "lock.no-recheck", .rules = &no_recheck},
      {.flaw = "lock.watch-gap", .rules = &watch_gap},
      {.flaw = "lock.retry-new-key", .rules = &retry_new_key},
      {.flaw = "lock.no-lease", .rules = &no_lease},
      {.flaw = "lock.ttl-mismatch", .rules = &ttl_mismatch},
      {.flaw = "lock.renew-forever", .rules = &renew_forever},
      {.flaw = "lock.lease-from-receipt", .rules = &lease_from_receipt},
      {.flaw = "lock.wall-clock", .rules = &wall_clock},
      {.flaw = "lock.no-fencing", .rules = &no_fencing},
      {.flaw = "lock.token-random", .rules = &token_random},
      {.flaw = "lock.fence-strict", .rules = &fence_strict},
      {.flaw = "lock.cancel-not-revoke", .client_bend = release_nothing},
      {.flaw = "lock.delete-foreign", .client_bend = delete_by_name},
      {.flaw = "lock.fence-writes-only", .client_bend = read_without_token},
      {.flaw = "lock.async-replica", .store_bend = replicate_later}};
  return all;
}

sim::Implementation<LockProtocol> reference_implementation() {
  return implementation_of({});
}

std::vector<LockFlaw> all_flaws() {
  return check::told_flaws<LockProtocol>(stories, replacements(), implementation_of);
}

}  // namespace dsys::lock
