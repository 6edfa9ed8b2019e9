// Judging histories of 10,000 operations by 10 processes: what a real object would have answered,
// one with a wrong answer near its end, and one in which many clients never heard of theirs.
#include "common/core/random.hpp"
#include "common/history/models.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <vector>

namespace dsys::history {
namespace {

using Ops = std::vector<ObjectOperation>;

struct Workload {
  std::size_t operations = 10'000;
  std::uint32_t processes = 10;
  std::uint32_t values = 10'000;  // 1 to this are written
  int percent_unknown = 0;        // of the operations
};

struct Effect {
  Moment moment = 0;
  std::size_t operation = 0;

  auto operator<=>(const Effect&) const = default;
};

// Each process calls, waits and calls again. An operation takes its effect at a moment between its
// call and its return; one with an unknown outcome takes it or not, perhaps long after.
Ops timed(const Workload& workload, Random& random, std::vector<Effect>& effects) {
  Ops operations;
  operations.reserve(workload.operations);
  std::vector<Moment> free_at(workload.processes, 0);
  while (operations.size() < workload.operations) {
    const auto process = std::min_element(free_at.begin(), free_at.end());
    const Moment call = *process + random.between(1, 30);
    const Moment end = call + random.between(10, 200);
    Moment moment = random.between(call, end);
    ObjectOperation one{.call = {}, .answer = null_value, .invoked = call, .completed = end};
    if (random.chance(workload.percent_unknown)) {
      one.answer.reset();
      if (random.chance(20)) moment += 5'000;
    }
    const bool takes_place = one.answer || random.chance(50);
    if (takes_place) effects.push_back({.moment = moment, .operation = operations.size()});
    operations.push_back(one);
    *process = end;
  }
  std::sort(effects.begin(), effects.end());
  return operations;
}

Ops register_history(const Workload& workload, std::uint64_t seed) {
  Random random(seed);
  std::vector<Effect> effects;
  Ops operations = timed(workload, random, effects);
  for (ObjectOperation& one : operations) {
    const auto value = Value{1 + static_cast<std::uint32_t>(random.below(workload.values))};
    if (random.chance(50)) one.call = {.action = Action::write, .value = value};
  }
  Value present{};
  for (const Effect& effect : effects) {
    ObjectOperation& one = operations[effect.operation];
    if (one.call.action == Action::write) present = one.call.value;
    if (one.call.action == Action::read && one.answer) one.answer = present;
  }
  return operations;
}

// Filled first and emptied later, so that it is long in between.
Ops queue_history(const Workload& workload, std::uint64_t seed) {
  Random random(seed);
  std::vector<Effect> effects;
  Ops operations = timed(workload, random, effects);
  std::uint32_t next = 0;
  for (std::size_t i = 0; i < operations.size(); ++i) {
    const bool fills = random.chance(i < operations.size() / 2 ? 70 : 30);
    operations[i].call = fills ? ObjectCall{.action = Action::enqueue, .value = Value{++next}}
                               : ObjectCall{.action = Action::dequeue};
  }
  std::deque<Value> present;
  for (const Effect& effect : effects) {
    ObjectOperation& one = operations[effect.operation];
    if (one.call.action == Action::enqueue) {
      present.push_back(one.call.value);
    } else if (!present.empty()) {
      if (one.answer) one.answer = present.front();
      present.pop_front();
    }
  }
  return operations;
}

// The last read or dequeue in the first `percent` of the history gives what an old one gave.
void spoil(Ops& operations, std::size_t percent) {
  const auto answers = [](const ObjectOperation& one) {
    return one.answer && *one.answer != null_value;
  };
  const auto end =
      operations.begin() + static_cast<std::ptrdiff_t>(operations.size() * percent / 100);
  const auto old = std::find_if(operations.begin(), end, answers);
  const auto last = std::find_if(std::make_reverse_iterator(end), operations.rend(), answers);
  last->answer = old->answer;
}

void judge_history(benchmark::State& state, ObjectModel model, const Ops& operations,
                   Outcome wanted) {
  ObjectVerdict verdict;
  for (auto _ : state) verdict = judge_object(model, operations);
  if (verdict.outcome != wanted) state.SkipWithError("the verdict is wrong");
  state.counters["configurations"] = static_cast<double>(verdict.configurations);
  state.counters["operations/s"] = benchmark::Counter(
      static_cast<double>(operations.size()), benchmark::Counter::kIsIterationInvariantRate);
}

constexpr auto a_register = ObjectModel::single_register;

void history_register(benchmark::State& state) {
  judge_history(state, a_register,
                register_history({.values = static_cast<std::uint32_t>(state.range(0))}, 1),
                Outcome::linearizable);
}
BENCHMARK(history_register)->Arg(5)->Arg(10'000)->Unit(benchmark::kMillisecond);

void history_register_wrong(benchmark::State& state) {
  Ops operations = register_history({.values = static_cast<std::uint32_t>(state.range(0))}, 1);
  spoil(operations, 95);
  judge_history(state, a_register, operations, Outcome::not_linearizable);
}
BENCHMARK(history_register_wrong)->Arg(10'000)->Unit(benchmark::kMillisecond);

void history_register_unknown(benchmark::State& state) {
  judge_history(
      state, a_register,
      register_history(
          {.values = static_cast<std::uint32_t>(state.range(0)), .percent_unknown = 10}, 1),
      Outcome::linearizable);
}
BENCHMARK(history_register_unknown)->Arg(5)->Arg(10'000)->Unit(benchmark::kMillisecond);

void history_queue(benchmark::State& state) {
  judge_history(state, ObjectModel::queue, queue_history({}, 1), Outcome::linearizable);
}
BENCHMARK(history_queue)->Unit(benchmark::kMillisecond);

void history_queue_wrong(benchmark::State& state) {
  Ops operations = queue_history({}, 1);
  spoil(operations, 95);
  judge_history(state, ObjectModel::queue, operations, Outcome::not_linearizable);
}
BENCHMARK(history_queue_wrong)->Unit(benchmark::kMillisecond);

void history_queue_unknown(benchmark::State& state) {
  judge_history(state, ObjectModel::queue, queue_history({.percent_unknown = 2}, 1),
                Outcome::linearizable);
}
BENCHMARK(history_queue_unknown)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace dsys::history
