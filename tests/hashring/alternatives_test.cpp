#include "problems/hashring/exhibit/alternatives.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/core/hash.hpp"
#include "problems/hashring/exhibit/balance.hpp"
#include "tests/hashring/rings.hpp"

namespace dsys::hashring {
namespace {

Member server(int number, std::uint32_t weight = 1) {
  return {.name = "server" + std::to_string(number), .weight = weight, .address = {}};
}

std::unique_ptr<Placement> placement_of_servers(Algorithm algorithm, int count) {
  std::unique_ptr<Placement> placement = make_placement(algorithm);
  for (int i = 1; i <= count; ++i) placement->add(server(i));
  return placement;
}

Movement movement_of_join(Algorithm algorithm, int nodes, int keys) {
  const auto placement = placement_of_servers(algorithm, nodes);
  const auto before = owners_of_keys(*placement, keys);
  placement->add(server(nodes + 1));
  return movement(before, owners_of_keys(*placement, keys));
}

Movement movement_of_leave(Algorithm algorithm, int nodes, int leaving, int keys) {
  const auto placement = placement_of_servers(algorithm, nodes);
  const auto before = owners_of_keys(*placement, keys);
  placement->remove(server(leaving).name);
  return movement(before, owners_of_keys(*placement, keys));
}

std::map<NodeName, int> count_by_owner(const Placement& placement, int keys) {
  std::map<NodeName, int> counts;
  for (const NodeName& owner : owners_of_keys(placement, keys)) ++counts[owner];
  return counts;
}

}  // namespace

// --- What all have in common ---

TEST_CASE("each algorithm is found by its name, and other names are none's") {
  for (const Algorithm algorithm : all_algorithms) {
    CHECK(algorithm_named(name_of(algorithm)) == algorithm);
  }
  CHECK_FALSE(algorithm_named("Ring").has_value());
  CHECK_FALSE(algorithm_named("").has_value());
}

TEST_CASE("each algorithm has no owner without nodes, and one node owns everything") {
  for (const Algorithm algorithm : all_algorithms) {
    const auto placement = make_placement(algorithm);
    CHECK_FALSE(placement->owner("key").has_value());
    placement->add(server(1));
    for (const NodeName& owner : owners_of_keys(*placement, 100)) CHECK(owner == "server1");
    placement->remove("server1");
    CHECK_FALSE(placement->owner("key").has_value());
  }
}

TEST_CASE("each algorithm refuses a member that is known or invalid, and a stranger's leave") {
  for (const Algorithm algorithm : all_algorithms) {
    const auto placement = placement_of_servers(algorithm, 3);
    const auto before = owners_of_keys(*placement, 100);
    CHECK_FALSE(placement->add(server(2)));
    CHECK_FALSE(placement->add(server(4, 0)));
    CHECK_FALSE(placement->add(server(4, max_weight + 1)));
    CHECK_FALSE(placement->add(Member{}));
    CHECK_FALSE(placement->remove("server4"));
    CHECK(owners_of_keys(*placement, 100) == before);
  }
}

TEST_CASE("the order of joins leaves no mark, except that jump numbers its buckets by it") {
  for (const Algorithm algorithm : all_algorithms) {
    const auto forward = make_placement(algorithm);
    const auto backward = make_placement(algorithm);
    for (int i = 1; i <= 6; ++i) forward->add(server(i));
    for (int i = 6; i >= 1; --i) backward->add(server(i));
    const bool same = owners_of_keys(*forward, 1'000) == owners_of_keys(*backward, 1'000);
    CHECK(same == (algorithm != Algorithm::jump));
  }
}

TEST_CASE("each algorithm gives a node of weight 3 three times the keys of a node of weight 1") {
  for (const Algorithm algorithm : all_algorithms) {
    CAPTURE(name_of(algorithm));
    const auto placement = make_placement(algorithm, {.virtual_nodes = 1'000});
    placement->add(server(1, 1));
    placement->add(server(2, 3));
    placement->add(server(3, 2));
    auto counts = count_by_owner(*placement, 60'000);
    CHECK(counts["server1"] == doctest::Approx(10'000).epsilon(0.15));
    CHECK(counts["server2"] == doctest::Approx(30'000).epsilon(0.15));
    CHECK(counts["server3"] == doctest::Approx(20'000).epsilon(0.15));
  }
}

TEST_CASE("a join moves about 1/(N+1) of the keys, only modulo moves N/(N+1)") {
  const Movement modulo = movement_of_join(Algorithm::modulo, 4, 100'000);
  CHECK(std::lround(modulo.fraction() * 1'000) == 802);
  for (const Algorithm algorithm :
       {Algorithm::ring, Algorithm::rendezvous, Algorithm::jump, Algorithm::maglev}) {
    CAPTURE(name_of(algorithm));
    CHECK(movement_of_join(algorithm, 4, 100'000).fraction() < 0.28);
  }
}

TEST_CASE("with ring, rendezvous and jump a join moves keys only to the new node") {
  for (const Algorithm algorithm : {Algorithm::ring, Algorithm::rendezvous, Algorithm::jump}) {
    const Movement moved = movement_of_join(algorithm, 7, 10'000);
    CHECK(moved.routes.size() == 7);
    for (const auto& [route, count] : moved.routes) CHECK(route.to == "server8");
  }
}

TEST_CASE("with ring and rendezvous a leave moves only the keys of the node that left") {
  for (const Algorithm algorithm : {Algorithm::ring, Algorithm::rendezvous}) {
    const Movement moved = movement_of_leave(algorithm, 7, 3, 10'000);
    CHECK(moved.routes.size() == 6);
    for (const auto& [route, count] : moved.routes) CHECK(route.from == "server3");
  }
}

// --- Rendezvous ---

TEST_CASE("rendezvous is even, and a join moves the least") {
  const auto placement = placement_of_servers(Algorithm::rendezvous, 10);
  for (const auto& [owner, count] : count_by_owner(*placement, 100'000)) {
    CHECK(count == doctest::Approx(10'000).epsilon(0.04));
  }
  const double moved = movement_of_join(Algorithm::rendezvous, 4, 100'000).fraction();
  CHECK(moved == doctest::Approx(0.2).epsilon(0.03));
}

TEST_CASE("a greater weight in rendezvous takes keys, and moves none between the others") {
  const auto light = placement_of_servers(Algorithm::rendezvous, 4);
  const auto heavy = make_placement(Algorithm::rendezvous);
  for (int i = 1; i <= 4; ++i) heavy->add(server(i, i == 2 ? 3 : 1));
  const Movement moved = movement(owners_of_keys(*light, 10'000), owners_of_keys(*heavy, 10'000));
  CHECK(moved.moved > 0);
  for (const auto& [route, count] : moved.routes) CHECK(route.to == "server2");
}

TEST_CASE("weights in one proportion give one placement, whatever their unit") {
  const auto unit = placement_of_servers(Algorithm::rendezvous, 5);
  const auto hundred = make_placement(Algorithm::rendezvous);
  for (int i = 1; i <= 5; ++i) hundred->add(server(i, 100));
  CHECK(owners_of_keys(*unit, 5'000) == owners_of_keys(*hundred, 5'000));
}

TEST_CASE("the cost is the logarithm in integers, and never grows with the score") {
  const std::uint64_t one = std::uint64_t{1} << 32U;
  CHECK(logarithmic_cost(0) == 64 * one);
  CHECK(logarithmic_cost(1) == 64 * one);
  CHECK(logarithmic_cost(std::uint64_t{1} << 63U) == one);
  CHECK(logarithmic_cost(std::uint64_t{1} << 60U) == 4 * one);
  std::uint64_t score = 1;
  for (int i = 0; i < 10'000; ++i) {
    score = mix(score + 1);
    const double exact = 64 - std::log2(static_cast<double>(score));
    const double cost = static_cast<double>(logarithmic_cost(score)) / static_cast<double>(one);
    CHECK(std::abs(cost - exact) < 1e-8);
    CHECK(logarithmic_cost(score) <= logarithmic_cost(score - 1));
    CHECK(logarithmic_cost(score) <= logarithmic_cost(score / 2 + score / 4));
  }
}

// --- Jump ---

TEST_CASE("jump gives the buckets of the published algorithm") {
  CHECK(jump_bucket(1, 1) == 0);
  CHECK(jump_bucket(42, 57) == 43);
  CHECK(jump_bucket(0xdead10cc, 1) == 0);
  CHECK(jump_bucket(0xdead10cc, 666) == 361);
  CHECK(jump_bucket(256, 1'024) == 520);
  CHECK(jump_bucket(7, 0) == 0);
}

TEST_CASE("one more bucket takes its share from the others, and nothing else moves") {
  for (std::uint32_t buckets = 1; buckets <= 50; ++buckets) {
    std::uint32_t moved = 0;
    for (std::uint64_t key = 0; key < 2'000; ++key) {
      const std::uint32_t before = jump_bucket(mix(key), buckets);
      const std::uint32_t after = jump_bucket(mix(key), buckets + 1);
      CHECK((after == before || after == buckets));
      if (after != before) ++moved;
    }
    CHECK(moved > 0);
  }
}

TEST_CASE("the last bucket of jump leaves cheaply, any other costs twice as much") {
  const Movement last = movement_of_leave(Algorithm::jump, 10, 10, 100'000);
  CHECK(last.fraction() == doctest::Approx(0.1).epsilon(0.05));
  for (const auto& [route, count] : last.routes) CHECK(route.from == "server10");
  const Movement third = movement_of_leave(Algorithm::jump, 10, 3, 100'000);
  CHECK(third.fraction() == doctest::Approx(0.189).epsilon(0.05));
  for (const auto& [route, count] : third.routes) {
    CHECK((route.from == "server3" || route.from == "server10"));
  }
}

// --- Maglev ---

TEST_CASE("the table of Maglev is full, and no two members differ by more than one entry") {
  std::vector<Member> members;
  for (int i = 1; i <= 10; ++i) members.push_back(server(i));
  const auto table = maglev_table(members, 65'537);
  REQUIRE(table.size() == 65'537);
  std::vector<std::uint32_t> entries(members.size(), 0);
  for (const std::uint32_t place : table) ++entries.at(place);
  const auto [fewest, most] = std::minmax_element(entries.begin(), entries.end());
  CHECK(*most - *fewest <= 1);
}

TEST_CASE("a change of Maglev moves a little more than the least") {
  const Movement moved = movement_of_leave(Algorithm::maglev, 10, 3, 100'000);
  std::size_t between_others = 0;
  for (const auto& [route, count] : moved.routes) {
    if (route.from != "server3") between_others += count;
  }
  CHECK(between_others > 0);
  CHECK(between_others < moved.moved / 4);
}

TEST_CASE("the size of the table is raised to a prime") {
  CHECK(prime_at_least(0) == 2);
  CHECK(prime_at_least(14) == 17);
  CHECK(prime_at_least(65'536) == 65'537);
  CHECK(prime_at_least(65'537) == 65'537);
  CHECK(maglev_table({}, 7).empty());
  const auto tiny = make_placement(Algorithm::maglev, {.virtual_nodes = 1, .table_size = 0});
  tiny->add(server(1));
  CHECK(tiny->owner("key") == "server1");
}

}  // namespace dsys::hashring
