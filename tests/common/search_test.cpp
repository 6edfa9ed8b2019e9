// The search core, on models that others have counted.
#include "common/check/search.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

namespace dsys::check {
namespace {

// Transaction commit by two phases, abstract, as Gray and Lamport specified it ("Consensus on
// Transaction Commit", 2006; TwoPhase.tla): resource managers, a transaction manager, and a set of
// messages that only grows. With 3 managers TLC finds 288 states, with 5 it finds 8,832. Managers
// may change places: then 314 of these differ.
class TwoPhaseCommit {
 public:
  explicit TwoPhaseCommit(unsigned managers, bool symmetric = false)
      : managers_(managers), symmetric_(symmetric) {}

  std::vector<std::uint32_t> root() const { return std::vector<std::uint32_t>(managers_ + 1, 0); }

  bool expand(const Position& at, Successors& out) const {
    for_each_next({at.words.begin(), at.words.end()},
                  [&](std::uint32_t label, std::vector<std::uint32_t> next) {
                    if (symmetric_) std::sort(next.begin() + 1, next.end());
                    out.add(label, next);
                  });
    return true;
  }
  std::vector<std::vector<std::uint32_t>> following(const std::vector<std::uint32_t>& now) const {
    std::vector<std::vector<std::uint32_t>> all;
    for_each_next(now, [&](std::uint32_t /*label*/, std::vector<std::uint32_t> next) {
      all.push_back(std::move(next));
    });
    return all;
  }
  void expand_alone(const Position& at, Successors& out) const { (void)expand(at, out); }

 private:
  // Word 0 is the transaction manager; each other word a resource manager: its state, whether it
  // has sent Prepared, and whether the transaction manager has taken note of that.
  enum : std::uint32_t { working = 0, prepared = 1, committed = 2, aborted = 3, state_mask = 3 };
  enum : std::uint32_t { message_sent = 4, noted = 8 };
  enum : std::uint32_t { undecided = 0, commit_sent = 1, abort_sent = 2 };

  template <typename Add>
  void for_each_next(const std::vector<std::uint32_t>& now, Add&& add) const {
    decide(now, add);
    for (unsigned i = 1; i <= managers_; ++i) act(now, i, add);
  }

  template <typename Add>
  void decide(const std::vector<std::uint32_t>& now, Add&& add) const {
    if (now[0] != undecided) return;
    const bool all = std::all_of(now.begin() + 1, now.end(),
                                 [](std::uint32_t word) { return (word & noted) != 0; });
    if (all) add(0, with(now, 0, commit_sent));
    add(1, with(now, 0, abort_sent));
    for (unsigned i = 1; i <= managers_; ++i) {
      if ((now[i] & message_sent) != 0) add(2, with(now, i, now[i] | noted));
    }
  }

  template <typename Add>
  void act(const std::vector<std::uint32_t>& now, unsigned i, Add&& add) const {
    const std::uint32_t flags = now[i] & ~std::uint32_t{state_mask};
    if ((now[i] & state_mask) == working) {
      add(3, with(now, i, flags | prepared | message_sent));
      add(4, with(now, i, flags | aborted));
    }
    if (now[0] == commit_sent) add(5, with(now, i, flags | committed));
    if (now[0] == abort_sent) add(6, with(now, i, flags | aborted));
  }

  static std::vector<std::uint32_t> with(std::vector<std::uint32_t> state, unsigned i,
                                         std::uint32_t word) {
    state[i] = word;
    return state;
  }

  unsigned managers_;
  bool symmetric_;
};

// Counts up to `end` in steps of 1 and 3; `bad` is a violation. Its tables fill as it goes.
class Counting {
 public:
  Counting(std::uint32_t end, std::uint32_t bad) : end_(end), bad_(bad) {}

  std::vector<std::uint32_t> root() const { return {0}; }
  bool expand(const Position& at, Successors& out) const {
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
  void expand_alone(const Position& at, Successors& out) {
    for (const std::uint32_t step : {1U, 3U}) known_.insert(at.words[0] + step);
    CHECK(expand(at, out));
  }

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
  using State = std::vector<std::uint32_t>;
  const auto representative = [](State state) {
    std::stable_sort(state.begin() + 1, state.end(), [](std::uint32_t left, std::uint32_t right) {
      return (left & 3U) < (right & 3U);
    });
    return state;
  };
  const TwoPhaseCommit model(5);
  std::vector<State> stack{model.root()};
  std::set<State> seen{representative(stack[0])};
  while (!stack.empty()) {
    const State state = stack.back();
    stack.pop_back();
    for (State& next : model.following(state)) {
      if (seen.insert(representative(next)).second) stack.push_back(std::move(next));
    }
  }
  CHECK(seen.size() == 665);
}

TEST_CASE("the search comes to the same with any number of threads") {
  const SearchOutcome alone = explore_commit(7, false, 1);
  const SearchOutcome many = explore_commit(7, false, 3);
  CHECK(alone.counts.states == 296448);
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

}  // namespace dsys::check
