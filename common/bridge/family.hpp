// A process and what it has started: how many they are, and what they use.
#pragma once

#include "common/core/time.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

#include <sys/types.h>

namespace dsys::bridge {

struct FamilyUse {
  std::size_t processes = 0;
  std::uint64_t memory = 0;   // bytes
  Duration cpu{};             // of those that live, and of their children that have ended
  bool wants_to_run = false;  // some thread runs, waits for a core or the disk, or is stopped
};

// However deep; counted up to `most` processes.
std::vector<pid_t> family_of(pid_t process, std::size_t most);
FamilyUse use_of(const std::vector<pid_t>& family);

}  // namespace dsys::bridge
