// What each swapped rule does to a ring, without messages.
#include "problems/hashring/rules.hpp"

#include "common/core/assert.hpp"
#include "problems/hashring/exhibit/balance.hpp"
#include "problems/hashring/parts.hpp"
#include "problems/hashring/ring.hpp"
#include "tests/hashring/rings.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace dsys::hashring {
namespace {

const Rules& flawed(std::string_view name) {
  return rules_of("ring." + std::string(name));
}

}  // namespace

TEST_CASE("a search that is strictly greater gives a key on a point to the next node") {
  const Ring ring = ring_abc(flawed("strict-greater"));
  CHECK(ring.owner("on b") == "c");
  CHECK(ring.owner("just past b") == "c");
}

TEST_CASE("a search that does not wrap finds no node past the last point") {
  const Ring ring = ring_abc(flawed("no-wrap"));
  CHECK_FALSE(ring.owner("just past c").has_value());
  CHECK(ring.replicas("just past c", 2).empty());
  CHECK(ring.owner("on c") == "c");
}

TEST_CASE("all mistakes of the question bank together give every key to one of three servers") {
  Rules bank = flawed("mod-xor");
  bank.point_count = flawed("no-vnodes").point_count;
  bank.publish = flawed("overwrite").publish;
  bank.successor = flawed("get-last").successor;
  const Ring ring = ring_of_servers(3, bank);
  CHECK(ring.points().size() == 2);
  const auto owners = owners_of_keys(ring, 100);
  CHECK(std::set<NodeName>(owners.begin(), owners.end()).size() == 1);
}

TEST_CASE("the question bank's hashes of neighbours are neighbours") {
  const Rules& rules = flawed("fnv-add");
  CHECK((rules.hash("server1", 0) >> 32U) == 0xa3cdea29U);
  CHECK((rules.hash("server2", 0) >> 32U) == 0xa3cdea2aU);
  CHECK((rules.hash("key4", 0) >> 32U) == 0x0dfdef8aU);
}

TEST_CASE("removal by position alone takes the point of the neighbour with it") {
  Ring ring({.virtual_nodes = 1, .hash_seed = 0, .pinned = {{"A#0", 1000}, {"B#0", 1000}}},
            &flawed("remove-collision"));
  ring.add("A");
  ring.add("B");
  ring.remove("A");
  CHECK_FALSE(ring.owner("any key").has_value());
}

TEST_CASE("a leave that leaves a point behind breaks the ring: another name would inherit it") {
  Rules rules = reference_rules;
  rules.remove = [](std::vector<Point>&, NodeIndex) {};
  Ring ring = ring_of_servers(2, rules);
  CHECK_THROWS_AS(ring.remove("server1"), BrokenInvariant);
}

TEST_CASE("points that are appended while lookups go on give wrong owners until they are sorted") {
  Ring ring = ring_of_servers(4, flawed("unsorted-publish"));
  const auto before = owners_of_keys(ring, 1'000);
  ring.stage({.name = "server5", .weight = 1, .address = {}}, {.first = 0, .count = 160});
  const auto during = owners_of_keys(ring, 1'000);
  ring.publish("server5");
  const auto after = owners_of_keys(ring, 1'000);
  CHECK(after == owners_of_keys(ring_of_servers(5), 1'000));
  std::size_t neither = 0;
  for (std::size_t i = 0; i < during.size(); ++i) {
    if (during[i] != before[i] && during[i] != after[i]) ++neither;
  }
  CHECK(neither > 0);
}

TEST_CASE("the next points clockwise are often of one node, so copies would share it") {
  const Ring ring = ring_of_servers(6, flawed("replica-same-node"));
  int shared = 0;
  for (int i = 0; i < 1'000; ++i) {
    const auto replicas = ring.replicas("key" + std::to_string(i), 3);
    if (std::set<NodeName>(replicas.begin(), replicas.end()).size() < 3) ++shared;
  }
  CHECK(shared > 300);
}

TEST_CASE("hash modulo the number of points moves four fifths of the keys from 4 to 5 nodes") {
  const Rules& rules = flawed("mod-n");
  const auto moved = movement(owners_of_keys(ring_of_servers(4, rules), 10'000),
                              owners_of_keys(ring_of_servers(5, rules), 10'000));
  CHECK(moved.fraction() == doctest::Approx(0.8).epsilon(0.1));
}

TEST_CASE("with signed points half of the keys wrap to one node") {
  const auto owners = owners_of_keys(ring_of_servers(10, flawed("signed")), 1'000);
  std::size_t most = 0;
  for (const NodeName& name : std::set<NodeName>(owners.begin(), owners.end())) {
    const auto count = std::count(owners.begin(), owners.end(), name);
    most = std::max(most, static_cast<std::size_t>(count));
  }
  CHECK(most > 500);
}

TEST_CASE("signed on both sides is only a rotation of the circle") {
  // Points and keys are shifted by half the circle alike: nothing changes but where 0 lies.
  Ring ring(RingConfig{});
  for (int i = 1; i <= 5; ++i) ring.add("server" + std::to_string(i));
  std::vector<Position> shifted;
  constexpr Position half = Position{1} << 63U;
  for (const Point& point : ring.points()) shifted.push_back(point.position + half);
  std::rotate(shifted.begin(), std::min_element(shifted.begin(), shifted.end()), shifted.end());
  for (int i = 0; i < 1'000; ++i) {
    const std::string key = "key" + std::to_string(i);
    const auto found = first_at_or_after(shifted, ring.position(key) + half);
    REQUIRE(found.has_value());
    CHECK(shifted[*found] - half == ring.points()[*ring.successor(key)].position);
  }
}

TEST_CASE("without a load bound the owner of a hot key carries all of it") {
  const Ring ring = ring_of_servers(10, flawed("hot-key"));
  BoundedLoads bounded;
  for (int i = 0; i < 100; ++i) bounded.assign(ring, "hot");
  CHECK(bounded.load(*ring.owner("hot")) == 100);
}

}  // namespace dsys::hashring
