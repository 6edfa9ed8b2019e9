#include "common/cli/history/history.hpp"

#include "common/core/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

namespace dsys::cli {
namespace {

constexpr std::uint64_t operations_max = 10'000'000;  // some two hundred bytes each

constexpr std::array<HistoryModel, 7> models{
    {{"register", "read, write", object_judge},
     {"cas-register", "read, write, cas with \"value\":[OLD,NEW]", object_judge},
     {"kv", "a map: read or get, write or put, cas, delete; each with its \"key\"", object_judge},
     {"lock", "acquire, release; the process is the holder", object_judge},
     {"queue", "enqueue, dequeue; first in, first out; dequeue gives null if empty", object_judge},
     {"list-append", R"(txn; its value is a list of ["append",KEY,VALUE] and ["r",KEY,LIST])",
      transaction_judge},
     {"rw-register", R"(txn; its value is a list of ["w",KEY,VALUE] and ["r",KEY,VALUE])",
      transaction_judge}}};

const HistoryModel& model_named(const std::string& name) {
  std::string names;
  for (const HistoryModel& one : models) {
    if (one.name == name) return one;
    names.append(names.empty() ? "" : ", ").append(one.name);
  }
  throw UsageError(
      fmt::format("--model {}: there is no such model; one of {}", in_quotes(name), names));
}

// Knows which operation a completion ends, because a process does one at a time.
class Pairing {
 public:
  explicit Pairing(HistoryJudge& judge) : judge_(judge) {}

  void take(const HistoryLine& line) {
    processes_.insert(line.process);
    line.type == LineType::invoke ? begin(line) : end(line);
  }

  HistoryCounts counts() const {
    HistoryCounts counts = counts_;
    counts.processes = processes_.size();
    counts.unknown = counts.operations - counts.ok - counts.failed;
    return counts;
  }

 private:
  struct Open {
    std::size_t operation = 0;
    std::uint64_t line = 0;
    std::string f;
    std::optional<Json> key;
  };

  void begin(const HistoryLine& line) {
    const auto open = open_.find(line.process);
    if (open != open_.end()) {
      line.refuse(fmt::format(
          "process {} invokes again before its operation of line {} has an ok, fail or info",
          line.process, open->second.line));
    }
    if (counts_.operations == operations_max) {
      line.refuse(fmt::format("there are more than {} operations; a shorter history can be judged",
                              operations_max));
    }
    judge_.begin(line);
    open_[line.process] = {
        .operation = counts_.operations++, .line = line.number, .f = line.f, .key = line.key};
  }

  void end(const HistoryLine& line) {
    const auto open = open_.find(line.process);
    if (open == open_.end()) {
      line.refuse(
          fmt::format("process {} completes what it has not invoked; an invoke must stand before",
                      line.process));
    }
    const bool is_same_f = line.f.empty() || line.f == open->second.f;
    const bool is_same_key = !line.key || line.key == open->second.key;
    if (!is_same_f || !is_same_key) {
      line.refuse(fmt::format("\"{}\" must be that of the invocation in line {}",
                              is_same_f ? "key" : "f", open->second.line));
    }
    if (line.type == LineType::ok) ++counts_.ok;
    if (line.type == LineType::fail) ++counts_.failed;
    judge_.end(open->second.operation, line);
    open_.erase(open);
  }

  HistoryJudge& judge_;
  std::map<std::uint64_t, Open> open_;  // by process
  std::set<std::uint64_t> processes_;
  HistoryCounts counts_;
};

}  // namespace

std::span<const HistoryModel> history_models() {
  return models;
}

int check_history(const HistoryOptions& options, Terminal& terminal) {
  const HistoryModel& model = model_named(options.model);
  const std::unique_ptr<HistoryJudge> judge = model.judge(model, options);
  HistoryReader reader(options.file);
  Pairing pairing(*judge);
  while (const auto line = reader.next()) pairing.take(*line);
  const HistoryCounts counts = pairing.counts();
  if (counts.operations == 0) {
    throw UsageError(fmt::format(
        R"({}: has no operation; a line is one object such as {{"process":1,"type":"invoke","f":"read"}})",
        reader.source()));
  }
  return judge->report(counts, terminal);
}

std::string history_help() {
  return "Judges histories of concurrent operations, of any system.\n\n"
         "Usage: dsys history check [FILE] --model NAME\n\n"
         "  check    whether the history could be that of a correct register, map, lock or queue, "
         "or\n           of transactions with the isolation that was promised\n\n"
         "dsys history check --help describes the models and the lines of a history.\n";
}

std::string history_format() {
  std::string text = "\nModels:\n";
  for (const HistoryModel& one : models)
    text += fmt::format("  {:<14} {}\n", one.name, one.summary);
  return text + R"(
A history is JSON lines in the order of time, two for each operation:
  {"process":1,"type":"invoke","f":"write","key":"x","value":3,"time":123}
  {"process":1,"type":"ok","f":"write","key":"x","value":3,"time":125}

  process   who asks, a whole number; one operation at a time. Lines of "nemesis" are left out.
  type      invoke; then ok: it happened; fail: it certainly did not; info: nobody knows, so it may
            happen at any time from its invocation on, or never. So may what never completes.
  f         the operation, one of the model's
  key       a string or number; keys are independent objects. kv needs it, others may leave it out.
  value     any scalar. Of a write, cas or enqueue in the invocation; of a read or dequeue in its ok.
  time      optional, in any unit; may not decrease. Only the order of lines counts.
Other members are left alone. A line has at most 1 MiB.

A transaction ("f":"txn") has its reads null in the invocation and filled in in its ok:
  {"process":1,"type":"invoke","f":"txn","value":[["append","x",3],["r","y",null]]}
  {"process":1,"type":"ok","f":"txn","value":[["append","x",3],["r","y",[1,2]]]}
No two transactions may append or write the same value to a key. Judged is the level of --level:
read-uncommitted, read-committed, snapshot-isolation, serializable, strong-session-serializable or
strict-serializable.

Exit status: 0 linearizable, or nothing rules out the level; 1 not; 2 not a history or too much to
decide.
)";
}

}  // namespace dsys::cli
