// Whole runs with programs that break the rules of the protocol: the run ends with a failure that
// says what was wrong, and a grade says so too.
#include "problems/raft/parts.hpp"

#include "common/cli/grade.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <string_view>

namespace dsys {
namespace {

// A program in shell that answers init as it should and every later event with this line.
std::string answering(const std::string& line) {
  return "read init; echo '{\"effects\":[]}'; while read event; do echo '" + line + "'; done";
}

problem::Recording run_program(const std::string& words, Duration answer_time = 10s) {
  const auto player = std::make_shared<const bridge::Player>(
      bridge::Player{.command = {.words = words, .directory = {}},
                     .role = "server",
                     .limits = {.answer_time = answer_time}});
  return raft::problem().run({.scenario = "tour", .program = player});
}

std::string failure_of(const std::string& words) {
  const auto failure = run_program(words).result.failure;
  return failure ? failure->what : "";
}

void check_failure(const std::string& answer, std::string_view part) {
  CAPTURE(answer);
  const std::string what = failure_of(answering(answer));
  CAPTURE(what);
  CHECK(what.find(part) != std::string::npos);
}

}  // namespace

TEST_CASE("a program that answers nothing of use runs, and nothing is seen of what must happen") {
  const problem::Recording run = run_program(answering(R"({"effects":[]})"));
  CHECK_FALSE(run.result.failure);
  CHECK(std::none_of(
      run.result.verdicts.begin(), run.result.verdicts.end(),
      [](const check::Verdict& one) { return one.outcome == check::Verdict::Outcome::seen; }));
}

TEST_CASE("an answer that is no JSON, or not of the right shape, is told with what came") {
  check_failure("hello", "gave a wrong answer: is not JSON from character 1 on: 'hello'");
  check_failure("[]", "must be an object with a list \"effects\", not '[]'");
  check_failure(R"({"effects":{}})", "must be an object with a list \"effects\"");
  check_failure(R"({"effects":[{"jump":1}]})", "effect 1: '{\"jump\":1}' is not an effect");
  check_failure(R"({"effects":[7]})", "effect 1: must be an object with one member, not '7'");
  check_failure("", "is not JSON");
}

TEST_CASE("a wrong type in a value is told with its place and what would be right") {
  check_failure(R"({"effects":[{"emit":{"type":"BecameLeader","term":"one"}}]})",
                "effect 1: BecameLeader.term must be a whole number from 0 to "
                "18446744073709551615, not '\"one\"'");
  check_failure(R"({"effects":[{"emit":{"type":"BecameLeader","term":-1}}]})",
                "BecameLeader.term must be a whole number from 0");
  check_failure(R"({"effects":[{"emit":{"type":"BecameLeader","term":1.5}}]})",
                "BecameLeader.term must be a whole number from 0");
  check_failure(R"({"effects":[{"emit":{"type":"BecameLeader","turm":1}}]})",
                "BecameLeader has no field 'turm'; it has term");
  check_failure(R"({"effects":[{"emit":{"type":"BecameKing"}}]})",
                "an output: there is no type \"BecameKing\"; the types are BecameLeader, Applied");
  check_failure(R"({"effects":[{"emit":{"term":1}}]})", "an output: an object with \"type\"");
  check_failure(
      R"({"effects":[{"write":{"type":"AppendEntry","index":1,"entry":{"term":1,"command":3}}}]})",
      "AppendEntry.entry.command must be an object, not '3'");
  check_failure(R"({"effects":[{"set_timer":{"timer":{"type":"ElectionTimeout"}}}]})",
                "set_timer must be an object with \"after_ns\"");
  check_failure(R"({"effects":[{"set_timer":{"timer":{"type":"ElectionTimeout"},"after_ns":-5}}]})",
                "set_timer.after_ns must be a whole number of nanoseconds from 0");
}

TEST_CASE("a message to a node that does not exist, or to oneself, is told") {
  const std::string message = R"("message":{"type":"PreVote","term":1}}}]})";
  check_failure(R"({"effects":[{"send":{"to":"n9",)" + message,
                "sends to n9, which does not exist; there are n1, n2, n3, n4, n5, c1");
  check_failure(R"({"effects":[{"send":{"to":"nobody",)" + message,
                "send.to must be the name of a node");
  check_failure(R"({"effects":[{"send":{"to":"n1",)" + message, "sends to itself");
}

TEST_CASE("init asks for no effects") {
  CHECK(failure_of("while read event; do echo '{\"effects\":[{\"note\":\"hello\"}]}'; done")
            .find("must have no effects: init and end ask for none") != std::string::npos);
}

TEST_CASE("too many effects in one answer are refused") {
  const std::string words =
      "read init; echo '{\"effects\":[]}'; while read event; do "
      "printf '{\"effects\":['; yes '{\"sync\":true},' | head "
      "-10001 | tr -d '\\n'; echo '{\"sync\":true}]}'; done";
  CHECK(failure_of(words).find("has 10002 effects; 10000 is the most") != std::string::npos);
}

TEST_CASE("endless effects at one instant end the run") {
  const problem::Recording run = run_program(answering(
      R"({"effects":[{"set_timer":{"timer":{"type":"ElectionTimeout"},"after_ns":0}}]})"));
  CHECK(run.result.ending.exhausted);
  CHECK_FALSE(run.result.failure);
}

TEST_CASE("a failure names the node, the event that it was given, and its last words") {
  const auto failure =
      run_program("read init; echo '{\"effects\":[]}'; read start; echo oh no >&2; exit 1")
          .result.failure;
  REQUIRE(failure);
  CHECK(to_string(failure->node) == "n1");
  CHECK(failure->what == "ended by itself (exit status 1)");
  CHECK(failure->given.find(R"({"event":"start","now_ns":0)") == 0);
  CHECK(failure->last_words == "oh no\n");
}

TEST_CASE("a program that hangs costs its points, and the time of one run of each scenario") {
  const auto player = std::make_shared<const bridge::Player>(bridge::Player{
      .command = {.words = answering(R"({"effects":[]})") + "; sleep 1000", .directory = {}},
      .role = "server",
      .limits = {.answer_time = 50ms}});
  const auto hanging = std::make_shared<const bridge::Player>(
      bridge::Player{.command = {.words = "read init; echo '{\"effects\":[]}'; read start; echo "
                                          "'{\"effects\":[{\"set_timer\":{\"timer\":{\"type\":"
                                          "\"ElectionTimeout\"},\"after_ns\":1000}}]}'; sleep 1000",
                                 .directory = {}},
                     .role = "server",
                     .limits = {.answer_time = 50ms}});
  const auto graded = [&](const auto& program) {
    return study::grade(raft::problem().rubric,
                        {.stage = 2, .run = [&](const study::GradedRun& run) {
                           return cli::outcome_of(raft::problem(), {.program = program}, run);
                         }});
  };
  const study::Grade idle = graded(player);
  CHECK(idle.points == 0);
  const study::Grade stuck = graded(hanging);
  CHECK(stuck.points == 0);
  std::set<std::string_view> scenarios;
  for (const study::Cost& cost : stuck.costs) scenarios.insert(cost.scenario);
  CHECK(stuck.runs == scenarios.size());
}

}  // namespace dsys
