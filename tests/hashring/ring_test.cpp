#include "problems/hashring/ring.hpp"

#include "common/core/assert.hpp"
#include "common/core/hash.hpp"
#include "problems/hashring/exhibit/balance.hpp"
#include "problems/hashring/exhibit/published.hpp"
#include "tests/hashring/rings.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace dsys::hashring {
namespace {

// A small generator of the test's own (SplitMix64): the same numbers everywhere.
struct SplitMix {
  std::uint64_t state = 0;

  std::uint64_t next() {
    state += 0x9e3779b97f4a7c15U;
    std::uint64_t value = state;
    value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
    value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
    return value ^ (value >> 31U);
  }

  std::uint64_t below(std::uint64_t bound) { return next() % bound; }
};

// The definition, word for word: the smallest position at or after, else the smallest.
NodeName owner_by_linear_scan(const Ring& ring, std::string_view key) {
  const Position position = ring.position(key);
  const Point* smallest = nullptr;
  const Point* smallest_after = nullptr;
  for (const Point& point : ring.points()) {
    if (smallest == nullptr || point < *smallest) smallest = &point;
    if (point.position < position) continue;
    if (smallest_after == nullptr || point < *smallest_after) smallest_after = &point;
  }
  const Point* found = smallest_after != nullptr ? smallest_after : smallest;
  return found == nullptr ? "" : ring.member(found->node).name;
}

// Two nodes, one point each, both on position 1000.
RingConfig colliding() {
  return {.virtual_nodes = 1, .hash_seed = 0, .pinned = {{"A#0", 1000}, {"B#0", 1000}}};
}

}  // namespace

// --- Hash ---

TEST_CASE("the hash is FNV-1a with 64 bits, by its published vectors (RFC 9923)") {
  CHECK(fnv1a("") == 0xcbf29ce484222325U);
  CHECK(fnv1a("a") == 0xaf63dc4c8601ec8cU);
  CHECK(fnv1a("foobar") == 0x85944171f73967e8U);
}

TEST_CASE("golden positions let another language check its hash") {
  CHECK(mix(0) == 0);
  CHECK(mix(1) == 0xb456bcfc34c2cb2cU);
  const Ring ring;
  CHECK(ring.position("server1#0") == 0xe964a12cf35099edU);
  CHECK(ring.position("key0") == 0x139f2b8facce448fU);
  CHECK(ring.position("server1#0") == hash_text("server1#0"));
}

TEST_CASE("another seed gives another ring, so processes must share it") {
  const Ring ring = ring_of_servers(5);
  const Ring seeded = ring_of_servers(5, {.virtual_nodes = 160, .hash_seed = 9, .pinned = {}});
  const auto moved = movement(owners_of_keys(ring, 1'000), owners_of_keys(seeded, 1'000));
  CHECK(moved.fraction() > 0.7);
}

// --- Successor (HR-S2, HR-S8) ---

TEST_CASE("the owner is the one that a linear scan finds, on random rings with random keys") {
  SplitMix random{.state = 3};
  int checked = 0;
  for (int round = 0; round < 60; ++round) {
    Ring ring(with_virtual_nodes(static_cast<std::uint32_t>(1 + random.below(20))));
    const auto nodes = static_cast<int>(1 + random.below(12));
    for (int i = 0; i < nodes; ++i) ring.add("node" + std::to_string(random.below(1'000)));
    for (int i = 0; i < 100; ++i) {
      const std::string key = std::to_string(random.next());
      CHECK(ring.owner(key) == owner_by_linear_scan(ring, key));
      ++checked;
    }
  }
  CHECK(checked == 6'000);
}

TEST_CASE("the search agrees with the standard one for each size and each gap") {
  for (std::size_t size = 1; size <= 40; ++size) {
    std::vector<Position> sorted;
    for (std::size_t i = 0; i < size; ++i) sorted.push_back(10 * (i / 2 + 1));  // pairs collide
    for (Position position = 0; position <= 10 * size; ++position) {
      const auto found = std::lower_bound(sorted.begin(), sorted.end(), position);
      const auto expected = found == sorted.end() ? 0 : found - sorted.begin();
      CHECK(first_at_or_after(sorted, position) == static_cast<std::size_t>(expected));
    }
  }
}

TEST_CASE("a key past the last point belongs to the first point") {
  const Ring ring = ring_abc();
  CHECK(ring.owner("just past c") == "a");
  CHECK(ring.owner("last position") == "a");
  CHECK(ring.owner("before all") == "a");
}

TEST_CASE("a key on the position of a point belongs to that point") {
  const Ring ring = ring_abc();
  CHECK(ring.owner("on b") == "b");
  CHECK(ring.owner("just past b") == "c");
  CHECK(ring.owner("on c") == "c");
}

TEST_CASE("an empty ring has no owner and no replicas") {
  Ring ring;
  CHECK_FALSE(ring.owner("key").has_value());
  CHECK(ring.replicas("key", 3).empty());
  CHECK(shares_of(ring).empty());
  ring.add("a");
  ring.remove("a");
  CHECK_FALSE(ring.owner("key").has_value());
}

TEST_CASE("a single node owns everything") {
  const Ring ring = ring_of_servers(1);
  for (const NodeName& owner : owners_of_keys(ring, 1'000)) CHECK(owner == "server1");
  CHECK(shares_of(ring).front().fraction() == 1.0);
}

TEST_CASE("a member is refused when it is known, unnamed, or without a usable weight") {
  Ring ring = ring_of_servers(2);
  const Ring before = ring;
  CHECK_FALSE(ring.add("server1"));
  CHECK_FALSE(ring.add(""));
  CHECK_FALSE(ring.add("server3", 0));
  CHECK_FALSE(ring.add("server3", max_weight + 1));
  CHECK_FALSE(ring.remove("server3"));
  CHECK(ring == before);
}

// --- Join, leave, inverse (HR-S3, HR-S4, HR-S5) ---

TEST_CASE("a join moves keys only to the new node") {
  Ring ring = ring_of_servers(4);
  const auto before = owners_of_keys(ring, 10'000);
  ring.add("server5");
  const Movement moved = movement(before, owners_of_keys(ring, 10'000));
  CHECK(moved.moved > 0);
  for (const auto& [route, count] : moved.routes) CHECK(route.to == "server5");
  CHECK(moved.routes.size() == 4);
}

TEST_CASE("a leave moves only the keys of the node that left") {
  Ring ring = ring_of_servers(5);
  const auto before = owners_of_keys(ring, 10'000);
  ring.remove("server2");
  const Movement moved = movement(before, owners_of_keys(ring, 10'000));
  for (const auto& [route, count] : moved.routes) CHECK(route.from == "server2");
  const auto owned = static_cast<std::size_t>(std::count(before.begin(), before.end(), "server2"));
  CHECK(moved.moved == owned);
  CHECK(moved.routes.size() == 4);
}

TEST_CASE("leave and return, or join and leave, restore the ring") {
  Ring ring = ring_of_servers(5);
  const Ring before = ring;
  ring.remove("server2");
  CHECK(ring != before);
  ring.add("server2");
  CHECK(ring == before);
  ring.add("server6");
  ring.remove("server6");
  CHECK(ring == before);
}

TEST_CASE("a node that returns with another address finds its old points") {
  Ring ring = ring_of_servers(4);
  ring.add(Member{.name = "server5", .weight = 1, .address = "10.0.0.5:7000"});
  const auto before = owners_of_keys(ring, 1'000);
  ring.remove("server5");
  ring.add(Member{.name = "server5", .weight = 1, .address = "10.0.0.77:7000"});
  CHECK(owners_of_keys(ring, 1'000) == before);
}

// --- Determinism and collisions (HR-S1, HR-S6) ---

TEST_CASE("the order of joins and leaves leaves no mark") {
  SplitMix random{.state = 11};
  const Ring expected = ring_of_servers(12);
  for (int round = 0; round < 20; ++round) {
    std::vector<NodeName> names;
    for (int i = 1; i <= 14; ++i) names.push_back("server" + std::to_string(i));
    for (std::size_t i = names.size(); i > 1; --i) std::swap(names[i - 1], names[random.below(i)]);
    Ring ring;
    for (const NodeName& name : names) ring.add(name);
    ring.remove("server14");
    ring.remove("server13");
    CHECK(ring == expected);
  }
}

TEST_CASE("points on one position both stay, in the order of the names") {
  for (const auto& order : {std::vector<NodeName>{"A", "B"}, std::vector<NodeName>{"B", "A"}}) {
    Ring ring(colliding());
    for (const NodeName& name : order) ring.add(name);
    REQUIRE(ring.points().size() == 2);
    CHECK(ring.points()[0].position == ring.points()[1].position);
    CHECK(ring.member(ring.points()[0].node).name == "A");
    CHECK(ring.owner("any key") == "A");
    CHECK(ring.replicas("any key", 2) == std::vector<NodeName>{"A", "B"});
  }
}

TEST_CASE("removing a colliding node leaves the point of the other") {
  Ring ring(colliding());
  ring.add("A");
  ring.add("B");
  ring.remove("A");
  CHECK(ring.points().size() == 1);
  CHECK(ring.owner("any key") == "B");
  ring.add("A");
  ring.remove("B");
  CHECK(ring.owner("any key") == "A");
}

TEST_CASE("two points of one node on one position both stay") {
  Ring ring({.virtual_nodes = 2, .hash_seed = 0, .pinned = {{"A#0", 5}, {"A#1", 5}}});
  ring.add("A");
  CHECK(ring.points().size() == 2);
  CHECK(shares_of(ring).front().fraction() == 1.0);
}

// --- Replicas (HR-S7) ---

TEST_CASE("replicas are distinct nodes, the owner first, and as many as there are") {
  const Ring ring = ring_of_servers(6);
  for (int i = 0; i < 500; ++i) {
    const std::string key = "key" + std::to_string(i);
    for (std::size_t count = 0; count <= 8; ++count) {
      const auto replicas = ring.replicas(key, count);
      CHECK(replicas.size() == std::min<std::size_t>(count, 6));
      CHECK(std::set<NodeName>(replicas.begin(), replicas.end()).size() == replicas.size());
      if (count > 0) CHECK(replicas.front() == ring.owner(key));
    }
  }
}

TEST_CASE(
    "when the owner leaves, the second replica is the first, and the others keep their order") {
  for (int i = 0; i < 200; ++i) {
    const std::string key = "key" + std::to_string(i);
    Ring ring = ring_of_servers(6);
    const auto before = ring.replicas(key, 4);
    ring.remove(before.front());
    const auto after = ring.replicas(key, 3);
    CHECK(std::equal(after.begin(), after.end(), before.begin() + 1));
  }
}

// --- Weights (HR-Q3) ---

TEST_CASE("a share follows the weight within 15% with 1000 points per unit") {
  Ring ring(with_virtual_nodes(1'000));
  ring.add("small", 1);
  ring.add("middle", 2);
  ring.add("large", 4);
  CHECK(ring.points().size() == 7'000);
  const auto shares = shares_of(ring);
  for (std::size_t place = 0; place < shares.size(); ++place) {
    const double fair = ring.members()[place].weight / 7.0;
    CHECK(shares[place].fraction() / fair == doctest::Approx(1).epsilon(0.15));
  }
}

TEST_CASE("a greater weight takes keys, and moves none between the others") {
  Ring ring = ring_of_servers(4);
  const auto before = owners_of_keys(ring, 10'000);
  ring.remove("server2");
  ring.add("server2", 2);
  const Movement moved = movement(before, owners_of_keys(ring, 10'000));
  CHECK(moved.moved > 0);
  for (const auto& [route, count] : moved.routes) CHECK(route.to == "server2");
}

// --- Shares ---

TEST_CASE("shares are exact arcs: the points of 100, 200 and 300 own 100 each, and a the rest") {
  const auto shares = shares_of(ring_abc());
  CHECK(shares[1] == Share{.node = "b", .arc = 100});
  CHECK(shares[2] == Share{.node = "c", .arc = 100});
  CHECK(shares[0].arc == std::uint64_t{0} - 200);
}

TEST_CASE("arcs add up to the whole circle, which is 0 in 64 bits") {
  std::uint64_t sum = 0;
  for (const Share& share : shares_of(ring_of_servers(7))) sum += share.arc;
  CHECK(sum == 0);
}

TEST_CASE("when all points collide, the first name owns the circle") {
  Ring ring(colliding());
  ring.add("B");
  ring.add("A");
  const auto shares = shares_of(ring);
  CHECK(shares[0] == Share{.node = "A", .arc = std::numeric_limits<std::uint64_t>::max()});
  CHECK(shares[1] == Share{.node = "B", .arc = 0});
}

// --- Bounded loads (HR-S9) ---

TEST_CASE("no node ever carries more than ceil(c m / n), though one key has 40% of the requests") {
  SplitMix random{.state = 5};
  const Ring ring = ring_of_servers(10);
  BoundedLoads bounded{.percent = 125, .loads = {}, .assigned = 0};
  for (std::uint64_t m = 1; m <= 10'000; ++m) {
    const bool hot = random.below(100) < 40;
    const auto node = bounded.assign(ring, hot ? "hot" : "key" + std::to_string(random.next()));
    REQUIRE(node.has_value());
    CHECK(bounded.load(*node) <= (125 * m + 999) / 1'000);
  }
  CHECK(bounded.assigned == 10'000);
  CHECK(bounded.load(*ring.owner("hot")) == 1'250);  // sometimes the bound is what stops it
}

TEST_CASE("a factor of exactly 1 still finds room for each key") {
  const Ring ring = ring_of_servers(3);
  BoundedLoads bounded{.percent = 100, .loads = {}, .assigned = 0};
  for (int i = 0; i < 9; ++i) CHECK(bounded.assign(ring, "hot").has_value());
  for (const Member& member : ring.members()) CHECK(bounded.load(member.name) == 3);
}

TEST_CASE("a released place can be taken again, and a node that left carries nothing") {
  const Ring ring = ring_of_servers(2);
  BoundedLoads bounded;
  const NodeName first = bounded.assign(ring, "hot").value();
  CHECK(bounded.release(first));
  CHECK_FALSE(bounded.release(first));
  CHECK(bounded == BoundedLoads{});
  CHECK(bounded.assign(ring, "hot") == first);
  bounded.forget(first);
  CHECK(bounded == BoundedLoads{});
  BoundedLoads miscounted{.percent = 125, .loads = {{"a", 2}}, .assigned = 1};
  CHECK_THROWS_AS(miscounted.forget("a"), BrokenInvariant);
}

TEST_CASE("capacity follows the weight") {
  Ring ring;
  ring.add("small", 1);
  ring.add("large", 3);
  BoundedLoads bounded{.percent = 100, .loads = {}, .assigned = 0};
  for (int i = 0; i < 400; ++i) bounded.assign(ring, "hot");
  CHECK(bounded.load("small") == 100);
  CHECK(bounded.load("large") == 300);
}

// --- Joins in parts, and publication ---

TEST_CASE("a join in parts is invisible until it is published, then it equals a join at once") {
  Ring ring = ring_of_servers(4);
  const auto before = owners_of_keys(ring, 1'000);
  const Member joining{.name = "server0", .weight = 1, .address = {}};
  for (const std::uint32_t first : {80U, 0U, 80U, 120U}) {  // out of order, and one part twice
    CHECK(ring.stage(joining, {.first = first, .count = 80}));
    CHECK(owners_of_keys(ring, 1'000) == before);
    CHECK(ring.total_weight() == 4);
  }
  CHECK(ring.publish("server0"));
  Ring expected = ring_of_servers(4);
  expected.add(joining);
  CHECK(ring == expected);
}

TEST_CASE("only a join that is under way is published, and it is no member before") {
  Ring ring = ring_of_servers(3);
  const Ring before = ring;
  CHECK_FALSE(ring.publish("server2"));
  CHECK_FALSE(ring.publish("server4"));
  CHECK(ring.stage({.name = "server4", .weight = 1, .address = {}}, {.first = 0, .count = 160}));
  CHECK_FALSE(ring.remove("server4"));
  CHECK_FALSE(ring.publish("server4"));
  CHECK(ring == before);
}

TEST_CASE("a join that is published leaves another that is under way in waiting") {
  Ring ring = ring_of_servers(2);
  ring.stage({.name = "server3", .weight = 1, .address = {}}, {.first = 0, .count = 10});
  ring.add("server0");
  CHECK(ring.points().size() == 3 * 160);
  ring.remove("server3");
  Ring expected = ring_of_servers(2);
  expected.add("server0");
  CHECK(ring == expected);
}

TEST_CASE(
    "a part is refused when the member is known differently, and cut to what its weight allows; "
    "what never arrived is there when the join is complete") {
  Ring ring = ring_of_servers(1);
  for (const std::uint32_t weight : {0U, 1U, 2U}) {
    const Member known{.name = "server1", .weight = weight, .address = {}};
    CHECK_FALSE(ring.stage(known, {.first = 0, .count = 1}));
  }
  CHECK_FALSE(ring.publish("server2"));
  const Member joining{.name = "server2", .weight = 1, .address = {}};
  CHECK(ring.stage(joining, {.first = 4'000'000'000, .count = 4'000'000'000}));
  CHECK(ring.stage(joining, {.first = 159, .count = 4'000'000'000}));
  CHECK_FALSE(ring.stage({.name = "server2", .weight = 2, .address = {}}, {}));
  CHECK(ring.publish("server2"));
  CHECK(ring == ring_of_servers(2));
}

TEST_CASE("a snapshot does not change under its reader") {
  PublishedRing published(ring_of_servers(3));
  const auto old = published.snapshot();
  published.change([](Ring& ring) { ring.remove("server1"); });
  CHECK(old->version == 0);
  CHECK(old->ring == ring_of_servers(3));
  CHECK(published.snapshot()->version == 1);
  CHECK(published.snapshot()->ring.members().size() == 2);
}

TEST_CASE("readers in threads always see one whole ring, sorted, while writers change it") {
  constexpr int rounds = 200;
  const Ring small = ring_of_servers(4, with_virtual_nodes(20));
  const Ring large = ring_of_servers(5, with_virtual_nodes(20));
  PublishedRing published(small);
  std::atomic<bool> finished = false;
  std::atomic<int> torn = 0;
  std::atomic<int> seen = 0;
  const auto read = [&] {
    std::uint64_t newest = 0;
    while (!finished || seen == 0) {
      const auto snapshot = published.snapshot();
      const Ring& ring = snapshot->ring;
      const bool whole = ring == (snapshot->version % 2 == 0 ? small : large);
      const bool sorted = std::is_sorted(ring.points().begin(), ring.points().end());
      if (!whole || !sorted || snapshot->version < newest) ++torn;
      newest = snapshot->version;
      ++seen;
    }
  };
  const auto write = [&] {
    for (int i = 0; i < rounds; ++i) {
      published.change([](Ring& ring) { ring.remove("server5") || ring.add("server5"); });
    }
  };
  std::vector<std::thread> readers;
  readers.reserve(3);
  for (int i = 0; i < 3; ++i) readers.emplace_back(read);
  std::vector<std::thread> writers;
  writers.reserve(2);
  for (int i = 0; i < 2; ++i) writers.emplace_back(write);
  for (std::thread& writer : writers) writer.join();
  finished = true;
  for (std::thread& reader : readers) reader.join();
  CHECK(torn == 0);
  CHECK(seen > 0);
  CHECK(published.snapshot()->version == 2 * rounds);
}

}  // namespace dsys::hashring
