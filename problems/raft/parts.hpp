// What common/problem, the tests and the other files here need to know of this problem: its types,
// and its parts.
#pragma once

#include "common/problem/parts.hpp"
#include "problems/raft/messages.hpp"

#include <vector>

namespace dsys::raft {

using Event = dsys::Event<RaftProtocol>;
using Implementation = sim::Implementation<RaftProtocol>;
using Property = check::Property<RaftProtocol>;
using Scenario = sim::Scenario<RaftProtocol>;
using Flaw = check::Flaw<RaftProtocol>;
using Exploration = search::Exploration<RaftProtocol>;

Implementation reference();                  // flaws.cpp, beside what differs from it
std::vector<Flaw> flaws();                   // flaws.cpp
std::vector<Property> properties();          // properties/, in the order of their ids
std::vector<Scenario> scenarios();           // scenarios/, in the order of their ids
std::vector<Exploration> explorations();     // scenarios/explorations.cpp
problem::Searches<RaftProtocol> searches();  // through them
study::Rubric rubric();                      // grading.cpp

const problem::Parts<RaftProtocol>& parts();  // all of these
const problem::Problem& problem();            // as the command line sees it

}  // namespace dsys::raft
