// A learner's program as a node of a search. One process plays a seat for the whole search: it
// gives its state with each answer, and is handed the state that the next event comes to.
//
// Each different state is kept once and has a number. The node is that number: copied in no time,
// and equal exactly when the states are. States are compared as JSON with its members in order.
#pragma once

#include "common/bridge/process_node.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace dsys::bridge {

// One process and the states in which it has been. Asked by one thread at a time.
template <Protocol P>
class Seat {
 public:
  using Names = std::vector<NodeId>;

  Seat(std::shared_ptr<const Player> player, std::shared_ptr<const Names> nodes, std::string config)
      : player_(std::move(player)), nodes_(std::move(nodes)), config_(std::move(config)) {}

  // Where the node is after an event that came to `state` (none: it starts).
  std::uint32_t ask(Context<P>& context, std::string line, std::optional<std::uint32_t> state) {
    if (!talk_) introduce(context);
    if (state) line = with_state(std::move(line), *texts_[*state]);
    const Json answer = talk_->ask(line, context.effects());
    const Json* const next = find_member(answer, "state");
    if (next == nullptr) {
      talk_->fail(
          "cannot be explored: its answers carry no \"state\"; a program is explored only if it "
          "can be put back into a state that it was in (the libraries of the kits do this by "
          "themselves)",
          line);
    }
    return number_of(next->dump(), line);
  }

 private:
  void introduce(const Context<P>& context) {
    talk_.emplace(*player_, Introduction{.self = context.self(),
                                         .nodes = *nodes_,
                                         .role = player_->role,
                                         .config = config_,
                                         .seed = context.seed(),
                                         .wall_clock = context.wall_clock(),
                                         .wants_state = true});
  }

  std::uint32_t number_of(std::string text, const std::string& line) {
    const auto [known, is_new] =
        numbers_.emplace(std::move(text), static_cast<std::uint32_t>(texts_.size()));
    if (!is_new) return known->second;
    texts_.push_back(&known->first);
    size_ += known->first.size();
    if (size_ > player_->limits.memory_max) {
      talk_->fail(fmt::format("cannot be explored: its {} different states take more than {} bytes",
                              texts_.size(), player_->limits.memory_max),
                  line);
    }
    return known->second;
  }

  std::shared_ptr<const Player> player_;
  std::shared_ptr<const Names> nodes_;
  std::string config_;
  std::optional<Talk<P>> talk_;
  std::unordered_map<std::string, std::uint32_t> numbers_;
  std::deque<const std::string*> texts_;  // a map's keys stay where they are
  std::uint64_t size_ = 0;                // of all texts
};

template <Protocol P>
class StatefulNode final : public Node<P> {
 public:
  using typename Node<P>::Message;
  using typename Node<P>::Timer;
  using typename Node<P>::Record;

  explicit StatefulNode(std::shared_ptr<Seat<P>> seat, std::optional<std::uint32_t> state = {})
      : seat_(std::move(seat)), state_(state) {}

  void on_start(Context<P>& context, std::span<const Record> disk) override {
    state_ = seat_->ask(context, start_line<P>(context, disk), std::nullopt);
  }
  void on_message(Context<P>& context, NodeId from, const Message& message) override {
    state_ = seat_->ask(context, message_line<P>(context, from, message), state_);
  }
  void on_timer(Context<P>& context, const Timer& timer) override {
    state_ = seat_->ask(context, timer_line<P>(context, timer), state_);
  }
  std::unique_ptr<Node<P>> clone() const override {
    return std::make_unique<StatefulNode>(seat_, state_);
  }
  void encode_to(std::string& out) const override { encode(out, state_); }

 private:
  std::shared_ptr<Seat<P>> seat_;
  std::optional<std::uint32_t> state_;  // none before the first start
};

// Makes nodes that are played by a program and can be explored: one of these for each search, as
// with process_implementation.
template <Protocol P>
auto stateful_implementation(std::shared_ptr<const Player> player) {
  return [player = std::move(player), nodes = std::make_shared<std::vector<NodeId>>()](
             NodeId self, const typename P::Config& config) -> NodeFactory<P> {
    nodes->push_back(self);
    std::string text;
    append_json(text, value_of(config));
    const auto seat = std::make_shared<Seat<P>>(player, nodes, text);
    return [seat]() -> std::unique_ptr<Node<P>> { return std::make_unique<StatefulNode<P>>(seat); };
  };
}

}  // namespace dsys::bridge
