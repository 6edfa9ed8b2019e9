// What known flaws are shrunk to, and how it is told.
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

std::optional<cli::ShrunkRun> shrunk_exposure(const problem::Problem& problem,
                                              const problem::FlawText& flaw,
                                              const check::Exposure& exposure) {
  const cli::Cast cast{.flaw = &flaw};
  return cli::shrunk_run(problem, cast,
                         {.scenario = std::string(exposure.scenario),
                          .options = {.seed = exposure.seed},
                          .property = exposure.property});
}

struct Pinned {
  std::string_view flaw;
  std::size_t nodes;
  std::size_t others;
  std::size_t faults;
  std::uint64_t events;
};

}  // namespace

TEST_CASE("known flaws are shrunk to so many nodes, clients, faults and events") {
  const problem::Problem& raft = problem_named("raft");
  for (const Pinned& pinned :
       {Pinned{"no-voted-for", 3, 0, 6, 106}, Pinned{"no-persist", 3, 0, 6, 70},
        Pinned{"accept-stale-term", 3, 1, 7, 265}, Pinned{"heartbeat-appends", 5, 1, 0, 432},
        Pinned{"ack-first", 5, 1, 0, 467}, Pinned{"commit-last-index", 3, 1, 4, 420},
        Pinned{"count-duplicate-votes", 5, 0, 2, 151}, Pinned{"match-from-now", 3, 1, 5, 186}}) {
    const problem::FlawText& flaw = *problem::find_flaw(raft, pinned.flaw);
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
  // It counts the lines of all its lives, so it must not live more than once.
  const std::string dies =
      "bash -c \"sed -u 20q | " + program + " raft node | sed -u s/,.renews.:true//\"";
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
