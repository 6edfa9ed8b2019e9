// The picture of a ring that `dsys hashring` prints: the circle, the shares, where keys belong, and
// what a change moves. As JSON:
//   {"problem", "algorithm", "virtual_nodes", "nodes": [{"name", "weight", "points", "share",
//    "fair_share"}], "relative_deviation", "max_over_mean", "theory", "lookups": [{"key",
//    "position", "owner", "point", "point_position", "replicas"}], "join" and "leave": {"node",
//    "keys", "moved", "fraction", "least", "modulo_fraction", "routes": [{"from", "to", "keys"}]}}
// Shares and fractions are in [0, 1]. `point` and `replicas` are empty but for the ring; `leave` is
// null for a single node.
#pragma once

#include "common/screen/terminal.hpp"
#include "problems/hashring/exhibit/measure.hpp"

namespace dsys::hashring {

void show(const Exhibit& exhibit, screen::Terminal& terminal);
void show_json(const Exhibit& exhibit, screen::Terminal& terminal);

}  // namespace dsys::hashring
