// Reads the command line and calls the verb.
#pragma once

#include "common/cli/verbs.hpp"

#include <span>
#include <string>
#include <vector>

namespace dsys::cli {

// The words after the program's name. Gives the exit status; complaints go to standard error, one
// line each.
int run_command_line(std::span<const PlannedProblem> problems, std::vector<std::string> words);

}  // namespace dsys::cli
