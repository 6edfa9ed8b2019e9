// What `dsys hashring` is asked to show when no scenario is named, read from its options.
#pragma once

#include "common/problem/problem.hpp"
#include "problems/hashring/exhibit/alternatives.hpp"
#include "problems/hashring/ring.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace dsys::hashring {

struct Exhibit {
  Algorithm algorithm = Algorithm::ring;
  std::vector<Member> members;  // server1, server2, ...
  std::uint32_t virtual_nodes = 160;
  std::uint32_t replicas = 3;
  std::vector<std::string> listed;    // keys to look up one by one
  std::vector<std::string> measured;  // keys to count: a file's, else made up
  std::string measured_from;          // the file; empty for made-up keys
};

const std::vector<problem::OwnOption>& exhibit_options();

// Throws UsageError that names the argument and says what would be right.
Exhibit read_exhibit(const problem::OwnValues& values);

}  // namespace dsys::hashring
