// What the search tries: few clients, and every order of events.
#pragma once

#include "common/check/exploration.hpp"
#include "common/cli/parts.hpp"
#include "problems/lock/messages.hpp"

#include <vector>

namespace dsys::lock {

using LockExploration = check::Exploration<LockProtocol>;

std::vector<LockExploration> all_explorations();
cli::Searches<LockProtocol> searches();  // through all of them

}  // namespace dsys::lock
