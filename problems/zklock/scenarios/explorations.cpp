// The ensemble is as small as it can be: one server, which leads itself, or two, if one has to lag
// behind. A change of the leader is for the scenarios.
#include "problems/zklock/parts.hpp"

#include "problems/zklock/scenarios/cast.hpp"

#include <utility>
#include <vector>

namespace dsys::zklock {
namespace {

using search::TimerBound;

// Clients come at any moment, and work takes any time.
const TimerBound any_start{.type = "NextRound", .most = 3, .early = true};
const TimerBound any_work{.type = "WorkDone", .most = 3, .early = true};

// The ensemble may end a session at any moment: no clock says how long ago it was heard of. So a
// client whose session has ended may be at work still, as if it had been paused.
constexpr TimerBound ends_of_sessions(unsigned most) {
  return {.type = "SessionExpiry", .most = most, .early = true};
}

// A client without an answer takes its connection for lost, and connects again.
constexpr TimerBound lost_connections(unsigned most) {
  return {.type = "RequestTimeout", .most = most};
}
constexpr TimerBound connections_again(unsigned most) {
  return {.type = "ReconnectPause", .most = most};
}

const LockConfig one_server{.servers = {node_id('s', 1)}};

Cast alone(const Players& implementation, const std::vector<LockConfig>& all) {
  return cast_of(implementation, all, one_server);
}

Cast plain(const Players& implementation, unsigned nodes) {
  return alone(implementation, clients(nodes, 0ms, one_server));
}

const Ids safety{"ZK-S1", "ZK-S2", "ZK-S3", "ZK-S4", "ZK-S6", "ZK-S7"};

const search::Opening led{"fire s1 ElectionTimeout", "settle"};

Exploration contention() {
  return {.name = "contention",
          .title = "two clients want the lock at any moment",
          .nodes = 2,
          .cast = plain,
          .properties = safety,
          .timers = {any_start, any_work},
          .faults = {},
          .opening = led};
}

Exploration lost_message() {
  return {
      .name = "lost-message",
      .title = "n1 owns the lock, n2 wants it; a message is lost, and its sender connects again",
      .nodes = 2,
      .cast = plain,
      .properties = safety,
      .timers = {any_start,
                 any_work,
                 lost_connections(2),
                 connections_again(2),
                 {.type = "ReadTimeout", .most = 1}},
      .faults = {.losses = 1},
      .opening = {"fire s1 ElectionTimeout", "settle", "fire n1 NextRound", "settle"}};
}

// n1 owns the lock and n2 waits; n1 has shown its token.
const search::Opening owner_and_waiter{"fire s1 ElectionTimeout", "settle",
                                       "fire n1 NextRound",       "settle",
                                       "fire n2 NextRound",       "settle"};

Exploration expiry() {
  return {.name = "expiry",
          .title = "n1 owns the lock, n2 waits; one of their sessions ends while they go on",
          .nodes = 2,
          .cast = plain,
          .properties = {"ZK-S1", "ZK-S3", "ZK-S4", "ZK-S6"},
          .timers = {any_start, any_work, ends_of_sessions(1), connections_again(3)},
          .faults = {},
          .opening = owner_and_waiter};
}

Exploration zombie() {
  return {
      .name = "zombie",
      .title = "n1 owns the lock, n2 waits; a session ends, and late requests reach the resource",
      .nodes = 2,
      .cast = plain,
      .properties = {"ZK-S2", "ZK-S7"},
      .timers = {any_start, any_work, ends_of_sessions(1), connections_again(3)},
      .faults = {},
      .opening = owner_and_waiter};
}

Exploration pause() {
  return {.name = "pause",
          .title = "n1 owns the lock, n2 waits; one of them is paused, and its connection is lost",
          .nodes = 2,
          .cast = plain,
          .properties = {"ZK-S1", "ZK-S2", "ZK-S4", "ZK-S5", "ZK-S6"},
          .timers = {any_start, any_work, {.type = "ReconnectPause", .most = 2, .early = true}},
          .faults = {.waits = 1},
          .opening = owner_and_waiter};
}

// n2 waits for a while only.
Cast impatient(const Players& implementation, unsigned nodes) {
  auto all = clients(nodes, 0ms, one_server);
  all[1].acquire_timeout = 1s;
  return alone(implementation, all);
}

const search::Opening owner_and_two_waiters{
    "fire s1 ElectionTimeout", "settle", "fire n1 NextRound", "settle",
    "fire n2 NextRound",       "settle", "fire n3 NextRound", "settle"};

Exploration give_up() {
  return {.name = "give-up",
          .title = "n1 owns the lock, n2 and n3 wait; n2 gives up at any moment",
          .cast = impatient,
          .properties = safety,
          .timers = {any_work, {.type = "AcquireTimeout", .most = 1, .early = true}},
          .faults = {},
          .opening = owner_and_two_waiters};
}

Exploration errand() {
  return {.name = "errand",
          .title = "n1 takes a second lock under the first, and n2 waits",
          .nodes = 2,
          .cast =
              [](const Players& implementation, unsigned nodes) {
                auto all = clients(nodes, 0ms, one_server);
                all[0].errand = "log";
                return alone(implementation, all);
              },
          .properties = {"ZK-S1", "ZK-S2", "ZK-S4", "ZK-S5", "ZK-S6"},
          .timers = {any_start, any_work, connections_again(1)},
          .faults = {},
          .opening = owner_and_waiter};
}

Exploration reuse() {
  return {.name = "reuse",
          .title = "two clients want the lock; its directory may be removed when it is empty",
          .nodes = 2,
          .cast = plain,
          .properties = safety,
          .timers = {any_start, any_work, {.type = "ContainerCheck", .most = 1, .early = true}},
          .faults = {},
          .opening = led};
}

// What s1 has done s2 may not know yet.
Cast of_two(const Players& implementation, unsigned nodes) {
  const LockConfig two_servers{.servers = {node_id('s', 1), node_id('s', 2)}};
  return cast_of(implementation, clients(nodes, 0ms, two_servers), two_servers);
}

Exploration next_server() {
  return {.name = "next-server",
          .title = "n1 does not wait for the answer of s1 and goes on at s2, which may lag behind",
          .nodes = 1,
          .cast = of_two,
          .properties = safety,
          .timers = {any_start,
                     any_work,
                     {.type = "RequestTimeout", .most = 1, .early = true},
                     {.type = "ReconnectPause", .most = 1, .early = true}},
          .faults = {},
          .opening = led};
}

Exploration storm() {
  return {.name = "storm",
          .title =
              "n1 owns the lock, n2 and n3 wait; two clients may crash, two sessions end, and a "
              "message is lost",
          .cast = plain,
          .properties = safety,
          .timers = {any_start, any_work, ends_of_sessions(2), lost_connections(1),
                     connections_again(2)},
          .faults = {.crashes = 2, .losses = 1},
          .opening = owner_and_two_waiters,
          .depth = 13};
}

}  // namespace

std::vector<Exploration> explorations() {
  return {contention(), lost_message(), expiry(), zombie(),      pause(),
          give_up(),    errand(),       reuse(),  next_server(), storm()};
}

}  // namespace dsys::zklock
