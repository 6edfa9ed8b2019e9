// What the ensemble keeps: the tree of znodes, and the sessions. A value that each server changes
// by the same transactions in the same order, and so it is the same everywhere.
//
// Invariants:
//   1. An ephemeral znode goes in the same transaction in which its session ends.
//   2. A name that a sequential znode has had is not given again while its parent lives.
//   3. A transaction that fails changes nothing but the zxid.
#pragma once

#include "problems/zklock/messages.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace dsys::zklock {

struct Znode {
  std::string data;
  CreateMode mode = CreateMode::persistent;
  Stat stat;
  std::int64_t next_sequence = 0;  // the number of children created in it so far
};
DSYS_DESCRIBE(Znode, data, mode, stat, next_sequence)

struct Session {
  NodeId client{};
  Duration timeout{};
};
DSYS_DESCRIBE(Session, client, timeout)

// A change as watches see it.
struct Change {
  WatchEventType type = WatchEventType::node_created;
  std::string path;
};

// What a transaction came to.
struct Outcome {
  Error error = Error::none;
  std::vector<std::string> paths{};  // one for each operation
  std::vector<Change> changes{};
  std::vector<LockProtocol::Output> told{};
};

// The root, with the directories of locks and of ZooKeeper itself.
std::map<std::string, Znode> first_znodes();

struct Tree {
  Zxid zxid = 0;
  std::map<std::string, Znode> znodes = first_znodes();
  std::map<SessionId, Session> sessions;

  Outcome apply(const Transaction& transaction);

  const Znode* find(const std::string& path) const;
  std::vector<std::string> children_of(const std::string& path) const;
  std::vector<std::string> empty_containers() const;

  // --- The parts of a transaction ---
  void open_session(const Transaction& transaction, Outcome& outcome);
  void end_session(const Transaction& transaction, Cause cause, Outcome& outcome);
  void carry_out(const Operation& operation, const Transaction& transaction, Outcome& outcome);
  void create(const Operation& operation, const Transaction& transaction, Outcome& outcome);
  void remove(const Operation& operation, const Transaction& transaction, Outcome& outcome);
  void remove_znode(const std::string& path, Cause cause, NodeId client, Outcome& outcome);
  Error judge(const Operation& operation) const;
};
DSYS_DESCRIBE(Tree, zxid, znodes, sessions)

std::string parent_of(const std::string& path);
bool is_ephemeral(CreateMode mode);
bool is_sequential(CreateMode mode);

}  // namespace dsys::zklock
