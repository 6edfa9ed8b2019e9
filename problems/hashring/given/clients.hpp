// The clients: a driver with a list of questions, and a writer that goes by a view of the ring.
#pragma once

#include "problems/hashring/messages.hpp"
#include "problems/hashring/properties/seen.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace dsys::hashring {

// Whether an answer is a line of the story.
enum class Telling : std::uint8_t { told, quiet };
BOOST_DESCRIBE_ENUM(Telling, told, quiet)

struct Question {
  NodeId to{};
  RingProtocol::Message message;
  Duration pause = 1ms;  // before it is asked
  std::string note;      // for the reader; empty: nothing worth a line
  Telling answer = Telling::told;
};
DSYS_DESCRIBE(Question, to, message, pause, note, answer)

// Where some keys were placed.
struct Placed {
  NodeId by{};
  Keys keys;
  std::vector<NameNumber> owners;
};
DSYS_DESCRIBE(Placed, by, keys, owners)

// What a driver asks, in this order. Chance (which keys, which order) comes from its node.
using Plan = std::vector<Question> (*)(Random& random, const std::vector<NodeId>& nodes);

// Asks one question after the other; the next leaves when the answer is there. An answer that does
// not come is asked for again, with the same number.
struct Driver {
  // --- Given at the start ---
  std::vector<Given> given;  // to the nodes, for whoever judges them
  Plan plan = nullptr;
  Duration answer_timeout = 500ms;

  // --- Its memory; a driver never crashes ---
  std::vector<Question> questions;
  std::size_t next = 0;  // the one that is asked, or is to be
  Names names;
  std::vector<Placed> placed;  // the latest answers, a large one for each node and keys
  std::map<std::string, std::uint64_t> assigned;  // requests to each node of the ring

  void on_start(RingContext& context, std::span<const RingProtocol::Record> disk);
  void on_timer(RingContext& context, const RingProtocol::Timer& timer);
  void on_message(RingContext& context, NodeId from, const RingProtocol::Message& message);

  void wait_for_next(RingContext& context);

  // --- What it tells a reader; other answers tell nothing ---
  void tell(RingContext& context, NodeId from, const OwnersReply& reply);
  void tell(RingContext& context, NodeId from, const PointsReply& reply) const;
  void tell(RingContext& context, NodeId from, const ReplicasReply& reply) const;
  void tell(RingContext& context, NodeId from, const AssignReply& reply);
};
DSYS_DESCRIBE(Driver, given, plan, answer_timeout, questions, next, names, placed, assigned)

// Writes random keys to their owners as its view says, with the version of that view. It looks at
// the ring when it starts, after `renewed_after`, and whenever a node refuses it.
struct Writer {
  // --- Given at the start ---
  NodeId informant{};  // whom it asks for the ring
  Keys keys;
  std::uint32_t puts = 0;
  Duration starts_after{};
  Duration renewed_after{};  // since the start
  Duration pause = 100ms;
  Duration answer_timeout = 500ms;

  // --- Its memory ---
  RequestNumber request = 0;
  std::vector<std::string> owners;  // of `keys`, by its view
  RingVersion version = 0;          // its view's
  bool view_is_due = true;          // it has to look at the ring before it goes on
  bool renewed = false;
  std::optional<Put> outstanding;
  std::uint32_t written = 0;

  void on_start(RingContext& context, std::span<const RingProtocol::Record> disk);
  void on_timer(RingContext& context, const RingProtocol::Timer& timer);
  void on_message(RingContext& context, NodeId from, const RingProtocol::Message& message);

  void send(RingContext& context, NodeId to, RingProtocol::Message message);
  void take(RingContext& context, const OwnersReply& reply);
  void take(RingContext& context, NodeId from, const PutReply& reply);
  NodeId owner_of(const std::string& key) const;
};
DSYS_DESCRIBE(Writer, informant, keys, puts, starts_after, renewed_after, pause, answer_timeout,
              request, owners, version, view_is_due, renewed, outstanding, written)

}  // namespace dsys::hashring
