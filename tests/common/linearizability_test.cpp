// The checker against hand-made histories of each model, and against the definition itself.
#include "common/history/linearizability.hpp"
#include "common/core/random.hpp"
#include "common/history/guides.hpp"
#include "common/history/models.hpp"
#include "tests/sanitized.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

namespace dsys::history::linearizability_test {
namespace {

using Ops = std::vector<ObjectOperation>;

Value val(std::uint32_t number) {
  return Value{number};
}

ObjectOperation done(ObjectCall call, std::uint32_t answer, Moment from, Moment to) {
  return {.call = call, .answer = val(answer), .invoked = from, .completed = to};
}
ObjectOperation lost(ObjectCall call, Moment from) {
  return {.call = call, .answer = std::nullopt, .invoked = from};
}

ObjectCall write_of(std::uint32_t value) {
  return {.action = Action::write, .value = val(value)};
}
ObjectCall cas_of(std::uint32_t expected, std::uint32_t value) {
  return {.action = Action::compare_and_set, .value = val(value), .expected = val(expected)};
}
ObjectCall enqueue_of(std::uint32_t value) {
  return {.action = Action::enqueue, .value = val(value)};
}
ObjectCall acquire_by(std::uint32_t who) {
  return {.action = Action::acquire, .value = val(who)};
}
ObjectCall release_by(std::uint32_t who) {
  return {.action = Action::release, .value = val(who)};
}
constexpr ObjectCall a_read{.action = Action::read};
constexpr ObjectCall a_dequeue{.action = Action::dequeue};

ObjectOperation write(std::uint32_t value, Moment from, Moment to) {
  return done(write_of(value), 0, from, to);
}
ObjectOperation read(std::uint32_t value, Moment from, Moment to) {
  return done(a_read, value, from, to);
}
ObjectOperation cas(std::uint32_t expected, std::uint32_t value, Moment from, Moment to) {
  return done(cas_of(expected, value), 0, from, to);
}
ObjectOperation enqueue(std::uint32_t value, Moment from, Moment to) {
  return done(enqueue_of(value), 0, from, to);
}
ObjectOperation dequeue(std::uint32_t value, Moment from, Moment to) {
  return done(a_dequeue, value, from, to);
}
ObjectOperation acquire(std::uint32_t who, Moment from, Moment to) {
  return done(acquire_by(who), 0, from, to);
}
ObjectOperation release(std::uint32_t who, Moment from, Moment to) {
  return done(release_by(who), 0, from, to);
}

bool holds(ObjectModel model, const Ops& operations) {
  return judge_object(model, operations).outcome == Outcome::linearizable;
}
bool register_holds(const Ops& operations) {
  return holds(ObjectModel::single_register, operations);
}
bool lock_holds(const Ops& operations) {
  return holds(ObjectModel::lock, operations);
}
bool queue_holds(const Ops& operations) {
  return holds(ObjectModel::queue, operations);
}

// --- The definition ---

// One operation after the other, written without a look at the models.
bool takes_place(std::vector<std::uint32_t>& state, const ObjectOperation& one) {
  const auto value = static_cast<std::uint32_t>(one.call.value);
  const auto answer = one.answer ? static_cast<std::uint32_t>(*one.answer) : 0;
  switch (one.call.action) {
    case Action::read:
      return !one.answer || answer == (state.empty() ? 0 : state[0]);
    case Action::write:
      state = {value};
      return true;
    case Action::compare_and_set:
      if ((state.empty() ? 0 : state[0]) != static_cast<std::uint32_t>(one.call.expected)) {
        return false;
      }
      state = {value};
      return true;
    case Action::acquire:
      if (!state.empty()) return false;
      state = {value};
      return true;
    case Action::release:
      if (state.empty() || state[0] != value) return false;
      state.clear();
      return true;
    case Action::enqueue:
      state.push_back(value);
      return true;
    case Action::dequeue:
      break;
  }
  if (state.empty()) return !one.answer || answer == 0;
  if (one.answer && answer != state[0]) return false;
  state.erase(state.begin());
  return true;
}

// Whether this order of some of the operations explains all answers and respects real time; the
// others must have unknown outcomes.
bool explains(const Ops& operations, const std::vector<std::size_t>& order) {
  std::vector<std::uint32_t> state;
  std::vector<bool> is_in(operations.size(), false);
  for (std::size_t i = 0; i < order.size(); ++i) {
    const ObjectOperation& one = operations[order[i]];
    is_in[order[i]] = true;
    for (std::size_t j = i + 1; j < order.size(); ++j) {
      const ObjectOperation& later = operations[order[j]];
      if (later.answer && later.completed < one.invoked) return false;
    }
    if (!takes_place(state, one)) return false;
  }
  for (std::size_t i = 0; i < operations.size(); ++i) {
    if (!is_in[i] && operations[i].answer) return false;
  }
  return true;
}

// Some order of all operations, with any set of unknown ones left out.
bool explained(const Ops& operations) {
  std::vector<std::size_t> all(operations.size());
  std::iota(all.begin(), all.end(), 0);
  do {
    std::vector<std::size_t> order = all;
    while (true) {
      if (explains(operations, order)) return true;
      if (order.empty() || operations[order.back()].answer) break;
      order.pop_back();
    }
  } while (std::next_permutation(all.begin(), all.end()));
  return false;
}

// What is known when the operation `last` completes.
Ops prefix_until(const Ops& operations, Moment last) {
  Ops prefix;
  for (const ObjectOperation& one : operations) {
    if (one.invoked > last) continue;
    prefix.push_back(one);
    if (one.answer && one.completed > last) prefix.back().answer.reset();
  }
  return prefix;
}

std::size_t first_unexplained(const Ops& operations) {
  std::set<std::pair<Moment, std::size_t>> completions;
  for (std::size_t i = 0; i < operations.size(); ++i) {
    if (operations[i].answer) completions.insert({operations[i].completed, i});
  }
  for (const auto& completion : completions) {
    if (!explained(prefix_until(operations, completion.first))) return completion.second;
  }
  return operations.size();
}

// --- Random histories ---

ObjectCall random_call(ObjectModel model, Random& random) {
  const auto value = 1 + static_cast<std::uint32_t>(random.below(3));
  const auto other = static_cast<std::uint32_t>(random.below(4));
  switch (model) {
    case ObjectModel::single_register:
      if (random.chance(45)) return a_read;
      return random.chance(60) ? write_of(value) : cas_of(other, value);
    case ObjectModel::lock:
      return random.chance(50) ? acquire_by(value) : release_by(value);
    case ObjectModel::queue:
      return random.chance(50) ? enqueue_of(value) : a_dequeue;
  }
  return a_read;
}

// All moments differ, as the lines of a file do. Answers come from an object that takes each
// operation at a moment between; some are then spoilt.
Ops random_history(ObjectModel model, Random& random) {
  const std::size_t count = 2 + random.below(5);
  std::vector<Moment> moments(3 * count);
  std::iota(moments.begin(), moments.end(), 0);
  for (std::size_t left = moments.size(); left > 1; --left) {
    std::swap(moments[left - 1], moments[random.below(left)]);
  }
  Ops operations;
  std::map<Moment, std::size_t> effects;
  for (std::size_t i = 0; i < count; ++i) {
    std::array<Moment, 3> own{moments[3 * i], moments[3 * i + 1], moments[3 * i + 2]};
    if (random.chance(60)) {  // short ones, so that there is an order in time too
      const auto near =
          static_cast<Moment>(1 + random.below(30)) * 1000 + static_cast<Moment>(i) * 10;
      own = {near, near + 1, near + 2};
    }
    std::sort(own.begin(), own.end());
    operations.push_back(done(random_call(model, random), 0, own[0], own[2]));
    effects[own[1] * 100 + static_cast<Moment>(i)] = i;
  }
  std::vector<std::uint32_t> state;
  for (const auto& [moment, i] : effects) {
    ObjectOperation& one = operations[i];
    if (one.call.action == Action::read || one.call.action == Action::dequeue) {
      one.answer = val(state.empty() ? 0 : state[0]);
    }
    ObjectOperation taken = one;
    std::vector<std::uint32_t> next = state;
    if (takes_place(next, taken)) state = next;
  }
  for (ObjectOperation& one : operations) {
    if (random.chance(12)) one.answer = val(static_cast<std::uint32_t>(random.below(4)));
    if (random.chance(20)) one.answer.reset();
  }
  return operations;
}

void check_against_definition(ObjectModel model, std::uint64_t seed, int histories) {
  Random random(seed);
  int good = 0;
  int left_unknown = 0;
  for (int i = 0; i < histories; ++i) {
    const Ops operations = random_history(model, random);
    const ObjectVerdict verdict = judge_object(model, operations);
    const bool is_good = verdict.outcome == Outcome::linearizable;
    CAPTURE(i);
    REQUIRE(is_good == explained(operations));
    good += is_good ? 1 : 0;
    if (is_good) {
      CHECK(explains(operations, verdict.order));
      const bool all = verdict.order.size() == operations.size();
      left_unknown += all ? 0 : 1;
      continue;
    }
    const std::size_t unplaced = first_unexplained(operations);
    REQUIRE(verdict.unplaced == unplaced);
    Ops prefix = operations;
    const Moment end = operations[unplaced].completed;
    for (ObjectOperation& one : prefix) {
      if (one.answer && one.completed >= end) one.answer.reset();
    }
    CHECK(explains(prefix, verdict.order));
  }
  CHECK(good > histories / 10);  // both verdicts occur
  CHECK(good < histories * 9 / 10);
  CHECK(left_unknown > 0);
}

// --- A guide that is watched ---

struct Watched {
  int unknown_taken = 0;
  int harmless_writes = 0;    // taken ahead of their turn
  int harmless_too_soon = 0;  // that would be, right after an operation with an unknown outcome
} watched;

class WatchedGuide : public RegisterGuide {
 public:
  WatchedGuide(const Register& model, std::span<const ObjectOperation> operations,
               std::span<const HistoryEvent> events)
      : RegisterGuide(model, operations, events),
        extents_(extents_of(operations.size(), events)),
        is_taken_(operations.size(), false) {}

  bool is_harmless(std::uint32_t operation) {
    if (!RegisterGuide::is_harmless(operation)) return false;
    ++watched.harmless_writes;
    return true;
  }
  void take(std::uint32_t operation) {
    RegisterGuide::take(operation);
    is_taken_[operation] = true;
    if (extents_[operation].end != never) return;
    ++watched.unknown_taken;
    for (std::uint32_t other = 0; other < extents_.size(); ++other) {
      const bool is_known = !is_taken_[other] && extents_[other].end != never;
      if (is_known && RegisterGuide::is_harmless(other)) ++watched.harmless_too_soon;
    }
  }
  void give_back(std::uint32_t operation) {
    RegisterGuide::give_back(operation);
    is_taken_[operation] = false;
  }

 private:
  std::vector<Extent> extents_;
  std::vector<bool> is_taken_;
};

struct WatchedRegister : Register {
  using Guide = WatchedGuide;
};

}  // namespace

// --- The register ---

TEST_CASE("a history that happens one at a time is linearizable") {
  CHECK(register_holds({}));
  CHECK(register_holds({write(1, 0, 10), read(1, 20, 30), write(2, 40, 50), read(2, 60, 70)}));
  CHECK(register_holds({read(0, 0, 10)}));
}

TEST_CASE("a read of an overwritten value is not linearizable, and is named") {
  const Ops stale{write(1, 0, 10), write(2, 20, 30), read(1, 40, 50), read(2, 60, 70)};
  const ObjectVerdict verdict = judge_object(ObjectModel::single_register, stale);
  CHECK(verdict.outcome == Outcome::not_linearizable);
  CHECK(verdict.unplaced == 2);
  CHECK(verdict.order == std::vector<std::size_t>{0, 1});
  CHECK(verdict.state == std::vector<Value>{val(2)});
}

TEST_CASE("a read that overlaps a write may see either value, but not the old one after the new") {
  CHECK(register_holds({write(1, 0, 100), read(0, 10, 20), read(1, 30, 40)}));
  CHECK_FALSE(register_holds({write(1, 0, 100), read(1, 10, 20), read(0, 30, 40)}));
}

TEST_CASE("operations that touch are concurrent") {
  CHECK(register_holds({write(1, 0, 10), read(0, 10, 20)}));
  CHECK_FALSE(register_holds({write(1, 0, 10), read(0, 11, 20)}));
}

TEST_CASE("a write without an answer may have had its effect, or not, or later") {
  const ObjectOperation lost_write = lost(write_of(1), 0);
  CHECK(register_holds({lost_write, read(0, 10, 20)}));
  CHECK(register_holds({lost_write, read(1, 10, 20)}));
  CHECK(register_holds({lost_write, read(0, 10, 20), read(1, 30, 40)}));
  CHECK_FALSE(register_holds({lost_write, read(1, 10, 20), read(0, 30, 40)}));
  CHECK_FALSE(register_holds({read(1, 10, 20), lost(write_of(1), 30)}));
}

TEST_CASE("one lost write explains a value once, two of them twice") {
  Ops operations{lost(write_of(1), 0), write(2, 5, 6), read(1, 10, 20), write(2, 30, 40),
                 read(1, 50, 60)};
  CHECK_FALSE(register_holds(operations));
  operations.push_back(lost(write_of(1), 1));
  CHECK(register_holds(operations));
}

TEST_CASE("a compare-and-set happens only where it finds what it expects") {
  CHECK(register_holds({write(1, 0, 10), cas(1, 2, 20, 30), read(2, 40, 50)}));
  CHECK_FALSE(register_holds({write(1, 0, 10), cas(3, 2, 20, 30)}));
  CHECK_FALSE(register_holds({write(1, 0, 10), cas(1, 2, 20, 40), cas(1, 3, 20, 40)}));
  CHECK(register_holds({write(1, 0, 10), cas(2, 3, 20, 40), cas(1, 2, 20, 40), read(3, 50, 60)}));
}

TEST_CASE("lost operations may need each other") {
  CHECK(register_holds(
      {lost(cas_of(2, 3), 0), lost(cas_of(1, 2), 1), lost(write_of(1), 2), read(3, 10, 20)}));
  CHECK_FALSE(register_holds({lost(cas_of(2, 3), 0), lost(write_of(1), 2), read(3, 10, 20)}));
}

TEST_CASE("a register may begin with a value") {
  const Ops operations{read(7, 0, 10)};
  CHECK(judge_object(ObjectModel::single_register, operations, val(7)).outcome ==
        Outcome::linearizable);
  CHECK_FALSE(register_holds(operations));
}

// --- The lock ---

TEST_CASE("two cannot hold a lock at once") {
  CHECK(lock_holds({acquire(1, 0, 10), release(1, 20, 30), acquire(2, 25, 40)}));
  CHECK_FALSE(lock_holds({acquire(1, 0, 10), acquire(2, 20, 30)}));
  CHECK_FALSE(lock_holds({acquire(1, 0, 10), release(2, 20, 30)}));
  CHECK_FALSE(lock_holds({release(1, 0, 10)}));
}

TEST_CASE("a lost release may free the lock, once") {
  CHECK(lock_holds({acquire(1, 0, 10), lost(release_by(1), 15), acquire(2, 20, 30)}));
  CHECK_FALSE(lock_holds(
      {acquire(1, 0, 10), lost(release_by(1), 15), acquire(2, 20, 30), acquire(3, 40, 50)}));
  CHECK(lock_holds({lost(acquire_by(1), 0), release(1, 20, 30), acquire(2, 40, 50)}));
}

// --- The queue ---

TEST_CASE("a queue gives first what came first") {
  CHECK(queue_holds({enqueue(1, 0, 10), enqueue(2, 20, 30), dequeue(1, 40, 50), dequeue(2, 60, 70),
                     dequeue(0, 80, 90)}));
  CHECK_FALSE(queue_holds({enqueue(1, 0, 10), enqueue(2, 20, 30), dequeue(2, 40, 50)}));
  CHECK(queue_holds({enqueue(1, 0, 30), enqueue(2, 20, 30), dequeue(2, 40, 50)}));
  CHECK_FALSE(queue_holds({enqueue(1, 0, 10), dequeue(0, 20, 30)}));
  CHECK_FALSE(queue_holds({enqueue(1, 0, 10), dequeue(1, 20, 30), dequeue(1, 40, 50)}));
}

TEST_CASE("lost operations on a queue") {
  CHECK(queue_holds({lost(enqueue_of(1), 0), enqueue(2, 20, 30), dequeue(1, 40, 50)}));
  CHECK(queue_holds(
      {enqueue(1, 0, 10), enqueue(2, 20, 30), lost(a_dequeue, 35), dequeue(2, 40, 50)}));
  CHECK_FALSE(queue_holds({enqueue(1, 0, 10), enqueue(2, 20, 30), enqueue(3, 32, 34),
                           lost(a_dequeue, 35), dequeue(3, 40, 50)}));
  CHECK(queue_holds({enqueue(1, 0, 10), enqueue(2, 20, 30), enqueue(3, 32, 34), lost(a_dequeue, 35),
                     lost(a_dequeue, 36), dequeue(3, 40, 50)}));
}

TEST_CASE("an answer that comes later does not count before") {
  // The dequeue of 9 is wrong. Before it completes it may yet have taken 1, so the other one is
  // explained.
  const ObjectVerdict verdict =
      judge_object(ObjectModel::queue,
                   Ops{enqueue(1, 0, 1), enqueue(2, 2, 3), dequeue(9, 4, 20), dequeue(2, 5, 10)});
  CHECK(verdict.unplaced == 2);
  CHECK(verdict.state == std::vector<Value>());
}

TEST_CASE("a long queue is judged without a copy of it for each operation") {
  Ops operations;
  constexpr std::uint32_t count = 20'000;
  operations.reserve(2 * std::size_t{count});
  for (std::uint32_t i = 1; i <= count; ++i) {
    const Moment begin = 2 * Moment{i};
    operations.push_back(enqueue(i, begin, begin + 3));
  }
  for (std::uint32_t i = 1; i <= count; ++i) {
    const Moment begin = 3 * Moment{count} + 2 * Moment{i};
    operations.push_back(dequeue(i, begin, begin + 3));
  }
  CHECK(queue_holds(operations));
  std::swap(operations[count].answer, operations[count + 5].answer);
  const ObjectVerdict verdict = judge_object(ObjectModel::queue, operations);
  CHECK(verdict.unplaced == count);
  CHECK(verdict.state.size() == count);
}

// --- The longest prefix ---

TEST_CASE("the longest linearizable prefix is found far into a history") {
  Ops operations;
  for (std::uint32_t i = 1; i <= 500; ++i) {
    const Moment begin = 10 * Moment{i};
    operations.push_back(write(i, begin, begin + 15));  // each overlaps the next
    operations.push_back(read(i, begin + 5, begin + 9));
  }
  operations.push_back(write(600, 6000, 6100));
  operations.push_back(write(601, 6000, 6100));
  operations.push_back(read(499, 6200, 6300));
  operations.push_back(read(600, 6400, 6500));
  const ObjectVerdict verdict = judge_object(ObjectModel::single_register, operations);
  CHECK(verdict.outcome == Outcome::not_linearizable);
  CHECK(verdict.unplaced == 1002);
  CHECK(verdict.order.size() == 1002);
  CHECK(verdict.state == std::vector<Value>{val(601)});
}

TEST_CASE("a search that would take too much memory is given up") {
  Ops operations;
  for (std::uint32_t i = 1; i <= 40; ++i) {
    operations.push_back(cas(i % 5, (i + i / 5) % 5, 0, 100));
    operations.push_back(write(i % 5, 0, 100));
  }
  operations.push_back(read(99, 200, 300));
  const ObjectVerdict verdict = judge_object(ObjectModel::single_register, operations, null_value,
                                             {.memory = std::size_t{1} << 20U});
  CHECK(verdict.outcome == Outcome::undecided);
}

constexpr int histories_tried = is_sanitized ? 5'000 : 20'000;

TEST_CASE("the search agrees with the definition on random small registers") {
  check_against_definition(ObjectModel::single_register, 11, histories_tried);
}

TEST_CASE("the search agrees with the definition on random small locks") {
  check_against_definition(ObjectModel::lock, 12, histories_tried);
}

TEST_CASE("the search agrees with the definition on random small queues") {
  check_against_definition(ObjectModel::queue, 13, histories_tried);
}

// So the search need not look for harmless writes while an unknown operation waits for who needs
// it, and it does not.
TEST_CASE("right after an operation with an unknown outcome no write is harmless") {
  Random random(14);
  for (int i = 0; i < 20'000; ++i) {
    judge<WatchedRegister>({}, random_history(ObjectModel::single_register, random));
  }
  CHECK(watched.unknown_taken > 1000);
  CHECK(watched.harmless_writes > 1000);
  CHECK(watched.harmless_too_soon == 0);
}

}  // namespace dsys::history::linearizability_test
