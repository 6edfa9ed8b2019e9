// A deliberate mistake with a name: the reference with one thing replaced, and the schedules that
// expose it.
#pragma once

#include "common/sim/scenario.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace dsys::check {

// Under this scenario and seed, the flaw breaks this property.
struct Exposure {
  std::string_view property;  // RF-S5
  std::string_view scenario;  // figure-8
  std::uint64_t seed = 1;
};

template <Protocol P>
struct Flaw {
  std::string_view id;              // raft.commit-old-term
  std::string_view story;           // what it does wrong, in one line
  std::vector<Exposure> exposures;  // the first is the one that `break` shows
  std::string_view exploration;     // whose search finds it; empty: none does
  std::string_view part{};          // what is flawed, such as "the store"; empty: nodes under test
  sim::Implementation<P> implementation;
};

}  // namespace dsys::check
