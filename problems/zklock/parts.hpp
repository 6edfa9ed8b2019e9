// What common/problem, the tests and the other files here need to know of this problem: its types,
// and its parts.
#pragma once

#include "common/problem/parts.hpp"
#include "problems/zklock/messages.hpp"

#include <vector>

namespace dsys::zklock {

using Event = dsys::Event<LockProtocol>;
using Implementation = sim::Implementation<LockProtocol>;
using Property = check::Property<LockProtocol>;
using Scenario = sim::Scenario<LockProtocol>;
using Flaw = check::Flaw<LockProtocol>;
using Exploration = search::Exploration<LockProtocol>;

Implementation reference();                  // flaws.cpp, beside what differs from it
std::vector<Flaw> flaws();                   // flaws.cpp
std::vector<Property> properties();          // properties/, in the order of their ids
std::vector<Scenario> scenarios();           // scenarios/, in the order of their ids
std::vector<Exploration> explorations();     // scenarios/explorations.cpp
problem::Searches<LockProtocol> searches();  // through them
study::Rubric rubric();                      // grading.cpp

const problem::Parts<LockProtocol>& parts();  // all of these
const problem::Problem& problem();            // as the command line sees it

}  // namespace dsys::zklock
