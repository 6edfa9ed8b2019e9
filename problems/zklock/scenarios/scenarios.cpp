// A tour, and ZK-SC1 to ZK-SC9; drills.cpp has the others.
//
// Scripts steer by what any client does, never by looking inside, so that they fit a learner's
// program as well. Messages of a connection stay in order: every one takes 5 ms.
#include "problems/zklock/parts.hpp"

#include "problems/zklock/scenarios/cast.hpp"
#include "problems/zklock/scenarios/drills.hpp"

#include <utility>
#include <vector>

namespace dsys::zklock {
namespace {

// --- The tour ---

Scenario tour_scenario() {
  return {
      .id = "ZK-SC0",
      .name = "tour",
      .title = "one owner releases, one crashes, and one is paused and comes back too late",
      .look_for = "whose znode has the lowest number, who believes it, and what the resource says",
      .nodes = 3,
      .nodes_min = 3,
      .nodes_max = 3,
      .length = 28s,
      .script = {"when n2 emits Acquired say n2 will crash at its work", "after 500ms crash n2",
                 "when n3 receives ResourceReply slow n3->r1 9s",
                 "when n3 sends WriteRequest pause n3",
                 "say The write of n3 has left, and takes 9 s to arrive", "after 13s resume n3",
                 "heal"},
      .properties = safety_and({"ZK-L1", "ZK-W1", "ZK-W2", "ZK-W4", "ZK-W5"}),
      .cast = [](const Players& implementation, unsigned nodes) {
        auto all = clients(nodes, 60ms);
        all[0].rounds = 2;
        all[0].pause_between = 8s;
        all[1].work = 1s;
        return tasked_cast(implementation, all);
      }};
}

// --- ZK-SC1: the queue ---

Scenario queue_scenario() {
  return {.id = "ZK-SC1",
          .name = "queue",
          .title = "clients want the lock at about the same time, and each adds to a counter",
          .look_for = "one znode each, one owner at a time, in the order of the numbers",
          .nodes = 5,
          .nodes_min = 2,
          .length = 8s,
          .properties = safety_and({"ZK-L1", "ZK-L2", "ZK-L3", "ZK-L4", "ZK-W2", "ZK-W3"}),
          .cast = [](const Players& implementation, unsigned nodes) {
            return tasked_cast(implementation, clients(nodes, 3ms, {.rounds = 2, .work = 150ms}));
          }};
}

Scenario crowd_scenario() {
  return {.id = "ZK-SC1.2",
          .name = "crowd",
          .title = "many clients wait in one queue",
          .look_for = "each release wakes one waiter, whatever the length of the queue",
          .nodes = 50,
          .nodes_min = 2,
          .nodes_max = 60,
          .length = 16s,
          .properties = safety_and({"ZK-L1", "ZK-L2", "ZK-L3", "ZK-L4", "ZK-W2"}),
          .cast = [](const Players& implementation, unsigned nodes) {
            return tasked_cast(implementation, clients(nodes, 20ms));
          }};
}

Scenario two_locks_scenario() {
  return {.id = "ZK-SC1.3",
          .name = "two-locks",
          .title = "one lock is held for 5 s; another is free, and a client wants it",
          .look_for = "a directory for each lock: what is free is had at once",
          .nodes = 3,
          .nodes_min = 3,
          .length = 12s,
          .properties = safety_and({"ZK-L1", "ZK-L2", "ZK-L3", "ZK-W2"}),
          .cast = [](const Players& implementation, unsigned nodes) {
            auto all = clients(nodes, 100ms);
            all[0].work = 5s;
            all[2].lock = "report";
            all[2].increments = 0;
            all[2].first_after = 1s;
            return tasked_cast(implementation, all);
          }};
}

// --- ZK-SC2: crashes ---

Scenario holder_crash_scenario() {
  return {.id = "ZK-SC2",
          .name = "holder-crash",
          .title = "the owner crashes at its work",
          .look_for = "its session expires, its znode goes, and the next in line owns the lock",
          .nodes = 3,
          .nodes_min = 2,
          .length = 24s,
          .script = {"when n1 emits Acquired say n1 will crash at its work", "after 500ms crash n1",
                     "after 13s restart n1"},
          .properties = safety_and({"ZK-L1", "ZK-W2"}),
          .cast = [](const Players& implementation, unsigned nodes) {
            return tasked_cast(implementation, clients(nodes, 30ms, {.work = 1s}));
          }};
}

Scenario waiter_crash_scenario() {
  return {.id = "ZK-SC2.2",
          .name = "waiter-crash",
          .title = "a waiter crashes in the middle of the queue",
          .look_for = "its znode stays until its session expires; the one behind it looks again",
          .nodes = 3,
          .nodes_min = 3,
          .length = 16s,
          .script = {"1s crash n2"},
          .properties = safety_and({"ZK-L1", "ZK-W2"}),
          .cast = [](const Players& implementation, unsigned nodes) {
            return tasked_cast(implementation, clients(nodes, 100ms, {.work = 1500ms}));
          }};
}

// --- ZK-SC3: a paused owner ---

// n1 sends a write and is paused; n2 gets the lock when the session has expired, reads, and writes
// 2 s later.
Scenario paused(Scenario scenario) {
  scenario.nodes = 2;
  scenario.nodes_min = 2;
  scenario.nodes_max = 2;
  scenario.length = 20s;
  scenario.properties = safety_and({"ZK-L1", "ZK-W2", "ZK-W4", "ZK-W5"});
  scenario.cast = [](const Players& implementation, unsigned nodes) {
    auto all = clients(nodes, 100ms);
    all[1].work = 2s;
    all[1].increments = 2;
    return tasked_cast(implementation, all);
  };
  return scenario;
}

Scenario pause_scenario() {
  return paused(
      {.id = "ZK-SC3",
       .name = "pause",
       .title = "the owner is paused for 12 s; its write arrives after the next one's read",
       .look_for = "the resource refuses the lower token, before any write with the higher",
       .script = {"when n1 receives ResourceReply slow n1->r1 6700ms",
                  "when n1 sends WriteRequest pause n1",
                  "say The write of n1 has left, and takes 6.7 s to arrive", "after 12s resume n1",
                  "heal"}});
}

Scenario late_write_scenario() {
  return paused(
      {.id = "ZK-SC3.2",
       .name = "late-write",
       .title = "the owner is paused for 12 s; its write arrives after the next one's write",
       .look_for = "the resource refuses the lower token; else an increment were undone",
       .script = {"when n1 receives ResourceReply slow n1->r1 9s",
                  "when n1 sends WriteRequest pause n1",
                  "say The write of n1 has left, and takes 9 s to arrive", "after 12s resume n1",
                  "heal"}});
}

// --- ZK-SC4: connections are lost, sessions are not ---

Scenario lost_create_scenario() {
  return {
      .id = "ZK-SC4",
      .name = "lost-create",
      .title = "the answer to a creation is lost, and the next server lags behind",
      .look_for = "sync first, then a search for the guid, then there is no second znode",
      .nodes = 2,
      .nodes_min = 2,
      .length = 16s,
      .script = {"when s1 emits ZnodeCreated path=/locks/job hold s1->s2 Proposal,Commit,NewLeader",
                 "when s1 emits ZnodeCreated drop s1->n1 100%",
                 "say The znode is there, but n1 is not told", "after 4s heal"},
      .properties = safety_and({"ZK-L1", "ZK-W2"}),
      .cast = [](const Players& implementation, unsigned nodes) {
        auto all = clients(nodes, 6s);
        for (std::size_t i = 1; i < all.size(); ++i) {
          all[i].servers = {node_id('s', 3), node_id('s', 1), node_id('s', 2)};
        }
        return tasked_cast(implementation, all);
      }};
}

// n1 uses the resource all the time; n2 waits.
std::vector<LockConfig> busy_owner_and_waiters(unsigned nodes, const LockConfig& config = {}) {
  auto all = clients(nodes, 100ms, config);
  all[0].increments = 24;
  all[0].work = 500ms;
  return all;
}

Cast busy_owner(const Players& implementation, unsigned nodes) {
  return tasked_cast(implementation, busy_owner_and_waiters(nodes));
}

Scenario blip_scenario() {
  return {.id = "ZK-SC4.2",
          .name = "blip",
          .title = "owner and waiter lose the connection to their servers, and find others",
          .look_for = "suspect, then the same session at another server, and the lock as before",
          .nodes = 2,
          .nodes_min = 2,
          .length = 30s,
          .script = {"when n1 emits Acquired say n1 and n2 will be cut off from their servers",
                     "after 700ms drop n1<->s1 100%", "drop n2<->s2 100%", "after 6s heal"},
          .properties = safety_and({"ZK-L1", "ZK-L7", "ZK-W2"}),
          .cast = busy_owner};
}

// --- ZK-SC5: the session ends without its owner ---

Scenario partition_scenario() {
  return {.id = "ZK-SC5",
          .name = "partition",
          .title = "the owner is cut off from the ensemble for 60 s, and not from the resource",
          .look_for = "it stops by itself, before its session ends; and learns later that it has",
          .nodes = 2,
          .nodes_min = 2,
          .length = 80s,
          .script = {"when n1 emits Acquired say n1 will be cut off from the ensemble",
                     "after 1s split n1|s1,s2,s3", "after 60s heal"},
          .properties = safety_and({"ZK-L1", "ZK-W2"}),
          .cast = [](const Players& implementation, unsigned nodes) {
            auto all = busy_owner_and_waiters(nodes);
            all[0].increments = 10;
            return tasked_cast(implementation, all);
          }};
}

Scenario long_session_scenario() {
  return {.id = "ZK-SC5.2",
          .name = "long-session",
          .title = "the owner has asked for 60 s and was granted 40 s, and is cut off",
          .look_for = "what counts is what was granted",
          .nodes = 2,
          .nodes_min = 2,
          .length = 140s,
          .script = {"when n1 emits Acquired say n1 will be cut off from the ensemble",
                     "after 1s split n1|s1,s2,s3", "after 70s heal"},
          .properties = safety_and({"ZK-L1", "ZK-W2"}),
          .cast = [](const Players& implementation, unsigned nodes) {
            auto all = clients(nodes, 100ms);
            all[0].session_timeout = 60s;
            all[0].increments = 12;
            all[0].work = 5s;
            return tasked_cast(implementation, all);
          }};
}

Scenario errand_scenario() {
  return {.id = "ZK-SC5.3",
          .name = "errand",
          .title = "the owner takes another lock for a moment, and gives it back",
          .look_for = "what is given back is one znode, and not the session of both",
          .nodes = 2,
          .nodes_min = 2,
          .length = 12s,
          .properties = safety_and({"ZK-L1", "ZK-L2", "ZK-W2", "ZK-W6"}),
          .cast = [](const Players& implementation, unsigned nodes) {
            return tasked_cast(implementation,
                               clients(nodes, 300ms, {.errand = "log", .work = 500ms}));
          }};
}

// --- ZK-SC6: a waiter goes ---

Scenario give_up_scenario() {
  return {.id = "ZK-SC6",
          .name = "give-up",
          .title = "one owns, two wait, and the first of them gives up",
          .look_for = "the other is woken, looks, and waits on: the owner is still there",
          .nodes = 3,
          .nodes_min = 3,
          .length = 12s,
          .properties = safety_and({"ZK-L1", "ZK-L3", "ZK-W2", "ZK-W7"}),
          .cast = [](const Players& implementation, unsigned nodes) {
            auto all = clients(nodes, 100ms);
            all[0].work = 4s;
            all[1].acquire_timeout = 1s;
            all[1].rounds = 2;
            all[1].pause_between = 6s;
            return tasked_cast(implementation, all);
          }};
}

Scenario late_turn_scenario() {
  return {.id = "ZK-SC6.3",
          .name = "late-turn",
          .title = "a waiter gives up at the moment of its turn, while it looks at the queue",
          .look_for = "what it has given up it does not own, whatever the listing says",
          .nodes = 3,
          .nodes_min = 3,
          .length = 12s,
          .script = {"when n1 emits Released say it is the turn of n2, which looks at the queue",
                     "when n2 sends GetChildrenRequest hold s2->n2", "after 1s release s2->n2"},
          .properties = safety_and({"ZK-L1", "ZK-W2", "ZK-W7"}),
          .cast = [](const Players& implementation, unsigned nodes) {
            auto all = clients(nodes, 100ms);
            all[0].work = 2s;
            all[1].acquire_timeout = 2300ms;
            return tasked_cast(implementation, all);
          }};
}

Scenario vanishing_scenario() {
  return {.id = "ZK-SC6.2",
          .name = "vanishing",
          .title = "the owner gives the lock back between a waiter's listing and its watch",
          .look_for = "a znode that is not there will not be told of: look again at once",
          .nodes = 2,
          .nodes_min = 2,
          .length = 12s,
          .script = {"hold n2->s2 ExistsRequest,GetDataRequest",
                     "when s1 emits ZnodeRemoved say n1's znode is gone; now n2's watch arrives",
                     "after 30ms release n2->s2"},
          .properties = safety_and({"ZK-L1", "ZK-W2"}),
          .cast = [](const Players& implementation, unsigned nodes) {
            return tasked_cast(implementation, clients(nodes, 200ms, {.work = 600ms}));
          }};
}

// --- ZK-SC7: the ensemble itself ---

Scenario leader_change_scenario() {
  return {.id = "ZK-SC7",
          .name = "leader-change",
          .title = "the leader of the ensemble crashes, and one server is 500 ms behind",
          .look_for = "the session lives, with the 4 s that were granted; one owner all the time",
          .nodes = 3,
          .nodes_min = 2,
          .length = 40s,
          .script = {"when n1 emits Acquired slow s1->s3 500ms", "after 2s crash s1",
                     "after 8s restart s1"},
          .properties = safety_and({"ZK-L1", "ZK-L7", "ZK-W2", "ZK-W8"}),
          .cast = [](const Players& implementation, unsigned nodes) {
            return tasked_cast(implementation,
                               busy_owner_and_waiters(nodes, {.session_timeout = 1s}));
          }};
}

// --- ZK-SC8: the directory goes ---

Scenario reuse_scenario() {
  return {.id = "ZK-SC8",
          .name = "reuse",
          .title = "all have left, the empty directory is removed, and the lock is used again",
          .look_for = "the numbers begin anew, and the czxids do not",
          .nodes = 3,
          .nodes_min = 3,
          .length = 72s,
          .properties = safety_and({"ZK-L1", "ZK-L2", "ZK-W2", "ZK-W9"}),
          .cast = [](const Players& implementation, unsigned nodes) {
            auto all = clients(nodes, 100ms);
            for (std::size_t i = 2; i < all.size(); ++i) {
              all[i].first_after += 66s;
            }
            return tasked_cast(implementation, all);
          }};
}

// --- ZK-SC9: readers and writers ---

Scenario readers_scenario() {
  return {
      .id = "ZK-SC9",
      .name = "readers",
      .title = "readers share the lock, writers do not",
      .look_for = "a reader waits for the last writer before it, a writer for whoever is before",
      .nodes = 6,
      .nodes_min = 3,
      .length = 12s,
      .properties = safety_and({"ZK-L1", "ZK-W2", "ZK-W10"}),
      .cast = [](const Players& implementation, unsigned nodes) {
        auto all = clients(nodes, 40ms, {.kind = LockKind::read, .work = 400ms});
        for (std::size_t i = 0; i < all.size(); i += 3) all[i].kind = LockKind::write;
        return tasked_cast(implementation, all);
      }};
}

}  // namespace

std::vector<Scenario> scenarios() {
  std::vector<Scenario> all{tour_scenario(),      queue_scenario(),         crowd_scenario(),
                            two_locks_scenario(), holder_crash_scenario(),  waiter_crash_scenario(),
                            pause_scenario(),     late_write_scenario(),    lost_create_scenario(),
                            blip_scenario(),      partition_scenario(),     long_session_scenario(),
                            errand_scenario(),    give_up_scenario(),       late_turn_scenario(),
                            vanishing_scenario(), leader_change_scenario(), reuse_scenario(),
                            readers_scenario()};
  for (Scenario& one : drills()) all.push_back(std::move(one));
  for (Scenario& one : all) one.link = {.delay = sim::Delay::fixed(5ms)};
  return all;
}

}  // namespace dsys::zklock
