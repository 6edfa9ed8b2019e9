// Searches through the program: break, check --explore, --save and demo --replay.
#include "tests/cli/program.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>
#include <string_view>

namespace dsys {
TEST_CASE("break shows the shortest way that a search finds, and where the reference parts") {
  const Ran ran = run_dsys("raft break no-voted-for");
  CHECK(ran.status == 1);
  CHECK(has(ran.out, "takes 7 steps"));
  CHECK(has(ran.out, "BROKEN    RF-S6"));
  CHECK(has(ran.out, "at step 7: "));
  CHECK(has(ran.out, "The reference, the same way"));
  CHECK(has(ran.out, "RequestVoteReply term=1 granted=false"));
  CHECK(has(ran.out, "no-voted-for --schedule"));
  CHECK(has(run_dsys("raft break length-only").out, "does not happen to it"));
  const Json document = parsed("raft break no-voted-for --json");
  CHECK(document["steps"].size() == 7);
  CHECK(document["verdict"]["id"] == "RF-S6");
  CHECK(document["states"] > 500);
  CHECK(document["asymmetry"].is_null());
}

TEST_CASE("check explores, says what was covered, and ends with status 1 at a violation") {
  const Ran holds = run_dsys("raft check --explore lost-answer");
  CHECK(holds.status == 0);
  CHECK(has(holds.out, "holds  lost-answer"));
  CHECK(has(holds.out, "at most 2 NextOperation"));
  CHECK_FALSE(has(holds.out, "seeds"));
  const Ran broken = run_dsys("raft check --explore lost-answer --impl flaw:no-session");
  CHECK(broken.status == 1);
  CHECK(has(broken.out, "BROKEN    RF-S9"));
  CHECK(has(broken.out, "--save FILE"));
  const Json document = parsed("raft check --explore lost-answer --json");
  CHECK(document["violation"] == false);
  CHECK(document["states"] > 10);
  CHECK(document["explorations"][0]["end"] == "complete");
  CHECK(document["scenarios"].empty());
  const Json seeds = parsed("raft check --seeds 2 --scenario tour --json");
  CHECK(seeds["explorations"].empty());
}

TEST_CASE("a search stops at its memory, and says so") {
  const Json document = parsed("lock check --explore storm --memory 4 --json");
  CHECK(document["explorations"][0]["end"] == "memory");
  CHECK(document["explorations"][0]["frontier"] > 0);
  CHECK(has(run_dsys("lock check --explore storm --memory 4").out, "limit of memory"));
}

TEST_CASE("a way is saved, and replayed exactly") {
  const Ran ran = run_shell(
      "dsys raft break local-read --save way.json >broken; dsys raft demo --replay way.json; "
      "echo \"status $?\"; cat broken");
  const std::size_t middle = ran.out.find("status 1\n");
  REQUIRE(middle != std::string::npos);
  const std::string replayed = ran.out.substr(0, middle);
  const std::string broken = ran.out.substr(middle);
  const std::size_t first = replayed.find("     1  ");
  const std::size_t last = replayed.find("The guarantee");
  REQUIRE(first != std::string::npos);
  CHECK(has(broken, replayed.substr(first, last - first)));
  const Ran reference = run_shell(
      "dsys raft check --explore old-leader-reads --impl flaw:local-read --save way.json; "
      "dsys raft demo --replay way.json --impl reference");
  CHECK(reference.status == 0);
  CHECK(has(reference.out, "the way ends: there is no such step as"));
}

TEST_CASE("a file that is no way is refused in one line") {
  check_refused(run_dsys("raft demo --replay /no/such"), "cannot be read");
  check_refused(run_dsys("raft demo --replay /"), "cannot be read");
  check_refused(run_dsys("raft demo --replay /dev/zero"), "--save");
  check_refused(run_shell("echo '{}' >way; dsys raft demo --replay way"), "--save");
  const std::string head =
      R"({"problem":"raft","exploration":"elections","implementation":"reference","steps":)";
  const auto with_steps = [&](const std::string& steps) {
    return run_shell("echo '" + head + steps + "}' >way; dsys raft demo --replay way");
  };
  check_refused(with_steps("[1]"), R"("step" such as "deliver")");
  check_refused(with_steps(R"([{"step":"deliver","node":"n1","message":{"type":"Vote"}}])"),
                "there is no type \"Vote\"");
  CHECK(has(with_steps(R"([{"step":"crash","node":"n9"}])").out, "no such step as \"crash n9\""));
  check_refused(run_shell("echo '" + head + "[]}' >way; dsys hashring demo --replay way"),
                "is a path of raft");
}

TEST_CASE("our own node behind the protocol is explored like the reference itself") {
  const std::string node = " --exec \"" + std::string(DSYS_PROGRAM) + " raft node";
  for (const std::string name : {"lost-answer", "lost-power"}) {
    CHECK(explored_counts(name + node + "\"") == explored_counts(name));
  }
  const Json flaw = explored_counts("elections" + node + " --flaw no-voted-for\"");
  // Names in the state of a program are not seen.
  CHECK(flaw == explored_counts("elections --names-apart --impl flaw:no-voted-for"));
  CHECK(flaw[2] == 7);
  CHECK(has(run_dsys("raft check --explore elections" + node + " --flaw no-voted-for\"").out,
            "n1 does not show which"));
}

TEST_CASE("a way that a search found with a program is replayed with it") {
  const Ran ran = run_shell("dsys raft check --explore elections --save way.json --exec '" +
                            std::string(DSYS_PROGRAM) +
                            " raft node --flaw no-voted-for' >/dev/null; "
                            "dsys raft demo --replay way.json");
  CHECK(ran.status == 1);
  CHECK(has(ran.out, "BROKEN    RF-S6"));
  CHECK(has(ran.out, "at step 7: "));
}

TEST_CASE("a program that cannot be explored is told why, and the search ends with status 1") {
  const auto with = [](const std::string& answer) {
    return run_shell("echo 'while read event; do echo '\\''" + answer +
                     "'\\''; done' >node; dsys raft check --explore lost-answer --exec 'sh node'");
  };
  const Ran stateless = with(R"({"effects":[]})");
  CHECK(stateless.status == 1);
  CHECK(has(stateless.out, "FAILED"));
  CHECK(has(stateless.out, "its answers carry no \"state\""));
  const Ran idle = with(R"({"effects":[],"state":1})");
  CHECK(idle.status == 1);
  CHECK(has(idle.out, "has not set the timer"));
  const Ran absent = run_dsys("raft check --explore lost-answer --exec /no/such");
  CHECK(absent.status == 1);
  CHECK(has(absent.out, "FAILED"));
}

TEST_CASE(
    "a program that fails in a search is told with the way there; what is not its own fault is") {
  const std::string start =
      R"({"effects":[{"set_timer":{"timer":{"type":"ElectionTimeout"},"after_ns":9}}],"state":'$starts'})";
  const auto on_timer = [&](const std::string& commands) {
    return run_shell(
        "cat >node <<'END'\nstarts=0\nwhile read event; do case \"$event\" in\n"
        "*'\"init\"'*) init=$event; echo '{\"effects\":[]}';;\n"
        "*'\"start\"'*) starts=$((starts + 1)); echo '" +
        start + "';;\n*) " + commands +
        "; echo '{\"effects\":[],\"state\":1}';;\nesac; done\nEND\n"
        "dsys raft check --explore elections --exec 'sh node'");
  };
  const Ran fails = on_timer("exit 7");
  CHECK(fails.status == 1);
  CHECK(has(fails.out, "A shortest way to the violation, 1 step:"));
  CHECK(has(fails.out, "1  n1  timer          ElectionTimeout"));
  CHECK(has(fails.out, "the program of n1 ended by itself (exit status 7)"));
  CHECK_FALSE(has(fails.out, "cannot be explored"));
  // A process that has been started twice: only a search does that to it.
  CHECK(has(on_timer("[ $starts -lt 2 ] || exit 7").out, "it keeps something"));
  CHECK(has(on_timer("case \"$init\" in *wants_state*) exit 7;; esac").out,
            "it fails when it gives"));
  CHECK(has(on_timer("sleep 0").out, "holds  elections"));
}

TEST_CASE("explorations that are none are refused, with what would be right") {
  check_refused(run_dsys("raft check --explore nonsense"), "one of elections, ");
  check_refused(run_dsys("hashring check --explore all-of-it"), "has no explorations");
  check_refused(run_dsys("raft check --memory 0"), "--memory");
  check_refused(run_dsys("raft break self-compare --save way"), "--save");
}

}  // namespace dsys
