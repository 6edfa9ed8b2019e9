// `check --every-fault`, through the program.
#include "tests/cli/program.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace dsys {

TEST_CASE("the reference breaks nothing, whatever goes wrong at whatever moment") {
  const Ran ran = run_dsys("raft check --every-fault --scenario same-moment --length 700ms --json");
  CHECK(ran.status == 0);
  const Json tried = Json::parse(ran.out)["every_fault"][0];
  CHECK(tried["places"] > 100);
  CHECK(tried["runs"] > tried["places"]);
  CHECK(tried["broken_runs"] == 0);
  CHECK(tried["violations"].empty());
}

TEST_CASE("a flaw is found by the fault that exposes it, and the command shows it") {
  const Ran ran = run_dsys(
      "raft check --every-fault --scenario same-moment --impl flaw:ack-before-fsync --json");
  CHECK(ran.status == 1);
  const Json tried = Json::parse(ran.out)["every_fault"][0];
  CHECK(tried["broken_runs"] > 0);
  CHECK(tried["broken_by"]["blackout"].get<int>() + tried["broken_by"]["power loss"].get<int>() >
        0);
  CHECK_FALSE(tried["faults"].empty());
  std::string words = tried["shrunk"]["replay"];
  words = words.substr(words.find(' ') + 1);
  const Ran replayed = run_dsys(words);
  CHECK(replayed.status == 1);
  CHECK(has(replayed.out, "BROKEN"));
  const Ran told =
      run_dsys("raft check --every-fault --scenario same-moment --impl flaw:ack-before-fsync");
  CHECK(has(told.out, "every fault at every moment of seed 1"));
  CHECK(has(told.out, "Run it: dsys raft demo --scenario same-moment"));
}

TEST_CASE("what goes together with every fault, and what does not") {
  CHECK(run_dsys("raft check --every-fault --seeds 3").status == 2);
  CHECK(run_dsys("raft check --every-fault --explore all").status == 2);
  CHECK(run_dsys("raft check --every-fault --scenario nowhere").status == 2);
}

TEST_CASE("the pass mark can be set") {
  const std::string flawed =
      "hashring grade --exec '" + program + " hashring node --flaw hot-key' ";
  CHECK(run_dsys(flawed + "--pass 100").status == 1);
  CHECK(run_dsys(flawed + "--pass 90").status == 0);
  CHECK(run_dsys(flawed + "--pass 101").status == 2);
  CHECK(has(run_dsys("hashring grade --help").out, "the pass mark in percent of the points, 60"));
}

}  // namespace dsys
