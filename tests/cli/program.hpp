// Runs the program as a user does, through a shell.
#pragma once

#include <string>

namespace dsys {

struct Ran {
  int status = 0;
  std::string out;  // standard output
  std::string err;  // standard error
};

// `words` as typed after `dsys`. Standard input is empty unless the words redirect it.
Ran run_dsys(const std::string& words);

// A whole shell command; `dsys` stands for the program.
Ran run_shell(const std::string& command);

std::string read_file(const std::string& path);

}  // namespace dsys
