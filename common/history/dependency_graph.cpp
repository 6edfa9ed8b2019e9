#include "common/history/dependency_graph.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace dsys::history {
namespace {

constexpr std::uint32_t unseen = std::numeric_limits<std::uint32_t>::max();

// Tarjan 1972, with a stack of its own in place of recursion: a component may be as deep as the
// history is long.
class ComponentSearch {
 public:
  ComponentSearch(const DependencyGraph& graph, KindSet kinds)
      : graph_(graph),
        kinds_(kinds | kind_bit(DependencyKind::onward)),
        number_(graph.vertex_count(), unseen),
        low_(graph.vertex_count(), 0) {}

  std::vector<Component> run() {
    for (Vertex root = 0; root < graph_.vertex_count(); ++root) {
      if (number_[root] == unseen) explore(root);
    }
    return std::move(components_);
  }

 private:
  struct Frame {
    Vertex vertex;
    std::uint32_t next_edge;
  };

  void explore(Vertex root) {
    enter(root);
    while (!path_.empty()) {
      Frame& frame = path_.back();
      const Vertex vertex = frame.vertex;
      const auto edges = graph_.out(vertex);
      if (frame.next_edge == edges.size()) {
        leave(vertex);
        continue;
      }
      const DependencyEdge& edge = edges[frame.next_edge++];
      if ((kinds_ & kind_bit(edge.kind)) == 0) continue;
      if (number_[edge.to] == unseen) {
        enter(edge.to);
      } else {
        low_[vertex] = std::min(low_[vertex], low_[edge.to]);
      }
    }
  }

  void enter(Vertex vertex) {
    number_[vertex] = low_[vertex] = counter_++;
    open_.push_back(vertex);
    path_.push_back({vertex, 0});
  }

  // A closed vertex has low_ = unseen, so that no later edge to it lowers anything.
  void leave(Vertex vertex) {
    path_.pop_back();
    const std::uint32_t low = low_[vertex];
    if (low == number_[vertex]) close(vertex);
    if (!path_.empty())
      low_[path_.back().vertex] = std::min(low_[path_.back().vertex], low_[vertex]);
  }

  void close(Vertex root) {
    auto begin = open_.end();
    do {
      --begin;
      low_[*begin] = unseen;
    } while (*begin != root);
    if (open_.end() - begin > 1) {
      Component& component = components_.emplace_back(begin, open_.end());
      std::sort(component.begin(), component.end());
    }
    open_.erase(begin, open_.end());
  }

  const DependencyGraph& graph_;
  KindSet kinds_;
  std::uint32_t counter_ = 0;
  std::vector<std::uint32_t> number_;  // in the order of entering
  std::vector<std::uint32_t> low_;     // the lowest number reached
  std::vector<Vertex> open_;           // entered, of components not yet closed
  std::vector<Frame> path_;
  std::vector<Component> components_;
};

// Breadth first from each transaction in turn, no deeper than a better cycle could be, and never
// back to transactions that were tried: all cycles through those are known to be as long.
class CycleSearch {
 public:
  CycleSearch(const DependencyGraph& graph, KindSet kinds, std::uint64_t effort)
      : graph_(graph),
        kinds_(kinds | kind_bit(DependencyKind::onward)),
        effort_(effort),
        seen_from_(graph.vertex_count(), unseen),
        reached_by_(graph.vertex_count(), nullptr) {}

  // A cycle leads from `start` to `start + shift`, for every start that is a multiple of `stride`.
  Cycle run(Vertex stride, Vertex shift) {
    for (Vertex start = 0; start < graph_.vertex_count(); start += stride) {
      if (best_.size() == 2 || spent_ > effort_) break;
      if (!graph_.is_waypoint(start)) search(start, start + shift);
    }
    return std::move(best_);
  }

 private:
  void search(Vertex start, Vertex end) {
    start_ = start;
    layer_.assign(1, start);
    for (std::uint32_t length = 1; length < shortest_ && !layer_.empty(); ++length) {
      next_layer_.clear();
      for (const Vertex vertex : layer_) reach_from(vertex);
      // Waypoints lie between transactions at no cost: the layer grows while it is walked.
      for (std::size_t walked = 0; walked < next_layer_.size();) {
        const Vertex vertex = next_layer_[walked++];
        if (graph_.is_waypoint(vertex)) reach_from(vertex);
      }
      if (seen_from_[end] == start) {
        shortest_ = length;
        keep_way_to(end);
        return;
      }
      std::swap(layer_, next_layer_);
      std::erase_if(layer_, [this](Vertex vertex) { return graph_.is_waypoint(vertex); });
    }
  }

  void reach_from(Vertex vertex) {
    for (const DependencyEdge& edge : graph_.out(vertex)) {
      ++spent_;
      if ((kinds_ & kind_bit(edge.kind)) == 0) continue;
      if (edge.to < start_ || seen_from_[edge.to] == start_) continue;
      seen_from_[edge.to] = start_;
      reached_by_[edge.to] = &edge;
      next_layer_.push_back(edge.to);
    }
  }

  void keep_way_to(Vertex end) {
    best_.assign(1, *reached_by_[end]);
    while (best_.back().from != start_) best_.push_back(*reached_by_[best_.back().from]);
    std::reverse(best_.begin(), best_.end());
  }

  const DependencyGraph& graph_;
  KindSet kinds_;
  std::uint64_t effort_;
  std::uint64_t spent_ = 0;
  Vertex start_ = 0;
  std::uint32_t shortest_ = unseen;  // in edges that cost
  std::vector<Vertex> seen_from_;    // the last start that led here
  std::vector<const DependencyEdge*> reached_by_;
  std::vector<Vertex> layer_;
  std::vector<Vertex> next_layer_;
  Cycle best_;
};

void add_between(std::vector<DependencyEdge>& edges, DependencyEdge edge, Vertex from, Vertex to) {
  edge.from = from;
  edge.to = to;
  edges.push_back(edge);
}

}  // namespace

DependencyGraph::DependencyGraph(std::uint32_t vertex_count, std::span<const DependencyEdge> edges)
    : begin_(vertex_count + std::size_t{1}, 0), edges_(edges.size()) {
  for (const DependencyEdge& edge : edges) ++begin_[edge.from];
  std::uint32_t total = 0;
  for (std::uint32_t& begin : begin_) total += std::exchange(begin, total);
  std::vector<std::uint32_t> place(begin_);
  for (const DependencyEdge& edge : edges) edges_[place[edge.from]++] = edge;
}

std::vector<Component> strong_components(const DependencyGraph& graph, KindSet kinds) {
  return ComponentSearch(graph, kinds).run();
}

DependencyGraph part_of(const DependencyGraph& graph, const Component& component) {
  std::vector<DependencyEdge> edges;
  for (std::uint32_t i = 0; i < component.size(); ++i) {
    for (DependencyEdge edge : graph.out(component[i])) {
      const auto to = std::lower_bound(component.begin(), component.end(), edge.to);
      if (to == component.end() || *to != edge.to) continue;
      edge.from = i;
      edge.to = static_cast<Vertex>(to - component.begin());
      edges.push_back(edge);
    }
  }
  return {static_cast<std::uint32_t>(component.size()), edges};
}

Cycle shortest_cycle(const DependencyGraph& graph, KindSet kinds, std::uint64_t effort) {
  return CycleSearch(graph, kinds, effort).run(1, 0);
}

Cycle shortest_cycle_with_one_rw(const DependencyGraph& graph, KindSet kinds,
                                 std::uint64_t effort) {
  // Vertex v becomes 2v before the rw edge and 2v + 1 after it.
  std::vector<DependencyEdge> edges;
  for (Vertex vertex = 0; vertex < graph.vertex_count(); ++vertex) {
    for (const DependencyEdge& edge : graph.out(vertex)) {
      if ((kinds & kind_bit(edge.kind)) == 0 && edge.kind != DependencyKind::onward) continue;
      const bool is_rw = edge.kind == DependencyKind::rw;
      add_between(edges, edge, vertex * 2, edge.to * 2 + (is_rw ? 1 : 0));
      if (!is_rw) add_between(edges, edge, vertex * 2 + 1, edge.to * 2 + 1);
    }
  }
  const DependencyGraph doubled(graph.vertex_count() * 2, edges);
  Cycle cycle = CycleSearch(doubled, kinds, effort).run(2, 1);
  for (DependencyEdge& edge : cycle) {
    edge.from /= 2;
    edge.to /= 2;
  }
  return cycle;
}

DependencyGraph without_adjacent_rw(const DependencyGraph& graph) {
  std::vector<DependencyEdge> edges;
  for (Vertex vertex = 0; vertex < graph.vertex_count(); ++vertex) {
    for (const DependencyEdge& edge : graph.out(vertex)) {
      const bool is_rw = edge.kind == DependencyKind::rw;
      const bool is_onward = edge.kind == DependencyKind::onward;
      add_between(edges, edge, vertex * 2, edge.to * 2 + (is_rw ? 1 : 0));
      if (!is_rw) add_between(edges, edge, vertex * 2 + 1, edge.to * 2 + (is_onward ? 1 : 0));
    }
  }
  return {graph.vertex_count() * 2, edges};
}

}  // namespace dsys::history
