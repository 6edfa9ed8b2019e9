// What the command line needs to know of this problem.
#pragma once

#include "common/cli/problem.hpp"

namespace dsys::zklock {

const cli::Problem& problem();

}  // namespace dsys::zklock
