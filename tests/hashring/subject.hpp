// The ring before its tests.
#pragma once

#include "problems/hashring/flaws.hpp"
#include "problems/hashring/properties.hpp"
#include "problems/hashring/scenarios.hpp"
#include "tests/problem/subject.hpp"

extern template dsys::check::Run<dsys::hashring::RingProtocol>
    dsys::check::run<dsys::hashring::RingProtocol>;

namespace dsys::hashring {

inline const Subject<RingProtocol>& subject() {
  static const Subject<RingProtocol> ring{all_scenarios(), all_properties(), all_flaws(),
                                          reference_implementation()};
  return ring;
}

}  // namespace dsys::hashring
