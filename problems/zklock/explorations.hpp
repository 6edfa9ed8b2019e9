// What the search tries: few clients, an ensemble of one, and every order of events.
#pragma once

#include "common/check/exploration.hpp"
#include "problems/zklock/messages.hpp"

#include <vector>

namespace dsys::zklock {

using LockExploration = check::Exploration<LockProtocol>;

std::vector<LockExploration> all_explorations();

}  // namespace dsys::zklock
