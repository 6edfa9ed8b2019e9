#include "tests/cli/program.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>

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
  const std::string script = "dsys() { '" + std::string(DSYS_PROGRAM) +
                             "' \"$@\"; }\nexport XDG_STATE_HOME=\"$PWD/state\"\n( " + command +
                             " ) >out 2>err </dev/null";
  { std::ofstream(folder + "/script") << script; }
  const int status = std::system(
      ("cd '" + folder + "' && timeout 60 bash script").c_str());  // a hang is status 124
  const Ran ran{.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
                .out = read_file(folder + "/out"),
                .err = read_file(folder + "/err")};
  std::filesystem::remove_all(folder);
  return ran;
}

Ran run_dsys(const std::string& words) {
  return run_shell("dsys " + words);
}

}  // namespace dsys
