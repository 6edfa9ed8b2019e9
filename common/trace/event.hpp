// What happened in a run: the one record that observers, properties and traces see.
#pragma once

#include "common/core/context.hpp"
#include "common/core/node_id.hpp"
#include "common/core/time.hpp"

#include <cstdint>
#include <string_view>
#include <variant>

namespace dsys {

enum class EventKind : std::uint8_t {
  start,       // a node begins for the first time
  restart,     // a node comes back after a crash, with what its disk kept
  crash,       // a node loses its memory and keeps its disk
  power_loss,  // a node loses its memory, and what it did not sync
  deliver,     // a message reaches a node
  timer,       // a timer expires
  send,        // a message leaves
  lose,        // a message is lost; the text says why
  set_timer,   // a timer is set, or set again
  cancel_timer,
  write,  // a record is appended to the disk
  sync,   // the disk has everything written so far
  emit,   // an output: what the outside may judge
  note,   // a sentence of a node for the reader
  fault,  // a sentence of the world: what was done to the nodes or the network
};

std::string_view to_string(EventKind kind);

// The pointers are valid only while an observer is called. Which of them is set follows from the
// kind: `message` for deliver, send and lose, `timer` for the timer kinds, `record` for write,
// `output` for emit, `text` for note, fault and lose.
template <Protocol P>
struct Event {
  std::uint64_t number = 0;  // from 1, without gaps
  Time time{};               // the world's time, not the node's clock
  EventKind kind{};
  NodeId node{};  // where it happened; the sender of a send
  NodeId peer{};  // the other end of a message
  const typename P::Message* message = nullptr;
  const typename P::Timer* timer = nullptr;
  const typename P::Record* record = nullptr;
  const typename P::Output* output = nullptr;
  std::string_view text;
  // Of fault events: who can work together now. A node counts if it is up, not paused, and no
  // fault touches its links within the group; a slow clock does not count against it.
  unsigned connected_servers = 0;  // the largest such group of the nodes under test
  bool clients_connected = true;   // every client reaches every node under test
};

template <Protocol P>
class Observer {
 public:
  Observer() = default;
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;
  virtual ~Observer() = default;

  virtual void observe(const Event<P>& event) = 0;
};

// The alternative that the event carries, or null: `if (const auto* vote =
// message_of<Vote>(event))`.
template <typename Alternative, Protocol P>
const Alternative* message_of(const Event<P>& event) {
  return event.message == nullptr ? nullptr : std::get_if<Alternative>(event.message);
}

template <typename Alternative, Protocol P>
const Alternative* output_of(const Event<P>& event) {
  return event.output == nullptr ? nullptr : std::get_if<Alternative>(event.output);
}

}  // namespace dsys
