// A store in memory that runs the transactions of several processes under a given kind of
// concurrency control, and the history that their clients see.
#pragma once

#include "common/core/random.hpp"
#include "common/history/isolation.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace dsys::history {

enum class Concurrency : std::uint8_t {
  serial,          // a whole transaction at one moment between its invocation and its completion
  snapshot,        // reads of the state at its begin; the first of two conflicting ones commits
  read_committed,  // each read of the newest committed state; writes lock keys until the end
};

struct Workload {
  TransactionModel model = TransactionModel::list_append;
  Concurrency concurrency = Concurrency::serial;
  std::uint64_t seed = 1;
  std::uint32_t transactions = 20;
  std::uint32_t processes = 4;
  std::uint32_t keys = 3;                   // at a time
  std::uint32_t writes_for_each_key = 100;  // then it is retired, so that lists stay short
  std::uint32_t operations = 4;             // of a transaction
  int aborts = 0;                           // of 100, by decision of the client
  int lost_answers = 0;                     // of 100: the outcome is unknown
};

class SimulatedStore {
 public:
  explicit SimulatedStore(const Workload& workload)
      : workload_(workload), random_(workload.seed), running_(workload.processes) {
    for (std::uint32_t i = 0; i < workload.keys; ++i) active_.push_back(new_key());
  }

  TransactionHistory run() {
    while (history_.size() < workload_.transactions) {
      ++now_;
      const auto process = static_cast<std::uint32_t>(random_.below(workload_.processes));
      std::optional<Running>& one = running_[process];
      if (!one) {
        one = begin(process);
      } else if (one->done < one->operations.size()) {
        const bool all_at_once = workload_.concurrency == Concurrency::serial;
        do step(*one);
        while (all_at_once && one->done < one->operations.size());
        if (all_at_once && one->outcome != TransactionOutcome::aborted) install(*one);
      } else {
        end(*one);
        one.reset();
      }
    }
    for (auto& one : running_) {  // what took effect is shown
      if (one && one->done == one->operations.size()) end(*one);
    }
    return std::move(history_);
  }

 private:
  struct Operation {
    bool reads = false;
    Key key = 0;
    TransactionValue value = 0;
    std::vector<TransactionValue> seen{};
  };

  struct Running {
    Transaction shown;
    TransactionOutcome outcome = TransactionOutcome::committed;  // in truth
    std::vector<Operation> operations{};
    std::size_t done = 0;
    std::vector<std::size_t> snapshot{};  // by key: how many values it had
  };

  Key new_key() {
    values_.emplace_back();
    written_.push_back(0);
    return static_cast<Key>(values_.size() - 1);
  }

  Running begin(std::uint32_t process) {
    Running one{.shown = {.process = process, .invoked = now_}};
    if (random_.chance(workload_.aborts)) one.outcome = TransactionOutcome::aborted;
    one.operations.resize(workload_.operations);
    for (Operation& operation : one.operations) {
      Key& key = active_[random_.below(active_.size())];
      operation = {.reads = random_.chance(50), .key = key};
      if (operation.reads) continue;
      operation.value = ++written_[key];
      if (operation.value == workload_.writes_for_each_key) key = new_key();
    }
    if (workload_.concurrency == Concurrency::snapshot) {
      for (const auto& values : values_) one.snapshot.push_back(values.size());
    }
    return one;
  }

  void step(Running& one) {
    Operation& operation = one.operations[one.done++];
    if (!operation.reads) {
      lock(one, operation.key);
      return;
    }
    const auto& values = values_[operation.key];
    const bool from_snapshot = workload_.concurrency == Concurrency::snapshot;
    const std::size_t count = from_snapshot ? snapshot_of(one, operation.key) : values.size();
    operation.seen.assign(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(count));
    for (std::size_t i = 0; i + 1 < one.done; ++i) {
      const Operation& own = one.operations[i];
      if (!own.reads && own.key == operation.key) operation.seen.push_back(own.value);
    }
  }

  // Who meets a lock gives up, so that nobody waits for each other.
  void lock(Running& one, Key key) {
    if (workload_.concurrency != Concurrency::read_committed) return;
    const bool is_taken = std::any_of(running_.begin(), running_.end(), [&](const auto& other) {
      return other && &*other != &one && other->outcome != TransactionOutcome::aborted &&
             std::any_of(other->operations.begin(),
                         other->operations.begin() + static_cast<std::ptrdiff_t>(other->done),
                         [&](const Operation& own) { return !own.reads && own.key == key; });
    });
    if (is_taken) one.outcome = TransactionOutcome::aborted;
  }

  static std::size_t snapshot_of(const Running& one, Key key) {
    return key < one.snapshot.size() ? one.snapshot[key] : 0;
  }

  void end(Running& one) {
    if (workload_.concurrency == Concurrency::snapshot && conflicts(one)) {
      one.outcome = TransactionOutcome::aborted;
    }
    const bool installs_now = workload_.concurrency != Concurrency::serial;
    if (installs_now && one.outcome != TransactionOutcome::aborted) install(one);
    one.shown.outcome =
        random_.chance(workload_.lost_answers) ? TransactionOutcome::unknown : one.outcome;
    one.shown.completed = now_;
    history_.begin(one.shown);
    for (const Operation& operation : one.operations) show(operation);
  }

  bool conflicts(const Running& one) const {
    return std::any_of(one.operations.begin(), one.operations.end(), [&](const Operation& own) {
      return !own.reads && values_[own.key].size() != snapshot_of(one, own.key);
    });
  }

  void install(const Running& one) {
    for (const Operation& own : one.operations) {
      if (!own.reads) values_[own.key].push_back(own.value);
    }
  }

  void show(const Operation& operation) {
    const bool is_list = workload_.model == TransactionModel::list_append;
    if (!operation.reads) {
      is_list ? history_.append(operation.key, operation.value)
              : history_.write(operation.key, operation.value);
    } else if (is_list) {
      history_.read_list(operation.key, operation.seen);
    } else if (operation.seen.empty()) {
      history_.read_value(operation.key, std::nullopt);
    } else {
      history_.read_value(operation.key, operation.seen.back());
    }
  }

  Workload workload_;
  Random random_;
  Position now_ = 0;
  std::vector<std::optional<Running>> running_;  // by process
  std::vector<Key> active_;
  std::vector<std::vector<TransactionValue>> values_;  // by key: all that were installed; a
                                                       // register's is the last
  std::vector<std::uint32_t> written_;                 // by key: values given to transactions
  TransactionHistory history_;
};

inline TransactionHistory simulate(const Workload& workload) {
  return SimulatedStore(workload).run();
}

inline IsolationVerdict check(const TransactionHistory& history, TransactionModel model,
                              const IsolationOptions& options = {}) {
  return model == TransactionModel::list_append ? check_list_append(history, options)
                                                : check_rw_register(history, options);
}

}  // namespace dsys::history
