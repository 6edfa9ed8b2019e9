// How a client does its work, and what it tells of it: ZK-S8 (all of the work, once), ZK-S9 (each
// report has its place), ZK-S10 (one request a round) and ZK-L8 (it carries on). What a client is
// to do is told to the judges by Tasked.
#include "problems/zklock/properties/judges.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dsys::zklock {
namespace {

// --- ZK-S8 ---

// What a client has done since it acquired the lock.
struct Work {
  unsigned ownership = 0;  // counts them
  bool owns = false;
  Time acquired_at{};
  Call answered = 0;                  // the latest question that the resource has answered ...
  std::optional<Time> answered_at{};  // ... and when it did for the first time
  unsigned written = 0;
  bool errand_is_done = false;
};

struct AllOfTheWork {
  Tasks tasks;
  Peace peace;
  std::map<NodeId, Work> works;
  std::map<SentRequest, unsigned> sent_in;  // the ownership in which it was sent first; 0: none

  Reason observe(const Event& event) {
    tasks.observe(event);
    peace.observe(event);
    if (is_crash(event)) forget(event.node);
    if (const auto* const served = output_of<Served>(event)) return judge(*served);
    const Tasked* const task = tasks.find(event.node);
    if (task == nullptr) return std::nullopt;
    Work& work = works[event.node];
    if (const auto* const acquired = output_of<Acquired>(event)) {
      if (acquired->lock == task->lock) {
        work = {.ownership = work.ownership + 1, .owns = true, .acquired_at = event.time};
      } else if (task->errand.empty() || acquired->lock != task->errand) {
        return fmt::format("{} acquires the lock \"{}\", which its task does not name", event.node,
                           acquired->lock);
      }
    } else if (const auto* const lost = output_of<Lost>(event)) {
      if (lost->lock == task->lock) work.owns = false;
    } else if (const auto* const released = output_of<Released>(event)) {
      if (released->lock == task->lock) return judge_release(event, *task, work);
      work.errand_is_done = true;
    } else if (const auto* const write = message_of<WriteRequest>(event)) {
      if (event.kind == EventKind::send) return judge_write(event, *write, *task, work);
    } else if (const auto* const reply = message_of<ResourceReply>(event)) {
      const bool is_answer = event.kind == EventKind::deliver && work.owns && reply->accepted;
      if (is_answer && reply->call > work.answered) {
        work.answered = reply->call;
        work.answered_at = event.time;
      }
    }
    return std::nullopt;
  }

  void forget(NodeId client) {
    works.erase(client);
    std::erase_if(sent_in, [&](const auto& one) { return one.first.client == client; });
  }

  Reason judge_write(const Event& event, const WriteRequest& write, const Tasked& task,
                     const Work& work) {
    const bool is_new = sent_in
                            .try_emplace(SentRequest{event.node, write.call, write.token},
                                         work.owns ? work.ownership : 0)
                            .second;
    if (!is_new || !work.owns || task.kind == LockKind::read) return std::nullopt;
    if (!work.answered_at) {
      return fmt::format("{} writes the counter, which it has not read since it owns the lock",
                         event.node);
    }
    if (!task.errand.empty() && !work.errand_is_done) {
      return fmt::format("{} writes the counter before its errand", event.node);
    }
    return judge_time(event, *work.answered_at, task);
  }

  Reason judge_time(const Event& event, Time since, const Tasked& task) const {
    const Duration worked = event.time - since;
    if (worked >= at_least(task.work) || peace.clocks.were_wrong) return std::nullopt;
    return fmt::format("{} has worked for {}ms, and was to work for {}ms", event.node, worked / 1ms,
                       task.work / 1ms);
  }

  Reason judge(const Served& served) {
    const Tasked* const task = tasks.find(served.client);
    const bool counts = task != nullptr && served.access == Access::write && !served.again &&
                        task->kind != LockKind::read;
    if (!counts) return std::nullopt;
    Work& work = works[served.client];
    const auto sent = sent_in.find({served.client, served.call, served.token});
    const bool is_of_this = sent != sent_in.end() && sent->second == work.ownership && work.owns;
    if (!is_of_this || ++work.written <= task->increments) return std::nullopt;
    return fmt::format("{} has added to the counter {} times under one ownership, and was to {}",
                       served.client, work.written, task->increments);
  }

  Reason judge_release(const Event& event, const Tasked& task, Work& work) const {
    if (!std::exchange(work.owns, false)) return std::nullopt;
    if (!task.errand.empty() && !work.errand_is_done) {
      return fmt::format("{} gives the lock {} back without its errand", event.node, task.lock);
    }
    const bool only_holds = task.increments == 0 || task.kind == LockKind::read;
    if (only_holds) return judge_time(event, work.acquired_at, task);
    if (work.written == task.increments) return std::nullopt;
    return fmt::format("{} gives the lock back after {} of {} increments", event.node, work.written,
                       task.increments);
  }
};

// --- ZK-S9 ---

struct EachReportHasItsPlace {
  Tasks tasks;
  Peace peace;
  std::map<Claimant, Zxid> held;      // with which token
  std::map<Claimant, Time> asked_at;  // what it waits for

  Reason observe(const Event& event) {
    tasks.observe(event);
    peace.observe(event);
    if (is_crash(event)) {
      const auto is_its = [&](const auto& one) { return one.first.client == event.node; };
      std::erase_if(held, is_its);
      std::erase_if(asked_at, is_its);
    }
    if (event.kind != EventKind::emit) return std::nullopt;
    const Tasked* const task = tasks.find(event.node);
    if (const auto* const requested = output_of<Requested>(event)) {
      asked_at[{event.node, requested->lock}] = event.time;
    } else if (const auto* const acquired = output_of<Acquired>(event)) {
      return judge(event.node, *acquired, task);
    } else if (const auto* const released = output_of<Released>(event)) {
      return judge_end(event.node, released->lock, released->token, "Released");
    } else if (const auto* const lost = output_of<Lost>(event)) {
      return judge_end(event.node, lost->lock, lost->token, "Lost");
    } else if (const auto* const gave_up = output_of<GaveUp>(event)) {
      return judge(event, *gave_up, task);
    }
    return std::nullopt;
  }

  Reason judge(NodeId client, const Acquired& acquired, const Tasked* task) {
    const bool is_new = held.try_emplace({client, acquired.lock}, acquired.token).second;
    if (!is_new) {
      return fmt::format("{} reports Acquired for the lock {}, which it owned already", client,
                         acquired.lock);
    }
    if (task == nullptr) return std::nullopt;
    const bool is_errand = acquired.lock == task->errand && held.contains({client, task->lock});
    if (is_errand) return std::nullopt;
    if (asked_at.erase({client, acquired.lock}) == 0) {
      return fmt::format("{} reports Acquired for the lock {}, and had not asked for it", client,
                         acquired.lock);
    }
    if (acquired.kind == task->kind) return std::nullopt;
    return fmt::format("{} reports Acquired for the lock {} as {}, and not as {}", client,
                       acquired.lock, enumerator_name(acquired.kind), enumerator_name(task->kind));
  }

  Reason judge_end(NodeId client, const std::string& lock, Zxid token, std::string_view report) {
    const auto found = held.find({client, lock});
    if (found == held.end()) {
      return fmt::format("{} reports {} for the lock {}, which it does not own", client, report,
                         lock);
    }
    const Zxid acquired_with = found->second;
    held.erase(found);
    if (token == acquired_with) return std::nullopt;
    return fmt::format("{} reports {} for the lock {} with token {}; it had acquired it with {}",
                       client, report, lock, token, acquired_with);
  }

  Reason judge(const Event& event, const GaveUp& gave_up, const Tasked* task) {
    if (task == nullptr) return std::nullopt;
    const auto asked = asked_at.find({event.node, gave_up.lock});
    if (asked == asked_at.end()) {
      return fmt::format("{} reports GaveUp for the lock {}, for which it does not wait",
                         event.node, gave_up.lock);
    }
    const Duration waited = event.time - asked->second;
    asked_at.erase(asked);
    const bool is_early = waited < at_least(task->acquire_timeout) && !peace.clocks.were_wrong;
    if (task->acquire_timeout > 0ns && !is_early) return std::nullopt;
    return fmt::format("{} gives up after {}ms, which is too early", event.node, waited / 1ms);
  }
};

// --- ZK-S10 ---

// The rounds of a client since it has started.
struct Round {
  std::string lock;
  bool is_open = false;
  bool is_first = true;
  unsigned done = 0;
  Time since{};  // when it started, or the latest one ended
};

struct Rounds {
  std::map<NodeId, Round> of;

  void observe(const Event& event) {
    if (is_crash(event)) of.erase(event.node);
    if (!is_client(event.node)) return;
    if (is_boot(event)) of[event.node] = {.lock = {}, .since = event.time};
    if (event.kind != EventKind::emit) return;
    Round& round = of[event.node];
    if (const auto* const requested = output_of<Requested>(event)) {
      round.lock = requested->lock;
      round.is_open = true;
    } else if (const auto* const released = output_of<Released>(event)) {
      end(round, released->lock, event.time, 1);
    } else if (const auto* const gave_up = output_of<GaveUp>(event)) {
      end(round, gave_up->lock, event.time, 1);
    } else if (const auto* const lost = output_of<Lost>(event)) {
      end(round, lost->lock, event.time, 0);
    }
  }

  static void end(Round& round, const std::string& lock, Time now, unsigned counts) {
    if (!round.is_open || round.lock != lock) return;  // of the errand
    round.is_open = round.is_first = false;
    round.done += counts;
    round.since = now;
  }
};

Duration rest_before(const Round& round, const Tasked& task) {
  return round.is_first ? task.first_after : task.pause_between;
}

struct OneRequestARound {
  Tasks tasks;
  Peace peace;
  Rounds rounds;

  Reason observe(const Event& event) {
    tasks.observe(event);
    peace.observe(event);
    const auto* const requested = output_of<Requested>(event);
    Reason reason = requested == nullptr ? std::nullopt : judge(event, *requested);
    rounds.observe(event);
    return reason;
  }

  Reason judge(const Event& event, const Requested& requested) {
    const Round& round = rounds.of[event.node];
    if (round.is_open) {
      return fmt::format("{} reports Requested once more, and its round is not over", event.node);
    }
    const Tasked* const task = tasks.find(event.node);
    if (task == nullptr) return std::nullopt;
    if (requested.lock != task->lock) {
      return fmt::format("{} asks for the lock {}, and was to take {}", event.node, requested.lock,
                         task->lock);
    }
    if (round.done >= task->rounds) {
      return fmt::format("{} begins one round too many: it was to do {}", event.node, task->rounds);
    }
    const Duration rest = event.time - round.since;
    const bool is_early = rest < at_least(rest_before(round, *task));
    if (!is_early || peace.clocks.were_wrong) return std::nullopt;
    return fmt::format("{} begins a round after {}ms, and was to wait for {}ms", event.node,
                       rest / 1ms, rest_before(round, *task) / 1ms);
  }
};

// --- ZK-L8 ---

struct CarriesOn {
  Tasks tasks;
  Peace peace;
  Rounds rounds;
  std::map<NodeId, Time> owners;  // since when each has made no progress
  std::map<NodeId, bool> errand_is_due;

  Reason observe(const Event& event) {
    tasks.observe(event);
    peace.observe(event);
    rounds.observe(event);
    follow(event);
    return judge(event.time);
  }

  void follow(const Event& event) {
    if (is_crash(event)) owners.erase(event.node);
    const Tasked* const task = tasks.find(event.node);
    if (task == nullptr) return;
    if (const auto* const acquired = output_of<Acquired>(event)) {
      owners[event.node] = event.time;
      if (acquired->lock == task->lock) errand_is_due[event.node] = !task->errand.empty();
    } else if (const auto* const released = output_of<Released>(event)) {
      end(event, released->lock == task->lock);
    } else if (const auto* const lost = output_of<Lost>(event)) {
      end(event, lost->lock == task->lock);
    } else if (message_of<ResourceReply>(event) != nullptr && event.kind == EventKind::deliver) {
      if (owners.contains(event.node)) owners[event.node] = event.time;
    }
  }

  void end(const Event& event, bool is_main) {
    errand_is_due[event.node] = false;
    if (is_main) {
      owners.erase(event.node);
    } else if (owners.contains(event.node)) {
      owners[event.node] = event.time;
    }
  }

  Reason finish(const check::Ending& ending) const { return judge(ending.time); }

  Reason judge(Time now) const {
    constexpr Duration step_within = 1s;     // beside work and rest
    constexpr Duration errand_within = 10s;  // a dead client may stand before it
    if (!peace.is_calm()) return std::nullopt;
    for (const auto& [client, task] : tasks.of) {
      const auto round = rounds.of.find(client);
      if (round == rounds.of.end()) continue;
      const auto owner = owners.find(client);
      const auto rests_since = std::max(round->second.since, peace.settled_at());
      const Duration rest = rest_before(round->second, task);
      const bool is_to_begin = !round->second.is_open && round->second.done < task.rounds;
      if (is_to_begin && now - rests_since > rest + step_within) {
        return fmt::format("{} has {} of its {} rounds to do, and does not begin the next", client,
                           task.rounds - round->second.done, task.rounds);
      }
      if (owner == owners.end()) continue;
      const bool has_errand = errand_is_due.at(client);
      const Duration most = task.work + step_within + (has_errand ? errand_within : 0s);
      if (now - std::max(owner->second, peace.settled_at()) <= most) continue;
      return fmt::format("{} owns the lock {}, and does nothing since {}ms", client, task.lock,
                         owner->second / 1ms);
    }
    return std::nullopt;
  }
};

}  // namespace

std::vector<Property> conduct_properties() {
  return {check::always<LockProtocol, AllOfTheWork>(
              {"ZK-S8", "All of the work",
               "Whoever gives the lock back has done what it was to do under it: as many "
               "increments, no more and no fewer, each read, worked for and answered.",
               "the exercise"}),
          check::always<LockProtocol, EachReportHasItsPlace>(
              {"ZK-S9", "Each report has its place",
               "Acquired follows Requested; one Released or one Lost follows each Acquired, with "
               "its token; GaveUp comes from a waiter, when its time is over.",
               "the exercise"}),
          check::always<LockProtocol, OneRequestARound>(
              {"ZK-S10", "One request a round",
               "A client begins a round when the one before it is over and it has rested, and "
               "only as often as it was to; a waiter whose session ends is in the same round.",
               "the exercise"}),
          check::eventually<LockProtocol, CarriesOn>(
              {"ZK-L8", "Carries on",
               "An owner that nobody disturbs goes on with its work; and who has rounds to do "
               "begins the next.",
               "the exercise"})};
}

}  // namespace dsys::zklock
