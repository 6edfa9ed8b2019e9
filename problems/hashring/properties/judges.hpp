// What several properties of the ring share. Included by their files only.
//
// Everything is judged when a node sends its answer: that is the node's own act, whatever becomes
// of the message. A crash before the answer leaves a change in doubt: it may be on the disk. Until
// the change is confirmed, or the node shows its points, no lookup of that node is judged.
#pragma once

#include "common/check/judging.hpp"
#include "problems/hashring/parts.hpp"
#include "problems/hashring/properties/seen.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
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
std::vector<Property> circle_properties();     // HR-S11, HR-S12
std::vector<Property> answer_properties();     // HR-S13 to HR-S17
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
  enum class Kind : std::uint8_t { join, leave, doubtful };

  Kind kind{};
  std::string name;
};

// Of a join in parts: which of its points have arrived since the last crash.
struct Arriving {
  std::uint32_t weight = 1;
  std::set<std::uint32_t> points;
  bool is_muddled = false;  // the parts differ about the weight
};

// A name that may be a member or not: after a crash between a change and its confirmation; after a
// late copy of an old request, which some apply once more and others know to be old; after a join
// of whose parts a crash took some, for which some give the member those that came, others all, and
// others refuse it.
struct Doubt {
  std::uint32_t weight = 0;  // if it is a member; 0 if not even that is known
};

// A range for a node's version: what a crash may take back makes it wider, an answer narrows it.
struct VersionSeen {
  RingVersion least = 0;
  RingVersion most = 0;
  RingVersion kept = 0;  // survives each crash: the highest that came with a change of the members
  std::optional<RingVersion> wrong;  // what the latest answer told, if that was out of the range

  void raise(RingVersion heard);
  void may_have_risen(RingVersion heard) { most = std::max(most, heard); }
  void keep(RingVersion heard) { kept = std::max(kept, heard); }
  void forget() { least = kept; }
  void hear(RingVersion told);
};

struct RingSeen {
  Members members;
  std::vector<Change> changes;
  VersionSeen version;
  std::map<std::string, Arriving> joining;  // parts of them have arrived
  std::set<std::string> given_up;           // a leave came after parts: they may be kept or not
  std::map<std::string, Doubt> doubts;
  std::set<std::pair<NodeId, RequestNumber>> confirmed;  // who asked, by which number
  std::optional<NodeId> under_way;                       // a change of whom; not confirmed yet
  unsigned process = 0;                                  // grows with each crash

  bool is_settled() const { return !under_way && doubts.empty(); }
  bool is_whole() const { return is_settled() && joining.empty(); }
  std::uint64_t total_weight() const;
};

struct RingsSeen {
  Asked asked;
  std::map<NodeId, RingSeen> rings;
  std::map<NodeId, Setup> setups;

  void observe(const Event& event);
  const RingSeen& of(NodeId node) { return rings[node]; }

 private:
  void crash(NodeId node);
  void confirm(RingSeen& ring, const Event& event, const MembershipReply& reply);
  void take(RingSeen& ring, const AddNode& add, bool is_repeated) const;
  void take(RingSeen& ring, const RemoveNode& remove, bool is_repeated) const;
  void take(RingSeen& ring, const CompleteJoin& complete, bool is_repeated,
            std::uint32_t virtual_nodes) const;
  void hear_points(RingSeen& ring, NodeId node, const PointsReply& reply);
};

// --- Loads, as a node told them ---

struct LoadsSeen {
  void observe(const Event& event, RingsSeen& seen);
  void add(NodeId node, const std::string& name);

  // False since a request was placed, or a change made, of which nobody knows what it did.
  bool are_known(NodeId node) { return !nodes_[node].are_lost; }
  std::uint64_t of(NodeId node, const std::string& name) { return nodes_[node].loads[name]; }
  std::uint64_t assigned(NodeId node) { return nodes_[node].assigned; }

  // ceil(c * m * w / W), which is ceil(c * m / n) for equal weights; with so many more assigned.
  std::uint64_t capacity(NodeId node, RingsSeen& seen, std::uint64_t weight, std::uint64_t more);

 private:
  struct Loads {
    std::map<std::string, std::uint64_t> loads;
    std::uint64_t assigned = 0;
    bool are_lost = false;
  };
  std::map<NodeId, Loads> nodes_;
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
