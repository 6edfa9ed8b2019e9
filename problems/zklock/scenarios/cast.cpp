#include "problems/zklock/scenarios/cast.hpp"

#include "common/core/node.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>

namespace dsys::zklock {
namespace {

Tasked task_of(NodeId client, const LockConfig& config) {
  return {.client = client,
          .lock = config.lock,
          .errand = config.errand,
          .kind = config.kind,
          .first_after = config.first_after,
          .rounds = config.rounds,
          .pause_between = config.pause_between,
          .acquire_timeout = config.acquire_timeout,
          .increments = config.increments,
          .work = config.work};
}

// What is told beside the resource when it starts.
struct Notice {
  std::vector<Tasked> tasks;

  static bool arrives(LockContext& /*context*/, NodeId /*from*/,
                      LockProtocol::Message& /*message*/) {
    return true;
  }
  void leaves(Effects<LockProtocol>& effects) {
    for (const Tasked& task : tasks) effects.push_back(Emit<LockProtocol>{task});
    tasks.clear();
  }
};

}  // namespace

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

Cast tasked_cast(const Players& implementation, const std::vector<LockConfig>& clients,
                 const LockConfig& given) {
  Cast cast = cast_of(implementation, clients, given);
  Notice notice;
  std::uint32_t number = 0;
  for (const LockConfig& config : clients) {
    notice.tasks.push_back(task_of(node_id('n', ++number), config));
  }
  for (auto& one : cast) {
    if (one.id != given.resource) continue;
    one.factory = [resource = one.factory, notice]() -> std::unique_ptr<Node<LockProtocol>> {
      return std::make_unique<DetourNode<LockProtocol, Notice>>(resource(), notice);
    };
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
