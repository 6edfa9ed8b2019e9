#include "common/check/linearizability.hpp"
#include "common/core/random.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

namespace dsys::check {
namespace {

struct Call {
  bool writes = false;
  int value = 0;
};

struct Register {
  using State = int;

  static bool step(State& state, const Call& call, const std::optional<int>& answer) {
    if (call.writes) state = call.value;
    return !answer || *answer == state;
  }
};

using Ops = std::vector<Operation<Call, int>>;

Operation<Call, int> write(int value, int from, int to) {
  return {{true, value}, value, Duration{from}, Duration{to}};
}
Operation<Call, int> read(int value, int from, int to) {
  return {{false, 0}, value, Duration{from}, Duration{to}};
}
Operation<Call, int> lost_write(int value, int from) {
  return {{true, value}, std::nullopt, Duration{from}, {}};
}

// The definition itself: some order of all operations, with any set of open ones left out, that
// respects real time and explains every answer.
bool explained(const Ops& operations) {
  std::vector<std::size_t> order(operations.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto is_legal = [&](std::size_t length) {
    Register::State state{};
    for (std::size_t i = 0; i < length; ++i) {
      for (std::size_t j = i + 1; j < length; ++j) {
        const auto& later = operations[order[j]];
        if (later.answer && later.completed < operations[order[i]].invoked) return false;
      }
      const auto& one = operations[order[i]];
      if (!Register::step(state, one.call, one.answer)) return false;
    }
    return std::all_of(order.begin() + static_cast<std::ptrdiff_t>(length), order.end(),
                       [&](std::size_t left) { return !operations[left].answer; });
  };
  do {
    for (std::size_t length = 0; length <= order.size(); ++length) {
      if (is_legal(length)) return true;
    }
  } while (std::next_permutation(order.begin(), order.end()));
  return false;
}

}  // namespace

TEST_CASE("a history that happens one at a time is linearizable") {
  CHECK(linearizable<Register>(
      Ops{write(1, 0, 10), read(1, 20, 30), write(2, 40, 50), read(2, 60, 70)}));
}

TEST_CASE("a read of an overwritten value is not linearizable, and is named") {
  const Ops stale{write(1, 0, 10), write(2, 20, 30), read(1, 40, 50)};
  CHECK_FALSE(linearizable<Register>(stale));
  CHECK(first_unexplained<Register>(stale) == 2);
}

TEST_CASE("a read that overlaps a write may see either value, but not the old one after the new") {
  CHECK(linearizable<Register>(Ops{write(1, 0, 100), read(0, 10, 20), read(1, 30, 40)}));
  CHECK_FALSE(linearizable<Register>(Ops{write(1, 0, 100), read(1, 10, 20), read(0, 30, 40)}));
}

TEST_CASE("a write without an answer may have had its effect, or not, or later") {
  CHECK(linearizable<Register>(Ops{lost_write(1, 0), read(0, 10, 20)}));
  CHECK(linearizable<Register>(Ops{lost_write(1, 0), read(1, 10, 20)}));
  CHECK(linearizable<Register>(Ops{lost_write(1, 0), read(0, 10, 20), read(1, 30, 40)}));
  CHECK_FALSE(linearizable<Register>(Ops{lost_write(1, 0), read(1, 10, 20), read(0, 30, 40)}));
}

TEST_CASE("the search agrees with the definition on random small histories") {
  Random random(11);
  int good = 0;
  constexpr int histories = 400;
  for (int i = 0; i < histories; ++i) {
    Ops operations;
    const auto count = 2 + random.below(4);
    for (std::uint64_t k = 0; k < count; ++k) {
      const auto from = static_cast<int>(random.below(30));
      const auto to = from + 1 + static_cast<int>(random.below(20));
      const auto value = static_cast<int>(random.below(3));
      operations.push_back(random.chance(50) ? write(value, from, to) : read(value, from, to));
      if (random.chance(20)) operations.back().answer.reset();
    }
    const bool expected = explained(operations);
    CHECK(linearizable<Register>(operations) == expected);
    good += expected ? 1 : 0;
  }
  CHECK(good > histories / 10);  // both verdicts occur
  CHECK(good < histories * 9 / 10);
}

}  // namespace dsys::check
