#include "problems/zklock/parts.hpp"

#include "common/check/flaw.hpp"
#include "problems/zklock/node.hpp"
#include "problems/zklock/given/resource.hpp"
#include "problems/zklock/given/store.hpp"
#include "problems/zklock/given/tree.hpp"

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

const Rules no_parent = check::swapped(reference_rules, 
    [](Rules& rules) { rules.directory = [](const std::string&) { return std::string("/"); }; });

const Rules session_too_short = check::swapped(reference_rules, 
    [](Rules& rules) { rules.relied_on = [](const SessionTerms& terms) { return terms.asked; }; });

const Rules herd = check::swapped(reference_rules, [](Rules& rules) {
  rules.watch_request = [](Call call, const std::string& directory,
                           const std::string&) -> LockProtocol::Message {
    return GetChildrenRequest{call, directory, true};
  };
});

const Rules watch_lowest = check::swapped(reference_rules, [](Rules& rules) {
  rules.blocker = [](const Queue& queue, const std::string& own, LockKind) {
    const bool is_first = queue.empty() || queue.front().name == own;
    return is_first ? std::nullopt : std::optional<std::string>(queue.front().name);
  };
});

const Rules no_recheck = check::swapped(reference_rules, [](Rules& rules) { rules.looks_again = [] { return false; }; });

const Rules exists_race =
    check::swapped(reference_rules, [](Rules& rules) { rules.waits_for_missing = [] { return true; }; });

const Rules retry_create =
    check::swapped(reference_rules, [](Rules& rules) { rules.searches_guid = [] { return false; }; });

const Rules no_sync = check::swapped(reference_rules, [](Rules& rules) { rules.syncs_first = [] { return false; }; });

const Rules disconnect_is_loss =
    check::swapped(reference_rules, [](Rules& rules) { rules.keeps_session = [] { return false; }; });

const Rules ignore_disconnect =
    check::swapped(reference_rules, [](Rules& rules) { rules.suspends = [] { return false; }; });

const Rules string_sort = check::swapped(reference_rules, [](Rules& rules) {
  rules.comes_before = [](const QueueName& left, const QueueName& right) {
    return left.name < right.name;
  };
});

// One more than the number, since the first is 0, and 0 would be no token.
const Rules seq_token = check::swapped(reference_rules, [](Rules& rules) {
  rules.fencing_token = [](Zxid, const std::string& own) { return number_of(own) + 1; };
});

const Rules no_fencing = check::swapped(reference_rules, 
    [](Rules& rules) { rules.fencing_token = [](Zxid, const std::string&) { return Zxid{0}; }; });

const Rules fence_strict = check::swapped(reference_rules, [](Rules& rules) {
  rules.accepts = [](Zxid token, Zxid highest_token) {
    return token == 0 || token > highest_token;
  };
});

const Rules persistent = check::swapped(reference_rules, 
    [](Rules& rules) { rules.create_mode = [] { return CreateMode::persistent_sequential; }; });

const Rules timeout_leaves_node =
    check::swapped(reference_rules, [](Rules& rules) { rules.leaves_queue = [] { return false; }; });

// --- Crooked contexts ---

template <typename Message>
Message* sent_message(Effect<LockProtocol>& effect) {
  auto* const sent = std::get_if<LockSend>(&effect);
  return sent == nullptr ? nullptr : std::get_if<Message>(&sent->message);
}

// It has thrown away what the ensemble called the znode: it only knows what it had asked for.
void forget_number(const LockInput& /*input*/, LockEffects& effects) {
  constexpr std::size_t digits = 10;
  for (auto& effect : effects) {
    auto* const request = sent_message<DeleteRequest>(effect);
    const bool has_number = request != nullptr && request->path.size() > digits;
    if (has_number) request->path.resize(request->path.size() - digits);
  }
}

// What the watcher asks and waits for is never answered: the answer stands in the queue of events
// behind the one that the watcher has not finished with.
void ask_in_callback(const LockInput& input, LockEffects& effects) {
  const bool is_callback =
      input.message != nullptr && std::holds_alternative<WatchedEvent>(*input.message);
  if (!is_callback) return;
  std::erase_if(effects, [](auto& effect) {
    const auto* const timer = std::get_if<SetTimer<LockProtocol>>(&effect);
    const bool is_timeout =
        timer != nullptr && std::holds_alternative<RequestTimeout>(timer->timer);
    return is_timeout || sent_message<GetChildrenRequest>(effect) != nullptr;
  });
}

// --- Detours ---

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
const std::vector<check::FlawRow<LockProtocol, Rules>> rows{
{.id = "zk.create-is-lock", .story = "Whoever has created its znode takes the lock for its own: a sequential creation never fails, "
     "so everybody does.", .exposures = {{"ZK-S1", "queue", 1}}, .exploration = "contention", .rules = &create_is_lock},
{.id = "zk.no-parent", .story = "The znodes are children of the root: all locks have one queue, and who wants a free one "
     "waits for the owner of another.", .exposures = {{"ZK-L2", "two-locks", 1}}, .exploration = "errand", .rules = &no_parent},
{.id = "zk.string-sort", .story = "The names are sorted as strings, guid first: the order has nothing to do with who came "
     "first, and more than one sees itself at the front.", .exposures = {{"ZK-S1", "queue", 1}, {"ZK-L3", "queue", 1}}, .exploration = "contention", .rules = &string_sort},
{.id = "zk.herd", .story = "All waiters watch the directory: each release wakes them all, and all list again.", .exposures = {{"ZK-L4", "crowd", 1}}, .rules = &herd},
{.id = "zk.watch-lowest", .story = "All waiters watch the first znode: each release wakes them all.", .exposures = {{"ZK-L4", "crowd", 1}}, .rules = &watch_lowest},
{.id = "zk.no-recheck", .story = "When the one before it has gone, a client enters: it had only waited as well, and gave up.", .exposures = {{"ZK-S1", "give-up", 1}}, .exploration = "give-up", .rules = &no_recheck},
{.id = "zk.exists-race", .story = "The one before went between the listing and the watch: the client waits for an event that "
     "never comes.", .exposures = {{"ZK-L5", "vanishing", 1}}, .rules = &exists_race},
{.id = "zk.event-thread", .story = "The watcher asks the ensemble and waits for the answer, which stands in the queue of events "
     "behind it.", .exposures = {{"ZK-L2", "queue", 1}}, .bend = ask_in_callback},
{.id = "zk.timeout-leaves-node", .story = "Who waits too long goes away, and its znode stays: later it owns the lock, and nobody uses "
     "it.", .exposures = {{"ZK-L6", "give-up", 1}}, .rules = &timeout_leaves_node},
{.id = "zk.discard-name", .story = "The name that the ensemble gave is thrown away: the client cannot delete its znode.", .exposures = {{"ZK-S4", "queue", 1}, {"ZK-L2", "queue", 1}}, .exploration = "pause", .bend = forget_number},
{.id = "zk.delete-by-name", .story = "Deletes the first in the queue instead of its own: who gives up deletes the owner's.", .exposures = {{"ZK-S4", "give-up", 1}}, .exploration = "give-up", .detour = behind<LockProtocol, Unlocking<AskForQueue>>},
{.id = "zk.persistent", .story = "The znode is not ephemeral: when its owner crashes it stays for ever.", .exposures = {{"ZK-L1", "holder-crash", 1}}, .rules = &persistent},
{.id = "zk.retry-create", .story = "After a lost answer the client creates again without a search: it waits behind its own first "
     "znode.", .exposures = {{"ZK-S6", "lost-create", 1}}, .exploration = "lost-message", .rules = &retry_create},
{.id = "zk.no-sync", .story = "The search after a lost answer does not sync first: a server that lags behind does not know "
     "of the znode yet.", .exposures = {{"ZK-S6", "lost-create", 1}}, .exploration = "next-server", .rules = &no_sync},
{.id = "zk.disconnect-is-loss", .story = "A lost connection is taken for a lost session: the client queues behind its own old znode.", .exposures = {{"ZK-S6", "blip", 1}}, .exploration = "lost-message", .rules = &disconnect_is_loss},
{.id = "zk.ignore-disconnect", .story = "Nobody looks at what becomes of the connection: a client that is cut off works on.", .exposures = {{"ZK-S5", "partition", 1}}, .exploration = "pause", .rules = &ignore_disconnect},
{.id = "zk.session-too-short", .story = "The client goes by the timeout that it has asked for, and not by what was granted.", .exposures = {{"ZK-L7", "leader-change", 1}, {"ZK-S5", "long-session", 1}}, .rules = &session_too_short},
{.id = "zk.shared-session", .story = "Giving one lock back closes the session, and with it goes the other lock that was taken in "
     "it.", .exposures = {{"ZK-S5", "errand", 1}}, .exploration = "errand", .detour = behind<LockProtocol, Unlocking<CloseSession>>},
{.id = "zk.no-fencing", .story = "The resource is shown no token, so it cannot tell a late writer from the owner.", .exposures = {{"ZK-S2", "late-write", 1}, {"ZK-S3", "queue", 1}}, .exploration = "zombie", .rules = &no_fencing},
{.id = "zk.seq-token", .story = "The token is the number of the znode: it begins anew with the directory.", .exposures = {{"ZK-S3", "reuse", 1}, {"ZK-S2", "reuse", 1}}, .exploration = "reuse", .rules = &seq_token},
{.id = "zk.fence-strict", .story = "The resource accepts only tokens that are higher than the last: the owner's second request "
     "is refused.", .exposures = {{"ZK-S2", "queue", 1}}, .exploration = "zombie", .part = "the resource", .rules = &fence_strict}};

}  // namespace

Implementation reference() {
  return check::implementation_of<LockProtocol>(node_of, reference_rules);
}

std::vector<Flaw> flaws() {
  return check::flaws_of(rows, node_of, reference_rules);
}

}  // namespace dsys::zklock
