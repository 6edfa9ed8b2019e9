// What clients ask of one server: connections, reads, writes, watches.
#include "problems/zklock/given/store.hpp"

#include "problems/zklock/rules.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>

namespace dsys::zklock {
namespace {

template <typename T, typename... Others>
constexpr bool is_one_of = (std::is_same_v<T, Others> || ...);

template <typename T>
constexpr bool is_request =
    is_one_of<T, PingRequest, CloseSessionRequest, CreateRequest, DeleteRequest, SetDataRequest,
              MultiRequest, SyncRequest, ExistsRequest, GetDataRequest, GetChildrenRequest>;

}  // namespace

void Server::on_message(LockContext& context, NodeId from, const Message& message) {
  const auto take = [&](const auto& received) {
    using Received = std::decay_t<decltype(received)>;
    if constexpr (is_request<Received>) {
      receive(context, from, received);
    } else {
      handle(context, from, received);
    }
  };
  std::visit(take, message);
}

// --- Connections and sessions ---

void Server::handle(LockContext& context, NodeId from, const ConnectRequest& message) {
  const auto known = connections.find(from);
  if (known != connections.end() && message.call <= known->second.last_call) return;
  std::erase_if(watches, [&](const Watch& one) { return one.client == from; });
  connections.erase(from);
  const bool is_behind = tree.zxid < message.last_zxid;
  if (is_behind && is_serving(context)) {
    context.note("refuses {}: it has seen zxid {}, and here it is {}", from, message.last_zxid,
                 tree.zxid);
  }
  if (is_behind || !is_serving(context)) {
    return context.send(from, ConnectionClosed{message.call});
  }
  connections[from] = {
      .session = message.session, .opened_by = message.call, .last_call = message.call};
  if (message.session == 0) {
    const Duration timeout = std::clamp(message.timeout, 2 * config.tick, 20 * config.tick);
    Transaction opening{.server = context.self(),
                        .client = from,
                        .call = message.call,
                        .timeout = timeout,
                        .request = RequestKind::open_session,
                        .operations = {}};
    if (role == Role::leading) return order(context, std::move(opening));
    return context.send(leader, ForwardedRequest{std::move(opening)});
  }
  const AttachRequest attaching{from, message.call, message.session};
  if (role != Role::leading) return context.send(leader, attaching);
  if (const auto answer = judge(context, context.self(), attaching)) attach(context, *answer);
}

void Server::handle(LockContext& context, NodeId from, const AttachResponse& message) {
  if (role == Role::following && from == leader) attach(context, message);
}

void Server::attach(LockContext& context, const AttachResponse& answer) {
  const auto found = connections.find(answer.client);
  const bool is_expected = found != connections.end() && found->second.opened_by == answer.call;
  if (!is_expected) return;
  context.send(answer.client, ConnectResponse{answer.call, answer.session, answer.timeout});
  if (answer.session == 0) connections.erase(found);
}

// The leader says that the session is not, or no longer, on this connection.
void Server::handle(LockContext& context, NodeId /*from*/, const SessionMoved& message) {
  const auto found = connections.find(message.client);
  const bool is_meant = found != connections.end() && message.call >= found->second.opened_by &&
                        message.call <= found->second.last_call;
  if (is_meant) close_connection(context, message.client);
}

void Server::refuse(LockContext& context, NodeId server, const SessionMoved& refused) {
  if (server == context.self()) return handle(context, server, refused);
  context.send(server, refused);
}

void Server::close_connection(LockContext& context, NodeId client) {
  context.send(client, ConnectionClosed{connections.at(client).last_call});
  connections.erase(client);
  std::erase_if(watches, [&](const Watch& one) { return one.client == client; });
}

void Server::close_all_connections(LockContext& context) {
  while (!connections.empty()) close_connection(context, connections.begin()->first);
  heard_of.clear();
}

template <typename Request>
void Server::receive(LockContext& context, NodeId from, const Request& message) {
  const auto found = connections.find(from);
  if (found == connections.end()) return context.send(from, ConnectionClosed{message.call});
  if (!is_serving(context)) return close_connection(context, from);
  Connection& connection = found->second;
  if (message.call <= connection.last_call) return;
  connection.last_call = message.call;
  hear_of(context, connection.session);
  // What a client asks after a write is answered after the write.
  constexpr bool may_overtake = std::is_same_v<Request, PingRequest>;
  if (connection.awaited != 0 && !may_overtake) {
    connection.queued.emplace_back(message);
  } else {
    serve(context, from, message);
  }
}

void Server::hear_of(LockContext& context, SessionId session) {
  if (role == Role::leading) {
    touch(context, session);
  } else {
    heard_of.insert(session);
  }
}

// --- Reads, and what is answered at once ---

void Server::serve(LockContext& context, NodeId from, const PingRequest& message) {
  context.send(from, PingResponse{message.call, tree.zxid, connections.at(from).events});
}

void Server::serve(LockContext& context, NodeId from, const ExistsRequest& message) {
  const Znode* const znode = tree.find(message.path);
  if (message.watch) watch(from, WatchKind::node, message.path);
  context.send(from, ExistsResponse{.call = message.call,
                                    .zxid = tree.zxid,
                                    .error = znode == nullptr ? Error::no_node : Error::none,
                                    .stat = znode == nullptr ? Stat{} : znode->stat});
}

void Server::serve(LockContext& context, NodeId from, const GetDataRequest& message) {
  const Znode* const znode = tree.find(message.path);
  if (message.watch && znode != nullptr) watch(from, WatchKind::node, message.path);
  context.send(from, GetDataResponse{.call = message.call,
                                     .zxid = tree.zxid,
                                     .error = znode == nullptr ? Error::no_node : Error::none,
                                     .data = znode == nullptr ? std::string() : znode->data,
                                     .stat = znode == nullptr ? Stat{} : znode->stat});
}

void Server::serve(LockContext& context, NodeId from, const GetChildrenRequest& message) {
  const Znode* const znode = tree.find(message.path);
  if (message.watch && znode != nullptr) watch(from, WatchKind::children, message.path);
  context.send(from, GetChildrenResponse{.call = message.call,
                                         .zxid = tree.zxid,
                                         .error = znode == nullptr ? Error::no_node : Error::none,
                                         .children = tree.children_of(message.path),
                                         .stat = znode == nullptr ? Stat{} : znode->stat});
}

void Server::watch(NodeId client, WatchKind kind, const std::string& path) {
  const Watch wanted{client, kind, path};
  if (std::find(watches.begin(), watches.end(), wanted) == watches.end()) {
    watches.push_back(wanted);
  }
}

// --- Writes: ordered first ---

void Server::serve(LockContext& context, NodeId from, const CloseSessionRequest& message) {
  submit(context, from, message.call, RequestKind::close_session, {});
}

void Server::serve(LockContext& context, NodeId from, const CreateRequest& message) {
  submit(context, from, message.call, RequestKind::create,
         {{OperationKind::create, message.path, message.data, message.mode}});
}

void Server::serve(LockContext& context, NodeId from, const DeleteRequest& message) {
  submit(context, from, message.call, RequestKind::remove,
         {{.operation = OperationKind::remove,
           .path = message.path,
           .data = {},
           .version = message.version}});
}

void Server::serve(LockContext& context, NodeId from, const SetDataRequest& message) {
  submit(context, from, message.call, RequestKind::set_data,
         {{.operation = OperationKind::set_data,
           .path = message.path,
           .data = message.data,
           .version = message.version}});
}

void Server::serve(LockContext& context, NodeId from, const MultiRequest& message) {
  submit(context, from, message.call, RequestKind::multi, message.operations);
}

void Server::serve(LockContext& context, NodeId from, const SyncRequest& message) {
  submit(context, from, message.call, RequestKind::sync, {});
}

void Server::submit(LockContext& context, NodeId client, Call call, RequestKind request,
                    const std::vector<Operation>& operations) {
  Connection& connection = connections.at(client);
  connection.awaited = call;
  Transaction transaction{.server = context.self(),
                          .client = client,
                          .call = call,
                          .session = connection.session,
                          .request = request,
                          .operations = operations};
  if (role == Role::leading) return order(context, std::move(transaction));
  context.send(leader, ForwardedRequest{std::move(transaction)});
}

// --- A transaction's turn has come ---

void Server::apply(LockContext& context, const Transaction& transaction) {
  const bool expires = transaction.request == RequestKind::expire_session;
  if (role == Role::leading && expires) tell_expiry(context, transaction);
  const Outcome outcome = tree.apply(transaction);
  if (role == Role::leading) announce(context, transaction, outcome);
  for (const Change& change : outcome.changes) fire_watches(context, change);
  answer(context, transaction, outcome);
}

// Each client is told once of a change, and its watch is used up.
void Server::fire_watches(LockContext& context, const Change& change) {
  const bool concerns_children = change.type == WatchEventType::node_children_changed;
  const bool concerns_both = change.type == WatchEventType::node_deleted;
  std::set<NodeId> told;
  std::erase_if(watches, [&](const Watch& one) {
    const bool is_of_kind = concerns_both || concerns_children == (one.kind == WatchKind::children);
    const bool fires = is_of_kind && one.path == change.path;
    if (fires) told.insert(one.client);
    return fires;
  });
  for (const NodeId client : told) {
    ++connections.at(client).events;
    context.send(client, WatchedEvent{change.type, change.path, tree.zxid});
  }
}

void Server::answer(LockContext& context, const Transaction& transaction, const Outcome& outcome) {
  const auto found = connections.find(transaction.client);
  const bool is_awaited =
      transaction.server == context.self() && found != connections.end() &&
      (found->second.awaited == transaction.call || found->second.opened_by == transaction.call);
  if (is_awaited) {
    found->second.awaited = 0;
    if (transaction.request == RequestKind::open_session) {
      found->second.session = transaction.session;
    }
    reply(context, transaction, outcome);
  }
  const bool ends_session = transaction.request == RequestKind::close_session ||
                            transaction.request == RequestKind::expire_session;
  if (ends_session) return close_connections_of(context, transaction.session);
  if (is_awaited) serve_queued(context, transaction.client);
}

void Server::reply(LockContext& context, const Transaction& transaction, const Outcome& outcome) {
  const NodeId client = transaction.client;
  const Call call = transaction.call;
  const std::string path = outcome.paths.empty() ? std::string() : outcome.paths.front();
  const Znode* const znode = tree.find(path);
  const Stat stat = znode == nullptr ? Stat{} : znode->stat;
  switch (transaction.request) {
    case RequestKind::open_session:
      return context.send(client, ConnectResponse{call, transaction.session, transaction.timeout});
    case RequestKind::close_session:
      return context.send(client, CloseSessionResponse{call, tree.zxid});
    case RequestKind::create:
      return context.send(client, CreateResponse{call, tree.zxid, outcome.error, path, stat});
    case RequestKind::remove:
      return context.send(client, DeleteResponse{call, tree.zxid, outcome.error});
    case RequestKind::set_data:
      return context.send(client, SetDataResponse{call, tree.zxid, outcome.error, stat});
    case RequestKind::multi:
      return context.send(client, MultiResponse{call, tree.zxid, outcome.error, outcome.paths});
    case RequestKind::sync:
      return context.send(client, SyncResponse{call, tree.zxid});
    case RequestKind::expire_session:
    case RequestKind::remove_container:
      return;  // nobody has asked
  }
}

void Server::close_connections_of(LockContext& context, SessionId session) {
  std::vector<NodeId> clients;
  for (const auto& [client, connection] : connections) {
    if (connection.session == session) clients.push_back(client);
  }
  for (const NodeId client : clients) close_connection(context, client);
}

void Server::serve_queued(LockContext& context, NodeId client) {
  while (connections.contains(client)) {
    Connection& connection = connections.at(client);
    if (connection.awaited != 0 || connection.queued.empty()) return;
    const Message next = connection.queued.front();
    connection.queued.erase(connection.queued.begin());
    const auto take = [&](const auto& request) {
      using Request = std::decay_t<decltype(request)>;
      if constexpr (is_request<Request>) serve(context, client, request);
    };
    std::visit(take, next);
  }
}

// By the leader, when a majority has it: this is when it has happened.
void Server::tell_expiry(LockContext& context, const Transaction& transaction) const {
  const auto session = tree.sessions.find(transaction.session);
  if (session == tree.sessions.end()) return;
  const auto& [client, timeout] = session->second;
  context.note("the session of {} ends: nothing was heard of it for {}", client,
               to_string(timeout));
}

void Server::announce(LockContext& context, const Transaction& transaction,
                      const Outcome& outcome) {
  for (const LockProtocol::Output& output : outcome.told) {
    if (const auto* const opened = std::get_if<SessionOpened>(&output)) {
      touch(context, opened->session);
    } else if (const auto* const ended = std::get_if<SessionEnded>(&output)) {
      context.cancel_timer(SessionExpiry{ended->session});
      ending.erase(ended->session);
      owners.erase(ended->session);
    }
    context.emit(output);
  }
  if (transaction.request == RequestKind::remove_container && outcome.error == Error::none) {
    context.note("removes {}: it has been empty for a while", transaction.operations.front().path);
  }
  tell_whose(context, outcome);
}

// Tells whose a lock is when its queue has another first znode than before: one that has come, or
// the one behind one that has gone.
void Server::tell_whose(LockContext& context, const Outcome& outcome) const {
  std::set<std::string> told;
  for (const LockProtocol::Output& output : outcome.told) {
    const auto* const created = std::get_if<ZnodeCreated>(&output);
    const auto* const removed = std::get_if<ZnodeRemoved>(&output);
    if (created == nullptr && removed == nullptr) continue;
    const std::string& path = created != nullptr ? created->path : removed->path;
    const std::string directory = parent_of(path);
    const bool stands_in_queue = number_of(path) >= 0 && parent_of(directory) == "/locks";
    if (!stands_in_queue) continue;
    const std::string first = first_of_queue(directory);
    const bool is_first = created != nullptr && path == first;
    const bool was_first =
        removed != nullptr && (first.empty() || number_of(path) < number_of(first));
    const bool is_news = (is_first || was_first) && told.insert(directory).second;
    if (is_news) tell_whose(context, name_of_path(directory), first);
  }
}

void Server::tell_whose(LockContext& context, const std::string& lock,
                        const std::string& first) const {
  if (first.empty()) return context.note("the lock {} is free", lock);
  const Stat& stat = tree.znodes.at(first).stat;
  const auto session = tree.sessions.find(stat.ephemeral_owner);
  context.note("the lock {} is {}'s: its znode is the first, number {}, czxid {}", lock,
               session == tree.sessions.end() ? "nobody" : to_string(session->second.client),
               number_of(first), stat.czxid);
}

// The path of the child with the lowest number; "": there is none.
std::string Server::first_of_queue(const std::string& directory) const {
  std::string first;
  for (const std::string& child : tree.children_of(directory)) {
    const bool is_lower = first.empty() || number_of(child) < number_of(first);
    if (number_of(child) >= 0 && is_lower) first = child;
  }
  return first.empty() ? first : child_of(directory, first);
}

}  // namespace dsys::zklock
