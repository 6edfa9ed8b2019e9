#include "problems/zklock/flaws.hpp"

#include "common/check/flaw_story.hpp"
#include "problems/zklock/node.hpp"
#include "problems/zklock/resource.hpp"
#include "problems/zklock/store.hpp"

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace dsys::zklock {
namespace {

using LockEffects = Effects<LockProtocol>;
using LockInput = Input<LockProtocol>;
using LockSend = Send<LockProtocol>;

// --- Swapped rules ---

// The reference with rules changed by `swap`.
template <typename Swap>
Rules swapped(Swap swap) {
  Rules rules = reference_rules;
  swap(rules);
  return rules;
}

const Rules create_is_lock = swapped([](Rules& rules) {
  rules.blocker = [](const Queue&, const std::string&, LockKind) {
    return std::optional<std::string>();
  };
});

const Rules no_parent = swapped(
    [](Rules& rules) { rules.directory = [](const std::string&) { return std::string("/"); }; });

const Rules session_too_short = swapped(
    [](Rules& rules) { rules.relied_on = [](const SessionTerms& terms) { return terms.asked; }; });

const Rules herd = swapped([](Rules& rules) {
  rules.watch_request = [](Call call, const std::string& directory,
                           const std::string&) -> LockProtocol::Message {
    return GetChildrenRequest{call, directory, true};
  };
});

const Rules watch_lowest = swapped([](Rules& rules) {
  rules.blocker = [](const Queue& queue, const std::string& own, LockKind) {
    const bool is_first = queue.empty() || queue.front().name == own;
    return is_first ? std::nullopt : std::optional<std::string>(queue.front().name);
  };
});

const Rules no_recheck = swapped([](Rules& rules) { rules.looks_again = [] { return false; }; });

const Rules exists_race =
    swapped([](Rules& rules) { rules.waits_for_missing = [] { return true; }; });

const Rules retry_create =
    swapped([](Rules& rules) { rules.searches_guid = [] { return false; }; });

const Rules no_sync = swapped([](Rules& rules) { rules.syncs_first = [] { return false; }; });

const Rules disconnect_is_loss =
    swapped([](Rules& rules) { rules.keeps_session = [] { return false; }; });

const Rules ignore_disconnect =
    swapped([](Rules& rules) { rules.suspends = [] { return false; }; });

const Rules string_sort = swapped([](Rules& rules) {
  rules.comes_before = [](const QueueName& left, const QueueName& right) {
    return left.name < right.name;
  };
});

// One more than the number, since the first is 0, and 0 would be no token.
const Rules seq_token = swapped([](Rules& rules) {
  rules.fencing_token = [](Zxid, const std::string& own) { return number_of(own) + 1; };
});

const Rules no_fencing = swapped(
    [](Rules& rules) { rules.fencing_token = [](Zxid, const std::string&) { return Zxid{0}; }; });

const Rules fence_strict = swapped([](Rules& rules) {
  rules.accepts = [](Zxid token, Zxid highest_token) {
    return token == 0 || token > highest_token;
  };
});

const Rules persistent = swapped(
    [](Rules& rules) { rules.create_mode = [] { return CreateMode::persistent_sequential; }; });

const Rules timeout_leaves_node =
    swapped([](Rules& rules) { rules.leaves_queue = [] { return false; }; });

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

sim::Implementation<LockProtocol> implementation_of(const Replacement& replacement) {
  return [replacement](NodeId self, const LockConfig& config) -> NodeFactory<LockProtocol> {
    if (node_letter(self) == 's') return factory_of<LockProtocol>(Server{.config = config});
    if (self == config.resource) {
      return factory_of<LockProtocol>(Resource{.rules = replacement.rules});
    }
    auto client = factory_of<LockProtocol>(Client{.config = config, .rules = replacement.rules});
    if (replacement.unlocking != Unlocking::own_znode) {
      return unlocking_by(replacement.unlocking, std::move(client));
    }
    if (replacement.client_bend == nullptr) return client;
    return bent<LockProtocol>(std::move(client), replacement.client_bend);
  };
}

// In the order in which an answer grows: taking it, waiting, giving it back, sessions, fencing.
const std::vector<check::FlawStory> stories{
    {"zk.create-is-lock",
     "Whoever has created its znode takes the lock for its own: a sequential creation never fails, "
     "so everybody does.",
     {{"ZK-S1", "queue", 1}},
     "contention"},
    {"zk.no-parent",
     "The znodes are children of the root: all locks have one queue, and who wants a free one "
     "waits for the owner of another.",
     {{"ZK-L2", "two-locks", 1}},
     "errand"},
    {"zk.string-sort",
     "The names are sorted as strings, guid first: the order has nothing to do with who came "
     "first, and more than one sees itself at the front.",
     {{"ZK-S1", "queue", 1}, {"ZK-L3", "queue", 1}},
     "contention"},
    {"zk.herd",
     "All waiters watch the directory: each release wakes them all, and all list again.",
     {{"ZK-L4", "crowd", 1}}},
    {"zk.watch-lowest",
     "All waiters watch the first znode: each release wakes them all.",
     {{"ZK-L4", "crowd", 1}}},
    {"zk.no-recheck",
     "When the one before it has gone, a client enters: it had only waited as well, and gave up.",
     {{"ZK-S1", "give-up", 1}},
     "give-up"},
    {"zk.exists-race",
     "The one before went between the listing and the watch: the client waits for an event that "
     "never comes.",
     {{"ZK-L5", "vanishing", 1}}},
    {"zk.event-thread",
     "The watcher asks the ensemble and waits for the answer, which stands in the queue of events "
     "behind it.",
     {{"ZK-L2", "queue", 1}}},
    {"zk.timeout-leaves-node",
     "Who waits too long goes away, and its znode stays: later it owns the lock, and nobody uses "
     "it.",
     {{"ZK-L6", "give-up", 1}}},
    {"zk.discard-name",
     "The name that the ensemble gave is thrown away: the client cannot delete its znode.",
     {{"ZK-S4", "queue", 1}, {"ZK-L2", "queue", 1}},
     "pause"},
    {"zk.delete-by-name",
     "Deletes the first in the queue instead of its own: who gives up deletes the owner's.",
     {{"ZK-S4", "give-up", 1}},
     "give-up"},
    {"zk.persistent",
     "The znode is not ephemeral: when its owner crashes it stays for ever.",
     {{"ZK-L1", "holder-crash", 1}}},
    {"zk.retry-create",
     "After a lost answer the client creates again without a search: it waits behind its own first "
     "znode.",
     {{"ZK-S6", "lost-create", 1}},
     "lost-message"},
    {"zk.no-sync",
     "The search after a lost answer does not sync first: a server that lags behind does not know "
     "of the znode yet.",
     {{"ZK-S6", "lost-create", 1}},
     "next-server"},
    {"zk.disconnect-is-loss",
     "A lost connection is taken for a lost session: the client queues behind its own old znode.",
     {{"ZK-S6", "blip", 1}},
     "lost-message"},
    {"zk.ignore-disconnect",
     "Nobody looks at what becomes of the connection: a client that is cut off works on.",
     {{"ZK-S5", "partition", 1}},
     "pause"},
    {"zk.session-too-short",
     "The client goes by the timeout that it has asked for, and not by what was granted.",
     {{"ZK-L7", "leader-change", 1}, {"ZK-S5", "long-session", 1}}},
    {"zk.shared-session",
     "Giving one lock back closes the session, and with it goes the other lock that was taken in "
     "it.",
     {{"ZK-S5", "errand", 1}},
     "errand"},
    {"zk.no-fencing",
     "The resource is shown no token, so it cannot tell a late writer from the owner.",
     {{"ZK-S2", "late-write", 1}, {"ZK-S3", "queue", 1}},
     "zombie"},
    {"zk.seq-token",
     "The token is the number of the znode: it begins anew with the directory.",
     {{"ZK-S3", "reuse", 1}, {"ZK-S2", "reuse", 1}},
     "reuse"},
    {"zk.fence-strict",
     "The resource accepts only tokens that are higher than the last: the owner's second request "
     "is refused.",
     {{"ZK-S2", "queue", 1}},
     "zombie",
     "the resource"}};

}  // namespace

const std::vector<Replacement>& replacements() {
  static const std::vector<Replacement> all{
      {.flaw = "zk.create-is-lock", .rules = &create_is_lock},
      {.flaw = "zk.no-parent", .rules = &no_parent},
      {.flaw = "zk.string-sort", .rules = &string_sort},
      {.flaw = "zk.herd", .rules = &herd},
      {.flaw = "zk.watch-lowest", .rules = &watch_lowest},
      {.flaw = "zk.no-recheck", .rules = &no_recheck},
      {.flaw = "zk.exists-race", .rules = &exists_race},
      {.flaw = "zk.timeout-leaves-node", .rules = &timeout_leaves_node},
      {.flaw = "zk.persistent", .rules = &persistent},
      {.flaw = "zk.retry-create", .rules = &retry_create},
      {.flaw = "zk.no-sync", .rules = &no_sync},
      {.flaw = "zk.disconnect-is-loss", .rules = &disconnect_is_loss},
      {.flaw = "zk.ignore-disconnect", .rules = &ignore_disconnect},
      {.flaw = "zk.session-too-short", .rules = &session_too_short},
      {.flaw = "zk.no-fencing", .rules = &no_fencing},
      {.flaw = "zk.seq-token", .rules = &seq_token},
      {.flaw = "zk.fence-strict", .rules = &fence_strict},
      {.flaw = "zk.discard-name", .client_bend = forget_number},
      {.flaw = "zk.event-thread", .client_bend = ask_in_callback},
      {.flaw = "zk.delete-by-name", .unlocking = Unlocking::lowest_znode},
      {.flaw = "zk.shared-session", .unlocking = Unlocking::close_session}};
  return all;
}

sim::Implementation<LockProtocol> reference_implementation() {
  return implementation_of({});
}

std::vector<LockFlaw> all_flaws() {
  return check::told_flaws<LockProtocol>(stories, replacements(), implementation_of);
}

}  // namespace dsys::zklock
