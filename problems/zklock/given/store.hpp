// The store: one server of the ensemble, which keeps ZooKeeper's word. Writes are linearizable and
// durable, in the order of their zxids; reads are answered by the server that the client is
// connected to, from what that one knows, which may be old; a client never sees an older state
// than it has seen, on whichever server.
//
// store.cpp has what clients ask; ensemble.cpp has who leads, and the one order of all writes;
// tree.hpp what is kept. It leaves out observers, ACLs, snapshots (a follower that has missed
// something gets the whole history), local sessions, and Zab's ways of sending less. A sync takes a
// place in the order of writes, which ZooKeeper spares. Followers report what they heard of
// sessions every quarter of a tick.
//
// Invariants:
//   1. A transaction that any server has applied is in the history of a majority, on disk, and in
//      that of every later leader, in the same place.
//   2. Two leaders never have the same epoch, and a server acknowledges nothing of an epoch before
//      the one that it has promised.
//   3. A session ends no earlier than its timeout after the leader last heard of it.
//   4. A session has one connection: what comes over an earlier one changes nothing.
#pragma once

#include "problems/zklock/given/tree.hpp"
#include "problems/zklock/messages.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace dsys::zklock {

enum class Role : std::uint8_t { looking, following, leading };
BOOST_DESCRIBE_ENUM(Role, looking, following, leading)

enum class WatchKind : std::uint8_t { node, children };
BOOST_DESCRIBE_ENUM(WatchKind, node, children)

struct Watch {
  NodeId client{};
  WatchKind kind = WatchKind::node;
  std::string path;
};
DSYS_DESCRIBE(Watch, client, kind, path)

struct Connection {
  SessionId session = 0;  // 0: asks for one
  Call opened_by = 0;
  Call last_call = 0;  // what comes out of order is not for this connection
  Call awaited = 0;    // the write under way ...
  std::vector<LockProtocol::Message> queued{};  // ... and what the client asked after it
  std::uint64_t events = 0;
};
DSYS_DESCRIBE(Connection, session, opened_by, last_call, awaited, queued, events)

// Over which connection a session's requests come.
struct SessionOwner {
  NodeId server{};
  Call last_call = 0;
};
DSYS_DESCRIBE(SessionOwner, server, last_call)

struct Server {
  using Record = LockProtocol::Record;
  using Message = LockProtocol::Message;
  using Timer = LockProtocol::Timer;

  // --- Given at the start ---
  LockConfig config;

  // --- On disk ---
  Epoch promised = 0;                // acknowledges nothing of an earlier epoch
  Epoch history_epoch = 0;           // of the leader whose history it has
  std::vector<Transaction> history;  // the one with zxid 1 first

  // --- In memory ---
  Role role = Role::looking;
  NodeId leader{};
  Zxid committed = 0;
  Tree tree;  // after all that is committed
  std::map<NodeId, Connection> connections;
  std::vector<Watch> watches;
  std::set<SessionId> heard_of;  // sessions, since the leader was last told
  Time leader_heard_at{};        // as a follower; as the leader: when a majority was

  // --- As a candidate ---
  Epoch seen = 0;   // the latest that anybody asked for
  Epoch asked = 0;  // for which it asks
  std::set<NodeId> votes;

  // --- As the leader ---
  std::map<NodeId, Zxid> followers;  // what each has on disk
  std::set<NodeId> followers_heard;  // since a majority was
  std::map<SessionId, SessionOwner> owners;
  std::set<SessionId> ending;  // proposed to end

  // --- The three entries ---
  void on_start(LockContext& context, std::span<const Record> disk);
  void on_timer(LockContext& context, const Timer& timer) {
    std::visit([&](const auto& expired) { expire(context, expired); }, timer);
  }
  void on_message(LockContext& context, NodeId from, const Message& message);

  // --- Connections and sessions (store.cpp) ---
  void handle(LockContext& context, NodeId from, const ConnectRequest& message);
  void attach(LockContext& context, const AttachResponse& answer);
  void close_connection(LockContext& context, NodeId client);
  void close_all_connections(LockContext& context);
  template <typename Request>
  void receive(LockContext& context, NodeId from, const Request& message);
  void hear_of(LockContext& context, SessionId session);

  // --- Reads, and what is answered at once ---
  void serve(LockContext& context, NodeId from, const PingRequest& message);
  void serve(LockContext& context, NodeId from, const ExistsRequest& message);
  void serve(LockContext& context, NodeId from, const GetDataRequest& message);
  void serve(LockContext& context, NodeId from, const GetChildrenRequest& message);
  void watch(NodeId client, WatchKind kind, const std::string& path);

  // --- Writes: ordered first ---
  void serve(LockContext& context, NodeId from, const CloseSessionRequest& message);
  void serve(LockContext& context, NodeId from, const CreateRequest& message);
  void serve(LockContext& context, NodeId from, const DeleteRequest& message);
  void serve(LockContext& context, NodeId from, const SetDataRequest& message);
  void serve(LockContext& context, NodeId from, const MultiRequest& message);
  void serve(LockContext& context, NodeId from, const SyncRequest& message);
  void submit(LockContext& context, NodeId client, Call call, RequestKind request,
              const std::vector<Operation>& operations);

  // --- A transaction's turn has come ---
  void apply(LockContext& context, const Transaction& transaction);
  void fire_watches(LockContext& context, const Change& change);
  void answer(LockContext& context, const Transaction& transaction, const Outcome& outcome);
  void reply(LockContext& context, const Transaction& transaction, const Outcome& outcome);
  void close_connections_of(LockContext& context, SessionId session);
  void serve_queued(LockContext& context, NodeId client);
  void announce(LockContext& context, const Transaction& transaction, const Outcome& outcome);
  void tell_expiry(LockContext& context, const Transaction& transaction) const;
  void tell_whose(LockContext& context, const Outcome& outcome) const;
  void tell_whose(LockContext& context, const std::string& lock, const std::string& first) const;
  std::string first_of_queue(const std::string& directory) const;

  // --- Who leads (ensemble.cpp) ---
  void handle(LockContext& context, NodeId from, const LookingForLeader& message);
  void handle(LockContext& context, NodeId from, const Vote& message);
  void handle(LockContext& context, NodeId from, const NewLeader& message);
  void handle(LockContext& context, NodeId from, const JoinRequest& message);
  void look_for_leader(LockContext& context);
  void win(LockContext& context);
  void lead(LockContext& context);
  void leave_role(LockContext& context);
  void expire(LockContext& context, const ElectionTimeout& timer);

  // --- One order ---
  void handle(LockContext& context, NodeId from, const ForwardedRequest& message);
  void handle(LockContext& context, NodeId from, const Proposal& message);
  void handle(LockContext& context, NodeId from, const FollowerPing& message);
  void handle(LockContext& context, NodeId from, const Commit& message);
  void order(LockContext& context, Transaction transaction);
  bool admits(LockContext& context, Transaction& transaction);
  void refuse(LockContext& context, NodeId server, const SessionMoved& refused);
  void commit_what_a_majority_has(LockContext& context);
  void commit_up_to(LockContext& context, Zxid zxid);

  // --- The leader's watch over sessions and followers ---
  void handle(LockContext& context, NodeId from, const LeaderPing& message);
  void handle(LockContext& context, NodeId from, const AttachRequest& message);
  void handle(LockContext& context, NodeId from, const AttachResponse& message);
  void handle(LockContext& context, NodeId from, const SessionMoved& message);
  void touch(LockContext& context, SessionId session);
  std::optional<AttachResponse> judge(LockContext& context, NodeId server,
                                      const AttachRequest& request);
  void expire(LockContext& context, const HeartbeatInterval& timer);
  void expire(LockContext& context, const SessionExpiry& timer);
  void expire(LockContext& context, const ContainerCheck& timer);

  // Whatever else arrives is not for a server.
  template <typename Other>
  void handle(LockContext& /*context*/, NodeId /*from*/, const Other& /*message*/) {}
  template <typename Other>
  void expire(LockContext& /*context*/, const Other& /*timer*/) {}

  // --- Questions ---
  bool is_serving(const LockContext& context) const;
  bool has_majority(const LockContext& context) const;
  bool is_current(NodeId from, Epoch epoch) const {
    return role == Role::following && leader == from && history_epoch == epoch && promised == epoch;
  }
  bool has_more_than(const LookingForLeader& other) const {
    return std::pair(history_epoch, last_zxid()) > std::pair(other.history_epoch, other.last_zxid);
  }
  std::vector<NodeId> peers(const LockContext& context) const {
    std::vector<NodeId> others = config.servers;
    std::erase(others, context.self());
    return others;
  }
  std::size_t quorum() const { return config.servers.size() / 2 + 1; }
  Zxid last_zxid() const { return static_cast<Zxid>(history.size()); }
};
DSYS_DESCRIBE(Server, config, promised, history_epoch, history, role, leader, committed, tree,
              connections, watches, heard_of, leader_heard_at, seen, asked, votes, followers,
              followers_heard, owners, ending)

}  // namespace dsys::zklock
