// The usual mistakes: each is the reference with one thing replaced.
#pragma once

#include "common/check/flaw.hpp"
#include "problems/lock/messages.hpp"
#include "problems/lock/rules.hpp"

#include <string_view>
#include <vector>

namespace dsys::lock {

using LockFlaw = check::Flaw<LockProtocol>;
using LockBend = Bend<LockProtocol>;

// The client at n1, n2, ..., the store at s1 and the resource at r1.
sim::Implementation<LockProtocol> reference_implementation();

// What stands behind a flaw: a table of rules with one of them swapped, a crooked context, or a
// client whose transaction is taken apart into two calls.
struct Replacement {
  std::string_view flaw;
  const Rules* rules = &reference_rules;
  LockBend client_bend = nullptr;
  LockBend store_bend = nullptr;
  bool asks_in_two_steps = false;
};

const std::vector<Replacement>& replacements();
std::vector<LockFlaw> all_flaws();

}  // namespace dsys::lock
