// What must hold at the resource, LK-S2 and LK-S8, and the sometimes-properties LK-W1 to LK-W6
// (witnesses that a run was worth judging).
//
// Whose a request is, is not seen by its token, which may be wrong, but by when it left: it belongs
// to the ownership that its client had last reported then.
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

// --- LK-S2 ---

struct StaleWritesAreRefused {
  Ledger ledger;
  // The ownership in which a client last sent this, by its grant; 0: in none. A client that comes
  // back after a crash may count its calls from 1 again.
  using Request = std::pair<NodeId, std::pair<Call, Revision>>;
  std::map<Request, Revision> sent_in;
  Revision latest_served = 0;

  Reason observe(const Event& event) {
    ledger.observe(event);
    if (event.kind == EventKind::send) note_sending(event);
    if (const auto* const served = output_of<Served>(event)) return judge(*served);
    if (const auto* const refused = output_of<Refused>(event)) return judge(*refused);
    return std::nullopt;
  }

  void note_sending(const Event& event) {
    const auto* const read = message_of<ReadRequest>(event);
    const auto* const write = message_of<WriteRequest>(event);
    if (read == nullptr && write == nullptr) return;
    const Call call = read != nullptr ? read->call : write->call;
    const Revision token = read != nullptr ? read->token : write->token;
    const auto found = ledger.latest.find(event.node);
    sent_in[{event.node, {call, token}}] =
        found == ledger.latest.end() ? 0 : found->second.granted_at;
  }

  // The ownership of a request, by what the resource tells of it.
  template <typename Told>
  Revision grant_of(const Told& told) const {
    const auto found = sent_in.find({told.client, {told.call, told.token}});
    return found == sent_in.end() ? 0 : found->second;
  }

  Reason judge(const Served& served) {
    const Revision grant = grant_of(served);
    const bool is_late = grant < latest_served;
    latest_served = std::max(latest_served, grant);
    if (!is_late || served.access == Access::read || served.again) return std::nullopt;
    return fmt::format(
        "a write of {} (token {}) was accepted, though a later owner had been served before",
        served.client, served.token);
  }

  Reason judge(const Refused& refused) const {
    const auto found = ledger.latest.find(refused.client);
    if (found == ledger.latest.end()) return std::nullopt;
    const Ownership& ownership = found->second;
    const bool is_latest_owner =
        ownership.granted_at == ledger.latest_grant && !ownership.is_over && !ownership.has_stopped;
    const bool is_its_own = grant_of(refused) == ownership.granted_at;
    if (!is_latest_owner || !is_its_own) return std::nullopt;
    return fmt::format("the {} of {} was refused (token {}), though it is the latest owner",
                       enumerator_name(refused.access), refused.client, refused.token);
  }
};

// --- LK-S8 ---

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

// Liveness is about clients that say that they want the lock: who never says so is not seen here.
struct LockChangesHands {
  std::set<NodeId> wanting;
  std::optional<NodeId> first;

  Reason observe(const Event& event) {
    if (output_of<Requested>(event) != nullptr) wanting.insert(event.node);
    if (output_of<Acquired>(event) == nullptr || wanting.erase(event.node) == 0) {
      return std::nullopt;
    }
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
    if (output_of<Acquired>(event) == nullptr) return std::nullopt;
    believers.insert(event.node);
    if (believers.size() < 2) return std::nullopt;
    const NodeId other =
        *believers.begin() == event.node ? *believers.rbegin() : *believers.begin();
    return fmt::format("{} and {}, from {}ms on", event.node, other, event.time / 1ms);
  }
};

}  // namespace

std::vector<Property> fencing_properties() {
  return {check::always<LockProtocol, StaleWritesAreRefused>(
              {"LK-S2", "Fenced effects",
               "Once a request of one owner was served, no write of an earlier owner is accepted; "
               "and the latest owner is not refused.",
               "Kleppmann 2016; Junqueira, Note on fencing and distributed locks (2016)"}),
          check::always<LockProtocol, NoIncrementIsLost>(
              {"LK-S8", "Exact counter",
               "Each write that the resource accepts makes the counter one more than it was.",
               "Kleppmann 2016"})};
}

std::vector<Property> witnesses() {
  const auto acquired = [](NodeId client, const Acquired& one) {
    return fmt::format("{} with token {}", client, one.token);
  };
  const auto written = [](NodeId, const Served& one) -> Reason {
    if (one.access == Access::read) return std::nullopt;
    return fmt::format("{} wrote {}", one.client, one.value);
  };
  const auto stale = [](NodeId, const Refused& one) {
    return fmt::format("the {} of {} with token {} came after token {}",
                       enumerator_name(one.access), one.client, one.token, one.highest_token);
  };
  const auto shown = [](NodeId, const Served& one) -> Reason {
    if (one.token == 0) return std::nullopt;
    return fmt::format("{} shows token {}", one.client, one.token);
  };
  return {check::seen<LockProtocol, Acquired>("LK-W1", "the lock is acquired",
                                              "A client acquires the lock.", acquired),
          check::sometimes<LockProtocol, LockChangesHands>(
              "LK-W2", "the lock changes hands",
              "Two clients say that they want the lock, and own it one after the other."),
          check::seen<LockProtocol, Served>("LK-W3", "the counter is written",
                                            "A client writes the counter.", written),
          check::seen<LockProtocol, Refused>("LK-W4", "a stale request arrives",
                                             "The resource refuses a request of an owner that was.",
                                             stale),
          check::sometimes<LockProtocol, TwoBelieve>(
              "LK-W5", "two believe",
              "Two clients believe at once that they own the lock, which no lock can prevent."),
          check::seen<LockProtocol, Served>(
              "LK-W6", "tokens are shown",
              "A client shows the resource a fencing token, and is served.", shown)};
}

}  // namespace dsys::lock
