#include "problems/raft/state_machine.hpp"

namespace dsys::raft {

const Session* StateMachine::answered(const Command& command) const {
  const auto session = sessions.find(command.client);
  const bool known = session != sessions.end() && command.serial <= session->second.serial;
  return known ? &session->second : nullptr;
}

Result StateMachine::value_of(const std::string& key) const {
  const auto found = values.find(key);
  return found == values.end() ? Result{} : Result{found->second};
}

Result StateMachine::apply(const Command& command, bool once) {
  if (command.operation == Operation::noop) return std::nullopt;
  if (const Session* const session = answered(command); once && session != nullptr) {
    return session->result;
  }
  if (command.operation == Operation::put) values[command.key] = command.value;
  if (command.operation == Operation::add) values[command.key] += command.value;
  const Result result = value_of(command.key);
  sessions[command.client] = {command.serial, result};
  return result;
}

}  // namespace dsys::raft
