// The verdict on a history of objects, for a reader and as JSON.
#include "common/cli/history/objects.hpp"
#include "common/cli/json.hpp"
#include "common/cli/report.hpp"
#include "common/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace dsys::cli {
namespace {

using history::Action;
using history::Value;

std::string short_text(const std::string& text) {
  std::size_t shown = 40;
  if (text.size() <= shown) return text;
  while (shown > 0 && continues_character(text[shown])) --shown;
  return text.substr(0, shown) + "...";
}

std::string lines_text(const Recorded& one) {
  if (one.operation.completed == 0) return fmt::format("{}-", one.operation.invoked);
  return fmt::format("{}-{}", one.operation.invoked, one.operation.completed);
}

// At the moment `end`, which the reader of the report stands at.
std::string outcome_text(const Recorded& one, history::Moment end) {
  if (!one.operation.answer) return "outcome unknown";
  return one.operation.completed > end ? "still running" : "";
}

bool gives(const Recorded& one, Value value) {
  const Action action = one.operation.call.action;
  const bool is_giver =
      action == Action::write || action == Action::compare_and_set || action == Action::enqueue;
  return is_giver && one.operation.call.value == value;
}

// Tells what was found.
class Teller {
 public:
  explicit Teller(const ObjectHistory& history) : history_(history) {}

  void print_violation(const KeyVerdict& verdict, Terminal& terminal) const;
  void print_good(const HistoryCounts& counts, std::span<const KeyVerdict> verdicts,
                  Terminal& terminal) const;
  OrderedJson json_of(const KeyVerdict& verdict) const;

 private:
  using Many = std::vector<const Recorded*>;

  std::string text(Value value) const { return short_text(history_.names.text(value)); }
  const Recorded& at(const KeyVerdict& verdict, std::size_t place) const {
    return history_.operations[verdict.operations[place]];
  }

  std::string object_text() const;
  std::string call_text(const Recorded& one) const;
  std::string state_text(const std::vector<Value>& state) const;
  void print_row(const Recorded& one, history::Moment end, Terminal& terminal) const;

  Many before(const KeyVerdict& verdict, const Recorded& unplaced) const;
  Many beside(const KeyVerdict& verdict, const Recorded& unplaced) const;
  std::string reason_text(const KeyVerdict& verdict) const;
  std::string register_reason(const KeyVerdict& verdict, const Recorded& unplaced) const;
  std::string lock_reason(const KeyVerdict& verdict, const Recorded& unplaced) const;
  std::string queue_reason(const KeyVerdict& verdict, const Recorded& unplaced) const;

  OrderedJson json_of(const Recorded& one) const;

  const ObjectHistory& history_;
};

// --- One operation in words ---

std::string Teller::object_text() const {
  if (history_.object == history::ObjectModel::lock) return "lock";
  if (history_.object == history::ObjectModel::queue) return "queue";
  return history_.model == "kv" ? "key" : "register";
}

std::string Teller::call_text(const Recorded& one) const {
  const history::ObjectCall& call = one.operation.call;
  const std::string value = text(call.value);
  const std::string answer = one.operation.answer ? " -> " + text(*one.operation.answer) : "";
  switch (call.action) {
    case Action::read:
      return "read" + answer;
    case Action::write:
      return one.is_delete ? "delete" : "write " + value;
    case Action::compare_and_set:
      return fmt::format("cas {} to {}", text(call.expected), value);
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

std::string Teller::state_text(const std::vector<Value>& state) const {
  constexpr std::size_t shown_max = 8;
  if (history_.object == history::ObjectModel::lock) {
    return state.empty() ? "the lock is free"
                         : fmt::format("process {} holds the lock", history_.names.text(state[0]));
  }
  if (history_.object == history::ObjectModel::single_register) {
    const bool is_absent = history_.model == "kv" && state[0] == history::null_value;
    return is_absent ? std::string("the key is absent")
                     : fmt::format("the {} holds {}", object_text(), text(state[0]));
  }
  if (state.empty()) return "the queue is empty";
  std::string values;
  for (std::size_t i = 0; i < std::min(state.size(), shown_max); ++i) {
    values += fmt::format("{}{}", i == 0 ? "" : ", ", text(state[i]));
  }
  if (state.size() > shown_max) values += fmt::format(" and {} more", state.size() - shown_max);
  return "the queue holds, from its head, " + values;
}

// --- Why it cannot be placed ---

// What was invoked before the operation completed.
Teller::Many Teller::before(const KeyVerdict& verdict, const Recorded& unplaced) const {
  Many found;
  for (const std::size_t place : verdict.operations) {
    const Recorded& one = history_.operations[place];
    if (&one != &unplaced && one.operation.invoked < unplaced.operation.completed) {
      found.push_back(&one);
    }
  }
  return found;
}

// What ran at the same time, or may have.
Teller::Many Teller::beside(const KeyVerdict& verdict, const Recorded& unplaced) const {
  Many found = before(verdict, unplaced);
  std::erase_if(found, [&](const Recorded* one) {
    return one->operation.answer && one->operation.completed < unplaced.operation.invoked;
  });
  return found;
}

std::string Teller::register_reason(const KeyVerdict& verdict, const Recorded& unplaced) const {
  const history::ObjectOperation& operation = unplaced.operation;
  const bool is_read = operation.call.action == Action::read;
  const Value needed = is_read ? *operation.answer : operation.call.expected;
  const std::string value = text(needed);
  const bool is_absent = history_.model == "kv" && needed == history::null_value;
  const std::string need = is_absent
                               ? "It needs the key to be absent"
                               : fmt::format("It needs the {} to hold {}", object_text(), value);
  const Many all = before(verdict, unplaced);
  // The end of the last operation that gives it; what is there at first is given in line 0.
  history::Moment last_given = needed == history_.at_first ? 0 : -1;
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
        "{}, but the {} of lines {} replaced it: it began after all that gave {} "
        "and was over before line {}.",
        need, call_text(*one), lines_text(*one), value, operation.invoked);
  }
  return fmt::format(
      "{}, but an order in which it does at that time makes an earlier answer wrong.", need);
}

std::string Teller::lock_reason(const KeyVerdict& verdict, const Recorded& unplaced) const {
  const std::vector<Value>& state = verdict.found.state;
  if (unplaced.operation.call.action == Action::acquire) {
    return fmt::format("It needs the lock to be free, but {}.", state_text(state));
  }
  return fmt::format("It needs process {} to hold the lock, but {}.", unplaced.process,
                     state_text(state));
}

std::string Teller::queue_reason(const KeyVerdict& verdict, const Recorded& unplaced) const {
  const std::vector<Value>& state = verdict.found.state;
  if (unplaced.operation.call.action != Action::dequeue) return "No order has a place for it.";
  const Value answer = *unplaced.operation.answer;
  if (answer == history::null_value) {
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
  const std::string value = text(answer);
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

std::string Teller::reason_text(const KeyVerdict& verdict) const {
  const Recorded& unplaced = at(verdict, *verdict.found.unplaced);
  if (history_.object == history::ObjectModel::lock) return lock_reason(verdict, unplaced);
  if (history_.object == history::ObjectModel::queue) return queue_reason(verdict, unplaced);
  return register_reason(verdict, unplaced);
}

// --- The report ---

void Teller::print_row(const Recorded& one, history::Moment end, Terminal& terminal) const {
  const std::string process = fmt::format("process {:<3}", one.process);
  const std::string outcome = outcome_text(one, end);
  const std::string row = fmt::format("  {:<19} {}  ", "lines " + lines_text(one),
                                      terminal.styled(Style::node, process));
  if (outcome.empty()) return terminal.line(row + call_text(one));
  terminal.line(row + fmt::format("{:<18}  ", call_text(one)) +
                terminal.styled(Style::faint, outcome));
}

void Teller::print_violation(const KeyVerdict& verdict, Terminal& terminal) const {
  constexpr std::size_t shown_max = 8;
  const history::ObjectVerdict& found = verdict.found;
  terminal.line();
  if (!found.unplaced) {
    terminal.paragraph(
        "No order explains its answers. To find where it breaks would take too much memory; a "
        "shorter history would tell.");
    return;
  }
  const Recorded& unplaced = at(verdict, *found.unplaced);
  const history::Moment end = unplaced.operation.completed;
  const std::size_t shown = std::min(found.order.size(), shown_max);
  terminal.paragraph(fmt::format(
      "The longest linearizable prefix ends before line {}. An order of its {} that explains all "
      "answers{}:",
      end, counted(found.order.size(), "operation"),
      shown < found.order.size() ? fmt::format(", the last {} of them", shown) : ""));
  for (std::size_t i = found.order.size() - shown; i < found.order.size(); ++i) {
    print_row(at(verdict, found.order[i]), end, terminal);
  }
  terminal.paragraph(fmt::format("Then {}.", state_text(found.state)));
  terminal.line();
  terminal.line(terminal.styled(Style::bad, "Cannot be placed:"));
  print_row(unplaced, end, terminal);
  terminal.paragraph(reason_text(verdict));
  const Many concurrent = beside(verdict, unplaced);
  if (concurrent.empty()) return;
  terminal.line();
  terminal.line("At the same time:");
  const std::size_t first = concurrent.size() - std::min(concurrent.size(), shown_max);
  if (first > 0) {
    terminal.line(fmt::format("  ({} more began before these)", first));
  }
  for (std::size_t i = first; i < concurrent.size(); ++i) print_row(*concurrent[i], end, terminal);
}

void Teller::print_good(const HistoryCounts& counts, std::span<const KeyVerdict> verdicts,
                        Terminal& terminal) const {
  std::size_t configurations = 0;
  for (const KeyVerdict& one : verdicts) configurations += one.found.configurations;
  terminal.line(
      terminal.styled(Style::good, "Linearizable") +
      fmt::format(
          ": {} by {} on {}, model {}.", counted(counts.operations, "operation"),
          counts.processes == 1 ? "1 process" : fmt::format("{} processes", counts.processes),
          verdicts.size() == 1 ? "1 object" : fmt::format("{} objects", verdicts.size()),
          history_.model));
  terminal.line(fmt::format("{} ok, {} failed, {} of unknown outcome; {} seen in the search.",
                            counts.ok, counts.failed, counts.unknown,
                            counted(configurations, "configuration")));
}

// --- JSON ---

OrderedJson Teller::json_of(const Recorded& one) const {
  const auto& operation = one.operation;
  OrderedJson json = {{"process", one.process},
                      {"operation", call_text(one)},
                      {"invoked_line", operation.invoked},
                      {"outcome", operation.answer ? "ok" : "unknown"}};
  json["completed_line"] =
      operation.completed == 0 ? OrderedJson() : OrderedJson(operation.completed);
  return json;
}

OrderedJson Teller::json_of(const KeyVerdict& verdict) const {
  const history::ObjectVerdict& found = verdict.found;
  const bool is_undecided = found.outcome == history::Outcome::undecided;
  OrderedJson json = {{"key", OrderedJson::parse(history_.names.text(verdict.key))},
                      {"operations", verdict.operations.size()},
                      {"configurations", found.configurations}};
  json["linearizable"] =
      is_undecided ? OrderedJson() : OrderedJson(found.outcome == history::Outcome::linearizable);
  if (!found.unplaced) return json;
  const Recorded& unplaced = at(verdict, *found.unplaced);
  json["unplaced"] = json_of(unplaced);
  json["reason"] = reason_text(verdict);
  json["prefix"]["state"] = OrderedJson::array();
  for (const Value one : found.state) {
    json["prefix"]["state"].push_back(OrderedJson::parse(history_.names.text(one)));
  }
  json["prefix"]["order"] = OrderedJson::array();  // the lines of the invocations
  for (const std::size_t place : found.order) {
    json["prefix"]["order"].push_back(at(verdict, place).operation.invoked);
  }
  json["concurrent"] = OrderedJson::array();
  for (const Recorded* const one : beside(verdict, unplaced)) {
    json["concurrent"].push_back(json_of(*one));
  }
  return json;
}

bool is_bad(const KeyVerdict& verdict) {
  return verdict.found.outcome == history::Outcome::not_linearizable;
}

}  // namespace

void print_object_verdicts(const ObjectHistory& history, std::span<const KeyVerdict> verdicts,
                           const HistoryCounts& counts, Terminal& terminal) {
  const Teller teller(history);
  const auto bad = std::find_if(verdicts.begin(), verdicts.end(), is_bad);
  if (bad == verdicts.end()) return teller.print_good(counts, verdicts, terminal);
  const std::string key =
      bad->key == 0 ? "" : fmt::format(": key {}", short_text(history.names.text(bad->key)));
  terminal.line(terminal.styled(Style::bad, "NOT linearizable") +
                fmt::format(" (model {}){}", history.model, key));
  teller.print_violation(*bad, terminal);
  const auto bad_keys = std::count_if(verdicts.begin(), verdicts.end(), is_bad);
  if (bad_keys == 1) return;
  terminal.line();
  terminal.paragraph(
      fmt::format("{} of {} keys are not linearizable; this is the first that appears. --json has "
                  "them all.",
                  bad_keys, verdicts.size()));
}

void print_object_verdicts_json(const ObjectHistory& history, std::span<const KeyVerdict> verdicts,
                                const HistoryCounts& counts, Terminal& terminal) {
  const Teller teller(history);
  OrderedJson document = {{"model", history.model},
                          {"linearizable", std::none_of(verdicts.begin(), verdicts.end(), is_bad)},
                          {"operations", counts.operations},
                          {"ok", counts.ok},
                          {"failed", counts.failed},
                          {"unknown", counts.unknown},
                          {"processes", counts.processes}};
  document["keys"] = OrderedJson::array();
  for (const KeyVerdict& one : verdicts) document["keys"].push_back(teller.json_of(one));
  terminal.line(document.dump());
}

}  // namespace dsys::cli
