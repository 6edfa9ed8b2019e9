// The study loop through the program: node, protocol, start, progress, and what grade says of a
// program or a folder that it cannot grade.
#include "tests/cli/program.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace dsys {

// --- node, protocol ---

TEST_CASE("the reference behind the protocol leaves the same trace as within, byte for byte") {
  for (const std::string scenario : {"tour", "crash-storm", "stale-read", "figure-8"}) {
    const std::string words = "raft demo --trace json --seed 3 --scenario " + scenario;
    const Ran within = run_dsys(words);
    const Ran behind = run_dsys(words + " --impl 'exec:" + program + " raft node'");
    CHECK(within.status == 0);
    CHECK(within.out == behind.out);
  }
  for (const std::string scenario : {"two-processes", "hot-key", "stale-views"}) {
    const std::string words = "hashring demo --trace json --scenario " + scenario;
    CHECK(run_dsys(words).out ==
          run_dsys(words + " --impl 'exec:" + program + " hashring node'").out);
  }
}

TEST_CASE("a flaw behind the protocol leaves the same trace as within") {
  const std::string words = "raft demo --trace json --scenario double-vote --impl ";
  const Ran behind = run_dsys(words + "'exec:" + program + " raft node --flaw vote-not-durable'");
  CHECK(behind.out == run_dsys(words + "flaw:vote-not-durable").out);
  CHECK(behind.status == 1);
}

TEST_CASE("node says which line of its input is wrong") {
  const Ran no_json = run_shell("echo hello | dsys raft node");
  CHECK(no_json.status == 2);
  CHECK(has(no_json.err, "line 1 of the input: is not JSON from character 1 on"));
  const Ran no_init = run_shell(R"(echo '{"event":"start"}' | dsys raft node)");
  CHECK(has(no_init.err, "the first event must be init, not start"));
  CHECK(run_shell("dsys raft node < /dev/null").status == 0);
  CHECK(run_dsys("raft node --flaw nonsense").status == 2);
}

TEST_CASE("protocol prints every type with its fields, and as JSON") {
  const Ran text = run_dsys("raft protocol");
  CHECK(has(text.out, "RequestVote\n    term "));
  CHECK(has(text.out, "entries         list of Entry, default []"));
  CHECK(has(text.out, "\"ok\" | \"not_leader\", default \"ok\""));
  const Json json = Json::parse(run_dsys("hashring protocol --json").out);
  CHECK(json["role"] == "node");
  CHECK(json["messages"].size() == 17);
  CHECK(json["values"][0]["name"] == "Pin");
}

// --- start ---

TEST_CASE("start writes a kit that runs as it is, and never overwrites") {
  for (const std::string problem : {"raft", "hashring"}) {
    CAPTURE(problem);
    const Ran ran =
        run_shell("dsys " + problem + " start kit && ls kit && dsys " + problem + " start kit");
    CHECK(ran.status == 2);
    for (const char* file : {"node.py", "messages.py", "dsys.py", "dsys.json", "README.md",
                             "EXERCISE.md", "PROTOCOL.md"}) {
      CHECK(has(ran.out, file));
    }
    CHECK(has(ran.err, "'kit': is there already and not empty; nothing is overwritten"));
  }
  CHECK(run_dsys("raft start /proc/kit").status == 2);
  CHECK(run_dsys("raft start").status == 2);
}

// --- grade ---

TEST_CASE("a program that does not start, or a folder that is no kit, is told in words") {
  const Ran missing = run_dsys("raft grade --exec /no/such/program");
  CHECK(missing.status == 1);
  CHECK(has(missing.out, "0 of 100 points"));
  CHECK(has(missing.out, "the program of n1 does not start"));
  CHECK(has(missing.out, "/no/such/program"));
  const Ran no_kit = run_shell("mkdir empty && dsys raft grade empty");
  CHECK(no_kit.status == 2);
  CHECK(has(no_kit.err, "there is no dsys.json"));
  CHECK(has(run_shell("mkdir k && echo 7 > k/dsys.json && dsys raft grade k").err,
            "'k/dsys.json': must be an object such as"));
  CHECK(has(run_shell("dsys hashring start k >/dev/null && dsys raft grade k").err,
            "its dsys.json is of problem 'hashring'"));
}

TEST_CASE("a dsys.json with a number that no machine has is refused in one line") {
  const Ran ran = run_shell(R"(mkdir kit; echo '{"a":1e999}' >kit/dsys.json; dsys grade kit)");
  CHECK(ran.status == 2);
  CHECK(has(ran.err, "'kit/dsys.json': must be an object such as"));
}

TEST_CASE("a kit that does not build shows why") {
  const Ran ran = run_shell(
      "mkdir k && echo '{\"problem\":\"raft\",\"run\":[\"./x\"],\"build\":[[\"sh\",\"-c\",\"echo "
      "a slip of the pen; exit 1\"]]}' > k/dsys.json && dsys raft grade k");
  CHECK(ran.status == 1);
  CHECK(has(ran.out, "It does not build:"));
  CHECK(has(ran.out, "a slip of the pen"));
}

// --- progress ---

TEST_CASE("without a place for its state dsys works, and says that nothing is kept") {
  const Ran ran = run_shell("unset XDG_STATE_HOME HOME; dsys progress");
  CHECK(ran.status == 0);
  CHECK(has(ran.out, "It is not kept: neither XDG_STATE_HOME nor HOME is set."));
}

}  // namespace dsys
