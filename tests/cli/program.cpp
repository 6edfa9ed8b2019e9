#include "tests/cli/program.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace dsys {

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

Ran run_shell(const std::string& command) {
  std::string folder = (std::filesystem::temp_directory_path() / "dsys-test-XXXXXX").string();
  REQUIRE(mkdtemp(folder.data()) != nullptr);
  const std::string script = "dsys() { '" + program +
                             "' \"$@\"; }\nexport XDG_STATE_HOME=\"$PWD/state\"\n( " + command +
                             " ) >out 2>err </dev/null";
  { std::ofstream(folder + "/script") << script; }
  const int status = std::system(
      ("cd '" + folder + "' && timeout 300 bash script").c_str());  // a hang is status 124
  const Ran ran{.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
                .out = read_file(folder + "/out"),
                .err = read_file(folder + "/err")};
  std::filesystem::remove_all(folder);
  return ran;
}

Ran run_dsys(const std::string& words) {
  return run_shell("dsys " + words);
}

Json parsed(const std::string& words) {
  CAPTURE(words);
  const Ran ran = run_dsys(words);
  CAPTURE(ran.err);
  Json document = Json::parse(ran.out, nullptr, false);
  REQUIRE_FALSE(document.is_discarded());
  return document;
}

Json explored_counts(const std::string& words) {
  const Json one = parsed("raft check --json --explore " + words)["explorations"][0];
  return {one["states"], one["transitions"], one["steps"].size(), one["end"], one["violation"]};
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

void check_refused(const Ran& ran, std::string_view part) {
  CAPTURE(ran.err);
  CHECK(ran.status == 2);
  CHECK(ran.out.empty());
  CHECK(std::count(ran.err.begin(), ran.err.end(), '\n') == 1);
  CHECK(ran.err.starts_with("dsys: "));
  CHECK(has(ran.err, part));
  CHECK_FALSE(has(ran.err, "what()"));
}

}  // namespace dsys
