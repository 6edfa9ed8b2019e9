// The demos of Raft: nodes, workload, faults, what to look for.
#pragma once

#include "common/sim/scenario.hpp"
#include "problems/raft/messages.hpp"

#include <vector>

namespace dsys::raft {

using RaftScenario = sim::Scenario<RaftProtocol>;

std::vector<RaftScenario> all_scenarios();

}  // namespace dsys::raft
