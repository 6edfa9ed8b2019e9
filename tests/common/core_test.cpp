#include "common/core/describe.hpp"
#include "common/core/hash.hpp"
#include "common/core/node_id.hpp"
#include "common/core/random.hpp"
#include "common/core/time.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <vector>

namespace dsys {

TEST_CASE("hashes have the published values of FNV-1a and MurmurHash3's finaliser") {
  CHECK(fnv1a("") == 0xcbf29ce484222325U);
  CHECK(fnv1a("a") == 0xaf63dc4c8601ec8cU);
  CHECK(fnv1a("foobar") == 0x85944171f73967e8U);
  CHECK(mix(0) == 0);
  CHECK(mix(1) == 0xb456bcfc34c2cb2cU);
}

TEST_CASE("random numbers are the same with every compiler") {
  Random random(42);
  CHECK(random.next() == 1546998764402558742U);
  CHECK(random.next() == 6990951692964543102U);
  CHECK(random.next() == 12544586762248559009U);
}

TEST_CASE("a uniform draw reaches both ends and nothing beyond") {
  Random random(1);
  std::set<std::int64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random.between(std::int64_t{-2}, std::int64_t{2}));
  CHECK(seen == std::set<std::int64_t>{-2, -1, 0, 1, 2});
}

TEST_CASE("uniform draws fall evenly") {
  Random random(7);
  std::array<int, 10> counts{};
  for (int i = 0; i < 100'000; ++i) ++counts.at(random.below(10));
  for (const int count : counts) CHECK(std::abs(count - 10'000) < 500);
}

TEST_CASE("exponential draws have the asked mean, and no more than twenty times it") {
  Random random(3);
  Duration sum{};
  Duration longest{};
  for (int i = 0; i < 100'000; ++i) {
    const Duration one = random.exponential(10ms);
    sum += one;
    longest = std::max(longest, one);
  }
  CHECK(sum / 100'000 > 9900us);
  CHECK(sum / 100'000 < 10'100us);
  CHECK(longest <= 200ms);
  CHECK(longest > 80ms);
}

TEST_CASE("a forked stream does not disturb its origin, and differs by purpose") {
  Random random(5);
  const Random before = random;
  Random one = random.fork(1);
  Random two = random.fork(2);
  CHECK(random == before);
  CHECK(one.next() != two.next());
}

TEST_CASE("durations are read as they are written") {
  for (const Duration duration :
       std::vector<Duration>{0ns, 1ns, 20us, 150ms, 1500ms, 3600s, -200ms}) {
    CHECK(parse_duration(to_string(duration)) == duration);
  }
  CHECK(to_string(Duration{1500ms}) == "1.5s");
  CHECK(parse_duration("2m") == Duration{120s});
}

TEST_CASE("what is no duration is refused") {
  for (const char* text :
       {"", "5", "ms", "5 ms", "1.2.3s", ".5s", "1e3s", "99999999999999999999s", "5parsecs"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_duration(text));
  }
}

TEST_CASE("node names are a letter and a number from 1") {
  CHECK(to_string(node_id('n', 12)) == "n12");
  CHECK(to_string(NodeId{}) == "-");
  CHECK(parse_node_id("n12") == node_id('n', 12));
  for (const char* text : {"", "n", "12", "n0", "n01", "N1", "n1x", "n99999999999"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_node_id(text));
  }
}

}  // namespace dsys
