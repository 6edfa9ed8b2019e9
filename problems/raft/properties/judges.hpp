// What several properties of Raft share. Included by their files only.
#pragma once

#include "common/check/judging.hpp"
#include "problems/raft/parts.hpp"
#include "problems/raft/state_machine.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

namespace dsys::raft {

using check::Calm;
using check::is_crash;
using check::Reason;

std::vector<Property> safety_properties();
std::vector<Property> election_properties();
std::vector<Property> promise_properties();
std::vector<Property> liveness_properties();
std::vector<Property> leadership_properties();
Property linearizable_clients();

// The sender's own term in a message between servers. A pre-vote carries one that its sender is
// not in, and clients have none.
inline std::optional<Term> term_of(const RaftProtocol::Message& message) {
  return std::visit(
      [](const auto& one) -> std::optional<Term> {
        if constexpr (requires { one.term; }) {
          if (!std::is_same_v<std::decay_t<decltype(one)>, PreVote>) return one.term;
        }
        return std::nullopt;
      },
      message);
}

// The highest term that each server is known to have been in.
struct TermsSeen {
  std::map<NodeId, Term> terms;

  void observe(const Event& event) {
    if (event.message == nullptr) return;
    const bool tells =
        event.kind == EventKind::send ||
        (event.kind == EventKind::deliver && std::holds_alternative<AppendEntries>(*event.message));
    if (!tells) return;
    if (const auto term = term_of(*event.message)) {
      Term& highest = terms[event.node];
      highest = std::max(highest, *term);
    }
  }

  Term of(NodeId node) const {
    const auto found = terms.find(node);
    return found == terms.end() ? 0 : found->second;
  }
};

}  // namespace dsys::raft
