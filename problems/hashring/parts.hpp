// What common/problem, the tests and the other files here need to know of this problem: its types,
// and its parts.
#pragma once

#include "common/problem/parts.hpp"
#include "problems/hashring/messages.hpp"
#include "problems/hashring/rules.hpp"

#include <string_view>
#include <vector>

namespace dsys::hashring {

using Event = dsys::Event<RingProtocol>;
using Implementation = sim::Implementation<RingProtocol>;
using Property = check::Property<RingProtocol>;
using Scenario = sim::Scenario<RingProtocol>;
using Flaw = check::Flaw<RingProtocol>;

Implementation reference();                    // flaws.cpp, beside what differs from it
std::vector<Flaw> flaws();                     // flaws.cpp
const Rules& rules_of(std::string_view flaw);  // flaws.cpp: what a flaw makes of the ring itself
std::vector<Property> properties();            // properties/, in the order of their ids
std::vector<Scenario> scenarios();             // scenarios/, in the order of their ids
study::Rubric rubric();                        // grading.cpp

const problem::Parts<RingProtocol>& parts();  // all of these
const problem::Problem& problem();            // as the command line sees it

}  // namespace dsys::hashring
