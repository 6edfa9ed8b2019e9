// HR-SC13 to HR-SC19: drills about the node. Each is short and about one promise; a grade runs most
// of them again with each fault of some kinds at each moment.
#include "problems/hashring/scenarios/cast.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace dsys::hashring {
namespace {

AddNode joining(const std::string& name, std::uint32_t weight, RingVersion version) {
  return {.name = name, .weight = weight, .address = name + ".rack1:7000", .version = version};
}

// --- HR-SC13: changes that are asked for again ---

std::vector<Setup> one_of_4_points() {
  return {{.virtual_nodes = 4}};
}

void ask_repeats(Conversation& node, Random& random) {
  const Keys keys = some_keys(random, 20);
  const auto look = [&] {
    node.ask(Points{});
    node.look_up(keys);
  };
  node.ask(Positions{.keys = keys});
  node.remove("A");
  node.add("A", "A.rack1:7000", 2);
  node.add("B");
  look();
  node.ask(joining("A", 2, node.version));  // another one who asks for a change that is made
  node.add("A", "A.rack2:7000", 1);
  look();
  node.remove("C");
  node.ask(RemoveNode{.name = "C", .version = node.version});
  look();
  node.remove("A");
  node.remove("A");
  look();
  node.add("A", "A.rack2:7000", 1);
  node.add("A", "A.rack2:7000", 1);
  look();
  node.remove("B");
  node.remove("A");
  look();
}

Scenario repeats_scenario() {
  return with<one_of_4_points, in_turn<ask_repeats>>(
      {.id = "HR-SC13",
       .name = "repeats",
       .title = "members that are there join again, and such as are gone leave again",
       .look_for = "each change is confirmed, and those that change nothing add no point",
       .length = 3s,
       .script = {},
       .properties = {"HR-S2", "HR-S4", "HR-S8", "HR-S11", "HR-S15", "HR-S17", "HR-W1", "HR-W2"}});
}

// --- HR-SC14: restarts ---

void ask_restarts(Conversation& node, Random& random) {
  const Keys keys = some_keys(random, 20);
  const auto look = [&] {
    node.ask(Points{});
    node.ask(Positions{.keys = keys});
    node.look_up(keys);
  };
  node.ask(joining("A", 3, 1));
  node.ask(joining("B", 1, 5));
  node.look_up(keys);
  look();  // after the first power loss
  node.ask(joining("C", 2, 7));
  node.ask(RemoveNode{.name = "B", .version = 8});
  node.ask(joining("D", 1, 6));  // an older version: the node's own stays
  node.look_up(keys);
  look();  // after the second
  node.ask(joining("B", 2, 9));
  node.ask(RemoveNode{.name = "A", .version = 10});
  node.look_up(keys);
  look();  // after a crash
}

Scenario restarts_scenario() {
  return with<one_of_4_points, in_turn<ask_restarts>>(
      {.id = "HR-SC14",
       .name = "restarts",
       .title = "members of several weights join and leave; twice the power fails, once a crash",
       .look_for = "the ring that comes back has the same points, weights and version",
       .length = 3s,
       .script = {"when n1 sends OwnersReply power-loss n1", "after 20ms restart n1",
                  "when n1 sends MembershipReply version=8 say Next, an older version comes",
                  "when n1 sends OwnersReply power-loss n1", "after 20ms restart n1",
                  "when n1 sends MembershipReply version=10 say Now a crash follows",
                  "when n1 sends OwnersReply crash n1", "after 20ms restart n1"},
       .properties = {"HR-S1", "HR-S2", "HR-S11", "HR-S12", "HR-S15", "HR-S17", "HR-W1"}});
}

// --- HR-SC15: a record that no sync covered ---

void ask_unsynced(Conversation& node, Random& random) {
  const Keys keys = some_keys(random, 20);
  const auto look = [&] {
    node.ask(Points{});
    node.look_up(keys);
  };
  node.ask(joining("A", 1, 1));
  node.ask(joining("B", 2, 2));
  look();
  look();
  node.ask(RemoveNode{.name = "A", .version = 3});
  look();
  look();
}

Scenario unsynced_scenario() {
  return with<one_of_4_points, in_turn<ask_unsynced>>(
      {.id = "HR-SC15",
       .name = "unsynced",
       .title = "a crash comes between a record and its sync, and later the power fails",
       .look_for = "what came back from the disk and was answered is still there in the end",
       .length = 4s,
       .script = {"when n1 writes Joined version=2 crash n1", "after 20ms restart n1",
                  "when n1 sends PointsReply power-loss n1", "after 20ms restart n1",
                  "when n1 writes Left version=3 crash n1", "after 20ms restart n1",
                  "when n1 sends PointsReply power-loss n1", "after 20ms restart n1"},
       .properties = {"HR-S2", "HR-S11", "HR-S15", "HR-S17", "HR-W1"}});
}

// --- HR-SC16: seeds ---

std::vector<Setup> other_seeds() {
  std::vector<Setup> setups;
  constexpr std::uint64_t high_bit = std::uint64_t{1} << 40U;
  for (const std::uint64_t seed :
       {std::uint64_t{1}, std::uint64_t{1}, std::uint64_t{2}, high_bit + 1}) {
    setups.push_back({.virtual_nodes = 8, .hash_seed = seed, .pins = {{"A#0", 7000}, {"pin", 6}}});
  }
  return setups;
}

void ask_seeds(Conversation& node, Random& random) {
  const Keys keys{.list = {"pin"}, .prefix = "key", .first = 1, .count = 30};
  node.add_all(shuffled<std::string>({"A", "B", "C"}, random));
  node.look_up_with_proof(keys);
}

Scenario seeds_scenario() {
  return with<other_seeds, in_turn<ask_seeds>>(
      {.id = "HR-SC16",
       .name = "seeds",
       .title = "n1 and n2 have one hash_seed, n3 another, n4 one that differs in a high bit",
       .look_for = "one seed gives one circle, each other seed another; pins stay",
       .script = {},
       .properties = {"HR-S1", "HR-S2", "HR-S11", "HR-S12", "HR-S17", "HR-W1"}});
}

// --- HR-SC17: loads ---

// A unit of weight has two points. 110%, which no double is.
std::vector<Setup> loaded_circle() {
  return {{.virtual_nodes = 2,
           .load_percent = 110,
           .pins = {{"A#0", 1000},
                    {"A#1", 4000},
                    {"B#0", 2000},
                    {"B#1", 5000},
                    {"C#0", 3000},
                    {"C#1", 6000},
                    {"C#2", 7000},
                    {"C#3", 8000},
                    {"C#4", 3500},
                    {"C#5", 9000},
                    {"hot", 500},
                    {"warm", 2500},
                    {"cold", 5500}}}};
}

void ask_loads(Conversation& node, Random& random) {
  const auto place = [&](int count) {
    Assign assign;
    for (int i = 0; i < count; ++i) {
      const bool is_hot = random.chance(60);
      assign.keys.list.emplace_back(is_hot ? "hot" : random.chance(50) ? "warm" : "cold");
    }
    node.ask(std::move(assign));
  };
  place(2);
  node.add("A");
  place(10);
  node.add("B");
  node.add("C", "C.rack1:7000", 3);
  place(110);
  place(1);
  node.remove("A");
  place(20);
  node.add("A", "A.rack1:7000");
  place(20);
  node.remove("C");
  node.add("C", "C.rack1:7000", 1);
  place(20);
}

Scenario loads_scenario() {
  return with<loaded_circle, in_turn<ask_loads>>(
      {.id = "HR-SC17",
       .name = "loads",
       .title = "requests are placed while members of weight 1 and 3 join, leave and return",
       .look_for = "each goes to the first clockwise with room; who leaves takes its load along",
       .length = 3s,
       .script = {},
       .properties = {"HR-S9", "HR-S13", "HR-S17", "HR-W1", "HR-W5"}});
}

// --- HR-SC18: parts of a join ---

std::vector<Setup> parted_circle() {
  return {
      {.virtual_nodes = 4,
       .pins = {{"D#0", 1000}, {"A#0", 1000}, {"on-both", 1000}, {"B#0", 9000}, {"of-b", 9000}}}};
}

void ask_parts(Conversation& node, Random& random) {
  Keys keys = some_keys(random, 20);
  keys.list = {"on-both", "of-b"};
  const auto look = [&] {
    node.ask(Points{});
    node.look_up(keys);
    node.ask(Replicas{.keys = keys, .count = 4});
    node.ask(Assign{.keys = keys});
  };
  const auto part = [&](std::uint32_t first, std::uint32_t count) {
    node.ask(JoinPart{
        .name = "A", .weight = 2, .address = "A.rack1:7000", .first = first, .count = count});
  };
  node.ask(Positions{.keys = keys});
  node.add("D");
  node.look_up(keys);
  node.add("B");
  node.look_up(keys);
  node.ask(CompleteJoin{.name = "A", .version = 90});  // without parts: nothing changes
  part(4, 4);
  part(0, 3);
  look();
  node.ask(JoinPart{.name = "E", .address = "E.rack1:7000", .first = 0, .count = 4});
  part(0, 3);
  part(2, 2);
  node.add("C");  // others join and leave meanwhile
  node.remove("B");
  look();
  node.ask(CompleteJoin{.name = "A", .version = ++node.version});
  look();
  node.ask(CompleteJoin{.name = "E", .version = ++node.version});
  look();
  node.ask(CompleteJoin{.name = "A", .version = ++node.version});
  node.remove("D");
  look();
}

Scenario parts_scenario() {
  return with<parted_circle, in_turn<ask_parts>>(
      {.id = "HR-SC18",
       .name = "parts",
       .title = "the parts of A's join come in no order, one twice; lookups and other changes in "
                "between",
       .look_for =
           "until the join is complete nothing of A shows, then all of it, also after a crash",
       .length = 3s,
       .script = {"when n1 sends MembershipReply version=6 power-loss n1", "after 20ms restart n1"},
       .properties = {"HR-S2", "HR-S7", "HR-S11", "HR-S13", "HR-S15", "HR-S17", "HR-W1", "HR-W2"}});
}

// --- HR-SC19: writes, and two who ask ---

std::vector<Setup> writers_circle() {
  return {2,
          {.virtual_nodes = 1,
           .pins = {{"n1#0", 1000},
                    {"n2#0", 2000},
                    {"n10#0", 3000},
                    {"of-n1", 900},
                    {"on-n1", 1000},
                    {"of-n2", 1500},
                    {"of-n10", 2500},
                    {"past", 4000}}}};
}

std::vector<Question> ask_writes(Random& /*random*/, const std::vector<NodeId>& nodes) {
  std::vector<Question> questions;
  Conversation first{nodes[0], questions};
  Conversation second{nodes[1], questions};
  std::int64_t value = 0;
  const auto put = [&](Conversation& node, const char* key, RingVersion version) {
    node.ask(Put{.key = key, .value = ++value, .version = version});
  };
  const auto put_each = [&](RingVersion version) {
    for (Conversation* const node : {&first, &second}) {
      for (const char* const key : {"of-n1", "on-n1", "of-n2", "of-n10", "past"}) {
        put(*node, key, version);
      }
    }
  };
  put(first, "of-n1", 0);
  for (Conversation* const node : {&first, &second}) {
    node->ask(joining("n1", 1, 4));
    node->ask(joining("n2", 1, 3));  // an older version: the node's own stays
  }
  put_each(4);
  put(first, "of-n1", 3);
  put(first, "of-n1", 5);
  put(second, "of-n1", 3);
  first.ask(joining("n10", 1, 5));
  put(first, "of-n10", 5);
  put(first, "past", 4);
  put(first, "past", 5);
  put(first, "past", 5);
  second.ask(RemoveNode{.name = "n1", .version = 6});
  put(second, "of-n1", 6);
  put(second, "of-n1", 5);
  return questions;
}

Scenario writes_scenario() {
  return {
      .id = "HR-SC19",
      .name = "writes",
      .title = "writes reach n1 and n2 by the right ring, an older and a newer one, for any key",
      .look_for = "only the owner takes a write, by its own version; what it took is on its disk",
      .nodes = 2,
      .nodes_min = 2,
      .nodes_max = 2,
      .length = 3s,
      .script = {"when n1 sends PutReply status=accepted version=5 power-loss n1",
                 "after 20ms restart n1"},
      .properties = {"HR-S10", "HR-S14", "HR-S15", "HR-S16", "HR-S17", "HR-W1", "HR-W6"},
      .cast = [](const Nodes& implementation, unsigned /*nodes*/) {
        return cast_of(implementation, writers_circle(), ask_writes);
      }};
}

// The numbers of their questions are the same; the versions of their changes alternate.
std::vector<Question> ask_as_first(Random& /*random*/, const std::vector<NodeId>& nodes) {
  std::vector<Question> questions;
  Conversation node{nodes[0], questions};
  const Keys keys{.list = {}, .prefix = "key", .first = 1, .count = 20};
  for (const char* const name : {"A", "B", "C"}) {
    node.ask(joining(name, 1, node.version += 2));
    node.look_up(keys);
    node.ask(Points{});
  }
  node.remove("B");
  node.look_up(keys);
  for (Question& question : questions) question.pause = 10ms;
  return questions;
}

std::vector<Question> ask_as_second(Random& /*random*/, const std::vector<NodeId>& nodes) {
  std::vector<Question> questions;
  Conversation node{nodes[0], questions, 1};
  const Keys keys{.list = {}, .prefix = "key", .first = 1, .count = 20};
  for (const char* const name : {"D", "E"}) {
    node.ask(joining(name, 1, node.version));
    node.look_up(keys);
    node.ask(Put{.key = "key1", .value = 1, .version = node.version});
    node.version += 6;
  }
  node.ask(RemoveNode{.name = "A", .version = 4});
  node.ask(Points{});
  node.look_up(keys);
  for (Question& question : questions) question.pause = 10ms;
  questions.front().pause = 15ms;
  return questions;
}

Scenario two_askers_scenario() {
  return {.id = "HR-SC19.2",
          .name = "two-askers",
          .title = "two clients change one ring; their requests have the same numbers",
          .look_for = "both are served, and the version is the highest that any of them brought",
          .nodes = 1,
          .nodes_min = 1,
          .nodes_max = 1,
          .length = 3s,
          .script = {},
          .properties = {"HR-S10", "HR-S11", "HR-S14", "HR-S15", "HR-S17", "HR-W1", "HR-W6"},
          .cast = [](const Nodes& implementation, unsigned /*nodes*/) {
            Cast cast = cast_of(implementation, one_of_4_points(), ask_as_first);
            const Driver other{.given = {{node_id('n', 1), one_of_4_points().front()}},
                               .plan = ask_as_second};
            cast.push_back({node_id('c', 2), factory_of<RingProtocol>(other)});
            return cast;
          }};
}

}  // namespace

std::vector<Scenario> node_drills() {
  return {repeats_scenario(), restarts_scenario(), unsynced_scenario(), seeds_scenario(),
          loads_scenario(),   parts_scenario(),    writes_scenario(),   two_askers_scenario()};
}

}  // namespace dsys::hashring
