// The replicated state machine: a map from keys to numbers, with a session for each client. Equal
// commands in equal order give equal states on every server.
#pragma once

#include "problems/raft/messages.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace dsys::raft {

using Result = std::optional<std::int64_t>;  // the key's value after the command

// What a client was told last. It is part of the replicated state: a new leader knows it too.
struct Session {
  std::uint64_t serial = 0;
  Result result;
};
DSYS_DESCRIBE(Session, serial, result)

struct StateMachine {
  std::map<std::string, std::int64_t> values;
  std::map<NodeId, Session> sessions;

  // Executes the command, and remembers for its client what came of it.
  Result apply(const Command& command);

  Result value_of(const std::string& key) const;
  Session session_of(NodeId client) const;
};
DSYS_DESCRIBE(StateMachine, values, sessions)

}  // namespace dsys::raft
