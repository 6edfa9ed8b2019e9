// Rings as the tests make them, and whom they give the keys.
#pragma once

#include "problems/hashring/ring.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace dsys::hashring {

inline RingConfig with_virtual_nodes(std::uint32_t virtual_nodes) {
  return {.virtual_nodes = virtual_nodes, .hash_seed = 0, .pinned = {}};
}

// A ring of server1, server2 and so on.
inline Ring ring_of_servers(int count, const RingConfig& config = {},
                            const Rules& rules = reference_rules) {
  Ring ring(config, &rules);
  for (int i = 1; i <= count; ++i) ring.add("server" + std::to_string(i));
  return ring;
}
inline Ring ring_of_servers(int count, const Rules& rules) {
  return ring_of_servers(count, {}, rules);
}

// Positions that are easy to follow: a at 100, b at 200, c at 300.
inline Ring ring_abc(const Rules& rules = reference_rules) {
  Ring ring({.virtual_nodes = 1,
             .hash_seed = 0,
             .pinned = {{"a#0", 100},
                        {"b#0", 200},
                        {"c#0", 300},
                        {"before all", 7},
                        {"on b", 200},
                        {"just past b", 201},
                        {"on c", 300},
                        {"just past c", 301},
                        {"last position", std::numeric_limits<Position>::max()}}},
            &rules);
  for (const char* name : {"a", "b", "c"}) ring.add(name);
  return ring;
}

// The owners of key0, key1 and so on, by a ring or by another placement; "" if there is none.
template <typename Placed>
std::vector<NodeName> owners_of_keys(const Placed& placed, int keys) {
  std::vector<NodeName> owners;
  owners.reserve(static_cast<std::size_t>(keys));
  for (int i = 0; i < keys; ++i) {
    owners.emplace_back(placed.owner("key" + std::to_string(i)).value_or(""));
  }
  return owners;
}

}  // namespace dsys::hashring
