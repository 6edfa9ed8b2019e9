// A run that broke something, as `check` keeps it and tells of it.
#pragma once

#include "common/cli/shrinking.hpp"
#include "common/cli/verbs.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dsys::cli {

struct Breakdown {
  const ScenarioText* scenario = nullptr;
  check::RunOptions run;
  std::vector<check::Verdict> broken;
  std::optional<check::RunFailure> failure;
  std::optional<ShrunkRun> shrunk{};
};

// Of a run that is not fine.
Breakdown breakdown_of(const ScenarioText& scenario, const check::RunOptions& run,
                       const check::RunResult& result);

// Looks for a smaller run that breaks what broke first.
void shrink(Breakdown& breakdown, const Problem& problem, const Cast& cast);

// What broke, and the command that shows it.
void print_breakdown(const Problem& problem, const Breakdown& breakdown,
                     const std::string& implementation, Terminal& terminal);

// "violations", "failure" and "shrunk", without braces; of none if nothing broke.
std::string breakdown_members(const Problem& problem, const std::optional<Breakdown>& breakdown,
                              const std::string& implementation);

}  // namespace dsys::cli
