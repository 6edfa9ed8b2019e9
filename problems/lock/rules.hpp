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
};

// All keys of the lock's queue.
KeyRange queue_of(const std::string& lock);

// A renewal that was answered, on the clock that counts the session's deadline.
struct Renewal {
  Time sent_at{};
  Time answered_at{};
  Seconds ttl = 0;  // by the answer
};

struct Rules {
  // The key with which a session stands in the queue.
  std::string (*queue_key)(const std::string& lock, LeaseId lease);
  // The key is put only if this holds.
  std::vector<Compare> (*create_guard)(const std::string& key);
  // Whether the lock is this client's, by the oldest key when its own was put.
  bool (*owns)(const std::vector<KeyValue>& oldest, Revision create_revision);
  // Who waits watches from this revision on, having read the queue at that one.
  Revision (*watch_from)(Revision read_revision);
  // Whose turn has come enters if its session lives: by its own key, and by its own clock.
  bool (*may_enter)(const std::vector<KeyValue>& own, Revision create_revision, Duration time_left);
  // What the resource is shown.
  Revision (*fencing_token)(Revision create_revision);
  // The clock that counts a session's deadline, and for how long from the answer to a renewal the
  // session may be relied on.
  Time (*clock)(const LockContext& context);
  Duration (*trusted_for)(const Renewal& renewal, std::uint32_t clock_error_percent);
  // Decided by the resource: whether it serves a request that shows this token.
  bool (*accepts)(Revision token, Revision highest_token);
};
BOOST_DESCRIBE_STRUCT(Rules, (),
                      (queue_key, create_guard, owns, watch_from, may_enter, fencing_token, clock,
                       trusted_for, accepts))

extern const Rules reference_rules;

}  // namespace dsys::lock
