// Your client of the lock. It runs as it is, and does nothing yet.
//
// EXERCISE.md says what it must do, messages.hpp what it exchanges with the world, dsys.hpp what
// its Context can do. Fill the handlers in, from top to bottom, and grade each stage when you think
// that it is done: dsys lock grade --stage 1
#include "messages.hpp"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

using Revision = std::int64_t;  // of the whole store: each change makes it grow by one
using LeaseId = std::int64_t;   // 0: none
using Call = std::uint64_t;     // a number of yours: a new one for each call, the same for a retry
using Name = std::string;
using dsys::Context;
using dsys::Duration;

// --- The client ---

struct Client {
  using Message =
      std::variant<LeaseGrantResponse, LeaseKeepAliveResponse, LeaseRevokeResponse, RangeResponse,
                   PutResponse, DeleteRangeResponse, TxnResponse, WatchResponse, ResourceReply>;
  using Timer = std::variant<NextRound, RequestTimeout, RenewalInterval, SessionDeadline, WorkDone,
                             HoldLimit>;
  using Record = std::variant<std::monostate>;  // nothing survives a crash

  LockConfig config;
  std::uint32_t rounds_done = 0;
  Call last_call = 0;

  // --- Of the session ---
  LeaseId lease = 0;
  Duration deadline{};  // until when it may be relied on

  // --- Of the queue ---
  std::string key;
  Revision create_revision = 0;  // of the key: its place in the queue, and the token

  // --- As the owner ---
  std::uint32_t increments_done = 0;
  std::int64_t counter = 0;  // as last read

  // --- The three entries ---
  void on_start(Context& context, const std::vector<Record>& disk);
  void on_message(Context& context, const Name& from, const Message& message);
  void on_timer(Context& context, const Timer& timer);

  // --- Stage 1 ---
  void expire(Context& context, const NextRound& timer);
  void handle(Context& context, const LeaseGrantResponse& message);
  void handle(Context& context, const TxnResponse& message);
  void handle(Context& context, const ResourceReply& message);
  void expire(Context& context, const WorkDone& timer);

  // --- Stage 2 ---
  void expire(Context& context, const RenewalInterval& timer);
  void handle(Context& context, const LeaseKeepAliveResponse& message);
  void expire(Context& context, const HoldLimit& timer);
  void handle(Context& context, const LeaseRevokeResponse& message);
  void handle(Context& context, const DeleteRangeResponse& message);

  // --- Stage 3 ---
  void handle(Context& context, const RangeResponse& message);
  void handle(Context& context, const WatchResponse& message);
  void handle(Context& context, const PutResponse& message);

  // --- Stage 4 ---
  void expire(Context& context, const RequestTimeout& timer);

  // --- Stage 5 ---
  void expire(Context& context, const SessionDeadline& timer);
};

// --- The three entries ---

void Client::on_start(Context& context, const std::vector<Record>& /*disk*/) {
  config = context.config<LockConfig>();
  // Then set_timer(NextRound{}, ...) for config.first_after.
}

void Client::on_timer(Context& context, const Timer& timer) {
  std::visit([&](const auto& one) { expire(context, one); }, timer);
}

void Client::on_message(Context& context, const Name& /*from*/, const Message& message) {
  std::visit([&](const auto& one) { handle(context, one); }, message);
}

// --- Stage 1: one owner at a time ---

// Emit Requested. Ask the store for a lease of config.ttl seconds.
void Client::expire(Context& /*context*/, const NextRound& /*timer*/) {}

// The answer to the last call? Then put your key, if it is absent, in a transaction.
void Client::handle(Context& /*context*/, const LeaseGrantResponse& /*message*/) {}

// Is the lock yours? Then emit Acquired, and read the resource. If not: stage 3.
void Client::handle(Context& /*context*/, const TxnResponse& /*message*/) {}

// What was read: wait config.work. What was written: the next one, or give the lock back.
void Client::handle(Context& /*context*/, const ResourceReply& /*message*/) {}

// Write what was read, plus one.
void Client::expire(Context& /*context*/, const WorkDone& /*timer*/) {}

// --- Stage 2: it moves on ---

// Keep the lease alive. A timer expires once: set it again.
void Client::expire(Context& /*context*/, const RenewalInterval& /*timer*/) {}

// A ttl of 0: the lease has ended, and your key with it.
void Client::handle(Context& /*context*/, const LeaseKeepAliveResponse& /*message*/) {}

// The work hangs: give the lock back.
void Client::expire(Context& /*context*/, const HoldLimit& /*timer*/) {}

// If you give the lock back so. Emit Released before you ask for it.
void Client::handle(Context& /*context*/, const LeaseRevokeResponse& /*message*/) {}

// Or so. Does it ask whose key it is?
void Client::handle(Context& /*context*/, const DeleteRangeResponse& /*message*/) {}

// --- Stage 3: the queue ---

// Who is before you? Nobody: is your own key still there?
void Client::handle(Context& /*context*/, const RangeResponse& /*message*/) {}

// The first one only says created. Has the key gone, or was the watch canceled?
void Client::handle(Context& /*context*/, const WatchResponse& /*message*/) {}

// A put without a condition always succeeds. Do you need one?
void Client::handle(Context& /*context*/, const PutResponse& /*message*/) {}

// --- Stage 4: answers that do not come ---

// Nothing is known: ask the same again, with the same call and the same key.
void Client::expire(Context& /*context*/, const RequestTimeout& /*timer*/) {}

// --- Stage 5: fencing and belief ---

// The lease may have ended at the store: stop, and emit Lost.
void Client::expire(Context& /*context*/, const SessionDeadline& /*timer*/) {}

int main() {
  return dsys::run<Client>();
}
