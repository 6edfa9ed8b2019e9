// Who takes part in a scenario: nodes under test, each with what it is given, and who asks them.
// Included by the scenarios only.
#pragma once

#include "problems/hashring/parts.hpp"

#include "problems/hashring/given/clients.hpp"
#include "problems/hashring/scenarios/conversation.hpp"

#include <cstdint>
#include <utility>
#include <vector>

namespace dsys::hashring {

std::vector<Scenario> circle_drills();  // HR-SC9 to HR-SC12
std::vector<Scenario> node_drills();    // HR-SC13 to HR-SC19

using Cast = std::vector<sim::Participant<RingProtocol>>;
using Nodes = Implementation;

// One node for each setup, and a driver that asks them.
inline Cast cast_of(const Nodes& implementation, const std::vector<Setup>& setups, Plan plan,
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

// Each node in turn is asked the same.
template <void (*talk)(Conversation& node, Random& random)>
std::vector<Question> in_turn(Random& random, const std::vector<NodeId>& nodes) {
  std::vector<Question> questions;
  for (const NodeId node : nodes) {
    Conversation conversation{node, questions};
    talk(conversation, random);
  }
  return questions;
}

// A scenario with exactly these nodes.
template <std::vector<Setup> (*setups)(), Plan plan>
Scenario with(Scenario one) {
  one.nodes = static_cast<unsigned>(setups().size());
  one.nodes_min = one.nodes;
  one.nodes_max = one.nodes;
  one.cast = [](const Nodes& implementation, unsigned /*nodes*/) {
    return cast_of(implementation, setups(), plan);
  };
  return one;
}

}  // namespace dsys::hashring
