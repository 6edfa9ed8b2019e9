// The search core, on models that others have counted.
#include "common/search/search.hpp"
#include "tests/common/two_phase_commit.hpp"
#include "tests/sanitized.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <vector>

namespace dsys::search {
namespace {

// Counts up to `end` in steps of 1 and 3; `bad` is a violation. Its tables fill as it goes.
class Counting {
 public:
  Counting(std::uint32_t end, std::uint32_t bad) : end_(end), bad_(bad) {}

  std::vector<std::uint32_t> root() const { return {0}; }
  bool expand(const Visit& at, Successors& out) const {
    for (const std::uint32_t step : {1U, 3U}) {
      const std::uint32_t next = at.words[0] + step;
      if (next > end_) continue;
      if (next == bad_) {
        out.add_violation(step, 7);
        continue;
      }
      if (!known_.contains(next)) return false;
      out.add(step, std::vector<std::uint32_t>{next});
    }
    return true;
  }
  void expand_alone(const Visit& at, Successors& out) {
    for (const std::uint32_t step : {1U, 3U}) known_.insert(at.words[0] + step);
    CHECK(expand(at, out));
  }
  std::uint64_t handler_calls() const { return known_.size(); }

 private:
  std::uint32_t end_;
  std::uint32_t bad_;
  std::set<std::uint32_t> known_;
};

SearchOutcome explore_commit(unsigned managers, bool symmetric, unsigned jobs = 1) {
  TwoPhaseCommit model(managers, symmetric);
  return Search(model, {.jobs = jobs}).run();
}

}  // namespace

TEST_CASE("the states of two-phase commit are as many as others have counted") {
  CHECK(explore_commit(3, false).counts.states == 288);
  CHECK(explore_commit(5, false).counts.states == 8832);
  CHECK(explore_commit(5, true).counts.states == 314);
}

// Stateright counts 665 with symmetry: it knows a state again by its managers in the order of their
// own states alone, so that some are counted twice, and how many depends on the order of the
// search. Searched as it does, depth first and on with the state as it came, the same number comes
// out.
TEST_CASE("symmetry by a partial order of the managers counts what Stateright counts") {
  constexpr unsigned managers = 5;
  using State = TwoPhaseCommit::State;
  const auto representative = [](State state) {
    std::stable_sort(
        state.begin() + 1, state.begin() + 1 + managers,
        [](std::uint32_t left, std::uint32_t right) { return (left & 3U) < (right & 3U); });
    return state;
  };
  const TwoPhaseCommit model(managers);
  std::vector<State> stack{State{}};
  std::set<State> seen{State{}};
  while (!stack.empty()) {
    const State state = stack.back();
    stack.pop_back();
    model.for_each_next(state, [&](std::uint32_t /*label*/, const State& next) {
      if (seen.insert(representative(next)).second) stack.push_back(next);
    });
  }
  CHECK(seen.size() == 665);
}

TEST_CASE("the search comes to the same with any number of threads") {
  const unsigned managers = is_sanitized ? 5 : 7;
  const SearchOutcome alone = explore_commit(managers, false, 1);
  const SearchOutcome many = explore_commit(managers, false, 3);
  CHECK((is_sanitized || alone.counts.states == 296448));
  CHECK(alone.counts.states == many.counts.states);
  CHECK(alone.counts.transitions == many.counts.transitions);
  CHECK(alone.counts.depth == many.counts.depth);
  CHECK(alone.end == SearchEnd::complete);
}

TEST_CASE("a violation is found by a shortest path, and its path leads there") {
  Counting model(1000, 10);
  const SearchOutcome outcome = Search(model, {}).run();
  CHECK(outcome.end == SearchEnd::violation);
  CHECK(outcome.violation == 7);
  CHECK(outcome.path.size() == 4);  // 3 + 3 + 3 + 1 in some order
  std::uint32_t sum = 0;
  for (const std::uint32_t step : outcome.path) sum += step;
  CHECK(sum == 10);
}

TEST_CASE("tables that grow do not change what is found") {
  Counting model(5000, 0);
  const SearchOutcome outcome = Search(model, {.jobs = 2}).run();
  CHECK(outcome.end == SearchEnd::complete);
  CHECK(outcome.counts.states == 5001);
  CHECK(outcome.counts.transitions == 5000 + 4998);
}

TEST_CASE("a search ends at its limits and says how far it came") {
  TwoPhaseCommit model(5);
  const SearchOutcome by_states = Search(model, {.states = 1000}).run();
  CHECK(by_states.end == SearchEnd::states);
  CHECK(by_states.counts.states >= 1000);
  CHECK(by_states.counts.frontier > 0);
  const SearchOutcome by_depth = Search(model, {.depth = 3}).run();
  CHECK(by_depth.end == SearchEnd::depth);
  CHECK(by_depth.counts.depth == 3);
  CHECK(Search(model, {.memory = 1}).run().end == SearchEnd::memory);
}

TEST_CASE("states of many sizes are kept exactly, also those with equal hashes") {
  StateShard shard;
  const Arrival arrival{.from = {1, 2}, .label = 3};
  std::vector<std::vector<std::uint32_t>> all;
  for (std::uint32_t i = 0; i < 20'000; ++i) {
    all.emplace_back(1 + i % 40, i);
    CHECK(shard.insert(i % 100, arrival, all.back()));  // only 100 different hashes
  }
  std::vector<std::uint32_t> places;
  shard.places(0, shard.count(), places);
  REQUIRE(places.size() == all.size());
  bool same = true;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Words words = shard.words(places[i]);
    same = same && std::equal(words.begin(), words.end(), all[i].begin(), all[i].end());
  }
  CHECK(same);
  CHECK_FALSE(shard.insert(77, arrival, all[77]));
  CHECK(shard.arrival(places[5]).label == 3);
  CHECK(shard.arrival(places[5]).from == StateRef{1, 2});
  shard.places(1000, 1003, places);
  CHECK(shard.words(places[0])[0] == 1000);
}

}  // namespace dsys::search
