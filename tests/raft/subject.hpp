// Raft before its tests.
#pragma once

#include "problems/raft/flaws.hpp"
#include "problems/raft/properties.hpp"
#include "problems/raft/scenarios.hpp"
#include "tests/problem/subject.hpp"

extern template dsys::check::Run<dsys::raft::RaftProtocol>
    dsys::check::run<dsys::raft::RaftProtocol>;

namespace dsys::raft {

inline const Subject<RaftProtocol>& subject() {
  static const Subject<RaftProtocol> raft{all_scenarios(), all_properties(), all_flaws(),
                                          reference_implementation()};
  return raft;
}

}  // namespace dsys::raft
