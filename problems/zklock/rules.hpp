// The decisions of the lock by name. A flaw is the reference with one of them swapped; this is also
// the list to recite when an interviewer asks what exactly must be checked.
#pragma once

#include "problems/zklock/messages.hpp"

#include <boost/describe.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dsys::zklock {

// The name of a znode in the queue: <guid>-<kind>-<number>, as in 5d0a42c1-lock-0000000007.
struct QueueName {
  std::string name;
  std::int64_t number = 0;

  bool operator==(const QueueName&) const = default;
};

// The children that stand in a queue, in its order.
using Queue = std::vector<QueueName>;

// What comes before the number: the guid, by which a client knows its own again, and the kind.
std::string name_prefix(const std::string& guid, LockKind kind);

// A session that was granted, and what had been asked for.
struct SessionTerms {
  Duration asked{};
  Duration granted{};
};

struct Rules {
  // The directory of the lock's queue.
  std::string (*directory)(const std::string& lock);
  CreateMode (*create_mode)();
  // The order of the queue.
  bool (*comes_before)(const QueueName& left, const QueueName& right);
  // The one in the queue that has to go before the client can own the lock; nobody: it owns it.
  std::optional<std::string> (*blocker)(const Queue& queue, const std::string& own, LockKind kind);
  // How it is told that the blocker has gone.
  LockProtocol::Message (*watch_request)(Call call, const std::string& directory,
                                         const std::string& blocker);
  // Looks at the queue again when it is told.
  bool (*looks_again)();
  // A blocker that is not there any more will not be told of.
  bool (*waits_for_missing)();
  // After a lost answer looks for its guid before it creates again.
  bool (*searches_guid)();
  // Before that makes sure that the server knows of all that was done before.
  bool (*syncs_first)();
  // Removes its place when it gives up.
  bool (*leaves_queue)();
  // A lost connection is not a lost session: the client goes on with it.
  bool (*keeps_session)();
  // Does nothing under the lock while it is disconnected.
  bool (*suspends)();
  // How long a session may be relied on after the last sign of life.
  Duration (*relied_on)(const SessionTerms& terms);
  // What the resource is shown.
  Zxid (*fencing_token)(Zxid czxid, const std::string& own);
  // Of the resource: whether it serves a request that shows this token.
  bool (*accepts)(Zxid token, Zxid highest_token);
};
BOOST_DESCRIBE_STRUCT(Rules, (),
                      (directory, create_mode, comes_before, blocker, watch_request, looks_again,
                       waits_for_missing, searches_guid, syncs_first, leaves_queue, keeps_session,
                       suspends, relied_on, fencing_token, accepts))

extern const Rules reference_rules;

std::string child_of(const std::string& directory, const std::string& name);
std::string name_of_path(const std::string& path);

// The number at the end of a name; -1: it has none, and stands in no queue.
std::int64_t number_of(const std::string& name);

// Those of `children` that stand in the queue, in the order of the rules.
Queue queue_of(const std::vector<std::string>& children, const Rules& rules);

}  // namespace dsys::zklock
