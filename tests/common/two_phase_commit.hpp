// Transaction commit by two phases, abstract, as Gray and Lamport specified it ("Consensus on
// Transaction Commit", 2006; TwoPhase.tla): resource managers, a transaction manager, and a set of
// messages that only grows. With 3 managers TLC finds 288 states, with 5 it finds 8,832. Managers
// may change places: then 314 of these differ.
#pragma once

#include "common/search/search.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

namespace dsys::search {

class TwoPhaseCommit {
 public:
  static constexpr unsigned managers_most = 15;
  // Word 0 is the transaction manager; each other word a resource manager: its state, whether it
  // has sent Prepared, and whether the transaction manager has taken note of that.
  using State = std::array<std::uint32_t, managers_most + 1>;

  explicit TwoPhaseCommit(unsigned managers, bool symmetric = false)
      : managers_(managers), symmetric_(symmetric) {}

  std::vector<std::uint32_t> root() const {
    std::vector<std::uint32_t> all(managers_ + 1, 0);
    return all;
  }

  bool expand(const Visit& at, Successors& out) const {
    State now{};
    std::copy(at.words.begin(), at.words.end(), now.begin());
    for_each_next(now, [&](std::uint32_t label, State next) {
      if (symmetric_) std::sort(next.begin() + 1, next.begin() + 1 + managers_);
      out.add(label, {next.data(), managers_ + 1});
    });
    return true;
  }
  void expand_alone(const Visit& at, Successors& out) const { (void)expand(at, out); }
  static std::uint64_t handler_calls() { return 0; }

  // Calls add(label, state) for each step that is possible.
  template <typename Add>
  void for_each_next(const State& now, Add&& add) const {
    decide(now, add);
    for (unsigned i = 1; i <= managers_; ++i) act(now, i, add);
  }

 private:
  enum : std::uint32_t { working = 0, prepared = 1, committed = 2, aborted = 3, state_mask = 3 };
  enum : std::uint32_t { message_sent = 4, noted = 8 };
  enum : std::uint32_t { undecided = 0, commit_sent = 1, abort_sent = 2 };

  template <typename Add>
  void decide(const State& now, Add&& add) const {
    if (now[0] != undecided) return;
    const bool all = std::all_of(now.begin() + 1, now.begin() + 1 + managers_,
                                 [](std::uint32_t word) { return (word & noted) != 0; });
    if (all) add(0, with(now, 0, commit_sent));
    add(1, with(now, 0, abort_sent));
    for (unsigned i = 1; i <= managers_; ++i) {
      if ((now[i] & message_sent) != 0) add(2, with(now, i, now[i] | noted));
    }
  }

  template <typename Add>
  void act(const State& now, unsigned i, Add&& add) const {
    const std::uint32_t flags = now[i] & ~std::uint32_t{state_mask};
    if ((now[i] & state_mask) == working) {
      add(3, with(now, i, flags | prepared | message_sent));
      add(4, with(now, i, flags | aborted));
    }
    if (now[0] == commit_sent) add(5, with(now, i, flags | committed));
    if (now[0] == abort_sent) add(6, with(now, i, flags | aborted));
  }

  static State with(State state, unsigned i, std::uint32_t word) {
    state[i] = word;
    return state;
  }

  unsigned managers_;
  bool symmetric_;
};

}  // namespace dsys::search
