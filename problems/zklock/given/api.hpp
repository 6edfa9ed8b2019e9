// What clients ask of the ensemble: ZooKeeper's API, its names, its fields and what they mean.
//
// It leaves out ACLs, setting many watches at once, and what the lock has no use for. It differs in
// three things. `call` takes the place of the connection's xid: it grows over all connections of a
// client, and whoever answers carries it back. A closed connection is a message. And zxids are
// counted 1, 2, 3, ..., where ZooKeeper begins anew with each epoch, in the upper half of the
// number.
#pragma once

#include "common/core/context.hpp"
#include "common/core/describe.hpp"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace dsys::zklock {

using Zxid = std::int64_t;       // the place of a change in the one order of all changes
using SessionId = std::int64_t;  // 0: none
using Call = std::uint64_t;      // grows with each call of a client
using Version = std::int64_t;    // of a znode's data; -1 matches any

// --- What the ensemble keeps ---

enum class CreateMode : std::uint8_t {
  persistent,
  persistent_sequential,
  ephemeral,  // goes when its session ends, and cannot have children
  ephemeral_sequential,
  container,  // goes when its last child has gone, some time later
};
BOOST_DESCRIBE_ENUM(CreateMode, persistent, persistent_sequential, ephemeral, ephemeral_sequential,
                    container)

struct Stat {
  Zxid czxid = 0;  // when it was created; deleted and created again, it is a new one
  Zxid mzxid = 0;  // when its data was last set
  Zxid pzxid = 0;  // when its children last changed
  Version version = 0;
  Version cversion = 0;  // changes of its children
  SessionId ephemeral_owner = 0;
  std::int64_t num_children = 0;
};
DSYS_DESCRIBE(Stat, czxid, mzxid, pzxid, version, cversion, ephemeral_owner, num_children)

enum class Error : std::uint8_t {
  none,
  no_node,
  node_exists,
  not_empty,
  bad_version,
  no_children_for_ephemerals,
  session_expired,
};
BOOST_DESCRIBE_ENUM(Error, none, no_node, node_exists, not_empty, bad_version,
                    no_children_for_ephemerals, session_expired)

// --- Connections and sessions ---

// The first message of a connection. The connection that the client had before is closed by it,
// wherever that was: what is still under way there is refused.
struct ConnectRequest {
  Call call = 0;
  SessionId session = 0;  // 0: a new one
  Zxid last_zxid = 0;     // the latest that the client has seen: a server behind that refuses
  Duration timeout{};     // what is asked for
};
DSYS_DESCRIBE(ConnectRequest, call, session, last_zxid, timeout)

struct ConnectResponse {
  Call call = 0;
  SessionId session = 0;  // 0: the session has expired
  Duration timeout{};     // what was granted: 2 ticks at least, 20 at most
};
DSYS_DESCRIBE(ConnectResponse, call, session, timeout)

// The server has closed the connection, or does not open one: it has no leader, or is behind what
// the client has seen, or the session has moved on. Nothing is said about the session.
struct ConnectionClosed {
  Call call = 0;  // the client's latest: a connection that was opened later is not meant
};
DSYS_DESCRIBE(ConnectionClosed, call)

// Keeps the session alive, as every request does.
struct PingRequest {
  Call call = 0;
};
DSYS_DESCRIBE(PingRequest, call)

struct PingResponse {
  Call call = 0;
  Zxid zxid = 0;             // of the server now
  std::uint64_t events = 0;  // watched events on this connection: who has seen fewer has lost one
};
DSYS_DESCRIBE(PingResponse, call, zxid, events)

// Ends the session, and its ephemeral znodes with it.
struct CloseSessionRequest {
  Call call = 0;
};
DSYS_DESCRIBE(CloseSessionRequest, call)

struct CloseSessionResponse {
  Call call = 0;
  Zxid zxid = 0;
};
DSYS_DESCRIBE(CloseSessionResponse, call, zxid)

// --- Writes: in one order for all ---

// A sequential znode's name is what was asked for and the number of creations in its parent before,
// with ten digits.
struct CreateRequest {
  Call call = 0;
  std::string path;
  std::string data;
  CreateMode mode = CreateMode::persistent;
};
DSYS_DESCRIBE(CreateRequest, call, path, data, mode)

struct CreateResponse {
  Call call = 0;
  Zxid zxid = 0;
  Error error = Error::none;
  std::string path;  // as it was created
  Stat stat;
};
DSYS_DESCRIBE(CreateResponse, call, zxid, error, path, stat)

struct DeleteRequest {
  Call call = 0;
  std::string path;
  Version version = -1;
};
DSYS_DESCRIBE(DeleteRequest, call, path, version)

struct DeleteResponse {
  Call call = 0;
  Zxid zxid = 0;
  Error error = Error::none;
};
DSYS_DESCRIBE(DeleteResponse, call, zxid, error)

struct SetDataRequest {
  Call call = 0;
  std::string path;
  std::string data;
  Version version = -1;
};
DSYS_DESCRIBE(SetDataRequest, call, path, data, version)

struct SetDataResponse {
  Call call = 0;
  Zxid zxid = 0;
  Error error = Error::none;
  Stat stat;
};
DSYS_DESCRIBE(SetDataResponse, call, zxid, error, stat)

enum class OperationKind : std::uint8_t { check, create, remove, set_data };
BOOST_DESCRIBE_ENUM(OperationKind, check, create, remove, set_data)

// A part of a multi. A check does nothing but fail if the znode is not there in this version.
struct Operation {
  OperationKind operation = OperationKind::check;
  std::string path;
  std::string data;
  CreateMode mode = CreateMode::persistent;
  Version version = -1;
};
DSYS_DESCRIBE(Operation, operation, path, data, mode, version)

struct MultiRequest {
  Call call = 0;
  std::vector<Operation> operations;  // all of them, or none
};
DSYS_DESCRIBE(MultiRequest, call, operations)

struct MultiResponse {
  Call call = 0;
  Zxid zxid = 0;
  Error error = Error::none;       // of the first that failed
  std::vector<std::string> paths;  // one for each operation; of a create as it was created
};
DSYS_DESCRIBE(MultiResponse, call, zxid, error, paths)

// What is read afterwards on this connection is no older than this moment.
struct SyncRequest {
  Call call = 0;
  std::string path;
};
DSYS_DESCRIBE(SyncRequest, call, path)

struct SyncResponse {
  Call call = 0;
  Zxid zxid = 0;
};
DSYS_DESCRIBE(SyncResponse, call, zxid)

// --- Reads: what this server knows, which may be old. `watch` asks to be told once of a change ---

struct ExistsRequest {
  Call call = 0;
  std::string path;
  bool watch = false;  // also of a znode that is not there: told when it is created
};
DSYS_DESCRIBE(ExistsRequest, call, path, watch)

struct ExistsResponse {
  Call call = 0;
  Zxid zxid = 0;
  Error error = Error::none;
  Stat stat;
};
DSYS_DESCRIBE(ExistsResponse, call, zxid, error, stat)

struct GetDataRequest {
  Call call = 0;
  std::string path;
  bool watch = false;  // not of a znode that is not there
};
DSYS_DESCRIBE(GetDataRequest, call, path, watch)

struct GetDataResponse {
  Call call = 0;
  Zxid zxid = 0;
  Error error = Error::none;
  std::string data;
  Stat stat;
};
DSYS_DESCRIBE(GetDataResponse, call, zxid, error, data, stat)

struct GetChildrenRequest {
  Call call = 0;
  std::string path;
  bool watch = false;  // of each child that comes or goes
};
DSYS_DESCRIBE(GetChildrenRequest, call, path, watch)

struct GetChildrenResponse {
  Call call = 0;
  Zxid zxid = 0;
  Error error = Error::none;
  std::vector<std::string> children;  // names without the path, in no order that means anything
  Stat stat;
};
DSYS_DESCRIBE(GetChildrenResponse, call, zxid, error, children, stat)

enum class WatchEventType : std::uint8_t {
  node_created,
  node_deleted,
  node_data_changed,
  node_children_changed,
};
BOOST_DESCRIBE_ENUM(WatchEventType, node_created, node_deleted, node_data_changed,
                    node_children_changed)

// Comes before anything that shows the change. The watch is used up, and a closed connection takes
// its watches with it.
struct WatchedEvent {
  WatchEventType event = WatchEventType::node_created;
  std::string path;
  Zxid zxid = 0;  // of the change
};
DSYS_DESCRIBE(WatchedEvent, event, path, zxid)

}  // namespace dsys::zklock
