// What the tests, common/problem and the other files here need to know of this problem.
#pragma once

#include "common/problem/parts.hpp"
#include "problems/lock/messages.hpp"

#include <vector>

namespace dsys::lock {

DSYS_PROBLEM_PARTS(LockProtocol)

}  // namespace dsys::lock
