// Nodes by their names, and the mode of a znode that stands in a queue.
#pragma once

#include "problems/zklock/messages.hpp"
#include "tests/problem/names.hpp"

namespace dsys::zklock {

constexpr auto sequential = CreateMode::ephemeral_sequential;

}  // namespace dsys::zklock
