// Collects the edges of a dependency graph, and puts waypoints where all pairs would be too many.
#pragma once

#include "common/history/dependency_graph.hpp"
#include "common/history/transactions.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace dsys::history {

struct Overwrite {
  TransactionId writer = 0;
  VersionId version = no_version;
};

class Dependencies {
 public:
  explicit Dependencies(const TransactionHistory& history)
      : history_(history), vertex_count_(static_cast<std::uint32_t>(history.size())) {}

  // An edge from a transaction to itself is none.
  void add(const DependencyEdge& edge);

  // Each of the readers saw the version `seen`, which each of the others' writes comes after.
  void add_anti_dependencies(VersionId seen, std::span<const TransactionId> readers,
                             std::vector<Overwrite>& writes);

  // What each process did one after the other, or all of them. Only transactions that happened
  // count; one of unknown outcome may have happened at any time after its invocation, and so comes
  // before nothing.
  void add_process_order(const std::vector<std::uint8_t>& happened);
  void add_realtime_order(const std::vector<std::uint8_t>& happened);

  std::size_t size() const { return edges_.size(); }
  DependencyGraph graph() const { return {vertex_count_, edges_}; }

 private:
  struct Moment {
    std::uint32_t clock = 0;
    bool is_completion = false;
    Position at = 0;
    TransactionId transaction = 0;
  };

  void add_time_order(DependencyKind kind, std::vector<Moment> moments);
  void add_through_waypoints(VersionId seen, std::span<const TransactionId> readers,
                             std::span<const Overwrite> writes);
  std::vector<Moment> moments(const std::vector<std::uint8_t>& happened) const;

  const TransactionHistory& history_;
  std::uint32_t vertex_count_;  // transactions, then waypoints
  std::vector<DependencyEdge> edges_;
};

}  // namespace dsys::history
