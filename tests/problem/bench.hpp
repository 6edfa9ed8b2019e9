// One node with a context around it: set, act once, look at the effects.
#pragma once

#include "common/core/node.hpp"
#include "tests/problem/names.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace dsys {

template <Protocol P, typename Value>
class Bench {
 public:
  explicit Bench(Value value = {}, NodeId self = n1) : node(std::move(value)), self_(self) {}

  void start(const std::vector<typename P::Record>& disk = {}) {
    act([&](Context<P>& context) { node.on_start(context, disk); });
  }
  void deliver(NodeId from, const typename P::Message& message) {
    act([&](Context<P>& context) { node.on_message(context, from, message); });
  }
  void expire(const typename P::Timer& timer) {
    act([&](Context<P>& context) { node.on_timer(context, timer); });
  }

  // The first message of that type among the effects of the last act.
  template <typename Message>
  std::optional<Message> sent(std::optional<NodeId> to = {}) const {
    const auto all = all_sent<Message>(to);
    return all.empty() ? std::nullopt : std::optional(all.front());
  }
  template <typename Message>
  std::vector<Message> all_sent(std::optional<NodeId> to = {}) const {
    std::vector<Message> all;
    for (const auto& effect : effects) {
      const auto* const send = std::get_if<Send<P>>(&effect);
      if (send == nullptr || (to && send->to != *to)) continue;
      if (const auto* const message = std::get_if<Message>(&send->message)) all.push_back(*message);
    }
    return all;
  }
  // The first output of that type.
  template <typename Output>
  std::optional<Output> emitted() const {
    for (const auto& effect : effects) {
      const auto* const emit = std::get_if<Emit<P>>(&effect);
      if (emit == nullptr) continue;
      if (const auto* const output = std::get_if<Output>(&emit->output)) return *output;
    }
    return std::nullopt;
  }
  // For how long a timer of that type was set last.
  template <typename Timer>
  std::optional<Duration> timer_set() const {
    std::optional<Duration> after;
    for (const auto& effect : effects) {
      const auto* const set = std::get_if<SetTimer<P>>(&effect);
      if (set != nullptr && std::holds_alternative<Timer>(set->timer)) after = set->after;
    }
    return after;
  }
  // Of the first effect of that kind; the number of effects if there is none.
  template <typename Kind>
  std::size_t place_of() const {
    std::size_t place = 0;
    while (place < effects.size() && !std::holds_alternative<Kind>(effects[place])) ++place;
    return place;
  }

  Value node;
  Effects<P> effects;
  Time now{1s};
  WallTime wall_clock{};

 private:
  template <typename Act>
  void act(Act&& one) {
    effects.clear();
    const Moment moment{.self = self_, .now = now, .wall_clock = wall_clock};
    Random random(1);
    Context<P> context(moment, random, effects);
    one(context);
  }

  NodeId self_;
};

}  // namespace dsys
