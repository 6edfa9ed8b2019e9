// HR-SC9 to HR-SC12: drills about the circle. Where all labels and keys are pinned, whoever judges
// knows each answer, whatever the hash.
#include "problems/hashring/scenarios/cast.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace dsys::hashring {
namespace {

// --- HR-SC9: a circle that is known ---

constexpr std::uint64_t last_position = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t half_way = std::uint64_t{1} << 63U;
constexpr std::uint64_t past_doubles = (std::uint64_t{1} << 53U) + 1;  // no double is equal to it

// Neighbours that a rounded or a signed number confuses; a name with two points on one position;
// labels that no member has.
std::vector<Setup> known_circle() {
  return {{.virtual_nodes = 2,
           .pins = {{"server2#0", 99},
                    {"server2#1", half_way + 1},
                    {"server10#0", 102},
                    {"server10#1", half_way + 2},
                    {"server10#2", last_position},
                    {"server10#3", past_doubles},
                    {"alpha#0", 100},
                    {"alpha#1", 100},
                    {"Beta#0", past_doubles + 2},
                    {"Beta#1", past_doubles + 1},
                    {"server2#2", 3000},
                    {"alpha#2", 4000},
                    {"Beta#2", 5000},
                    {"first", 0},
                    {"on-alpha", 100},
                    {"past-alpha", 101},
                    {"before-doubles", past_doubles - 1},
                    {"on-doubles", past_doubles},
                    {"past-doubles", past_doubles + 1},
                    {"below-half", half_way - 1},
                    {"on-high", half_way + 1},
                    {"past-high", half_way + 2},
                    {"past-higher", half_way + 3},
                    {"last", last_position},
                    {"key7", 50},
                    {"key8", half_way + 1},
                    {"key10", last_position - 1}}}};
}

Keys known_keys() {
  return {.list = {"first", "on-alpha", "past-alpha", "before-doubles", "on-doubles",
                   "past-doubles", "below-half", "on-high", "past-high", "past-higher", "last",
                   "server10#1", "on-alpha"}};
}
Keys known_numbers() {
  return {.list = {"last", "first"}, .prefix = "key", .first = 7, .count = 2};
}

void ask_known_circle(Conversation& node, Random& random) {
  const Keys hashed{.list = {"key9", "12"}, .prefix = "", .first = 11, .count = 3};
  const Keys alone{.list = {"key10", "key11"}};
  const Keys together{.list = {}, .prefix = "key", .first = 9, .count = 3};
  const auto look = [&] {
    node.ask(Points{});
    for (const Keys& keys : {known_keys(), known_numbers()}) node.look_up(keys);
  };
  node.ask(Positions{.keys = known_keys()});
  for (const Keys& keys : {hashed, alone, together}) node.ask(Positions{.keys = keys});
  look();
  for (const std::string& name : shuffled<std::string>({"server2", "alpha", "Beta"}, random)) {
    node.add(name);
    look();
  }
  node.add("server10", "server10.rack1:7000", 2);
  look();
  for (const Keys& keys : {hashed, alone, together}) node.look_up(keys);
}

Scenario known_circle_scenario() {
  return with<known_circle, in_turn<ask_known_circle>>(
      {.id = "HR-SC9",
       .name = "known-circle",
       .title = "every label and key is pinned: at 0, at the end, side by side past 2^53 and 2^63",
       .look_for = "points and owners are those that can be worked out by hand",
       .script = {},
       .properties = {"HR-S2", "HR-S11", "HR-S12", "HR-S15", "HR-S17", "HR-W1", "HR-W3"}});
}

// --- HR-SC10: weights ---

std::vector<Setup> one_of_20_points() {
  return {{.virtual_nodes = 20}};
}

void ask_weighted_joins(Conversation& node, Random& random) {
  const Keys keys = some_keys(random, 200);
  const auto look = [&] {
    node.ask(Points{});
    node.look_up(keys);
  };
  node.ask(Positions{.keys = keys});
  node.add("server1", "server1.rack1:7000", 3);
  look();
  node.add("server2");
  look();
  node.add("server3", "server3.rack1:7000", 2);
  look();
  node.remove("server1");
  look();
  node.add("server1", "server1.rack7:7000", 3);
  look();
  node.remove("server3");
  node.add("server3", "server3.rack1:7000", 1);
  look();
}

Scenario weighted_joins_scenario() {
  return with<one_of_20_points, in_turn<ask_weighted_joins>>(
      {.id = "HR-SC10",
       .name = "weighted-joins",
       .title = "servers of weight 3, 1 and 2 join, leave, and return with another weight",
       .look_for = "a join takes keys for itself alone, whatever the weights",
       .script = {},
       .properties = {"HR-S2", "HR-S3", "HR-S4", "HR-S5", "HR-S11", "HR-S12", "HR-S17", "HR-W1",
                      "HR-W2"}});
}

// --- HR-SC11: ties ---

// As bytes: A10 before A9, and Z before a. At 1000 all have a point, of other numbers each; at 2000
// A9 has two, and a has one.
std::vector<Setup> ties() {
  return {{.virtual_nodes = 3,
           .pins = {{"A10#2", 1000},
                    {"A9#0", 1000},
                    {"Z#1", 1000},
                    {"a#1", 1000},
                    {"A9#1", 2000},
                    {"A9#2", 2000},
                    {"a#0", 2000},
                    {"A10#0", 3000},
                    {"A10#1", 4000},
                    {"Z#0", 5000},
                    {"Z#2", 6000},
                    {"a#2", 7000},
                    {"before", 10},
                    {"on-all", 1000},
                    {"on-two", 2000},
                    {"past", 8000}}}};
}

void ask_ties(Conversation& node, Random& random) {
  const Keys keys{.list = {"before", "on-all", "on-two", "past"}};
  const auto look = [&] {
    node.ask(Points{});
    node.look_up(keys);
  };
  const std::vector<std::string> names{"A10", "A9", "Z", "a"};
  node.add_all(shuffled(names, random));
  look();
  for (const std::string& name : shuffled(names, random)) {
    node.remove(name);
    look();
    node.add(name);
    look();
  }
  for (const std::string& name : names) {
    node.remove(name);
    look();
  }
}

Scenario ties_scenario() {
  return with<ties, in_turn<ask_ties>>(
      {.id = "HR-SC11",
       .name = "ties",
       .title = "four members share a position, with points of other numbers; each leaves once",
       .look_for = "all points stay, the first by name owns the position, none takes another along",
       .length = 3s,
       .script = {},
       .properties = {"HR-S2", "HR-S5", "HR-S6", "HR-S11", "HR-S17", "HR-W1", "HR-W4"}});
}

// --- HR-SC12: copies on a known circle ---

// With a single point for each unit of weight, so that a walk has to go all the way.
std::vector<Setup> sparse_circle() {
  std::vector<Setup> setups = known_circle();
  setups.front().virtual_nodes = 1;
  return setups;
}

void ask_walks(Conversation& node, Random& random) {
  const auto look = [&] {
    for (const std::uint32_t count : {1U, 2U, 3U, 9U}) {
      node.ask(Replicas{.keys = known_keys(), .count = count});
    }
  };
  node.ask(Replicas{.keys = known_numbers(), .count = 2});
  for (const std::string& name : shuffled<std::string>({"server2", "alpha", "Beta"}, random)) {
    node.add(name);
    look();
  }
  node.add("server10", "server10.rack1:7000", 2);
  look();
  node.remove("alpha");
  look();
}

Scenario walks_scenario() {
  return with<sparse_circle, in_turn<ask_walks>>(
      {.id = "HR-SC12",
       .name = "walks",
       .title =
           "copies on an empty ring, on one to four members; more are asked for than there are",
       .look_for = "each list is a walk clockwise: the owner first, each member once",
       .script = {},
       .properties = {"HR-S7", "HR-S17", "HR-W1"}});
}

}  // namespace

std::vector<Scenario> circle_drills() {
  return {known_circle_scenario(), weighted_joins_scenario(), ties_scenario(), walks_scenario()};
}

}  // namespace dsys::hashring
