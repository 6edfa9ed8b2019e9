// One client before hand-made answers.
#include "problems/zklock/node.hpp"
#include "tests/problem/bench.hpp"

#include <doctest/doctest.h>

namespace dsys::zklock {

namespace {

// A client n1 that is connected to s1, with one place in the queue of its lock.
struct ClientBench : Bench<LockProtocol, Client> {
  ClientBench(Phase phase, const Place& place) {
    node.phase = phase;
    node.places = {place};
    node.call = node.last_call = 7;
    node.link = Link::connected;
    node.session = 1001;
    node.timeout = 4s;
    node.contact = now;
    node.errand_done = true;
  }

  // Connects again, at the next server.
  void lose_connection() {
    deliver(s1, ConnectionClosed{node.last_call});
    expire(ReconnectPause{});
    deliver(s2, ConnectResponse{node.opened_by, node.session, 4s});
  }
};

const Place asked_place{.lock = "job", .guid = "0a"};
const Place waiting{
    .lock = "job", .guid = "0a", .path = "/locks/job/0a-lock-0000000004", .czxid = 9};
const Place owned{
    .lock = "job", .guid = "0a", .claim = Claim::owned, .path = waiting.path, .czxid = 9};

}  // namespace

TEST_CASE(
    "after a lost answer it syncs, looks for its guid, and creates only if that is not there") {
  for (const bool is_there : {true, false}) {
    ClientBench bench(Phase::creating, asked_place);
    bench.lose_connection();
    REQUIRE(bench.sent<SyncRequest>());
    bench.deliver(s2, SyncResponse{bench.node.call, 9});
    REQUIRE(bench.sent<GetChildrenRequest>());
    GetChildrenResponse listed{.call = bench.node.call, .children = {"0b-lock-0000000003"}};
    if (is_there) listed.children.emplace_back("0a-lock-0000000004");
    bench.deliver(s2, listed);
    CHECK(bench.sent<CreateRequest>().has_value() != is_there);
    CHECK((bench.node.places.front().path == waiting.path) == is_there);
  }
}

TEST_CASE("a suspect asks the resource for nothing before it has seen its znode again") {
  ClientBench bench(Phase::reading, owned);
  bench.lose_connection();
  CHECK_FALSE(bench.sent<ReadRequest>());
  REQUIRE(bench.sent<ExistsRequest>());
  bench.deliver(s2, ExistsResponse{.call = bench.node.verified_by});
  CHECK(bench.sent<ReadRequest>(r1).value_or(ReadRequest{}).token == 9);
}

TEST_CASE("a suspect takes its lock for lost at the deadline, and removes what may be left of it") {
  ClientBench bench(Phase::working, owned);
  bench.now += 3900ms;
  bench.expire(WorkDone{});
  CHECK_FALSE(bench.emitted<Lost>());
  bench.now += 20ms;
  bench.expire(SessionDeadline{});
  CHECK(bench.emitted<Lost>());
  CHECK_FALSE(bench.sent<WriteRequest>());
  CHECK(bench.node.phase == Phase::deleting);
}

TEST_CASE("whoever gives up while its creation is under way removes what comes of it") {
  ClientBench bench(Phase::creating, asked_place);
  bench.expire(AcquireTimeout{});
  CHECK(bench.emitted<GaveUp>());
  bench.deliver(s1, CreateResponse{.call = 7, .path = waiting.path});
  CHECK(bench.sent<DeleteRequest>().value_or(DeleteRequest{}).path == waiting.path);
}

// The second answer once counted as that of the write, and the lock was given back without one.
TEST_CASE("an answer to a read that comes twice is not taken for one to the write") {
  ClientBench bench(Phase::reading, owned);
  bench.deliver(r1, ResourceReply{.call = 7, .accepted = true, .value = 3});
  CHECK(bench.timer_set<WorkDone>());
  bench.deliver(r1, ResourceReply{.call = 7, .accepted = true, .value = 3});
  CHECK_FALSE(bench.emitted<Released>());
  bench.expire(WorkDone{});
  CHECK(bench.sent<WriteRequest>().value_or(WriteRequest{}).value == 4);
}

}  // namespace dsys::zklock
