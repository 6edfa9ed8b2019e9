// The study loop through the program: node, protocol, start, grade, progress.
#include "tests/cli/program.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace dsys {
namespace {

using Json = nlohmann::json;

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

const std::string program = DSYS_PROGRAM;

// A grade of a flaw behind the protocol, as JSON.
Json graded(const std::string& problem, const std::string& node_options,
            const std::string& options = "") {
  const Ran ran = run_dsys(problem + " grade --json " + options + " --exec '" + program + " " +
                           problem + " node " + node_options + "'");
  return Json::parse(ran.out);
}

}  // namespace

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
    for (const char* file :
         {"node.py", "dsys.py", "dsys.json", "README.md", "EXERCISE.md", "PROTOCOL.md"}) {
      CHECK(has(ran.out, file));
    }
    CHECK(has(ran.err, "'kit': is there already and not empty; nothing is overwritten"));
  }
  CHECK(has(run_dsys("raft start kit --lang cobol").err,
            "--lang 'cobol': there are kits for cpp, go, python"));
  CHECK(run_dsys("raft start /proc/kit").status == 2);
  CHECK(run_dsys("raft start").status == 2);
}

// --- grade ---

TEST_CASE("the reference behind the protocol has 100 of 100, whatever the number of jobs") {
  const Json one = graded("hashring", "", "--jobs 1");
  CHECK(one["score"] == 100);
  CHECK(one["passed"] == true);
  CHECK(one == graded("hashring", "", "--jobs 4"));
  const Json raft = graded("raft", "");
  CHECK(raft["score"] == 100);
  CHECK(raft["efficiency"] == raft["reference"]);
}

TEST_CASE("a lost point is told as a story: guarantee, schedule, events, hint, reading, replay") {
  const Ran ran =
      run_dsys("raft grade --stage 1 --exec '" + program + " raft node --flaw no-voted-for'");
  CHECK(has(ran.out, "0 of 10 A1"));
  CHECK(has(ran.out, "A1 One leader per term: 10 points lost"));
  CHECK(has(ran.out, "Scenario double-vote (RF-SC4.2), seed 1"));
  CHECK(has(ran.out, "What led to it"));
  CHECK(has(ran.out, "BROKEN    RF-S1 Election Safety"));
  CHECK(has(ran.out, "The guarantee: For each term at most one server ever becomes leader."));
  CHECK(has(ran.out, "Hint:   Who may be voted for"));
  CHECK_FALSE(has(ran.out, "More:"));
  CHECK(has(ran.out, "Read:   dsys raft read --section \"What can go wrong\""));
  CHECK(has(ran.out, "dsys raft demo --scenario double-vote --seed 1 --impl"));
  CHECK(has(
      run_dsys("raft grade --hint --stage 1 --exec '" + program + " raft node --flaw no-voted-for'")
          .out,
      "More:   Keep voted_for"));
}

TEST_CASE("the command in a story shows exactly this failure") {
  const Json json = graded("raft", "--flaw local-read");
  for (const Json& group : json["groups"]) {
    for (const Json& loss : group["losses"]) {
      std::string words = loss["replay"];
      words = words.substr(words.find(' ') + 1);
      const Ran replayed = run_dsys(words);
      CHECK(replayed.status == 1);
      CHECK(has(replayed.out, std::string("BROKEN    ") + std::string(loss["verdict"]["id"])));
    }
  }
  CHECK(json["score"] < 100);
}

TEST_CASE("a stage is graded alone with those before it, and the exit status tells pass or fail") {
  const Json stage = graded("raft", "--flaw commit-old-term", "--stage 2");
  CHECK(stage["score"] == stage["of"]);
  CHECK(stage["of"] == 56);
  CHECK(run_dsys("raft grade --stage 2 --exec '" + program + " raft node'").status == 0);
  CHECK(run_dsys("raft grade --stage 1 --exec false").status == 1);
  CHECK(run_dsys("raft grade --stage 7 --exec true").status == 2);
}

TEST_CASE("a grade can be written for JUnit and for Gradescope") {
  const Ran ran =
      run_shell("dsys hashring grade --junit j.xml --gradescope g.json --exec '" + program +
                " hashring node --flaw hot-key' >/dev/null; cat j.xml; echo; echo ==; "
                "cat g.json");
  CHECK(has(ran.out, "<testsuite name=\"dsys hashring\" tests=\"9\" failures=\"1\">"));
  CHECK(has(ran.out, "<failure message=\"0 of 5 points\">HR-S9 Bounded load is broken in hot-key"));
  const Json json = Json::parse(ran.out.substr(ran.out.find("==") + 2));
  CHECK(json["score"] == 95);
  CHECK(json["tests"].size() == 9);
  CHECK(json["tests"][7]["status"] == "failed");
  CHECK(run_dsys("hashring grade --junit /no/such/file --exec true").status == 2);
}

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

TEST_CASE("a kit that does not build shows why") {
  const Ran ran = run_shell(
      "mkdir k && echo '{\"problem\":\"raft\",\"run\":[\"./x\"],\"build\":[[\"sh\",\"-c\",\"echo "
      "a slip of the pen; exit 1\"]]}' > k/dsys.json && dsys raft grade k");
  CHECK(ran.status == 1);
  CHECK(has(ran.out, "It does not build:"));
  CHECK(has(ran.out, "a slip of the pen"));
}

// --- progress ---

TEST_CASE("grades are kept in the progress, the best ones") {
  const std::string grade = "dsys raft grade --exec '" + program + " raft node";
  const Ran ran = run_shell(grade + "' >/dev/null; " + grade +
                            " --flaw hot' >/dev/null; dsys progress --json; dsys | grep -A1 raft");
  const Json json = Json::parse(ran.out.substr(0, ran.out.find('\n')));
  CHECK(json["problems"][3]["name"] == "raft");
  CHECK(json["problems"][3]["grade"]["points"] == 100);
  CHECK(json["problems"][3]["stage"] == 6);
  CHECK(has(ran.out, "grade 100 of 100, stage 6"));
}

TEST_CASE("without a place for its state dsys works, and says that nothing is kept") {
  const Ran ran = run_shell("unset XDG_STATE_HOME HOME; dsys progress");
  CHECK(ran.status == 0);
  CHECK(has(ran.out, "It is not kept: neither XDG_STATE_HOME nor HOME is set."));
}

}  // namespace dsys
