// The pieces of `grade`: a graded program, its stories, and its forms for other tools.
#pragma once

#include "common/cli/shrinking.hpp"
#include "common/cli/verbs.hpp"
#include "common/study/grading.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace dsys::cli {

// A program that was graded, with the cost of its operations beside the reference's.
struct Graded {
  const Problem* problem = nullptr;
  Cast cast;
  unsigned pass = study::pass_percent;
  study::Grade grade;
  check::Efficiency efficiency;
  check::Efficiency reference;
  std::map<std::string, ShrunkRun> shrunk{};  // of the losses that are told, by run_key
};

// Makes a run of a grade, or a search.
study::Outcome outcome_of(const Problem& problem, const Cast& cast, const study::GradedRun& run);

// The run that a loss comes from, and what broke in it.
std::string run_key(const study::Loss& loss);
Breakage breakage_of(const study::Loss& loss);

// Null if the run could not be made smaller.
const ShrunkRun* find_shrunk(const Graded& graded, const study::Loss& loss);

// A loss that is told in full: the first of those that come from the same.
struct ToldLoss {
  const study::GroupResult* result = nullptr;
  const study::Loss* loss = nullptr;
  std::string_view same_as;  // the group that told it before; empty: this one does
};
std::vector<ToldLoss> told_losses(const study::Grade& grade);

// The run that a loss comes from, shrunk if it could be, as it is made again with the whole trace.
std::string replay_command(const Graded& graded, const study::Loss& loss);

// One sentence: what was lost by what.
std::string loss_sentence(const study::Loss& loss);

// Every lost point as a story. The second hints only if asked for.
void print_stories(const Graded& graded, bool second_hints, Terminal& terminal);

std::string grade_json(const Graded& graded);
std::string junit_xml(const Graded& graded);
std::string gradescope_json(const Graded& graded);

}  // namespace dsys::cli
