// What the judges of many problems share: words for events, and when a run was calm. Included by
// the files of properties only.
#pragma once

#include "common/check/property.hpp"
#include "common/core/encode.hpp"
#include "common/core/rename.hpp"
#include "common/trace/event.hpp"

#include <iterator>
#include <optional>
#include <set>
#include <string>

namespace dsys::check {

// Why a property is broken, or what was seen; none: it goes on.
using Reason = std::optional<std::string>;

template <Protocol P>
bool is_crash(const Event<P>& event) {
  return event.kind == EventKind::crash || event.kind == EventKind::power_loss;
}

template <Protocol P>
bool is_boot(const Event<P>& event) {
  return event.kind == EventKind::start || event.kind == EventKind::restart;
}

// Since when the nodes can work together without a disturbance: no fault, no crash, no start.
class Calm {
 public:
  template <Protocol P>
  void observe(const Event<P>& event) {
    if (is_crash(event)) {
      up_.erase(event.node);
    } else if (is_boot(event)) {
      up_.insert(event.node);
      members_.insert(event.node);
    } else if (event.kind == EventKind::lose) {
      members_.insert(event.node);  // perhaps one who takes no part, yet is counted on
      return;
    } else if (event.kind != EventKind::fault) {
      return;
    }
    since_ = event.time;
    if (event.kind == EventKind::fault) {  // also tells of each crash and restart
      connected_ = event.connected_servers;
      links_are_whole_ = event.clients_connected;
    } else if (event.kind == EventKind::start) {
      connected_ = up_with('n');
    }
  }

  Time since() const { return since_; }
  const std::set<NodeId>& up() const { return up_; }
  // Who started, or was sent something in vain.
  const std::set<NodeId>& members() const { return members_; }

  // Of those whose names begin with this letter.
  unsigned up_with(char letter) const { return count(up_, letter); }
  unsigned members_with(char letter) const { return count(members_, letter); }
  bool has_majority_up(char letter) const { return 2 * up_with(letter) > members_with(letter); }

  // Nodes under test that can work together; and whether that are all that are up.
  unsigned connected() const { return connected_; }
  bool all_connected() const { return connected_ == up_with('n'); }
  // Every other node reaches every node under test.
  bool links_are_whole() const { return links_are_whole_; }

  // A search carries it along: its state as bytes, and with other names of nodes.
  void encode_to(std::string& out) const {
    encode(out, members_);
    encode(out, up_);
    encode(out, connected_);
    encode(out, links_are_whole_);
    encode(out, since_);
  }
  void rename(const Renaming& names) {
    dsys::rename(members_, names);
    dsys::rename(up_, names);
  }

 private:
  // Names sort by letter, so those of a letter are a range.
  static unsigned count(const std::set<NodeId>& nodes, char letter) {
    const auto next = static_cast<char>(letter + 1);
    return static_cast<unsigned>(
        std::distance(nodes.lower_bound(node_id(letter, 0)), nodes.lower_bound(node_id(next, 0))));
  }

  std::set<NodeId> members_;
  std::set<NodeId> up_;
  unsigned connected_ = 0;
  bool links_are_whole_ = true;
  Time since_{};
};

}  // namespace dsys::check
