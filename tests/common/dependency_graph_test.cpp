#include "common/history/dependency_graph.hpp"

#include "common/core/random.hpp"
#include "common/history/cycles.hpp"
#include "common/history/dependencies.hpp"
#include "tests/sanitized.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace dsys::history {
namespace {

constexpr std::array all_kinds{DependencyKind::ww, DependencyKind::wr, DependencyKind::rw,
                               DependencyKind::process, DependencyKind::realtime};

std::vector<DependencyEdge> random_edges(Random& random, Vertex vertices, std::uint64_t count) {
  std::vector<DependencyEdge> edges;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto from = static_cast<Vertex>(random.below(vertices));
    const auto to = static_cast<Vertex>(random.below(vertices));
    if (from == to) continue;
    edges.push_back({.from = from, .to = to, .kind = all_kinds[random.below(all_kinds.size())]});
  }
  return edges;
}

// All cycles that pass no vertex twice, each from its smallest vertex on.
class AllCycles {
 public:
  explicit AllCycles(const DependencyGraph& graph) : graph_(graph) {
    for (Vertex start = 0; start < graph.vertex_count(); ++start) extend(start, start);
  }
  const std::vector<Cycle>& cycles() const { return cycles_; }

 private:
  void extend(Vertex start, Vertex vertex) {
    for (const DependencyEdge& edge : graph_.out(vertex)) {
      const bool was_passed = std::any_of(
          path_.begin(), path_.end(), [&](const auto& passed) { return passed.from == edge.to; });
      path_.push_back(edge);
      if (edge.to == start) {
        cycles_.push_back(path_);
      } else if (edge.to > start && !was_passed) {
        extend(start, edge.to);
      }
      path_.pop_back();
    }
  }

  const DependencyGraph& graph_;
  Cycle path_;
  std::vector<Cycle> cycles_;
};

using Name = std::pair<ExtraOrder, Anomaly>;

// By the definitions, from the edges one after the other.
Name name_of(const Cycle& cycle) {
  int wr = 0;
  int rw = 0;
  int rw_in_a_row = 0;
  ExtraOrder order = ExtraOrder::none;
  for (std::size_t i = 0; i < cycle.size(); ++i) {
    const DependencyKind kind = cycle[i].kind;
    const DependencyKind next = cycle[(i + 1) % cycle.size()].kind;
    wr += kind == DependencyKind::wr ? 1 : 0;
    rw += kind == DependencyKind::rw ? 1 : 0;
    rw_in_a_row += kind == DependencyKind::rw && next == DependencyKind::rw ? 1 : 0;
    if (kind == DependencyKind::process) order = std::max(order, ExtraOrder::process);
    if (kind == DependencyKind::realtime) order = std::max(order, ExtraOrder::realtime);
  }
  if (rw == 0) return {order, wr == 0 ? Anomaly::g0 : Anomaly::g1c};
  if (rw == 1) return {order, Anomaly::g_single};
  return {order, rw_in_a_row == 0 ? Anomaly::g_nonadjacent : Anomaly::g2};
}

}  // namespace

TEST_CASE("in each part of a random graph the shortest of the worst cycles is found") {
  Random random(17);
  std::map<Name, int> seen;
  for (int i = 0; i < 5000; ++i) {
    const DependencyGraph graph(7, random_edges(random, 7, 6 + random.below(9)));
    const std::vector<Cycle> cycles = AllCycles(graph).cycles();
    KindSet every = 0;
    for (const DependencyKind kind : all_kinds) every |= kind_bit(kind);
    const auto parts = strong_components(graph, every);
    const auto part_with = [&](const Cycle& cycle) {
      return std::find_if(parts.begin(), parts.end(),
                          [&](const Component& part) {
                            return std::binary_search(part.begin(), part.end(), cycle.front().from);
                          }) -
             parts.begin();
    };
    using Rank = std::pair<Name, std::size_t>;  // and the length
    std::map<std::ptrdiff_t, Rank> expected;
    for (const Cycle& cycle : cycles) {
      const Rank rank{name_of(cycle), cycle.size()};
      const auto place = expected.emplace(part_with(cycle), rank).first;
      place->second = std::min(place->second, rank);
    }
    CHECK(expected.size() == parts.size());
    std::map<std::ptrdiff_t, Rank> found;
    for (const FoundCycle& one : find_cycles(graph)) {
      CHECK(name_of(one.edges) == Name{one.order, one.anomaly});
      const Rank rank{{one.order, one.anomaly}, one.edges.size()};
      const auto place = found.emplace(part_with(one.edges), rank).first;
      place->second = std::min(place->second, rank);
    }
    CHECK_MESSAGE(found == expected, "graph " << i);
    for (const auto& [part, rank] : expected) ++seen[rank.first];
  }
  CHECK(seen.size() == 15);  // each anomaly, with each order
}

TEST_CASE("waypoints change neither the names nor the lengths of cycles") {
  constexpr Vertex vertices = 24;
  Random random(19);
  int cyclic = 0;
  for (int i = 0; i < 2000; ++i) {
    TransactionHistory history;
    for (Vertex id = 0; id < vertices; ++id) history.begin({});
    std::vector<TransactionId> readers;
    std::vector<Overwrite> writes;
    for (Vertex id = 0; id < vertices; ++id) {
      if (random.chance(60)) readers.push_back(id);
      if (random.chance(60)) writes.push_back({id, id});
    }
    Dependencies through_waypoints(history);
    Dependencies direct(history);
    for (DependencyEdge edge : random_edges(random, vertices, 8)) {
      if (random.chance(70) && edge.from > edge.to) std::swap(edge.from, edge.to);
      through_waypoints.add(edge);
      direct.add(edge);
    }
    if (random.chance(50)) std::erase_if(readers, [](TransactionId id) { return id >= 12; });
    if (random.chance(50)) {
      std::erase_if(writes, [](const Overwrite& write) { return write.writer < 12; });
    }
    for (const TransactionId reader : readers) {
      for (const Overwrite& write : writes) {
        direct.add({reader, write.writer, no_version, write.version, DependencyKind::rw});
      }
    }
    through_waypoints.add_anti_dependencies(no_version, readers, writes);
    std::vector<std::pair<Name, std::size_t>> names;
    for (const FoundCycle& one : find_cycles(direct.graph())) {
      names.push_back({{one.order, one.anomaly}, one.edges.size()});
    }
    std::vector<std::pair<Name, std::size_t>> same;
    for (const FoundCycle& one : find_cycles(through_waypoints.graph())) {
      same.push_back({{one.order, one.anomaly}, one.edges.size()});
      for (const DependencyEdge& edge : one.edges) CHECK(edge.to < vertices);
    }
    std::sort(names.begin(), names.end());
    std::sort(same.begin(), same.end());
    CHECK_MESSAGE(same == names, "graph " << i);
    cyclic += names.empty() ? 0 : 1;
  }
  CHECK(cyclic > 500);
  CHECK(cyclic < 1990);
}

TEST_CASE("a component may be as deep as the history is long") {
  constexpr Vertex vertices = is_sanitized ? 30'000 : 300'000;
  std::vector<DependencyEdge> ring;
  ring.reserve(vertices);
  for (Vertex i = 0; i < vertices; ++i) ring.push_back({.from = i, .to = (i + 1) % vertices});
  const auto found = find_cycles(DependencyGraph(vertices, ring));
  REQUIRE(found.size() == 1);
  CHECK(found[0].anomaly == Anomaly::g0);
  CHECK(found[0].edges.size() == vertices);
}

}  // namespace dsys::history
