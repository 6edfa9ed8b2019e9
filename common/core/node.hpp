// A node of any type behind one interface, so that the reference, a flawed variant and a learner's
// program are interchangeable wherever nodes run.
#pragma once

#include "common/core/assert.hpp"
#include "common/core/context.hpp"
#include "common/core/encode.hpp"
#include "common/core/rename.hpp"

#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>

namespace dsys {

// A node that is a program of somebody else's cannot go on: it died, or answered what cannot be
// understood. The text says what it did, without its name: "ended by itself (exit status 1)".
class NodeFailure : public std::runtime_error {
 public:
  NodeFailure(NodeId failed, const std::string& what, std::string given_line = {},
              std::string said_last = {}, bool took_too_long = false)
      : std::runtime_error(what),
        node(failed),
        given(std::move(given_line)),
        last_words(std::move(said_last)),
        out_of_time(took_too_long) {}

  NodeId node{};
  std::string given;       // the event that it was given
  std::string last_words;  // the end of its standard error
  bool out_of_time;
};

// A search cannot be made of it: it is not to be put back into a state that it was in, or does not
// go the way with which the search opens. In a run it may well be right.
class Unsearchable : public NodeFailure {
 public:
  using NodeFailure::NodeFailure;
};

template <Protocol P>
class Node {
 public:
  using Message = typename P::Message;
  using Timer = typename P::Timer;
  using Record = typename P::Record;

  Node() = default;
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  virtual ~Node() = default;

  // Also called after a crash, with what the disk has kept.
  virtual void on_start(Context<P>& context, std::span<const Record> disk) = 0;
  virtual void on_message(Context<P>& context, NodeId from, const Message& message) = 0;
  virtual void on_timer(Context<P>& context, const Timer& timer) = 0;

  // For whoever tries what a node may do from one state on in many ways: a node in the same state,
  // and that state as bytes, equal exactly for equal states. Null from a node that cannot be
  // copied.
  virtual std::unique_ptr<Node<P>> clone() const { return nullptr; }
  virtual void encode_to(std::string& /*out*/) const {}

  // The node as it would be if some had each other's names. Null from one whose state is not seen.
  virtual std::unique_ptr<Node<P>> renamed(const Renaming& /*names*/) const { return nullptr; }
};

// Makes a node as it is before its first start, knowing nothing but its configuration.
template <Protocol P>
using NodeFactory = std::function<std::unique_ptr<Node<P>>()>;

// A node that is a value: an aggregate with the three handlers.
template <Protocol P, typename Value>
class ValueNode final : public Node<P> {
 public:
  using typename Node<P>::Message;
  using typename Node<P>::Timer;
  using typename Node<P>::Record;

  explicit ValueNode(Value value) : value_(std::move(value)) {}

  void on_start(Context<P>& context, std::span<const Record> disk) override {
    guarded(context, [&] { value_.on_start(context, disk); });
  }
  void on_message(Context<P>& context, NodeId from, const Message& message) override {
    guarded(context, [&] { value_.on_message(context, from, message); });
  }
  void on_timer(Context<P>& context, const Timer& timer) override {
    guarded(context, [&] { value_.on_timer(context, timer); });
  }
  std::unique_ptr<Node<P>> clone() const override { return std::make_unique<ValueNode>(value_); }
  void encode_to(std::string& out) const override { encode(out, value_); }
  std::unique_ptr<Node<P>> renamed([[maybe_unused]] const Renaming& names) const override {
    if constexpr (is_renameable<Value>()) {
      return std::make_unique<ValueNode>(dsys::renamed(value_, names));
    } else {
      return nullptr;
    }
  }

 private:
  template <typename Handler>
  static void guarded(const Context<P>& context, Handler&& handler) {
    try {
      handler();
    } catch (const BrokenInvariant& broken) {
      throw NodeFailure(context.self(), std::string("breaks an invariant: ") + broken.what());
    }
  }

  Value value_;
};

template <Protocol P, typename Value>
NodeFactory<P> factory_of(Value value) {
  return [value = std::move(value)]() -> std::unique_ptr<Node<P>> {
    return std::make_unique<ValueNode<P, Value>>(value);
  };
}

// What a handler was called with. On a start there is neither message nor timer.
template <Protocol P>
struct Input {
  NodeId self{};
  NodeId from{};
  const typename P::Message* message = nullptr;
  const typename P::Timer* timer = nullptr;
};

// Drops, delays, changes or reorders the effects of one handler: one of the two ways to make a
// flawed node out of a correct one (the other is a swapped rule).
template <Protocol P>
using Bend = void (*)(const Input<P>& input, Effects<P>& effects);

// A node behind a crooked context.
template <Protocol P>
class BentNode final : public Node<P> {
 public:
  using typename Node<P>::Message;
  using typename Node<P>::Timer;
  using typename Node<P>::Record;

  BentNode(std::unique_ptr<Node<P>> straight, Bend<P> bend)
      : straight_(std::move(straight)), bend_(bend) {}

  void on_start(Context<P>& context, std::span<const Record> disk) override {
    straight_->on_start(context, disk);
    bend_({.self = context.self()}, context.effects());
  }
  void on_message(Context<P>& context, NodeId from, const Message& message) override {
    straight_->on_message(context, from, message);
    bend_({.self = context.self(), .from = from, .message = &message}, context.effects());
  }
  void on_timer(Context<P>& context, const Timer& timer) override {
    straight_->on_timer(context, timer);
    bend_({.self = context.self(), .timer = &timer}, context.effects());
  }
  std::unique_ptr<Node<P>> clone() const override {
    auto straight = straight_->clone();
    return straight == nullptr ? nullptr : std::make_unique<BentNode>(std::move(straight), bend_);
  }
  void encode_to(std::string& out) const override { straight_->encode_to(out); }
  std::unique_ptr<Node<P>> renamed(const Renaming& names) const override {
    auto straight = straight_->renamed(names);
    return straight == nullptr ? nullptr : std::make_unique<BentNode>(std::move(straight), bend_);
  }

 private:
  std::unique_ptr<Node<P>> straight_;
  Bend<P> bend_;
};

// A node behind a detour, which takes its messages apart on the way. A detour is a value with
//   bool arrives(Context<P>&, NodeId from, Message&)   may change what arrives; false: keeps it
//   void leaves(Effects<P>&)                           may change what the node asks for
template <Protocol P, typename Detour>
class DetourNode final : public Node<P> {
 public:
  using typename Node<P>::Message;
  using typename Node<P>::Timer;
  using typename Node<P>::Record;

  explicit DetourNode(std::unique_ptr<Node<P>> node, Detour detour = {})
      : node_(std::move(node)), detour_(std::move(detour)) {}

  void on_start(Context<P>& context, std::span<const Record> disk) override {
    node_->on_start(context, disk);
    detour_.leaves(context.effects());
  }
  void on_message(Context<P>& context, NodeId from, const Message& message) override {
    Message arrived = message;
    if (!detour_.arrives(context, from, arrived)) return;
    node_->on_message(context, from, arrived);
    detour_.leaves(context.effects());
  }
  void on_timer(Context<P>& context, const Timer& timer) override {
    node_->on_timer(context, timer);
    detour_.leaves(context.effects());
  }
  std::unique_ptr<Node<P>> clone() const override {
    auto node = node_->clone();
    return node == nullptr ? nullptr : std::make_unique<DetourNode>(std::move(node), detour_);
  }
  void encode_to(std::string& out) const override {
    node_->encode_to(out);
    encode(out, detour_);
  }
  std::unique_ptr<Node<P>> renamed(const Renaming& names) const override {
    auto node = node_->renamed(names);
    if (node == nullptr) return nullptr;
    return std::make_unique<DetourNode>(std::move(node), dsys::renamed(detour_, names));
  }

 private:
  std::unique_ptr<Node<P>> node_;
  Detour detour_;
};

template <Protocol P, typename Detour>
NodeFactory<P> behind(NodeFactory<P> node) {
  return [node = std::move(node)]() -> std::unique_ptr<Node<P>> {
    return std::make_unique<DetourNode<P, Detour>>(node());
  };
}

template <Protocol P>
NodeFactory<P> bent(NodeFactory<P> straight, Bend<P> bend) {
  return [straight = std::move(straight), bend]() -> std::unique_ptr<Node<P>> {
    return std::make_unique<BentNode<P>>(straight(), bend);
  };
}

}  // namespace dsys
