// Shrunk runs as a user sees them: in check's report, and pasted into a shell.
#include "tests/cli/program.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>

using namespace dsys;

namespace {

// The command behind `label`, with the lines that a backslash joins to it.
std::string command_after(const std::string& text, const std::string& label) {
  const std::size_t begin = text.find(label);
  REQUIRE(begin != std::string::npos);
  std::size_t end = text.find('\n', begin);
  while (end != std::string::npos && text[end - 1] == '\\') end = text.find('\n', end + 1);
  return text.substr(begin + label.size(), end - begin - label.size());
}

Json checked(const std::string& options) {
  return parsed("raft check --json " + options)["scenarios"][0];
}

}  // namespace

TEST_CASE("check shrinks what it finds, and its command runs exactly that in a shell") {
  const std::string words = "raft check --scenario double-vote --impl flaw:no-voted-for --seeds 3";
  const Ran ran = run_dsys(words);
  CHECK(ran.status == 1);
  CHECK(has(ran.out, "Shrunk from 1202 events and 13 faults to 95 events and 6 faults."));
  const Json shrunk =
      checked("--scenario double-vote --impl flaw:no-voted-for --seeds 3")["shrunk"];
  const Ran replayed = run_shell(command_after(ran.out, "Run it: ") + " --json");
  CHECK(replayed.status == 1);
  const Json replay = Json::parse(replayed.out);
  CHECK(replay["events"] == shrunk["events"]);
  CHECK(replay["nodes"] == shrunk["nodes"]);
  CHECK(replay["script"] == shrunk["script"]);
  CHECK(replay["without"] == shrunk["without"]);
  CHECK(replay["time_ns"] == shrunk["length_ns"]);
  CHECK(has(replay["verdicts"].dump(), shrunk["verdict"].dump()));
  for (std::size_t start = 0; start < ran.out.size();) {
    const std::size_t end = ran.out.find('\n', start);
    CHECK(end - start <= 80);
    start = end + 1;
  }
}

TEST_CASE("the shrunk run does not depend on the jobs, and the command in the JSON gives it too") {
  const std::string options = "--scenario late-append --impl flaw:accept-stale-term --seeds 4";
  const Json one = checked(options + " --jobs 1");
  CHECK(one == checked(options + " --jobs 3"));
  const Json& shrunk = one["shrunk"];
  CHECK(shrunk["from"]["events"] > shrunk["events"]);
  CHECK(shrunk["from"]["faults"] > shrunk["faults"]);
  CHECK(shrunk["without"] == Json::array({"c1"}));
  const Ran replayed = run_shell(std::string(shrunk["replay"]) + " --json");
  CHECK(Json::parse(replayed.out)["events"] == shrunk["events"]);
}

TEST_CASE("random faults of the command line are shrunk to those that matter") {
  const Json one = checked(
      "--scenario tour --impl flaw:no-persist --seeds 10 --length 4s "
      "--fault 'random 9 crash,power-loss'");
  REQUIRE(one["broken_seeds"] > 0);
  const Json& shrunk = one["shrunk"];
  CHECK(shrunk["from"]["faults"] == 20);  // nine and their remedies, and two of the script
  CHECK(shrunk["faults"] < 8);
  const Ran replayed = run_shell(std::string(shrunk["replay"]) + " --json");
  CHECK(Json::parse(replayed.out)["events"] == shrunk["events"]);
}

TEST_CASE("without a violation nothing is said of shrinking, nor of what is as small as can be") {
  CHECK(checked("--scenario tour --seeds 2")["shrunk"] == nullptr);
  const std::string options = "--scenario double-vote --impl flaw:no-voted-for --seeds 1 ";
  const std::string replay = checked(options)["shrunk"]["replay"];
  const std::size_t begin = replay.find("--length");
  const std::string smallest = options + replay.substr(begin, replay.find(" --trace") - begin);
  CHECK(checked(smallest)["shrunk"] == nullptr);
  const Ran ran = run_dsys("raft check " + smallest);
  CHECK(ran.status == 1);
  CHECK_FALSE(has(ran.out, "Shrunk"));
  CHECK(has(ran.out, "Run it: dsys raft demo --scenario double-vote --seed 1"));
}

TEST_CASE("a script from the command line takes the place of the scenario's") {
  const Ran none = run_dsys("raft demo --script none");
  CHECK(none.status == 0);
  CHECK(has(none.out, "Instead of its script: nothing."));
  CHECK_FALSE(has(none.out, "n5 crashes"));
  CHECK(has(none.out, "--script none"));
  const Ran two = run_dsys("raft demo --script '300ms crash leader' --script 'after 1s restart *'");
  CHECK(has(two.out, "Instead of its script: 300ms crash leader; after 1s restart *."));
  CHECK(has(two.out, "300ms  --  n5 crashes"));
  CHECK(has(two.out, "--script \"300ms crash leader\""));
  // The scenario's own script, given by hand, changes nothing.
  const std::string events = " | grep -E '^ +[0-9.]+ms'";
  CHECK(run_dsys("raft demo --trace all --script 'when c1 emits Completed serial=2 crash leader' "
                 "--script 'when c1 emits Completed serial=4 restart *'" +
                 events)
            .out == run_dsys("raft demo --trace all" + events).out);
}

TEST_CASE("a client that is left out takes no part, and the chance of the others is the same") {
  const std::string words = "raft demo --scenario partition --length 399ms --trace all";
  const std::string nobody = " | grep -v c2 | grep -E '^ +[0-9.]+ms'";
  CHECK(run_shell("dsys " + words + nobody).out ==
        run_shell("dsys " + words + " --without c2" + nobody).out);
  const Ran ran = run_dsys("raft demo --scenario partition --without c2 --trace all");
  CHECK(has(ran.out, "Without c2."));
  CHECK_FALSE(has(ran.out, "  c2  "));
  CHECK(run_dsys("raft demo --without c1 --fault '1s crash c1' --fault '2s restart c1'").status ==
        0);
}
