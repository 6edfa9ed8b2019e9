#include "common/core/numbers.hpp"

#include "common/core/error.hpp"

#include <fmt/format.h>

#include <charconv>

namespace dsys {

std::uint64_t parse_whole(std::string_view argument, std::string_view text, std::uint64_t lowest,
                          std::uint64_t highest) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end || number < lowest || number > highest) {
    throw UsageError(fmt::format("{} {}: must be a whole number from {} to {}", argument,
                                 in_quotes(text), lowest, highest));
  }
  return number;
}

}  // namespace dsys
