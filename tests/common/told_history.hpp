// Histories made by hand, and findings as lines of text.
#pragma once

#include "common/history/isolation.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace dsys::history::transaction_tests {

constexpr Key x = 0;
constexpr Key y = 1;
constexpr Key z = 2;
constexpr Key u = 3;
constexpr Key v = 4;
constexpr Key w = 5;

// An operation of a hand-made transaction.
struct TransactionStep {
  MicroKind kind = MicroKind::append;
  Key key = 0;
  std::vector<TransactionValue> values;
};

inline TransactionStep append(Key key, TransactionValue element) {
  return {MicroKind::append, key, {element}};
}
inline TransactionStep read(Key key, std::vector<TransactionValue> list) {
  return {MicroKind::read_list, key, std::move(list)};
}
inline TransactionStep write(Key key, TransactionValue value) {
  return {MicroKind::write, key, {value}};
}
inline TransactionStep get(Key key, TransactionValue value) {
  return {MicroKind::read_value, key, {value}};
}
inline TransactionStep get_nothing(Key key) {
  return {MicroKind::read_nothing, key, {}};
}

inline void add(TransactionHistory& history, const Transaction& transaction,
                const std::vector<TransactionStep>& steps) {
  history.begin(transaction);
  for (const TransactionStep& step : steps) {
    switch (step.kind) {
      case MicroKind::append:
        history.append(step.key, step.values.front());
        break;
      case MicroKind::write:
        history.write(step.key, step.values.front());
        break;
      case MicroKind::read_list:
        history.read_list(step.key, step.values);
        break;
      case MicroKind::read_value:
        history.read_value(step.key, step.values.front());
        break;
      case MicroKind::read_nothing:
        history.read_value(step.key, std::nullopt);
        break;
    }
  }
}

// Transactions that all overlap, each of a process of its own.
struct Overlapping {
  TransactionHistory history;

  Overlapping& with(TransactionOutcome outcome, const std::vector<TransactionStep>& steps) {
    const auto id = static_cast<std::uint32_t>(history.size());
    add(history, {.process = id, .outcome = outcome, .invoked = id, .completed = 100 + id}, steps);
    return *this;
  }
  Overlapping& committed(const std::vector<TransactionStep>& steps) {
    return with(TransactionOutcome::committed, steps);
  }
  Overlapping& aborted(const std::vector<TransactionStep>& steps) {
    return with(TransactionOutcome::aborted, steps);
  }
  Overlapping& unknown(const std::vector<TransactionStep>& steps) {
    return with(TransactionOutcome::unknown, steps);
  }
};

using Lines = std::vector<std::string>;

// Each finding as its name, followed by its sentences.
inline Lines told(const IsolationVerdict& verdict) {
  const TransactionNames names{
      .transaction = {}, .key = [](Key key) { return std::string(1, "xyzuvw"[key]); }, .value = {}};
  Lines lines;
  for (const Finding& finding : verdict.findings) {
    lines.push_back(name(finding));
    for (const std::string& line : describe(finding, names)) lines.push_back(line);
  }
  return lines;
}

inline std::map<std::string, int> count_names(const IsolationVerdict& verdict) {
  std::map<std::string, int> counts;
  for (const Finding& finding : verdict.findings) ++counts[name(finding)];
  return counts;
}

}  // namespace dsys::history::transaction_tests
