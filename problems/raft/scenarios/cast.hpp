// Who takes part in the scenarios, and what is judged in all of them.
#pragma once

#include "problems/raft/given/clients.hpp"
#include "problems/raft/parts.hpp"

#include <string_view>
#include <vector>

namespace dsys::raft {

using Cast = std::vector<sim::Participant<RaftProtocol>>;
using Servers = Implementation;
using Ids = std::vector<std::string_view>;

std::vector<NodeId> server_names(unsigned count);

// n1, n2, ... under test; the configuration gets their names.
Cast servers(const Servers& implementation, unsigned count, ServerConfig config = {});

// The next client, c1 or c2 or ..., who knows all servers of the cast.
Cast with_client(Cast cast, Client client);

// The same operation on one key with the values 1, 2, 3, ...
std::vector<Request> repeated(Operation operation, std::string_view key, int count);

// RF-S1 to RF-S10, and others.
Ids safety_and(const Ids& others);

// The scripted schedules RF-SC1.2, RF-SC2.2, ... (schedules.cpp).
std::vector<Scenario> scripted_schedules();

// Short runs about one promise each (drills.cpp).
std::vector<Scenario> drills();

}  // namespace dsys::raft
