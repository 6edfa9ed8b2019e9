// The shrinker on runs that are made up: what breaks is a condition on the staging.
#include "common/check/shrink.hpp"
#include "common/core/error.hpp"
#include "common/sim/step_text.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dsys::check {
namespace {

using Texts = std::vector<std::string>;

bool contains(const Texts& texts, const std::string& text) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

Staging large() {
  return {.nodes = 7,
          .absent = {},
          .script = {"100ms crash n1", "when n2 emits Applied split n1,n2,c1|n3,n6,c2",
                     "say now it is split", "after 50ms clock n3 200%", "pause n6", "heal",
                     "2s restart n1", "3s fire n2 Election"},
          .faults = {"500ms crash n4", "900ms restart n4"},
          .length = 5s};
}

// As many events as there are things that happen.
std::uint64_t events_of(const Staging& staging) {
  return staging.nodes * std::uint64_t{10} + (3 - staging.absent.size()) * 5 +
         staging.script.size() + staging.faults.size();
}

template <typename Condition>
ShrinkTask task_of(Condition breaks) {
  return {.start = large(),
          .nodes_min = 3,
          .others = {"c1", "c2", "c3"},
          .run = [breaks](const Staging& staging) {
            return Trial{.breaks = breaks(staging), .events = events_of(staging), .end = 400ms};
          }};
}

}  // namespace

TEST_CASE("the shrinker leaves exactly what the break needs") {
  const auto shrunk = shrink(task_of([](const Staging& staging) {
    return staging.nodes >= 5 && contains(staging.script, "heal") &&
           contains(staging.faults, "500ms crash n4") && !contains(staging.absent, "c2");
  }));
  REQUIRE(shrunk.has_value());
  CHECK(shrunk->staging.nodes == 5);
  CHECK(shrunk->staging.script == Texts{"heal"});
  CHECK(shrunk->staging.faults == Texts{"500ms crash n4"});
  CHECK(shrunk->staging.absent == Texts{"c1", "c3"});
  CHECK(shrunk->staging.length == Duration{400ms});
  CHECK(shrunk->events == events_of(shrunk->staging));
}

TEST_CASE("a break that needs nothing has no script, no clients and the fewest nodes") {
  const auto shrunk = shrink(task_of([](const Staging&) { return true; }));
  REQUIRE(shrunk.has_value());
  CHECK(shrunk->staging.nodes == 3);
  CHECK(shrunk->staging.script.empty());
  CHECK(shrunk->staging.faults.empty());
  CHECK(shrunk->staging.absent.size() == 3);
}

TEST_CASE("what did not break is not shrunk, and what cannot be taken from is left") {
  CHECK_FALSE(shrink(task_of([](const Staging&) { return false; })).has_value());
  ShrinkTask task = task_of([](const Staging& staging) { return staging == large(); });
  const auto run = task.run;
  task.run = [run](const Staging& staging) {
    Trial trial = run(staging);
    trial.end.reset();  // it breaks at the end: the length stays
    return trial;
  };
  CHECK_FALSE(shrink(task).has_value());
}

TEST_CASE("steps that belong together are taken away one by one, or kept together") {
  const auto shrunk = shrink(task_of([](const Staging& staging) {
    return contains(staging.script, "100ms crash n1") ==
               contains(staging.script, "2s restart n1") &&
           contains(staging.script, "pause n6");
  }));
  REQUIRE(shrunk.has_value());
  CHECK(shrunk->staging.script == Texts{"pause n6"});
}

TEST_CASE("a step that is taken away hands on the moment that it waited for") {
  ShrinkTask task = task_of([](const Staging& staging) {
    const bool waits =
        !staging.script.empty() && staging.script[0].starts_with("when n2 emits Applied");
    return waits && (contains(staging.script, "pause n6") ||
                     contains(staging.script, "when n2 emits Applied pause n6"));
  });
  task.start.script = {"when n2 emits Applied say it is done", "pause n6", "heal"};
  const auto shrunk = shrink(task);
  REQUIRE(shrunk.has_value());
  CHECK(shrunk->staging.script == Texts{"when n2 emits Applied pause n6"});
}

TEST_CASE("with fewer nodes and clients, splits lose their names and other steps go with them") {
  const Texts gone{"n3", "c1", "n6"};
  CHECK(sim::without_nodes("when n2 emits Applied split n1,n2,c1|n3,n6,c2", gone) ==
        "when n2 emits Applied split n1,n2|c2");
  CHECK(sim::without_nodes("split n1,n2|n3,n6", gone) == std::nullopt);
  CHECK(sim::without_nodes("split n3,n6|*", gone) == std::nullopt);
  CHECK(sim::without_nodes("after 50ms clock n3 200%", gone) == std::nullopt);
  CHECK(sim::without_nodes("drop n1->n3 100%", gone) == std::nullopt);
  CHECK(sim::without_nodes("when n1 receives Vote from n6 heal", gone) == std::nullopt);
  CHECK(sim::without_nodes("drop n1->* 100%", gone) == "drop n1->* 100%");
}

TEST_CASE("a step comes apart into its trigger and its fault") {
  const auto trigger = [](const char* step) { return sim::halves_of(step).trigger; };
  CHECK(trigger("heal").empty());
  CHECK(trigger("300ms crash n1") == "300ms");
  CHECK(trigger("after 50ms restart n1") == "after 50ms");
  CHECK(trigger("when emits BecameLeader say The first, 300ms") == "when emits BecameLeader");
  CHECK(trigger("when n2 sends Vote to n3 term>=2 crash n1") == "when n2 sends Vote to n3 term>=2");
  CHECK(trigger("when n1 syncs crash n1") == "when n1 syncs");
  CHECK(sim::halves_of("when n1 syncs crash n1").fault == "crash n1");
  CHECK(sim::is_fault("heal"));
  CHECK_FALSE(sim::is_fault("after 1s say hello"));
  CHECK_THROWS_AS((void)sim::halves_of("300 crash n1"), UsageError);
}

TEST_CASE("the shrinker never makes more runs than it may, and what it gives breaks") {
  for (const std::uint64_t runs_max : {2U, 3U, 5U, 8U, 13U, 40U}) {
    const auto breaks = [](const Staging& staging) {
      return staging.nodes >= 4 && contains(staging.script, "heal");
    };
    std::uint64_t runs = 0;
    ShrinkTask task = task_of(breaks);
    task.runs_max = runs_max;
    const auto run = task.run;
    task.run = [&](const Staging& staging) {
      ++runs;
      return run(staging);
    };
    CAPTURE(runs_max);
    const auto shrunk = shrink(task);
    CHECK(runs <= runs_max);
    if (!shrunk) continue;
    CHECK(shrunk->runs == runs);
    CHECK(breaks(shrunk->staging));
    CHECK(shrunk->staging.script.size() <= large().script.size());
    CHECK(shrunk->events <= events_of(large()));
  }
}

TEST_CASE("the shrinker ends when it has made as many events as it may") {
  ShrinkTask task =
      task_of([](const Staging& staging) { return contains(staging.script, "heal"); });
  std::uint64_t events = 0;
  const auto run = task.run;
  task.events_max = 300;
  task.run = [&](const Staging& staging) {
    const Trial trial = run(staging);
    events += trial.events;
    return trial;
  };
  CHECK(shrink(task).has_value());
  CHECK(events <= 300 + 2 * events_of(large()));  // the one that goes beyond, and the last
}

TEST_CASE("a smaller staging with more events before the break is not taken") {
  ShrinkTask task = task_of([](const Staging&) { return true; });
  task.run = [](const Staging& staging) {
    return Trial{.breaks = true, .events = 1000 - staging.script.size(), .end = 400ms};
  };
  const auto shrunk = shrink(task);
  REQUIRE(shrunk.has_value());
  CHECK(shrunk->staging.script.size() == large().script.size());
}

TEST_CASE("a run that breaks only sometimes is not believed") {
  int runs = 0;
  ShrinkTask task = task_of([](const Staging&) { return true; });
  task.run = [&](const Staging& staging) {
    return Trial{.breaks = ++runs < 4, .events = events_of(staging), .end = 400ms};
  };
  CHECK_FALSE(shrink(task).has_value());
}

TEST_CASE("the same task gives the same result") {
  const auto once = [] {
    return shrink(task_of([](const Staging& staging) {
      return staging.nodes * staging.script.size() >= 12 && staging.script.size() % 2 == 0;
    }));
  };
  const auto first = once();
  const auto second = once();
  REQUIRE(first.has_value());
  REQUIRE(second.has_value());
  CHECK(first->staging == second->staging);
  CHECK(first->runs == second->runs);
}

}  // namespace dsys::check
