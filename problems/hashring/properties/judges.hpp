// What several properties of the ring share. Included by their files only.
//
// Everything is judged when a node sends its answer: that is the node's own act, whatever becomes
// of the message. A lookup between a change and its confirmation is judged by nobody, because a
// crash may have undone the change.
#pragma once

#include "common/check/judging.hpp"
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

using check::is_crash;
using check::Reason;
using Members = std::map<std::string, std::uint32_t>;  // name -> weight

std::vector<Property> placement_properties();  // HR-S1 to HR-S8
std::vector<Property> service_properties();    // HR-S9, HR-S10
std::vector<Property> quality_properties();    // HR-Q1 to HR-Q3
std::vector<Property> witnesses();             // HR-W1 ...

// A property that no search carries along: this problem has none.
template <typename State>
Property always(const check::Wording& words) {
  return check::always<RingProtocol, State, check::Searched::no>(words);
}

// The nth key of some keys; for reasons.
std::string key_at(const Keys& keys, std::size_t place);

// --- Questions and answers ---

template <typename Answer>
const Answer* answer_of(const Event& event) {
  return event.kind == EventKind::send ? message_of<Answer>(event) : nullptr;
}

// The latest question that reached a node from somebody.
struct Asked {
  std::map<std::pair<NodeId, NodeId>, RingProtocol::Message> latest;

  void observe(const Event& event) {
    const bool is_question = event.kind == EventKind::deliver && is_under_test(event.node);
    if (is_question) latest.insert_or_assign({event.node, event.peer}, *event.message);
  }

  // The question that the event answers, if it is of this kind.
  template <typename Kind, typename Answer>
  const Kind* question(const Event& event, const Answer& answer) const {
    const auto found = latest.find({event.node, event.peer});
    const auto* const kind = found == latest.end() ? nullptr : std::get_if<Kind>(&found->second);
    return kind != nullptr && kind->request == answer.request ? kind : nullptr;
  }

  // A question of this kind and the answer that the event gives to it; both null if it gives none.
  template <typename Kind, typename Answer>
  std::pair<const Kind*, const Answer*> answered(const Event& event) const {
    const auto* const answer = answer_of<Answer>(event);
    const auto* const kind = answer == nullptr ? nullptr : question<Kind>(event, *answer);
    return {kind, kind == nullptr ? nullptr : answer};
  }
};

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

  bool is_whole() const { return is_settled && !joining; }
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

// The owners of the same keys before the latest change of a node's ring, and after it.
struct ChangeTold {
  Change change;
  const OwnersTold& before;
  const OwnersTold& now;

  // The first key whose two owners are so.
  template <typename Are>
  std::optional<std::size_t> first_where(Are&& are) const {
    for (std::size_t i = 0; i < now.owners.size(); ++i) {
      if (are(before.owners[i], now.owners[i])) return i;
    }
    return std::nullopt;
  }
};

// How many keys have another owner.
std::size_t count_moved(const OwnersTold& before, const OwnersTold& now);

// The answers to Owners on a settled ring, by node.
struct Placements {
  RingsSeen seen;
  Names names;
  std::map<NodeId, std::vector<OwnersTold>> history;

  // The placement that the event tells; null for any other event.
  const OwnersTold* observe(const Event& event);

  // The same, if the node told of these keys right before its latest change too.
  std::optional<ChangeTold> observe_change(const Event& event);

  // What the node told of the same keys so many changes before.
  const OwnersTold* earlier(NodeId node, const OwnersTold& now, std::size_t changes_before) const;
};

}  // namespace dsys::hashring
