// What is asked of the grading, the searches and the shrunk stories of every problem.
#pragma once

#include "common/problem/problem.hpp"

namespace dsys {

// 100 points, all asked for in words that the problem has, and all earned by the reference.
void check_rubric(const problem::Problem& problem);
// Every flaw loses where tests/<name>/losers.txt says, and its stories name what it breaks.
void check_matrix(const problem::Problem& problem);
// Each flaw that a search can reach is found, and the reference holds in each search.
void check_searches(const problem::Problem& problem);
// One thread and several find the same way, and it can be taken again step by step.
void check_paths(const problem::Problem& problem);
// Whether the names of symmetric nodes are merged or not, the same is found.
void check_merged_names(const problem::Problem& problem);
// The shrunk run of every exposure still breaks the same property, with no more of anything.
void check_shrinking(const problem::Problem& problem);

}  // namespace dsys
