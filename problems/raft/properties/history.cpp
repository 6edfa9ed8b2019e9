// RF-S8: what clients see could have happened one command at a time.
#include "problems/raft/properties/judges.hpp"

#include "common/core/hash.hpp"
#include "common/history/linearizability.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace dsys::raft {
namespace {

// One key of the map. Keys are independent, so each is judged on its own.
struct OneKey {
  using Call = Command;
  using Answer = Result;
  using State = Result;

  static State initial() { return {}; }
  static bool step(State& state, const Command& call, const std::optional<Result>& answer) {
    if (call.operation == Operation::put) state = call.value;
    if (call.operation == Operation::add) state = state.value_or(0) + call.value;
    return !answer || *answer == state;
  }
  static bool only_reads(const Command& call, const std::optional<Result>& /*answer*/) {
    return call.operation == Operation::get || call.operation == Operation::noop;
  }
  static std::uint64_t hash(const State& state) {
    return state ? mix(static_cast<std::uint64_t>(*state) + 1) : 0;
  }
  static bool same(const State& left, const State& right) { return left == right; }
};

using KeyHistory = std::vector<history::Operation<Command, Result>>;

std::string call_text(const Command& command) {
  switch (command.operation) {
    case Operation::put:
      return fmt::format("{} := {}", command.key, command.value);
    case Operation::add:
      return fmt::format("{} += {}", command.key, command.value);
    default:
      return fmt::format("a read of {}", command.key);
  }
}

struct ClientsSeeOneMachine {
  struct Outstanding {
    std::string key;
    std::size_t place = 0;
    Time since{};
  };
  std::map<std::string, KeyHistory> history_of;
  std::map<NodeId, Outstanding> outstanding;
  std::int64_t moments = 0;  // what comes first matters, not when: one moment for each event

  Reason observe(const Event& event) {
    if (const auto* const invoked = output_of<Invoked>(event)) {
      KeyHistory& history = history_of[invoked->command.key];
      outstanding[event.node] = {invoked->command.key, history.size(), event.time};
      history.push_back({.call = invoked->command, .answer = {}, .invoked = ++moments});
      return std::nullopt;
    }
    const auto* const completed = output_of<Completed>(event);
    const auto open = outstanding.find(event.node);
    if (completed == nullptr || open == outstanding.end()) return std::nullopt;
    KeyHistory& history = history_of[open->second.key];
    auto& operation = history[open->second.place];
    const Time since = open->second.since;
    outstanding.erase(open);
    operation.answer = completed->value;
    operation.completed = ++moments;
    // A put always explains itself; only an answer that tells of the state can be wrong.
    if (operation.call.operation == Operation::put) return std::nullopt;
    const bool is_wrong = history::judge(OneKey{}, history) == history::Outcome::not_linearizable;
    return is_wrong ? complaint(operation, since, event.time) : std::nullopt;
  }

  static Reason complaint(const history::Operation<Command, Result>& operation, Time since,
                          Time until) {
    const std::string value =
        *operation.answer ? std::to_string(**operation.answer) : std::string("nothing");
    return fmt::format(
        "{} of {}, from {}ms to {}ms, gave {}: no order of the commands explains that",
        call_text(operation.call), operation.call.client, since / 1ms, until / 1ms, value);
  }
};

}  // namespace

Property linearizable_clients() {
  return check::always<RaftProtocol, ClientsSeeOneMachine>(
      {"RF-S8", "Linearizability",
       "What clients see could have happened one command at a time, each between its request and "
       "its answer.",
       "Herlihy and Wing 1990; Ongaro thesis 6.3, 6.4"});
}

}  // namespace dsys::raft
