#include "problems/zklock/parts.hpp"

#include "common/problem/describe.hpp"

namespace dsys::zklock {

const problem::Parts<LockProtocol>& parts() {
  static const problem::Parts<LockProtocol> all{
      scenarios(), properties(), flaws(),
      searches(),  reference(),  check::between<LockProtocol, Requested, Released>};
  return all;
}

const problem::Problem& problem() {
  static const problem::Problem described = problem::describe<LockProtocol>(
      {.name = "zklock",
       .title = "Distributed lock on ZooKeeper",
       .question =
           "Implement a distributed lock with ZooKeeper. Why ephemeral, why sequential? How "
           "do waiters wait without a stampede? The create call returned ConnectionLoss: "
           "what now?",
       .files = embedded_files,
       .configuration = {"n1, n2, ... are clients; s1, s2 and s3 are an ensemble that keeps its "
                         "word; r1 is the resource, a counter that checks fencing tokens.",
                         "A tick is 2 s: sessions are of 4 s at least and 40 s at most. Clients "
                         "are disconnected after two thirds of it without an answer.",
                         "Messages of a connection arrive in order. Clocks are off by up to 1%."},
       .default_scenario = "tour",
       .role = "client",
       .patience = {.long_time = 8s, .has_connections = true},
       // A client's: what the servers tell each other, and what they and the resource keep and
       // tell, is left out.
       .protocol = bridge::types_of_protocol<
           LockProtocol, LookingForLeader, Vote, NewLeader, JoinRequest, Proposal, Commit,
           LeaderPing, FollowerPing, ForwardedRequest, AttachRequest, AttachResponse, SessionMoved,
           ElectionTimeout, HeartbeatInterval, ContainerCheck, SessionExpiry, StoredPromise,
           StoredHistory, StoredTransaction, StoredCounter, SessionOpened, SessionEnded,
           ZnodeCreated, ZnodeRemoved, Served, Refused, Tasked>,
       .rubric = rubric()},
      parts());
  return described;
}

}  // namespace dsys::zklock
