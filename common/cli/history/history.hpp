// `dsys history check`: whether a history, of whatever system, could be that of a correct object,
// or of a database with the isolation that it promises. What a model understands and how it judges
// is one row of a table; the lines are read and paired for all of them alike.
#pragma once

#include "common/cli/history/lines.hpp"
#include "common/cli/names.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace dsys::cli {

struct HistoryOptions {
  std::string file = "-";
  std::string model;
  std::string initial;  // a register's value before the first operation, as JSON; empty: null
  std::uint64_t memory = 256;          // MiB that a search may take for what it has seen
  std::string level = "serializable";  // of transactions: the isolation that they must have
  bool json = false;
};

// What all models count alike.
struct HistoryCounts {
  std::uint64_t operations = 0;
  std::uint64_t ok = 0;
  std::uint64_t failed = 0;
  std::uint64_t unknown = 0;  // "info", or never completed
  std::uint64_t processes = 0;
};

// Hears of the operations as they come, and judges them in the end. Every completion belongs to an
// operation that was begun and not yet ended; one that is never ended has an unknown outcome. Lines
// that a model does not understand are refused with HistoryLine::refuse.
class HistoryJudge {
 public:
  HistoryJudge() = default;
  HistoryJudge(const HistoryJudge&) = delete;
  HistoryJudge& operator=(const HistoryJudge&) = delete;
  virtual ~HistoryJudge() = default;

  // Operations are numbered from 0 in the order in which they begin.
  virtual void begin(const HistoryLine& invocation) = 0;
  virtual void end(std::size_t operation, const HistoryLine& completion) = 0;

  // Prints the verdict and gives the exit status.
  virtual int report(const HistoryCounts& counts, Terminal& terminal) = 0;
};

struct HistoryModel {
  std::string_view name;
  std::string_view summary;  // its operations, for --help
  std::unique_ptr<HistoryJudge> (*judge)(const HistoryModel& model, const HistoryOptions& options);
};

std::span<const HistoryModel> history_models();

// The judge of a register, a map, a lock or a queue: whether the history is linearizable.
std::unique_ptr<HistoryJudge> object_judge(const HistoryModel& model,
                                           const HistoryOptions& options);

// The judge of transactions: which isolation levels the history rules out.
std::unique_ptr<HistoryJudge> transaction_judge(const HistoryModel& model,
                                                const HistoryOptions& options);

// Throws UsageError.
int check_history(const HistoryOptions& options, Terminal& terminal);

// What `dsys history` says, and what its check expects, for --help.
std::string history_help();
std::string history_format();

}  // namespace dsys::cli
