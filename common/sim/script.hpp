// A script under way.
#pragma once

#include "common/sim/fault.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace dsys::sim {

struct Script {
  std::vector<Step> steps;
  std::size_t next = 0;
  bool advancing = false;
  bool awaits_event = false;
  bool awaits_time = false;
};

// Whether a field, told as text, is as the condition says.
bool holds(const Condition& condition, const std::string& field);

}  // namespace dsys::sim
