// Figures about a placement: how even the shares are, and which keys a change of the membership
// moves. Amounts are integers; only what is shown is a ratio.
#pragma once

#include "problems/hashring/ring.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

namespace dsys::hashring {

// --- Evenness ---

struct Balance {
  double relative_deviation = 0;  // standard deviation over all nodes, divided by the mean
  double max_over_mean = 0;       // 1 is perfect; what the fullest node must be built for
};

// From an amount for each node: arcs, keys or requests. All zero for no nodes or no amounts.
Balance balance_of(std::span<const std::uint64_t> amounts);

// How much of the circle a node owns, in positions. The whole circle is 2^64, one more than fits: a
// sole owner has 2^64 - 1, whose fraction is 1.
struct Share {
  NodeName node;
  std::uint64_t arc = 0;

  double fraction() const;
};
DSYS_DESCRIBE(Share, node, arc)

// The exact arcs, in the order of the members, as a correct search divides them.
std::vector<Share> shares_of(const Ring& ring);
Balance balance_of(std::span<const Share> shares);

// What each point owns: the arc behind it, back to the point before. Of points on one position the
// first has the arc, and the others have none.
std::vector<std::uint64_t> arcs_of(std::span<const Position> sorted);
// One arc more for a node.
void add_arc(std::uint64_t& sum, std::uint64_t arc);

// What chance gives with a well mixing hash: sqrt((N - 1) / (N * V + 1)), since the share of a
// node with V points of N * V is distributed as Beta(V, N * V - V). About 1 / sqrt(V).
double expected_deviation(std::uint64_t nodes, std::uint64_t virtual_nodes);

// How many keys each member owns, in the order of the members; an owner who is none is left out.
std::vector<std::uint64_t> keys_per_member(std::span<const Member> members,
                                           std::span<const NodeName> owners);

// --- Movement ---

struct Route {
  NodeName from;
  NodeName to;

  // NOLINTNEXTLINE(modernize-use-nullptr): version 14 misreads a defaulted <=>.
  auto operator<=>(const Route&) const = default;
};

struct Movement {
  std::size_t keys = 0;   // compared
  std::size_t moved = 0;  // those with another owner
  std::map<Route, std::size_t> routes;

  [[nodiscard]] double fraction() const;  // moved / keys; 0 for no keys
};

// Owners of the same keys before and after a change; what only one list has is not compared. An
// empty name stands for "no node".
Movement movement(std::span<const NodeName> before, std::span<const NodeName> after);

}  // namespace dsys::hashring
