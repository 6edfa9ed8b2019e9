#include "common/check/property.hpp"

#include "common/core/assert.hpp"

#include <algorithm>
#include <tuple>

namespace dsys::check {

std::string_view to_string(PropertyKind kind) {
  switch (kind) {
    case PropertyKind::always:
      return "always";
    case PropertyKind::sometimes:
      return "sometimes";
    case PropertyKind::eventually:
      return "eventually";
  }
  return "?";
}

namespace {

// "RF-S10": the kind by its letter, the letter, how many digits, the number.
using Rank = std::tuple<std::size_t, char, std::size_t, std::string_view>;

Rank rank_of(std::string_view id) {
  const std::size_t dash = id.rfind('-');
  DSYS_ASSERT(dash != std::string_view::npos && dash + 1 < id.size());
  const char letter = id[dash + 1];
  const std::string_view number = id.substr(dash + 2);
  constexpr std::string_view first = "SL";
  const std::size_t place = std::min(first.find(letter), first.size());
  return {letter == 'W' ? first.size() + 1 : place, letter, number.size(), number};
}

}  // namespace

bool id_comes_first(std::string_view left, std::string_view right) {
  return rank_of(left) < rank_of(right);
}

}  // namespace dsys::check
