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

  bool operator==(const Session&) const = default;
};
DSYS_DESCRIBE(Session, serial, result)

struct StateMachine {
  std::map<std::string, std::int64_t> values;
  std::map<NodeId, Session> sessions;

  // The session's answer, if this command has been applied before (Ongaro, thesis 6.3).
  const Session* answered(const Command& command) const;

  // Executes; every serial at most once if `once`, else blindly.
  Result apply(const Command& command, bool once);

  Result value_of(const std::string& key) const;

  bool operator==(const StateMachine&) const = default;
};
DSYS_DESCRIBE(StateMachine, values, sessions)

}  // namespace dsys::raft
