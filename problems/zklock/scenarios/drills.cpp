// ZK-SC10 to ZK-SC23: drills. Each is short and about one promise, and is made for being run again
// with one fault at each of its moments. So it gives what went wrong the time to show: a client
// rests for longer than it takes to miss a message, and its session lives on meanwhile.
//
// Where a client is played by the reference, the program is alone with its own mistakes, and the
// run costs it little. Where nobody has increments to make, no fault can call for a fencing token.
#include "problems/zklock/scenarios/drills.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace dsys::zklock {
namespace {

// Longer than it takes to miss a message, to connect again and to be judged.
constexpr Duration rest = 7s;

// The clients of these numbers are played by the reference.
Cast mixed_cast(const Players& implementation, const std::vector<LockConfig>& all,
                const std::vector<unsigned>& given, const LockConfig& ensemble = {}) {
  Cast cast = tasked_cast(implementation, all, ensemble);
  const Players players = reference();
  for (const unsigned number : given) {
    const NodeId name = node_id('n', number);
    for (auto& one : cast) {
      if (one.id == name) one.factory = players(name, all[number - 1]);
    }
  }
  return cast;
}

// A drill is of its own number of clients.
Scenario drill(unsigned nodes, Duration length, Scenario one) {
  one.nodes = one.nodes_min = one.nodes_max = nodes;
  one.length = length;
  return one;
}

Scenario hand_over() {
  return drill(2, 20s,
               {.id = "ZK-SC10",
                .name = "hand-over",
                .title = "one takes the lock, another waits for it, and the first comes again",
                .look_for = "one znode each, one event, and a counter that is exact",
                .properties = safety_and({"ZK-L1", "ZK-L2", "ZK-L8", "ZK-W2", "ZK-W3"}),
                .cast = [](const Players& implementation, unsigned nodes) {
                  auto all = clients(nodes, 40ms, {.first_after = 60ms});
                  all[0].rounds = 2;
                  all[0].increments = 2;
                  all[0].pause_between = rest;
                  return tasked_cast(implementation, all);
                }});
}

Scenario gives_up() {
  return drill(
      3, 20s,
      {.id = "ZK-SC11",
       .name = "gives-up",
       .title = "one owns, one waits and gives up, and a third waits behind it",
       .look_for = "what is given up is removed, once and for all; the third is woken and waits on",
       .properties = safety_and({"ZK-L1", "ZK-L8", "ZK-W2", "ZK-W7"}),
       .cast = [](const Players& implementation, unsigned nodes) {
         auto all = clients(nodes, 40ms, {.first_after = 60ms, .increments = 0, .work = 100ms});
         all[0].work = 1500ms;
         all[1].acquire_timeout = 500ms;
         all[1].rounds = 2;
         all[1].pause_between = rest;
         return mixed_cast(implementation, all, {1});
       }});
}

Scenario side_errand() {
  return drill(
      2, 20s,
      {.id = "ZK-SC12",
       .name = "side-errand",
       .title = "the owner takes a second lock and gives it back, and later does so again",
       .look_for = "each of the two locks is given back, and neither takes the other along",
       .properties = safety_and({"ZK-L1", "ZK-L8", "ZK-W2", "ZK-W6"}),
       .cast = [](const Players& implementation, unsigned nodes) {
         auto all = clients(nodes, 150ms, {.errand = "log", .first_after = 60ms});
         all[0].rounds = 2;
         all[0].increments = 2;
         all[0].pause_between = rest;
         return mixed_cast(implementation, all, {2});
       }});
}

// Whatever heals comes late: a connection that had broken would not come back to life.
//
// The pause before the next server is longer than an increment takes: there is always something
// that waits for the connection, and has to wait for the look at the znode as well.
Scenario reconnect() {
  return drill(2, 26s,
               {.id = "ZK-SC13",
                .name = "reconnect",
                .title = "owner and waiter lose their connections while the owner is busy",
                .look_for = "first it looks for its znode, and only then asks the resource",
                .script = {"when n1 emits Acquired drop n1<->s1 100%",
                           "after 400ms drop n2<->s2 100%", "after 11s heal"},
                .properties = safety_and({"ZK-L1", "ZK-L7", "ZK-L8", "ZK-W2", "ZK-W11"}),
                .cast = [](const Players& implementation, unsigned nodes) {
                  auto all = clients(nodes, 40ms, {.first_after = 60ms, .reconnect_pause = 400ms});
                  all[0].increments = 12;
                  all[0].work = 250ms;
                  return tasked_cast(implementation, all);
                }});
}

// The second server knows the directory, and nothing that came after it.
Scenario lagging() {
  return drill(
      2, 28s,
      {.id = "ZK-SC14",
       .name = "lagging",
       .title = "one of the servers lags behind, and somebody is connected to it",
       .look_for = "whoever has seen more is refused there, and goes on to the next",
       .script =
           {"when s1 emits ZnodeCreated path=/locks/job hold s1->s2 Proposal,Commit,NewLeader",
            "after 13s heal"},
       .properties = safety_and({"ZK-L1", "ZK-L8", "ZK-W2"}),
       .cast = [](const Players& implementation, unsigned nodes) {
         auto all = clients(nodes, 400ms, {.first_after = 60ms});
         all[0].rounds = 2;
         all[0].pause_between = rest;
         return tasked_cast(implementation, all);
       }});
}

// Cut off, but not from each other, which means nothing to them.
Scenario left_waiting() {
  return drill(
      4, 26s,
      {.id = "ZK-SC15",
       .name = "left-waiting",
       .title = "two waiters are cut off until their sessions have ended; one of them gives up",
       .look_for = "the same round, another session, another znode, and no second Requested",
       .script = {"500ms split n2,n4|n1,n3,s1,s2,s3,r1", "after 8500ms heal"},
       .properties = safety_and({"ZK-L1", "ZK-L8", "ZK-W2", "ZK-W7"}),
       .cast = [](const Players& implementation, unsigned nodes) {
         auto all = clients(nodes, 40ms, {.first_after = 60ms, .increments = 0, .work = 100ms});
         all[0].work = 12s;
         all[3].acquire_timeout = 3s;
         return mixed_cast(implementation, all, {1, 3});
       }});
}

Scenario short_lived() {
  return drill(2, 18s,
               {.id = "ZK-SC16",
                .name = "short-lived",
                .title = "the directory goes whenever nobody has been in it for a moment",
                .look_for = "a directory that has gone is made again, and tokens go on growing",
                .properties = safety_and({"ZK-L1", "ZK-L8", "ZK-W2", "ZK-W9"}),
                .cast = [](const Players& implementation, unsigned nodes) {
                  auto all = clients(nodes, 2500ms, {.rounds = 2, .pause_between = 4s});
                  return tasked_cast(implementation, all, {.container_check = 1s});
                }});
}

Scenario election() {
  return drill(2, 20s,
               {.id = "ZK-SC17",
                .name = "election",
                .title = "the leader of the ensemble, and server of the owner, crashes",
                .look_for = "nobody loses the lock, and nobody works while it is suspect",
                .script = {"when n1 emits Acquired say s1 will crash", "after 300ms crash s1",
                           "after 5s restart s1"},
                .properties = safety_and({"ZK-L1", "ZK-L7", "ZK-L8", "ZK-W2", "ZK-W8"}),
                .cast = [](const Players& implementation, unsigned nodes) {
                  auto all = clients(nodes, 40ms, {.first_after = 60ms});
                  all[0].increments = 8;
                  all[0].work = 400ms;
                  return tasked_cast(implementation, all);
                }});
}

// The server of the owner follows: it lives, and says that it cannot serve.
Scenario leaderless() {
  return drill(2, 20s,
               {.id = "ZK-SC23",
                .name = "leaderless",
                .title = "the leader crashes, and a server that followed it closes its connections",
                .look_for = "told so, the owner asks the resource for nothing until it has looked",
                .script = {"when n2 emits Acquired say s1 will crash", "after 300ms crash s1",
                           "after 5s restart s1"},
                .properties = safety_and({"ZK-L1", "ZK-L7", "ZK-L8", "ZK-W2", "ZK-W8"}),
                .cast = [](const Players& implementation, unsigned nodes) {
                  auto all = clients(nodes, 40ms, {.first_after = 60ms});
                  std::swap(all[0].first_after, all[1].first_after);
                  all[1].increments = 16;
                  all[1].work = 200ms;
                  return tasked_cast(implementation, all);
                }});
}

Scenario holding() {
  return drill(2, 22s,
               {.id = "ZK-SC18",
                .name = "holding",
                .title = "two hold the lock in turn, and ask the resource for nothing",
                .look_for = "pings keep the session, and the lock goes to and fro",
                .properties = safety_and({"ZK-L1", "ZK-L2", "ZK-L8", "ZK-W2"}),
                .cast = [](const Players& implementation, unsigned nodes) {
                  auto all = clients(nodes, 40ms,
                                     {.first_after = 60ms,
                                      .rounds = 2,
                                      .pause_between = rest,
                                      .increments = 0,
                                      .work = 1500ms});
                  return tasked_cast(implementation, all);
                }});
}

// A reader looks at the queue when a writer stands behind it already.
Scenario read_between_writes() {
  return drill(4, 14s,
               {.id = "ZK-SC19",
                .name = "read-between-writes",
                .title = "a reader waits behind one writer, and another writer behind the reader",
                .look_for = "nobody waits for whoever came later",
                .properties = safety_and({"ZK-L1", "ZK-W2"}),
                .cast = [](const Players& implementation, unsigned nodes) {
                  auto all = clients(nodes, 40ms, {.kind = LockKind::write, .first_after = 60ms});
                  all[0].work = 400ms;
                  all[1].kind = all[3].kind = LockKind::read;
                  return tasked_cast(implementation, all);
                }});
}

// Longer than a client waits for an answer: it asks again, and is answered twice.
Scenario slow_answers() {
  return drill(2, 12s,
               {.id = "ZK-SC20",
                .name = "slow-answers",
                .title = "the resource answers so late that everything is asked twice",
                .look_for = "an answer is to one question, and the second to it is to none",
                .script = {"slow r1->n1 330ms", "slow r1->n2 330ms"},
                .properties = safety_and({"ZK-W2", "ZK-W3"}),
                .cast = [](const Players& implementation, unsigned nodes) {
                  return tasked_cast(implementation,
                                     clients(nodes, 40ms, {.rounds = 2, .increments = 3}));
                }});
}

Scenario lost_event() {
  return drill(3, 14s,
               {.id = "ZK-SC21",
                .name = "lost-event",
                .title = "a waiter is told once, and then not, though its connection lives",
                .look_for = "a ping counts one event more than has come: the waiter looks again",
                .script = {"1s drop *->n3 100% WatchedEvent", "6s heal"},
                .properties = safety_and({"ZK-L1", "ZK-L8", "ZK-W2", "ZK-W7"}),
                .cast = [](const Players& implementation, unsigned nodes) {
                  auto all =
                      clients(nodes, 40ms, {.first_after = 60ms, .increments = 0, .work = 100ms});
                  all[0].work = 3s;
                  all[1].acquire_timeout = 600ms;
                  return mixed_cast(implementation, all, {1, 2});
                }});
}

// Events are counted for each connection: the one that had come over the first does not stand in
// for the one that is lost on the second.
Scenario lost_again() {
  return drill(3, 17s,
               {.id = "ZK-SC22",
                .name = "lost-again",
                .title = "a waiter is told once, connects to another server, and is not told there",
                .look_for = "the count of events begins anew with the connection",
                .script = {"1s drop n3<->s3 100%", "5s drop s1->n3 100% WatchedEvent", "8s heal"},
                .properties = safety_and({"ZK-L1", "ZK-L8", "ZK-W2", "ZK-W7"}),
                .cast = [](const Players& implementation, unsigned nodes) {
                  auto all =
                      clients(nodes, 40ms, {.first_after = 60ms, .increments = 0, .work = 100ms});
                  all[0].work = 6s;
                  all[1].acquire_timeout = 600ms;
                  return mixed_cast(implementation, all, {1, 2});
                }});
}

}  // namespace

std::vector<Scenario> drills() {
  return {hand_over(),           gives_up(),     side_errand(), reconnect(),  lagging(),
          left_waiting(),        short_lived(),  election(),    leaderless(), holding(),
          read_between_writes(), slow_answers(), lost_event(),  lost_again()};
}

}  // namespace dsys::zklock
