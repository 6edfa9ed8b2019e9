// What must hold of Raft, seen from outside.
#pragma once

#include "common/check/property.hpp"
#include "problems/raft/messages.hpp"

#include <vector>

namespace dsys::raft {

using RaftEvent = Event<RaftProtocol>;
using RaftProperty = check::Property<RaftProtocol>;

// All of them, in the order of their ids.
std::vector<RaftProperty> all_properties();

}  // namespace dsys::raft
