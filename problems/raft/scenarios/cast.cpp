#include "problems/raft/scenarios/cast.hpp"

#include <cstdint>
#include <string>
#include <utility>

namespace dsys::raft {

// --- Who takes part ---

std::vector<NodeId> server_names(unsigned count) {
  std::vector<NodeId> names;
  for (unsigned i = 1; i <= count; ++i) names.push_back(node_id('n', i));
  return names;
}

Cast servers(const Servers& implementation, unsigned count, ServerConfig config) {
  config.servers = server_names(count);
  Cast cast;
  for (const NodeId name : config.servers) cast.push_back({name, implementation(name, config)});
  return cast;
}

Cast with_client(Cast cast, Client client) {
  std::uint32_t number = 1;
  for (const auto& one : cast) {
    if (node_letter(one.id) == 'n') client.servers.push_back(one.id);
    if (node_letter(one.id) == 'c') ++number;
  }
  cast.push_back({node_id('c', number), factory_of<RaftProtocol>(std::move(client))});
  return cast;
}

std::vector<Request> repeated(Operation operation, std::string_view key, int count) {
  std::vector<Request> requests;
  for (int i = 1; i <= count; ++i) {
    requests.push_back({operation, std::string(key), operation == Operation::get ? 0 : i});
  }
  return requests;
}

// --- What is judged ---

Ids safety_and(const Ids& others) {
  return check::ids_of(properties(), check::PropertyKind::always, others);
}

}  // namespace dsys::raft
