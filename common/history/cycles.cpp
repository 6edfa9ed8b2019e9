#include "common/history/cycles.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace dsys::history {
namespace {

constexpr KindSet ww = kind_bit(DependencyKind::ww);
constexpr KindSet wr = kind_bit(DependencyKind::wr);
constexpr KindSet rw = kind_bit(DependencyKind::rw);
constexpr KindSet process = kind_bit(DependencyKind::process);
constexpr KindSet realtime = kind_bit(DependencyKind::realtime);

// Exact for every part of up to a thousand edges or 32 transactions, and for larger ones as long
// as their cycles are short; linear in any case.
std::uint64_t effort_for(const DependencyGraph& graph) {
  constexpr std::uint64_t at_least = 1'000'000;
  constexpr std::uint64_t for_each_edge = 32;
  std::uint64_t edges = 0;
  for (Vertex vertex = 0; vertex < graph.vertex_count(); ++vertex) {
    edges += graph.out(vertex).size();
  }
  return at_least + for_each_edge * edges;
}

void rename(Cycle& cycle, const std::vector<Vertex>& names) {
  for (DependencyEdge& edge : cycle) {
    edge.from = names[edge.from];
    edge.to = names[edge.to];
  }
}

// The edge into a waypoint and those out of it become the one edge that they stand for.
Cycle without_waypoints(const Cycle& cycle) {
  Cycle merged;
  merged.reserve(cycle.size());
  for (const DependencyEdge& edge : cycle) {
    if (edge.kind != DependencyKind::onward) {
      merged.push_back(edge);
      continue;
    }
    merged.back().to = edge.to;
    merged.back().later = edge.later;
  }
  return merged;
}

FoundCycle named(const Cycle& cycle) {
  FoundCycle found{.edges = without_waypoints(cycle)};
  KindSet kinds = 0;
  std::size_t anti_dependencies = 0;
  bool in_a_row = false;
  DependencyKind before = found.edges.back().kind;
  for (const DependencyEdge& edge : found.edges) {
    kinds |= kind_bit(edge.kind);
    anti_dependencies += edge.kind == DependencyKind::rw ? 1 : 0;
    in_a_row = in_a_row || (edge.kind == DependencyKind::rw && before == DependencyKind::rw);
    before = edge.kind;
  }
  if (anti_dependencies > 1) {
    found.anomaly = in_a_row ? Anomaly::g2 : Anomaly::g_nonadjacent;
  } else if (anti_dependencies == 1) {
    found.anomaly = Anomaly::g_single;
  } else {
    found.anomaly = (kinds & wr) != 0 ? Anomaly::g1c : Anomaly::g0;
  }
  if ((kinds & process) != 0) found.order = ExtraOrder::process;
  if ((kinds & realtime) != 0) found.order = ExtraOrder::realtime;
  return found;
}

// Goes from the worst kinds of cycles to the mildest, over more and more kinds of edges. Where a
// cycle was found the transactions are settled; so whatever is found at a step has an edge of the
// kind that the step added, and its name can be told from its edges.
class PartOfGraph {
 public:
  explicit PartOfGraph(const DependencyGraph& graph)
      : graph_(graph), walks_(without_adjacent_rw(graph)), settled_(graph.vertex_count(), false) {}

  std::vector<FoundCycle> run() {
    constexpr std::array<KindSet, 3> orders{0, process, process | realtime};
    for (const KindSet order : orders) {
      if (order != 0 && !has_edges_of(order)) continue;
      seek(ww | order);
      seek(ww | wr | order);
      seek_without_adjacent_rw(ww | wr | rw | order);
      seek(ww | wr | rw | order);
    }
    return std::move(found_);
  }

 private:
  void seek(KindSet kinds) {
    for (const Component& component : strong_components(graph_, kinds)) {
      if (is_settled(component)) continue;
      const DependencyGraph part = part_of(graph_, component);
      Cycle cycle = shortest_cycle(part, kinds, effort_for(part));
      rename(cycle, component);
      settle(component, named(cycle));
    }
  }

  // G-single and G-nonadjacent. Such a cycle exists exactly where walks that take no two rw edges
  // in a row come round, and it has an rw edge, since all cycles without are settled. Components of
  // walks may share transactions; then the better cycle counts.
  void seek_without_adjacent_rw(KindSet kinds) {
    std::vector<std::pair<Component, FoundCycle>> candidates;
    for (const Component& component : strong_components(walks_, kinds)) {
      Component transactions = component;
      for (Vertex& vertex : transactions) vertex /= 2;
      transactions.erase(std::unique(transactions.begin(), transactions.end()), transactions.end());
      if (is_settled(transactions)) continue;
      const Cycle cycle = best_walk(component, transactions, kinds);
      candidates.emplace_back(std::move(transactions), named(cycle));
    }
    const auto rank = [](const auto& one) {
      return std::pair(one.second.anomaly, one.second.edges.size());
    };
    std::stable_sort(candidates.begin(), candidates.end(),
                     [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
    for (auto& [transactions, cycle] : candidates) {
      if (!is_settled(transactions)) settle(transactions, std::move(cycle));
    }
  }

  Cycle best_walk(const Component& component, const Component& transactions, KindSet kinds) const {
    const DependencyGraph part = part_of(graph_, transactions);
    Cycle cycle = shortest_cycle_with_one_rw(part, kinds, effort_for(part));
    if (!cycle.empty()) {
      rename(cycle, transactions);
      return cycle;
    }
    const DependencyGraph walks = part_of(walks_, component);
    cycle = shortest_cycle(walks, kinds, effort_for(walks));
    rename(cycle, component);
    for (DependencyEdge& edge : cycle) {
      edge.from /= 2;
      edge.to /= 2;
    }
    return cycle;
  }

  bool has_edges_of(KindSet kinds) const {
    for (Vertex vertex = 0; vertex < graph_.vertex_count(); ++vertex) {
      for (const DependencyEdge& edge : graph_.out(vertex)) {
        if ((kinds & kind_bit(edge.kind)) != 0) return true;
      }
    }
    return false;
  }

  // Waypoints do not count: cycles that share no more than those are strangers to each other.
  bool is_settled(const Component& component) const {
    return std::any_of(component.begin(), component.end(), [this](Vertex vertex) {
      return settled_[vertex] && !graph_.is_waypoint(vertex);
    });
  }

  void settle(const Component& component, FoundCycle cycle) {
    for (const Vertex vertex : component) settled_[vertex] = true;
    found_.push_back(std::move(cycle));
  }

  const DependencyGraph& graph_;
  DependencyGraph walks_;
  std::vector<bool> settled_;  // by vertex: in a cycle, or strongly connected to one
  std::vector<FoundCycle> found_;
};

}  // namespace

std::vector<FoundCycle> find_cycles(const DependencyGraph& graph) {
  std::vector<FoundCycle> all;
  for (const Component& component : strong_components(graph, ww | wr | rw | process | realtime)) {
    const DependencyGraph part = part_of(graph, component);
    for (FoundCycle& found : PartOfGraph(part).run()) {
      rename(found.edges, component);
      all.push_back(std::move(found));
    }
  }
  return all;
}

}  // namespace dsys::history
