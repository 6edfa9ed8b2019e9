// The one table of the ten problems.
#pragma once

#include "common/cli/verbs.hpp"

#include <vector>

namespace dsys {

// In study order. Those that are not there yet have no problem behind them.
std::vector<cli::PlannedProblem> all_problems();

}  // namespace dsys
