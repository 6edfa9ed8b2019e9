// Whether a history of concurrent operations could have happened one at a time, each at some
// moment between its invocation and its completion (Herlihy and Wing 1990).
//
// The search is the one of Wing and Gong (1993) with Lowe's cache of configurations (2017), in the
// form of Porcupine: the calls and returns stand in a doubly linked list in the order of time. An
// operation whose call stands before the first return may come next; to take it unlinks its two
// entries. Where a return is in the way and nothing can be taken, the search steps back and links
// them in again. A configuration, which is the set of operations taken with the state after them,
// is entered only once. Exponential in the worst case (the problem is NP-complete), close to linear
// where few operations run at a time.
//
// An operation with an unknown outcome has no return: it may be taken at any time after its call,
// or never. Three rules keep many of these from blowing up the search; none loses a solution:
//  - A read that is right in the present state is taken at once, because it disturbs nothing.
//  - An unknown operation waits until something needs it: whatever comes right after it must be
//    impossible, or have another effect, without it (`needs_waiting`).
//  - Of equal unknown operations the earliest is taken, and one that gives a value which nobody saw
//    is left out.
#pragma once

#include "common/core/assert.hpp"
#include "common/core/hash.hpp"
#include "common/history/configurations.hpp"
#include "common/history/operations.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace dsys::history {

enum class Outcome : std::uint8_t {
  linearizable,
  not_linearizable,
  undecided,  // the search would have taken more memory than it may
};

struct OrderingLimits {
  std::size_t memory = std::size_t{256} << 20U;  // bytes, for the configurations seen
};

// Judges the first `length` events of a history. Operations whose return is not among them have an
// unknown outcome there, whatever their answer will be.
template <SequentialModel Model>
class LinearizabilitySearch {
 public:
  using State = typename Model::State;
  using Operations = OperationsOf<Model>;

  LinearizabilitySearch(Model model, Operations operations, std::span<const HistoryEvent> events)
      : model_(std::move(model)),
        operations_(operations),
        guide_(model_, operations, events),
        seen_(model_) {
    number_operations(events);
    link(events);
  }
  LinearizabilitySearch(const LinearizabilitySearch&) = delete;
  LinearizabilitySearch& operator=(const LinearizabilitySearch&) = delete;
  ~LinearizabilitySearch() = default;

  Outcome run(const OrderingLimits& limits = {}) {
    if (guide_.is_impossible()) return Outcome::not_linearizable;
    frames_.push_back({.state = model_.initial(), .before = model_.initial()});
    arrive();
    while (!frames_.empty()) {
      if (is_done()) return Outcome::linearizable;
      if (seen_.memory() > limits.memory) return Outcome::undecided;
      if (!go_on()) step_back();
    }
    return Outcome::not_linearizable;
  }

  // Of a linearizable history: the operations in an order that explains it, without those that need
  // never have happened, and the state after them.
  std::vector<std::size_t> order() const {
    std::vector<std::size_t> operations;
    operations.reserve(taken_in_order_.size());
    for (const Number one : taken_in_order_) operations.push_back(operation_of_[one]);
    return operations;
  }
  const State& state() const { return frames_.back().state; }

  // The place, among the events, of the furthest return that stood in the way; all before it are
  // explained.
  std::size_t furthest_return() const { return entries_[furthest_].event; }

  std::size_t configurations() const { return seen_.size(); }
  const Model& model() const { return model_; }

 private:
  // Operations with a known outcome are numbered in the order of their calls; then, from the next
  // multiple of 64, those with an unknown one. So the sets of both are words of their own.
  using Number = std::uint32_t;
  static constexpr std::uint32_t word_bits = 64;

  struct Entry {  // entry 0 is both ends of the list
    std::uint32_t previous = 0;
    std::uint32_t next = 0;
    std::uint32_t event = 0;
    Number number = 0;
    bool is_return = false;
    // Of a return: how many calls come before it.
    std::uint32_t known_before = 0;
    std::uint32_t unknown_before = 0;
  };

  struct Frame {  // the search at one configuration
    State state{};
    State before{};
    Number waiting = 0;               // an unknown operation just taken, plus one; 0: none
    std::size_t taken_before = 0;     // how many operations were taken when it was entered
    std::uint32_t first_return = 0;   // the entry: only calls before it may come next
    std::uint32_t cursor = 0;         // the call to try next; a return: the unknown are tried
    std::uint32_t unknown_tried = 0;  // how many of these were
    bool is_exhausted = false;
  };

  bool is_done() const { return entries_[0].next == 0; }
  bool is_used(Number number) const { return number < known_ || is_unknown(number); }
  bool is_unknown(Number number) const { return number >= first_unknown_; }
  bool is_taken(Number number) const {
    return (taken_[number / word_bits] >> (number % word_bits) & 1U) != 0;
  }
  const typename Model::Call& call_of(Number number) const {
    return operations_[operation_of_[number]].call;
  }
  const std::optional<typename Model::Answer>& answer_of(Number number) const {
    static const std::optional<typename Model::Answer> none;
    return is_unknown(number) ? none : operations_[operation_of_[number]].answer;
  }

  // --- Setting up ---

  void number_operations(std::span<const HistoryEvent> events) {
    std::vector<bool> is_known(operations_.size(), false);
    std::uint32_t known = 0;
    for (const HistoryEvent& event : events) {
      if (!event.is_return) continue;
      is_known[event.operation] = true;
      ++known;
    }
    first_unknown_ = (known + word_bits - 1) / word_bits * word_bits;
    operation_of_.assign(first_unknown_, 0);
    Number next = 0;
    std::vector<std::uint32_t> unknown;
    for (const HistoryEvent& event : events) {
      if (event.is_return) continue;
      if (is_known[event.operation]) {
        operation_of_[next++] = event.operation;
      } else if (!model_.only_reads(operations_[event.operation].call, std::nullopt)) {
        unknown.push_back(event.operation);
      }
    }
    known_ = known;
    leave_out_unseen(unknown);
    operation_of_.insert(operation_of_.end(), unknown.begin(), unknown.end());
    taken_.assign((operation_of_.size() + word_bits - 1) / word_bits, 0);
    only_reads_.resize(known_);
    for (Number one = 0; one < known_; ++one) {
      only_reads_[one] = model_.only_reads(call_of(one), answer_of(one));
    }
    find_equal_unknown();
  }

  // An unknown operation that gives a value which nobody needs might as well not have happened.
  void leave_out_unseen(std::vector<std::uint32_t>& unknown) {
    if constexpr (ModelOfValues<Model>) {
      using Seen = std::remove_cvref_t<decltype(*model_.needs(call_of(0), answer_of(0)))>;
      if (unknown.empty()) return;
      std::vector<Seen> seen;
      const auto add = [&](const auto& call, const auto& answer) {
        if (const auto needed = model_.needs(call, answer)) seen.push_back(*needed);
      };
      for (Number one = 0; one < known_; ++one) add(call_of(one), answer_of(one));
      for (const std::uint32_t one : unknown) {
        add(operations_[one].call, std::optional<typename Model::Answer>());
      }
      std::sort(seen.begin(), seen.end());
      std::erase_if(unknown, [&](std::uint32_t one) {
        const auto given = model_.gives(operations_[one].call);
        return given && !std::binary_search(seen.begin(), seen.end(), *given);
      });
    }
  }

  // Looks back only so far: an equal one that is missed costs time, not a solution.
  void find_equal_unknown() {
    constexpr Number window = 256;
    const auto end = static_cast<Number>(operation_of_.size());
    earlier_equal_.assign(end - first_unknown_, 0);
    for (Number one = first_unknown_; one < end; ++one) {
      const Number stop = one - std::min(one - first_unknown_, window);
      for (Number other = one; other-- > stop;) {
        if (!(call_of(other) == call_of(one))) continue;
        earlier_equal_[one - first_unknown_] = other + 1;
        break;
      }
    }
  }

  void link(std::span<const HistoryEvent> events) {
    std::vector<Number> number_of(operations_.size(), 0);
    std::vector<bool> is_left_out(operations_.size(), true);
    for (Number one = 0; one < operation_of_.size(); ++one) {
      if (!is_used(one)) continue;
      number_of[operation_of_[one]] = one;
      is_left_out[operation_of_[one]] = false;
    }
    entries_.resize(1);
    entries_.reserve(2 * std::size_t{known_} + 1);
    call_entry_.resize(known_);
    return_entry_.resize(known_);
    std::uint32_t known_calls = 0;
    std::uint32_t unknown_calls = 0;
    for (std::uint32_t place = 0; place < events.size(); ++place) {
      const HistoryEvent& event = events[place];
      if (is_left_out[event.operation]) continue;
      const Number number = number_of[event.operation];
      if (!event.is_return) ++(is_unknown(number) ? unknown_calls : known_calls);
      if (is_unknown(number)) continue;
      const auto entry = static_cast<std::uint32_t>(entries_.size());
      (event.is_return ? return_entry_ : call_entry_)[number] = entry;
      entries_.back().next = entry;
      entries_.push_back({.previous = entry - 1,
                          .next = 0,
                          .event = place,
                          .number = number,
                          .is_return = event.is_return,
                          .known_before = known_calls,
                          .unknown_before = unknown_calls});
    }
    const auto last = static_cast<std::uint32_t>(entries_.size() - 1);
    entries_[0].previous = last;
    while (furthest_ < last && !entries_[furthest_].is_return) ++furthest_;
  }

  // --- Taking and giving back ---

  void unlink(std::uint32_t entry) {
    entries_[entries_[entry].previous].next = entries_[entry].next;
    entries_[entries_[entry].next].previous = entries_[entry].previous;
  }
  void relink(std::uint32_t entry) {
    entries_[entries_[entry].previous].next = entry;
    entries_[entries_[entry].next].previous = entry;
  }

  void flip(Number number) {
    taken_[number / word_bits] ^= std::uint64_t{1} << (number % word_bits);
    taken_hash_ ^= mix(number + 1);
  }

  void take(Number number) {
    taken_in_order_.push_back(number);
    flip(number);
    guide_.take(operation_of_[number]);
    if (is_unknown(number)) return;
    unlink(return_entry_[number]);  // first, so that the call's next entry stays in the list
    unlink(call_entry_[number]);
  }

  void give_back() {
    const Number number = taken_in_order_.back();
    taken_in_order_.pop_back();
    flip(number);
    guide_.give_back(operation_of_[number]);
    if (is_unknown(number)) return;
    relink(call_entry_[number]);
    relink(return_entry_[number]);
  }

  // --- Moving ---

  // At a new frame: takes the reads that are right here, and looks whether it has been here before.
  void arrive() {
    Frame& frame = frames_.back();
    std::uint32_t entry = entries_[0].next;
    for (; entry != 0 && !entries_[entry].is_return; entry = entries_[entry].next) {
      const Number number = entries_[entry].number;
      if (!only_reads_[number]) continue;
      State state = frame.state;
      if (!model_.step(state, call_of(number), answer_of(number))) continue;
      take(number);
      frame.waiting = 0;  // what waited for the read was needed
    }
    // While one waits, somebody before the first return needs its value, and no write is harmless.
    if (frame.waiting == 0) take_harmless(frame);
    frame.cursor = entries_[0].next;
    if (is_done()) return;
    frame.first_return = frame.cursor;
    while (!entries_[frame.first_return].is_return) {
      frame.first_return = entries_[frame.first_return].next;
    }
    furthest_ = std::max(furthest_, frame.first_return);
    frame.is_exhausted = !is_new(frame);
  }

  void take_harmless(Frame& frame) {
    std::uint32_t entry = entries_[0].next;
    for (; entry != 0 && !entries_[entry].is_return; entry = entries_[entry].next) {
      const Number number = entries_[entry].number;
      if (!guide_.is_harmless(operation_of_[number])) continue;
      State state = frame.state;
      if (!model_.step(state, call_of(number), answer_of(number))) continue;
      frame.state = std::move(state);
      take(number);
    }
  }

  bool is_new(const Frame& frame) {
    const Entry& stop = entries_[frame.first_return];
    const std::uint32_t first_word = entries_[entries_[0].next].number / word_bits;
    const std::uint32_t known_end = (stop.known_before + word_bits - 1) / word_bits;
    const std::uint32_t unknown_words = (stop.unknown_before + word_bits - 1) / word_bits;
    std::uint64_t hash = hash_combine(taken_hash_, model_.hash(frame.state));
    if (frame.waiting != 0) hash = hash_combine(hash, frame.waiting);
    const std::span<const std::uint64_t> taken(taken_);
    return seen_.insert({.hash = hash,
                         .state = frame.state,
                         .before = frame.waiting == 0 ? frame.state : frame.before,
                         .waiting = frame.waiting,
                         .first_word = first_word,
                         .first_return = frame.first_return},
                        taken.subspan(first_word, known_end - first_word),
                        taken.subspan(first_unknown_ / word_bits, unknown_words));
  }

  // Takes the next operation that may come; false if there is none.
  bool go_on() {
    Frame& frame = frames_.back();
    if (frame.is_exhausted) return false;
    for (; !entries_[frame.cursor].is_return; frame.cursor = entries_[frame.cursor].next) {
      const Number number = entries_[frame.cursor].number;
      auto state = state_after(frame, number);
      if (!state) continue;
      frame.cursor = entries_[frame.cursor].next;
      enter(number, std::move(*state));
      return true;
    }
    while (frame.unknown_tried < entries_[frame.cursor].unknown_before) {
      const Number number = first_unknown_ + frame.unknown_tried++;
      if (is_taken(number)) continue;
      const Number equal = earlier_equal_[number - first_unknown_];
      if (equal != 0 && !is_taken(equal - 1)) continue;
      auto state = state_after(frame, number);
      if (!state) continue;
      enter(number, std::move(*state));
      return true;
    }
    return false;
  }

  void enter(Number number, State state) {
    const Frame& from = frames_.back();
    Frame next{.state = std::move(state),
               .before = from.state,
               .waiting = is_unknown(number) ? number + 1 : 0,
               .taken_before = taken_in_order_.size()};
    frames_.push_back(std::move(next));
    take(number);
    arrive();
  }

  void step_back() {
    while (taken_in_order_.size() > frames_.back().taken_before) give_back();
    frames_.pop_back();
  }

  std::optional<State> state_after(const Frame& frame, Number number) {
    const Place first_return = entries_[frame.first_return].event;
    if (guide_.leads_nowhere(operation_of_[number], first_return)) return std::nullopt;
    State state = frame.state;
    if (!model_.step(state, call_of(number), answer_of(number))) return std::nullopt;
    const bool has_no_effect = is_unknown(number) && model_.same(state, frame.state);
    if (has_no_effect) return std::nullopt;
    if (frame.waiting != 0 && !needs_waiting(frame, number, state)) return std::nullopt;
    return state;
  }

  // Whether the operation, which can be taken after the unknown one that waits and leads to
  // `state`, could not as well be taken before it or without it.
  bool needs_waiting(const Frame& frame, Number number, const State& state) {
    const Number waiting = frame.waiting - 1;
    const bool undoes_it = is_unknown(number) && model_.same(state, frame.before);
    if (undoes_it) return false;
    State without = frame.before;
    if (!model_.step(without, call_of(number), answer_of(number))) return true;
    if (model_.same(without, state)) return false;
    // Two unknown ones that commute come in the order of their calls.
    if (is_unknown(number) && waiting < number) return true;
    const bool commutes =
        model_.step(without, call_of(waiting), std::nullopt) && model_.same(without, state);
    return !commutes;
  }

  Model model_;
  Operations operations_;
  typename GuideOf<Model>::type guide_;
  std::vector<std::uint32_t> operation_of_;  // by number
  std::vector<bool> only_reads_;             // by number, of the known
  std::vector<Number> earlier_equal_;        // of the unknown, from the first: plus one; 0: none
  std::vector<std::uint32_t> call_entry_;    // by number, of the known
  std::vector<std::uint32_t> return_entry_;
  std::uint32_t known_ = 0;
  Number first_unknown_ = 0;

  std::vector<Entry> entries_;
  std::vector<Frame> frames_;
  std::vector<Number> taken_in_order_;
  std::vector<std::uint64_t> taken_;  // a bit a number
  std::uint64_t taken_hash_ = 0;
  SeenConfigurations<Model> seen_;

  std::uint32_t furthest_ = 0;
};

// --- The verdict ---

template <SequentialModel Model>
Outcome judge(const Model& model, OperationsOf<Model> operations,
              const OrderingLimits& limits = {}) {
  const std::vector<HistoryEvent> events = events_of(operations);
  return LinearizabilitySearch<Model>(model, operations, events).run(limits);
}

template <typename Model>
struct Explanation {
  Outcome outcome = Outcome::linearizable;
  // Of a linearizable history, an order that explains it; else one that explains its longest
  // linearizable prefix. Operations that need never have happened are in neither.
  std::vector<std::size_t> order;
  // The operation whose completion ends that prefix, because no order explains it. None, for a
  // history that is not linearizable, if to find it would take too much memory.
  std::optional<std::size_t> unplaced;
  typename Model::State state{};  // after that order
  std::size_t configurations = 0;
  Model model;  // knows the state
};

// A prefix of a linearizable history is linearizable, so there is one completion at which a history
// stops to be. What is still open there may yet get any answer: so this can be later than the
// return that the search over the whole history could not get past.
template <SequentialModel Model>
Explanation<Model> explain(const Model& model, OperationsOf<Model> operations,
                           const OrderingLimits& limits = {}) {
  const std::vector<HistoryEvent> events = events_of(operations);
  std::optional<LinearizabilitySearch<Model>> search;
  std::size_t configurations = 0;
  const auto judge_first = [&](std::size_t length, std::size_t memory) {
    search.emplace(model, operations, std::span(events).first(length));
    const Outcome outcome = search->run({.memory = memory});
    configurations += search->configurations();
    return outcome;
  };
  Explanation<Model> explanation{.outcome = judge_first(events.size(), limits.memory)};
  if (explanation.outcome == Outcome::not_linearizable) {
    const std::size_t memory = limits.memory / 16;  // for each of several searches
    std::vector<std::size_t> returns;
    for (std::size_t place = search->furthest_return(); place < events.size(); ++place) {
      if (events[place].is_return) returns.push_back(place);
    }
    const auto is_explained = [&](std::size_t place) {
      return judge_first(place + 1, memory) == Outcome::linearizable;
    };
    auto first = returns.begin();
    if (is_explained(*first)) first = std::partition_point(first, returns.end() - 1, is_explained);
    const bool is_certain = judge_first(*first + 1, memory) == Outcome::not_linearizable &&
                            judge_first(*first, memory) == Outcome::linearizable;
    if (is_certain) explanation.unplaced = events[*first].operation;
  }
  explanation.configurations = configurations;
  const bool has_order = explanation.outcome == Outcome::linearizable || explanation.unplaced;
  if (!has_order) return explanation;
  explanation.order = search->order();
  explanation.state = search->state();
  explanation.model = search->model();
  return explanation;
}

}  // namespace dsys::history
