// The reference when things go wrong at random, and what the stories of some scenarios tell.
#include "problems/hashring/parts.hpp"

#include "tests/problem/standard.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace dsys::hashring {

namespace {

std::string story_of(std::string_view name) {
  return dsys::story_of(parts(), scenario_named(parts(), name));
}

bool tells(const std::string& story, std::string_view part) {
  CAPTURE(story);
  CAPTURE(std::string(part));
  return story.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the ring holds when nodes crash, lose power and are cut off") {
  for (const Scenario& scenario : scenarios()) {
    CAPTURE(std::string(scenario.name));
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      CAPTURE(seed);
      check_holds(run_of(parts(), scenario,
                         {.seed = seed, .length = 20s, .faults = {"random 8 until 4s"}}));
    }
  }
}

TEST_CASE("three servers share the keys of the question bank about equally (HR-SC1)") {
  CHECK(tells(story_of("bank-ring"), "server1 32.7%, server2 37.0%, server3 30.3%"));
}

TEST_CASE(
    "the fifth server takes a fifth of the keys, from all others, and nothing else (HR-SC2)") {
  const std::string story = story_of("join");
  CHECK(tells(story, "23.3% of them moved: server1 ->"));
  CHECK_FALSE(tells(story, "-> server1"));
}

TEST_CASE("a server that leaves and returns finds every key as it was (HR-SC3)") {
  const std::string story = story_of("leave-and-return");
  const std::size_t first = story.find("places 800 keys: ");
  const std::string shares = story.substr(first, story.find('\n', first) - first);
  std::size_t times = 0;
  for (std::size_t at = 0; (at = story.find(shares, at)) != std::string::npos; ++at) ++times;
  CHECK(times == 3);
}

TEST_CASE("a bounded server carries an eighth of the requests, not all of a hot key's (HR-SC7)") {
  CHECK(tells(story_of("hot-key"), "after 1000 requests server8 carries 125 (12.5%)"));
}

TEST_CASE("a write by an old ring is refused, and its client renews its view (HR-SC8)") {
  const std::string story = story_of("stale-views");
  CHECK(tells(story, "its ring has version 4, mine 3"));
  CHECK(tells(story, "goes by ring version 4 from now on"));
}

}  // namespace dsys::hashring
