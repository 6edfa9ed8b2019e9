// A problem as the command line sees it: what it is called, what it can run, and how to run it.
// Nothing here knows a protocol; `common/problem/describe.hpp` makes one of these from typed parts.
#pragma once

#include "common/bridge/program.hpp"
#include "common/bridge/types.hpp"
#include "common/check/efficiency.hpp"
#include "common/check/flaw.hpp"
#include "common/check/property.hpp"
#include "common/check/run.hpp"
#include "common/core/embedded.hpp"
#include "common/search/exploration.hpp"
#include "common/search/search.hpp"
#include "common/study/rubric.hpp"
#include "common/trace/trace.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dsys::screen {
class Terminal;
}

namespace dsys::problem {

struct ScenarioText {
  std::string_view id;
  std::string_view name;
  std::string_view title;
  std::string_view look_for;
  unsigned nodes = 0;
  unsigned nodes_min = 0;
  unsigned nodes_max = 0;
  Duration length{};
  std::vector<std::string> script;
  std::string network;
  std::vector<std::string_view> properties;  // ids of what is judged here
};

struct FlawText {
  std::string_view id;
  std::string_view story;
  std::vector<check::Exposure> exposures;
  std::string_view exploration;  // whose search finds it; empty: none
  std::string_view part{};       // what is flawed, such as "the store"; empty: nodes under test
};

struct ExplorationText {
  std::string_view name;
  std::string_view title;
  unsigned nodes = 0;
  std::vector<std::string_view> properties;
  std::string bounds;         // what may happen how often
  std::string opening;        // what happened before; may be empty
  bool is_symmetric = false;  // some nodes are declared to play the same part
};

struct RunRequest {
  std::string scenario;                             // a name that the problem has
  std::optional<std::string> flaw;                  // none: the reference ...
  std::shared_ptr<const bridge::Player> program{};  // ... unless a program plays the nodes
  std::vector<std::string_view> properties;         // empty: those of the scenario
  check::RunOptions options;
  trace::Detail record = trace::Detail::nothing;
  bool measures = false;  // whether the recording has the efficiency
};

struct Recording {
  check::RunResult result;
  check::Efficiency efficiency;
  std::vector<trace::Entry> entries;
};

struct ExploreRequest {
  std::string exploration;                          // a name that the problem has
  std::optional<std::string> flaw;                  // none: the reference ...
  std::shared_ptr<const bridge::Player> program{};  // ... unless a program plays the nodes
  std::vector<std::string_view> properties{};       // of its own only these; empty: all
  search::SearchLimits limits;
  search::Reductions reductions{};
  bool leaves_out = false;  // on a path, steps that cannot be taken; else it ends at the first
  std::function<void(const search::SearchCounts&)> progress{};
};

// A path of a search, taken as far as it is possible.
struct Path {
  std::vector<std::string> steps;     // as JSON: see common/cli/README.md
  std::vector<trace::Entry> entries;  // the time of each is the number of its step, in ms
  std::optional<check::Verdict> broken;
  std::optional<std::string> impossible{};     // the first step that could not be taken
  std::size_t left_out = 0;                    // steps that could not be taken, if they may be
  std::optional<check::RunFailure> failure{};  // of a node, at the last step
};

struct Explored {
  search::SearchOutcome outcome;
  std::uint64_t handler_calls = 0;
  std::optional<check::RunFailure>
      failure;  // why it cannot be searched; nothing else is known then
  Path path;    // to a violation or a node's failure, if one was found
  std::string
      asymmetry{};  // why symmetric nodes were told apart; empty: they were not, or none are
};

// An option of a problem's own demo, beside those that every demo has.
struct OwnOption {
  std::string_view flag;   // --virtual-nodes
  std::string_view value;  // N
  std::string_view help;
  bool repeatable = false;
};

// What was given for own options: flag without dashes -> values.
using OwnValues = std::map<std::string, std::vector<std::string>, std::less<>>;

// A demo that is no run of nodes, such as the picture of a hash ring. Shown when no scenario is
// named.
struct OwnDemo {
  std::vector<OwnOption> options;
  std::function<void(const OwnValues& values, bool json, screen::Terminal& terminal)> show;
};

struct Problem {
  std::string_view name;                   // raft: folder, namespace and subcommand
  std::string_view title;                  // Raft consensus
  std::string_view question;               // as an interviewer says it, in one line
  std::span<const EmbeddedFile> files;     // its texts and starter files, by path
  std::string_view reading;                // README.md: the study reading, Markdown
  std::vector<std::string> configuration;  // what the task must say: one line each
  std::string_view default_scenario;
  std::string_view role;  // what a learner's program plays: "server"
  check::Patience patience;
  // What such a program exchanges with the world: bridge::types_of_protocol without the types that
  // only others use. Not given, it is the whole protocol.
  std::vector<bridge::TypeGroup> (*protocol)() = nullptr;
  std::vector<ScenarioText> scenarios;
  std::vector<FlawText> flaws;
  std::vector<ExplorationText> explorations;
  std::vector<check::PropertyText> properties;
  study::Rubric rubric;
  std::function<Recording(const RunRequest& request)> run;
  std::function<Explored(const ExploreRequest& request)> explore;
  // Takes the steps of a path, each as JSON, with the nodes of the request.
  std::function<Path(const ExploreRequest& request, const std::vector<std::string>& steps)> retrace;
  // Speaks the node protocol for the reference, or for a flaw, until the input ends.
  std::function<void(const FlawText* flaw, std::istream& input, std::ostream& output)> serve;
  std::optional<OwnDemo> own_demo;
};

// By name or id (figure-8, RF-SC3); null if there is none.
const ScenarioText* find_scenario(const Problem& problem, std::string_view word);
// With or without the problem's name in front (commit-old-term, raft.commit-old-term).
const FlawText* find_flaw(const Problem& problem, std::string_view word);
const ExplorationText* find_exploration(const Problem& problem, std::string_view name);
const check::PropertyText* find_property(const Problem& problem, std::string_view id);

// What is judged in a run of this scenario whatever goes wrong in it: what it is about, and all
// that must always hold. In the problem's order.
std::vector<std::string_view> judged_in(const Problem& problem, const ScenarioText& scenario);

}  // namespace dsys::problem
