// Every flaw's exposure, shrunk: it still breaks the same property, with no more of anything.
#include "common/cli/shrinking.hpp"
#include "tests/cli/program.hpp"
#include "tests/grading/problem_named.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace dsys {
namespace {

std::optional<cli::ShrunkRun> shrunk_exposure(const cli::Problem& problem,
                                              const cli::FlawText& flaw,
                                              const check::Exposure& exposure) {
  const cli::Cast cast{.flaw = &flaw};
  return cli::shrunk_run(problem, cast,
                         {.scenario = std::string(exposure.scenario),
                          .options = {.seed = exposure.seed},
                          .property = exposure.property});
}

check::RunResult run_again(const cli::Problem& problem, const check::Exposure& exposure,
                           const cli::ShrunkRun& shrunk, std::optional<std::string> flaw) {
  return problem
      .run({.scenario = std::string(exposure.scenario),
            .flaw = std::move(flaw),
            .properties = {exposure.property},
            .options = shrunk.options})
      .result;
}

// How many exposures could be made smaller.
int check_exposures(const cli::Problem& problem) {
  int smaller = 0;
  for (const cli::FlawText& flaw : problem.flaws) {
    for (const check::Exposure& exposure : flaw.exposures) {
      CAPTURE(std::string(flaw.id));
      CAPTURE(std::string(exposure.property));
      const auto shrunk = shrunk_exposure(problem, flaw, exposure);
      if (!shrunk) continue;
      ++smaller;
      REQUIRE(shrunk->verdict() != nullptr);
      CHECK(shrunk->verdict()->text.id == exposure.property);
      CHECK(shrunk->after.events <= shrunk->before.events);
      CHECK(shrunk->after.nodes <= shrunk->before.nodes);
      CHECK(shrunk->after.others <= shrunk->before.others);
      CHECK(shrunk->after.faults <= shrunk->before.faults);
      CHECK(shrunk->runs <= 200);
      const auto again = run_again(problem, exposure, *shrunk, std::string(flaw.id));
      CHECK(again.verdicts[0].is_broken());
      CHECK(again.events == shrunk->after.events);
      const auto reference = run_again(problem, exposure, *shrunk, std::nullopt);
      CHECK(reference.is_fine());  // the smaller run asks nothing that the reference cannot give
    }
  }
  return smaller;
}

struct Pinned {
  std::string_view flaw;
  std::size_t nodes;
  std::size_t others;
  std::size_t faults;
  std::uint64_t events;
};

}  // namespace

TEST_CASE("the shrunk run of every flaw of raft breaks the same, and is no larger anywhere") {
  CHECK(check_exposures(problem_named("raft")) == 35);
}

TEST_CASE("the shrunk run of every flaw of hashring breaks the same, and is no larger anywhere") {
  CHECK(check_exposures(problem_named("hashring")) == 26);
}

TEST_CASE("known flaws are shrunk to so many nodes, clients, faults and events") {
  const cli::Problem& raft = problem_named("raft");
  for (const Pinned& pinned :
       {Pinned{"no-voted-for", 3, 0, 6, 106}, Pinned{"no-persist", 3, 0, 6, 70},
        Pinned{"accept-stale-term", 3, 1, 7, 264}, Pinned{"heartbeat-appends", 5, 1, 0, 432},
        Pinned{"ack-first", 5, 1, 0, 467}, Pinned{"commit-last-index", 3, 1, 4, 420},
        Pinned{"count-duplicate-votes", 5, 0, 2, 151}, Pinned{"match-from-now", 3, 1, 5, 186}}) {
    const cli::FlawText& flaw = *cli::find_flaw(raft, pinned.flaw);
    const auto shrunk = shrunk_exposure(raft, flaw, flaw.exposures.front());
    CAPTURE(std::string(pinned.flaw));
    REQUIRE(shrunk.has_value());
    CAPTURE(cli::shrunk_sentence(raft, *shrunk));
    CHECK(shrunk->after.nodes == pinned.nodes);
    CHECK(shrunk->after.others == pinned.others);
    CHECK(shrunk->after.faults == pinned.faults);
    CHECK(shrunk->after.events == pinned.events);
  }
}

TEST_CASE("a story of a grade tells the shrunk run, and its command replays it in a shell") {
  const std::string grade =
      "raft grade --stage 1 --exec '" + program + " raft node --flaw no-voted-for'";
  const Ran told = run_dsys(grade + " --jobs 1");
  CHECK(told.out == run_dsys(grade + " --jobs 4").out);
  CHECK(has(told.out, "Shrunk from 1202 events and 13 faults to 106 events and 6 faults."));
  const std::size_t begin = told.out.find("Replay: ");
  REQUIRE(begin != std::string::npos);
  std::size_t end = told.out.find('\n', begin);
  while (told.out[end - 1] == '\\') end = told.out.find('\n', end + 1);
  const Ran replayed = run_shell(told.out.substr(begin + 8, end - begin - 8));
  CHECK(replayed.status == 1);
  CHECK(has(replayed.out, "106 events"));
  CHECK(has(replayed.out, "BROKEN    RF-S1 Election Safety, at 731ms (event 98)"));
  CHECK(has(told.out, "BROKEN    RF-S1 Election Safety, at 731ms (event 98)"));
}

TEST_CASE("a program that ends by itself is shrunk to a run in which it does the same") {
  const std::string dies = "bash -c \"sed -u 20q | " + program + " raft node\"";
  const Json json = Json::parse(run_dsys("raft grade --stage 1 --json --exec '" + dies + "'").out);
  const Json& loss = json["groups"][0]["losses"][0];
  REQUIRE(loss["kind"] == "failed");
  const Json& shrunk = loss["shrunk"];
  REQUIRE(shrunk.is_object());
  CHECK(shrunk["failure"]["what"] == loss["failure"]["what"]);
  CHECK(shrunk["replay"] == loss["replay"]);
  CHECK(shrunk["from"]["events"] >= shrunk["events"]);
}

}  // namespace dsys
