// Histories of transactions: their lines, the judge, and what it finds in words and as JSON.
#include "common/cli/history/history.hpp"
#include "common/cli/history/names.hpp"
#include "common/cli/json.hpp"
#include "common/cli/report.hpp"
#include "common/cli/verbs.hpp"
#include "common/core/error.hpp"
#include "common/history/isolation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dsys::cli {
namespace {

using history::IsolationLevel;
using history::TransactionId;

constexpr std::size_t findings_shown_max = 5;
constexpr std::size_t values_max = 100'000'000;            // of all operations together: 800 MB
constexpr std::size_t text_max = std::size_t{256} << 20U;  // bytes of different keys and values

// "strict-serializable"
std::string word_of(IsolationLevel level) {
  std::string word = history::name(level);
  std::replace(word.begin(), word.end(), ' ', '-');
  return word;
}

IsolationLevel level_named(const std::string& wanted) {
  std::string words;
  for (int i = 0; i <= static_cast<int>(IsolationLevel::strict_serializable); ++i) {
    const auto level = static_cast<IsolationLevel>(i);
    if (word_of(level) == wanted) return level;
    words.append(words.empty() ? "" : ", ").append(word_of(level));
  }
  throw UsageError(fmt::format("--level {}: must be one of {}", in_quotes(wanted), words));
}

enum class MicroWord : std::uint8_t { read, write };

struct Micro {
  MicroWord word{};
  history::Key key = 0;
  std::vector<history::TransactionValue> values;  // written: one; read: the list, or at most one

  bool asks_like(const Micro& other) const {
    const bool is_same = word == other.word && key == other.key;
    return is_same && (word == MicroWord::read || values == other.values);
  }
};

struct RecordedTransaction {
  history::Transaction transaction;
  std::vector<Micro> micros;
};

class TransactionJudge final : public HistoryJudge {
 public:
  TransactionJudge(const HistoryModel& model, const HistoryOptions& options)
      : model_(model.name),
        is_list_(model.name == "list-append"),
        level_(level_named(options.level)),
        is_json_(options.json) {
    if (!options.initial.empty()) {
      throw UsageError(
          fmt::format("--initial: is for registers; with {} every key begins with "
                      "nothing",
                      model.name));
    }
  }

  void begin(const HistoryLine& line) override {
    if (line.f != "txn") {
      line.refuse(
          fmt::format("\"f\" {} is no operation of {}; it must be txn", in_quotes(line.f), model_));
    }
    transactions_.push_back({.transaction = {.process = process_of(line),
                                             .outcome = history::TransactionOutcome::unknown,
                                             .invoked = line.number},
                             .micros = micros_of(line)});
  }

  void end(std::size_t operation, const HistoryLine& line) override {
    RecordedTransaction& one = transactions_[operation];
    one.transaction.completed = line.number;
    if (line.type == LineType::fail) {
      one.transaction.outcome = history::TransactionOutcome::aborted;
    }
    if (line.type != LineType::ok) return;
    one.transaction.outcome = history::TransactionOutcome::committed;
    std::vector<Micro> micros = micros_of(line);
    const bool is_same =
        std::equal(micros.begin(), micros.end(), one.micros.begin(), one.micros.end(),
                   [](const Micro& left, const Micro& right) { return left.asks_like(right); });
    if (!is_same) {
      line.refuse(
          fmt::format("\"value\" must have the operations of the invocation in line {}, "
                      "with the reads filled in",
                      one.transaction.invoked));
    }
    one.micros = std::move(micros);
  }

  int report(const HistoryCounts& counts, Terminal& terminal) override;

 private:
  // --- Reading ---

  static std::uint32_t process_of(const HistoryLine& line) {
    if (line.process <= UINT32_MAX) return static_cast<std::uint32_t>(line.process);
    line.refuse("\"process\" must be below 4294967296");
  }

  std::vector<Micro> micros_of(const HistoryLine& line) {
    const std::string right = is_list_
                                  ? R"(a list of ["append",KEY,VALUE] and ["r",KEY,LIST or null])"
                                  : R"(a list of ["w",KEY,VALUE] and ["r",KEY,VALUE or null])";
    if (!line.value || !line.value->is_array()) {
      line.refuse(fmt::format("\"value\" must be {}", right));
    }
    std::vector<Micro> micros;
    micros.reserve(line.value->size());
    for (const Json& one : *line.value) {
      auto micro = micro_of(one);
      if (!micro) line.refuse(fmt::format("{} in \"value\" is none of {}", one.dump(), right));
      value_count_ += micro->values.size();
      micros.push_back(std::move(*micro));
    }
    if (value_count_ > values_max || keys_.bytes() + values_.bytes() > text_max) {
      line.refuse("the values so far take too much memory; a shorter history can be judged");
    }
    return micros;
  }

  std::optional<Micro> micro_of(const Json& json) {
    if (!json.is_array() || json.size() != 3 || !json[0].is_string()) return std::nullopt;
    const auto key = scalar_text(json[1]);
    if (!key || json[1].is_null()) return std::nullopt;
    const auto& word = json[0].get_ref<const std::string&>();
    const bool is_write = word == (is_list_ ? "append" : "w");
    if (!is_write && word != "r") return std::nullopt;
    Micro micro{.word = is_write ? MicroWord::write : MicroWord::read,
                .key = keys_.number_of(*key),
                .values = {}};
    const Json& value = json[2];
    if (value.is_null()) return is_write ? std::nullopt : std::optional(std::move(micro));
    const bool takes_list = is_list_ && !is_write;
    if (takes_list != value.is_array()) return std::nullopt;
    if (!takes_list) return add_value(micro, value);
    micro.values.reserve(value.size());
    for (const Json& element : value) {
      if (!add_value(micro, element)) return std::nullopt;
    }
    return micro;
  }

  std::optional<Micro> add_value(Micro& micro, const Json& value) {
    auto text = scalar_text(value);
    if (!text || value.is_null()) return std::nullopt;
    micro.values.push_back(values_.number_of(std::move(*text)));
    return micro;
  }

  // --- Judging ---

  history::TransactionHistory history() const;
  history::IsolationVerdict verdict() const;
  bool is_violated(const history::IsolationVerdict& verdict) const {
    const auto weakest = verdict.weakest_violated();
    return weakest && *weakest <= level_;
  }

  // --- Telling ---

  history::TransactionNames names() const {
    return {.key = [this](history::Key key) { return bare(keys_.text(key)); },
            .value =
                [this](history::TransactionValue value) {
                  return values_.text(static_cast<std::uint32_t>(value));
                }};
  }
  // A key without the quotes of its JSON.
  static std::string bare(const std::string& text) {
    const bool is_quoted = text.size() > 2 && text.front() == '"' && text.back() == '"';
    return is_quoted ? text.substr(1, text.size() - 2) : text;
  }
  static std::set<TransactionId> concerned(const history::Finding& finding) {
    std::set<TransactionId> all(finding.transactions.begin(), finding.transactions.end());
    for (const history::Dependency& edge : finding.cycle) all.insert({edge.from, edge.to});
    return all;
  }
  std::string lines_text(TransactionId id) const {
    const history::Transaction& one = transactions_[id].transaction;
    const std::string end = one.completed == 0 ? "" : fmt::format("{}", one.completed);
    return fmt::format("T{} is lines {}-{}, process {}", id + 1, one.invoked, end, one.process);
  }
  void print_finding(const history::Finding& finding, Terminal& terminal) const;
  OrderedJson json_of(const history::Finding& finding) const;

  std::string_view model_;
  bool is_list_;
  IsolationLevel level_;
  bool is_json_;
  Names keys_;
  Names values_;
  std::size_t value_count_ = 0;
  std::vector<RecordedTransaction> transactions_;
};

history::TransactionHistory TransactionJudge::history() const {
  history::TransactionHistory history;
  for (const RecordedTransaction& one : transactions_) {
    history.begin(one.transaction);
    for (const Micro& micro : one.micros) {
      if (micro.word == MicroWord::write) {
        is_list_ ? history.append(micro.key, micro.values[0])
                 : history.write(micro.key, micro.values[0]);
      } else if (is_list_) {
        history.read_list(micro.key, micro.values);
      } else {
        history.read_value(micro.key,
                           micro.values.empty() ? std::nullopt : std::optional(micro.values[0]));
      }
    }
  }
  return history;
}

history::IsolationVerdict TransactionJudge::verdict() const {
  const history::IsolationOptions options{
      .process_order = level_ >= IsolationLevel::strong_session_serializable,
      .realtime_order = level_ == IsolationLevel::strict_serializable};
  return is_list_ ? history::check_list_append(history(), options)
                  : history::check_rw_register(history(), options);
}

void TransactionJudge::print_finding(const history::Finding& finding, Terminal& terminal) const {
  const auto level = history::rules_out(finding);
  terminal.line();
  terminal.line(terminal.styled(Style::strong, history::name(finding)) +
                (level ? fmt::format(": no {}", history::name(*level)) : std::string()));
  for (const std::string& line : history::describe(finding, names())) {
    terminal.paragraph(line, 2);
  }
  for (const TransactionId id : concerned(finding)) {
    terminal.line(terminal.styled(Style::faint, "    " + lines_text(id)));
  }
}

OrderedJson TransactionJudge::json_of(const history::Finding& finding) const {
  const auto level = history::rules_out(finding);
  OrderedJson json = {{"anomaly", history::name(finding)},
                      {"reasons", history::describe(finding, names())}};
  json["rules_out"] = level ? OrderedJson(history::name(*level)) : OrderedJson();
  json["transactions"] = OrderedJson::array();
  for (const TransactionId id : concerned(finding)) {
    const history::Transaction& one = transactions_[id].transaction;
    json["transactions"].push_back(
        {{"name", fmt::format("T{}", id + 1)},
         {"process", one.process},
         {"invoked_line", one.invoked},
         {"completed_line", one.completed == 0 ? OrderedJson() : OrderedJson(one.completed)}});
  }
  return json;
}

int TransactionJudge::report(const HistoryCounts& counts, Terminal& terminal) {
  const history::IsolationVerdict found = verdict();
  const bool violated = is_violated(found);
  const auto weakest = found.weakest_violated();
  const int status = violated ? exit_violation : exit_fine;
  if (is_json_) {
    OrderedJson document = {
        {"model", model_},
        {"level", word_of(level_)},
        {"violated", violated},
        {"weakest_violated", weakest ? OrderedJson(history::name(*weakest)) : OrderedJson()},
        {"transactions", counts.operations},
        {"ok", counts.ok},
        {"failed", counts.failed},
        {"unknown", counts.unknown},
        {"processes", counts.processes},
        {"dependencies", found.dependencies}};
    document["findings"] = OrderedJson::array();
    for (const history::Finding& one : found.findings) document["findings"].push_back(json_of(one));
    terminal.line(document.dump());
    return status;
  }
  const std::string_view wanted = history::name(level_);
  terminal.line(violated
                    ? terminal.styled(Style::bad, fmt::format("NOT {}", wanted)) +
                          fmt::format(" (model {})", model_)
                    : terminal.styled(Style::good, fmt::format("Nothing rules out {}", wanted)) +
                          fmt::format(" (model {})", model_));
  terminal.paragraph(fmt::format(
      "{} by {}: {} ok, {} failed, {} unknown; {} between them.",
      counted(counts.operations, "transaction"),
      counts.processes == 1 ? "1 process" : fmt::format("{} processes", counts.processes),
      counts.ok, counts.failed, counts.unknown,
      found.dependencies == 1 ? "1 dependency"
                              : fmt::format("{} dependencies", found.dependencies)));
  const std::size_t shown = std::min(found.findings.size(), findings_shown_max);
  for (std::size_t i = 0; i < shown; ++i) print_finding(found.findings[i], terminal);
  if (shown < found.findings.size()) {
    terminal.line();
    terminal.line(
        fmt::format("{} more findings; --json has them all.", found.findings.size() - shown));
  }
  return status;
}

}  // namespace

std::unique_ptr<HistoryJudge> transaction_judge(const HistoryModel& model,
                                                const HistoryOptions& options) {
  return std::make_unique<TransactionJudge>(model, options);
}

}  // namespace dsys::cli
