#include "common/sim/script.hpp"

#include <charconv>
#include <cstdint>

namespace dsys::sim {
namespace {

std::int64_t number(const std::string& digits) {
  std::int64_t out = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), out);
  return out;
}

}  // namespace

bool holds(const Condition& condition, const std::string& field) {
  switch (condition.comparison) {
    case Condition::Comparison::equal:
      return field == condition.value;
    case Condition::Comparison::at_least:
      return number(field) >= number(condition.value);
    case Condition::Comparison::at_most:
      return number(field) <= number(condition.value);
  }
  return false;
}

}  // namespace dsys::sim
