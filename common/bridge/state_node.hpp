// A learner's program as a node of a search. One process plays a seat for the whole search: it
// gives its state with each answer, and is handed the state that the next event comes to.
//
// Each different state is kept once and has a number. The node is that number: copied in no time,
// and equal exactly when the states are. States are compared as JSON with its members in order.
//
// What the program keeps outside its state, a search mixes up. So a way that a search has found is
// gone once more by processes that each live from a start to a crash (see confirm_way).
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
  std::uint32_t ask(Context<P>& context, const std::string& line,
                    std::optional<std::uint32_t> state) {
    if (!talk_) introduce(context);
    Told* const told = is_told_ ? &tell(line, state) : nullptr;
    Json answer;
    try {
      answer = talk_->ask(state ? with_state(line, *texts_[*state]) : line, context.effects());
    } catch (const NodeFailure&) {
      talk_.reset();  // whoever goes on from another state has a new process
      throw;
    }
    if (told != nullptr) told->answer = effects_in(answer);
    const Json* const next = find_member(answer, "state");
    if (next == nullptr) {
      throw Unsearchable(
          context.self(),
          "cannot be explored: its answers carry no \"state\"; a program is explored only if it "
          "can be put back into a state that it was in (the libraries of the kits do this by "
          "themselves)",
          line);
    }
    return number_of(next->dump(), line);
  }

  // From now on, what is asked is one way from its beginning.
  void begin_way() {
    way_.clear();
    is_told_ = true;
  }

  // Throws Unsearchable unless processes that live from a start to a crash, each put only into the
  // state in which it is, answer on this way as the one did that is put back into any; and unless
  // who fails at its end also fails if nobody asks for states.
  void confirm_way() const {
    const Talked talked = talk_along(true);
    const bool has_failed = !way_.empty() && !way_.back().answer;
    if (!talked.is_same) {
      throw Unsearchable(
          introduction_.self,
          "cannot be explored: it keeps something that its \"state\" does not have; "
          "the search found a way that a program which lives through it does not go");
    }
    if (!has_failed || talk_along(false).failure) return;
    throw Unsearchable(
        introduction_.self,
        "cannot be explored: it fails when it gives its state, or is put back into one",
        talked.failure->given, talked.failure->last_words);
  }

 private:
  // An event of a way, without the state in which it comes.
  struct Told {
    std::string line;
    std::optional<std::uint32_t> state;  // none: a start
    std::optional<Json> answer{};        // its effects; none: the program failed
  };

  struct Talked {
    bool is_same = true;  // as on the way
    std::optional<NodeFailure> failure{};
  };
  Talked talk_along(bool wants_state) const {
    Introduction introduction = introduction_;
    introduction.wants_state = wants_state;
    std::optional<Talk<P>> talk;
    std::string state;
    Talked talked;
    for (const Told& one : way_) {
      try {
        if (!one.state) talk.emplace(*player_, introduction);
        Effects<P> effects;
        const bool gives_state = one.state && wants_state;
        const Json answer =
            talk->ask(gives_state ? with_state(one.line, state) : one.line, effects);
        const Json* const next = find_member(answer, "state");
        if (!one.answer || effects_in(answer) != *one.answer) talked.is_same = false;
        if (next != nullptr) state = next->dump();
      } catch (const NodeFailure& failure) {
        if (one.answer) talked.is_same = false;
        talked.failure = failure;
        break;
      }
    }
    return talked;
  }

  void introduce(const Context<P>& context) {
    introduction_ = {.self = context.self(),
                     .nodes = *nodes_,
                     .role = player_->role,
                     .config = config_,
                     .seed = context.seed(),
                     .wall_clock = context.wall_clock(),
                     .wants_state = true};
    talk_.emplace(*player_, introduction_);
  }

  // Whoever tells a way asks for an event again where it may go in several ways.
  Told& tell(const std::string& line, std::optional<std::uint32_t> state) {
    const bool is_again = !way_.empty() && way_.back().state == state && way_.back().line == line;
    return is_again ? way_.back() : way_.emplace_back(Told{.line = line, .state = state});
  }

  std::uint32_t number_of(std::string text, const std::string& line) {
    const auto [known, is_new] =
        numbers_.emplace(std::move(text), static_cast<std::uint32_t>(texts_.size()));
    if (!is_new) return known->second;
    texts_.push_back(&known->first);
    size_ += known->first.size();
    if (size_ > player_->limits.memory_max) {
      throw Unsearchable(
          introduction_.self,
          fmt::format("cannot be explored: its {} different states take more than {} bytes",
                      texts_.size(), player_->limits.memory_max),
          line);
    }
    return known->second;
  }

  std::shared_ptr<const Player> player_;
  std::shared_ptr<const Names> nodes_;
  std::string config_;
  Introduction introduction_;
  std::optional<Talk<P>> talk_;
  std::vector<Told> way_;
  bool is_told_ = false;
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

template <Protocol P>
using Seats = std::vector<std::shared_ptr<Seat<P>>>;

// Makes nodes that are played by a program and can be explored: one of these for each search, as
// with process_implementation. Their seats come to `seats`, which must live as long.
template <Protocol P>
auto stateful_implementation(std::shared_ptr<const Player> player, Seats<P>& seats) {
  return [player = std::move(player), nodes = std::make_shared<std::vector<NodeId>>(), &seats](
             NodeId self, const typename P::Config& config) -> NodeFactory<P> {
    nodes->push_back(self);
    std::string text;
    append_json(text, value_of(config));
    const auto seat = std::make_shared<Seat<P>>(player, nodes, text);
    seats.push_back(seat);
    return [seat]() -> std::unique_ptr<Node<P>> { return std::make_unique<StatefulNode<P>>(seat); };
  };
}

}  // namespace dsys::bridge
