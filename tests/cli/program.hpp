// Runs the program as a user does, through a shell.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>

namespace dsys {

using Json = nlohmann::json;

// Its path, for commands in which it starts itself.
inline const std::string program = DSYS_PROGRAM;

struct Ran {
  int status = 0;
  std::string out;  // standard output
  std::string err;  // standard error
};

// `words` as typed after `dsys`. Standard input is empty unless the words redirect it.
Ran run_dsys(const std::string& words);

// A whole shell command; `dsys` stands for the program.
Ran run_shell(const std::string& command);

// What it prints as one JSON document, and nothing else.
Json parsed(const std::string& words);

// Of `dsys raft check --explore ...`: states, transitions, steps to a violation, end, violation.
Json explored_counts(const std::string& words);

bool has(const std::string& text, std::string_view part);

// One line on standard error with this part, exit status 2, and nothing on standard output.
void check_refused(const Ran& ran, std::string_view part);

std::string read_file(const std::string& path);

}  // namespace dsys
