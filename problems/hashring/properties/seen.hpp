// Figures from what is seen on the wire: shared by those who ask, who tell a reader, and by the
// properties, who judge.
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

  bool operator==(const Names&) const = default;
};

std::vector<NameNumber> numbers_of(Names& names,
                                   const std::vector<std::optional<std::string>>& owners);

// Something counted for each node: entry i belongs to name number i; entry 0 is for no node.
using Amounts = std::vector<std::uint64_t>;

Amounts keys_by_node(const Names& names, const std::vector<NameNumber>& owners);

// The arc that each node owns by these points, in positions; a sole owner has 2^64 - 1.
Amounts arcs_by_node(Names& names, const std::vector<PlacedPoint>& points);

// Of the nodes, without "no node".
Balance balance_of_nodes(const Amounts& amounts);

}  // namespace dsys::hashring
