// Every fault at every moment: a run is made once as it is, and then again for each place in it
// where a fault can matter to a node under test, with exactly that fault. A mistake shows in one of
// them without anybody having thought of it.
//
// Which runs there are depends on the events of the first run only: whoever behaves the same is
// tried the same, on every machine.
#pragma once

#include "common/trace/event.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dsys::check {

// What can go wrong at a place.
enum class Mishap : std::uint8_t {
  lost,        // a message is lost,
  repeated,    // or arrives again when it is no longer expected,
  late,        // or arrives only then
  crash,       // a node crashes before it handles an input,
  power_loss,  // or loses power right after an effect; both for longer than the others wait
  blackout,    // loses power right after an effect, and is back at once
  pause,       // does nothing for longer than the others wait, and does not know
  cut_off,     // hears nobody for so long, and nobody hears it
  broken_off,  // two do not hear each other for so long, from this message on
};

std::string_view to_string(Mishap mishap);
std::vector<Mishap> all_mishaps();

// How long things take in a problem that others give up on, and how long it takes to be back at
// once.
struct Patience {
  Duration long_time{};
  Duration short_time = 10ms;
  // Messages travel on connections: these break, and what is lost is lost with one. Only then is
  // anything broken off.
  bool has_connections = false;
};

// A moment of a run at which a fault can matter.
struct Place {
  std::uint64_t event = 0;
  Time time{};
  EventKind kind{};
  NodeId node{};  // under test, unless it is a send to one
  NodeId peer{};  // of a send

  bool operator==(const Place&) const = default;
};

// Gathers the places of a run.
template <Protocol P>
class PlaceFinder final : public Observer<P> {
 public:
  void observe(const Event<P>& event) override {
    const bool is_message = event.kind == EventKind::send;
    const bool concerns = is_under_test(event.node) || (is_message && is_under_test(event.peer));
    if (concerns && matters(event.kind)) {
      places_.push_back({.event = event.number,
                         .time = event.time,
                         .kind = event.kind,
                         .node = event.node,
                         .peer = event.peer});
    }
  }

  std::vector<Place> take() { return std::move(places_); }

 private:
  static bool matters(EventKind kind) {
    switch (kind) {
      case EventKind::deliver:
      case EventKind::timer:
      case EventKind::send:
      case EventKind::write:
      case EventKind::sync:
      case EventKind::emit:
        return true;
      default:
        return false;
    }
  }

  std::vector<Place> places_;
};

// One fault at one place: what to add to the run, as for `--fault`.
struct Misfortune {
  Mishap mishap{};
  std::vector<std::string> faults;
  std::string sentence{};  // "n1 loses power right after event 63, at 210ms, for 500ms"
};

// All of these kinds at all places, mishap by mishap, each in the order of the run.
std::vector<Misfortune> misfortunes(std::span<const Place> places, std::span<const Mishap> mishaps,
                                    const Patience& patience);

// So many of each mishap, spread evenly over the run; all if there are no more.
std::vector<Misfortune> spread(const std::vector<Misfortune>& all, std::size_t most);

}  // namespace dsys::check
