#include "common/history/evidence.hpp"

#include "common/core/assert.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <tuple>
#include <utility>

namespace dsys::history {
namespace {

constexpr TransactionId nobody = std::numeric_limits<TransactionId>::max();

// What was reported of a version.
constexpr std::uint8_t read_though_aborted = 1;
constexpr std::uint8_t read_though_replaced = 2;
constexpr std::uint8_t updated_twice = 4;

bool is_first_report(std::uint8_t& reported, std::uint8_t what) {
  const bool is_first = (reported & what) == 0;
  reported = static_cast<std::uint8_t>(reported | what);
  return is_first;
}

}  // namespace

Versions::Versions(const TransactionHistory& history) {
  const auto& operations = history.operations();
  const auto writes = static_cast<std::size_t>(
      std::count_if(operations.begin(), operations.end(),
                    [](const MicroOperation& operation) { return !operation.is_read(); }));
  versions_.reserve(writes);
  slots_.assign(std::bit_ceil(2 * writes + 1), no_version);
  std::vector<VersionId> newest(history.key_count(), no_version);
  for (TransactionId id = 0; id < history.size(); ++id) {
    for (auto i = history.first_operation(id); i < history.end_of_operations(id); ++i) {
      const MicroOperation& operation = operations[i];
      if (operation.is_read()) continue;
      VersionId& before = newest[operation.key];
      if (before != no_version && versions_[before].writer == id)
        versions_[before].is_final = false;
      before = static_cast<VersionId>(versions_.size());
      versions_.push_back({.value = operation.value, .writer = id, .key = operation.key});
      VersionId& slot = slots_[slot_of(operation.key, operation.value)];
      if (slot == no_version) {
        slot = before;
        continue;
      }
      versions_[slot].is_traceable = versions_[before].is_traceable = false;
      repeated_.emplace_back(versions_[slot], versions_[before]);
    }
  }
}

VersionId Versions::find(Key key, TransactionValue value) const {
  return slots_[slot_of(key, value)];
}

// Where the version is, or would be.
std::size_t Versions::slot_of(Key key, TransactionValue value) const {
  // Fibonacci hashing: the high bits of a product with 2^64 over the golden ratio are well mixed.
  constexpr std::uint64_t golden = 0x9e3779b97f4a7c15U;
  const std::uint64_t mixed =
      (static_cast<std::uint64_t>(value) + std::rotl(std::uint64_t{key} * golden, 32)) * golden;
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = static_cast<std::size_t>(mixed >> 32U) & mask;; i = (i + 1) & mask) {
    if (slots_[i] == no_version) return i;
    const Version& version = versions_[slots_[i]];
    if (version.key == key && version.value == value) return i;
  }
}

Evidence::Evidence(TransactionModel model, const TransactionHistory& history,
                   const IsolationOptions& options)
    : history_(history),
      model_(model),
      options_(options),
      versions_(history),
      dependencies_(history),
      happened_(history.size(), 0),
      reported_(versions_.size() + history.key_count(), 0),
      updaters_(versions_.size() + history.key_count(), nobody) {
  for (TransactionId id = 0; id < history.size(); ++id) {
    happened_[id] = history.transaction(id).outcome == TransactionOutcome::committed ? 1 : 0;
  }
}

bool Evidence::is_installed(VersionId id) const {
  return id != no_version && versions_[id].is_traceable && happened_[versions_[id].writer] != 0;
}

VersionId Evidence::observe(TransactionId reader, const MicroOperation& read,
                            TransactionValue value) {
  const VersionId id = versions_.find(read.key, value);
  if (id == no_version) {
    if (garbage_.insert({read.key, value}).second) {
      report_first(Anomaly::garbage_read, {reader}, read, value);
    }
    return id;
  }
  const Version& version = versions_[id];
  if (!version.is_traceable) return id;
  switch (history_.transaction(version.writer).outcome) {
    case TransactionOutcome::aborted:
      if (is_first_report(reported_[id], read_though_aborted)) {
        report_first(Anomaly::g1a, {reader, version.writer}, read, value);
      }
      break;
    case TransactionOutcome::unknown:
      happened_[version.writer] = 1;
      break;
    case TransactionOutcome::committed:
      break;
  }
  return id;
}

void Evidence::judge_newest(TransactionId reader, const MicroOperation& read, VersionId newest) {
  if (!is_installed(newest)) return;
  const Version& version = versions_[newest];
  if (version.is_final || version.writer == reader) return;
  if (is_first_report(reported_[newest], read_though_replaced)) {
    report(Anomaly::g1b, {reader, version.writer}, read, version.value);
  }
}

void Evidence::judge_update(TransactionId writer, const MicroOperation& read, VersionId seen) {
  const std::size_t place = seen == no_version ? std::size_t{versions_.size()} + read.key : seen;
  TransactionId& updater = updaters_[place];
  if (updater == nobody) {
    updater = writer;
  } else if (is_first_report(reported_[place], updated_twice)) {
    report(Anomaly::lost_update, {updater, writer}, read, std::nullopt);
  }
}

void Evidence::report(Anomaly anomaly, const std::vector<TransactionId>& transactions,
                      const MicroOperation& read, std::optional<TransactionValue> value,
                      std::span<const TransactionValue> other) {
  const auto seen = history_.seen(read);
  report({.anomaly = anomaly,
          .model = model_,
          .transactions = transactions,
          .key = read.key,
          .value = value,
          .seen = {seen.begin(), seen.end()},
          .other = {other.begin(), other.end()}});
}

void Evidence::report_first(Anomaly anomaly, const std::vector<TransactionId>& transactions,
                            const MicroOperation& read, std::optional<TransactionValue> value,
                            std::span<const TransactionValue> other) {
  if (std::exchange(reported_of_[anomaly], &read) != &read) {
    report(anomaly, transactions, read, value, other);
  }
}

IsolationVerdict Evidence::verdict() {
  for (const auto& [first, again] : versions_.repeated()) {
    report({.anomaly = Anomaly::duplicate_write,
            .model = model_,
            .transactions = {first.writer, again.writer},
            .key = first.key,
            .value = first.value});
  }
  if (options_.process_order) dependencies_.add_process_order(happened_);
  if (options_.realtime_order) dependencies_.add_realtime_order(happened_);
  for (const FoundCycle& found : find_cycles(dependencies_.graph())) report(finding_of(found));
  std::stable_sort(findings_.begin(), findings_.end(), [](const Finding& a, const Finding& b) {
    return std::tuple(rules_out(a), a.anomaly) < std::tuple(rules_out(b), b.anomaly);
  });
  return {.findings = std::move(findings_), .dependencies = dependencies_.size()};
}

Finding Evidence::finding_of(const FoundCycle& found) const {
  Finding finding{.anomaly = found.anomaly, .model = model_, .order = found.order};
  finding.cycle.reserve(found.edges.size());
  for (const DependencyEdge& edge : found.edges) finding.cycle.push_back(dependency_of(edge));
  return finding;
}

Dependency Evidence::dependency_of(const DependencyEdge& edge) const {
  Dependency dependency{.from = edge.from, .to = edge.to, .kind = edge.kind};
  if (edge.earlier != no_version) {
    dependency.earlier = versions_[edge.earlier].value;
    dependency.key = versions_[edge.earlier].key;
  }
  if (edge.later != no_version) {
    dependency.later = versions_[edge.later].value;
    dependency.key = versions_[edge.later].key;
  }
  if (edge.kind == DependencyKind::wr) dependency.seen = seen_by(edge.to, dependency.key);
  if (edge.kind == DependencyKind::rw) dependency.seen = seen_by(edge.from, dependency.key);
  if (edge.kind == DependencyKind::process) {
    dependency.process = history_.transaction(edge.from).process;
  }
  return dependency;
}

// Dependencies come of external reads, and such a read is its transaction's first of the key.
std::vector<TransactionValue> Evidence::seen_by(TransactionId reader, Key key) const {
  for (auto i = history_.first_operation(reader); i < history_.end_of_operations(reader); ++i) {
    const MicroOperation& operation = history_.operations()[i];
    if (operation.key != key || !operation.is_read()) continue;
    const auto seen = history_.seen(operation);
    return {seen.begin(), seen.end()};
  }
  return {};
}

}  // namespace dsys::history
