// Words as a shell would have to be given them.
#pragma once

#include <string>
#include <vector>

namespace dsys::cli {

// As it is where a shell leaves it alone; else in double quotes, which read better, or in single
// ones, which keep everything.
std::string shell_word(const std::string& word);

// The same for each, with a blank between.
std::string shell_words(const std::vector<std::string>& words);

}  // namespace dsys::cli
