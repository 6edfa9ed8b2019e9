// Words of the command line turned into options, by CLI11, with complaints in one line of ours.
#pragma once

#include "common/cli/names.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): not ours
class App;
}

namespace dsys::cli {

constexpr std::uint64_t seed_max = std::numeric_limits<std::uint64_t>::max();

using Words = std::vector<std::string>;

// Asked for help or the version: printed, and that is all.
struct Answered {
  std::string text;
};

// Throws UsageError, or Answered if help was asked for.
void parse(CLI::App& app, const std::string& name, Words words);

// Writes what is left, and gives the status.
int finished(Terminal& terminal, int status);

}  // namespace dsys::cli
