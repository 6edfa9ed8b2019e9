// What can go wrong in a world, in words. A script is a list of steps; a step is a fault with the
// moment at which it strikes:
//
//   300ms crash n1                              at a time since the start
//   after 50ms restart n1                       after the step before it
//   when n2 emits Applied index>=3 crash n2     when something happens
//   event 120 crash n2                          at the event of that number
//   heal                                        at once, after the step before it
//
// The faults:
//   crash NODE           loses its memory            restart NODE    comes back with its disk
//   power-loss NODE      and what it did not sync    pause NODE, resume NODE
//   split A,B|C,D        groups do not hear each other; who is not named hears everybody
//   isolate NODE         split it from all others    heal            the network is whole again
//   drop LINK P% [TYPES]       lose that share       slow LINK TIME        add to the delay
//   duplicate LINK P% [TIME]   deliver again, later  reorder LINK P%       hold some back
//   hold LINK [TYPES]          keep what arrives     release LINK          deliver it now
//   lose-message         of the one that is being sent: when n1 sends RequestVote lose-message
//   repeat-message TIME  deliver it again, later     delay-message TIME  deliver it later
//   clock NODE P%        run at that speed           clock NODE +-TIME     the date jumps
//   fire NODE TIMER      let a timer expire now      say WORDS             tell the reader
//   random N [KINDS] [until TIME]      N faults drawn from the seed, all mended by TIME
//
// NODE is a name such as n1, `*` for all, or a role that the problem knows, such as `leader`.
// LINK is n1->n2 or n1<->n2.
#pragma once

#include "common/core/random.hpp"
#include "common/core/time.hpp"
#include "common/trace/event.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dsys::sim {

enum class FaultKind : std::uint8_t {
  crash,
  restart,
  power_loss,
  pause,
  resume,
  split,
  isolate,
  heal,
  drop,
  slow,
  duplicate,
  reorder,
  hold,
  release,
  lose_message,
  repeat_message,
  delay_message,
  clock_rate,
  clock_jump,
  fire,
  say,
  random,
};

struct LinkName {
  std::string from;
  std::string to;
  bool both_ways = false;

  bool operator==(const LinkName&) const = default;
};

struct Fault {
  FaultKind kind{};
  std::string node;
  LinkName link;
  std::vector<std::vector<std::string>> groups;
  int percent = 0;
  int count = 0;
  Duration duration{};
  std::vector<std::string> types;  // message types, a timer, or kinds of random faults
  std::string text;                // as written

  bool operator==(const Fault&) const = default;
};

struct Condition {
  enum class Comparison : std::uint8_t { equal, at_least, at_most };

  std::string field;
  Comparison comparison{};
  std::string value;

  bool operator==(const Condition&) const = default;
};

// Something that happens: "n2 emits Applied index>=3", "n1 sends RequestVote to n2".
struct Pattern {
  std::string node;  // empty: any
  EventKind kind{};
  std::string type;  // empty: any
  std::string peer;  // empty: any
  std::vector<Condition> conditions;

  bool operator==(const Pattern&) const = default;
};

struct Trigger {
  enum class Kind : std::uint8_t { at_once, at, after, when, event };

  Kind kind{};
  Duration duration{};
  Pattern pattern{};
  std::uint64_t number = 0;  // of the event

  bool operator==(const Trigger&) const = default;
};

struct Step {
  Trigger trigger;
  Fault fault;

  bool operator==(const Step&) const = default;
};

// Throws UsageError with one line that says what would be right.
Step parse_step(std::string_view text);

// What a world offers to faults: names that a step may use. A step that names anything else is
// refused before the run, with UsageError.
struct Vocabulary {
  using Types = std::map<std::string, std::vector<std::string>>;  // with the names of their fields

  std::vector<std::string> nodes;
  std::vector<std::string> roles;
  Types messages;
  Types timers;
  Types outputs;
  Types records;
};

void check_words(const Step& step, const Vocabulary& vocabulary);

// Kinds of faults that `random` may draw.
std::span<const std::string_view> drawable_kinds();

// Replaces a `random` step by steps at random times, each with its remedy, for the given nodes.
std::vector<Step> draw_faults(const Fault& random_fault, std::span<const std::string> nodes,
                              Duration length, Random& random);

}  // namespace dsys::sim
