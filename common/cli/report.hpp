// The pieces that several verbs print: the head of a run, its trace, its verdicts.
#pragma once

#include "common/cli/verbs.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dsys::cli {

// "raft --scenario tour --seed 7 ...": the words that run the same again, without `dsys`.
std::string command_words(const Problem& problem, const DemoOptions& options);

// A command as it can be copied from the screen into a shell: where it is too long for a line it is
// broken before an option, with a backslash.
void print_command(std::string_view label, std::string_view command, Terminal& terminal);

// "1 node", "5 nodes".
std::string counted(std::uint64_t count, std::string_view thing);

// The notes and faults among the entries, each with time, node and sentence. What a node says over
// and over is said once; a story of more lines than `lines_max` is shortened in the middle.
void print_story(std::span<const trace::Entry> entries, std::size_t lines_max, Terminal& terminal);

// Every entry of that detail as one line of fixed columns.
void print_trace(std::span<const trace::Entry> entries, trace::Detail detail, Terminal& terminal);

// The same, broken to the width.
void print_close_up(std::span<const trace::Entry> entries, Terminal& terminal);

void print_verdicts(const check::RunResult& result, Terminal& terminal);
// `where` it broke: "at 745ms (event 108)", which it is without; of a search "at step 7".
void print_broken(const check::Verdict& verdict, Terminal& terminal);
// Of a promise that something happens: the last events of the one for whom it did not, unless they
// have been shown.
void print_who_waits(std::span<const trace::Entry> entries, std::span<const trace::Entry> shown,
                     const check::Verdict& verdict, std::string_view indent, Terminal& terminal);
void print_broken(const check::Verdict& verdict, const std::string& where, Terminal& terminal);

// A program that could not go on: what it did, what it was given, its last words.
void print_failure(const check::RunFailure& failure, Terminal& terminal);

// JSON texts, as documented in common/cli/README.md.
std::string verdict_json(const check::Verdict& verdict);
std::string failure_json(const std::optional<check::RunFailure>& failure);
std::string trace_json(std::span<const trace::Entry> entries);
std::string texts_json(const std::vector<std::string>& texts);
std::string json_array(const std::vector<std::string>& elements);

}  // namespace dsys::cli
