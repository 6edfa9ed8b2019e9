#include "problems/zklock/parts.hpp"

#include "common/check/flaw.hpp"
#include "problems/zklock/given/resource.hpp"
#include "problems/zklock/given/store.hpp"
#include "problems/zklock/given/tree.hpp"
#include "problems/zklock/node.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace dsys::zklock {
namespace {

using LockEffects = Effects<LockProtocol>;
using LockInput = Input<LockProtocol>;
using LockSend = Send<LockProtocol>;

template <typename Message>
const Message* received(const LockInput& input) {
  return input.message == nullptr ? nullptr : std::get_if<Message>(input.message);
}

// The client at n1, n2, ..., the ensemble at s1, s2 and s3, and the resource at r1.
NodeFactory<LockProtocol> node_of(NodeId self, const LockConfig& config, const Rules& rules) {
  if (node_letter(self) == 's') return factory_of<LockProtocol>(Server{.config = config});
  if (self == config.resource) return factory_of<LockProtocol>(Resource{.rules = &rules});
  return factory_of<LockProtocol>(Client{.config = config, .rules = &rules});
}

// --- Swapped rules ---

const Rules create_is_lock = check::swapped(reference_rules, [](Rules& rules) {
  rules.blocker = [](const Queue&, const std::string&, LockKind) {
    return std::optional<std::string>();
  };
});

const Rules no_parent = check::swapped(reference_rules, [](Rules& rules) {
  rules.directory = [](const std::string&) { return std::string("/"); };
});

const Rules watch_lowest = check::swapped(reference_rules, [](Rules& rules) {
  rules.blocker = [](const Queue& queue, const std::string& own, LockKind) {
    const bool is_first = queue.empty() || queue.front().name == own;
    return is_first ? std::nullopt : std::optional<std::string>(queue.front().name);
  };
});

const Rules retry_create = check::swapped(reference_rules, [](Rules& rules) {
  rules.must_search = [](const std::string&) { return false; };
});

const Rules no_sync = check::swapped(
    reference_rules, [](Rules& rules) { rules.must_sync = [](Zxid) { return false; }; });

const Rules disconnect_is_loss = check::swapped(reference_rules, [](Rules& rules) {
  rules.has_ended = [](SessionId session, SessionId) { return session != 0; };
});

const Rules ignore_disconnect = check::swapped(
    reference_rules, [](Rules& rules) { rules.may_act = [](Link) { return true; }; });

const Rules timeout_leaves_node = check::swapped(reference_rules, [](Rules& rules) {
  rules.must_remove = [](const std::string&) { return false; };
});

const Rules string_sort = check::swapped(reference_rules, [](Rules& rules) {
  rules.comes_before = [](const QueueName& left, const QueueName& right) {
    return left.name < right.name;
  };
});

// One more than the number, since the first is 0, and 0 would be no token.
const Rules seq_token = check::swapped(reference_rules, [](Rules& rules) {
  rules.fencing_token = [](const Place& place) { return number_of(place.path) + 1; };
});

const Rules no_fencing = check::swapped(reference_rules, [](Rules& rules) {
  rules.fencing_token = [](const Place&) { return Zxid{0}; };
});

const Rules fence_strict = check::swapped(reference_rules, [](Rules& rules) {
  rules.accepts = [](Zxid token, Zxid highest_token) {
    return token == 0 || token > highest_token;
  };
});

// --- Crooked contexts ---

void stay_for_ever(const LockInput& /*input*/, LockEffects& effects) {
  for (auto& effect : effects) {
    auto* const request = check::sent_message<CreateRequest, LockProtocol>(effect);
    const bool is_ephemeral =
        request != nullptr && request->mode == CreateMode::ephemeral_sequential;
    if (is_ephemeral) request->mode = CreateMode::persistent_sequential;
  }
}

// It has thrown away what the ensemble called the znode: it only knows what it had asked for.
void forget_number(const LockInput& /*input*/, LockEffects& effects) {
  constexpr std::size_t digits = 10;
  for (auto& effect : effects) {
    auto* const request = check::sent_message<DeleteRequest, LockProtocol>(effect);
    const bool has_number = request != nullptr && request->path.size() > digits;
    if (has_number) request->path.resize(request->path.size() - digits);
  }
}

// Whether the queue should have been listed: it is not, and nobody minds that there is no answer.
bool drop_listing(LockEffects& effects) {
  const auto lists = [](const auto& effect) {
    return check::sent_message<GetChildrenRequest, LockProtocol>(effect) != nullptr;
  };
  if (std::erase_if(effects, lists) == 0) return false;
  std::erase_if(effects, [](const auto& effect) {
    const auto* const set = std::get_if<SetTimer<LockProtocol>>(&effect);
    return set != nullptr && std::holds_alternative<RequestTimeout>(set->timer);
  });
  return true;
}

// What the watcher asks and waits for is never answered: the answer stands in the queue of events
// behind the one that the watcher has not finished with.
void ask_in_callback(const LockInput& input, LockEffects& effects) {
  if (received<WatchedEvent>(input) != nullptr) drop_listing(effects);
}

// A znode that is not there any more will not be told of.
void wait_for_missing(const LockInput& input, LockEffects& effects) {
  const bool is_missing = received<ExistsResponse>(input) != nullptr && drop_listing(effects);
  if (is_missing) effects.push_back(CancelTimer<LockProtocol>{RequestTimeout{}});
}

// --- Detours ---

// Enters when it is told that the one before it has gone, as if it had looked and seen nobody else.
struct EntersUnseen {
  std::string own;             // the name of its znode
  Call asked = 0;              // by which it asked to be told
  std::uint64_t withheld = 0;  // events of this connection

  bool arrives(LockContext& /*context*/, NodeId /*from*/, LockProtocol::Message& message) {
    if (const auto* const created = std::get_if<CreateResponse>(&message)) {
      own = name_of_path(created->path);
    } else if (std::holds_alternative<ConnectResponse>(message)) {
      withheld = 0;
    } else if (auto* const ping = std::get_if<PingResponse>(&message)) {
      ping->events -= withheld;
    } else if (const auto* const event = std::get_if<WatchedEvent>(&message)) {
      ++withheld;
      message = GetChildrenResponse{.call = asked, .zxid = event->zxid, .children = {own}};
    }
    return true;
  }

  void leaves(LockEffects& effects) {
    for (const auto& effect : effects) {
      const auto* const request = check::sent_message<ExistsRequest, LockProtocol>(effect);
      if (request != nullptr && request->watch) asked = request->call;
    }
  }
};

// Asks to be told of any change of the directory, where the znode before it would do.
struct WatchesDirectory {
  std::optional<ExistsRequest> asked;

  bool arrives(LockContext& /*context*/, NodeId /*from*/, LockProtocol::Message& message) {
    const auto* const listed = std::get_if<GetChildrenResponse>(&message);
    const bool is_answer = asked && listed != nullptr && listed->call == asked->call;
    if (!is_answer) return true;
    const auto& children = listed->children;
    const bool is_there =
        std::find(children.begin(), children.end(), name_of_path(asked->path)) != children.end();
    message = ExistsResponse{.call = asked->call,
                             .zxid = listed->zxid,
                             .error = is_there ? Error::none : Error::no_node};
    return true;
  }

  void leaves(LockEffects& effects) {
    for (auto& effect : effects) {
      const auto* const request = check::sent_message<ExistsRequest, LockProtocol>(effect);
      if (request == nullptr || !request->watch) continue;
      asked = *request;
      std::get<LockSend>(effect).message =
          GetChildrenRequest{asked->call, parent_of(asked->path), true};
    }
  }
};

struct BelievesWhatItAskedFor {
  Duration asked{};

  bool arrives(LockContext& /*context*/, NodeId /*from*/, LockProtocol::Message& message) {
    auto* const response = std::get_if<ConnectResponse>(&message);
    if (response != nullptr) response->timeout = asked;
    return true;
  }

  void leaves(LockEffects& effects) {
    for (const auto& effect : effects) {
      const auto* const request = check::sent_message<ConnectRequest, LockProtocol>(effect);
      if (request != nullptr) asked = request->timeout;
    }
  }
};

// Never compares what a ping says was sent with what has come.
struct TrustsItsEvents {
  static bool arrives(LockContext& /*context*/, NodeId /*from*/, LockProtocol::Message& message) {
    if (auto* const ping = std::get_if<PingResponse>(&message)) ping->events = 0;
    return true;
  }
  static void leaves(LockEffects& /*effects*/) {}
};

// Takes the end of a session for the end of the round, also while it only waits.
struct BeginsAnew {
  std::string wanted;  // the lock; none: it does not wait
  bool has_lost_session = false;

  bool arrives(LockContext& /*context*/, NodeId /*from*/, LockProtocol::Message& message) {
    const auto* const response = std::get_if<ConnectResponse>(&message);
    has_lost_session = response != nullptr && response->session == 0 && !wanted.empty();
    return true;
  }

  void leaves(LockEffects& effects) {
    if (std::exchange(has_lost_session, false)) {
      effects.insert(effects.begin(), Emit<LockProtocol>{Requested{wanted}});
    }
    for (const auto& effect : effects) {
      const auto* const emitted = std::get_if<Emit<LockProtocol>>(&effect);
      if (emitted == nullptr) continue;
      if (const auto* const requested = std::get_if<Requested>(&emitted->output)) {
        wanted = requested->lock;
      } else {
        wanted.clear();
      }
    }
  }
};

// Gives the lock back in another way: the deletion of its znode is taken apart. The client is
// answered as if its own znode had been deleted. It has the even numbers of calls, so that there is
// one left for the deletion.
template <typename First>
struct Unlocking {
  std::optional<DeleteRequest> pending;

  bool arrives(LockContext& context, NodeId from, LockProtocol::Message& message) {
    renumber(message, [](Call call) { return call / 2; });
    const auto* const listed = std::get_if<GetChildrenResponse>(&message);
    if (pending && listed != nullptr && listed->call == pending->call) {
      remove_first(context, from, listed->children);
      return false;
    }
    const auto* const closed = std::get_if<CloseSessionResponse>(&message);
    if (pending && closed != nullptr && closed->call == pending->call) {
      message = DeleteResponse{pending->call, closed->zxid};
      pending.reset();
    }
    return true;
  }

  void leaves(LockEffects& effects) {
    for (auto& effect : effects) {
      auto* const sent = std::get_if<LockSend>(&effect);
      if (sent == nullptr) continue;
      if (const auto* const request = std::get_if<DeleteRequest>(&sent->message)) {
        pending = *request;
        sent->message = First{}(*pending);
      }
      renumber(sent->message, [](Call call) { return call * 2; });
    }
  }

  template <typename Change>
  static void renumber(LockProtocol::Message& message, Change change) {
    std::visit(
        [&](auto& one) {
          if constexpr (requires { one.call; }) one.call = change(one.call);
        },
        message);
  }

  void remove_first(LockContext& context, NodeId from, const std::vector<std::string>& children) {
    const Queue queue = queue_of(children, reference_rules);
    const std::string first = queue.empty() ? std::string() : queue.front().name;
    const std::string directory = parent_of(pending->path);
    context.send(from, DeleteRequest{2 * pending->call + 1, child_of(directory, first)});
    pending.reset();
  }
};

// Asks for the queue, and deletes the first in it, whoever's it is.
struct AskForQueue {
  LockProtocol::Message operator()(const DeleteRequest& request) const {
    return GetChildrenRequest{request.call, parent_of(request.path)};
  }
};

// And all that hangs on the session with it.
struct CloseSession {
  LockProtocol::Message operator()(const DeleteRequest& request) const {
    return CloseSessionRequest{request.call};
  }
};

// In the order in which an answer grows: taking it, waiting, giving it back, sessions, fencing.
const std::vector<check::FlawRow<LockProtocol, Rules>> flaw_rows{
    {.id = "zk.create-is-lock",
     .story = "Whoever has created its znode takes the lock for its own: a sequential creation "
              "never fails, "
              "so everybody does.",
     .exposures = {{"ZK-S1", "queue", 1}},
     .exploration = "contention",
     .rules = &create_is_lock},
    {.id = "zk.no-parent",
     .story =
         "The znodes are children of the root: all locks have one queue, and who wants a free one "
         "waits for the owner of another.",
     .exposures = {{"ZK-L2", "two-locks", 1}},
     .rules = &no_parent},
    {.id = "zk.string-sort",
     .story =
         "The names are sorted as strings, guid first: the order has nothing to do with who came "
         "first, and more than one sees itself at the front.",
     .exposures = {{"ZK-S1", "queue", 1}, {"ZK-L3", "queue", 1}},
     .exploration = "contention",
     .rules = &string_sort},
    {.id = "zk.herd",
     .story =
         "All waiters watch the directory: each newcomer and each release wakes them all, and all "
         "list again.",
     .exposures = {{"ZK-L4", "crowd", 1}},
     .detour = behind<LockProtocol, WatchesDirectory>},
    {.id = "zk.watch-lowest",
     .story = "All waiters watch the first znode: each release wakes them all.",
     .exposures = {{"ZK-L4", "crowd", 1}},
     .rules = &watch_lowest},
    {.id = "zk.no-recheck",
     .story = "When the one before it has gone, a client enters: it had only waited as well, and "
              "gave up.",
     .exposures = {{"ZK-S1", "give-up", 1}},
     .exploration = "give-up",
     .detour = behind<LockProtocol, EntersUnseen>},
    {.id = "zk.exists-race",
     .story = "The one before went between the listing and the watch: the client waits for an "
              "event that "
              "never comes.",
     .exposures = {{"ZK-L5", "vanishing", 1}},
     .bend = wait_for_missing},
    {.id = "zk.event-thread",
     .story = "The watcher asks the ensemble and waits for the answer, which stands in the queue "
              "of events "
              "behind it.",
     .exposures = {{"ZK-L2", "queue", 1}},
     .bend = ask_in_callback},
    {.id = "zk.lost-event",
     .story =
         "Nobody compares the events that a ping counts with those that have come: when one is "
         "lost, the client waits for it for ever.",
     .exposures = {{"ZK-L5", "lost-event", 1}},
     .detour = behind<LockProtocol, TrustsItsEvents>},
    {.id = "zk.requested-again",
     .story =
         "A waiter whose session has ended takes its round for over, and asks as if it had not "
         "waited.",
     .exposures = {{"ZK-S10", "left-waiting", 1}},
     .detour = behind<LockProtocol, BeginsAnew>},
    {.id = "zk.timeout-leaves-node",
     .story = "Who waits too long goes away, and its znode stays: later it owns the lock, and "
              "nobody uses "
              "it.",
     .exposures = {{"ZK-L6", "give-up", 1}},
     .rules = &timeout_leaves_node},
    {.id = "zk.discard-name",
     .story = "The name that the ensemble gave is thrown away: the client cannot delete its znode.",
     .exposures = {{"ZK-S4", "queue", 1}, {"ZK-L2", "queue", 1}},
     .bend = forget_number},
    {.id = "zk.delete-by-name",
     .story =
         "Deletes the first in the queue instead of its own: who gives up deletes the owner's.",
     .exposures = {{"ZK-S4", "give-up", 1}},
     .exploration = "give-up",
     .detour = behind<LockProtocol, Unlocking<AskForQueue>>},
    {.id = "zk.persistent",
     .story = "The znode is not ephemeral: when its owner crashes it stays for ever.",
     .exposures = {{"ZK-L1", "holder-crash", 1}},
     .bend = stay_for_ever},
    {.id = "zk.retry-create",
     .story = "After a lost answer the client creates again without a search: it waits behind its "
              "own first "
              "znode.",
     .exposures = {{"ZK-S6", "lost-create", 1}},
     .exploration = "lost-message",
     .rules = &retry_create},
    {.id = "zk.no-sync",
     .story = "The search after a lost answer does not sync first: a server that lags behind does "
              "not know "
              "of the znode yet.",
     .exposures = {{"ZK-S6", "lost-create", 1}},
     .exploration = "next-server",
     .rules = &no_sync},
    {.id = "zk.disconnect-is-loss",
     .story = "A lost connection is taken for a lost session: the client queues behind its own old "
              "znode.",
     .exposures = {{"ZK-S6", "blip", 1}},
     .exploration = "lost-message",
     .rules = &disconnect_is_loss},
    {.id = "zk.ignore-disconnect",
     .story = "Nobody looks at what becomes of the connection: a client that is cut off works on.",
     .exposures = {{"ZK-S5", "partition", 1}},
     .exploration = "pause",
     .rules = &ignore_disconnect},
    {.id = "zk.session-too-short",
     .story = "The client goes by the timeout that it has asked for, and not by what was granted.",
     .exposures = {{"ZK-L7", "leader-change", 1}, {"ZK-S5", "long-session", 1}},
     .detour = behind<LockProtocol, BelievesWhatItAskedFor>},
    {.id = "zk.shared-session",
     .story = "Giving one lock back closes the session, and with it goes the other lock that was "
              "taken in "
              "it.",
     .exposures = {{"ZK-S5", "errand", 1}},
     .exploration = "errand",
     .detour = behind<LockProtocol, Unlocking<CloseSession>>},
    {.id = "zk.no-fencing",
     .story = "The resource is shown no token, so it cannot tell a late writer from the owner.",
     .exposures = {{"ZK-S2", "late-write", 1}, {"ZK-S3", "queue", 1}},
     .exploration = "zombie",
     .rules = &no_fencing},
    {.id = "zk.seq-token",
     .story = "The token is the number of the znode: it begins anew with the directory.",
     .exposures = {{"ZK-S3", "reuse", 1}, {"ZK-S2", "reuse", 1}},
     .exploration = "reuse",
     .rules = &seq_token},
    {.id = "zk.fence-strict",
     .story = "The resource accepts only tokens that are higher than the last: the owner's second "
              "request "
              "is refused.",
     .exposures = {{"ZK-S2", "queue", 1}},
     .exploration = "zombie",
     .part = "the resource",
     .rules = &fence_strict}};

}  // namespace

Implementation reference() {
  return check::implementation_of<LockProtocol>(node_of, reference_rules);
}

std::vector<Flaw> flaws() {
  return check::flaws_of(flaw_rows, node_of, reference_rules);
}

}  // namespace dsys::zklock
