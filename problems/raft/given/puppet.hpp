// A server that plays a fixed game: it sends certain messages at certain times, whatever the others
// do, and answers honestly as far as it is told to. So one server under test meets in few events
// what a cluster of equal servers meets once in a thousand runs.
//
// It never stands by itself, and says only what a server with its log might say.
#pragma once

#include "problems/raft/messages.hpp"
#include "problems/raft/rules.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

namespace dsys::raft {

// What a puppet sends when.
struct Act {
  Duration at{};
  NodeId to{};
  RaftProtocol::Message message;
};
DSYS_DESCRIBE(Act, at, to, message)

struct Puppet {
  using Record = RaftProtocol::Record;
  using Message = RaftProtocol::Message;
  using Timer = RaftProtocol::Timer;

  // --- Given at the start ---
  std::vector<Act> acts;         // in the order of their times
  Log log;                       // what its disk has
  bool grants_pre_votes = true;  // to everybody
  Term votes_until = 0;          // it votes up to this term, for whoever asks first
  // It follows whoever sends it entries, in this time, and confirms no further than this; beyond it
  // says nothing.
  Duration confirms_from{};
  Duration confirms_until{};
  Index confirms_to = std::numeric_limits<Index>::max();
  bool hints = true;  // a refusal says where the logs part

  // --- Its memory ---
  Term current_term = 0;
  std::optional<NodeId> voted_for;
  Term asked_term = 0;  // of the latest pre-vote
  std::uint64_t next_act = 0;

  void on_start(RaftContext& context, std::span<const Record> disk);
  void on_timer(RaftContext& context, const Timer& timer);
  void on_message(RaftContext& context, NodeId from, const Message& message);

  void answer(RaftContext& context, NodeId from, const PreVote& message);
  void answer(RaftContext& context, NodeId from, const RequestVote& message);
  void answer(RaftContext& context, NodeId from, const AppendEntries& message);
  void remember_all(std::span<const Record> disk);
  void store(RaftContext& context, const AppendEntries& message);
  void wait_for_next_act(RaftContext& context) const;
  void remember(RaftContext& context, Term term, std::optional<NodeId> vote);
};
DSYS_DESCRIBE(Puppet, acts, log, grants_pre_votes, votes_until, confirms_from, confirms_until,
              confirms_to, hints, current_term, voted_for, asked_term, next_act)

}  // namespace dsys::raft
