// A run as lanes: one column a node, an arrow for each message that arrives.
#pragma once

#include "common/trace/trace.hpp"

#include <span>
#include <string>
#include <vector>

namespace dsys::trace {

// One line an entry, after a head with the names. `unicode` chooses the characters.
std::vector<std::string> lanes(std::span<const Entry> entries, Detail detail, unsigned width,
                               bool unicode);

}  // namespace dsys::trace
