// What a client reports and does as the owner, LK-S9 to LK-S11: whether its reports agree with each
// other, with what it asks of the resource, and with its task.
#include "problems/lock/properties/judges.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

namespace dsys::lock {
namespace {

// --- LK-S9 ---

struct ReportsArePaired {
  std::map<NodeId, Revision> owned;  // the token of each that has reported Acquired, and no end yet
  std::set<NodeId> wanting;          // have reported Requested since they last owned the lock

  Reason observe(const Event& event) {
    if (is_crash(event)) {
      owned.erase(event.node);
      wanting.erase(event.node);
    }
    if (output_of<Requested>(event) != nullptr) wanting.insert(event.node);
    if (const auto* const acquired = output_of<Acquired>(event)) return begin(event, *acquired);
    if (const auto* const released = output_of<Released>(event)) {
      return end(event.node, "Released", released->token);
    }
    if (const auto* const lost = output_of<Lost>(event)) {
      return end(event.node, "Lost", lost->token);
    }
    return std::nullopt;
  }

  Reason begin(const Event& event, const Acquired& acquired) {
    const auto [known, is_new] = owned.try_emplace(event.node, acquired.token);
    const bool was_wanted = wanting.erase(event.node) > 0;
    if (is_new && was_wanted) return std::nullopt;
    if (is_new) {
      return fmt::format("{} reports the lock as acquired, and has not reported Requested for it",
                         event.node);
    }
    return fmt::format(
        "{} reports the lock as acquired with token {}, and has not reported the end of its "
        "ownership with token {}: neither Released nor Lost",
        event.node, acquired.token, known->second);
  }

  Reason end(NodeId client, std::string_view report, Revision token) {
    const auto known = owned.find(client);
    if (known == owned.end()) {
      return fmt::format("{} reports {} with token {}, and owns nothing by its own reports", client,
                         report, token);
    }
    const Revision acquired = known->second;
    owned.erase(known);
    if (token == acquired) return std::nullopt;
    return fmt::format("{} reports {} with token {}, and had acquired the lock with token {}",
                       client, report, token, acquired);
  }
};

// --- LK-S10 ---

// And an owner does not give the lock back before it says so.
struct OnlyOwnersAsk {
  std::set<NodeId> owners;  // by their own reports

  Reason observe(const Event& event) {
    if (output_of<Acquired>(event) != nullptr) owners.insert(event.node);
    const bool stops = output_of<Released>(event) != nullptr || output_of<Lost>(event) != nullptr;
    if (stops || is_crash(event)) owners.erase(event.node);
    if (event.kind != EventKind::send) return std::nullopt;
    if (owners.contains(event.node)) return judge_release(event);
    const bool asks =
        message_of<ReadRequest>(event) != nullptr || message_of<WriteRequest>(event) != nullptr;
    if (!asks) return std::nullopt;
    return fmt::format("{} asks {} for something while it does not own the lock by its own reports",
                       event.node, event.peer);
  }

  static Reason judge_release(const Event& event) {
    const auto deletes = [](const RequestOp& one) {
      return one.request == RequestKind::delete_range;
    };
    const auto* const request = message_of<TxnRequest>(event);
    const bool is_release = message_of<DeleteRangeRequest>(event) != nullptr ||
                            (request != nullptr && std::any_of(request->success.begin(),
                                                               request->success.end(), deletes));
    if (!is_release) return std::nullopt;
    return fmt::format(
        "{} asks the store to remove a key while it owns the lock: Released comes "
        "before the request that gives it back",
        event.node);
  }
};

// --- LK-S11 ---

struct RoundsAreDoneOnce {
  struct Round {
    bool is_owner = false;
    Revision token = 0;
    Time acquired_at{};
    std::uint32_t written = 0;      // increments that have taken effect
    std::uint32_t rounds_done = 0;  // in this life
  };

  std::map<NodeId, Task> tasks;
  std::map<NodeId, Round> rounds;
  Trouble trouble;

  Reason observe(const Event& event) {
    trouble.observe(event);
    if (const auto* const task = output_of<Task>(event)) tasks[task->client] = *task;
    if (is_crash(event)) rounds.erase(event.node);
    const auto task = tasks.find(event.node);
    if (const auto* const acquired = output_of<Acquired>(event)) {
      Round& round = rounds[event.node];
      round = {true, acquired->token, event.time, 0, round.rounds_done};
    } else if (output_of<Lost>(event) != nullptr) {
      rounds[event.node].is_owner = false;
    } else if (const auto* const served = output_of<Served>(event)) {
      return note(*served);
    } else if (output_of<Released>(event) != nullptr && task != tasks.end()) {
      return judge_release(event, task->second);
    } else if (output_of<Requested>(event) != nullptr && task != tasks.end()) {
      // Whoever was disturbed at its last release may not know that it is done.
      const bool was_disturbed = trouble.harmed_at() != Time::min();
      const bool has_more = rounds[event.node].rounds_done < task->second.rounds;
      if (has_more || was_disturbed) return std::nullopt;
      return fmt::format("{} begins another round, and has done all {}", event.node,
                         task->second.rounds);
    }
    return std::nullopt;
  }

  Reason note(const Served& served) {
    const bool is_increment = served.access == Access::write && !served.again;
    Round& round = rounds[served.client];
    // One with another token left in an earlier round.
    const bool is_of_round = round.is_owner && (served.token == 0 || served.token == round.token);
    if (!is_increment || !is_of_round) return std::nullopt;
    ++round.written;
    const auto task = tasks.find(served.client);
    if (task == tasks.end() || round.written <= task->second.increments) return std::nullopt;
    return fmt::format("{} adds to the counter {} times in one round, where its task is {}",
                       served.client, round.written, task->second.increments);
  }

  // Work that hangs may be cut short, by the client's clock.
  Reason judge_release(const Event& event, const Task& task) {
    Round& round = rounds[event.node];
    ++round.rounds_done;
    const bool was_owner = std::exchange(round.is_owner, false);
    const Duration hangs_after = task.hold_max * 98 / 100;
    const bool may_be_short = event.time - round.acquired_at >= hangs_after ||
                              trouble.clocks().were_wrong_since(event.node, round.acquired_at);
    if (!was_owner || may_be_short || round.written == task.increments) return std::nullopt;
    return fmt::format(
        "{} gives the lock back after {} of {} increments, and its work did not hang", event.node,
        round.written, task.increments);
  }
};

}  // namespace

std::vector<Property> conduct_properties() {
  using check::Searched;
  return {
      check::always<LockProtocol, ReportsArePaired, Searched::no>(
          {"LK-S9", "Paired reports",
           "Each Acquired ends in one Released or one Lost with the same token, before the "
           "next Acquired of that client.",
           "the exercise"}),
      check::always<LockProtocol, OnlyOwnersAsk, Searched::no>(
          {"LK-S10", "Only owners ask",
           "A client asks the resource for something only after it has reported Acquired, and "
           "not after Released or Lost.",
           "the exercise"}),
      check::always<LockProtocol, RoundsAreDoneOnce, Searched::no>(
          {"LK-S11", "Each round once",
           "A round that ends in Released has added its increments to the counter, no fewer "
           "unless its work hung, and never more; undisturbed, a client does no more rounds than "
           "asked.",
           "the exercise"})};
}

}  // namespace dsys::lock
