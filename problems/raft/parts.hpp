// What the tests, common/problem and the other files here need to know of this problem.
#pragma once

#include "common/problem/parts.hpp"
#include "problems/raft/messages.hpp"

#include <vector>

namespace dsys::raft {

DSYS_PROBLEM_PARTS(RaftProtocol)

}  // namespace dsys::raft
