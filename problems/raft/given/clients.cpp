#include "problems/raft/given/clients.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <variant>

namespace dsys::raft {
namespace {

std::string request_text(const Command& command) {
  const std::string value = std::to_string(command.value);
  switch (command.operation) {
    case Operation::put:
      return command.key + " := " + value;
    case Operation::add:
      return command.key + " += " + value;
    default:
      return command.key + " ?";
  }
}

std::string answer_text(const std::optional<std::int64_t>& value) {
  return value ? std::to_string(*value) : "nothing";
}

}  // namespace

void Client::on_start(RaftContext& context, std::span<const Record> /*disk*/) {
  context.set_timer(NextOperation{}, first_after);
}

void Client::on_timer(RaftContext& context, const Timer& timer) {
  if (std::holds_alternative<NextOperation>(timer))
    return outstanding ? ask_again(context) : ask_next(context);
  if (!outstanding) return;
  if (tells) context.note("hears nothing from {}: tries another server", servers[target]);
  if (follows_hints) target = (target + 1) % servers.size();
  ask_again(context);
}

void Client::on_message(RaftContext& context, NodeId /*from*/, const Message& message) {
  const auto* const reply = std::get_if<ClientReply>(&message);
  const bool is_expected = reply != nullptr && outstanding && reply->serial == serial;
  if (!is_expected) return;  // the answer to a retry that was answered before
  if (reply->status == Status::ok) return take_answer(context, *reply);
  if (follows_hints) {
    const auto hinted =
        reply->leader ? std::find(servers.begin(), servers.end(), *reply->leader) : servers.end();
    target = hinted == servers.end() ? (target + 1) % servers.size()
                                     : static_cast<std::size_t>(hinted - servers.begin());
  }
  context.set_timer(NextOperation{}, 10ms);  // not at once: an election may be on
}

std::optional<Request> Client::next_request(RaftContext& context) const {
  if (!requests.empty()) {
    return serial < requests.size() ? std::optional(requests[serial]) : std::nullopt;
  }
  if (serial >= random_requests) return std::nullopt;
  constexpr std::array<Operation, 3> operations{Operation::put, Operation::add, Operation::get};
  return Request{.operation = operations[context.random().below(operations.size())],
                 .key = fmt::format("k{}", 1 + context.random().below(random_keys)),
                 .value = context.random().between(std::int64_t{1}, std::int64_t{9})};
}

void Client::ask_next(RaftContext& context) {
  const auto request = next_request(context);
  if (!request) return;
  ++serial;
  outstanding = Command{context.self(), serial, request->operation, request->key, request->value};
  context.emit(Invoked{*outstanding});
  if (tells) context.note("asks {}: {}", servers[target], request_text(*outstanding));
  ask_again(context);
}

void Client::ask_again(RaftContext& context) {
  context.send(servers[target], ClientRequest{*outstanding});
  context.set_timer(RequestTimeout{}, request_timeout);
}

void Client::take_answer(RaftContext& context, const ClientReply& reply) {
  if (tells) {
    context.note("is answered by {}: {} is {}", servers[target], outstanding->key,
                 answer_text(reply.value));
  }
  outstanding.reset();
  context.emit(Completed{serial, reply.value});
  context.cancel_timer(RequestTimeout{});
  context.set_timer(NextOperation{}, pause_between);
}

void Operator::on_start(RaftContext& context, std::span<const Record> /*disk*/) const {
  context.set_timer(NextOperation{}, after);
}

void Operator::on_timer(RaftContext& context, const Timer& /*timer*/) const {
  context.note("asks the leader to hand over to {}", to);
  for (const NodeId server : servers) context.send(server, TransferLeadership{to});
}

void Operator::on_message(RaftContext& /*context*/, NodeId /*from*/,
                          const Message& /*message*/) const {}

}  // namespace dsys::raft
