#include "problems/zklock/given/tree.hpp"

#include <fmt/format.h>

#include <utility>

namespace dsys::zklock {

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

bool is_ephemeral(CreateMode mode) {
  return mode == CreateMode::ephemeral || mode == CreateMode::ephemeral_sequential;
}

bool is_sequential(CreateMode mode) {
  return mode == CreateMode::persistent_sequential || mode == CreateMode::ephemeral_sequential;
}

std::map<std::string, Znode> first_znodes() {
  const Znode root{.data = {}, .stat = {.num_children = 2}, .next_sequence = 2};
  return {{"/", root}, {"/locks", {}}, {"/zookeeper", {}}};
}

// --- A transaction ---

Outcome Tree::apply(const Transaction& transaction) {
  zxid = transaction.zxid;
  Outcome outcome;
  switch (transaction.request) {
    case RequestKind::open_session:
      open_session(transaction, outcome);
      return outcome;
    case RequestKind::close_session:
      end_session(transaction, Cause::closed, outcome);
      return outcome;
    case RequestKind::expire_session:
      end_session(transaction, Cause::expired, outcome);
      return outcome;
    case RequestKind::sync:
      return outcome;
    default:
      break;
  }
  const bool has_ended = transaction.session != 0 && !sessions.contains(transaction.session);
  if (has_ended) return {.error = Error::session_expired};
  // One operation is judged before it changes anything. Of several all are carried out, or none:
  // they are tried on a copy.
  if (transaction.operations.size() == 1) {
    carry_out(transaction.operations.front(), transaction, outcome);
    return outcome;
  }
  Tree changed = *this;
  for (const Operation& operation : transaction.operations) {
    changed.carry_out(operation, transaction, outcome);
    if (outcome.error != Error::none) return {.error = outcome.error};
  }
  *this = std::move(changed);
  return outcome;
}

void Tree::carry_out(const Operation& operation, const Transaction& transaction, Outcome& outcome) {
  outcome.error = judge(operation);
  if (outcome.error != Error::none) return;
  switch (operation.operation) {
    case OperationKind::create:
      return create(operation, transaction, outcome);
    case OperationKind::remove:
      return remove(operation, transaction, outcome);
    case OperationKind::set_data: {
      Znode& znode = znodes.at(operation.path);
      znode.data = operation.data;
      znode.stat.mzxid = zxid;
      ++znode.stat.version;
      outcome.changes.push_back({WatchEventType::node_data_changed, operation.path});
      break;
    }
    case OperationKind::check:
      break;
  }
  outcome.paths.push_back(operation.path);
}

Error Tree::judge(const Operation& operation) const {
  const Znode* const znode = find(operation.path);
  if (operation.operation == OperationKind::create) {
    const Znode* const parent = find(parent_of(operation.path));
    if (parent == nullptr) return Error::no_node;
    if (is_ephemeral(parent->mode)) return Error::no_children_for_ephemerals;
    const bool is_taken = znode != nullptr && !is_sequential(operation.mode);
    return is_taken ? Error::node_exists : Error::none;
  }
  if (znode == nullptr) return Error::no_node;
  const bool is_other = operation.version != -1 && operation.version != znode->stat.version;
  if (is_other) return Error::bad_version;
  const bool has_children = znode->stat.num_children > 0;
  const bool removes = operation.operation == OperationKind::remove;
  return removes && has_children ? Error::not_empty : Error::none;
}

void Tree::create(const Operation& operation, const Transaction& transaction, Outcome& outcome) {
  const std::string parent_path = parent_of(operation.path);
  Znode& parent = znodes.at(parent_path);
  const std::string path = is_sequential(operation.mode)
                               ? fmt::format("{}{:010}", operation.path, parent.next_sequence)
                               : operation.path;
  ++parent.next_sequence;
  ++parent.stat.cversion;
  ++parent.stat.num_children;
  parent.stat.pzxid = zxid;
  const SessionId owner = is_ephemeral(operation.mode) ? transaction.session : 0;
  znodes[path] = {.data = operation.data,
                  .mode = operation.mode,
                  .stat = {.czxid = zxid, .mzxid = zxid, .pzxid = zxid, .ephemeral_owner = owner}};
  outcome.paths.push_back(path);
  outcome.changes.push_back({WatchEventType::node_created, path});
  outcome.changes.push_back({WatchEventType::node_children_changed, parent_path});
  outcome.told.emplace_back(ZnodeCreated{path, zxid, operation.mode, transaction.client});
}

void Tree::remove(const Operation& operation, const Transaction& transaction, Outcome& outcome) {
  remove_znode(operation.path, Cause::deleted, transaction.client, outcome);
  outcome.paths.push_back(operation.path);
}

void Tree::remove_znode(const std::string& path, Cause cause, NodeId client, Outcome& outcome) {
  const std::string parent_path = parent_of(path);
  Znode& parent = znodes.at(parent_path);
  ++parent.stat.cversion;
  --parent.stat.num_children;
  parent.stat.pzxid = zxid;
  outcome.told.emplace_back(ZnodeRemoved{path, znodes.at(path).stat.czxid, zxid, cause, client});
  znodes.erase(path);
  outcome.changes.push_back({WatchEventType::node_deleted, path});
  outcome.changes.push_back({WatchEventType::node_children_changed, parent_path});
}

// --- Sessions ---

void Tree::open_session(const Transaction& transaction, Outcome& outcome) {
  sessions[transaction.session] = {transaction.client, transaction.timeout};
  outcome.told.emplace_back(
      SessionOpened{transaction.session, transaction.client, transaction.timeout});
}

void Tree::end_session(const Transaction& transaction, Cause cause, Outcome& outcome) {
  if (sessions.erase(transaction.session) == 0) return;
  std::vector<std::string> going;
  for (const auto& [path, znode] : znodes) {
    if (znode.stat.ephemeral_owner == transaction.session) going.push_back(path);
  }
  outcome.told.emplace_back(SessionEnded{transaction.session, cause});
  const NodeId client = cause == Cause::closed ? transaction.client : NodeId{};
  for (const std::string& path : going) remove_znode(path, cause, client, outcome);
}

// --- Questions ---

const Znode* Tree::find(const std::string& path) const {
  const auto found = znodes.find(path);
  return found == znodes.end() ? nullptr : &found->second;
}

std::vector<std::string> Tree::children_of(const std::string& path) const {
  const std::string prefix = path == "/" ? path : path + "/";
  std::vector<std::string> children;
  for (auto one = znodes.lower_bound(prefix); one != znodes.end(); ++one) {
    if (!one->first.starts_with(prefix)) break;
    const std::string name = one->first.substr(prefix.size());
    const bool is_child = !name.empty() && name.find('/') == std::string::npos;
    if (is_child) children.push_back(name);
  }
  return children;
}

// Those that have had a child and have none now.
std::vector<std::string> Tree::empty_containers() const {
  std::vector<std::string> empty;
  for (const auto& [path, znode] : znodes) {
    const bool has_served = znode.next_sequence > 0 && znode.stat.num_children == 0;
    if (znode.mode == CreateMode::container && has_served) empty.push_back(path);
  }
  return empty;
}

}  // namespace dsys::zklock
