// The program: parse, call, exit status.
#include "apps/dsys/problems.hpp"
#include "common/cli/command_line.hpp"

#include <cstdio>
#include <exception>
#include <string>
#include <vector>

int main(int count, char** words) {
  try {
    const std::vector<std::string> arguments(words + 1, words + count);
    return dsys::cli::run_command_line(dsys::all_problems(), arguments);
  } catch (const std::exception& error) {
    (void)std::fprintf(stderr, "dsys: internal error: %s; please report this.\n", error.what());
    return dsys::cli::exit_internal;
  }
}
