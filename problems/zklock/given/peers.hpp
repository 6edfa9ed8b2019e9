// What the servers of the ensemble tell each other. Of no interest to a client.
#pragma once

#include "problems/zklock/given/api.hpp"

#include <cstdint>
#include <vector>

namespace dsys::zklock {

using Epoch = std::int64_t;  // of one leader

// --- The order of all changes ---

enum class RequestKind : std::uint8_t {
  open_session,
  close_session,
  expire_session,
  create,
  remove,
  set_data,
  multi,
  sync,
  remove_container,
};
BOOST_DESCRIBE_ENUM(RequestKind, open_session, close_session, expire_session, create, remove,
                    set_data, multi, sync, remove_container)

// A place in the order of all changes. What it comes to, an error perhaps, is found by each server
// when it is its turn there, and is the same everywhere.
struct Transaction {
  Zxid zxid = 0;
  NodeId server{};  // answers the client
  NodeId client{};
  Call call = 0;
  SessionId session = 0;
  Duration timeout{};  // of a new session
  RequestKind request = RequestKind::sync;
  std::vector<Operation> operations;
};
DSYS_DESCRIBE(Transaction, zxid, server, client, call, session, timeout, request, operations)

// --- Who leads ---

// Somebody without a leader wants to lead.
struct LookingForLeader {
  Epoch epoch = 0;
  Epoch history_epoch = 0;
  Zxid last_zxid = 0;
};
DSYS_DESCRIBE(LookingForLeader, epoch, history_epoch, last_zxid)

struct Vote {
  Epoch epoch = 0;
};
DSYS_DESCRIBE(Vote, epoch)

// All that has been ordered so far, which takes the place of what the follower has.
struct NewLeader {
  Epoch epoch = 0;
  Zxid committed = 0;
  std::vector<Transaction> history;
};
DSYS_DESCRIBE(NewLeader, epoch, committed, history)

// A follower that has missed something asks for all of it.
DSYS_EMPTY(JoinRequest)

// --- Ordering a change ---

struct Proposal {
  Epoch epoch = 0;
  Transaction transaction;
};
DSYS_DESCRIBE(Proposal, epoch, transaction)

struct Commit {
  Epoch epoch = 0;
  Zxid zxid = 0;
};
DSYS_DESCRIBE(Commit, epoch, zxid)

struct LeaderPing {
  Epoch epoch = 0;
  Zxid committed = 0;
};
DSYS_DESCRIBE(LeaderPing, epoch, committed)

struct FollowerPing {
  Epoch epoch = 0;
  Zxid zxid = 0;                      // everything up to this is on its disk
  std::vector<SessionId> sessions{};  // heard of since the last one
};
DSYS_DESCRIBE(FollowerPing, epoch, zxid, sessions)

// --- Clients of followers ---

struct ForwardedRequest {
  Transaction transaction;
};
DSYS_DESCRIBE(ForwardedRequest, transaction)

// A client that had this session wants to go on with it at the sender.
struct AttachRequest {
  NodeId client{};
  Call call = 0;
  SessionId session = 0;
};
DSYS_DESCRIBE(AttachRequest, client, call, session)

struct AttachResponse {
  NodeId client{};
  Call call = 0;
  SessionId session = 0;  // 0: it has ended
  Duration timeout{};
};
DSYS_DESCRIBE(AttachResponse, client, call, session, timeout)

// The client's session has moved to another connection, or has ended.
struct SessionMoved {
  NodeId client{};
  Call call = 0;
};
DSYS_DESCRIBE(SessionMoved, client, call)

}  // namespace dsys::zklock
