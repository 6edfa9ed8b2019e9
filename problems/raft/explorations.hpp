// What the search tries: small clusters in which every order of events is followed.
#pragma once

#include "common/check/exploration.hpp"
#include "common/cli/parts.hpp"
#include "problems/raft/messages.hpp"

#include <vector>

namespace dsys::raft {

using RaftExploration = check::Exploration<RaftProtocol>;

std::vector<RaftExploration> all_explorations();
cli::Searches<RaftProtocol> searches();  // through all of them

}  // namespace dsys::raft
