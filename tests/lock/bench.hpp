// One node with a context around it: set, act once, look at the effects.
#pragma once

#include "problems/lock/messages.hpp"
#include "tests/problem/names.hpp"

#include <chrono>
#include <optional>
#include <span>
#include <utility>
#include <variant>
#include <vector>

namespace dsys::lock {

template <typename Value>
class Bench {
 public:
  Bench(NodeId self, Value value) : node(std::move(value)), self_(self) { start({}); }

  void start(const std::vector<LockProtocol::Record>& disk) {
    act([&](LockContext& context) { node.on_start(context, disk); });
  }
  void deliver(NodeId from, const LockProtocol::Message& message) {
    act([&](LockContext& context) { node.on_message(context, from, message); });
  }
  void expire(const LockProtocol::Timer& timer) {
    act([&](LockContext& context) { node.on_timer(context, timer); });
  }

  // All messages of that type among the effects of the last act.
  template <typename Message>
  std::vector<Message> all_sent() const {
    std::vector<Message> all;
    for (const auto& effect : effects) {
      const auto* const sent = std::get_if<Send<LockProtocol>>(&effect);
      const auto* const one = sent == nullptr ? nullptr : std::get_if<Message>(&sent->message);
      if (one != nullptr) all.push_back(*one);
    }
    return all;
  }
  template <typename Message>
  std::optional<Message> sent() const {
    const auto all = all_sent<Message>();
    return all.empty() ? std::nullopt : std::optional(all.front());
  }
  template <typename Output>
  std::optional<Output> emitted() const {
    for (const auto& effect : effects) {
      const auto* const emit = std::get_if<Emit<LockProtocol>>(&effect);
      const auto* const one = emit == nullptr ? nullptr : std::get_if<Output>(&emit->output);
      if (one != nullptr) return *one;
    }
    return std::nullopt;
  }
  // What was written so far, in order.
  const std::vector<LockProtocol::Record>& disk() const { return disk_; }

  Value node;
  Time now{};
  WallTime wall_clock{std::chrono::hours{24} * 365 * 56};
  Effects<LockProtocol> effects;

 private:
  template <typename Act>
  void act(Act&& what) {
    effects.clear();
    const Moment moment{.self = self_, .now = now, .wall_clock = wall_clock};
    LockContext context(moment, random_, effects);
    what(context);
    for (const auto& effect : effects) {
      const auto* const write = std::get_if<Write<LockProtocol>>(&effect);
      if (write != nullptr) disk_.push_back(write->record);
    }
  }

  NodeId self_;
  Random random_{1};
  std::vector<LockProtocol::Record> disk_;
};

}  // namespace dsys::lock
