// Sequential models of the objects whose histories are judged: a register with compare-and-set, a
// lock and a queue. Values are small numbers that stand for whatever the history holds; each
// object is one key of it.
#pragma once

#include "common/history/linearizability.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace dsys::history {

enum class Value : std::uint32_t {};
constexpr Value null_value{0};

enum class Action : std::uint8_t {
  read,
  write,
  compare_and_set,
  acquire,
  release,
  enqueue,
  dequeue,
};

struct ObjectCall {
  Action action = Action::read;
  Value value{};     // what is written or enqueued; of a lock, who asks
  Value expected{};  // of a compare-and-set

  bool operator==(const ObjectCall&) const = default;
};

class RegisterGuide;  // in guides.hpp, as the next
class QueueGuide;

using ObjectOperation = Operation<ObjectCall, Value>;

// A register; also one key of a map, for which null means that the key is absent.
//   read, write(value), compare_and_set(expected, value): done only where `expected` is found
struct Register {
  using Guide = RegisterGuide;
  using Call = ObjectCall;
  using Answer = Value;  // what a read saw; of the others, anything
  using State = Value;

  Value at_first = null_value;

  State initial() const { return at_first; }
  static bool step(State& state, const Call& call, const std::optional<Answer>& answer);
  static bool only_reads(const Call& call, const std::optional<Answer>& answer);
  static std::uint64_t hash(const State& state) { return mix(static_cast<std::uint64_t>(state)); }
  static bool same(const State& left, const State& right) { return left == right; }
  static std::optional<Value> gives(const Call& call);
  static std::optional<Value> needs(const Call& call, const std::optional<Answer>& answer);
  static std::vector<Value> contents(const State& state) { return {state}; }
};

// A lock that knows its holder: who holds it may release it, and nobody else.
struct Lock {
  using Call = ObjectCall;
  using Answer = Value;
  using State = std::optional<Value>;  // the holder

  static State initial() { return std::nullopt; }
  static bool step(State& state, const Call& call, const std::optional<Answer>& answer);
  static bool only_reads(const Call& call, const std::optional<Answer>& answer);
  static std::uint64_t hash(const State& state);
  static bool same(const State& left, const State& right) { return left == right; }
  static std::optional<Value> gives(const Call& call);
  static std::optional<Value> needs(const Call& call, const std::optional<Answer>& answer);
  static std::vector<Value> contents(const State& state);
};

// First in, first out; to dequeue from an empty queue gives null.
//
// All that was ever enqueued is a path in a tree, from its root to `tail`: a queue is the lower
// part of it, and is copied in a moment however long it is. Equal paths are one path.
class Queue {
 public:
  using Guide = QueueGuide;
  using Call = ObjectCall;
  using Answer = Value;  // what was dequeued

  struct State {
    std::uint32_t tail = 0;           // the node enqueued last
    std::uint32_t dequeued = 0;       // how many nodes of the path, from the root, have left
    std::uint64_t dequeued_hash = 0;  // of these
  };

  static State initial() { return {}; }
  bool step(State& state, const Call& call, const std::optional<Answer>& answer);
  static bool only_reads(const Call& call, const std::optional<Answer>& answer);
  std::uint64_t hash(const State& state) const;
  bool same(const State& left, const State& right) const;
  static std::optional<Value> gives(const Call& call);
  static std::optional<Value> needs(const Call& call, const std::optional<Answer>& answer);
  std::vector<Value> contents(const State& state) const;

  // Values, in order, that a dequeue with an unknown outcome must leave to another.
  void promise(std::vector<Value> values) { promised_ = std::move(values); }

 private:
  struct Node {
    std::uint32_t parent = 0;
    std::uint32_t jump = 0;   // an ancestor further up, so that any is found in few steps
    std::uint32_t depth = 0;  // of the root: 0
    std::uint32_t first_child = 0;
    std::uint32_t next_sibling = 0;
    Value value{};
    std::uint64_t hash = 0;   // of the path
    std::uint64_t power = 1;  // of the base, to the depth
  };

  std::uint32_t length(const State& state) const {
    return nodes_[state.tail].depth - state.dequeued;
  }
  std::uint32_t child_of(std::uint32_t parent, Value value);
  std::uint32_t ancestor_at(std::uint32_t node, std::uint32_t depth) const;

  std::vector<Node> nodes_{Node{}};  // the root
  std::vector<Value> promised_;
};

// --- One verdict for all ---

enum class ObjectModel : std::uint8_t { single_register, lock, queue };

struct ObjectVerdict {
  Outcome outcome = Outcome::linearizable;
  std::vector<std::size_t> order;       // see Explanation
  std::optional<std::size_t> unplaced;  // see Explanation
  // After it: a register's value, a lock's holder or nothing, a queue's values from its head.
  std::vector<Value> state;
  std::size_t configurations = 0;
};

// Judges the operations on one object. `at_first` is the value of a register before the first.
ObjectVerdict judge_object(ObjectModel model, std::span<const ObjectOperation> operations,
                           Value at_first = null_value, const OrderingLimits& limits = {});

}  // namespace dsys::history
