#include "problems/lock/parts.hpp"
#include "problems/lock/scenarios/cast.hpp"

#include <vector>

namespace dsys::lock {
namespace {

using search::TimerBound;

// Clients come at any moment, and work takes any time.
const TimerBound any_start{.type = "NextRound", .most = 3, .early = true};
const TimerBound any_work{.type = "WorkDone", .most = 3, .early = true};

// The store may end a lease at any moment: no clock says how long ago it was kept alive. So a
// client whose lease has ended may be at work still, as if it had been paused.
constexpr TimerBound ends_of_leases(unsigned most) {
  return {.type = "LeaseExpiry", .most = most, .early = true};
}

Cast plain(const Players& implementation, unsigned nodes) {
  return cast_of(implementation, clients(nodes, 0ms));
}

const Ids safety{"LK-S1", "LK-S2", "LK-S3", "LK-S4", "LK-S5", "LK-S7", "LK-S8"};

Exploration contention() {
  return {.name = "contention",
          .title = "two clients want the lock at any moment",
          .nodes = 2,
          .cast = plain,
          .properties = {"LK-S1", "LK-S2", "LK-S3", "LK-S4", "LK-S7", "LK-S8"},
          .timers = {any_start, any_work},
          .faults = {}};
}

Exploration lost_reply() {
  return {.name = "lost-reply",
          .title = "two clients want the lock; a message is lost, and its sender asks again",
          .nodes = 2,
          .cast = plain,
          .properties = safety,
          .timers = {any_start, any_work, {.type = "RequestTimeout", .most = 2}},
          .faults = {.losses = 1}};
}

// n1 owns the lock and n2 waits; n1 has shown its token.
const search::Opening owner_and_waiter{"fire n1 NextRound", "settle", "fire n2 NextRound",
                                       "settle"};

Exploration expiry() {
  return {.name = "expiry",
          .title = "n1 owns the lock, n2 waits; one of their leases ends while they go on",
          .nodes = 2,
          .cast = plain,
          .properties = {"LK-S1", "LK-S3", "LK-S4", "LK-S5", "LK-S7"},
          .timers = {any_start, any_work, ends_of_leases(1)},
          .faults = {},
          .opening = owner_and_waiter};
}

Exploration zombie() {
  return {.name = "zombie",
          .title = "n1 owns the lock, n2 waits; a lease ends, and late requests reach the resource",
          .nodes = 2,
          .cast = plain,
          .properties = {"LK-S2", "LK-S8"},
          .timers = {any_start, any_work, ends_of_leases(1)},
          .faults = {},
          .opening = owner_and_waiter};
}

Exploration storm() {
  return {.name = "storm",
          .title =
              "n1 owns the lock, n2 and n3 wait; two clients may crash, two leases end, and a "
              "message is lost",
          .cast = plain,
          .properties = safety,
          .timers = {any_start, any_work, ends_of_leases(2), {.type = "RequestTimeout", .most = 1}},
          .faults = {.crashes = 2, .losses = 1},
          .opening = {"fire n1 NextRound", "settle", "fire n2 NextRound", "settle",
                      "fire n3 NextRound", "settle"},
          .depth = 12};
}

}  // namespace

std::vector<Exploration> explorations() {
  return {contention(), lost_reply(), expiry(), zombie(), storm()};
}

}  // namespace dsys::lock
