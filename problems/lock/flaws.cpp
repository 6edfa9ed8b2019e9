#include "problems/lock/parts.hpp"

#include "common/check/flaw.hpp"
#include "problems/lock/given/resource.hpp"
#include "problems/lock/given/store.hpp"
#include "problems/lock/node.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace dsys::lock {
namespace {

using LockEffects = Effects<LockProtocol>;
using LockInput = Input<LockProtocol>;

// The client at n1, n2, ..., the store at s1 and the resource at r1.
NodeFactory<LockProtocol> node_of(NodeId self, const LockConfig& config, const Rules& rules) {
  if (self == config.store) return factory_of<LockProtocol>(Store{.config = config});
  if (self == config.resource) return factory_of<LockProtocol>(Resource{.rules = &rules});
  return factory_of<LockProtocol>(Client{.config = config, .rules = &rules});
}

// --- Swapped rules ---

// The question bank's answer uses one key for all clients.
std::string one_key(const std::string& lock, LeaseId /*lease*/) {
  return lock + "/owner";
}

const Rules unconditional_put = check::swapped(reference_rules, [](Rules& rules) {
  rules.queue_key = one_key;
  rules.create_guard = [](const std::string&) { return std::vector<Compare>{}; };
  rules.owns = [](const std::vector<KeyValue>&, Revision) { return true; };
});

const Rules exists_check = check::swapped(reference_rules, [](Rules& rules) {
  rules.queue_key = one_key;
  rules.owns = [](const std::vector<KeyValue>& oldest, Revision) { return !oldest.empty(); };
});

const Rules no_recheck = check::swapped(reference_rules, [](Rules& rules) {
  rules.may_enter = [](const std::vector<KeyValue>&, Revision, Duration) { return true; };
});

const Rules watch_gap = check::swapped(
    reference_rules, [](Rules& rules) { rules.watch_from = [](Revision) { return Revision{0}; }; });

const Rules ttl_mismatch = check::swapped(reference_rules, [](Rules& rules) {
  rules.trusted_for = [](const Renewal& renewal, std::uint32_t) -> Duration {
    return renewal.sent_at + 10s - renewal.answered_at;
  };
});

const Rules lease_from_receipt = check::swapped(reference_rules, [](Rules& rules) {
  rules.trusted_for = [](const Renewal& renewal, std::uint32_t) {
    return renewal.ttl * Duration(1s);
  };
});

const Rules wall_clock = check::swapped(reference_rules, [](Rules& rules) {
  rules.clock = [](const LockContext& context) { return context.wall_clock().time_since_epoch(); };
});

const Rules no_fencing = check::swapped(reference_rules, [](Rules& rules) {
  rules.fencing_token = [](Revision) { return Revision{0}; };
});

// Spread over 20 bits by a prime of xxHash: as good as random, and the same in each run.
const Rules token_random = check::swapped(reference_rules, [](Rules& rules) {
  rules.fencing_token = [](Revision create_revision) {
    constexpr std::uint32_t prime = 3266489917;
    return static_cast<Revision>((static_cast<std::uint32_t>(create_revision) * prime) >> 12U) + 1;
  };
});

const Rules fence_strict = check::swapped(reference_rules, [](Rules& rules) {
  rules.accepts = [](Revision token, Revision highest_token) {
    return token == 0 || token > highest_token;
  };
});

// --- Crooked contexts ---

// Changes each message of that type that is sent.
template <typename Message, typename Change>
void change_sent(LockEffects& effects, Change change) {
  for (auto& effect : effects) {
    auto* const message = check::sent_message<Message, LockProtocol>(effect);
    if (message != nullptr) change(*message);
  }
}

template <typename Timer>
void never_set(LockEffects& effects) {
  std::erase_if(effects, [](const auto& effect) {
    const auto* const set = std::get_if<SetTimer<LockProtocol>>(&effect);
    return set != nullptr && std::holds_alternative<Timer>(set->timer);
  });
}

bool begins_with(const TxnRequest& request, RequestKind kind) {
  return !request.success.empty() && request.success.front().request == kind;
}

void put_without_lease(const LockInput& /*input*/, LockEffects& effects) {
  change_sent<TxnRequest>(effects, [](TxnRequest& request) {
    if (begins_with(request, RequestKind::put)) request.success.front().lease = 0;
  });
}

void renew_never(const LockInput& /*input*/, LockEffects& effects) {
  never_set<RenewalInterval>(effects);
}

void limit_nothing(const LockInput& /*input*/, LockEffects& effects) {
  never_set<HoldLimit>(effects);
}

// A watch of, or an operation on, all keys of the queue.
template <typename Request>
void widen(Request& request) {
  const KeyRange queue = queue_of(LockConfig{}.lock);
  request.key = queue.key;
  request.range_end = queue.range_end;
}

void watch_the_queue(const LockInput& /*input*/, LockEffects& effects) {
  change_sent<WatchCreateRequest>(effects, widen<WatchCreateRequest>);
}

// The question bank's release only cancels contexts of finished calls: nothing is sent.
void release_nothing(const LockInput& /*input*/, LockEffects& effects) {
  std::erase_if(effects, [](const auto& effect) {
    const auto* const request = check::sent_message<TxnRequest, LockProtocol>(effect);
    return (request != nullptr && begins_with(*request, RequestKind::delete_range)) ||
           check::sent_message<LeaseRevokeRequest, LockProtocol>(effect) != nullptr;
  });
}

// Deletes the lock by its name, whoever's it is by then.
void delete_by_name(const LockInput& /*input*/, LockEffects& effects) {
  change_sent<TxnRequest>(effects, [](TxnRequest& request) {
    if (!begins_with(request, RequestKind::delete_range)) return;
    widen(request.success.front());
    request.compare.clear();
  });
}

void read_without_token(const LockInput& /*input*/, LockEffects& effects) {
  change_sent<ReadRequest>(effects, [](ReadRequest& request) { request.token = 0; });
}

template <typename Output>
bool emits(const LockEffects& effects) {
  return std::any_of(effects.begin(), effects.end(), [](const auto& effect) {
    const auto* const emitted = std::get_if<Emit<LockProtocol>>(&effect);
    return emitted != nullptr && std::holds_alternative<Output>(emitted->output);
  });
}

void lose_silently(const LockInput& /*input*/, LockEffects& effects) {
  std::erase_if(effects, [](const auto& effect) {
    const auto* const emitted = std::get_if<Emit<LockProtocol>>(&effect);
    return emitted != nullptr && std::holds_alternative<Lost>(emitted->output);
  });
}

void end_with_the_loss(const LockInput& /*input*/, LockEffects& effects) {
  if (emits<Lost>(effects)) never_set<NextRound>(effects);
}

// The report comes when all that was asked for is on its way.
void report_last(const LockInput& /*input*/, LockEffects& effects) {
  if (!emits<Released>(effects)) return;
  std::stable_partition(effects.begin(), effects.end(), [](const auto& effect) {
    return !std::holds_alternative<Emit<LockProtocol>>(effect);
  });
}

// The other machine has not got it yet when the client is answered.
void replicate_later(const LockInput& /*input*/, LockEffects& effects) {
  std::erase_if(effects, [](const auto& effect) { return std::holds_alternative<Sync>(effect); });
}

// --- Detours ---

// Puts its key under another name at each attempt, and goes by the last one.
struct NewKeyEachTime {
  std::string key;   // as the client calls it
  std::string last;  // as it was put last
  std::uint32_t attempts = 0;

  static bool arrives(LockContext& /*context*/, NodeId /*from*/, LockProtocol::Message& /*one*/) {
    return true;
  }

  void leaves(LockEffects& effects) {
    change_sent<TxnRequest>(effects, [&](TxnRequest& request) {
      if (begins_with(request, RequestKind::put)) attempt(request.success.front().key);
      for (Compare& one : request.compare) rename(one.key);
      for (RequestOp& one : request.success) rename(one.key);
      for (RequestOp& one : request.failure) rename(one.key);
    });
    change_sent<RangeRequest>(effects, [&](RangeRequest& request) { rename(request.key); });
  }

  void attempt(const std::string& name) {
    attempts = name == key ? attempts + 1 : 1;
    key = name;
    last = fmt::format("{}-{}", key, attempts);
  }
  void rename(std::string& name) const {
    if (name == key) name = last;
  }
};

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
      if (request == nullptr || !begins_with(*request, RequestKind::put)) continue;
      pending = *request;
      const RequestOp& look = pending->success.back();
      std::get<Send<LockProtocol>>(effect).message = RangeRequest{.call = pending->call,
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

// A write that is not answered in time is done again as a new one, on what the counter is by then.
// So that there is room for the new calls, a thousand stand for each of the client's.
struct WritesAnew {
  static constexpr Call room = 1000;

  Call latest = 0;
  std::int64_t attempts = 0;

  static bool arrives(LockContext& /*context*/, NodeId /*from*/, LockProtocol::Message& message) {
    auto* const reply = std::get_if<ResourceReply>(&message);
    if (reply != nullptr) reply->call /= room;
    return true;
  }

  void leaves(LockEffects& effects) {
    change_sent<ReadRequest>(effects, [](ReadRequest& request) { request.call *= room; });
    change_sent<WriteRequest>(effects, [&](WriteRequest& request) {
      attempts = request.call == latest ? attempts + 1 : 0;
      latest = request.call;
      request.call = request.call * room + static_cast<Call>(attempts);
      request.value += attempts;
    });
  }
};
DSYS_DESCRIBE(WritesAnew, latest, attempts)

// In the order in which an answer grows: taking it, keeping it, giving it back, fencing.
const std::vector<check::FlawRow<LockProtocol, Rules>> flaw_rows{
    {.id = "lock.unconditional-put",
     .story = "The key is put without a condition: the put succeeds for everybody, so everybody "
              "owns.",
     .exposures = {{"LK-S1", "contention", 1}},
     .exploration = "contention",
     .rules = &unconditional_put,
     .decisions = 3},
    {.id = "lock.exists-check",
     .story = "The put is conditional, but then the client only looks whether the key exists: it "
              "does, and is somebody else's.",
     .exposures = {{"LK-S1", "contention", 1}},
     .exploration = "contention",
     .rules = &exists_check,
     .decisions = 2},
    {.id = "lock.check-then-set",
     .story = "The client looks whether the key is there, and puts it in a second call: another "
              "comes between.",
     .exposures = {{"LK-S1", "contention", 1}},
     .exploration = "contention",
     .detour = behind<LockProtocol, TwoSteps>},
    {.id = "lock.herd",
     .story = "All waiters watch the whole queue: each release wakes them all, and all ask again.",
     .exposures = {{"LK-L4", "crowd", 1}},
     .bend = watch_the_queue},
    {.id = "lock.no-recheck",
     .story = "When its predecessors have gone, a client enters whether its own key is still there "
              "or not.",
     .exposures = {{"LK-S5", "expired-waiter", 1}},
     .exploration = "expiry",
     .rules = &no_recheck},
    {.id = "lock.watch-gap",
     .story = "The watch begins when it arrives, not where the reading ended: what happened "
              "between is missed.",
     .exposures = {{"LK-L2", "missed-wakeup", 1}},
     .rules = &watch_gap},
    {.id = "lock.retry-new-key",
     .story = "Each attempt puts a key of another name: after a lost answer the client waits "
              "behind its own first key.",
     .exposures = {{"LK-S7", "lost-replies", 1}},
     .exploration = "lost-reply",
     .detour = behind<LockProtocol, NewKeyEachTime>},
    {.id = "lock.no-lease",
     .story = "The key has no lease: when its owner crashes it stays for ever.",
     .exposures = {{"LK-L1", "holder-crash", 1}},
     .bend = put_without_lease},
    {.id = "lock.ttl-mismatch",
     .story = "The lease is shorter than the work and never renewed; the client goes by another "
              "time.",
     .exposures = {{"LK-L5", "long-hold", 1}},
     .rules = &ttl_mismatch,
     .bend = renew_never,
     .decisions = 2},
    {.id = "lock.renew-forever",
     .story = "Renewals do not depend on the work: an owner whose work hangs keeps the lock for "
              "ever.",
     .exposures = {{"LK-L1", "hung-work", 1}},
     .bend = limit_nothing},
    {.id = "lock.lease-from-receipt",
     .story = "The deadline counts from when the renewal was answered, not from when it was sent.",
     .exposures = {{"LK-S6", "slow-renewal", 1}},
     .rules = &lease_from_receipt},
    {.id = "lock.wall-clock",
     .story = "The deadline is on the wall clock, which can be set back.",
     .exposures = {{"LK-S6", "wall-clock", 1}},
     .rules = &wall_clock},
    {.id = "lock.loss-unsaid",
     .story =
         "The owner that has lost the lock stops and begins anew without a word: nobody learns "
         "that its ownership is over.",
     .exposures = {{"LK-S9", "slow-renewal", 1}},
     .bend = lose_silently},
    {.id = "lock.loss-final",
     .story = "The owner that has lost the lock does not begin its round again: its work is never "
              "done.",
     .exposures = {{"LK-L7", "wall-clock", 1}},
     .bend = end_with_the_loss},
    {.id = "lock.write-anew",
     .story =
         "A write whose answer is late is done again as a new one, with a new call: both count.",
     .exposures = {{"LK-S11", "slow-answers", 1}, {"LK-S8", "slow-answers", 1}},
     .detour = behind<LockProtocol, WritesAnew>},
    {.id = "lock.release-unsaid",
     .story = "The request that gives the lock back leaves before the client says that it does not "
              "own it any more.",
     .exposures = {{"LK-S10", "release", 1}},
     .bend = report_last},
    {.id = "lock.cancel-not-revoke",
     .story = "The release cancels calls that are over, and changes nothing at the store.",
     .exposures = {{"LK-L2", "release", 1}},
     .bend = release_nothing},
    {.id = "lock.delete-foreign",
     .story = "The release deletes the lock by name, without asking whose it is now.",
     .exposures = {{"LK-S4", "late-release", 1}, {"LK-S1", "late-release", 1}},
     .bend = delete_by_name},
    {.id = "lock.no-fencing",
     .story = "The resource is shown no token, so it cannot tell a late writer from the owner.",
     .exposures = {{"LK-S2", "late-write", 1}, {"LK-S3", "contention", 1}},
     .exploration = "zombie",
     .rules = &no_fencing},
    {.id = "lock.token-random",
     .story = "The token is a random number: it has no order that follows the ownerships.",
     .exposures = {{"LK-S3", "contention", 1}, {"LK-S2", "late-write", 4}},
     .exploration = "contention",
     .rules = &token_random},
    {.id = "lock.fence-writes-only",
     .story = "Reads carry no token, so the resource learns of a new owner only when that one "
              "writes.",
     .exposures = {{"LK-S2", "pause", 1}},
     .exploration = "zombie",
     .bend = read_without_token},
    {.id = "lock.fence-strict",
     .story = "The resource accepts only tokens that are higher than the last: the owner's second "
              "request is refused.",
     .exposures = {{"LK-S2", "contention", 1}},
     .exploration = "zombie",
     .part = "the resource",
     .rules = &fence_strict},
    {.id = "lock.async-replica",
     .story = "The store answers before its replica has the change: a failover forgets the lock.",
     .exposures = {{"LK-S1", "failover", 1}, {"LK-S3", "failover", 1}},
     .part = "the store",
     .bend = replicate_later,
     .letter = 's'}};

}  // namespace

Implementation reference() {
  return check::implementation_of<LockProtocol>(node_of, reference_rules);
}

std::vector<Flaw> flaws() {
  return check::flaws_of(flaw_rows, node_of, reference_rules);
}

}  // namespace dsys::lock
