#include "problems/lock/scenarios/cast.hpp"

#include <cstdint>

namespace dsys::lock {

Cast cast_of(const Players& implementation, const std::vector<LockConfig>& clients) {
  const LockConfig given;
  Cast cast{{given.store, implementation(given.store, given)},
            {given.resource, implementation(given.resource, given)}};
  for (const LockConfig& config : clients) {
    const NodeId name = node_id('n', static_cast<std::uint32_t>(cast.size() - 1));
    cast.push_back({name, implementation(name, config)});
  }
  return cast;
}

std::vector<LockConfig> clients(unsigned count, Duration apart, const LockConfig& config) {
  std::vector<LockConfig> all(count, config);
  for (unsigned i = 0; i < count; ++i) all[i].first_after += i * apart;
  return all;
}

Ids safety_and(const Ids& others) {
  return check::ids_of(properties(), check::PropertyKind::always, others);
}

}  // namespace dsys::lock
