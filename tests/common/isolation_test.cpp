// The checks against stores whose isolation is known, and against the definition.
#include "common/history/isolation.hpp"

#include "common/core/random.hpp"
#include "tests/common/simulated_store.hpp"
#include "tests/common/told_history.hpp"
#include "tests/sanitized.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

namespace dsys::history::transaction_tests {

// --- Simulated stores ---

TEST_CASE("a serial store shows no anomaly in either model, with aborts and lost answers too") {
  std::size_t dependencies = 0;
  for (const auto model : {TransactionModel::list_append, TransactionModel::rw_register}) {
    for (std::uint64_t seed = 0; seed < 2000; ++seed) {
      const TransactionHistory history =
          simulate({.model = model, .seed = seed, .aborts = 10, .lost_answers = 10});
      const IsolationVerdict verdict =
          check(history, model,
                {.process_order = true, .realtime_order = true, .linearizable_keys = true});
      CHECK_MESSAGE(told(verdict) == Lines{}, "seed " << seed);
      dependencies += verdict.dependencies;
    }
  }
  CHECK(dependencies > 4000 * 50U);
}

TEST_CASE("snapshot isolation allows write skew and nothing worse") {
  std::map<std::string, int> counts;
  for (const auto model : {TransactionModel::list_append, TransactionModel::rw_register}) {
    for (std::uint64_t seed = 0; seed < 1000; ++seed) {
      const TransactionHistory history = simulate(
          {.model = model, .concurrency = Concurrency::snapshot, .seed = seed, .aborts = 5});
      const IsolationVerdict verdict = check(history, model);
      const auto weakest = verdict.weakest_violated();
      CHECK_MESSAGE((!weakest || *weakest == IsolationLevel::serializable), "seed " << seed);
      for (const auto& [name, count] : count_names(verdict)) counts[name] += count;
    }
  }
  CHECK(counts["G2"] > 100);
  CHECK(counts.size() == 1);
}

TEST_CASE("read committed allows read skew and lost updates, and nothing worse") {
  std::map<std::string, int> counts;
  for (const auto model : {TransactionModel::list_append, TransactionModel::rw_register}) {
    for (std::uint64_t seed = 0; seed < 1000; ++seed) {
      const TransactionHistory history = simulate(
          {.model = model, .concurrency = Concurrency::read_committed, .seed = seed, .aborts = 5});
      const IsolationVerdict verdict = check(history, model);
      const auto weakest = verdict.weakest_violated();
      CHECK_MESSAGE((!weakest || *weakest >= IsolationLevel::snapshot_isolation), "seed " << seed);
      for (const auto& [name, count] : count_names(verdict)) counts[name] += count;
    }
  }
  CHECK(counts["G-single"] > 100);
  CHECK(counts["internal"] > 100);
  CHECK(counts["lost update"] > 10);
  CHECK(counts["G0"] + counts["G1a"] + counts["G1b"] + counts["G1c"] == 0);
}

// --- The definition ---

namespace {

struct Small {
  std::vector<Transaction> transactions;
  std::vector<std::vector<TransactionStep>> steps;  // by transaction
};

// Whether the transactions of `order`, one after the other, explain all that was read.
bool explains(const Small& small, const std::vector<std::size_t>& order) {
  std::map<Key, std::vector<TransactionValue>> lists;
  for (const std::size_t id : order) {
    for (const TransactionStep& step : small.steps[id]) {
      std::vector<TransactionValue>& list = lists[step.key];
      switch (step.kind) {
        case MicroKind::append:
          list.push_back(step.values.front());
          break;
        case MicroKind::write:
          list = step.values;
          break;
        default:
          if (small.transactions[id].outcome == TransactionOutcome::committed &&
              list != step.values) {
            return false;
          }
          break;
      }
    }
  }
  return true;
}

enum class TimeMatters : std::uint8_t { no, yes };

bool respects_time(const Small& small, const std::vector<std::size_t>& order) {
  for (std::size_t i = 0; i < order.size(); ++i) {
    for (std::size_t j = i + 1; j < order.size(); ++j) {
      const Transaction& later = small.transactions[order[j]];
      if (later.outcome == TransactionOutcome::committed &&
          later.completed < small.transactions[order[i]].invoked) {
        return false;
      }
    }
  }
  return true;
}

// By definition: some order of all that committed, and of any that may have.
bool is_serializable(const Small& small, TimeMatters time) {
  const std::size_t count = small.transactions.size();
  for (unsigned chosen = 0; chosen < 1U << count; ++chosen) {
    std::vector<std::size_t> order;
    bool is_possible = true;
    for (std::size_t id = 0; id < count; ++id) {
      const bool happens = (chosen >> id & 1U) != 0;
      const TransactionOutcome outcome = small.transactions[id].outcome;
      if (happens) order.push_back(id);
      if (outcome == (happens ? TransactionOutcome::aborted : TransactionOutcome::committed))
        is_possible = false;
    }
    if (!is_possible) continue;
    do {
      if (time == TimeMatters::yes && !respects_time(small, order)) continue;
      if (explains(small, order)) return true;
    } while (std::next_permutation(order.begin(), order.end()));
  }
  return false;
}

// Some prefix of some order of the values of a key; of a register at most the last one of it.
std::vector<TransactionValue> imagined(Random& random, TransactionModel model,
                                       TransactionValue written) {
  std::vector<TransactionValue> values(static_cast<std::size_t>(written));
  std::iota(values.begin(), values.end(), 1);
  if (random.chance(15) && written > 1) std::swap(values[0], values[1]);
  values.resize(random.below(values.size() + 1));
  if (model == TransactionModel::rw_register && values.size() > 1) return {values.back()};
  return values;
}

Small random_history(Random& random, TransactionModel model) {
  const bool is_list = model == TransactionModel::list_append;
  Small small;
  std::array<TransactionValue, 2> written{};
  const auto count = 2 + random.below(3);
  for (std::uint32_t id = 0; id < count; ++id) {
    const Position invoked = random.below(20);
    small.transactions.push_back({.process = id,
                                  .outcome = random.chance(80)   ? TransactionOutcome::committed
                                             : random.chance(50) ? TransactionOutcome::unknown
                                                                 : TransactionOutcome::aborted,
                                  .invoked = invoked,
                                  .completed = invoked + 1 + random.below(15)});
    std::vector<TransactionStep>& steps = small.steps.emplace_back();
    const auto length = 1 + random.below(3);
    for (std::uint64_t i = 0; i < length; ++i) {
      const auto key = static_cast<Key>(random.below(2));
      if (random.chance(50)) {
        steps.push_back(is_list ? append(key, ++written[key]) : write(key, ++written[key]));
      } else {
        steps.push_back({is_list ? MicroKind::read_list : MicroKind::read_value, key, {}});
      }
    }
  }
  for (auto& steps : small.steps) {
    for (TransactionStep& step : steps) {
      if (step.kind == MicroKind::append || step.kind == MicroKind::write) continue;
      step.values = imagined(random, model, written[step.key]);
      if (!is_list && step.values.empty()) step.kind = MicroKind::read_nothing;
    }
  }
  return small;
}

// Whether every append was seen, so that lists tell the whole order.
bool all_is_read(const Small& small) {
  std::map<Key, std::size_t> appended;
  std::map<Key, std::size_t> longest;
  for (std::size_t id = 0; id < small.steps.size(); ++id) {
    for (const TransactionStep& step : small.steps[id]) {
      if (step.kind == MicroKind::append) ++appended[step.key];
      if (step.kind == MicroKind::read_list &&
          small.transactions[id].outcome == TransactionOutcome::committed) {
        longest[step.key] = std::max(longest[step.key], step.values.size());
      }
    }
  }
  return std::all_of(appended.begin(), appended.end(),
                     [&](const auto& one) { return longest[one.first] == one.second; });
}

TransactionHistory history_of(const Small& small) {
  TransactionHistory history;
  for (std::size_t id = 0; id < small.steps.size(); ++id) {
    add(history, small.transactions[id], small.steps[id]);
  }
  return history;
}

}  // namespace

TEST_CASE("where an anomaly is found no serial order explains what was read") {
  for (const auto model : {TransactionModel::list_append, TransactionModel::rw_register}) {
    Random random(3);
    int guilty = 0;
    int innocent = 0;
    int missed = 0;
    for (int i = 0; i < (is_sanitized ? 5'000 : 20'000); ++i) {
      const Small small = random_history(random, model);
      const TransactionHistory history = history_of(small);
      for (const auto time : {TimeMatters::no, TimeMatters::yes}) {
        const IsolationVerdict verdict =
            check(history, model, {.realtime_order = time == TimeMatters::yes});
        const bool serializable = is_serializable(small, time);
        if (serializable) {
          ++innocent;
          CHECK_MESSAGE(told(verdict) == Lines{}, "history " << i);
        } else if (verdict.findings.empty()) {
          ++missed;
          // Lists that show every append hide nothing.
          CHECK_FALSE((model == TransactionModel::list_append && all_is_read(small)));
        } else {
          ++guilty;
        }
      }
    }
    CHECK(innocent > 2000);
    CHECK(guilty > 2000);
    CHECK(missed < guilty / 5);
  }
}

TEST_CASE("with linearizable keys, too, no strictly serializable history is accused") {
  Random random(5);
  int innocent = 0;
  for (int i = 0; i < 20'000; ++i) {
    const Small small = random_history(random, TransactionModel::rw_register);
    if (!is_serializable(small, TimeMatters::yes)) continue;
    ++innocent;
    const IsolationVerdict verdict = check_rw_register(
        history_of(small),
        {.process_order = true, .realtime_order = true, .linearizable_keys = true});
    CHECK_MESSAGE(told(verdict) == Lines{}, "history " << i);
  }
  CHECK(innocent > 1000);
}

}  // namespace dsys::history::transaction_tests
