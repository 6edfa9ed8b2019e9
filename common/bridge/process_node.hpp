// A learner's program as a node, in two ways. In a run, each life of the node is a process of its
// own, or one that says that it forgets at the end of a life (see README.md, Lives): a restart
// knows only what the disk has kept. In a search, one process answers for every state that the node
// may be in: see state_node.hpp.
#pragma once

#include "common/bridge/program.hpp"
#include "common/bridge/wire.hpp"
#include "common/core/node.hpp"

#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace dsys::bridge {

// The talk with one process that plays a node. Whatever goes wrong in it is a NodeFailure.
template <Protocol P>
class Talk {
 public:
  // Takes a process, a new one if none is idle, and introduces it to its part.
  Talk(const Player& player, const Introduction& introduction)
      : self_(introduction.self), idle_(player.idle) {
    const std::string line = init_line(introduction);
    program_ = idle_->take();
    if (program_ != nullptr && lives_on(line)) return;
    guarded(line, [&] {
      program_ = std::make_unique<Program>(player.command, player.limits);
      begin(line);
    });
  }
  Talk(const Talk&) = delete;
  Talk& operator=(const Talk&) = delete;

  // Kills the process, unless it forgets this life and waits for another one.
  ~Talk() {
    if (!renews_) return;
    try {
      ask_for_nothing(end_line);
      idle_->give(std::move(program_));
    } catch (const std::exception&) {
      return;  // the next life has a new one
    }
  }

  // Gives it an event, and appends what it asks for. Returns its whole answer.
  Json ask(const std::string& line, Effects<P>& effects) {
    Json answer;
    guarded(line, [&] {
      answer = parse_line(program_->ask(line));
      read_effects<P>(answer, effects);
    });
    for (const Effect<P>& effect : effects) {
      const auto* const sent = std::get_if<Send<P>>(&effect);
      if (sent != nullptr && sent->to == self_) fail("sends to itself", line);
    }
    return answer;
  }

  [[noreturn]] void fail(const std::string& what, const std::string& line,
                         bool out_of_time = false) {
    renews_ = false;
    throw NodeFailure(self_, what, line, program_ ? program_->last_words() : "", out_of_time);
  }

 private:
  template <typename Exchange>
  void guarded(const std::string& line, Exchange&& exchange) {
    try {
      exchange();
    } catch (const ProgramError& error) {
      fail(error.what(), line, dynamic_cast<const TimeExceeded*>(&error) != nullptr);
    } catch (const BadValue& error) {
      fail(std::string("gave a wrong answer: ") + error.what(), line);
    }
  }

  void begin(const std::string& line) {
    const Json answer = ask_for_nothing(line);
    const Json* const renews = find_member(answer, "renews");
    renews_ = renews != nullptr && *renews == true;
  }
  // Whether a process that was idle could begin; it may have died meanwhile.
  bool lives_on(const std::string& line) {
    try {
      begin(line);
    } catch (const std::exception&) {
      return false;
    }
    return true;
  }

  // An answer without effects.
  Json ask_for_nothing(std::string_view line) {
    Json answer = parse_line(program_->ask(line));
    if (!effects_in(answer).empty())
      throw BadValue("must have no effects: init and end ask for none");
    return answer;
  }

  NodeId self_;
  std::shared_ptr<IdlePrograms> idle_;
  std::unique_ptr<Program> program_;
  bool renews_ = false;
};

template <Protocol P>
class ProcessNode final : public Node<P> {
 public:
  using typename Node<P>::Message;
  using typename Node<P>::Timer;
  using typename Node<P>::Record;
  using Names = std::vector<NodeId>;

  ProcessNode(std::shared_ptr<const Player> player, std::shared_ptr<const Names> nodes,
              std::string config)
      : player_(std::move(player)), nodes_(std::move(nodes)), config_(std::move(config)) {}

  void on_start(Context<P>& context, std::span<const Record> disk) override {
    talk_.emplace(*player_, Introduction{.self = context.self(),
                                         .nodes = *nodes_,
                                         .role = player_->role,
                                         .config = config_,
                                         .seed = context.seed(),
                                         .wall_clock = context.wall_clock()});
    talk_->ask(start_line<P>(context, disk), context.effects());
  }
  void on_message(Context<P>& context, NodeId from, const Message& message) override {
    talk_->ask(message_line<P>(context, from, message), context.effects());
  }
  void on_timer(Context<P>& context, const Timer& timer) override {
    talk_->ask(timer_line<P>(context, timer), context.effects());
  }

 private:
  std::shared_ptr<const Player> player_;
  std::shared_ptr<const Names> nodes_;
  std::string config_;
  std::optional<Talk<P>> talk_;
};

// Makes nodes that are played by a program. The names of all of them gather while the cast of one
// run is made; the programs start only after that. So: one of these for each run.
template <Protocol P>
auto process_implementation(std::shared_ptr<const Player> player) {
  return [player = std::move(player), nodes = std::make_shared<std::vector<NodeId>>()](
             NodeId self, const typename P::Config& config) -> NodeFactory<P> {
    nodes->push_back(self);
    std::string text;
    append_json(text, value_of(config));
    return [=]() -> std::unique_ptr<Node<P>> {
      return std::make_unique<ProcessNode<P>>(player, nodes, text);
    };
  };
}

}  // namespace dsys::bridge
