// The drills, which come behind the other scenarios.
#pragma once

#include "problems/zklock/scenarios/cast.hpp"

#include <vector>

namespace dsys::zklock {

std::vector<Scenario> drills();

}  // namespace dsys::zklock
