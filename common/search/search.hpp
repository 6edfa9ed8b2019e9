// Breadth-first search over every state that a model can reach, so that the first violation found
// is a shortest one. The model says what follows a state; this says what was seen before.
//
// The search goes level by level, and each level in rounds of bounded size: threads expand blocks
// of states, each into lists of its own; then threads take the lists, shard by shard and in the
// order of the blocks, into the store. What is found, and in which order, does not depend on the
// number of threads.
//
// A model may keep tables that grow (which node does what on which event). While threads expand,
// tables are only read: a state that needs an entry that is not there yet is put off to the end of
// the round, where one thread alone adds the entry.
#pragma once

#include "common/core/share_out.hpp"
#include "common/search/state_store.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numeric>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace dsys::search {

struct SearchLimits {
  std::uint64_t states = UINT64_MAX;
  std::uint64_t transitions = UINT64_MAX;
  std::uint64_t calls = UINT64_MAX;            // of handlers: what a program costs
  std::size_t memory = std::size_t{4} << 30U;  // bytes, of the states that were seen
  std::uint32_t depth = UINT32_MAX;            // steps from the beginning
  unsigned jobs = 1;
};

struct SearchCounts {
  std::uint64_t states = 0;
  std::uint64_t transitions = 0;
  std::uint32_t depth = 0;     // of the deepest state
  std::uint64_t frontier = 0;  // states that were not expanded, if it stopped early
  std::uint64_t cut_off = 0;   // transitions that the model did not follow, for their size
};

enum class SearchEnd : std::uint8_t {
  complete,
  violation,
  states,
  transitions,
  calls,
  memory,
  depth
};

struct SearchOutcome {
  SearchCounts counts;
  SearchEnd end = SearchEnd::complete;
  std::vector<std::uint32_t> path;  // of a violation: the labels of its steps
  std::uint32_t violation = 0;      // as the model numbers them
  std::size_t bytes = 0;
};

// A state to expand, and how it was reached.
struct Visit {
  Words words;
  bool is_root = false;
  Words before;             // of the state from which it was reached first
  std::uint32_t label = 0;  // of that step
};

// Where a model puts what follows a state.
class Successors {
 public:
  // The words of the next state; `label` numbers the step for whoever replays it.
  void add(std::uint32_t label, Words words) {
    const std::uint64_t hash = hash_of(words);
    const std::uint32_t shard = StateStore::shard_of(hash);
    std::vector<std::uint32_t>& list = lists_[shard];
    const std::size_t begin = list.size();
    added_.push_back({shard, begin});
    const std::array<std::uint32_t, header_words> header{static_cast<std::uint32_t>(hash),
                                                         static_cast<std::uint32_t>(words.size()),
                                                         from_.shard, from_.place, label};
    list.insert(list.end(), header.begin(), header.end());
    list.insert(list.end(), words.begin(), words.end());
    ++count_;
  }

  // There is a next state, too large to be followed.
  void cut_off() { ++cut_off_; }

  // The step breaks something: the search ends with a shortest path to such a step.
  void add_violation(std::uint32_t label, std::uint32_t violation) {
    ++count_;
    violating_.push_back(label);
    if (violation_) return;
    violation_ = Violation{.from = from_, .label = label, .violation = violation};
  }

  // The labels of all steps, in no order.
  std::vector<std::uint32_t> labels() const {
    std::vector<std::uint32_t> all;
    for (const auto& list : lists_) {
      for (std::size_t i = 0; i < list.size(); i += header_words + list[i + 1]) {
        all.push_back(list[i + 4]);
      }
    }
    all.insert(all.end(), violating_.begin(), violating_.end());
    return all;
  }

 private:
  template <typename Model>
  friend class Search;

  struct Violation {
    StateRef from;
    std::uint32_t label = 0;
    std::uint32_t violation = 0;
  };
  struct Added {
    std::uint32_t shard = 0;
    std::size_t begin = 0;
  };
  static constexpr std::size_t header_words = 5;

  void begin(StateRef from) {
    from_ = from;
    added_.clear();
    count_before_ = count_;
    cut_off_before_ = cut_off_;
    violation_before_ = violation_;
  }
  // Takes back everything since `begin`.
  void take_back() {
    for (; !added_.empty(); added_.pop_back()) {
      lists_[added_.back().shard].resize(added_.back().begin);
    }
    count_ = count_before_;
    cut_off_ = cut_off_before_;
    violation_ = violation_before_;
  }
  void clear() {
    for (auto& list : lists_) list.clear();
    count_ = 0;
    cut_off_ = 0;
    violating_.clear();
    violation_.reset();
  }

  StateRef from_;
  std::array<std::vector<std::uint32_t>, StateStore::shards_max> lists_;
  std::uint64_t count_ = 0;
  std::uint64_t cut_off_ = 0;
  std::vector<std::uint32_t> violating_;  // the labels of all steps that break something
  std::optional<Violation> violation_;    // the first of them
  std::vector<Added> added_;              // since `begin`
  std::uint64_t count_before_ = 0;
  std::uint64_t cut_off_before_ = 0;
  std::optional<Violation> violation_before_;
};

// A Model has
//   std::vector<std::uint32_t> root()
//   bool expand(const Visit&, Successors&) const   false if a table lacks an entry
//   void expand_alone(const Visit&, Successors&)   adds what is lacking
//   std::uint64_t handler_calls() const            that it took to fill the tables
template <typename Model>
class Search {
 public:
  Search(Model& model, const SearchLimits& limits) : model_(model), limits_(limits) {}

  // Called after each round.
  std::function<void(const SearchCounts&)> progress;

  SearchOutcome run() {
    const std::vector<std::uint32_t> root = model_.root();
    const std::uint64_t hash = hash_of(root);
    const std::uint32_t shard = StateStore::shard_of(hash);
    store_.shard(shard).insert(static_cast<std::uint32_t>(hash), {.from = {shard, 0}}, root);
    root_ = {shard, 0};
    SearchOutcome outcome{.counts = {.states = 1}};
    while (!outcome_is_final(outcome)) {
      if (!expand_level(outcome)) break;
    }
    outcome.bytes = store_.bytes();
    return outcome;
  }

 private:
  struct Block {
    std::uint32_t shard = 0;
    std::uint64_t first = 0;
    std::uint64_t end = 0;
  };
  // What one block of a round came to.
  struct Work {
    std::vector<std::uint32_t> places;
    std::vector<std::uint32_t> put_off;
    Successors successors;
  };
  static constexpr std::size_t blocks_a_round = 64;
  static constexpr std::uint64_t small_round = 512;  // states: not worth a thread

  bool outcome_is_final(SearchOutcome& outcome) const {
    outcome.counts.frontier = frontier();
    if (outcome.counts.frontier == 0) return true;
    if (outcome.counts.depth < limits_.depth) return false;
    outcome.end = SearchEnd::depth;
    return true;
  }

  std::vector<Block> blocks_of_level() const {
    constexpr std::uint64_t size = StateShard::block_size;
    std::vector<Block> blocks;
    for (std::uint32_t i = 0; i < StateStore::shards_max; ++i) {
      const std::uint64_t end = store_.shard(i).count();
      for (std::uint64_t first = expanded_[i]; first < end;) {
        const std::uint64_t next = std::min(end, (first / size + 1) * size);
        blocks.push_back({i, first, next});
        first = next;
      }
    }
    return blocks;
  }

  // False if the search ends here.
  bool expand_level(SearchOutcome& outcome) {
    const std::vector<Block> blocks = blocks_of_level();
    const std::uint64_t states_before = outcome.counts.states;
    for (std::size_t first = 0; first < blocks.size(); first += blocks_a_round) {
      const std::size_t count = std::min(blocks_a_round, blocks.size() - first);
      expand_round({blocks.data() + first, count});
      for (std::size_t i = 0; i < count; ++i) {
        outcome.counts.transitions += work_[i].successors.count_;
        outcome.counts.cut_off += work_[i].successors.cut_off_;
      }
      const bool found = take_violation(count, outcome);
      if (!found) store_round(count);
      for (std::size_t i = 0; i < count; ++i) {
        expanded_[blocks[first + i].shard] = blocks[first + i].end;
      }
      outcome.counts.states = store_.count();
      if (found) return false;
      if (outcome.counts.states > states_before) outcome.counts.depth = level_ + 1;
      if (progress) progress(outcome.counts);
      if (is_over(outcome)) return false;
    }
    ++level_;
    return true;
  }

  bool is_over(SearchOutcome& outcome) const {
    if (outcome.counts.states >= limits_.states) outcome.end = SearchEnd::states;
    if (outcome.counts.transitions >= limits_.transitions) outcome.end = SearchEnd::transitions;
    if (model_.handler_calls() >= limits_.calls) outcome.end = SearchEnd::calls;
    if (store_.bytes() >= limits_.memory) outcome.end = SearchEnd::memory;
    if (outcome.end == SearchEnd::complete) return false;
    outcome.counts.frontier = frontier();
    return true;
  }

  // States that are yet to be expanded.
  std::uint64_t frontier() const {
    return store_.count() - std::accumulate(expanded_.begin(), expanded_.end(), std::uint64_t{0});
  }

  Visit visit_of(StateRef state) const {
    const Arrival arrival = store_.arrival(state);
    return {.words = store_.words(state),
            .is_root = state == root_,
            .before = store_.words(arrival.from),
            .label = arrival.label};
  }

  void expand_round(std::span<const Block> blocks) {
    if (work_.size() < blocks.size()) work_.resize(blocks.size());
    std::uint64_t states = 0;
    for (const Block& one : blocks) states += one.end - one.first;
    jobs_now_ = states < small_round ? 1 : limits_.jobs;
    share_out(0, blocks.size(), jobs_now_, [&](std::size_t i) {
      expand_block(blocks[i], work_[i]);
      return true;
    });
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      for (const std::uint32_t place : work_[i].put_off) {
        if (model_.handler_calls() >= limits_.calls) return;
        const StateRef state{blocks[i].shard, place};
        work_[i].successors.begin(state);
        model_.expand_alone(visit_of(state), work_[i].successors);
      }
    }
  }

  void expand_block(const Block& block, Work& work) const {
    work.successors.clear();
    work.put_off.clear();
    store_.shard(block.shard).places(block.first, block.end, work.places);
    const Model& model = model_;
    for (std::size_t i = 0; i < work.places.size(); ++i) {
      const StateRef state{block.shard, work.places[i]};
      if (i + 4 < work.places.size()) {  // how it was reached: somewhere else in memory
        const StateRef from = store_.arrival({block.shard, work.places[i + 4]}).from;
        store_.shard(from.shard).prefetch(from.place);
      }
      work.successors.begin(state);
      if (model.expand(visit_of(state), work.successors)) continue;
      work.successors.take_back();
      work.put_off.push_back(work.places[i]);
    }
  }

  bool take_violation(std::size_t count, SearchOutcome& outcome) const {
    for (std::size_t i = 0; i < count; ++i) {
      const auto& found = work_[i].successors.violation_;
      if (!found) continue;
      outcome.end = SearchEnd::violation;
      outcome.violation = found->violation;
      outcome.path = path_to(found->from);
      outcome.path.push_back(found->label);
      return true;
    }
    return false;
  }

  std::vector<std::uint32_t> path_to(StateRef state) const {
    std::vector<std::uint32_t> path;
    while (!(state == root_)) {
      const Arrival arrival = store_.arrival(state);
      path.push_back(arrival.label);
      state = arrival.from;
    }
    std::reverse(path.begin(), path.end());
    return path;
  }

  void store_round(std::size_t count) {
    share_out(0, StateStore::shards_max, jobs_now_, [&](std::size_t shard) {
      for (std::size_t i = 0; i < count; ++i) {
        store_list(store_.shard(shard), work_[i].successors.lists_[shard]);
      }
      return true;
    });
  }

  static void store_list(StateShard& shard, const std::vector<std::uint32_t>& list) {
    constexpr std::size_t header = Successors::header_words;
    constexpr int ahead_by = 6;  // states, at each of two stages
    std::size_t slot_at = 0;
    std::size_t state_at = 0;
    const auto load_slot = [&] {
      if (slot_at >= list.size()) return;
      shard.prefetch_slot(list[slot_at]);
      slot_at += header + list[slot_at + 1];
    };
    const auto load_state = [&] {
      if (state_at >= list.size()) return;
      shard.prefetch_state(list[state_at]);
      state_at += header + list[state_at + 1];
    };
    for (int i = 0; i < 2 * ahead_by; ++i) load_slot();
    for (int i = 0; i < ahead_by; ++i) load_state();
    for (std::size_t i = 0; i < list.size(); i += header + list[i + 1]) {
      load_slot();
      load_state();
      shard.insert(list[i], {.from = {list[i + 2], list[i + 3]}, .label = list[i + 4]},
                   Words(list).subspan(i + header, list[i + 1]));
    }
  }

  Model& model_;
  SearchLimits limits_;
  StateStore store_;
  StateRef root_;
  std::uint32_t level_ = 0;
  unsigned jobs_now_ = 1;
  std::array<std::uint64_t, StateStore::shards_max> expanded_{};
  std::vector<Work> work_;
};

}  // namespace dsys::search
