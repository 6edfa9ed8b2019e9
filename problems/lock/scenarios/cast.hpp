// Who takes part in the scenarios, and what is judged in all of them.
#pragma once

#include "problems/lock/parts.hpp"

#include <string_view>
#include <vector>

namespace dsys::lock {

using Cast = std::vector<sim::Participant<LockProtocol>>;
using Players = Implementation;
using Ids = std::vector<std::string_view>;

// The store s1, the resource r1, and the clients n1, n2, ... under test, one configuration each.
Cast cast_of(const Players& implementation, const std::vector<LockConfig>& clients);

// The same with a store that forgets each change at once: a watch that looks back is canceled.
Cast cast_with_compaction(const Players& implementation, const std::vector<LockConfig>& clients);

// `count` clients that want the lock one after the other, `apart` from each other.
std::vector<LockConfig> clients(unsigned count, Duration apart, const LockConfig& config = {});

// LK-S1 to LK-S11, and others.
Ids safety_and(const Ids& others);

// Short ones, each about one promise, to be run with every fault at every moment. In drills.cpp.
std::vector<Scenario> drills();

}  // namespace dsys::lock
