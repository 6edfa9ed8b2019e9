// Numbers from the command line. Each throws UsageError that names the argument and its range.
#pragma once

#include <cstdint>
#include <string_view>

namespace dsys {

// A whole number in [lowest, highest], in decimal digits only.
std::uint64_t parse_whole(std::string_view argument, std::string_view text, std::uint64_t lowest,
                          std::uint64_t highest);

}  // namespace dsys
