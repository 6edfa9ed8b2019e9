// The lock before its tests.
#pragma once

#include "problems/lock/flaws.hpp"
#include "problems/lock/properties.hpp"
#include "problems/lock/scenarios.hpp"
#include "tests/problem/subject.hpp"

extern template dsys::check::Run<dsys::lock::LockProtocol>
    dsys::check::run<dsys::lock::LockProtocol>;

namespace dsys::lock {

inline const Subject<LockProtocol>& subject() {
  static const Subject<LockProtocol> lock{all_scenarios(), all_properties(), all_flaws(),
                                          reference_implementation()};
  return lock;
}

}  // namespace dsys::lock
