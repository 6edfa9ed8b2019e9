// The verbs, written once for every problem. Each takes its options as a plain struct; reading
// them from the command line is the business of command_line.cpp.
#pragma once

#include "common/cli/names.hpp"
#include "common/study/grading.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dsys::cli {

// Exit status of the whole program.
constexpr int exit_fine = 0;
constexpr int exit_violation = 1;   // a property was violated
constexpr int exit_usage = 2;       // the command line or an input file was wrong
constexpr int exit_internal = 3;    // our own mistake
constexpr int exit_not_judged = 3;  // the machine did not let a program run

enum class TraceForm : std::uint8_t { story, messages, all, json, none };

// Who plays the nodes: the reference, a flaw, or a program.
struct Cast {
  const FlawText* flaw = nullptr;
  std::shared_ptr<const bridge::Player> program{};

  std::string text() const;  // for a reader: "the reference", "flaw raft.no-persist", "`CMD`"
  std::string word() const;  // for --impl
  void play_in(RunRequest& request) const;
  void play_in(ExploreRequest& request) const;
};

struct Chosen {
  const ScenarioText* scenario = nullptr;
  Cast cast;
};

// Both throw UsageError that names the word and what would be right.
const ScenarioText& scenario_named(const Problem& problem, std::string_view word);
Cast played_by(const Problem& problem, bridge::Command command);
// `reference`, `flaw:NAME` or `exec:CMD`.
Cast implementation_named(const Problem& problem, std::string_view word);
const FlawText& flaw_named(const Problem& problem, std::string_view word);

// Stands for a script without steps.
constexpr std::string_view no_script = "none";

// Throws UsageError if the scenario does not take that many nodes.
void check_nodes(const ScenarioText& scenario, std::optional<unsigned> nodes);

struct DemoOptions {
  std::string scenario;  // empty: the problem's default
  std::string implementation = "reference";
  check::RunOptions run;
  TraceForm form = TraceForm::story;
  bool lanes = false;
  bool json = false;
};
int demo(const Problem& problem, DemoOptions options, Terminal& terminal);

struct BreakOptions {
  std::string flaw;        // empty: list them
  std::string property;    // empty: the first that the flaw breaks
  bool scheduled = false;  // the pinned schedule, even if a search finds a shorter way
  std::string save;        // a file for the way that the search has found
  unsigned jobs = 1;
  std::optional<TraceForm> form;
  bool json = false;
};
int break_flaw(const Problem& problem, const BreakOptions& options, Terminal& terminal);

struct CheckOptions {
  std::string scenario;  // empty: all
  std::string implementation = "reference";
  std::uint64_t first_seed = 1;
  std::uint64_t seeds = 100;
  unsigned jobs = 1;
  check::RunOptions run;
  bool runs_seeds = true;
  bool every_fault = false;         // the first seed again, with each fault at each moment
  std::string exploration = "all";  // one by its name; empty: none
  search::SearchLimits limits;      // of each
  bool names_apart = false;         // also those of symmetric nodes
  std::string save;                 // a file for the way to a violation
  bool json = false;
};
// Many seeds of the scenarios, and every order of events in the explorations.
int check_problem(const Problem& problem, const CheckOptions& options, Terminal& terminal);

// What a problem has: scenarios, flaws, properties.
int list_problem(const Problem& problem, bool json, Terminal& terminal);

struct PlannedProblem {
  std::string_view name;
  std::string_view alias;
  std::string_view title;
  const Problem* problem = nullptr;  // null: not in this program
  bool exists = false;               // the sources have it
};
int show_progress(std::span<const PlannedProblem> problems, bool json, Terminal& terminal);
int list_problems(std::span<const PlannedProblem> problems, bool json, Terminal& terminal);

// What programs exchange with the world.
int print_protocol(const Problem& problem, bool json, Terminal& terminal);

// Speaks the node protocol on standard input and output.
int serve_node(const Problem& problem, const std::string& flaw);

struct StartOptions {
  std::string directory;
  std::string language = "python";
};
// The languages that there are kits for.
std::set<std::string> languages_of(const Problem& problem);
// Writes a starter kit into a new folder. Never overwrites.
int start_kit(const Problem& problem, const StartOptions& options, Terminal& terminal);

struct GradeOptions {
  std::string directory = ".";  // with a dsys.json
  std::string exec;             // a command instead
  unsigned stage = 0;           // up to this one; 0: all
  unsigned jobs = 1;
  unsigned pass = study::pass_percent;  // of all points
  bool hint = false;
  bool timing = false;      // what the runs cost
  bool first_loss = false;  // stop there
  bool json = false;
  bool watch = false;
  std::string junit;  // files to write; empty: none
  std::string gradescope;
};
int grade_program(const Problem& problem, const GradeOptions& options, Terminal& terminal);

struct ReadOptions {
  std::string section;  // empty: all
  bool list = false;
  bool plain = false;  // neither colour nor box characters nor a pager
};
// Long texts go through a pager where a person looks.
int read_study_text(const Problem& problem, const ReadOptions& options, Terminal& terminal);

struct QuizOptions {
  std::optional<std::string> answers;  // 1=B,2=3 or a JSON file; none: each question is asked
  std::uint64_t seed = 1;              // of the order
  std::string count;                   // how many to ask, as given; empty: all
  bool list = false;
  bool json = false;
};
int quiz(const Problem& problem, const QuizOptions& options, Terminal& terminal);
// Over all problems that are there.
int mixed_quiz(std::span<const PlannedProblem> problems, const QuizOptions& options,
               Terminal& terminal);

}  // namespace dsys::cli
