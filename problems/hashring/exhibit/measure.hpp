// The figures behind the picture of a ring: shares, lookups, and what a change moves.
#pragma once

#include "problems/hashring/exhibit/balance.hpp"
#include "problems/hashring/exhibit/exhibit.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace dsys::hashring {

struct NodeFigures {
  Member member;
  std::size_t points = 0;  // 0 where the algorithm has none.
  double share = 0;        // Of the circle; of the keys where there is no circle.
  double fair = 0;         // By weight.
};

struct Lookup {
  std::string key;
  Position position = 0;
  std::string point;  // server2#17; empty where the algorithm has no points.
  Position point_position = 0;
  std::string owner;
  std::vector<NodeName> replicas;  // Empty where only owners are known.
};

struct ChangeFigures {
  std::string node;
  bool joins = true;  // Else it leaves.
  Movement moved;
  double least = 0;   // What has to move: the share that the node takes or gives up.
  double modulo = 0;  // What hash modulo N moves.
};

struct Figures {
  std::vector<NodeFigures> nodes;
  Balance balance;  // Of share over fair share.
  double theory = 0;
  std::optional<Balance> with_one_point;  // The same nodes without virtual nodes.
  std::vector<Lookup> lookups;
  ChangeFigures join;
  std::optional<ChangeFigures> leave;  // Not of the only node.
};

Ring ring_of(const Exhibit& exhibit);
Figures measure(const Exhibit& exhibit, const Ring& ring);

}  // namespace dsys::hashring
