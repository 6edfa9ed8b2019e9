// Tables in the problems' READMEs that tests write: DSYS_UPDATE_GOLDEN=1 writes them anew.
#pragma once

#include "common/problem/problem.hpp"

#include <string>

namespace dsys {

// Between `<!-- NAME: written by a test -->` and `<!-- end of the NAME -->` stands this table.
// A last column that is measured is not compared.
enum class Measured : bool { no, last_column };
void check_written(const problem::Problem& problem, const std::string& name,
                   const std::string& table, Measured measured = Measured::no);

}  // namespace dsys
