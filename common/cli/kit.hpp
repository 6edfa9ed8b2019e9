// A learner's folder: dsys.json says which problem it answers, how to build it and how to run it.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace dsys::cli {

using WordList = std::vector<std::string>;

struct Kit {
  std::string directory;
  std::string problem;
  std::vector<WordList> build;
  WordList run;
};

// Throws UsageError if there is no dsys.json, or if it is not as it should be.
Kit read_kit(const std::string& directory);

// Runs the build commands. The output of the first that fails; none: all is built.
std::optional<std::string> build_kit(const Kit& kit);

}  // namespace dsys::cli
