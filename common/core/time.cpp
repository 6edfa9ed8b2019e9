#include "common/core/time.hpp"

#include <array>
#include <cstdint>
#include <limits>

namespace dsys {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t nanoseconds;
};

constexpr std::array<Unit, 5> units{
    {{"ns", 1}, {"us", 1'000}, {"ms", 1'000'000}, {"s", 1'000'000'000}, {"m", 60'000'000'000}}};

bool is_digit(char letter) {
  return letter >= '0' && letter <= '9';
}

// Digits with at most one point, scaled to nanoseconds; nothing if it does not fit.
std::optional<std::int64_t> scaled(std::string_view digits, std::int64_t scale) {
  constexpr std::int64_t limit = std::numeric_limits<std::int64_t>::max() / 4;
  std::int64_t whole = 0;
  std::int64_t rest = 0;
  std::int64_t rest_scale = scale;
  bool after_point = false;
  for (const char letter : digits) {
    if (letter == '.') {
      if (after_point) return std::nullopt;
      after_point = true;
    } else if (!after_point) {
      whole = whole * 10 + (letter - '0');
      if (whole > limit / scale) return std::nullopt;
    } else {
      rest_scale /= 10;
      rest += (letter - '0') * rest_scale;
    }
  }
  return whole * scale + rest;
}

}  // namespace

std::string to_string(Duration duration) {
  const std::int64_t count = duration.count();
  const std::string sign = count < 0 ? "-" : "";
  const std::int64_t size = count < 0 ? -count : count;
  if (size == 0) return "0ms";
  Unit unit = units[0];
  for (const Unit& larger : {units[1], units[2], units[3]}) {
    if (size >= larger.nanoseconds) unit = larger;
  }
  std::string fraction = std::to_string(unit.nanoseconds + size % unit.nanoseconds).substr(1);
  while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
  const std::string whole = std::to_string(size / unit.nanoseconds);
  return sign + whole + (fraction.empty() ? "" : "." + fraction) + std::string(unit.name);
}

std::optional<Duration> parse_duration(std::string_view text) {
  const bool negative = !text.empty() && text.front() == '-';
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  std::size_t end = 0;
  while (end < text.size() && (is_digit(text[end]) || text[end] == '.')) ++end;
  if (end == 0 || !is_digit(text[0])) return std::nullopt;
  for (const Unit& unit : units) {
    if (text.substr(end) != unit.name) continue;
    const auto count = scaled(text.substr(0, end), unit.nanoseconds);
    if (!count) return std::nullopt;
    return Duration{negative ? -*count : *count};
  }
  return std::nullopt;
}

}  // namespace dsys
