// A table on a screen, in the first of these forms that fits the width:
//   columns as wide as their longest cell; the same with nothing around the bars; columns with
//   their cells wrapped; and one row below the other, each cell a line behind its head.
#pragma once

#include "common/study/markdown_tree.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace dsys::study {

std::vector<std::string> table_lines(const Block& table, std::size_t width,
                                     const MarkdownOptions& options);

}  // namespace dsys::study
