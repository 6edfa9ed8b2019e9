#include "problems/zklock/scenarios/cast.hpp"

#include <algorithm>
#include <cstdint>

namespace dsys::zklock {

Cast cast_of(const Players& implementation, const std::vector<LockConfig>& clients,
             const LockConfig& given) {
  Cast cast;
  for (const NodeId server : given.servers) {
    cast.push_back({server, implementation(server, given)});
  }
  cast.push_back({given.resource, implementation(given.resource, given)});
  std::uint32_t number = 0;
  for (const LockConfig& config : clients) {
    const NodeId name = node_id('n', ++number);
    cast.push_back({name, implementation(name, config)});
  }
  return cast;
}

std::vector<LockConfig> clients(unsigned count, Duration apart, const LockConfig& config) {
  std::vector<LockConfig> all(count, config);
  for (unsigned i = 0; i < count; ++i) {
    std::vector<NodeId>& servers = all[i].servers;
    const std::size_t first = i % servers.size();
    std::rotate(servers.begin(), servers.begin() + static_cast<std::ptrdiff_t>(first),
                servers.end());
    all[i].first_after += i * apart;
  }
  return all;
}

Ids safety_and(const Ids& others) {
  return check::ids_of(properties(), check::PropertyKind::always, others);
}

}  // namespace dsys::zklock
