// One server with a context around it: set, act once, look at the effects.
#pragma once

#include "problems/raft/node.hpp"
#include "tests/problem/names.hpp"

#include <algorithm>
#include <optional>
#include <variant>
#include <vector>

namespace dsys::raft {

class Bench {
 public:
  explicit Bench(unsigned servers = 3) {
    for (unsigned i = 1; i <= servers; ++i) server.config.servers.push_back(node_id('n', i));
    server.self = n1;
  }

  void start(const std::vector<RaftProtocol::Record>& disk = {}) {
    act([&](RaftContext& context) { server.on_start(context, disk); });
  }
  void deliver(NodeId from, const RaftProtocol::Message& message) {
    act([&](RaftContext& context) { server.on_message(context, from, message); });
  }
  void expire(const RaftProtocol::Timer& timer) {
    act([&](RaftContext& context) { server.on_timer(context, timer); });
  }

  // The first message of that type among the effects of the last act.
  template <typename Message>
  std::optional<Message> sent(std::optional<NodeId> to = {}) const {
    for (const auto& effect : effects) {
      const auto* const send = std::get_if<Send<RaftProtocol>>(&effect);
      if (send == nullptr || (to && send->to != *to)) continue;
      if (const auto* const message = std::get_if<Message>(&send->message)) return *message;
    }
    return std::nullopt;
  }
  template <typename Kind>
  std::size_t place_of() const {
    const auto found = std::find_if(effects.begin(), effects.end(), [](const auto& effect) {
      return std::holds_alternative<Kind>(effect);
    });
    return static_cast<std::size_t>(found - effects.begin());
  }
  bool sets_election_timer() const {
    return std::any_of(effects.begin(), effects.end(), [](const auto& effect) {
      const auto* const set = std::get_if<SetTimer<RaftProtocol>>(&effect);
      return set != nullptr && std::holds_alternative<ElectionTimeout>(set->timer);
    });
  }

  // A log with entries of these terms, and the term of the last one.
  void give_log(const std::vector<Term>& terms) {
    for (const Term term : terms) server.log.push_back({term, Command{}});
    if (!terms.empty()) server.current_term = terms.back();
  }

  Server server;
  Effects<RaftProtocol> effects;
  Time now{1s};

 private:
  template <typename Act>
  void act(Act&& one) {
    effects.clear();
    const Moment moment{.self = n1, .now = now};
    Random random(1);
    RaftContext context(moment, random, effects);
    one(context);
  }
};

}  // namespace dsys::raft
