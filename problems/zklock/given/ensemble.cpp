// Who leads the ensemble, and the one order of all writes: the small part of Zab that a lock sees.
#include "problems/zklock/given/store.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace dsys::zklock {
namespace {

constexpr Duration heartbeat_interval = 500ms;
constexpr Duration election_timeout = 1200ms;  // of silence, or of failing to find a majority
constexpr Duration candidate_interval = 200ms;

// Servers stand for election one after the other, the one with the lowest number first.
Duration rank_of(NodeId server, Duration step) {
  return (node_number(server) - 1) * step;
}

}  // namespace

// --- Who leads ---

void Server::on_start(LockContext& context, std::span<const Record> disk) {
  for (const Record& record : disk) {
    if (const auto* const promise = std::get_if<StoredPromise>(&record)) {
      promised = promise->epoch;
    } else if (const auto* const stored = std::get_if<StoredHistory>(&record)) {
      history_epoch = stored->epoch;
      history = stored->history;
    } else if (const auto* const transaction = std::get_if<StoredTransaction>(&record)) {
      history.push_back(transaction->transaction);
    }
  }
  const bool is_first_start = disk.empty();
  context.set_timer(ElectionTimeout{}, is_first_start
                                           ? 1ms + rank_of(context.self(), 300ms)
                                           : election_timeout + rank_of(context.self(), 150ms));
}

void Server::expire(LockContext& context, const ElectionTimeout& /*timer*/) {
  if (role == Role::leading) return;
  look_for_leader(context);
}

// It promises nothing to itself before it has won: who asks in vain stays where the others are.
void Server::look_for_leader(LockContext& context) {
  leave_role(context);
  votes.clear();
  asked = std::max(promised, seen) + 1;
  if (quorum() == 1) return win(context);
  for (const NodeId peer : peers(context)) {
    context.send(peer, LookingForLeader{asked, history_epoch, last_zxid()});
  }
  context.set_timer(ElectionTimeout{}, candidate_interval + rank_of(context.self(), 50ms));
}

void Server::leave_role(LockContext& context) {
  if (role == Role::leading) context.note("does not lead any more");
  role = Role::looking;
  leader = NodeId{};
  close_all_connections(context);
  for (const auto& [session, owner] : owners) context.cancel_timer(SessionExpiry{session});
  for (const auto& [session, known] : tree.sessions) context.cancel_timer(SessionExpiry{session});
  owners.clear();
  ending.clear();
  followers.clear();
  followers_heard.clear();
}

void Server::handle(LockContext& context, NodeId from, const LookingForLeader& message) {
  seen = std::max(seen, message.epoch);
  // It has promised what this leader cannot offer: there must be a new election.
  const bool has_outgrown_leader = role == Role::leading && message.epoch > history_epoch + 1;
  if (has_outgrown_leader) look_for_leader(context);
  const bool is_content = role != Role::looking;
  const bool may_vote = message.epoch > promised && !has_more_than(message);
  if (is_content || !may_vote) return;
  promised = message.epoch;
  context.write(StoredPromise{promised});
  context.sync();
  context.send(from, Vote{promised});
  context.set_timer(ElectionTimeout{}, election_timeout + rank_of(context.self(), 150ms));
}

void Server::handle(LockContext& context, NodeId from, const Vote& message) {
  const bool is_expected = role == Role::looking && message.epoch == asked && asked > promised;
  if (!is_expected) return;
  votes.insert(from);
  if (votes.size() + 1 >= quorum()) win(context);
}

void Server::win(LockContext& context) {
  promised = asked;
  context.write(StoredPromise{promised});
  lead(context);
}

// Nothing is ordered before a majority has the history that this epoch begins with.
void Server::lead(LockContext& context) {
  role = Role::leading;
  leader = context.self();
  history_epoch = promised;
  leader_heard_at = context.now();
  context.write(StoredHistory{history_epoch, history});
  context.sync();
  context.note("leads the ensemble from zxid {} on", last_zxid() + 1);
  context.cancel_timer(ElectionTimeout{});
  for (const NodeId peer : peers(context)) {
    context.send(peer, NewLeader{history_epoch, committed, history});
  }
  for (const auto& [session, known] : tree.sessions) touch(context, session);
  context.set_timer(HeartbeatInterval{}, heartbeat_interval);
  context.set_timer(ContainerCheck{}, config.container_check);
}

void Server::handle(LockContext& context, NodeId from, const NewLeader& message) {
  const bool is_stale = message.epoch < promised || message.epoch < history_epoch;
  const bool is_known = is_current(from, message.epoch) && message.history.size() <= history.size();
  if (is_stale || is_known) return;
  // Sessions have to show themselves to the new leader.
  if (!is_current(from, message.epoch)) leave_role(context);
  role = Role::following;
  leader = from;
  leader_heard_at = context.now();
  promised = message.epoch;
  history_epoch = message.epoch;
  history = message.history;
  context.write(StoredPromise{promised});
  context.write(StoredHistory{history_epoch, history});
  context.sync();
  context.set_timer(ElectionTimeout{}, election_timeout + rank_of(context.self(), 150ms));
  context.send(from, FollowerPing{history_epoch, last_zxid()});
  commit_up_to(context, message.committed);
}

void Server::handle(LockContext& context, NodeId from, const JoinRequest& /*message*/) {
  if (role == Role::leading) {
    context.send(from, NewLeader{history_epoch, committed, history});
  }
}

// --- One order ---

void Server::handle(LockContext& context, NodeId /*from*/, const ForwardedRequest& message) {
  order(context, message.transaction);
}

void Server::order(LockContext& context, Transaction transaction) {
  if (!is_serving(context) || role != Role::leading) return;
  if (!admits(context, transaction)) {
    return refuse(context, transaction.server, {transaction.client, transaction.call});
  }
  transaction.zxid = last_zxid() + 1;
  history.push_back(transaction);
  context.write(StoredTransaction{transaction});
  context.sync();
  for (const auto& [follower, zxid] : followers) {
    context.send(follower, Proposal{history_epoch, transaction});
  }
  commit_what_a_majority_has(context);
}

// Whether the request comes over the connection that its session has now, and in order.
bool Server::admits(LockContext& context, Transaction& transaction) {
  const bool is_own = transaction.request == RequestKind::expire_session ||
                      transaction.request == RequestKind::remove_container;
  if (is_own) return true;
  if (transaction.request == RequestKind::open_session) {
    // Unique by the zxid, unpredictable by the random part.
    transaction.session =
        (last_zxid() + 1) * 1000 + static_cast<SessionId>(context.random().below(1000));
    owners[transaction.session] = {transaction.server, transaction.call};
    return true;
  }
  const auto owner = owners.find(transaction.session);
  const bool is_in_order = owner != owners.end() && owner->second.server == transaction.server &&
                           transaction.call > owner->second.last_call;
  if (!is_in_order) return false;
  owner->second.last_call = transaction.call;
  touch(context, transaction.session);
  if (transaction.request == RequestKind::close_session) {
    owners.erase(owner);
    ending.insert(transaction.session);
  }
  return true;
}

void Server::handle(LockContext& context, NodeId from, const Proposal& message) {
  if (!is_current(from, message.epoch)) return;
  if (message.transaction.zxid <= last_zxid()) return;
  const bool has_missed_some = message.transaction.zxid > last_zxid() + 1;
  if (has_missed_some) return context.send(from, JoinRequest{});
  history.push_back(message.transaction);
  context.write(StoredTransaction{message.transaction});
  context.sync();
  context.send(from, FollowerPing{history_epoch, last_zxid()});
}

void Server::handle(LockContext& context, NodeId from, const FollowerPing& message) {
  const bool is_expected = role == Role::leading && message.epoch == history_epoch;
  if (!is_expected) return;
  followers[from] = std::max(followers[from], message.zxid);
  followers_heard.insert(from);
  if (followers_heard.size() + 1 >= quorum()) {
    leader_heard_at = context.now();
    followers_heard.clear();
  }
  for (const SessionId session : message.sessions) {
    const auto owner = owners.find(session);
    if (owner != owners.end() && owner->second.server == from) touch(context, session);
  }
  commit_what_a_majority_has(context);
}

void Server::commit_what_a_majority_has(LockContext& context) {
  std::vector<Zxid> stored{last_zxid()};
  for (const auto& [follower, zxid] : followers) stored.push_back(zxid);
  if (stored.size() < quorum()) return;
  std::sort(stored.rbegin(), stored.rend());
  const Zxid safe = stored[quorum() - 1];
  if (safe <= committed) return;
  commit_up_to(context, safe);
  for (const auto& [follower, zxid] : followers) {
    context.send(follower, Commit{history_epoch, committed});
  }
}

void Server::handle(LockContext& context, NodeId from, const Commit& message) {
  if (is_current(from, message.epoch)) commit_up_to(context, message.zxid);
}

void Server::commit_up_to(LockContext& context, Zxid zxid) {
  const Zxid until = std::min(zxid, last_zxid());
  while (tree.zxid < until) apply(context, history[static_cast<std::size_t>(tree.zxid)]);
  committed = std::max(committed, until);
}

// --- The leader's watch over sessions and followers ---

void Server::expire(LockContext& context, const HeartbeatInterval& /*timer*/) {
  if (role != Role::leading) return;
  if (!has_majority(context)) return look_for_leader(context);
  for (const NodeId peer : peers(context)) {
    context.send(peer, LeaderPing{history_epoch, committed});
  }
  context.set_timer(HeartbeatInterval{}, heartbeat_interval);
}

void Server::handle(LockContext& context, NodeId from, const LeaderPing& message) {
  if (message.epoch < promised) return;
  if (!is_current(from, message.epoch)) return context.send(from, JoinRequest{});
  if (message.committed > last_zxid()) context.send(from, JoinRequest{});
  leader_heard_at = context.now();
  context.set_timer(ElectionTimeout{}, election_timeout + rank_of(context.self(), 150ms));
  commit_up_to(context, message.committed);
  const std::set<SessionId> heard = std::exchange(heard_of, {});
  context.send(from, FollowerPing{history_epoch, last_zxid(), {heard.begin(), heard.end()}});
}

void Server::handle(LockContext& context, NodeId from, const AttachRequest& message) {
  if (!is_serving(context) || role != Role::leading) return;
  if (const auto answer = judge(context, from, message)) context.send(from, *answer);
}

// From now on the session's requests come over this connection, and over no earlier one.
std::optional<AttachResponse> Server::judge(LockContext& context, NodeId server,
                                            const AttachRequest& request) {
  AttachResponse answer{.client = request.client, .call = request.call};
  const auto known = tree.sessions.find(request.session);
  // That it is about to end is not certain before a majority has it.
  if (ending.contains(request.session)) {
    refuse(context, server, {request.client, request.call});
    return std::nullopt;
  }
  const bool has_ended = known == tree.sessions.end();
  if (has_ended || known->second.client != request.client) return answer;
  SessionOwner& owner = owners[request.session];
  if (request.call <= owner.last_call) return std::nullopt;
  owner = {server, request.call};
  touch(context, request.session);
  answer.session = request.session;
  answer.timeout = known->second.timeout;
  return answer;
}

// Rounded up to the next tick, as in ZooKeeper's ExpiryQueue.
void Server::touch(LockContext& context, SessionId session) {
  const auto known = tree.sessions.find(session);
  if (known == tree.sessions.end() || ending.contains(session)) return;
  const Time end = context.now() + known->second.timeout;
  const Time rounded = (end / config.tick + 1) * config.tick;
  context.set_timer(SessionExpiry{session}, rounded - context.now());
}

void Server::expire(LockContext& context, const SessionExpiry& timer) {
  const bool is_due = role == Role::leading && tree.sessions.contains(timer.session) &&
                      !ending.contains(timer.session);
  if (!is_due) return;
  if (!is_serving(context)) return touch(context, timer.session);
  owners.erase(timer.session);
  ending.insert(timer.session);
  order(context, {.server = context.self(),
                  .session = timer.session,
                  .request = RequestKind::expire_session,
                  .operations = {}});
}

void Server::expire(LockContext& context, const ContainerCheck& /*timer*/) {
  if (role != Role::leading) return;
  context.set_timer(ContainerCheck{}, config.container_check);
  for (const std::string& path : tree.empty_containers()) {
    order(context,
          {.server = context.self(),
           .request = RequestKind::remove_container,
           .operations = {{.operation = OperationKind::remove, .path = path, .data = {}}}});
  }
}

// --- Questions ---

bool Server::is_serving(const LockContext& context) const {
  const bool leads = role == Role::leading && followers.size() + 1 >= quorum();
  if (leads) return has_majority(context);
  const Duration silence = context.now() - leader_heard_at;
  return role == Role::following && silence <= 2 * election_timeout;
}

// A leader is sure of it for a while: nobody else can have been elected in so short a time.
bool Server::has_majority(const LockContext& context) const {
  return quorum() == 1 || context.now() - leader_heard_at <= election_timeout;
}

}  // namespace dsys::zklock
