// The usual mistakes: each is the reference with one thing replaced.
#pragma once

#include "common/check/flaw.hpp"
#include "problems/zklock/messages.hpp"
#include "problems/zklock/rules.hpp"
#include "problems/zklock/two_steps.hpp"

#include <string_view>
#include <vector>

namespace dsys::zklock {

using LockFlaw = check::Flaw<LockProtocol>;
using LockBend = Bend<LockProtocol>;

// The client at n1, n2, ..., the ensemble at s1, s2 and s3, and the resource at r1.
sim::Implementation<LockProtocol> reference_implementation();

// What stands behind a flaw: a table of rules with one of them swapped, a crooked context, or a
// client whose deletion is taken apart.
struct Replacement {
  std::string_view flaw;
  const Rules* rules = &reference_rules;
  LockBend client_bend = nullptr;
  Unlocking unlocking = Unlocking::own_znode;
};

const std::vector<Replacement>& replacements();
std::vector<LockFlaw> all_flaws();

}  // namespace dsys::zklock
