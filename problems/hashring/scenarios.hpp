// The demos of the ring: nodes, questions, changes, what to look for.
#pragma once

#include "common/sim/scenario.hpp"
#include "problems/hashring/messages.hpp"

#include <vector>

namespace dsys::hashring {

using RingScenario = sim::Scenario<RingProtocol>;

std::vector<RingScenario> all_scenarios();

}  // namespace dsys::hashring
