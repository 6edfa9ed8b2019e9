// The cycles of a dependency graph, named by Adya's phenomena.
#pragma once

#include "common/history/anomalies.hpp"
#include "common/history/dependency_graph.hpp"

#include <vector>

namespace dsys::history {

struct FoundCycle {
  Anomaly anomaly = Anomaly::g0;
  ExtraOrder order = ExtraOrder::none;
  Cycle edges{};  // from transaction to transaction, without waypoints
};

// The worst cycle of each strongly connected part of the graph, and the shortest of that kind.
// Milder ones among the same transactions are not sought: they would rule out no further level.
std::vector<FoundCycle> find_cycles(const DependencyGraph& graph);

}  // namespace dsys::history
