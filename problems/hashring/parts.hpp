// What the tests, common/problem and the other files here need to know of this problem.
#pragma once

#include "common/problem/parts.hpp"
#include "problems/hashring/messages.hpp"
#include "problems/hashring/rules.hpp"

#include <string_view>
#include <vector>

namespace dsys::hashring {

DSYS_PROBLEM_PARTS(RingProtocol)

const Rules& rules_of(std::string_view flaw);  // flaws.cpp: what a flaw makes of the ring itself

}  // namespace dsys::hashring
