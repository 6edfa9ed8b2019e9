#include "common/check/models.hpp"

#include "common/core/hash.hpp"

#include <utility>

namespace dsys::check {

// --- The register ---

bool Register::step(State& state, const Call& call, const std::optional<Answer>& answer) {
  if (call.action == Action::read) return !answer || *answer == state;
  const bool is_refused = call.action == Action::compare_and_set && call.expected != state;
  if (is_refused) return false;
  state = call.value;
  return true;
}

bool Register::only_reads(const Call& call, const std::optional<Answer>& /*answer*/) {
  return call.action == Action::read;
}

std::optional<Value> Register::gives(const Call& call) {
  return call.action == Action::read ? std::nullopt : std::optional(call.value);
}

std::optional<Value> Register::needs(const Call& call, const std::optional<Answer>& answer) {
  if (call.action == Action::compare_and_set) return call.expected;
  return call.action == Action::read ? answer : std::nullopt;
}

// --- The lock ---

bool Lock::step(State& state, const Call& call, const std::optional<Answer>& /*answer*/) {
  if (call.action == Action::acquire) {
    if (state) return false;
    state = call.value;
    return true;
  }
  if (state != call.value) return false;
  state.reset();
  return true;
}

bool Lock::only_reads(const Call& /*call*/, const std::optional<Answer>& /*answer*/) {
  return false;
}

std::uint64_t Lock::hash(const State& state) {
  return state ? mix(static_cast<std::uint64_t>(*state) + 1) : 0;
}

std::optional<Value> Lock::gives(const Call& call) {
  return call.action == Action::acquire ? std::optional(call.value) : std::nullopt;
}

std::optional<Value> Lock::needs(const Call& call, const std::optional<Answer>& /*answer*/) {
  return call.action == Action::release ? std::optional(call.value) : std::nullopt;
}

std::vector<Value> Lock::contents(const State& state) {
  return state ? std::vector<Value>{*state} : std::vector<Value>();
}

// --- One verdict for all ---

namespace {

template <typename Model>
ObjectVerdict judge_with(const Model& model, std::span<const ObjectOperation> operations,
                         const SearchLimits& limits) {
  Explanation<Model> found = explain(model, operations, limits);
  return {.outcome = found.outcome,
          .order = std::move(found.order),
          .unplaced = found.unplaced,
          .state = found.model.contents(found.state),
          .configurations = found.configurations};
}

}  // namespace

ObjectVerdict judge_object(ObjectModel model, std::span<const ObjectOperation> operations,
                           Value at_first, const SearchLimits& limits) {
  switch (model) {
    case ObjectModel::single_register:
      return judge_with(Register{.at_first = at_first}, operations, limits);
    case ObjectModel::lock:
      return judge_with(Lock{}, operations, limits);
    case ObjectModel::queue:
      return judge_with(Queue{}, operations, limits);
  }
  return {};
}

}  // namespace dsys::check
