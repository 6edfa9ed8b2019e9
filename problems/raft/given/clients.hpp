// Those who ask: a client with one command outstanding at a time, and an operator.
#pragma once

#include "problems/raft/messages.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace dsys::raft {

// What a client asks for; its serial follows from the order.
struct Request {
  Operation operation = Operation::put;
  std::string key;
  std::int64_t value = 0;
};
DSYS_DESCRIBE(Request, operation, key, value)

// Sends each command to the server that it takes for the leader; when it is refused or hears
// nothing, it tries another with the same serial, for as long as it takes.
struct Client {
  using Record = RaftProtocol::Record;
  using Message = RaftProtocol::Message;
  using Timer = RaftProtocol::Timer;

  // --- Given at the start ---
  std::vector<NodeId> servers;
  std::vector<Request> requests;      // in this order; if empty, random ones
  std::uint32_t random_requests = 0;  // puts, adds and gets on `random_keys` keys
  std::uint32_t random_keys = 2;
  Duration first_after = 400ms;  // by then there is usually a leader
  Duration pause_between = 50ms;
  Duration request_timeout = 200ms;
  bool follows_hints = true;  // false: stays with its first server, as a client of one side would
  bool tells = false;         // whether its requests are part of the story

  // --- Its memory; a client never crashes ---
  std::uint64_t serial = 0;
  std::optional<Command> outstanding;
  std::size_t target = 0;  // index into servers

  void on_start(RaftContext& context, std::span<const Record> disk);
  void on_timer(RaftContext& context, const Timer& timer);
  void on_message(RaftContext& context, NodeId from, const Message& message);

  void ask_next(RaftContext& context);
  void ask_again(RaftContext& context);
  void take_answer(RaftContext& context, const ClientReply& reply);
  std::optional<Request> next_request(RaftContext& context) const;
};
DSYS_DESCRIBE(Client, servers, requests, random_requests, random_keys, first_after, pause_between,
              request_timeout, follows_hints, tells, serial, outstanding, target)

// Asks every server, at one moment, to hand its leadership to one of them. Only the leader heeds.
struct Operator {
  using Record = RaftProtocol::Record;
  using Message = RaftProtocol::Message;
  using Timer = RaftProtocol::Timer;

  std::vector<NodeId> servers;
  NodeId to{};
  Duration after = 1s;

  void on_start(RaftContext& context, std::span<const Record> disk) const;
  void on_timer(RaftContext& context, const Timer& timer) const;
  void on_message(RaftContext& context, NodeId from, const Message& message) const;
};
DSYS_DESCRIBE(Operator, servers, to, after)

}  // namespace dsys::raft
