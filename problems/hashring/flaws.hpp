// The usual mistakes: each is the reference with one rule replaced.
#pragma once

#include "common/check/flaw.hpp"
#include "problems/hashring/messages.hpp"
#include "problems/hashring/rules.hpp"

#include <vector>

namespace dsys::hashring {

using RingFlaw = check::Flaw<RingProtocol>;

sim::Implementation<RingProtocol> reference_implementation();

// The table of each flaw; its name is the flaw's without "ring.".
const std::vector<const Rules*>& flawed_rules();
std::vector<RingFlaw> all_flaws();

}  // namespace dsys::hashring
