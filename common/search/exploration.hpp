// What a search explores: who takes part, from where on, what may go wrong and how often, and what
// is judged. Within these bounds every order is tried.
#pragma once

#include "common/sim/scenario.hpp"

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace dsys::search {

// Timers of a type may expire so many times in all. Without `early` only when no message is under
// way, which is what happens when timeouts are much longer than messages take; with it at any
// moment, which is what a slow network or a stalled process comes to.
struct TimerBound {
  std::string_view type;  // ElectionTimeout; a type that is not named never expires
  unsigned most = 1;
  bool early = false;
};

// Up to 15 of each. Only nodes under test (n1, n2, ...) fail; they may always come back.
struct FaultBounds {
  unsigned crashes = 0;       // the memory is lost, the disk stays as written
  unsigned power_losses = 0;  // and what was not synced is lost too
  unsigned losses = 0;        // of messages
  unsigned duplicates = 0;    // messages that arrive and stay under way
  unsigned waits = 0;         // a long time passes for one node, and nothing reaches it
};

// Taken before the search begins, so that it starts from there and not from nothing.
//   "fire n1 ElectionTimeout", "crash n1", "power-loss n1", "restart n1", "wait n1"
//   "deliver n1->n2", "lose n1->n2": the oldest message under way between the two
//   "settle": messages are delivered in the order in which they were sent, until none is left
//   "settle but AppendEntries": the same, but those of this type stay under way
//   "lose AppendEntries": all of this type that are under way, if there are any
// Whoever settles and loses by types assumes nothing of how many messages a node takes, and when.
using Opening = std::vector<std::string_view>;

// What a search does not follow because something else comes to the same.
struct Reductions {
  bool orders = true;  // of two deliveries to different nodes: one, if both lead to one state
  bool names = true;   // of symmetric nodes: states are one that are equal up to their names
};

// The declaration that nodes are symmetric is not true; the text says what shows it.
class Asymmetry : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

template <Protocol P>
struct Exploration {
  std::string_view name;   // elections
  std::string_view title;  // one line: what is tried
  unsigned nodes = 3;
  std::vector<sim::Participant<P>> (*cast)(const sim::Implementation<P>& implementation,
                                           unsigned nodes) = nullptr;
  std::vector<std::string_view> properties;  // ids of what is judged: `always` only
  std::vector<TimerBound> timers;            // at most 8 types
  FaultBounds faults;
  Opening opening{};
  std::uint32_t depth = UINT32_MAX;  // events after the opening
  std::size_t in_flight_most = 24;   // states with more messages under way are not followed
  // At most five nodes that play the same part, so that a state in which they have each other's
  // names is the same again. That they do is seen in the search: where it is not so, it goes on
  // without. A node must not heed the order in which it lists them all.
  std::vector<NodeId> symmetric{};
};

// What may happen how often: "2 ElectionTimeout at any moment, 1 crash; 12 steps".
std::string bounds_text(const std::vector<TimerBound>& timers, const FaultBounds& faults,
                        std::uint32_t depth, const std::vector<NodeId>& symmetric);

}  // namespace dsys::search
