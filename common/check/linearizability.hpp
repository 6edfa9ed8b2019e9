// Whether a history of concurrent operations could have happened one at a time, each at some
// moment between its invocation and its completion (Herlihy and Wing 1990).
//
// The search is the one of Wing and Gong with Lowe's cache of configurations: it takes the calls
// that may come first, one after the other, and steps back when a completion was not explained.
// Exponential in the worst case, quick on histories with few operations at a time.
#pragma once

#include "common/core/time.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace dsys::check {

template <typename Call, typename Answer>
struct Operation {
  Call call;
  std::optional<Answer> answer;  // none: never completed; it may have had its effect or not
  Time invoked{};
  Time completed{};  // meaningless without an answer
};

// A Model has State (ordered), and
//   static bool step(State& state, const Call& call, const std::optional<Answer>& answer)
// which applies the call and tells whether the answer is right; no answer is always right.
template <typename Model, typename Call, typename Answer>
class LinearizabilitySearch {
 public:
  explicit LinearizabilitySearch(const std::vector<Operation<Call, Answer>>& operations)
      : operations_(operations), done_(operations.size(), false) {
    for (const auto& one : operations) completions_left_ += one.answer ? 1 : 0;
  }

  bool run() { return search({}); }

 private:
  using State = typename Model::State;

  bool search(const State& state) {
    if (completions_left_ == 0) return true;
    if (!seen_.insert({done_, state}).second) return false;
    const Time first_completion = earliest_completion();
    for (std::size_t i = 0; i < operations_.size(); ++i) {
      const auto& one = operations_[i];
      if (done_[i] || one.invoked > first_completion) continue;
      State next = state;
      if (!Model::step(next, one.call, one.answer)) continue;
      done_[i] = true;
      completions_left_ -= one.answer ? 1 : 0;
      if (search(next)) return true;
      done_[i] = false;
      completions_left_ += one.answer ? 1 : 0;
    }
    return false;
  }

  // Whatever was invoked after the first open completion cannot come next.
  Time earliest_completion() const {
    Time earliest = Time::max();
    for (std::size_t i = 0; i < operations_.size(); ++i) {
      if (!done_[i] && operations_[i].answer) {
        earliest = std::min(earliest, operations_[i].completed);
      }
    }
    return earliest;
  }

  const std::vector<Operation<Call, Answer>>& operations_;
  std::vector<bool> done_;
  std::size_t completions_left_ = 0;
  std::set<std::pair<std::vector<bool>, State>> seen_;
};

template <typename Model, typename Call, typename Answer>
bool linearizable(const std::vector<Operation<Call, Answer>>& operations) {
  return LinearizabilitySearch<Model, Call, Answer>(operations).run();
}

// The first completion, in the order of time, that no order of operations explains; nothing if
// the whole history is linearizable. Gives the place in `operations`.
template <typename Model, typename Call, typename Answer>
std::optional<std::size_t> first_unexplained(
    const std::vector<Operation<Call, Answer>>& operations) {
  if (linearizable<Model>(operations)) return std::nullopt;
  std::set<std::pair<Time, std::size_t>> completions;
  for (std::size_t i = 0; i < operations.size(); ++i) {
    if (operations[i].answer) completions.insert({operations[i].completed, i});
  }
  for (const auto& [time, index] : completions) {
    std::vector<Operation<Call, Answer>> prefix;
    for (const auto& one : operations) {
      if (one.invoked > time) continue;
      prefix.push_back(one);
      if (one.completed > time) prefix.back().answer.reset();
    }
    if (!linearizable<Model>(prefix)) return index;
  }
  return std::nullopt;
}

}  // namespace dsys::check
