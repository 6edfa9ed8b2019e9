// Checking a serializable history of 100,000 transactions of four operations by 16 processes, over
// ten keys at a time that are retired after 100 writes. `items` are operations.
#include "tests/common/simulated_store.hpp"

#include <benchmark/benchmark.h>

#include <cstdint>

namespace dsys::history {
namespace {

constexpr std::uint32_t transactions = 100'000;

Workload large(TransactionModel model, Concurrency concurrency) {
  return {.model = model,
          .concurrency = concurrency,
          .seed = 7,
          .transactions = transactions,
          .processes = 16,
          .keys = 10};
}

void measure(benchmark::State& state, const Workload& workload, const IsolationOptions& options) {
  const TransactionHistory history = simulate(workload);
  std::size_t findings = 0;
  std::size_t dependencies = 0;
  for (auto _ : state) {
    const IsolationVerdict verdict = check(history, workload.model, options);
    findings = verdict.findings.size();
    dependencies = verdict.dependencies;
  }
  state.SetItemsProcessed(state.iterations() *
                          static_cast<std::int64_t>(history.operations().size()));
  state.counters["findings"] = static_cast<double>(findings);
  state.counters["dependencies"] = static_cast<double>(dependencies);
}

constexpr IsolationOptions data_only{};
constexpr IsolationOptions all_orders{.process_order = true, .realtime_order = true};

void list_append(benchmark::State& state, Concurrency concurrency, IsolationOptions options) {
  measure(state, large(TransactionModel::list_append, concurrency), options);
}
BENCHMARK_CAPTURE(list_append, serial, Concurrency::serial, data_only)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(list_append, serial_with_orders, Concurrency::serial, all_orders)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(list_append, read_committed, Concurrency::read_committed, all_orders)
    ->Unit(benchmark::kMillisecond);

void rw_register(benchmark::State& state, Concurrency concurrency, IsolationOptions options) {
  measure(state, large(TransactionModel::rw_register, concurrency), options);
}
BENCHMARK_CAPTURE(rw_register, serial, Concurrency::serial, data_only)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(rw_register, serial_linearizable_keys, Concurrency::serial,
                  {.process_order = true, .realtime_order = true, .linearizable_keys = true})
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(rw_register, read_committed, Concurrency::read_committed, all_orders)
    ->Unit(benchmark::kMillisecond);

// What the reader of a file pays on top: the history with its lists, made from lists as read.
void build_history(benchmark::State& state) {
  const TransactionHistory history =
      simulate(large(TransactionModel::list_append, Concurrency::serial));
  for (auto _ : state) {
    TransactionHistory copy;
    for (TransactionId id = 0; id < history.size(); ++id) {
      copy.begin(history.transaction(id));
      for (auto i = history.first_operation(id); i < history.end_of_operations(id); ++i) {
        const MicroOperation& operation = history.operations()[i];
        if (operation.is_read()) {
          copy.read_list(operation.key, history.seen(operation));
        } else {
          copy.append(operation.key, operation.value);
        }
      }
    }
    benchmark::DoNotOptimize(copy.size());
  }
  state.SetItemsProcessed(state.iterations() *
                          static_cast<std::int64_t>(history.operations().size()));
}
BENCHMARK(build_history)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace dsys::history
