// Grades behind the protocol, through the program: hundreds of runs each.
#include "tests/cli/program.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace dsys {
namespace {

// A grade of a flaw behind the protocol, as JSON.
Json graded(const std::string& problem, const std::string& node_options,
            const std::string& options = "") {
  const Ran ran = run_dsys(problem + " grade --json " + options + " --exec '" + program + " " +
                           problem + " node " + node_options + "'");
  return Json::parse(ran.out);
}

}  // namespace

TEST_CASE("the reference behind the protocol is explored in full like the reference itself") {
  CHECK(explored_counts("late-entries --exec \"" + program + " raft node\"") ==
        explored_counts("late-entries"));
}

TEST_CASE("the reference behind the protocol has 100 of 100") {
  const Json whole = graded("hashring", "");
  CHECK(whole["score"] == 100);
  CHECK(whole["passed"] == true);
  CHECK(whole["efficiency"] == whole["reference"]);
}

TEST_CASE("a grade does not depend on the number of jobs, whatever is lost") {
  for (const std::string flaw : {"", "--flaw check-then-set"}) {
    CHECK(graded("lock", flaw, "--stage 2 --jobs 1") == graded("lock", flaw, "--stage 2 --jobs 4"));
  }
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
  CHECK(has(ran.out, "Hint:   What does a server remember of the votes that it gave"));
  CHECK_FALSE(has(ran.out, "More:"));
  CHECK(has(ran.out, "Read:   dsys raft read --section \"What can go wrong\""));
  CHECK(has(ran.out, "Replay: dsys raft demo --scenario double-vote --seed 1"));
  CHECK(has(
      run_dsys("raft grade --hint --stage 1 --exec '" + program + " raft node --flaw no-voted-for'")
          .out,
      "More:   Who may be voted for"));
}

TEST_CASE("what a search breaks costs points, and is told as a shortest way") {
  const std::string words =
      " grade --stage 3 --exec '" + program + " raft node --flaw length-only'";
  const Ran ran = run_dsys("raft" + words);
  CHECK(has(ran.out, "lost by RF-S4 in figure-8"));
  CHECK(has(ran.out, "Every order of events was tried, from an opening on."));
  CHECK(has(ran.out, "Opening: fire n1 ElectionTimeout; settle; "));
  CHECK(has(ran.out, "BROKEN    RF-S4 Leader Completeness, at step "));
  const Json json = parsed("raft" + words + " --json");
  bool is_searched = false;
  for (const Json& group : json["groups"]) {
    for (const Json& loss : group["losses"]) {
      if (loss["run"] != "search") continue;
      is_searched = true;
      CHECK(loss["steps"].size() > 5);
      const std::string replay = loss["replay"];
      const Ran again = run_shell(replay);
      CHECK(again.status == 1);
      CHECK(has(again.out, loss["verdict"]["reason"].get<std::string>().substr(0, 20)));
    }
  }
  CHECK(is_searched);
}

TEST_CASE("who cannot be searched is told why, and loses nothing by it") {
  // The reference, whose answers lose their state.
  const std::string node = "sh -c \"" + program + " lock node | sed -u s/,.state.:[0-9]*}$/}/\"";
  const Json json = parsed("lock grade --stage 1 --json --exec '" + node + "'");
  CHECK(json["score"] == json["of"]);
  CHECK(json["not_searched"].size() == 1);
  const std::string why = json["not_searched"][0]["why"];
  CHECK(has(why, "its answers carry no \"state\""));
}

TEST_CASE("the command in a story shows exactly this failure") {
  const Json json = graded("lock", "--flaw exists-check");
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
  const Json stage = graded("lock", "--flaw loss-final", "--stage 2");
  CHECK(stage["score"] == stage["of"]);
  CHECK(stage["of"] == 41);
  CHECK(run_dsys("lock grade --stage 2 --exec '" + program + " lock node'").status == 0);
  CHECK(run_dsys("lock grade --stage 1 --exec false").status == 1);
  CHECK(run_dsys("lock grade --stage 7 --exec true").status == 2);
}

TEST_CASE("a grade can be written for JUnit and for Gradescope") {
  const Ran ran =
      run_shell("dsys hashring grade --junit j.xml --gradescope g.json --exec '" + program +
                " hashring node --flaw hot-key' >/dev/null; cat j.xml; echo; echo ==; "
                "cat g.json");
  CHECK(has(ran.out, "<testsuite name=\"dsys hashring\" tests=\"9\" failures=\"2\">"));
  CHECK(has(ran.out, "<failure message=\"0 of 5 points\">HR-S9 Bounded load is broken in loads"));
  const Json json = Json::parse(ran.out.substr(ran.out.find("==") + 2));
  CHECK(json["score"] == 92);
  CHECK(json["tests"].size() == 9);
  CHECK(json["tests"][7]["status"] == "failed");
  CHECK(run_dsys("hashring grade --junit /no/such/file --exec true").status == 2);
}

TEST_CASE("grades are kept in the progress, the best ones") {
  const std::string grade = "dsys hashring grade --exec '" + program + " hashring node";
  const Ran ran =
      run_shell(grade + "' >/dev/null; " + grade +
                " --flaw hot-key' >/dev/null; dsys progress --json; dsys | grep -A1 hashring");
  const Json json = Json::parse(ran.out.substr(0, ran.out.find('\n')));
  CHECK(json["problems"][2]["name"] == "hashring");
  CHECK(json["problems"][2]["grade"]["points"] == 100);
  CHECK(json["problems"][2]["stage"] == 5);
  CHECK(has(ran.out, "grade 100 of 100, stage 5"));
}

}  // namespace dsys
