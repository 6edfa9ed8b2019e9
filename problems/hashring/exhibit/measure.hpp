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
  std::size_t points = 0;  // 0 where the algorithm has none
  double share = 0;        // of the circle; of the keys where there is no circle
  double fair = 0;         // by weight
};

struct Lookup {
  std::string key;
  Position position = 0;
  std::string point;  // server2#17; empty where the algorithm has no points
  Position point_position = 0;
  std::string owner;
  std::vector<NodeName> replicas;  // empty where only owners are known
};

struct ChangeFigures {
  std::string node;
  bool joins = true;  // else it leaves
  Movement moved;
  double least = 0;   // what has to move: the share that the node takes or gives up
  double modulo = 0;  // what hash modulo N moves
};

struct Figures {
  std::vector<NodeFigures> nodes;
  Balance balance;  // of share over fair share
  double theory = 0;
  std::optional<Balance> with_one_point;  // the same nodes without virtual nodes
  std::vector<Lookup> lookups;
  ChangeFigures join;
  std::optional<ChangeFigures> leave;  // not of the only node
};

Ring ring_of(const Exhibit& exhibit);
Figures measure(const Exhibit& exhibit, const Ring& ring);

}  // namespace dsys::hashring
