#include "problems/hashring/exhibit/balance.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "common/core/hash.hpp"
#include "tests/hashring/rings.hpp"

namespace dsys::hashring {
namespace {

Position plain_fnv(std::string_view text, std::uint64_t) {
  return fnv1a(text);
}

constexpr Rules weak_hash{.hash = &plain_fnv};

// The published tables have two decimals, and percentages one.
long hundredths(double value) {
  return std::lround(value * 100);
}
long tenths_of_percent(double fraction) {
  return std::lround(fraction * 1'000);
}

struct Row {
  std::uint32_t virtual_nodes;
  long deviation;
  long max_over_mean;
};

void check_rows(const std::array<Row, 7>& rows, const Rules& rules) {
  for (const Row& row : rows) {
    const Ring ring = ring_of_servers(10, with_virtual_nodes(row.virtual_nodes), rules);
    const Balance measured = balance_of(shares_of(ring));
    CAPTURE(row.virtual_nodes);
    CHECK(hundredths(measured.relative_deviation) == row.deviation);
    CHECK(hundredths(measured.max_over_mean) == row.max_over_mean);
  }
}

}  // namespace

TEST_CASE("the measured balance of ten nodes with the finaliser is the published one") {
  check_rows({{{1, 71, 210},
               {10, 33, 150},
               {40, 14, 120},
               {100, 7, 109},
               {160, 7, 111},
               {500, 5, 106},
               {1'000, 2, 102}}},
             reference_rules);
}

TEST_CASE("plain FNV-1a leaves ten points of a node as uneven as one") {
  check_rows({{{1, 109, 345},
               {10, 109, 345},
               {40, 56, 229},
               {100, 57, 229},
               {160, 52, 210},
               {500, 48, 218},
               {1'000, 29, 141}}},
             weak_hash);
}

TEST_CASE("three servers with 160 points each share the circle 32.9, 37.0 and 30.1 (HR-SC1)") {
  const auto shares = shares_of(ring_of_servers(3));
  CHECK(tenths_of_percent(shares[0].fraction()) == 329);
  CHECK(tenths_of_percent(shares[1].fraction()) == 370);
  CHECK(tenths_of_percent(shares[2].fraction()) == 301);
}

TEST_CASE(
    "theory is sqrt((N - 1) / (N V + 1)), and the mixed hash stays within 2.5 times (HR-Q1)") {
  CHECK(hundredths(expected_deviation(10, 1)) == 90);
  CHECK(hundredths(expected_deviation(10, 10)) == 30);
  CHECK(tenths_of_percent(expected_deviation(10, 160)) == 75);
  CHECK(expected_deviation(1, 160) == 0);
  CHECK(expected_deviation(0, 160) == 0);
  for (const std::uint32_t virtual_nodes : {40U, 100U, 160U, 500U, 1'000U}) {
    const double bound = 2.5 * expected_deviation(10, virtual_nodes);
    const Ring mixed = ring_of_servers(10, with_virtual_nodes(virtual_nodes));
    CHECK(balance_of(shares_of(mixed)).relative_deviation < bound);
    const Ring weak = ring_of_servers(10, with_virtual_nodes(virtual_nodes), weak_hash);
    CHECK(balance_of(shares_of(weak)).relative_deviation > bound);
  }
}

TEST_CASE("balance is exact on amounts that can be checked by hand") {
  const std::vector<std::uint64_t> amounts{2, 4, 4, 4, 5, 5, 7, 9};  // mean 5, deviation 2
  CHECK(balance_of(amounts).relative_deviation == doctest::Approx(0.4));
  CHECK(balance_of(amounts).max_over_mean == doctest::Approx(1.8));
  const std::vector<std::uint64_t> even{3, 3, 3};
  CHECK(balance_of(even).relative_deviation == 0);
  CHECK(balance_of(even).max_over_mean == 1);
  CHECK(balance_of(std::vector<std::uint64_t>{}).max_over_mean == 0);
  CHECK(balance_of(std::vector<std::uint64_t>{0, 0}).relative_deviation == 0);
}

TEST_CASE("the fifth node takes 23.3% of 100 000 keys, the eleventh 9.7% (HR-Q2)") {
  const auto four = owners_of_keys(ring_of_servers(4), 100'000);
  const auto five = owners_of_keys(ring_of_servers(5), 100'000);
  CHECK(tenths_of_percent(movement(four, five).fraction()) == 233);
  const auto ten = owners_of_keys(ring_of_servers(10), 100'000);
  const auto eleven = owners_of_keys(ring_of_servers(11), 100'000);
  CHECK(tenths_of_percent(movement(ten, eleven).fraction()) == 97);
}

TEST_CASE("with plain FNV-1a the fifth node takes 47.4% instead of 20%") {
  const auto four = owners_of_keys(ring_of_servers(4, weak_hash), 100'000);
  const auto five = owners_of_keys(ring_of_servers(5, weak_hash), 100'000);
  CHECK(tenths_of_percent(movement(four, five).fraction()) == 474);
}

TEST_CASE("movement counts each pair of old and new owner") {
  const std::vector<NodeName> before{"a", "a", "b", "c", ""};
  const std::vector<NodeName> after{"a", "b", "c", "c", "a"};
  const Movement moved = movement(before, after);
  CHECK(moved.keys == 5);
  CHECK(moved.moved == 3);
  CHECK(moved.fraction() == doctest::Approx(0.6));
  const std::map<Route, std::size_t> expected{
      {{.from = "", .to = "a"}, 1}, {{.from = "a", .to = "b"}, 1}, {{.from = "b", .to = "c"}, 1}};
  CHECK(moved.routes == expected);
  CHECK(movement({}, after).fraction() == 0);
}

TEST_CASE("keys are counted for each member, also for one without keys") {
  const std::vector<Member> members{{.name = "a", .weight = 1, .address = {}},
                                    {.name = "b", .weight = 1, .address = {}},
                                    {.name = "c", .weight = 1, .address = {}}};
  const std::vector<NodeName> owners{"c", "a", "a", "", "stranger"};
  CHECK(keys_per_member(members, owners) == std::vector<std::uint64_t>{2, 0, 1});
}

}  // namespace dsys::hashring
