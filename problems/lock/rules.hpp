// The decisions of the lock by name. A flaw is the reference with one of them swapped; this is also
// the list to recite when an interviewer asks what exactly must be checked.
#pragma once

#include "problems/lock/messages.hpp"

#include <boost/describe.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace dsys::lock {

// Keys from `key` up to but not including `range_end`; without one, `key` alone.
struct KeyRange {
  std::string key;
  std::string range_end;

  bool operator==(const KeyRange&) const = default;
};

// All keys of the lock's queue.
KeyRange queue_of(const std::string& lock);

// A renewal that was answered, on the clock that counts its deadline.
struct Renewal {
  Time sent_at{};
  Time answered_at{};
  Seconds ttl = 0;
};

struct Rules {
  // The key with which a client stands in the queue, at its first attempt and at each further one.
  std::string (*queue_key)(const std::string& lock, LeaseId lease, std::uint32_t attempt);
  // The key is put only if this holds.
  std::vector<Compare> (*create_guard)(const std::string& key);
  // The key goes when this lease ends.
  LeaseId (*attached_lease)(LeaseId lease);
  // Whether the lock is this client's, by the answer to the transaction that put its key.
  bool (*owns)(const TxnResponse& answer, Revision create_revision);
  // Who waits watches these keys ...
  KeyRange (*watched)(const std::string& lock, const std::string& predecessor);
  // ... from this revision on, having read the queue at that one.
  Revision (*watch_from)(Revision read_revision);
  // Who has no predecessor any more sees first whether its own key is still there.
  bool (*checks_own_key)();
  // What the resource is shown.
  Revision (*fencing_token)(Revision create_revision, LeaseId lease);
  // The clock that counts a session's deadline, and how long the session may be relied on.
  Time (*clock)(const LockContext& context);
  Time (*deadline)(const Renewal& renewal, std::uint32_t clock_error_percent);
  bool (*renews)();
  // Work that takes longer than hold_max gives the lock back.
  bool (*limits_hold)();
  // Of the resource: whether it serves a request that shows this token.
  bool (*accepts)(Revision token, Revision highest_token);
};
BOOST_DESCRIBE_STRUCT(Rules, (),
                      (queue_key, create_guard, attached_lease, owns, watched, watch_from,
                       checks_own_key, fencing_token, clock, deadline, renews, limits_hold,
                       accepts))

extern const Rules reference_rules;

}  // namespace dsys::lock
