// Histories of one object, or of one for each key: register, map, lock, queue. Judged by
// check::judge_object; this file reads their operations and tells the verdict.
#include "common/check/models.hpp"
#include "common/cli/history.hpp"
#include "common/cli/report.hpp"
#include "common/cli/verbs.hpp"
#include "common/core/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace dsys::cli {
namespace {

using check::Action;
using check::Value;

// --- Words ---

struct Word {
  std::string_view model;
  std::string_view f;
  Action action = Action::read;
};

constexpr std::array<Word, 15> words{{{"register", "read", Action::read},
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

// --- Names for values ---

// Values and keys as small numbers; null is 0.
class Names {
 public:
  Names() { number_of("null"); }

  std::uint32_t number_of(std::string text) {
    const auto next = static_cast<std::uint32_t>(texts_.size());
    const auto [found, is_new] = numbers_.try_emplace(std::move(text), next);
    if (is_new) {
      texts_.push_back(&found->first);
      bytes_ += found->first.size();
    }
    return found->second;
  }
  const std::string& text(std::uint32_t number) const { return *texts_[number]; }
  const std::string& text(Value value) const { return text(static_cast<std::uint32_t>(value)); }
  std::size_t bytes() const { return bytes_; }

 private:
  std::map<std::string, std::uint32_t> numbers_;
  std::vector<const std::string*> texts_;
  std::size_t bytes_ = 0;
};

// --- The history ---

struct Recorded {
  check::ObjectOperation operation;  // its moments are the numbers of lines
  std::uint64_t process = 0;
  std::uint32_t key = 0;
  bool has_failed = false;
  bool is_delete = false;
};

// One key's part, judged.
struct KeyVerdict {
  std::uint32_t key = 0;
  std::vector<std::size_t> operations;  // places in the history
  check::ObjectVerdict found;

  const Recorded& at(const std::deque<Recorded>& history, std::size_t place) const {
    return history[operations[place]];
  }
};

check::ObjectModel object_of(std::string_view model) {
  if (model == "lock") return check::ObjectModel::lock;
  return model == "queue" ? check::ObjectModel::queue : check::ObjectModel::single_register;
}

class ObjectJudge final : public HistoryJudge {
 public:
  ObjectJudge(const HistoryModel& model, const HistoryOptions& options)
      : model_(model), object_(object_of(model.name)), is_json_(options.json) {
    if (!options.initial.empty()) at_first_ = initial_value(options.initial);
  }

  void begin(const HistoryLine& line) override {
    const Word& word = word_of(line);
    if (model_.name == "kv" && !line.key) line.refuse("\"key\" is missing; kv needs one");
    Recorded one{.operation = {.call = call_of(line, word), .invoked = moment_of(line)},
                 .process = line.process,
                 .key = key_of(line),
                 .is_delete = word.f == "delete"};
    history_.push_back(std::move(one));
  }

  void end(std::size_t operation, const HistoryLine& line) override {
    Recorded& one = history_[operation];
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

  static check::Moment moment_of(const HistoryLine& line) {
    return static_cast<check::Moment>(line.number);
  }

  const Word& word_of(const HistoryLine& line) const {
    std::string known;
    for (const Word& one : words) {
      if (one.model != model_.name) continue;
      if (one.f == line.f) return one;
      known.append(known.empty() ? "" : ", ").append(one.f);
    }
    line.refuse(fmt::format("\"f\" {} is no operation of {}; it must be one of {}",
                            in_quotes(line.f), model_.name, known));
  }

  std::uint32_t name(const HistoryLine& line, std::string text) {
    constexpr std::size_t bytes_max = std::size_t{256} << 20U;
    const std::uint32_t number = names_.number_of(std::move(text));
    if (names_.bytes() <= bytes_max) return number;
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

  check::ObjectCall call_of(const HistoryLine& line, const Word& word) {
    check::ObjectCall call{.action = word.action};
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
    if (object_ != check::ObjectModel::single_register) {
      throw UsageError(
          fmt::format("--initial: a {} begins empty; only registers take a value", model_.name));
    }
    std::string complaint;
    const std::optional<Json> value = parse_strictly(text, complaint);
    auto canonical = value ? scalar_text(*value) : std::nullopt;
    if (canonical) return Value{names_.number_of(std::move(*canonical))};
    throw UsageError(fmt::format(
        "--initial {}: must be a JSON scalar such as 0, null or '\"text\"'", in_quotes(text)));
  }

  // --- Judging ---

  std::vector<KeyVerdict> judge_keys() const {
    std::map<std::uint32_t, KeyVerdict> keys;
    for (std::size_t i = 0; i < history_.size(); ++i) {
      if (history_[i].has_failed) continue;
      KeyVerdict& one = keys[history_[i].key];
      one.key = history_[i].key;
      one.operations.push_back(i);
    }
    std::vector<KeyVerdict> verdicts;
    verdicts.reserve(keys.size());
    for (auto& [key, one] : keys) {
      std::vector<check::ObjectOperation> operations;
      operations.reserve(one.operations.size());
      for (const std::size_t place : one.operations) {
        operations.push_back(history_[place].operation);
      }
      one.found = check::judge_object(object_, operations, at_first_);
      verdicts.push_back(std::move(one));
    }
    std::sort(verdicts.begin(), verdicts.end(),
              [&](const KeyVerdict& left, const KeyVerdict& right) {
                return left.operations.front() < right.operations.front();
              });
    return verdicts;
  }

  // --- Telling ---

  std::string key_text(std::uint32_t key) const {
    return key == 0 ? std::string("the only object") : fmt::format("key {}", names_.text(key));
  }

  std::string object_text() const {
    if (object_ == check::ObjectModel::lock) return "lock";
    if (object_ == check::ObjectModel::queue) return "queue";
    return model_.name == "kv" ? "key" : "register";
  }

  std::string call_text(const Recorded& one) const;
  std::string state_text(const std::vector<Value>& state) const;
  static std::string lines_text(const Recorded& one);
  static std::string outcome_text(const Recorded& one, check::Moment end);
  void print_row(const Recorded& one, check::Moment end, Terminal& terminal) const;
  void print_violation(const KeyVerdict& verdict, Terminal& terminal) const;
  void print_good(const HistoryCounts& counts, const std::vector<KeyVerdict>& verdicts,
                  Terminal& terminal) const;

  bool gives(const Recorded& one, Value value) const;
  std::vector<const Recorded*> before(const KeyVerdict& verdict, const Recorded& unplaced) const;
  std::vector<const Recorded*> beside(const KeyVerdict& verdict, const Recorded& unplaced) const;
  std::string reason_text(const KeyVerdict& verdict) const;
  std::string register_reason(const KeyVerdict& verdict, const Recorded& unplaced) const;
  std::string lock_reason(const KeyVerdict& verdict, const Recorded& unplaced) const;
  std::string queue_reason(const KeyVerdict& verdict, const Recorded& unplaced) const;

  Json json_of(const Recorded& one) const;
  Json json_of(const KeyVerdict& verdict) const;

  HistoryModel model_;
  check::ObjectModel object_;
  bool is_json_ = false;
  Names names_;
  Value at_first_ = check::null_value;
  std::deque<Recorded> history_;
};

// --- One operation in words ---

std::string short_text(const std::string& text) {
  constexpr std::size_t shown_max = 40;
  return text.size() <= shown_max ? text : text.substr(0, shown_max) + "...";
}

std::string ObjectJudge::call_text(const Recorded& one) const {
  const check::ObjectCall& call = one.operation.call;
  const std::string value = short_text(names_.text(call.value));
  const std::string answer =
      one.operation.answer ? " -> " + short_text(names_.text(*one.operation.answer)) : "";
  switch (call.action) {
    case Action::read:
      return "read" + answer;
    case Action::write:
      return one.is_delete ? "delete" : "write " + value;
    case Action::compare_and_set:
      return fmt::format("cas {} to {}", short_text(names_.text(call.expected)), value);
    case Action::acquire:
      return "acquire";
    case Action::release:
      return "release";
    case Action::enqueue:
      return "enqueue " + value;
    case Action::dequeue:
      return "dequeue" + answer;
  }
  return "?";
}

std::string ObjectJudge::lines_text(const Recorded& one) {
  if (one.operation.completed == 0) return fmt::format("{}-", one.operation.invoked);
  return fmt::format("{}-{}", one.operation.invoked, one.operation.completed);
}

// At the moment `end`, which the reader of the report stands at.
std::string ObjectJudge::outcome_text(const Recorded& one, check::Moment end) {
  if (!one.operation.answer) return "outcome unknown";
  return one.operation.completed > end ? "still running" : "";
}

std::string ObjectJudge::state_text(const std::vector<Value>& state) const {
  constexpr std::size_t shown_max = 8;
  if (object_ == check::ObjectModel::lock) {
    return state.empty() ? "the lock is free"
                         : fmt::format("process {} holds the lock", names_.text(state[0]));
  }
  if (object_ == check::ObjectModel::single_register) {
    const bool is_absent = model_.name == "kv" && state[0] == check::null_value;
    return is_absent
               ? std::string("the key is absent")
               : fmt::format("the {} holds {}", object_text(), short_text(names_.text(state[0])));
  }
  if (state.empty()) return "the queue is empty";
  std::string text = "the queue holds, from its head,";
  for (std::size_t i = 0; i < std::min(state.size(), shown_max); ++i) {
    text += fmt::format("{} {}", i == 0 ? "" : ",", short_text(names_.text(state[i])));
  }
  if (state.size() > shown_max) text += fmt::format(" and {} more", state.size() - shown_max);
  return text;
}

// --- Why it cannot be placed ---

bool ObjectJudge::gives(const Recorded& one, Value value) const {
  const Action action = one.operation.call.action;
  const bool is_giver =
      action == Action::write || action == Action::compare_and_set || action == Action::enqueue;
  return is_giver && one.operation.call.value == value;
}

// What was invoked before the operation completed.
std::vector<const Recorded*> ObjectJudge::before(const KeyVerdict& verdict,
                                                 const Recorded& unplaced) const {
  std::vector<const Recorded*> found;
  for (const std::size_t place : verdict.operations) {
    const Recorded& one = history_[place];
    if (&one != &unplaced && one.operation.invoked < unplaced.operation.completed) {
      found.push_back(&one);
    }
  }
  return found;
}

// What ran at the same time, or may have.
std::vector<const Recorded*> ObjectJudge::beside(const KeyVerdict& verdict,
                                                 const Recorded& unplaced) const {
  std::vector<const Recorded*> found = before(verdict, unplaced);
  std::erase_if(found, [&](const Recorded* one) {
    return one->operation.answer && one->operation.completed < unplaced.operation.invoked;
  });
  return found;
}

std::string ObjectJudge::register_reason(const KeyVerdict& verdict,
                                         const Recorded& unplaced) const {
  const check::ObjectOperation& operation = unplaced.operation;
  const bool is_read = operation.call.action == Action::read;
  const Value needed = is_read ? *operation.answer : operation.call.expected;
  const std::string value = short_text(names_.text(needed));
  const std::string need = fmt::format("It needs the {} to hold {}", object_text(), value);
  const std::vector<const Recorded*> all = before(verdict, unplaced);
  check::Moment last_given = needed == at_first_ ? 0 : -1;  // the end of the last that gives it
  bool is_certain = true;
  for (const Recorded* const one : all) {
    if (!gives(*one, needed)) continue;
    is_certain = is_certain && one->operation.answer;
    last_given = std::max(last_given, one->operation.completed);
  }
  if (last_given < 0) {
    return fmt::format("{}, but nothing that began before line {} wrote {}.", need,
                       operation.completed, value);
  }
  for (const Recorded* const one : all) {
    const bool replaces = one->operation.answer && !gives(*one, needed) &&
                          one->operation.call.action != Action::read &&
                          one->operation.invoked > last_given &&
                          one->operation.completed < operation.invoked;
    if (!replaces || !is_certain) continue;
    return fmt::format(
        "{}, but the {} of lines {} replaced it: it came after all that gave {} and "
        "was over before line {}.",
        need, call_text(*one), lines_text(*one), value, operation.invoked);
  }
  return fmt::format(
      "{}, but an order in which it does at that time makes an earlier answer wrong.", need);
}

std::string ObjectJudge::lock_reason(const KeyVerdict& verdict, const Recorded& unplaced) const {
  const std::vector<Value>& state = verdict.found.state;
  if (unplaced.operation.call.action == Action::acquire) {
    return fmt::format("It needs the lock to be free, but {}.", state_text(state));
  }
  return fmt::format("It needs process {} to hold the lock, but {}.", unplaced.process,
                     state_text(state));
}

std::string ObjectJudge::queue_reason(const KeyVerdict& verdict, const Recorded& unplaced) const {
  const std::vector<Value>& state = verdict.found.state;
  if (unplaced.operation.call.action != Action::dequeue) return "No order has a place for it.";
  const Value answer = *unplaced.operation.answer;
  if (answer == check::null_value) {
    return fmt::format("It needs the queue to be empty, but {}.", state_text(state));
  }
  std::size_t enqueued = 0;
  const Recorded* other = nullptr;
  std::size_t dequeued = 0;
  for (const Recorded* const one : before(verdict, unplaced)) {
    if (gives(*one, answer)) ++enqueued;
    const bool took_it = one->operation.call.action == Action::dequeue &&
                         one->operation.answer == answer &&
                         one->operation.completed < unplaced.operation.completed;
    if (!took_it) continue;
    ++dequeued;
    other = one;
  }
  const std::string value = short_text(names_.text(answer));
  const std::string need = fmt::format("It needs {} at the head of the queue", value);
  if (enqueued == 0) {
    return fmt::format("{}, but nothing that began before line {} enqueued {}.", need,
                       unplaced.operation.completed, value);
  }
  if (dequeued >= enqueued) {
    return fmt::format("{}, but process {} took it in lines {}.", need, other->process,
                       lines_text(*other));
  }
  return fmt::format("{}, but {}.", need, state_text(state));
}

std::string ObjectJudge::reason_text(const KeyVerdict& verdict) const {
  const Recorded& unplaced = verdict.at(history_, *verdict.found.unplaced);
  if (object_ == check::ObjectModel::lock) return lock_reason(verdict, unplaced);
  if (object_ == check::ObjectModel::queue) return queue_reason(verdict, unplaced);
  return register_reason(verdict, unplaced);
}

// --- The report ---

void ObjectJudge::print_row(const Recorded& one, check::Moment end, Terminal& terminal) const {
  const std::string outcome = outcome_text(one, end);
  terminal.line(fmt::format("  {:>11}  {}  {:<20}", lines_text(one),
                            terminal.styled(Style::node, fmt::format("process {:<4}", one.process)),
                            call_text(one)) +
                (outcome.empty() ? "" : "  " + terminal.styled(Style::faint, outcome)));
}

void ObjectJudge::print_violation(const KeyVerdict& verdict, Terminal& terminal) const {
  constexpr std::size_t shown_max = 8;
  const check::ObjectVerdict& found = verdict.found;
  terminal.line();
  if (!found.unplaced) {
    terminal.paragraph(
        "No order explains its answers. Where it breaks would take too much memory to find; a "
        "shorter "
        "history tells.");
    return;
  }
  const Recorded& unplaced = verdict.at(history_, *found.unplaced);
  const check::Moment end = unplaced.operation.completed;
  const std::size_t shown = std::min(found.order.size(), shown_max);
  terminal.paragraph(fmt::format(
      "The longest linearizable prefix ends before line {}. An order of its {} that explains all "
      "answers{}:",
      end, counted(found.order.size(), "operation"),
      shown < found.order.size() ? fmt::format(", the last {} of them", shown) : ""));
  for (std::size_t i = found.order.size() - shown; i < found.order.size(); ++i) {
    print_row(verdict.at(history_, found.order[i]), end, terminal);
  }
  terminal.paragraph(fmt::format("Then {}.", state_text(found.state)));
  terminal.line();
  terminal.line(terminal.styled(Style::bad, "Cannot be placed:"));
  print_row(unplaced, end, terminal);
  terminal.paragraph(reason_text(verdict));
  const std::vector<const Recorded*> concurrent = beside(verdict, unplaced);
  if (concurrent.empty()) return;
  terminal.line();
  terminal.line("At the same time:");
  const std::size_t first = concurrent.size() - std::min(concurrent.size(), shown_max);
  if (first > 0)
    terminal.line(
        fmt::format("  ({} earlier ones with an unknown outcome or long running)", first));
  for (std::size_t i = first; i < concurrent.size(); ++i) print_row(*concurrent[i], end, terminal);
}

void ObjectJudge::print_good(const HistoryCounts& counts, const std::vector<KeyVerdict>& verdicts,
                             Terminal& terminal) const {
  std::size_t configurations = 0;
  for (const KeyVerdict& one : verdicts) configurations += one.found.configurations;
  terminal.line(
      terminal.styled(Style::good, "Linearizable") +
      fmt::format(
          ": {} by {} on {}, model {}.", counted(counts.operations, "operation"),
          counts.processes == 1 ? "1 process" : fmt::format("{} processes", counts.processes),
          verdicts.size() == 1 ? "1 object" : fmt::format("{} objects", verdicts.size()),
          model_.name));
  terminal.line(fmt::format("{} ok, {} failed, {} of unknown outcome; {} seen in the search.",
                            counts.ok, counts.failed, counts.unknown,
                            counted(configurations, "configuration")));
}

// --- JSON ---

Json ObjectJudge::json_of(const Recorded& one) const {
  const auto& operation = one.operation;
  Json json = {{"process", one.process},
               {"operation", call_text(one)},
               {"invoked_line", operation.invoked},
               {"outcome", operation.answer ? "ok" : "unknown"}};
  json["completed_line"] = operation.completed == 0 ? Json() : Json(operation.completed);
  return json;
}

Json ObjectJudge::json_of(const KeyVerdict& verdict) const {
  const check::ObjectVerdict& found = verdict.found;
  const bool is_undecided = found.outcome == check::Outcome::undecided;
  Json json = {{"key", Json::parse(names_.text(verdict.key))},
               {"operations", verdict.operations.size()},
               {"configurations", found.configurations}};
  json["linearizable"] =
      is_undecided ? Json() : Json(found.outcome == check::Outcome::linearizable);
  if (!found.unplaced) return json;
  const Recorded& unplaced = verdict.at(history_, *found.unplaced);
  json["unplaced"] = json_of(unplaced);
  json["reason"] = reason_text(verdict);
  json["prefix"]["state"] = Json::array();
  for (const Value one : found.state)
    json["prefix"]["state"].push_back(Json::parse(names_.text(one)));
  json["prefix"]["order"] = Json::array();  // the lines of the invocations
  for (const std::size_t place : found.order) {
    json["prefix"]["order"].push_back(verdict.at(history_, place).operation.invoked);
  }
  json["concurrent"] = Json::array();
  for (const Recorded* const one : beside(verdict, unplaced))
    json["concurrent"].push_back(json_of(*one));
  return json;
}

int ObjectJudge::report(const HistoryCounts& counts, Terminal& terminal) {
  const std::vector<KeyVerdict> verdicts = judge_keys();
  const auto first_with = [&](check::Outcome outcome) {
    return std::find_if(verdicts.begin(), verdicts.end(),
                        [&](const KeyVerdict& one) { return one.found.outcome == outcome; });
  };
  const auto bad = first_with(check::Outcome::not_linearizable);
  const auto open = first_with(check::Outcome::undecided);
  if (bad == verdicts.end() && open != verdicts.end()) {
    throw UsageError(fmt::format(
        "history check: {} leaves too many orders to decide ({} configurations were not enough); a "
        "shorter history or one with fewer unknown outcomes can be judged",
        key_text(open->key), open->found.configurations));
  }
  const bool is_good = bad == verdicts.end();
  const int status = is_good ? exit_fine : exit_violation;
  if (is_json_) {
    Json document = {{"model", model_.name},
                     {"linearizable", is_good},
                     {"operations", counts.operations},
                     {"ok", counts.ok},
                     {"failed", counts.failed},
                     {"unknown", counts.unknown},
                     {"processes", counts.processes}};
    document["keys"] = Json::array();
    for (const KeyVerdict& one : verdicts) document["keys"].push_back(json_of(one));
    terminal.line(document.dump(-1, ' ', false, Json::error_handler_t::replace));
    return status;
  }
  if (is_good) {
    print_good(counts, verdicts, terminal);
    return status;
  }
  const auto bad_keys = std::count_if(verdicts.begin(), verdicts.end(), [](const KeyVerdict& one) {
    return one.found.outcome == check::Outcome::not_linearizable;
  });
  terminal.line(terminal.styled(Style::bad, "NOT linearizable") +
                fmt::format(": {}, model {}.", key_text(bad->key), model_.name));
  print_violation(*bad, terminal);
  if (bad_keys > 1) {
    terminal.line();
    terminal.paragraph(fmt::format("{} of {} objects are not linearizable; --json has them all.",
                                   bad_keys, verdicts.size()));
  }
  return status;
}

}  // namespace

std::unique_ptr<HistoryJudge> object_judge(const HistoryModel& model,
                                           const HistoryOptions& options) {
  return std::make_unique<ObjectJudge>(model, options);
}

}  // namespace dsys::cli
