// The client, one step at a time.
#include "problems/lock/node.hpp"
#include "tests/problem/bench.hpp"

#include <string>
#include <vector>

namespace dsys::lock {

namespace {

constexpr LeaseId granted_lease = 1700;
constexpr Seconds granted_ttl = 5;

KeyValue key_of(const std::string& name, Revision create_revision) {
  return {.key = name, .create_revision = create_revision};
}

struct ClientBench : Bench<LockProtocol, Client> {
  ClientBench() { now = {}; }

  void ask_for_lease() { expire(NextRound{}); }
  void get_lease() {
    ask_for_lease();
    deliver(s1, LeaseGrantResponse{sent<LeaseGrantRequest>()->call, granted_lease, granted_ttl});
  }
  // Its key is put at this revision, behind one of that revision.
  void queue(Revision own, Revision oldest) {
    get_lease();
    answer_queuing(own, oldest);
  }
  void answer_queuing(Revision own, Revision oldest) {
    deliver(s1, TxnResponse{.call = node.call,
                            .revision = own,
                            .succeeded = true,
                            .responses = {{}, {.kvs = {key_of("lock/other", oldest)}}}});
  }
  void own() { queue(7, 7); }
  void find_predecessor(Revision revision) {
    deliver(s1, RangeResponse{node.call, revision, {key_of("lock/before", 5)}});
  }
  void lose_predecessor() {
    deliver(s1, WatchResponse{.watch_id = node.call,
                              .events = {{WatchEventType::remove, key_of("lock/before", 0)}}});
  }
};

}  // namespace

TEST_CASE("the key is named by the lease, put only if absent, and goes with the lease") {
  ClientBench client;
  client.get_lease();
  const auto request = client.sent<TxnRequest>();
  REQUIRE(request.has_value());
  CHECK(request->compare == std::vector<Compare>{{.key = "lock/6a4"}});
  CHECK(request->success.front().request == RequestKind::put);
  CHECK(request->success.front().key == "lock/6a4");
  CHECK(request->success.front().lease == granted_lease);
}

TEST_CASE("no answer: the same transaction again, with the same call") {
  ClientBench client;
  client.get_lease();
  const auto first = client.sent<TxnRequest>();
  client.expire(RequestTimeout{});
  CHECK(client.sent<TxnRequest>() == first);
}

TEST_CASE("a lease that is asked for again counts from the asking that was answered") {
  ClientBench client;
  client.ask_for_lease();
  const Call first = client.sent<LeaseGrantRequest>()->call;
  client.now = 4s;
  client.expire(RequestTimeout{});
  const Call second = client.sent<LeaseGrantRequest>()->call;
  CHECK(second != first);
  client.now = 4100ms;
  SUBCASE("the second") {
    client.deliver(s1, LeaseGrantResponse{second, granted_lease, granted_ttl});
    CHECK(client.node.session.deadline == 4s + 4900ms);
  }
  SUBCASE("the first, late") {
    client.deliver(s1, LeaseGrantResponse{first, granted_lease, granted_ttl});
    CHECK(client.node.session.deadline == 4900ms);
  }
  SUBCASE("neither, but one of an earlier life") {
    client.deliver(s1, LeaseGrantResponse{second + 1, granted_lease, granted_ttl});
    CHECK(client.node.session.lease == 0);
  }
}

TEST_CASE(
    "the lowest creation revision owns, its token is that revision, and it is shown at once") {
  ClientBench client;
  client.own();
  CHECK(client.emitted<Acquired>() == Acquired{7, granted_lease});
  CHECK(client.sent<ReadRequest>()->token == 7);
}

TEST_CASE("an answer to a repeated transaction finds the key of the first one") {
  ClientBench client;
  client.get_lease();
  client.deliver(s1, TxnResponse{.call = client.node.call,
                                 .revision = 9,
                                 .succeeded = false,
                                 .responses = {{.kvs = {key_of("lock/6a4", 7)}},
                                               {.kvs = {key_of("lock/6a4", 7)}}}});
  CHECK(client.emitted<Acquired>() == Acquired{7, granted_lease});
}

TEST_CASE("who is not first watches its predecessor only, from the revision after its reading") {
  ClientBench client;
  client.queue(7, 3);
  CHECK_FALSE(client.emitted<Acquired>().has_value());
  CHECK(client.sent<RangeRequest>()->max_create_revision == 6);
  client.find_predecessor(9);
  const auto watch = client.sent<WatchCreateRequest>();
  REQUIRE(watch.has_value());
  CHECK(watch->key == "lock/before");
  CHECK(watch->range_end.empty());
  CHECK(watch->start_revision == 10);
}

TEST_CASE("after the wait it looks at the queue, then at its own key, and only then enters") {
  ClientBench client;
  client.queue(7, 3);
  client.find_predecessor(9);
  client.lose_predecessor();
  CHECK(client.sent<RangeRequest>()->max_create_revision == 6);
  client.deliver(s1, RangeResponse{client.node.call, 10, {}});
  CHECK(client.sent<RangeRequest>()->key == "lock/6a4");
  CHECK_FALSE(client.emitted<Acquired>().has_value());
  client.deliver(s1, RangeResponse{client.node.call, 10, {key_of("lock/6a4", 7)}});
  CHECK(client.emitted<Acquired>() == Acquired{7, granted_lease});
}

TEST_CASE("a key that is gone, or is another one of that name, is no ticket (Jepsen, etcd 3.4.3)") {
  for (const std::vector<KeyValue>& found :
       {std::vector<KeyValue>{}, std::vector<KeyValue>{key_of("lock/6a4", 12)}}) {
    ClientBench client;
    client.queue(7, 3);
    client.find_predecessor(9);
    client.lose_predecessor();
    client.deliver(s1, RangeResponse{client.node.call, 10, {}});
    client.deliver(s1, RangeResponse{client.node.call, 13, found});
    CHECK_FALSE(client.emitted<Acquired>().has_value());
    CHECK(client.node.phase == Phase::idle);
  }
}

TEST_CASE("an answer that comes after the deadline lets nobody in, whatever it says") {
  ClientBench client;
  SUBCASE("first in the queue") {
    client.get_lease();
    client.now = 4900ms;
    client.answer_queuing(7, 7);
  }
  SUBCASE("its own key found") {
    client.queue(7, 3);
    client.deliver(s1, RangeResponse{client.node.call, 10, {}});
    client.now = 4900ms;
    client.deliver(s1, RangeResponse{client.node.call, 10, {key_of("lock/6a4", 7)}});
  }
  CHECK_FALSE(client.emitted<Acquired>().has_value());
  CHECK(client.node.phase == Phase::idle);
}

TEST_CASE("a canceled watch is no news: it reads the queue again") {
  ClientBench client;
  client.queue(7, 3);
  client.find_predecessor(9);
  client.deliver(
      s1, WatchResponse{.watch_id = client.node.call, .canceled = true, .compact_revision = 20});
  CHECK(client.node.phase == Phase::reading_queue);
}

TEST_CASE("the deadline counts from the sending, and an answer after it does not help (LK-S6)") {
  ClientBench client;
  client.own();
  client.now = 1700ms;
  client.expire(RenewalInterval{});
  const Call renewal = client.sent<LeaseKeepAliveRequest>()->call;
  client.now = 4s;
  client.deliver(s1, LeaseKeepAliveResponse{renewal, granted_lease, granted_ttl});
  CHECK(client.node.session.deadline == 1700ms + 4900ms);
  client.expire(RenewalInterval{});
  const Call late = client.sent<LeaseKeepAliveRequest>()->call;
  client.now = 6700ms;
  client.deliver(s1, LeaseKeepAliveResponse{late, granted_lease, granted_ttl});
  CHECK(client.emitted<Lost>() == Lost{7});
  CHECK(client.sent<LeaseRevokeRequest>()->id == granted_lease);
}

TEST_CASE("whatever wakes an owner after its deadline, it asks the resource for nothing more") {
  ClientBench client;
  client.own();
  client.now = 5s;
  client.deliver(r1, ResourceReply{client.node.call, true, 3, 7});
  CHECK(client.emitted<Lost>().has_value());
  CHECK_FALSE(client.sent<WriteRequest>().has_value());
}

TEST_CASE("a date that is set back does not lengthen a session") {
  ClientBench client;
  client.own();
  client.wall_clock -= 30s;
  client.now = 4900ms;
  client.expire(SessionDeadline{});
  CHECK(client.emitted<Lost>().has_value());
}

TEST_CASE("a lease that the store does not know is a lost session") {
  ClientBench client;
  client.own();
  client.expire(RenewalInterval{});
  client.deliver(
      s1, LeaseKeepAliveResponse{client.sent<LeaseKeepAliveRequest>()->call, granted_lease, 0});
  CHECK(client.emitted<Lost>().has_value());
}

TEST_CASE("reading, working and writing, then the key goes if it is still its own") {
  ClientBench client;
  client.own();
  client.deliver(r1, ResourceReply{client.node.call, true, 3, 7});
  client.expire(WorkDone{});
  CHECK(client.sent<WriteRequest>() == WriteRequest{client.node.call, 7, 4});
  client.deliver(r1, ResourceReply{client.node.call, true, 4, 7});
  CHECK(client.emitted<Released>() == Released{7});
  const auto release = client.sent<TxnRequest>();
  REQUIRE(release.has_value());
  CHECK(release->compare == std::vector<Compare>{{.key = "lock/6a4", .create_revision = 7}});
  client.deliver(s1, TxnResponse{.call = client.node.call});
  CHECK(client.sent<LeaseRevokeRequest>()->id == granted_lease);
  client.deliver(s1, LeaseRevokeResponse{client.node.call, 9, true});
  CHECK(client.node.phase == Phase::idle);
  CHECK(client.node.rounds_done == 1);
}

TEST_CASE("work that hangs gives the lock back") {
  ClientBench client;
  client.own();
  client.now = 4s;
  client.expire(HoldLimit{});
  CHECK(client.emitted<Released>().has_value());
  CHECK(client.sent<TxnRequest>().has_value());
}

TEST_CASE("a refusal by the resource is the end of an ownership") {
  ClientBench client;
  client.own();
  client.deliver(r1, ResourceReply{client.node.call, false, 3, 9});
  CHECK(client.emitted<Lost>() == Lost{7});
}

TEST_CASE("answers to calls that are over change nothing") {
  ClientBench client;
  client.queue(7, 3);
  const Client before = client.node;
  client.deliver(s1, LeaseGrantResponse{1, 99, granted_ttl});
  client.answer_queuing(8, 8);
  client.deliver(s1, RangeResponse{1, 9, {}});
  client.deliver(s1, WatchResponse{.watch_id = 1, .events = {{WatchEventType::remove, {}}}});
  client.deliver(r1, ResourceReply{1, true, 9, 9});
  client.deliver(s1, LeaseKeepAliveResponse{77, granted_lease, granted_ttl});
  client.deliver(s1, LeaseRevokeResponse{1, 1, true});
  CHECK(client.node == before);
}

}  // namespace dsys::lock
