// Histories of one object, or of one for each key: register, map, lock, queue. Reads their
// operations and has them judged by history::judge_object.
#include "common/cli/history/objects.hpp"

#include "common/cli/verbs.hpp"
#include "common/core/error.hpp"
#include "common/study/strict_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace dsys::cli {
namespace {

using history::Action;
using history::Value;

struct Word {
  std::string_view model;
  std::string_view f;
  Action action = Action::read;
};

constexpr std::array<Word, 15> operation_words{{{"register", "read", Action::read},
                                                {"register", "write", Action::write},
                                                {"cas-register", "read", Action::read},
                                                {"cas-register", "write", Action::write},
                                                {"cas-register", "cas", Action::compare_and_set},
                                                {"kv", "read", Action::read},
                                                {"kv", "get", Action::read},
                                                {"kv", "write", Action::write},
                                                {"kv", "put", Action::write},
                                                {"kv", "cas", Action::compare_and_set},
                                                {"kv", "delete", Action::write},
                                                {"lock", "acquire", Action::acquire},
                                                {"lock", "release", Action::release},
                                                {"queue", "enqueue", Action::enqueue},
                                                {"queue", "dequeue", Action::dequeue}}};

history::ObjectModel object_of(std::string_view model) {
  if (model == "lock") return history::ObjectModel::lock;
  return model == "queue" ? history::ObjectModel::queue : history::ObjectModel::single_register;
}

class ObjectJudge final : public HistoryJudge {
 public:
  ObjectJudge(const HistoryModel& model, const HistoryOptions& options)
      : is_json_(options.json), limits_{.memory = std::size_t{options.memory} << 20U} {
    history_.model = model.name;
    history_.object = object_of(model.name);
    if (!options.initial.empty()) history_.at_first = initial_value(options.initial);
  }

  void begin(const HistoryLine& line) override {
    const Word& word = word_of(line);
    if (history_.model == "kv" && !line.key) line.refuse("\"key\" is missing; kv needs one");
    history_.operations.push_back(
        {.operation = {.call = call_of(line, word), .invoked = moment_of(line)},
         .process = line.process,
         .key = key_of(line),
         .is_delete = word.f == "delete"});
  }

  void end(std::size_t operation, const HistoryLine& line) override {
    Recorded& one = history_.operations[operation];
    one.operation.completed = moment_of(line);
    one.has_failed = line.type == LineType::fail;
    if (line.type != LineType::ok) return;
    const Action action = one.operation.call.action;
    const bool has_answer = action == Action::read || action == Action::dequeue;
    one.operation.answer = has_answer ? scalar(line, line.value, "what it gave") : Value{};
  }

  int report(const HistoryCounts& counts, Terminal& terminal) override;

 private:
  // --- Reading ---

  static history::Moment moment_of(const HistoryLine& line) {
    return static_cast<history::Moment>(line.number);
  }

  const Word& word_of(const HistoryLine& line) const {
    std::string known;
    for (const Word& one : operation_words) {
      if (one.model != history_.model) continue;
      if (one.f == line.f) return one;
      known.append(known.empty() ? "" : ", ").append(one.f);
    }
    line.refuse(fmt::format("\"f\" {} is no operation of {}; it must be one of {}",
                            in_quotes(line.f), history_.model, known));
  }

  std::uint32_t name(const HistoryLine& line, std::string text) {
    constexpr std::size_t bytes_max = std::size_t{256} << 20U;
    const std::uint32_t number = history_.names.number_of(std::move(text));
    if (history_.names.bytes() <= bytes_max) return number;
    line.refuse(
        "the values so far take more than 256 MiB; a history with smaller ones can be judged");
  }

  std::uint32_t key_of(const HistoryLine& line) {
    return line.key ? name(line, *scalar_text(*line.key)) : 0;
  }

  Value scalar(const HistoryLine& line, const std::optional<Json>& value, std::string_view what) {
    auto text = value ? scalar_text(*value) : std::nullopt;
    if (text) return Value{name(line, std::move(*text))};
    line.refuse(
        fmt::format(R"("value" must be {}: null, true, false, a number or a string)", what));
  }

  history::ObjectCall call_of(const HistoryLine& line, const Word& word) {
    history::ObjectCall call{.action = word.action};
    const bool has_value = line.value && !line.value->is_null();
    switch (word.action) {
      case Action::read:
      case Action::dequeue:
        if (!has_value) break;
        line.refuse(
            fmt::format("\"value\" must be null or absent where a {} begins; what it gives "
                        "belongs to its ok",
                        word.f));
      case Action::write:
        if (word.f != "delete") call.value = scalar(line, line.value, "what to write");
        break;
      case Action::compare_and_set: {
        const bool is_pair = has_value && line.value->is_array() && line.value->size() == 2;
        if (!is_pair) line.refuse(R"("value" of a cas must be [OLD,NEW], such as [1,2])");
        call.expected = scalar(line, (*line.value)[0], "two scalars");
        call.value = scalar(line, (*line.value)[1], "two scalars");
        break;
      }
      case Action::enqueue:
        if (!has_value) line.refuse("\"value\" of an enqueue must not be null, which means empty");
        call.value = scalar(line, line.value, "what to enqueue");
        break;
      case Action::acquire:
      case Action::release:
        call.value = Value{name(line, fmt::format("{}", line.process))};
        break;
    }
    return call;
  }

  Value initial_value(const std::string& text) {
    if (history_.object != history::ObjectModel::single_register) {
      throw UsageError(
          fmt::format("--initial: a {} begins empty; only registers take a value", history_.model));
    }
    study::JsonFault fault;
    const std::optional<Json> value = study::parse_strictly(text, fault);
    auto canonical = value ? scalar_text(*value) : std::nullopt;
    if (canonical) return Value{history_.names.number_of(std::move(*canonical))};
    throw UsageError(fmt::format(
        "--initial {}: must be a JSON scalar such as 0, null or '\"text\"'", in_quotes(text)));
  }

  // --- Judging ---

  std::vector<KeyVerdict> judge_keys() const {
    std::map<std::uint32_t, KeyVerdict> keys;
    for (std::size_t i = 0; i < history_.operations.size(); ++i) {
      if (history_.operations[i].has_failed) continue;
      KeyVerdict& one = keys[history_.operations[i].key];
      one.key = history_.operations[i].key;
      one.operations.push_back(i);
    }
    std::vector<KeyVerdict> verdicts;
    verdicts.reserve(keys.size());
    for (auto& [key, one] : keys) {
      std::vector<history::ObjectOperation> operations;
      operations.reserve(one.operations.size());
      for (const std::size_t place : one.operations) {
        operations.push_back(history_.operations[place].operation);
      }
      one.found = history::judge_object(history_.object, operations, history_.at_first, limits_);
      verdicts.push_back(std::move(one));
    }
    std::sort(verdicts.begin(), verdicts.end(),
              [&](const KeyVerdict& left, const KeyVerdict& right) {
                return left.operations.front() < right.operations.front();
              });
    return verdicts;
  }

  bool is_json_ = false;
  history::OrderingLimits limits_;
  ObjectHistory history_;
};

int ObjectJudge::report(const HistoryCounts& counts, Terminal& terminal) {
  const std::vector<KeyVerdict> verdicts = judge_keys();
  const auto first_with = [&](history::Outcome outcome) {
    return std::find_if(verdicts.begin(), verdicts.end(),
                        [&](const KeyVerdict& one) { return one.found.outcome == outcome; });
  };
  const bool is_good = first_with(history::Outcome::not_linearizable) == verdicts.end();
  const auto open = first_with(history::Outcome::undecided);
  if (is_good && open != verdicts.end()) {
    throw UsageError(fmt::format(
        "history check: {} has too many possible orders to decide: {} MiB of configurations were "
        "not "
        "enough; give --memory more, or a history with fewer operations at a time",
        open->key == 0 ? "it" : "key " + history_.names.text(open->key), limits_.memory >> 20U));
  }
  (is_json_ ? print_object_verdicts_json : print_object_verdicts)(history_, verdicts, counts,
                                                                  terminal);
  return is_good ? exit_fine : exit_violation;
}

}  // namespace

std::unique_ptr<HistoryJudge> object_judge(const HistoryModel& model,
                                           const HistoryOptions& options) {
  return std::make_unique<ObjectJudge>(model, options);
}

}  // namespace dsys::cli
