#include "problems/raft/state_machine.hpp"

namespace dsys::raft {

Result StateMachine::apply(const Command& command) {
  if (command.operation == Operation::noop) return std::nullopt;
  if (command.operation == Operation::put) values[command.key] = command.value;
  if (command.operation == Operation::add) values[command.key] += command.value;
  const Result result = value_of(command.key);
  sessions[command.client] = {command.serial, result};
  return result;
}

Result StateMachine::value_of(const std::string& key) const {
  const auto found = values.find(key);
  return found == values.end() ? Result{} : Result{found->second};
}

Session StateMachine::session_of(NodeId client) const {
  const auto found = sessions.find(client);
  return found == sessions.end() ? Session{} : found->second;
}

}  // namespace dsys::raft
