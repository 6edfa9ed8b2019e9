// What must hold of a hash ring, seen from outside. HR-Q4 (a lookup costs O(log NV)) is measured by
// tests/bench: no message shows it.
#pragma once

#include "common/check/property.hpp"
#include "problems/hashring/messages.hpp"

#include <vector>

namespace dsys::hashring {

using RingEvent = Event<RingProtocol>;
using RingProperty = check::Property<RingProtocol>;

// All of them, in the order of their ids.
std::vector<RingProperty> all_properties();

}  // namespace dsys::hashring
