// Dependencies between transactions, and the cycles among them (Adya 1999, chapter 3).
//
// Besides transactions the graph has waypoints: vertices that stand for "all that came before" a
// moment, or "any of those who wrote later". n transactions before m others are then n + m edges
// instead of n * m. The edge into a waypoint says the kind; the edge out of it is `onward` and
// costs nothing, so that a way through waypoints counts as the one edge that it stands for.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace dsys::history {

enum class DependencyKind : std::uint8_t {
  ww,        // the second overwrote what the first wrote
  wr,        // the second read what the first wrote
  rw,        // the second overwrote what the first read: an anti-dependency
  process,   // the same process ran the second after the first
  realtime,  // the first had completed when the second began
  onward,    // out of a waypoint
};

using KindSet = unsigned;  // of 1 << kind
constexpr KindSet kind_bit(DependencyKind kind) {
  return 1U << static_cast<unsigned>(kind);
}

using Vertex = std::uint32_t;
using VersionId = std::uint32_t;
constexpr VersionId no_version = std::numeric_limits<VersionId>::max();

struct DependencyEdge {
  Vertex from = 0;
  Vertex to = 0;
  VersionId earlier = no_version;  // of ww: overwritten, of wr and rw: read; none: the initial one
  VersionId later = no_version;    // of ww and rw: what overwrote it
  DependencyKind kind = DependencyKind::ww;
};

// Edges sorted by the vertex that they leave.
class DependencyGraph {
 public:
  DependencyGraph(std::uint32_t vertex_count, std::span<const DependencyEdge> edges);

  std::uint32_t vertex_count() const { return static_cast<std::uint32_t>(begin_.size() - 1); }
  std::span<const DependencyEdge> out(Vertex vertex) const {
    return std::span(edges_).subspan(begin_[vertex], begin_[vertex + 1] - begin_[vertex]);
  }
  bool is_waypoint(Vertex vertex) const {
    const auto edges = out(vertex);
    return !edges.empty() && edges.front().kind == DependencyKind::onward;
  }

 private:
  std::vector<std::uint32_t> begin_;  // by vertex, and one more
  std::vector<DependencyEdge> edges_;
};

using Component = std::vector<Vertex>;  // in ascending order

// The strongly connected components of more than one vertex, over edges of the given kinds.
std::vector<Component> strong_components(const DependencyGraph& graph, KindSet kinds);

using Cycle = std::vector<DependencyEdge>;

// The part of the graph between the vertices of a component, which are numbered anew in order.
DependencyGraph part_of(const DependencyGraph& graph, const Component& component);

// The shortest cycle over edges of the given kinds; empty if there is none. It begins at its first
// transaction and holds the onward edges too. Searches begin until they have visited `effort`
// edges; beyond that the cycle is the shortest seen so far, and one of exactly one rw edge may be
// missed. A search that has begun comes to its end, so that of a component some cycle is found.
Cycle shortest_cycle(const DependencyGraph& graph, KindSet kinds, std::uint64_t effort);
Cycle shortest_cycle_with_one_rw(const DependencyGraph& graph, KindSet kinds, std::uint64_t effort);

// The graph in which a walk never takes two rw edges in a row: vertex v becomes 2v, reached by
// another edge, and 2v + 1, reached by an rw edge and left by others only.
DependencyGraph without_adjacent_rw(const DependencyGraph& graph);

}  // namespace dsys::history
