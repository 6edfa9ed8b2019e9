// A problem that is to be graded, by its name.
#pragma once

#include "apps/dsys/problems.hpp"
#include "common/problem/problem.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <string_view>

namespace dsys {

inline const problem::Problem& problem_named(std::string_view name) {
  for (const cli::PlannedProblem& one : all_problems()) {
    if (one.name == name) return *one.problem;
  }
  FAIL("no such problem");
  std::abort();
}

}  // namespace dsys
