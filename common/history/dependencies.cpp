#include "common/history/dependencies.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <tuple>
#include <utility>

namespace dsys::history {

void Dependencies::add(const DependencyEdge& edge) {
  if (edge.from != edge.to) edges_.push_back(edge);
}

void Dependencies::add_anti_dependencies(VersionId seen, std::span<const TransactionId> readers,
                                         std::vector<Overwrite>& writes) {
  constexpr std::size_t edges_through_waypoints = 4;  // for each write, about
  if (readers.size() * writes.size() <=
      edges_through_waypoints * (readers.size() + writes.size())) {
    for (const TransactionId reader : readers) {
      for (const Overwrite& write : writes) {
        add({reader, write.writer, seen, write.version, DependencyKind::rw});
      }
    }
    return;
  }
  std::sort(writes.begin(), writes.end(),
            [](const Overwrite& a, const Overwrite& b) { return a.writer < b.writer; });
  add_through_waypoints(seen, readers, writes);
}

// Waypoint up[i] leads to the writers from the i-th on, down[i] to those up to the i-th. So a
// reader that is the i-th writer too takes up[i + 1] and down[i - 1], and never meets itself.
void Dependencies::add_through_waypoints(VersionId seen, std::span<const TransactionId> readers,
                                         std::span<const Overwrite> writes) {
  const auto count = static_cast<std::uint32_t>(writes.size());
  const Vertex up = std::exchange(vertex_count_, vertex_count_ + 2 * count);
  const Vertex down = up + count;
  for (std::uint32_t i = 0; i < count; ++i) {
    const Overwrite& write = writes[i];
    add({up + i, write.writer, no_version, write.version, DependencyKind::onward});
    add({down + i, write.writer, no_version, write.version, DependencyKind::onward});
    if (i + 1 == count) continue;
    add({up + i, up + i + 1, no_version, no_version, DependencyKind::onward});
    add({down + i + 1, down + i, no_version, no_version, DependencyKind::onward});
  }
  for (const TransactionId reader : readers) {
    const auto own = std::lower_bound(
        writes.begin(), writes.end(), reader,
        [](const Overwrite& write, TransactionId id) { return write.writer < id; });
    const auto i = static_cast<std::uint32_t>(own - writes.begin());
    const bool writes_too = i < count && own->writer == reader;
    const std::uint32_t from = writes_too ? i + 1 : 0;
    if (from < count) add({reader, up + from, seen, no_version, DependencyKind::rw});
    if (writes_too && i > 0) add({reader, down + i - 1, seen, no_version, DependencyKind::rw});
  }
}

void Dependencies::add_process_order(const std::vector<std::uint8_t>& happened) {
  std::vector<Moment> all = moments(happened);
  for (Moment& one : all) one.clock = history_.transaction(one.transaction).process;
  add_time_order(DependencyKind::process, std::move(all));
}

void Dependencies::add_realtime_order(const std::vector<std::uint8_t>& happened) {
  add_time_order(DependencyKind::realtime, moments(happened));
}

std::vector<Dependencies::Moment> Dependencies::moments(
    const std::vector<std::uint8_t>& happened) const {
  std::vector<Moment> all;
  all.reserve(2 * history_.size());
  for (TransactionId id = 0; id < history_.size(); ++id) {
    if (happened[id] == 0) continue;
    const Transaction& one = history_.transaction(id);
    all.push_back({.is_completion = false, .at = one.invoked, .transaction = id});
    if (one.outcome != TransactionOutcome::committed) continue;
    all.push_back(
        {.is_completion = true, .at = std::max(one.invoked, one.completed), .transaction = id});
  }
  return all;
}

// A chain of waypoints along each clock: transactions that complete lead into the next one, and
// each waypoint leads to those that begin before the one after it. Of two moments at the same
// position the invocation comes first: the two transactions overlap.
void Dependencies::add_time_order(DependencyKind kind, std::vector<Moment> moments) {
  const auto order = [](const Moment& one) {
    return std::tuple(one.clock, one.at, one.is_completion);
  };
  std::sort(moments.begin(), moments.end(),
            [&](const Moment& a, const Moment& b) { return order(a) < order(b); });
  std::optional<Vertex> past;     // all that completed before the last invocation
  std::optional<Vertex> present;  // and what completed since
  std::uint32_t clock = 0;
  for (const Moment& one : moments) {
    if (one.clock != clock) {
      clock = one.clock;
      past.reset();
      present.reset();
    }
    if (one.is_completion) {
      if (!present) {
        present = vertex_count_++;
        if (past) add({*past, *present, no_version, no_version, DependencyKind::onward});
      }
      add({one.transaction, *present, no_version, no_version, kind});
      continue;
    }
    if (present) past = std::exchange(present, std::nullopt);
    if (past) add({*past, one.transaction, no_version, no_version, DependencyKind::onward});
  }
}

}  // namespace dsys::history
