// What a search came to, on the screen, as JSON, and as a file.
#pragma once

#include "common/cli/verbs.hpp"
#include "common/problem/problem.hpp"
#include "common/search/exploration.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dsys::cli {

// Throws UsageError that names the word and what would be right.
const ExplorationText& exploration_named(const Problem& problem, std::string_view word);

// Searches, with a line on the screen that shows how far it is.
Explored explored(const Problem& problem, const ExplorationText& exploration, const Cast& cast,
                  const search::SearchLimits& limits, const search::Reductions& reductions = {});

// "3 nodes; up to 2 ElectionTimeout at any moment, 1 crash; 12 steps"
void print_exploration(const ExplorationText& exploration, Terminal& terminal);

// Step by step, with the messages.
void print_way(const Path& path, Terminal& terminal);

// What breaks at the end of a way: a property "at step 7", or the node itself.
std::string at_step(const check::Verdict& verdict);
void print_end_of_way(const Path& path, Terminal& terminal);

// How far the reference can go the same way.
void print_reference_way(const Problem& problem, const ExplorationText& exploration,
                         const Path& flawed, Terminal& terminal);

// Members of a JSON object, without its braces.
std::string exploration_members(const ExplorationText& exploration, const Explored& explored);

// --- A path in a file ---

struct SavedPath {
  std::string problem;
  std::string exploration;
  std::string implementation;
  std::vector<std::string> steps;
};

void save_path(const std::string& file, const SavedPath& path);
// Throws UsageError that names the file.
SavedPath read_path(const std::string& file);

struct ReplayOptions {
  std::string file;
  std::string implementation;  // empty: the one of the file
  bool json = false;
};
int replay(const Problem& problem, const ReplayOptions& options, Terminal& terminal);

}  // namespace dsys::cli
