// The pieces of `grade`: a graded program, its stories, and its forms for other tools.
#pragma once

#include "common/cli/verbs.hpp"
#include "common/study/grading.hpp"

#include <string>

namespace dsys::cli {

// A program that was graded, with the cost of its operations beside the reference's.
struct Graded {
  const Problem* problem = nullptr;
  Cast cast;
  study::Grade grade;
  check::Efficiency efficiency;
  check::Efficiency reference;
};

// The run that a loss comes from, as it is made again with the whole trace.
std::string replay_command(const Graded& graded, const study::Loss& loss);

// One sentence: what was lost by what.
std::string loss_sentence(const study::Loss& loss);

// Every lost point as a story. The second hints only if asked for.
void print_stories(const Graded& graded, bool second_hints, Terminal& terminal);

std::string grade_json(const Graded& graded);
std::string junit_xml(const Graded& graded);
std::string gradescope_json(const Graded& graded);

}  // namespace dsys::cli
