// A tour, and LK-SC1 to LK-SC8; LK-SC9 is in drills.cpp.
//
// Scripts steer by what any client does, never by looking inside, so that they fit a learner's
// program as well.
#include "problems/lock/parts.hpp"
#include "problems/lock/scenarios/cast.hpp"

#include <utility>
#include <vector>

namespace dsys::lock {
namespace {

// --- The tour ---

Scenario tour_scenario() {
  return {
      .id = "LK-SC0",
      .name = "tour",
      .title = "one owner releases, one crashes, and one is paused and comes back too late",
      .look_for = "who believes that it owns the lock, whose it is, and what the resource says",
      .nodes = 3,
      .nodes_min = 3,
      .nodes_max = 3,
      .length = 22s,
      .script = {"when n2 emits Acquired say n2 will crash at its work", "after 500ms crash n2",
                 "when n3 receives ResourceReply slow n3->r1 8s",
                 "when n3 sends WriteRequest pause n3",
                 "say The write of n3 has left, and takes 8 s to arrive", "after 12s resume n3"},
      .properties = safety_and({"LK-L1", "LK-W1", "LK-W2", "LK-W4", "LK-W5"}),
      .cast = [](const Players& implementation, unsigned nodes) {
        auto all = clients(nodes, 40ms);
        all[0].rounds = 2;
        all[0].pause_between = 8s;
        all[1].work = 1s;
        return cast_of(implementation, all);
      }};
}

// --- LK-SC1: contention ---

Scenario contention_scenario() {
  return {.id = "LK-SC1",
          .name = "contention",
          .title = "clients want the lock at about the same time, and each adds to a counter",
          .look_for = "one key each, one owner at a time, in the order of the creation revisions",
          .nodes = 5,
          .nodes_min = 2,
          .length = 6s,
          .properties = safety_and({"LK-L1", "LK-L2", "LK-L3", "LK-L4", "LK-W2", "LK-W3", "LK-W6"}),
          .cast = [](const Players& implementation, unsigned nodes) {
            return cast_of(implementation, clients(nodes, 3ms, {.rounds = 2, .increments = 2}));
          }};
}

Scenario crowd_scenario() {
  return {.id = "LK-SC1.2",
          .name = "crowd",
          .title = "many clients wait in one queue",
          .look_for = "each release wakes one waiter, whatever the length of the queue",
          .nodes = 20,
          .nodes_min = 2,
          .length = 10s,
          .properties = safety_and({"LK-L1", "LK-L2", "LK-L3", "LK-L4", "LK-W2"}),
          .cast = [](const Players& implementation, unsigned nodes) {
            return cast_of(implementation, clients(nodes, 20ms));
          }};
}

// --- LK-SC2: crashes ---

Scenario holder_crash_scenario() {
  return {.id = "LK-SC2",
          .name = "holder-crash",
          .title = "the owner crashes at its work",
          .look_for = "its lease expires, its key goes, and the next in line owns the lock",
          .nodes = 3,
          .nodes_min = 2,
          .length = 24s,
          .script = {"when n1 emits Acquired say n1 will crash at its work", "after 500ms crash n1",
                     "after 13s restart n1"},
          .properties = safety_and({"LK-L1", "LK-W2"}),
          .cast = [](const Players& implementation, unsigned nodes) {
            return cast_of(implementation, clients(nodes, 30ms, {.work = 1s}));
          }};
}

Scenario waiter_crash_scenario() {
  return {.id = "LK-SC2.2",
          .name = "waiter-crash",
          .title = "a waiter crashes in the middle of the queue",
          .look_for = "its key stays until its lease ends; the one behind it watches that",
          .nodes = 3,
          .nodes_min = 3,
          .length = 14s,
          .script = {"1s crash n2"},
          .properties = safety_and({"LK-L1", "LK-W2"}),
          .cast = [](const Players& implementation, unsigned nodes) {
            return cast_of(implementation, clients(nodes, 100ms, {.work = 1500ms}));
          }};
}

Scenario missed_wakeup_scenario() {
  return {
      .id = "LK-SC2.3",
      .name = "missed-wakeup",
      .title = "the owner gives the lock back between a waiter's look at the queue and its watch",
      .look_for = "a watch from the next revision on tells what came before it",
      .nodes = 2,
      .nodes_min = 2,
      .length = 15s,
      .script = {"hold n2->s1 WatchCreateRequest",
                 "when s1 emits KeyRemoved say n1's key is gone; now n2's watch arrives",
                 "after 30ms release n2->s1"},
      .properties = safety_and({"LK-L1", "LK-L2", "LK-W2"}),
      .cast = [](const Players& implementation, unsigned nodes) {
        return cast_of(implementation, clients(nodes, 100ms, {.work = 600ms}));
      }};
}

Scenario hung_work_scenario() {
  return {.id = "LK-SC2.4",
          .name = "hung-work",
          .title = "the resource is down: the owner's work hangs, and its process lives",
          .look_for = "renewals alone would keep the lock for ever; the maximum hold time ends it",
          .nodes = 2,
          .nodes_min = 2,
          .length = 50s,
          .script = {"when n1 emits Acquired crash r1"},
          .properties = safety_and({"LK-L1", "LK-W2"}),
          .cast = [](const Players& implementation, unsigned nodes) {
            return cast_of(implementation, clients(nodes, 100ms));
          }};
}

// --- LK-SC3: a paused owner ---

// n1 sends a write and is paused; n2 gets the lock after the TTL, reads, and writes 2 s later.
Scenario paused(Scenario scenario) {
  scenario.nodes = 2;
  scenario.nodes_min = 2;
  scenario.nodes_max = 2;
  scenario.length = 22s;
  scenario.properties = safety_and({"LK-L1", "LK-W2", "LK-W4", "LK-W5"});
  scenario.cast = [](const Players& implementation, unsigned nodes) {
    auto all = clients(nodes, 100ms);
    all[1].work = 2s;
    all[1].increments = 2;
    return cast_of(implementation, all);
  };
  return scenario;
}

Scenario pause_scenario() {
  return paused(
      {.id = "LK-SC3",
       .name = "pause",
       .title = "the owner is paused for 15 s; its write arrives after the next one's read",
       .look_for = "the resource refuses the lower token, before any write with the higher",
       .script = {"when n1 receives ResourceReply slow n1->r1 5700ms",
                  "when n1 sends WriteRequest pause n1",
                  "say The write of n1 has left, and takes 5.7 s to arrive",
                  "after 15s resume n1"}});
}

Scenario late_write_scenario() {
  return paused(
      {.id = "LK-SC3.2",
       .name = "late-write",
       .title = "the owner is paused for 15 s; its write arrives after the next one's write",
       .look_for = "the resource refuses the lower token; else an increment were undone",
       .script = {"when n1 receives ResourceReply slow n1->r1 8s",
                  "when n1 sends WriteRequest pause n1",
                  "say The write of n1 has left, and takes 8 s to arrive", "after 15s resume n1"}});
}

// --- LK-SC4: long work ---

Scenario long_hold_scenario() {
  return {.id = "LK-SC4",
          .name = "long-hold",
          .title = "the owner works for 15 s with a lease of 3 s",
          .look_for = "a keep-alive about every second, and nobody else in between",
          .nodes = 2,
          .nodes_min = 2,
          .length = 20s,
          .properties = safety_and({"LK-L1", "LK-L5", "LK-W2"}),
          .cast = [](const Players& implementation, unsigned nodes) {
            auto all = clients(nodes, 100ms, {.ttl = 3});
            all[0].work = 15s;
            return cast_of(implementation, all);
          }};
}

// --- LK-SC5: giving it back ---

Scenario release_scenario() {
  return {.id = "LK-SC5",
          .name = "release",
          .title = "the owner gives the lock back after a second; its lease has 29 s left",
          .look_for = "the next one owns it within eight messages, not within 29 s",
          .nodes = 3,
          .nodes_min = 2,
          .length = 8s,
          .link = {.delay = sim::Delay::fixed(10ms)},
          .properties = safety_and({"LK-L1", "LK-L2", "LK-L3", "LK-L4", "LK-W2"}),
          .cast = [](const Players& implementation, unsigned nodes) {
            return cast_of(implementation, clients(nodes, 50ms, {.ttl = 30, .work = 1060ms}));
          }};
}

Scenario late_release_scenario() {
  return {.id = "LK-SC5.2",
          .name = "late-release",
          .title = "a release arrives after the lease has expired and the next one owns the lock",
          .look_for = "its condition does not hold any more: it removes nothing",
          .nodes = 3,
          .nodes_min = 2,
          .length = 20s,
          .script = {"when n1 emits Released slow n1->s1 7s",
                     "say What n1 sends to s1 from now on takes 7 s"},
          .properties = safety_and({"LK-W2"}),
          .cast = [](const Players& implementation, unsigned nodes) {
            auto all = clients(nodes, 50ms, {.work = 4s});
            all[0].work = 200ms;
            return cast_of(implementation, all);
          }};
}

// --- LK-SC6: a waiter whose session ends ---

Scenario expired_waiter_scenario() {
  return {.id = "LK-SC6",
          .name = "expired-waiter",
          .title = "a waiter is paused for longer than its TTL, and then its predecessor releases",
          .look_for = "its key is gone before its turn comes: it must not enter",
          .nodes = 3,
          .nodes_min = 3,
          .nodes_max = 3,
          .length = 20s,
          .script = {"1s pause n2", "drop n2->s1 100% LeaseKeepAliveRequest",
                     "after 3500ms resume n2", "after 1s heal"},
          .properties = safety_and({"LK-L1", "LK-W2"}),
          .cast = [](const Players& implementation, unsigned nodes) {
            auto all = clients(nodes, 100ms, {.work = 4s});
            all[1].ttl = 2;
            all[2].first_after = 1500ms;
            return cast_of(implementation, all);
          }};
}

// --- LK-SC7: lost answers ---

Scenario lost_replies_scenario() {
  return {.id = "LK-SC7",
          .name = "lost-replies",
          .title = "the answers to a queuing, to a keep-alive and to a release are lost",
          .look_for = "each request is repeated, and does no more than it did the first time",
          .nodes = 2,
          .nodes_min = 2,
          .length = 15s,
          .script = {"when s1 emits KeyCreated drop s1->n1 100%",
                     "say The key is there, but n1 is not told", "after 400ms heal",
                     "when n1 sends LeaseKeepAliveRequest drop s1->n1 100%", "after 100ms heal",
                     "when n1 emits Released drop s1->n1 100%", "after 400ms heal"},
          .properties = safety_and({"LK-L1", "LK-W2"}),
          .cast = [](const Players& implementation, unsigned nodes) {
            auto all = clients(nodes, 600ms, {.work = 3s});
            all[1].work = 50ms;
            return cast_of(implementation, all);
          }};
}

// --- LK-SC8: clocks, and the store's own failover ---

// n1 uses the resource all the time; n2 waits.
std::vector<LockConfig> busy_owner_and_waiters(unsigned nodes) {
  auto all = clients(nodes, 100ms);
  all[0].increments = 60;
  all[0].work = 200ms;
  return all;
}

Cast busy_owner(const Players& implementation, unsigned nodes) {
  return cast_of(implementation, busy_owner_and_waiters(nodes));
}

Scenario slow_renewal_scenario() {
  return {
      .id = "LK-SC8",
      .name = "slow-renewal",
      .title = "the answer to a renewal takes 3 s, and no later renewal arrives",
      .look_for = "the owner's deadline counts from the sending, so it stops before the lease ends",
      .nodes = 2,
      .nodes_min = 2,
      .length = 25s,
      .script = {"clock n1 99%", "clock s1 101%",
                 "when n1 sends LeaseKeepAliveRequest slow s1->n1 3s",
                 "after 50ms drop n1->s1 100%", "after 12s heal"},
      .properties = safety_and({"LK-W2"}),
      .cast = [](const Players& implementation, unsigned nodes) {
        auto all = busy_owner_and_waiters(nodes);
        all[0].increments = 400;  // a request every 20 ms: in each moment that it may not rely on
        all[0].work = 10ms;
        return cast_of(implementation, all);
      }};
}

Scenario wall_clock_scenario() {
  return {.id = "LK-SC8.2",
          .name = "wall-clock",
          .title = "the owner's date is set back by 30 s, and no renewal arrives any more",
          .look_for = "a deadline on the monotonic clock does not move with the date",
          .nodes = 2,
          .nodes_min = 2,
          .length = 25s,
          .script = {"3s clock n1 -30s", "drop n1->s1 100%", "after 15s heal"},
          .properties = safety_and({"LK-L7", "LK-L8", "LK-W2"}),
          .cast = busy_owner};
}

Scenario failover_scenario() {
  return {
      .id = "LK-SC8.3",
      .name = "failover",
      .title = "the store fails and comes back on another machine, with all that it had promised",
      .look_for = "the owner keeps its lease, its key and its token",
      .nodes = 2,
      .nodes_min = 2,
      .length = 25s,
      .script = {"when n1 emits Acquired say The store will fail", "after 1800ms power-loss s1",
                 "after 600ms restart s1"},
      .properties = safety_and({"LK-L1", "LK-L5", "LK-W2"}),
      .cast = [](const Players& implementation, unsigned nodes) {
        auto all = busy_owner_and_waiters(nodes);
        all[1].ttl = 3;  // it hears of a failover before the owner does
        return cast_of(implementation, all);
      }};
}

}  // namespace

std::vector<Scenario> scenarios() {
  std::vector<Scenario> all{
      tour_scenario(),           contention_scenario(),   crowd_scenario(),
      holder_crash_scenario(),   waiter_crash_scenario(), missed_wakeup_scenario(),
      hung_work_scenario(),      pause_scenario(),        late_write_scenario(),
      long_hold_scenario(),      release_scenario(),      late_release_scenario(),
      expired_waiter_scenario(), lost_replies_scenario(), slow_renewal_scenario(),
      wall_clock_scenario(),     failover_scenario()};
  for (Scenario& drill : drills()) all.push_back(std::move(drill));
  return all;
}

}  // namespace dsys::lock
