// Golden traces are documents: tests/<problem>/golden has them, each with its command on the first
// line. Read them from top to bottom. DSYS_UPDATE_GOLDEN=1 rewrites them; understand the difference
// before you do. Each preset compares with the same files, so they also hold that debug and release
// builds of both compilers print the same bytes.
#include "apps/dsys/problems.hpp"
#include "common/core/hash.hpp"
#include "tests/cli/program.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

using namespace dsys;

namespace {

constexpr std::string_view prompt = "$ dsys ";

bool updates() {
  return std::getenv("DSYS_UPDATE_GOLDEN") != nullptr;
}

// The files of all problems in this program, but those of digests.
std::vector<std::string> golden_files(bool digests) {
  std::vector<std::string> files;
  for (const cli::PlannedProblem& one : all_problems()) {
    if (one.problem == nullptr) continue;
    const std::string folder = DSYS_SOURCE "/tests/" + std::string(one.name) + "/golden";
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
      const bool is_digests = file.path().filename() == "digests";
      if (is_digests == digests) files.push_back(file.path().string());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

// The first line that differs, for a reader of the failure.
std::string first_difference(const std::string& left, const std::string& right) {
  std::size_t start = 0;
  std::size_t line = 1;
  while (start < left.size() && start < right.size()) {
    const std::string one = left.substr(start, left.find('\n', start) - start);
    const std::string other = right.substr(start, right.find('\n', start) - start);
    if (one != other) return "line " + std::to_string(line) + ": " + one + "  |  " + other;
    start += one.size() + 1;
    ++line;
  }
  return "one is longer";
}

}  // namespace

TEST_CASE("golden traces have not changed") {
  const auto files = golden_files(false);
  CHECK_FALSE(files.empty());
  for (const std::string& file : files) {
    CAPTURE(file);
    const std::string expected = read_file(file);
    REQUIRE(expected.starts_with(prompt));
    const std::string first = expected.substr(0, expected.find('\n') + 1);
    const std::string words = first.substr(prompt.size(), first.size() - prompt.size() - 1);
    const std::string printed = first + run_dsys(words).out;
    if (updates()) std::ofstream(file, std::ios::binary) << printed;
    CAPTURE(first_difference(expected, printed));
    CHECK((updates() || printed == expected));
  }
}

// Of whole traces only the digests are kept, a line each: the digest, and the words of the command.
// Each must be the same with every compiler and in every build.
TEST_CASE("the same seed gives the same bytes in every build") {
  const auto files = golden_files(true);
  CHECK_FALSE(files.empty());
  for (const std::string& file : files) {
    const std::string expected = read_file(file);
    std::istringstream lines(expected);
    std::string digests;
    for (std::string line; std::getline(lines, line);) {
      const std::string words = line.substr(line.find("  ") + 2);
      const std::string trace = run_dsys(words + " --trace all").out;
      CHECK(trace.size() > 1000);
      digests += std::to_string(hash_text(trace)) + "  " + words + "\n";
    }
    if (updates()) std::ofstream(file, std::ios::binary) << digests;
    CAPTURE(file);
    CHECK((updates() || digests == expected));
  }
}
