// The lock on ZooKeeper before its tests.
#pragma once

#include "problems/zklock/flaws.hpp"
#include "problems/zklock/properties.hpp"
#include "problems/zklock/scenarios.hpp"
#include "tests/problem/subject.hpp"

extern template dsys::check::Run<dsys::zklock::LockProtocol>
    dsys::check::run<dsys::zklock::LockProtocol>;

namespace dsys::zklock {

inline const Subject<LockProtocol>& subject() {
  static const Subject<LockProtocol> lock{all_scenarios(), all_properties(), all_flaws(),
                                          reference_implementation()};
  return lock;
}

}  // namespace dsys::zklock
