// The only door from a node to the world. A handler reads its own fields and asks the context for
// effects; it never touches a socket, a clock, a disk, a thread or a global.
//
// The effects of one handler are one ordered list, and the order is its meaning: a send that
// follows a sync leaves only once the disk has what was written before.
#pragma once

#include "common/core/node_id.hpp"
#include "common/core/random.hpp"
#include "common/core/time.hpp"

#include <fmt/core.h>

#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace dsys {

// A protocol names the values that its nodes exchange with the world: each is a std::variant of
// described structs.
template <typename P>
concept Protocol = requires {
  typename P::Message;  // to other nodes
  typename P::Timer;    // setting an equal timer again replaces it
  typename P::Record;   // to the node's own disk
  typename P::Output;   // to the outside: judged by properties, shown in traces
};

template <Protocol P>
struct Send {
  NodeId to{};
  typename P::Message message;
};

template <Protocol P>
struct SetTimer {
  typename P::Timer timer;
  Duration after{};
};

template <Protocol P>
struct CancelTimer {
  typename P::Timer timer;
};

template <Protocol P>
struct Write {
  typename P::Record record;
};

struct Sync {};

template <Protocol P>
struct Emit {
  typename P::Output output;
};

struct Note {
  std::string text;
};

template <Protocol P>
using Effect = std::variant<Send<P>, SetTimer<P>, CancelTimer<P>, Write<P>, Sync, Emit<P>, Note>;

template <Protocol P>
using Effects = std::vector<Effect<P>>;

// What a handler may know of the world at the moment that it runs.
struct Moment {
  NodeId self{};
  Time now{};
  WallTime wall_clock{};
  std::uint64_t seed = 0;  // of the chance of this life: since the last start
  bool notes_wanted = true;
};

template <Protocol P>
class Context {
 public:
  Context(const Moment& moment, Random& random, Effects<P>& effects)
      : moment_(moment), random_(random), effects_(effects) {}

  NodeId self() const { return moment_.self; }
  Random& random() { return random_; }

  // What `random` began with at the last start: for a node that runs elsewhere and draws there.
  std::uint64_t seed() const { return moment_.seed; }

  // The node's monotonic clock: it may run fast or slow, never back.
  Time now() const { return moment_.now; }

  // The date as this node believes it: skewed, and it may jump either way.
  WallTime wall_clock() const { return moment_.wall_clock; }

  void send(NodeId to, typename P::Message message) {
    effects_.push_back(Send<P>{to, std::move(message)});
  }

  void set_timer(typename P::Timer timer, Duration after) {
    effects_.push_back(SetTimer<P>{std::move(timer), after});
  }

  void cancel_timer(typename P::Timer timer) {
    effects_.push_back(CancelTimer<P>{std::move(timer)});
  }

  // Appends a record to the node's disk. A power loss takes it unless a sync came between.
  void write(typename P::Record record) { effects_.push_back(Write<P>{std::move(record)}); }

  void sync() { effects_.push_back(Sync{}); }

  void emit(typename P::Output output) { effects_.push_back(Emit<P>{std::move(output)}); }

  // A sentence for the reader of the trace. Formatted only when somebody reads.
  template <typename... Arguments>
  void note(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    if (!moment_.notes_wanted) return;
    effects_.push_back(Note{fmt::format(format, std::forward<Arguments>(arguments)...)});
  }

  // What was asked for so far: for whoever runs the node, and for crooked contexts.
  Effects<P>& effects() { return effects_; }

 private:
  const Moment& moment_;
  Random& random_;
  Effects<P>& effects_;
};

}  // namespace dsys
