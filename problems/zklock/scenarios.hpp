// The demos of the lock: clients, workload, faults, what to look for.
#pragma once

#include "common/sim/scenario.hpp"
#include "problems/zklock/messages.hpp"

#include <vector>

namespace dsys::zklock {

using LockScenario = sim::Scenario<LockProtocol>;

std::vector<LockScenario> all_scenarios();

}  // namespace dsys::zklock
