#include "tests/problem/written.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace dsys {
namespace {

std::string without_last_column(const std::string& table) {
  std::istringstream lines(table);
  std::string out;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t end = line.rfind('|');
    if (end != std::string::npos && end > 0) line.resize(line.rfind('|', end - 1));
    out += line + '\n';
  }
  return out;
}

}  // namespace

void check_written(const problem::Problem& problem, const std::string& name,
                   const std::string& table, Measured measured) {
  const std::string path = fmt::format("{}/problems/{}/README.md", DSYS_SOURCE, problem.name);
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  std::string readme = text.str();
  const std::string begin = fmt::format("<!-- {}: written by a test -->\n", name);
  const std::string end = fmt::format("<!-- end of the {} -->\n", name);
  const std::size_t from = readme.find(begin);
  const std::size_t to = readme.find(end);
  REQUIRE(from != std::string::npos);
  REQUIRE(to != std::string::npos);
  const std::size_t start = from + begin.size();
  const std::string wanted = "\n" + table + "\n";
  if (std::getenv("DSYS_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path) << readme.replace(start, to - start, wanted);
    return;
  }
  const std::string found = readme.substr(start, to - start);
  if (measured == Measured::no) {
    CHECK(found == wanted);
  } else {
    CHECK(without_last_column(found) == without_last_column(wanted));
  }
}

}  // namespace dsys
