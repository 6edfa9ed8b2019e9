// Who takes part in the scenarios, and what is judged in all of them.
#pragma once

#include "problems/zklock/parts.hpp"

#include <string_view>
#include <vector>

namespace dsys::zklock {

using Cast = std::vector<sim::Participant<LockProtocol>>;
using Players = Implementation;
using Ids = std::vector<std::string_view>;

// The servers of the ensemble (s1, s2 and s3 if not given), the resource r1, and the clients under
// test (n1, n2, ...), one configuration each.
Cast cast_of(const Players& implementation, const std::vector<LockConfig>& clients,
             const LockConfig& given = {});

// The same, and the judges are told what each of these clients is to do.
Cast tasked_cast(const Players& implementation, const std::vector<LockConfig>& clients,
                 const LockConfig& given = {});

// `count` clients that want the lock one after the other, `apart` from each other. The first tries
// s1 first, the second s2, the third s3, and so on.
std::vector<LockConfig> clients(unsigned count, Duration apart, const LockConfig& config = {});

// ZK-S1 to ZK-S7, and others.
Ids safety_and(const Ids& others);

}  // namespace dsys::zklock
