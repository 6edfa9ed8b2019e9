#include "common/check/every_fault.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace dsys::check {
namespace {

using Texts = std::vector<std::string>;

const NodeId node = node_id('n', 1);
const NodeId client = node_id('c', 1);

Place place(std::uint64_t event, EventKind kind, NodeId at = node) {
  return {.event = event, .time = Time{100ms}, .kind = kind, .node = at};
}

Texts faults_at(const Place& one, Mishap mishap) {
  const std::vector<Misfortune> all =
      misfortunes(std::vector{one}, std::vector{mishap}, {.long_time = 500ms});
  return all.empty() ? Texts{} : all.front().faults;
}

}  // namespace

TEST_CASE("each mishap strikes where it can matter, and is mended") {
  const Place send = place(7, EventKind::send);
  CHECK(faults_at(send, Mishap::lost) == Texts{"event 7 lose-message"});
  CHECK(faults_at(send, Mishap::repeated) == Texts{"event 7 repeat-message 500ms"});
  CHECK(faults_at(send, Mishap::late) == Texts{"event 7 delay-message 500ms"});
  CHECK(faults_at(send, Mishap::power_loss) == Texts{"event 7 power-loss n1", "600ms restart n1"});
  CHECK(faults_at(send, Mishap::blackout) == Texts{"event 7 power-loss n1", "110ms restart n1"});
  CHECK(faults_at(send, Mishap::crash).empty());  // that is before an input
  const Place input = place(8, EventKind::deliver);
  CHECK(faults_at(input, Mishap::crash) == Texts{"event 8 crash n1", "600ms restart n1"});
  CHECK(faults_at(input, Mishap::pause) == Texts{"event 8 pause n1", "600ms resume n1"});
  CHECK(faults_at(input, Mishap::cut_off) == Texts{"event 8 isolate n1", "600ms heal"});
  CHECK(faults_at(input, Mishap::lost).empty());
}

TEST_CASE("who is not under test only loses its messages") {
  CHECK_FALSE(faults_at(place(7, EventKind::send, client), Mishap::lost).empty());
  CHECK(faults_at(place(7, EventKind::send, client), Mishap::power_loss).empty());
}

TEST_CASE("of many places some are tried, of each mishap as many, spread over the run") {
  std::vector<Place> places;
  for (std::uint64_t event = 1; event <= 100; ++event) {
    places.push_back(place(event, event % 10 == 0 ? EventKind::write : EventKind::send));
  }
  const std::vector<Misfortune> all =
      misfortunes(places, std::vector{Mishap::lost, Mishap::power_loss}, {.long_time = 500ms});
  CHECK(all.size() == 90 + 100);
  const std::vector<Misfortune> some = spread(all, 9);
  REQUIRE(some.size() == 18);
  CHECK(std::count_if(some.begin(), some.end(),
                      [](const Misfortune& one) { return one.mishap == Mishap::lost; }) == 9);
  CHECK(some[0].faults == Texts{"event 1 lose-message"});
  CHECK(some[8].faults == Texts{"event 89 lose-message"});
  CHECK(spread(all, 1000).size() == all.size());
}

}  // namespace dsys::check
