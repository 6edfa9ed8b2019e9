// HR-SC1 to HR-SC8, and beside them the schedules (HR-SC1.2, ...) that some mistakes need.
//
// One node under test holds the ring of several servers; which keys are asked for, and in which
// order servers are added, comes from the seed. Where a scenario has several nodes, they are
// processes that must agree, or differ in what they were given.
#include "problems/hashring/parts.hpp"

#include "problems/hashring/given/clients.hpp"
#include "problems/hashring/scenarios/conversation.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dsys::hashring {
namespace {

using Cast = std::vector<sim::Participant<RingProtocol>>;
using Nodes = Implementation;

// --- Who takes part ---

// One node for each setup, and a driver that asks them.
Cast cast_of(const Nodes& implementation, const std::vector<Setup>& setups, Plan plan,
             char driver = 'c') {
  Cast cast;
  std::vector<Given> given;
  for (const Setup& setup : setups) {
    const NodeId name = node_id('n', static_cast<std::uint32_t>(given.size() + 1));
    given.push_back({name, setup});
    cast.push_back({name, implementation(name, setup)});
  }
  const Driver asker{.given = std::move(given), .plan = plan};
  cast.push_back({node_id(driver, 1), factory_of<RingProtocol>(asker)});
  return cast;
}

// --- HR-SC1: the ring of the question bank ---

Scenario bank_ring_scenario() {
  return {.id = "HR-SC1",
          .name = "bank-ring",
          .title = "three servers, ten thousand keys: the question bank's own example",
          .look_for = "each server has about a third of the circle, and of the keys",
          .nodes = 1,
          .nodes_max = 1,
          .script = {},
          .properties = {"HR-S2", "HR-S8", "HR-Q1", "HR-W1", "HR-W3"},
          .cast = [](const Nodes& implementation, unsigned /*nodes*/) {
            return cast_of(implementation, {Setup{}}, [](Random& random, const auto& nodes) {
              std::vector<Question> questions;
              Conversation talk{nodes[0], questions};
              talk.add_all(shuffled(servers(3), random));
              talk.look_up_with_proof(numbered(1, 10'000));
              return questions;
            });
          }};
}

// Positions that a reader can follow: server1 at 1000, server2 at 2000, and keys around them.
Setup small_circle() {
  return {.virtual_nodes = 1,
          .pins = {{"server1#0", 1000},
                   {"server2#0", 2000},
                   {"before-all", 500},
                   {"on-server1", 1000},
                   {"between", 1500},
                   {"on-server2", 2000},
                   {"past-the-last", 3000}}};
}

Scenario edges_scenario() {
  return {.id = "HR-SC1.2",
          .name = "edges",
          .title = "an empty ring, one server, two servers; keys on a point and past the last one",
          .look_for = "a key on a point belongs to that point; past the last point it wraps",
          .nodes = 1,
          .nodes_max = 1,
          .script = {},
          .properties = {"HR-S2", "HR-S3", "HR-S4", "HR-S8", "HR-W1", "HR-W2", "HR-W3"},
          .cast = [](const Nodes& implementation, unsigned /*nodes*/) {
            return cast_of(implementation, {small_circle()}, [](Random& random, const auto& nodes) {
              const Keys corners{.list = {"before-all", "on-server1", "between"}};
              const Keys ends{.list = {"on-server2", "past-the-last"}};
              const Keys others = some_keys(random, 50);
              std::vector<Question> questions;
              Conversation talk{nodes[0], questions};
              const auto look = [&] {
                talk.ask(Points{});
                for (const Keys& keys : {corners, ends, others}) {
                  talk.ask(Positions{.keys = keys});
                  talk.look_up(keys);
                }
              };
              look();
              for (const std::string& name : shuffled(servers(2), random)) {
                talk.add(name);
                look();
              }
              talk.remove(server(1 + random.below(2)));
              look();
              return questions;
            });
          }};
}

// --- HR-SC2: join ---

Scenario join_scenario() {
  return {.id = "HR-SC2",
          .name = "join",
          .title = "a fifth server joins four, with twenty thousand keys",
          .look_for = "about a fifth of the keys move, all of them to server5",
          .nodes = 1,
          .nodes_max = 1,
          .script = {},
          .properties = {"HR-S2", "HR-S3", "HR-Q2", "HR-W1", "HR-W2"},
          .cast = [](const Nodes& implementation, unsigned /*nodes*/) {
            return cast_of(implementation, {Setup{}}, [](Random& random, const auto& nodes) {
              const Keys few = some_keys(random, 1'000);
              const Keys many = numbered(few.first, 20'000);
              std::vector<Question> questions;
              Conversation talk{nodes[0], questions};
              talk.add_all(shuffled(servers(4), random));
              talk.look_up_with_proof(few);
              talk.look_up(many);
              talk.add(server(5));
              talk.look_up_with_proof(few);
              talk.look_up(many);
              return questions;
            });
          }};
}

Scenario join_in_parts_scenario() {
  return {
      .id = "HR-SC2.2",
      .name = "join-in-parts",
      .title = "the points of a fifth server arrive in four messages, with lookups in between",
      .look_for = "until the join is complete each key has its old owner, never a third one",
      .nodes = 1,
      .nodes_max = 1,
      .script = {},
      .properties = {"HR-S2", "HR-S3", "HR-W1", "HR-W2"},
      .cast = [](const Nodes& implementation, unsigned /*nodes*/) {
        return cast_of(implementation, {Setup{}}, [](Random& random, const auto& nodes) {
          const Keys keys = some_keys(random, 300);
          std::vector<Question> questions;
          Conversation talk{nodes[0], questions};
          talk.add_all(servers(4));
          talk.look_up_with_proof(keys);
          for (const std::uint32_t first : shuffled<std::uint32_t>({0, 40, 80, 120}, random)) {
            talk.ask(JoinPart{
                .name = server(5), .address = "server5.rack1:7000", .first = first, .count = 40});
            talk.look_up(keys);
          }
          talk.ask(CompleteJoin{.name = server(5), .version = ++talk.version});
          talk.look_up_with_proof(keys);
          return questions;
        });
      }};
}

// --- HR-SC3: leave and return ---

Scenario leave_and_return_scenario() {
  return {.id = "HR-SC3",
          .name = "leave-and-return",
          .title = "server2 leaves and returns from another address; server5 joins and leaves",
          .look_for = "only the keys of the server that goes or comes move, and they come back",
          .nodes = 1,
          .nodes_max = 1,
          .script = {},
          .properties = {"HR-S2", "HR-S3", "HR-S4", "HR-S5", "HR-W1", "HR-W2"},
          .cast = [](const Nodes& implementation, unsigned /*nodes*/) {
            return cast_of(implementation, {Setup{}}, [](Random& random, const auto& nodes) {
              const Keys keys = some_keys(random, 800);
              std::vector<Question> questions;
              Conversation talk{nodes[0], questions};
              talk.add_all(shuffled(servers(4), random));
              talk.look_up_with_proof(keys);
              talk.remove(server(2));
              talk.look_up_with_proof(keys);
              talk.add(server(2), "server2.rack9:7000");
              talk.look_up(keys);
              talk.add(server(5));
              talk.look_up(keys);
              talk.remove(server(5));
              talk.look_up(keys);
              return questions;
            });
          }};
}

// Two servers share a position, so that the order of joins could matter.
Setup shared_position() {
  return {.virtual_nodes = 20,
          .pins = {{"server2#0", 7'000'000}, {"server4#0", 7'000'000}, {"on-both", 7'000'000}}};
}

Scenario two_processes_scenario() {
  return {.id = "HR-SC3.2",
          .name = "two-processes",
          .title = "processes learn of five servers in different orders, and one is restarted",
          .look_for = "all of them give each key to the same server, before and after the restart",
          .nodes = 2,
          .nodes_min = 2,
          .nodes_max = 9,
          .length = 5s,
          .script = {"when n2 sends OwnersReply crash n2", "after 200ms restart n2"},
          .properties = {"HR-S1", "HR-W1"},
          .cast = [](const Nodes& implementation, unsigned count) {
            const std::vector<Setup> setups(count, shared_position());
            return cast_of(implementation, setups, [](Random& random, const auto& nodes) {
              Keys keys = some_keys(random, 500);
              keys.list = {"on-both"};
              std::vector<Question> questions;
              for (const NodeId node : nodes) {
                Conversation talk{node, questions};
                talk.add("server6");
                talk.add_all(shuffled(servers(5), random));
                talk.remove("server6");
                talk.look_up(keys);
              }
              Conversation restarted{nodes[1], questions};
              restarted.look_up(keys);
              return questions;
            });
          }};
}

// --- HR-SC4: balance ---

Scenario balance_scenario() {
  return {.id = "HR-SC4",
          .name = "balance",
          .title = "ten servers with 1, 10, 100, 160 and 1000 points each",
          .look_for = "the deviation falls like one over the square root of the number of points",
          .nodes = 5,
          .nodes_min = 5,
          .nodes_max = 5,
          .script = {},
          .properties = {"HR-Q1", "HR-W1"},
          .cast = [](const Nodes& implementation, unsigned /*nodes*/) {
            std::vector<Setup> setups;
            for (const std::uint32_t virtual_nodes : {1U, 10U, 100U, 160U, 1000U}) {
              setups.push_back({.virtual_nodes = virtual_nodes});
            }
            return cast_of(implementation, setups, [](Random& random, const auto& nodes) {
              std::vector<Question> questions;
              for (const NodeId node : nodes) {
                Conversation talk{node, questions};
                talk.add_all(shuffled(servers(10), random));
                talk.ask(Points{});
              }
              return questions;
            });
          }};
}

Scenario weights_scenario() {
  return {.id = "HR-SC4.2",
          .name = "weights",
          .title = "four servers of weight 1, 1, 2 and 4, with 200 and 1000 points a unit",
          .look_for = "a server of weight 4 has four times the share of one of weight 1",
          .nodes = 2,
          .nodes_min = 2,
          .nodes_max = 2,
          .script = {},
          .properties = {"HR-Q3", "HR-W1"},
          .cast = [](const Nodes& implementation, unsigned /*nodes*/) {
            const std::vector<Setup> setups{{.virtual_nodes = 200}, {.virtual_nodes = 1000}};
            return cast_of(implementation, setups, [](Random& random, const auto& nodes) {
              std::vector<Question> questions;
              for (const NodeId node : nodes) {
                Conversation talk{node, questions};
                for (const std::uint32_t number : shuffled<std::uint32_t>({1, 2, 3, 4}, random)) {
                  const std::uint32_t weight = number <= 2 ? 1 : 2 * (number - 2);
                  talk.add(server(number), server(number) + ".rack1:7000", weight);
                }
                talk.ask(Points{});
                if (node == nodes[0]) talk.look_up(some_keys(random, 4'000));
              }
              return questions;
            });
          }};
}

// --- HR-SC5: collision ---

Setup colliding() {
  return {.virtual_nodes = 2, .pins = {{"A#0", 1000}, {"B#0", 1000}, {"on-both", 1000}}};
}

// What is asked of a ring on which A and B share a position: `first` leaves and returns, then
// `second` leaves.
void talk_of_collision(Conversation& talk, const Keys& keys, const char* first,
                       const char* second) {
  const auto look = [&] {
    talk.ask(Points{});
    talk.look_up({.list = {"on-both"}});
    talk.look_up(keys);
  };
  look();
  talk.remove(first);
  look();
  talk.add(first);
  look();
  talk.remove(second);
  look();
}

Scenario collision_scenario() {
  return {.id = "HR-SC5",
          .name = "collision",
          .title = "A#0 and B#0 fall on one position; n1 learns of A first, n2 of B",
          .look_for = "both points stay, A owns the key on them, and each point outlives the other",
          .nodes = 2,
          .nodes_min = 2,
          .nodes_max = 2,
          .script = {},
          .properties = {"HR-S1", "HR-S4", "HR-S5", "HR-S6", "HR-W1", "HR-W2", "HR-W4"},
          .cast = [](const Nodes& implementation, unsigned /*nodes*/) {
            const std::vector<Setup> setups{colliding(), colliding()};
            return cast_of(implementation, setups, [](Random& random, const auto& nodes) {
              const Keys keys = some_keys(random, 200);
              std::vector<Question> questions;
              Conversation first{nodes[0], questions};
              first.add_all({"A", "B", "C"});
              talk_of_collision(first, keys, "A", "B");
              Conversation second{nodes[1], questions};
              second.add_all({"B", "A", "C"});
              talk_of_collision(second, keys, "B", "A");
              return questions;
            });
          }};
}

// --- HR-SC6: replicas ---

Scenario replicas_scenario() {
  return {.id = "HR-SC6",
          .name = "replicas",
          .title = "three copies of each key on six servers, each of which fails and returns",
          .look_for = "three different servers; when one goes the others keep their order",
          .nodes = 1,
          .nodes_max = 1,
          .script = {},
          .properties = {"HR-S7", "HR-W1"},
          .cast = [](const Nodes& implementation, unsigned /*nodes*/) {
            const std::vector<Setup> setups{{.virtual_nodes = 100}};
            return cast_of(implementation, setups, [](Random& random, const auto& nodes) {
              const Keys keys = some_keys(random, 30);
              std::vector<Question> questions;
              Conversation talk{nodes[0], questions};
              const auto look = [&] {
                talk.look_up(keys, Telling::quiet);
                talk.ask(Replicas{.keys = keys, .count = 3});
              };
              talk.add_all(servers(6));
              look();
              for (const std::string& name : shuffled(servers(6), random)) {
                talk.remove(name);
                look();
                talk.add(name);
                talk.ask(Replicas{.keys = keys, .count = 3}, Telling::quiet);
              }
              for (const std::string& name : servers(4)) talk.remove(name);
              look();
              return questions;
            });
          }};
}

// --- HR-SC7: hot key ---

Assign requests_with_hot_key(Random& random, int count) {
  Assign assign;
  for (int i = 0; i < count; ++i) {
    const std::uint64_t number = 1 + random.below(100'000);
    assign.keys.list.push_back(random.chance(40) ? "hot" : fmt::format("key{}", number));
  }
  return assign;
}

Scenario hot_key_scenario() {
  return {.id = "HR-SC7",
          .name = "hot-key",
          .title = "one key has 40% of the requests; a server may carry 1.25 times its share",
          .look_for = "the fullest of ten servers carries an eighth of the requests, not 46%",
          .nodes = 1,
          .nodes_max = 1,
          .script = {},
          .properties = {"HR-S9", "HR-W1", "HR-W5"},
          .cast = [](const Nodes& implementation, unsigned /*nodes*/) {
            const std::vector<Setup> setups{{.virtual_nodes = 100, .load_percent = 125}};
            return cast_of(implementation, setups, [](Random& random, const auto& nodes) {
              std::vector<Question> questions;
              Conversation talk{nodes[0], questions};
              talk.add_all(servers(10));
              for (int batch = 1; batch <= 5; ++batch) {
                talk.ask(requests_with_hot_key(random, 200));
              }
              return questions;
            });
          }};
}

// --- HR-SC8: stale views ---

// The last of the nodes joins the ring of the others after three seconds.
std::vector<Question> join_of_the_last(Random& /*random*/, const std::vector<NodeId>& nodes) {
  std::vector<Question> questions;
  for (const NodeId node : nodes) {
    Conversation talk{node, questions};
    for (std::size_t i = 0; i + 1 < nodes.size(); ++i) talk.add(to_string(nodes[i]));
  }
  const std::size_t change = questions.size();
  for (const NodeId node : nodes) {
    Conversation talk{node, questions, nodes.size() - 1};
    talk.add(to_string(nodes.back()));
  }
  questions[change].pause = 3s;
  questions[change].note = fmt::format("{} joins the ring; every node is told", nodes.back());
  return questions;
}

Keys carts(int count) {
  Keys keys;
  for (int i = 1; i <= count; ++i) keys.list.push_back(fmt::format("cart{}", i));
  return keys;
}

Scenario stale_views_scenario() {
  return {.id = "HR-SC8",
          .name = "stale-views",
          .title = "two clients write; a node joins, and c1 hears of it five seconds after c2",
          .look_for = "a write by the old ring is refused, and its client looks at the ring again",
          .nodes = 4,
          .nodes_min = 2,
          .nodes_max = 9,
          .length = 12s,
          .script = {},
          .properties = {"HR-S10", "HR-W1", "HR-W6"},
          .cast = [](const Nodes& implementation, unsigned count) {
            const std::vector<Setup> setups(count, Setup{});
            Cast cast = cast_of(implementation, setups, join_of_the_last, 'o');
            for (const std::uint32_t number : {1U, 2U}) {
              const Duration late = number == 1 ? 5s : 0s;
              const Writer writer{.informant = node_id('n', 1),
                                  .keys = carts(8),
                                  .puts = 16,
                                  .starts_after = 2s,
                                  .renewed_after = 4s + late,
                                  .pause = 200ms};
              cast.push_back({node_id('c', number), factory_of<RingProtocol>(writer)});
            }
            return cast;
          }};
}

}  // namespace

std::vector<Scenario> scenarios() {
  return {bank_ring_scenario(),
          edges_scenario(),
          join_scenario(),
          join_in_parts_scenario(),
          leave_and_return_scenario(),
          two_processes_scenario(),
          balance_scenario(),
          weights_scenario(),
          collision_scenario(),
          replicas_scenario(),
          hot_key_scenario(),
          stale_views_scenario()};
}

}  // namespace dsys::hashring
