// The usual mistakes: each is the reference with one thing replaced.
#pragma once

#include "common/check/flaw.hpp"
#include "problems/raft/messages.hpp"
#include "problems/raft/rules.hpp"

#include <string_view>
#include <vector>

namespace dsys::raft {

using RaftFlaw = check::Flaw<RaftProtocol>;
using RaftBend = Bend<RaftProtocol>;

sim::Implementation<RaftProtocol> reference_implementation();

// What stands behind a flaw: a table of rules with one of them swapped, or a crooked context.
struct Replacement {
  std::string_view flaw;
  const Rules* rules = &reference_rules;
  RaftBend bend = nullptr;
};

const std::vector<Replacement>& replacements();
std::vector<RaftFlaw> all_flaws();

}  // namespace dsys::raft
