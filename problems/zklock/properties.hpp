// What must hold of the lock, seen from outside.
#pragma once

#include "common/check/property.hpp"
#include "problems/zklock/messages.hpp"

#include <vector>

namespace dsys::zklock {

using LockEvent = Event<LockProtocol>;
using LockProperty = check::Property<LockProtocol>;

// All of them, in the order of their ids.
std::vector<LockProperty> all_properties();

}  // namespace dsys::zklock
