// The pieces that several verbs print: the head of a run, its trace, its verdicts.
#pragma once

#include "common/cli/verbs.hpp"

#include <span>
#include <string>
#include <vector>

namespace dsys::cli {

// "raft --scenario tour --seed 7 ...": the words that run the same again, without `dsys`.
std::string command_words(const Problem& problem, const DemoOptions& options);

std::string implementation_text(const FlawText* flaw);

// Whole runs longer than this are shortened in the middle, where a story is asked for.
constexpr std::size_t story_lines_max = 60;

// One line of a story: time, node, sentence; long sentences continue below.
void print_story_line(const trace::Entry& entry, Terminal& terminal);
void print_story(std::span<const trace::Entry> entries, Terminal& terminal);

// Every entry of that detail as one line of fixed columns.
void print_trace(std::span<const trace::Entry> entries, trace::Detail detail, Terminal& terminal);

void print_verdicts(const check::RunResult& result, Terminal& terminal);
void print_broken(const check::Verdict& verdict, Terminal& terminal);

// JSON texts, as documented in common/cli/README.md.
std::string verdict_json(const check::Verdict& verdict);
std::string json_array(const std::vector<std::string>& elements);

}  // namespace dsys::cli
