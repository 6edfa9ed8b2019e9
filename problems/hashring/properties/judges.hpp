// What several properties of the ring share. Included by their files only.
//
// Everything is judged when a node sends its answer: that is the node's own act, whatever becomes
// of the message. A lookup between a change and its confirmation is judged by nobody, because a
// crash may have undone the change.
#pragma once

#include "problems/hashring/parts.hpp"
#include "problems/hashring/properties/seen.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace dsys::hashring {

using Reason = std::optional<std::string>;
using Members = std::map<std::string, std::uint32_t>;  // name -> weight

std::vector<Property> placement_properties();  // HR-S1 to HR-S8
std::vector<Property> service_properties();    // HR-S9, HR-S10
std::vector<Property> quality_properties();    // HR-Q1 to HR-Q3
std::vector<Property> witnesses();             // HR-W1 ...

// The nth key of some keys; for reasons.
std::string key_at(const Keys& keys, std::size_t place);

// --- Questions and answers ---

// The latest question that reached a node from somebody.
struct Asked {
  std::map<std::pair<NodeId, NodeId>, RingProtocol::Message> latest;

  void observe(const Event& event) {
    const bool is_question = event.kind == EventKind::deliver && is_under_test(event.node);
    if (is_question) {
      latest.insert_or_assign({event.node, event.peer}, *event.message);
    }
  }

  // The question that the event answers, if it is of this kind.
  template <typename Kind, typename Answer>
  const Kind* question(const Event& event, const Answer& answer) const {
    const auto found = latest.find({event.node, event.peer});
    const auto* const kind = found == latest.end() ? nullptr : std::get_if<Kind>(&found->second);
    return kind != nullptr && kind->request == answer.request ? kind : nullptr;
  }
};

template <typename Answer>
const Answer* answer_of(const Event& event) {
  return event.kind == EventKind::send ? message_of<Answer>(event) : nullptr;
}

inline bool is_crash(const Event& event) {
  return event.kind == EventKind::crash || event.kind == EventKind::power_loss;
}

// --- The membership, as a node was told ---

struct Change {
  enum class Kind : std::uint8_t { join, leave };

  Kind kind{};
  std::string name;
};

struct RingSeen {
  Members members;
  std::vector<Change> changes;
  RingVersion version = 0;
  std::optional<std::pair<std::string, std::uint32_t>> joining;  // parts of it have arrived
  bool is_settled = true;                                        // no change is under way
  unsigned process = 0;                                          // grows with each crash
};

struct RingsSeen {
  Asked asked;
  std::map<NodeId, RingSeen> rings;
  std::map<NodeId, Setup> setups;

  void observe(const Event& event);
  const RingSeen& of(NodeId node) { return rings[node]; }

 private:
  void confirm(RingSeen& ring, const Event& event, const MembershipReply& reply);
  static void join(RingSeen& ring, const std::string& name, std::uint32_t weight);
};

// --- Owners, as a node told them ---

struct OwnersTold {
  Keys keys;
  Members members;
  std::size_t changes = 0;  // how many the node had had
  std::vector<NameNumber> owners;
};

// The answers to Owners on a settled ring, by node.
struct Placements {
  RingsSeen seen;
  Names names;
  std::map<NodeId, std::vector<OwnersTold>> history;

  // The placement that the event tells; null for any other event.
  const OwnersTold* observe(const Event& event);

  // What the node told of the same keys so many changes before.
  const OwnersTold* earlier(NodeId node, const OwnersTold& now, std::size_t changes_before) const;
};

}  // namespace dsys::hashring
