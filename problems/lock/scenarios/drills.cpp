// LK-SC9: short scenarios, each about one promise. A grade runs most of them again and again, with
// one fault at each place where it can matter; see grading.cpp.
//
// Where clients' leases last 5 s, whoever is away for 4 s keeps its own; where they last 2 s it
// loses it.
#include "problems/lock/parts.hpp"
#include "problems/lock/scenarios/cast.hpp"

#include <vector>

namespace dsys::lock {
namespace {

const Ids progress{"LK-L1", "LK-L2", "LK-L5", "LK-L6", "LK-L7", "LK-L8", "LK-W2"};

Scenario two_clients_scenario() {
  return {.id = "LK-SC9",
          .name = "two-clients",
          .title = "two clients take the lock by turns, one of them twice",
          .look_for = "whatever is lost, late or repeated, each round counts once",
          .nodes = 2,
          .nodes_min = 2,
          .length = 20s,
          .properties = safety_and(progress),
          .cast = [](const Players& implementation, unsigned nodes) {
            auto all = clients(nodes, 20ms);
            all[0].rounds = 2;
            all[0].pause_between = 100ms;
            all[1].work = 400ms;
            return cast_of(implementation, all);
          }};
}

Scenario short_leases_scenario() {
  return {
      .id = "LK-SC9.2",
      .name = "short-leases",
      .title = "three clients with leases of 2 s: whoever is away for long has lost its session",
      .look_for = "who comes back begins anew, and does nothing in the old session's name",
      .nodes = 3,
      .nodes_min = 2,
      .length = 20s,
      .properties = safety_and(progress),
      .cast = [](const Players& implementation, unsigned nodes) {
        return cast_of(implementation, clients(nodes, 20ms, {.ttl = 2, .work = 300ms}));
      }};
}

Scenario kept_lease_scenario() {
  return {.id = "LK-SC9.3",
          .name = "kept-lease",
          .title = "the owner works for 7 s with a lease of 3 s, and another waits",
          .look_for = "one renewal or its answer may be lost: the next one comes in time",
          .nodes = 2,
          .nodes_min = 2,
          .length = 16s,
          .properties = safety_and(progress),
          .cast = [](const Players& implementation, unsigned nodes) {
            auto all = clients(nodes, 50ms, {.ttl = 3});
            all[0].work = 7s;
            return cast_of(implementation, all);
          }};
}

// The watch of n2 looks back to before n1's key went, and the store has forgotten that.
Scenario compaction_scenario() {
  return {.id = "LK-SC9.4",
          .name = "compaction",
          .title = "the store forgets what has changed before a waiter's watch arrives",
          .look_for = "the watch is canceled: the waiter reads again, and watches from there",
          .nodes = 2,
          .nodes_min = 2,
          .length = 15s,
          .script = {"hold n2->s1 WatchCreateRequest",
                     "when s1 emits KeyRemoved say n1's key is gone; now n2's watch arrives",
                     "after 30ms release n2->s1"},
          .properties = safety_and(progress),
          .cast = [](const Players& implementation, unsigned nodes) {
            return cast_with_compaction(implementation, clients(nodes, 100ms, {.work = 400ms}));
          }};
}

Scenario slow_answers_scenario() {
  return {.id = "LK-SC9.5",
          .name = "slow-answers",
          .title = "many an answer takes longer than the request time-out: it is asked for twice",
          .look_for = "the second answer to one request is no answer to the next",
          .nodes = 2,
          .nodes_min = 2,
          .length = 30s,
          .link = {.delay = sim::Delay::uniform(40ms, 260ms)},
          .properties = safety_and({"LK-W2"}),
          .cast = [](const Players& implementation, unsigned nodes) {
            return cast_of(implementation,
                           clients(nodes, 100ms, {.rounds = 2, .increments = 3, .work = 30ms}));
          }};
}

Scenario silent_store_scenario() {
  return {.id = "LK-SC9.6",
          .name = "silent-store",
          .title = "the store is down for 2.5 s; the owner's lease of 5 s is not over",
          .look_for = "the owner works on, and the waiter asks for its watch again",
          .nodes = 2,
          .nodes_min = 2,
          .length = 20s,
          .script = {"when n1 emits Acquired say The store will be silent",
                     "after 500ms power-loss s1", "after 2500ms restart s1"},
          .properties = safety_and({"LK-L1", "LK-L5", "LK-L6", "LK-L7", "LK-L8", "LK-W2"}),
          .cast = [](const Players& implementation, unsigned nodes) {
            auto all = clients(nodes, 50ms);
            all[0].work = 1200ms;
            all[0].increments = 4;
            return cast_of(implementation, all);
          }};
}

Scenario cut_off_waiter_scenario() {
  return {.id = "LK-SC9.7",
          .name = "cut-off-waiter",
          .title = "a waiter is cut off for longer than its TTL: its session ends while it waits",
          .look_for = "it learns that from the store, and begins anew, before its turn or at it",
          .nodes = 2,
          .nodes_min = 2,
          .length = 20s,
          .script = {"500ms drop n2<->s1 100%", "after 3500ms heal"},
          .properties = safety_and({"LK-L1", "LK-L5", "LK-L6", "LK-L7", "LK-L8", "LK-W2"}),
          .cast = [](const Players& implementation, unsigned nodes) {
            auto all = clients(nodes, 50ms);
            all[0].work = 6s;
            all[1].ttl = 2;
            return cast_of(implementation, all);
          }};
}

}  // namespace

std::vector<Scenario> drills() {
  return {two_clients_scenario(),   short_leases_scenario(), kept_lease_scenario(),
          compaction_scenario(),    slow_answers_scenario(), silent_store_scenario(),
          cut_off_waiter_scenario()};
}

}  // namespace dsys::lock
