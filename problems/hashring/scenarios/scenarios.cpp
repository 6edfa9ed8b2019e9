// HR-SC1 to HR-SC8, and beside them the schedules (HR-SC1.2, ...) that some mistakes need;
// circle_drills.cpp and node_drills.cpp have HR-SC9 to HR-SC19.
//
// One node under test holds the ring of several servers; which keys are asked for, and in which
// order servers are added, comes from the seed. Where a scenario has several nodes, they are
// processes that must agree, or differ in what they were given.
#include "problems/hashring/parts.hpp"

#include "problems/hashring/given/clients.hpp"
#include "problems/hashring/scenarios/cast.hpp"
#include "problems/hashring/scenarios/conversation.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace dsys::hashring {
namespace {

std::vector<Setup> one_node() {
  return {Setup{}};
}

std::vector<Setup> one_of_100_points() {
  return {{.virtual_nodes = 100}};
}

// --- HR-SC1: the ring of the question bank ---

void ask_bank_ring(Conversation& node, Random& random) {
  node.add_all(shuffled(servers(3), random));
  node.look_up_with_proof(numbered(1, 10'000));
}

Scenario bank_ring_scenario() {
  return with<one_node, in_turn<ask_bank_ring>>(
      {.id = "HR-SC1",
       .name = "bank-ring",
       .title = "three servers, ten thousand keys: the question bank's own example",
       .look_for = "each server has about a third of the circle, and of the keys",
       .script = {},
       .properties = {"HR-S2", "HR-S8", "HR-Q1", "HR-W1", "HR-W3"}});
}

// Positions that a reader can follow: server1 at 1000, server2 at 2000, and keys around them.
std::vector<Setup> small_circle() {
  return {{.virtual_nodes = 1,
           .pins = {{"server1#0", 1000},
                    {"server2#0", 2000},
                    {"before-all", 500},
                    {"on-server1", 1000},
                    {"between", 1500},
                    {"on-server2", 2000},
                    {"past-the-last", 3000}}}};
}

void ask_edges(Conversation& node, Random& random) {
  const Keys corners{.list = {"before-all", "on-server1", "between"}};
  const Keys ends{.list = {"on-server2", "past-the-last"}};
  const Keys others = some_keys(random, 50);
  const auto look = [&] {
    node.ask(Points{});
    for (const Keys& keys : {corners, ends, others}) {
      node.ask(Positions{.keys = keys});
      node.look_up(keys);
    }
  };
  look();
  for (const std::string& name : shuffled(servers(2), random)) {
    node.add(name);
    look();
  }
}

Scenario edges_scenario() {
  return with<small_circle, in_turn<ask_edges>>(
      {.id = "HR-SC1.2",
       .name = "edges",
       .title = "an empty ring, one server, two servers; keys on a point and past the last one",
       .look_for = "a key on a point belongs to that point; past the last point it wraps",
       .script = {},
       .properties = {"HR-S2", "HR-S3", "HR-S8", "HR-W1", "HR-W2", "HR-W3"}});
}

// --- HR-SC2: join ---

void ask_join(Conversation& node, Random& random) {
  const Keys few = some_keys(random, 1'000);
  const Keys many = numbered(few.first, 20'000);
  node.add_all(shuffled(servers(4), random));
  node.look_up_with_proof(few);
  node.look_up(many);
  node.add(server(5));
  node.look_up_with_proof(few);
  node.look_up(many);
}

Scenario join_scenario() {
  return with<one_node, in_turn<ask_join>>(
      {.id = "HR-SC2",
       .name = "join",
       .title = "a fifth server joins four, with twenty thousand keys",
       .look_for = "about a fifth of the keys move, all of them to server5",
       .script = {},
       .properties = {"HR-S2", "HR-S3", "HR-Q2", "HR-W1", "HR-W2"}});
}

void ask_join_in_parts(Conversation& node, Random& random) {
  const Keys keys = some_keys(random, 300);
  node.add_all(servers(4));
  node.look_up_with_proof(keys);
  for (const std::uint32_t first : shuffled<std::uint32_t>({0, 40, 80, 120}, random)) {
    node.ask(
        JoinPart{.name = server(5), .address = "server5.rack1:7000", .first = first, .count = 40});
    node.look_up(keys);
  }
  node.ask(CompleteJoin{.name = server(5), .version = ++node.version});
  node.look_up_with_proof(keys);
}

Scenario join_in_parts_scenario() {
  return with<one_node, in_turn<ask_join_in_parts>>(
      {.id = "HR-SC2.2",
       .name = "join-in-parts",
       .title = "the points of a fifth server arrive in four messages, with lookups in between",
       .look_for = "until the join is complete each key has its old owner, never a third one",
       .script = {},
       .properties = {"HR-S2", "HR-S3", "HR-W1", "HR-W2"}});
}

// --- HR-SC3: leave and return ---

void ask_leave_and_return(Conversation& node, Random& random) {
  const Keys keys = some_keys(random, 800);
  node.add_all(shuffled(servers(4), random));
  node.look_up_with_proof(keys);
  node.remove(server(2));
  node.look_up_with_proof(keys);
  node.add(server(2), "server2.rack9:7000");
  node.look_up(keys);
  node.add(server(5));
  node.look_up(keys);
  node.remove(server(5));
  node.look_up(keys);
}

Scenario leave_and_return_scenario() {
  return with<one_node, in_turn<ask_leave_and_return>>(
      {.id = "HR-SC3",
       .name = "leave-and-return",
       .title = "server2 leaves and returns from another address; server5 joins and leaves",
       .look_for = "only the keys of the server that goes or comes move, and they come back",
       .script = {},
       .properties = {"HR-S2", "HR-S3", "HR-S4", "HR-S5", "HR-W1", "HR-W2"}});
}

// Two servers share a position, so that the order of joins could matter.
Setup shared_position() {
  return {.virtual_nodes = 20,
          .pins = {{"server2#0", 7'000'000}, {"server4#0", 7'000'000}, {"on-both", 7'000'000}}};
}

// All nodes are asked for the same keys, the second one again when it was restarted.
std::vector<Question> ask_processes(Random& random, const std::vector<NodeId>& nodes) {
  Keys keys = some_keys(random, 500);
  keys.list = {"on-both"};
  std::vector<Question> questions;
  for (const NodeId name : nodes) {
    Conversation node{name, questions};
    node.add("server6");
    node.add_all(shuffled(servers(5), random));
    node.remove("server6");
    node.look_up(keys);
  }
  Conversation restarted{nodes[1], questions};
  restarted.look_up(keys);
  return questions;
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
            return cast_of(implementation, setups, ask_processes);
          }};
}

// --- HR-SC4: balance ---

std::vector<Setup> more_and_more_points() {
  std::vector<Setup> setups;
  for (const std::uint32_t virtual_nodes : {1U, 10U, 100U, 160U, 1000U}) {
    setups.push_back({.virtual_nodes = virtual_nodes});
  }
  return setups;
}

void ask_balance(Conversation& node, Random& random) {
  node.add_all(shuffled(servers(10), random));
  node.ask(Points{});
}

Scenario balance_scenario() {
  return with<more_and_more_points, in_turn<ask_balance>>(
      {.id = "HR-SC4",
       .name = "balance",
       .title = "ten servers with 1, 10, 100, 160 and 1000 points each",
       .look_for = "the deviation falls like one over the square root of the number of points",
       .script = {},
       .properties = {"HR-Q1", "HR-W1"}});
}

std::vector<Setup> some_and_many_points() {
  return {{.virtual_nodes = 200}, {.virtual_nodes = 1000}};
}

void ask_weights(Conversation& node, Random& random) {
  for (const std::uint32_t number : shuffled<std::uint32_t>({1, 2, 3, 4}, random)) {
    const std::uint32_t weight = number <= 2 ? 1 : 2 * (number - 2);
    node.add(server(number), server(number) + ".rack1:7000", weight);
  }
  node.ask(Points{});
  const bool is_first = node.node == node_id('n', 1);
  if (is_first) node.look_up(some_keys(random, 4'000));
}

Scenario weights_scenario() {
  return with<some_and_many_points, in_turn<ask_weights>>(
      {.id = "HR-SC4.2",
       .name = "weights",
       .title = "four servers of weight 1, 1, 2 and 4, with 200 and 1000 points a unit",
       .look_for = "a server of weight 4 has four times the share of one of weight 1",
       .script = {},
       .properties = {"HR-Q3", "HR-W1"}});
}

// --- HR-SC5: collision ---

std::vector<Setup> colliding() {
  return {2, {.virtual_nodes = 2, .pins = {{"A#0", 1000}, {"B#0", 1000}, {"on-both", 1000}}}};
}

// A ring on which A and B share a position: `first` joins, leaves and returns, then `second`
// leaves.
void ask_collision(Conversation& node, const Keys& keys, const char* first, const char* second) {
  const auto look = [&] {
    node.ask(Points{});
    node.look_up({.list = {"on-both"}});
    node.look_up(keys);
  };
  node.add_all({first, second, "C"});
  look();
  node.remove(first);
  look();
  node.add(first);
  look();
  node.remove(second);
  look();
}

std::vector<Question> ask_collisions(Random& random, const std::vector<NodeId>& nodes) {
  const Keys keys = some_keys(random, 200);
  std::vector<Question> questions;
  Conversation first{nodes[0], questions};
  ask_collision(first, keys, "A", "B");
  Conversation second{nodes[1], questions};
  ask_collision(second, keys, "B", "A");
  return questions;
}

Scenario collision_scenario() {
  return with<colliding, ask_collisions>(
      {.id = "HR-SC5",
       .name = "collision",
       .title = "A#0 and B#0 fall on one position; n1 learns of A first, n2 of B",
       .look_for = "both points stay, A owns the key on them, and each point outlives the other",
       .script = {},
       .properties = {"HR-S1", "HR-S4", "HR-S5", "HR-S6", "HR-S11", "HR-W1", "HR-W2", "HR-W4"}});
}

// --- HR-SC6: replicas ---

void ask_replicas(Conversation& node, Random& random) {
  const Keys keys = some_keys(random, 30);
  const auto look = [&] {
    node.look_up(keys, Telling::quiet);
    node.ask(Replicas{.keys = keys, .count = 3});
  };
  node.add_all(servers(6));
  look();
  for (const std::string& name : shuffled(servers(6), random)) {
    node.remove(name);
    look();
    node.add(name);
    node.ask(Replicas{.keys = keys, .count = 3}, Telling::quiet);
  }
  for (const std::string& name : servers(4)) node.remove(name);
  look();
}

Scenario replicas_scenario() {
  return with<one_of_100_points, in_turn<ask_replicas>>(
      {.id = "HR-SC6",
       .name = "replicas",
       .title = "three copies of each key on six servers, each of which fails and returns",
       .look_for = "three different servers; when one goes the others keep their order",
       .script = {},
       .properties = {"HR-S7", "HR-W1"}});
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

void ask_hot_key(Conversation& node, Random& random) {
  node.add_all(servers(10));
  for (int batch = 1; batch <= 5; ++batch) node.ask(requests_with_hot_key(random, 200));
}

Scenario hot_key_scenario() {
  return with<one_of_100_points, in_turn<ask_hot_key>>(
      {.id = "HR-SC7",
       .name = "hot-key",
       .title = "one key has 40% of the requests; a server may carry 1.25 times its share",
       .look_for = "the fullest of ten servers carries an eighth of the requests, not 46%",
       .script = {},
       .properties = {"HR-S9", "HR-W1", "HR-W5"}});
}

// --- HR-SC8: stale views ---

// The last of the nodes joins the ring of the others after three seconds.
std::vector<Question> join_of_the_last(Random& /*random*/, const std::vector<NodeId>& nodes) {
  std::vector<Question> questions;
  for (const NodeId name : nodes) {
    Conversation node{name, questions};
    for (std::size_t i = 0; i + 1 < nodes.size(); ++i) node.add(to_string(nodes[i]));
  }
  const std::size_t change = questions.size();
  for (const NodeId name : nodes) {
    Conversation node{name, questions, nodes.size() - 1};
    node.add(to_string(nodes.back()));
  }
  questions[change].pause = 3s;
  questions[change].note = fmt::format("{} joins the ring; every node is told", nodes.back());
  return questions;
}

// Writes by a view that it renews so long after the start.
Writer writer(Duration renewed_after) {
  Keys carts;
  for (int i = 1; i <= 8; ++i) carts.list.push_back(fmt::format("cart{}", i));
  return {.informant = node_id('n', 1),
          .keys = std::move(carts),
          .puts = 16,
          .starts_after = 2s,
          .renewed_after = renewed_after,
          .pause = 200ms};
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
            cast.push_back({node_id('c', 1), factory_of<RingProtocol>(writer(9s))});
            cast.push_back({node_id('c', 2), factory_of<RingProtocol>(writer(4s))});
            return cast;
          }};
}

}  // namespace

std::vector<Scenario> scenarios() {
  std::vector<Scenario> all{bank_ring_scenario(),
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
  for (const auto& drills : {circle_drills(), node_drills()}) {
    all.insert(all.end(), drills.begin(), drills.end());
  }
  return all;
}

}  // namespace dsys::hashring
