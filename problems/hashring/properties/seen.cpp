#include "problems/hashring/properties/seen.hpp"

#include <algorithm>
#include <span>

namespace dsys::hashring {

// Names mostly differ at their end, where a single byte tells them apart.
NameNumber Names::number_of(std::string_view name) {
  for (std::size_t i = 0; i < known.size(); ++i) {
    const std::string& one = known[i];
    if (one.size() != name.size()) continue;
    const bool ends_alike = one.empty() || one.back() == name.back();
    if (ends_alike && one == name) return static_cast<NameNumber>(i + 1);
  }
  known.emplace_back(name);
  return static_cast<NameNumber>(known.size());
}

NameNumber Names::number_of(const std::optional<std::string>& name) {
  return name ? number_of(std::string_view(*name)) : NameNumber{0};
}

std::string Names::text_of(NameNumber number) const {
  return number == 0 ? "no node" : known[number - 1U];
}

std::vector<NameNumber> numbers_of(Names& names,
                                   const std::vector<std::optional<std::string>>& owners) {
  std::vector<NameNumber> numbers;
  numbers.reserve(owners.size());
  for (const auto& owner : owners) numbers.push_back(names.number_of(owner));
  return numbers;
}

Amounts keys_by_node(const Names& names, const std::vector<NameNumber>& owners) {
  Amounts amounts(names.known.size() + 1, 0);
  for (const NameNumber owner : owners) ++amounts[owner];
  return amounts;
}

Amounts arcs_by_node(Names& names, const std::vector<PlacedPoint>& points) {
  std::vector<const PlacedPoint*> ordered;
  ordered.reserve(points.size());
  for (const PlacedPoint& point : points) ordered.push_back(&point);
  std::stable_sort(ordered.begin(), ordered.end(),
                   [](const PlacedPoint* left, const PlacedPoint* right) {
                     return left->position < right->position;
                   });
  std::vector<std::uint64_t> positions;
  positions.reserve(points.size());
  for (const PlacedPoint* point : ordered) positions.push_back(point->position);
  const std::vector<std::uint64_t> arcs = arcs_of(positions);
  Amounts amounts(names.known.size() + 1, 0);
  for (std::size_t i = 0; i < arcs.size(); ++i) {
    const NameNumber number = names.number_of(std::string_view(ordered[i]->node));
    amounts.resize(names.known.size() + 1, 0);
    add_arc(amounts[number], arcs[i]);
  }
  return amounts;
}

Balance balance_of_nodes(const Amounts& amounts) {
  if (amounts.empty()) return {};
  return balance_of(std::span(amounts).subspan(1));
}

}  // namespace dsys::hashring
