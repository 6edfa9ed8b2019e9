// What the search tries: few clients, an ensemble of one, and every order of events.
#pragma once

#include "common/check/exploration.hpp"
#include "common/cli/parts.hpp"
#include "problems/zklock/messages.hpp"

#include <vector>

namespace dsys::zklock {

using LockExploration = check::Exploration<LockProtocol>;

std::vector<LockExploration> all_explorations();
cli::Searches<LockProtocol> searches();  // through all of them

}  // namespace dsys::zklock
