// What the search tries: few clients, and every order of events.
#pragma once

#include "common/check/exploration.hpp"
#include "problems/lock/messages.hpp"

#include <vector>

namespace dsys::lock {

using LockExploration = check::Exploration<LockProtocol>;

std::vector<LockExploration> all_explorations();

}  // namespace dsys::lock
