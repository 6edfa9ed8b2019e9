// The command line of one problem: `dsys PROBLEM VERB ...`.
#pragma once

#include "common/cli/parsing.hpp"
#include "common/cli/verbs.hpp"

#include <string>

namespace dsys::cli {

int problem_command(const Problem& problem, Words words);

// What `dsys grade DIR` and `dsys quiz` share with the verbs of a problem.
int grade_command(const Problem& problem, const Words& words);
QuizOptions quiz_options(const std::string& about, const std::string& name, const Words& words);

}  // namespace dsys::cli
