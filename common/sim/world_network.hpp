// How the messages of a world leave, travel and arrive.
// Included by world.hpp only.
#pragma once

#include "common/sim/world.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dsys::sim {

// What has left travels on, even if a script fells the sender at this very event.
template <Protocol P>
void World<P>::send(Seat& seat, NodeId to_id, Message message) {
  ++counts_.sends;
  const std::uint32_t from = index_of(seat);
  const std::uint32_t to = seat_index(to_id);
  Leaving leaving;
  if (watched_) {
    Leaving* const other = std::exchange(leaving_, &leaving);
    happen({.kind = EventKind::send, .node = seat.id, .peer = to_id, .message = &message});
    leaving_ = other;
  }
  if (to == no_seat) throw_unknown(seat.id, to_id);
  LinkState& state = network_.link_of(from, to);
  const Link& link = state.link;
  if (!network_.connected(from, to)) return lose(seat.id, to_id, message, "the network is split");
  const Duration delay = link.delay.draw(state.random) + link.extra + leaving.extra;
  const bool lost = state.random.chance(link.loss_percent);
  if (leaving.is_lost || (lost && link.loses(type_of(message)))) {
    return lose(seat.id, to_id, message, "lost on the way");
  }
  Duration held_back{};
  if (state.random.chance(link.reorder_percent)) {
    held_back = state.random.between(Duration{0}, 10 * std::max(link.delay.high, Duration{1ms}));
  }
  if (state.random.chance(link.duplicate_percent)) {
    const Duration second = state.random.between(Duration{0}, link.duplicate_spread);
    launch(from, to, message, delay + held_back + second);
  }
  if (leaving.again_after) launch(from, to, message, delay + held_back + *leaving.again_after);
  launch(from, to, std::move(message), delay + held_back);
}

template <Protocol P>
void World<P>::throw_unknown(NodeId sender, NodeId to) const {
  std::string names;
  for (const Seat& seat : seats_) names += (names.empty() ? "" : ", ") + to_string(seat.id);
  throw NodeFailure(sender,
                    "sends to " + to_string(to) + ", which does not exist; there are " + names);
}

template <Protocol P>
void World<P>::launch(std::uint32_t from, std::uint32_t to, Message message, Duration delay) {
  std::uint32_t flight = 0;
  if (free_flights_.empty()) {
    flight = static_cast<std::uint32_t>(flights_.size());
    flights_.push_back({from, to, std::move(message)});
  } else {
    flight = free_flights_.back();
    free_flights_.pop_back();
    flights_[flight] = {from, to, std::move(message)};
  }
  ++in_flight_count_;
  queue_.push(now_ + delay, ItemKind::arrival, to, flight);
}

template <Protocol P>
void World<P>::release_flight(std::uint32_t flight) {
  free_flights_.push_back(flight);
  --in_flight_count_;
}

template <Protocol P>
void World<P>::lose(NodeId from, NodeId to, const Message& message, std::string_view why) {
  if (!watched_) return;
  happen({.kind = EventKind::lose, .node = to, .peer = from, .message = &message, .text = why});
}

template <Protocol P>
void World<P>::lose_flight(std::uint32_t flight, std::string_view why) {
  const Flight lost = std::move(flights_[flight]);
  release_flight(flight);
  lose(seats_[lost.from].id, seats_[lost.to].id, lost.message, why);
}

template <Protocol P>
void World<P>::arrive(std::uint32_t flight) {
  const std::uint32_t from = flights_[flight].from;
  const std::uint32_t to = flights_[flight].to;
  LinkState& state = network_.link_of(from, to);
  if (state.link.held && state.link.holds(type_of(flights_[flight].message))) {
    state.parked.push_back(flight);
    return;
  }
  if (!network_.connected(from, to)) return lose_flight(flight, "the network is split");
  Seat& seat = seats_[to];
  if (seat.node == nullptr) return lose_flight(flight, "the node is down");
  if (is_free(seat)) {
    deliver(seat, flight);
  } else {
    seat.waiting.push_back({.flight = flight});
  }
}

template <Protocol P>
void World<P>::arrive_again(const std::vector<std::uint32_t>& flights) {
  for (const std::uint32_t flight : flights) {
    queue_.push(now_, ItemKind::arrival, flights_[flight].to, flight);
  }
}

}  // namespace dsys::sim
