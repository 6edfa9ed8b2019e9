// A learner's program as a node. Each life of the node is a process of its own: a crash kills it,
// and a restart knows only what the disk has kept.
#pragma once

#include "common/bridge/program.hpp"
#include "common/bridge/wire.hpp"
#include "common/core/node.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace dsys::bridge {

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
    const std::string introduction = init_line({.self = context.self(),
                                                .nodes = *nodes_,
                                                .role = player_->role,
                                                .config = config_,
                                                .seed = context.seed(),
                                                .wall_clock = context.wall_clock()});
    guarded(context.self(), introduction, [&] {
      program_.emplace(player_->command, player_->limits);
      Effects<P> none;
      read_effects<P>(program_->ask(introduction), none);
      if (!none.empty()) throw BadValue("must have no effects: init asks for none");
    });
    exchange(context, start_line<P>(context, disk));
  }
  void on_message(Context<P>& context, NodeId from, const Message& message) override {
    exchange(context, message_line<P>(context, from, message));
  }
  void on_timer(Context<P>& context, const Timer& timer) override {
    exchange(context, timer_line<P>(context, timer));
  }

 private:
  void exchange(Context<P>& context, const std::string& line) {
    guarded(context.self(), line, [&] { read_effects<P>(program_->ask(line), context.effects()); });
    for (const Effect<P>& effect : context.effects()) {
      const auto* const sent = std::get_if<Send<P>>(&effect);
      if (sent != nullptr && sent->to == context.self()) {
        throw NodeFailure(context.self(), "sends to itself", line, program_->last_words());
      }
    }
  }

  template <typename Talk>
  void guarded(NodeId self, const std::string& line, Talk&& talk) {
    try {
      talk();
    } catch (const ProgramError& error) {
      const bool out_of_time = dynamic_cast<const TimeExceeded*>(&error) != nullptr;
      throw NodeFailure(self, error.what(), line, program_ ? program_->last_words() : "",
                        out_of_time);
    } catch (const BadValue& error) {
      throw NodeFailure(self, std::string("gave a wrong answer: ") + error.what(), line,
                        program_->last_words());
    }
  }

  std::shared_ptr<const Player> player_;
  std::shared_ptr<const Names> nodes_;
  std::string config_;
  std::optional<Program> program_;
};

// Makes nodes that are played by a program. The names of all of them gather while the cast of one
// run is made; the programs start only after that. So: one of these for each run.
template <Protocol P>
auto process_implementation(std::shared_ptr<const Player> player) {
  return [player = std::move(player), nodes = std::make_shared<std::vector<NodeId>>()](
             NodeId self, const typename P::Config& config) -> NodeFactory<P> {
    nodes->push_back(self);
    std::string text;
    append_json(text, config);
    return [=]() -> std::unique_ptr<Node<P>> {
      return std::make_unique<ProcessNode<P>>(player, nodes, text);
    };
  };
}

}  // namespace dsys::bridge
