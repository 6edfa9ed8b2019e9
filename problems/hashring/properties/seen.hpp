// Figures from what is seen on the wire: shared by the clients, which tell a reader, and by the
// properties, which judge.
#pragma once

#include "problems/hashring/exhibit/balance.hpp"
#include "problems/hashring/messages.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dsys::hashring {

// A name of a ring's node as a small number, in the order of first sight; 0 is no node. Answers
// hold the same few names thousands of times.
using NameNumber = std::uint16_t;

struct Names {
  std::vector<std::string> known;

  NameNumber number_of(std::string_view name);
  NameNumber number_of(const std::optional<std::string>& name);
  std::string text_of(NameNumber number) const;
};
DSYS_DESCRIBE(Names, known)

std::vector<NameNumber> numbers_of(Names& names,
                                   const std::vector<std::optional<std::string>>& owners);

// Something counted for each node: entry i belongs to name number i; entry 0 is for no node.
using Amounts = std::vector<std::uint64_t>;

Amounts keys_by_node(const Names& names, const std::vector<NameNumber>& owners);

// The arc that each node owns by these points, in positions; a sole owner has 2^64 - 1.
Amounts arcs_by_node(Names& names, const std::vector<PlacedPoint>& points);

// How even the nodes' amounts are, without "no node".
Balance balance_of_nodes(const Amounts& amounts);

}  // namespace dsys::hashring
