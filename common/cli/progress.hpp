// The learner's progress, as the verbs note it.
#pragma once

#include "common/cli/names.hpp"
#include "common/study/progress.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace dsys::cli {

// Notes something about a problem. Nothing that goes wrong here makes a verb fail: it is told on
// standard error.
void note_progress(std::string_view problem,
                   const std::function<void(study::ProblemProgress&)>& change);

// What is known so far.
study::Progress known_progress();

// "read 3 of 15, quiz 12 of 15, grade 76 of 100 (stage 3)"; "" for nothing.
std::string progress_text(const Problem& problem, const study::ProblemProgress& progress);

// The heads of a problem's study reading.
std::vector<std::string> heads_of(const Problem& problem);

}  // namespace dsys::cli
