// A value as bytes: two values of one type have the same bytes exactly when they are equal. For
// tables that must know equal states again. Never stored or sent: a pointer counts by its address.
#pragma once

#include "common/core/describe.hpp"
#include "common/core/time.hpp"

#include <boost/pfr/core.hpp>

#include <array>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace dsys {

// A class that keeps its fields to itself offers this: void encode_to(std::string&) const.
template <typename T>
concept SelfEncoding = requires(const T& value, std::string& out) {
  value.encode_to(out);
};

template <typename T>
concept Iterable = requires(const T& value) {
  value.begin();
  value.end();
  value.size();
};

template <typename T>
requires std::is_arithmetic_v<T> || std::is_enum_v<T> || std::is_pointer_v<T>
void encode(std::string& out, const T& value) {
  const auto* const bytes = reinterpret_cast<const char*>(&value);
  out.append(bytes, sizeof(T));  // NOLINT(bugprone-sizeof-expression): also of a pointer
}

// Containers, optionals, variants, durations, described structs, and plain aggregates.
template <typename T>
void encode(std::string& out, const T& value) {
  if constexpr (SelfEncoding<T>) {
    value.encode_to(out);
  } else if constexpr (std::is_same_v<T, Duration>) {
    encode(out, value.count());
  } else if constexpr (made_of<std::pair, T>) {
    encode(out, value.first);
    encode(out, value.second);
  } else if constexpr (made_of<std::optional, T>) {
    encode(out, value.has_value());
    if (value) encode(out, *value);
  } else if constexpr (made_of<std::variant, T>) {
    encode(out, static_cast<std::uint32_t>(value.index()));
    std::visit([&](const auto& one) { encode(out, one); }, value);
  } else if constexpr (std::is_same_v<T, std::vector<bool>>) {
    encode(out, static_cast<std::uint32_t>(value.size()));
    for (const bool one : value) encode(out, one);
  } else if constexpr (Iterable<T>) {
    encode(out, static_cast<std::uint32_t>(value.size()));
    for (const auto& one : value) encode(out, one);
  } else if constexpr (Described<T>) {
    for_each_field(value,
                   [&](std::string_view /*name*/, const auto& field) { encode(out, field); });
  } else {
    boost::pfr::for_each_field(value, [&](const auto& field) { encode(out, field); });
  }
}

template <typename T>
std::string encoded(const T& value) {
  std::string out;
  encode(out, value);
  return out;
}

}  // namespace dsys
