// The decisions of the lock by name, and what they are made on. A flaw is the reference with one of
// them swapped; this is also the list to recite when an interviewer asks what exactly must be
// checked.
#pragma once

#include "problems/zklock/messages.hpp"

#include <boost/describe.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dsys::zklock {

enum class Link : std::uint8_t {
  none,
  pausing,  // before it tries the next server
  connecting,
  verifying,  // connected again: looks whether its own znode is still there
  connected,
};
BOOST_DESCRIBE_ENUM(Link, none, pausing, connecting, verifying, connected)

enum class Phase : std::uint8_t {
  idle,
  creating,            // its znode
  creating_directory,  // there was none
  syncing,             // after a lost answer: the server must know what was done ...
  searching,           // ... and then it looks for its guid
  listing,             // the queue
  watching,            // asks to be told when the one before it goes
  waiting,
  checking,  // reads the czxid of its znode
  reading,   // owns the lock: shows its token and reads the counter ...
  working,   // ... works ...
  writing,   // ... and writes
  deleting,  // its znode
  closing,   // its session
};
BOOST_DESCRIBE_ENUM(Phase, idle, creating, creating_directory, syncing, searching, listing,
                    watching, waiting, checking, reading, working, writing, deleting, closing)

enum class Claim : std::uint8_t { wanted, owned, released, given_up, lost };
BOOST_DESCRIBE_ENUM(Claim, wanted, owned, released, given_up, lost)

// A place in a lock's queue.
struct Place {
  std::string lock;
  std::string guid{};  // empty: its creation has not been asked for
  LockKind kind = LockKind::plain;
  Claim claim = Claim::wanted;
  std::string path{};  // as created; empty: not known
  Zxid czxid = 0;      // 0: not known
  std::string blocker{};
};
DSYS_DESCRIBE(Place, lock, guid, kind, claim, path, czxid, blocker)

// The name of a znode in the queue: <guid>-<kind>-<number>, as in 5d0a42c1-lock-0000000007.
struct QueueName {
  std::string name;
  std::int64_t number = 0;
};

// The children that stand in a queue, in its order.
using Queue = std::vector<QueueName>;

struct Rules {
  // The directory of the lock's queue.
  std::string (*directory)(const std::string& lock);
  // The order of the queue.
  bool (*comes_before)(const QueueName& left, const QueueName& right);
  // The one in the queue that has to go before the client can own the lock; nobody: it owns it.
  std::optional<std::string> (*blocker)(const Queue& queue, const std::string& own, LockKind kind);
  // After a lost answer a client looks for its guid before it creates again.
  bool (*must_search)(const std::string& guid);
  // Before that it makes sure that the server knows of a creation that it has seen nothing of.
  bool (*must_sync)(Zxid czxid);
  // Whoever gives up removes what it may have in the queue.
  bool (*must_remove)(const std::string& guid);
  // A lost connection is not a lost session: the ensemble says whether it has ended.
  bool (*has_ended)(SessionId session, SessionId answered);
  // Whoever is disconnected, or has not seen its znode since, does nothing under the lock.
  bool (*may_act)(Link link);
  // What the resource is shown, of all that is known of the znode.
  Zxid (*fencing_token)(const Place& place);
  // The resource serves a request that shows this token.
  bool (*accepts)(Zxid token, Zxid highest_token);
};
BOOST_DESCRIBE_STRUCT(Rules, (),
                      (directory, comes_before, blocker, must_search, must_sync, must_remove,
                       has_ended, may_act, fencing_token, accepts))

extern const Rules reference_rules;

std::string child_of(const std::string& directory, const std::string& name);
std::string name_of_path(const std::string& path);

// What comes before the number: the guid, by which a client knows its own again, and the kind.
std::string name_prefix(const Place& place);

// The number at the end of a name; -1: it has none, and stands in no queue.
std::int64_t number_of(const std::string& name);

// What a place needs next: to be created, found, looked at, or removed; nothing: to be left.
std::optional<Phase> next_phase(const Place& place, const Rules& rules);

// Those of `children` that stand in the queue, in the order of the rules.
Queue queue_of(const std::vector<std::string>& children, const Rules& rules);

}  // namespace dsys::zklock
