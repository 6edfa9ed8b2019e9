// The judges themselves, on hand-made events.
#include "problems/lock/parts.hpp"

#include "tests/problem/court.hpp"
#include "tests/problem/names.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace dsys::lock {

namespace {

struct LockCourt : Court<LockProtocol> {
  explicit LockCourt(std::string_view id) : Court(properties(), id) {
    for (const NodeId node : {s1, r1, n1, n2, n3}) happens(EventKind::start, node);
  }

  // A client whose key has this revision, and whose lease that number.
  void queues(NodeId client, Revision revision, LeaseId lease) {
    emits(client, Requested{});
    emits(s1, LeaseGranted{lease, client, 5});
    gets(s1, client,
         TxnRequest{.call = 1, .compare = {}, .success = {{.request = RequestKind::put}}});
    emits(s1, KeyCreated{"lock/" + std::to_string(lease), revision, lease, client});
  }
  bool acquires(NodeId client, Revision token, LeaseId lease) {
    return emits(client, Acquired{token, lease});
  }
  bool removes(Revision created, Revision at, Cause cause, NodeId by = {}) {
    return emits(s1, KeyRemoved{"lock/key", created, at, cause, by});
  }
  void asks(NodeId client, Call call, Revision token, Access access = Access::write) {
    if (access == Access::read) {
      sends(client, r1, ReadRequest{call, token});
    } else {
      sends(client, r1, WriteRequest{call, token, 1});
    }
  }
};

}  // namespace

TEST_CASE("LK-S1 lets the next one in after a release or the lease's end, and not before") {
  LockCourt court("LK-S1");
  court.queues(n1, 2, 100);
  court.queues(n2, 3, 200);
  court.queues(n3, 4, 300);
  CHECK_FALSE(court.acquires(n1, 2, 100));
  SUBCASE("not before") {
    CHECK(court.acquires(n2, 3, 200));
  }
  SUBCASE("not because the owner says that it has lost it") {
    court.emits(n1, Lost{2});
    CHECK(court.acquires(n2, 3, 200));
  }
  SUBCASE("but when it then removes its key") {
    court.emits(n1, Lost{2});
    court.removes(2, 5, Cause::deleted, n1);
    CHECK_FALSE(court.acquires(n2, 3, 200));
  }
  SUBCASE("after a release, and after the end of a lease") {
    court.emits(n1, Released{2});
    CHECK_FALSE(court.acquires(n2, 3, 200));
    court.emits(s1, LeaseEnded{200, Cause::expired});
    CHECK_FALSE(court.acquires(n3, 4, 300));
  }
}

TEST_CASE("LK-S2 refuses late writes, whatever token they show, and never the latest owner") {
  LockCourt court("LK-S2");
  court.queues(n1, 11, 100);
  court.queues(n2, 14, 200);
  court.acquires(n1, 11, 100);
  court.asks(n1, 1, 11);
  CHECK_FALSE(court.emits(r1, Served{n1, 1, Access::write, 11, 1}));
  court.asks(n1, 2, 11);
  court.emits(s1, LeaseEnded{100, Cause::expired});
  court.acquires(n2, 14, 200);
  court.asks(n2, 1, 14, Access::read);
  SUBCASE("before the later owner was served it may still come") {
    CHECK_FALSE(court.emits(r1, Served{n1, 2, Access::write, 11, 2}));
  }
  SUBCASE("after a mere read of the later owner it may not") {
    court.emits(r1, Served{n2, 1, Access::read, 14, 1});
    CHECK(court.emits(r1, Served{n1, 2, Access::write, 99, 2}));
  }
  SUBCASE("the old one may be refused, the latest may not") {
    court.emits(r1, Served{n2, 1, Access::read, 14, 1});
    CHECK_FALSE(court.emits(r1, Refused{n1, 2, Access::write, 11, 14}));
    court.asks(n2, 2, 14);
    CHECK(court.emits(r1, Refused{n2, 2, Access::write, 14, 14}));
  }
}

TEST_CASE("LK-S3 wants each token to be higher than the one before") {
  LockCourt court("LK-S3");
  CHECK_FALSE(court.acquires(n1, 5, 1));
  CHECK_FALSE(court.acquires(n2, 9, 2));
  SUBCASE("lower") {
    CHECK(court.acquires(n1, 7, 3));
  }
  SUBCASE("equal") {
    CHECK(court.acquires(n1, 9, 3));
  }
  SUBCASE("none at all") {
    LockCourt other("LK-S3");
    CHECK(other.acquires(n1, 0, 1));
  }
}

TEST_CASE("LK-S4 lets a key go by its owner or its lease, and by nobody else") {
  LockCourt court("LK-S4");
  court.queues(n1, 2, 100);
  court.queues(n2, 3, 200);
  court.queues(n3, 4, 300);
  CHECK_FALSE(court.removes(2, 5, Cause::deleted, n1));
  CHECK_FALSE(court.removes(3, 6, Cause::expired));
  CHECK(court.removes(4, 7, Cause::deleted, n1));
}

TEST_CASE("LK-S4 asks an owner to report the release before its key goes") {
  LockCourt court("LK-S4");
  court.queues(n1, 2, 100);
  court.acquires(n1, 2, 100);
  SUBCASE("reported") {
    court.emits(n1, Released{2});
    CHECK_FALSE(court.removes(2, 3, Cause::deleted, n1));
  }
  SUBCASE("not reported") {
    CHECK(court.removes(2, 3, Cause::revoked, n1));
  }
  SUBCASE("its lease has expired") {
    CHECK_FALSE(court.removes(2, 3, Cause::expired));
  }
}

TEST_CASE("LK-S5 asks for a key that was there when the turn came") {
  LockCourt court("LK-S5");
  SUBCASE("never had one") {
    CHECK(court.acquires(n1, 2, 100));
  }
  court.queues(n1, 2, 100);
  court.queues(n2, 3, 200);
  SUBCASE("the predecessor is still there") {
    CHECK(court.acquires(n2, 3, 200));
  }
  SUBCASE("its own went first") {
    court.removes(3, 4, Cause::expired);
    court.removes(2, 5, Cause::deleted, n1);
    CHECK(court.acquires(n2, 3, 200));
  }
  SUBCASE("its own was there, and has gone since: late, but it was its turn") {
    court.removes(2, 4, Cause::deleted, n1);
    court.removes(3, 5, Cause::expired);
    CHECK_FALSE(court.acquires(n2, 3, 200));
  }
}

TEST_CASE("LK-S6 lets nothing leave for the resource once the lease has ended") {
  LockCourt court("LK-S6");
  court.queues(n1, 2, 100);
  court.acquires(n1, 2, 100);
  CHECK_FALSE(court.sends(n1, r1, WriteRequest{1, 2, 1}));
  court.emits(s1, LeaseEnded{100, Cause::expired});
  CHECK_FALSE(court.sends(n1, s1, LeaseRevokeRequest{2, 100}));
  CHECK(court.sends(n1, r1, ReadRequest{3, 2}));
}

TEST_CASE("LK-S7 allows one key for a session at a time") {
  LockCourt court("LK-S7");
  court.queues(n1, 2, 100);
  court.removes(2, 3, Cause::deleted, n1);
  CHECK_FALSE(court.emits(s1, KeyCreated{"lock/a", 4, 100, n1}));
  CHECK(court.emits(s1, KeyCreated{"lock/b", 5, 100, n1}));
}

TEST_CASE("LK-S8 wants each write to add one, and counts a repeated one once") {
  LockCourt court("LK-S8");
  CHECK_FALSE(court.emits(r1, Served{n1, 1, Access::write, 2, 1}));
  CHECK_FALSE(court.emits(r1, Served{n1, 1, Access::write, 2, 1, true}));
  CHECK_FALSE(court.emits(r1, Served{n2, 1, Access::read, 3, 1}));
  CHECK(court.emits(r1, Served{n2, 2, Access::write, 3, 1}));
}

TEST_CASE("LK-L1 gives a waiter the TTL and a second when the owner is dead") {
  LockCourt court("LK-L1");
  court.queues(n1, 2, 100);
  court.acquires(n1, 2, 100);
  court.queues(n2, 3, 200);
  court.now = 1s;
  court.happens(EventKind::crash, n1);
  court.happens(EventKind::start, n3);  // who is connected is counted anew
  CHECK_FALSE(court.ends(7s));
  CHECK(court.ends(7001ms));
}

TEST_CASE("LK-L1 gives an owner that lives its maximum hold time as well") {
  LockCourt court("LK-L1");
  court.queues(n1, 2, 100);
  court.acquires(n1, 2, 100);
  court.queues(n2, 3, 200);
  CHECK_FALSE(court.ends(longest_work + 6s));
  CHECK(court.ends(longest_work + 6001ms));
}

TEST_CASE("LK-L2 gives a hand-over eight messages, if somebody has been waiting") {
  LockCourt court("LK-L2");
  court.emits(n1, Requested{});
  court.acquires(n1, 2, 100);
  SUBCASE("nobody waits") {
    court.now = 1s;
    court.emits(n1, Released{2});
    CHECK_FALSE(court.ends(9s));
  }
  SUBCASE("somebody does") {
    court.emits(n2, Requested{});
    court.now = 1s;
    court.emits(n1, Released{2});
    CHECK_FALSE(court.ends(1080ms));
    CHECK(court.ends(1081ms));
  }
}

TEST_CASE("LK-L3 grants in the order of the first attempts at the store") {
  LockCourt court("LK-L3");
  court.queues(n2, 2, 200);
  court.queues(n1, 3, 100);
  court.queues(n3, 4, 300);
  CHECK_FALSE(court.acquires(n2, 2, 200));
  SUBCASE("overtaking") {
    CHECK(court.acquires(n3, 4, 300));
  }
  SUBCASE("the one before has crashed") {
    court.happens(EventKind::crash, n1);
    CHECK_FALSE(court.acquires(n3, 4, 300));
  }
}

TEST_CASE("LK-L4 lets a removal wake one client, and a hand-over take a few requests") {
  const auto news = [](Call watch) {
    KeyValue gone;
    gone.key = "lock/a";
    gone.mod_revision = 9;
    return WatchResponse{.watch_id = watch, .events = {{WatchEventType::remove, gone}}};
  };
  SUBCASE("two are woken") {
    LockCourt court("LK-L4");
    court.gets(s1, n1, WatchCreateRequest{.watch_id = 1});
    court.gets(s1, n2, WatchCreateRequest{.watch_id = 1});
    CHECK_FALSE(court.sends(s1, n1, news(1)));
    CHECK_FALSE(court.sends(s1, n1, news(1)));
    SUBCASE("of now") {
      CHECK(court.sends(s1, n2, news(1)));
    }
    SUBCASE("one by a watch of its earlier life") {
      court.happens(EventKind::crash, n2);
      court.happens(EventKind::restart, n2);
      CHECK_FALSE(court.sends(s1, n2, news(1)));
    }
  }
  SUBCASE("many requests") {
    LockCourt court("LK-L4");
    court.emits(n2, Requested{});
    court.now = 1s;
    court.emits(n1, Released{2});
    for (Call call = 1; call <= 6; ++call) {
      CHECK_FALSE(court.gets(s1, n2, RangeRequest{.call = call}));
    }
    CHECK(court.gets(s1, n2, RangeRequest{.call = 7}));
  }
}

TEST_CASE("LK-L5 lets an owner keep the lock while it lives and works") {
  LockCourt court("LK-L5");
  court.queues(n1, 2, 100);
  court.acquires(n1, 2, 100);
  court.now = 3s;
  SUBCASE("its lease expires") {
    CHECK(court.emits(s1, LeaseEnded{100, Cause::expired}));
  }
  SUBCASE("it gives up") {
    CHECK(court.emits(n1, Lost{2}));
  }
  SUBCASE("it is dead") {
    court.happens(EventKind::crash, n1);
    CHECK_FALSE(court.emits(s1, LeaseEnded{100, Cause::expired}));
  }
  SUBCASE("its work hangs") {
    court.now = longest_work;
    CHECK_FALSE(court.emits(n1, Lost{2}));
  }
  SUBCASE("an answer was lost, and the next renewal could have come") {
    court.happens(EventKind::lose, n1);
    court.now = 6s;
    CHECK(court.emits(s1, LeaseEnded{100, Cause::expired}));
  }
}

TEST_CASE("LK-L5 lets nobody give up whose lease is certain to live") {
  LockCourt court("LK-L5");
  court.sends(n1, s1, LeaseGrantRequest{1, 5});
  court.gets(n1, s1, LeaseGrantResponse{1, 100, 5});
  court.queues(n1, 2, 100);
  court.acquires(n1, 2, 100);
  court.happens(EventKind::lose, n1);
  SUBCASE("at the first silence") {
    court.now = 1500ms;
    CHECK(court.emits(n1, Lost{2}));
  }
  SUBCASE("near the end it may") {
    court.now = 4s;
    court.happens(EventKind::restart, n3);  // a disturbance: it may not have been able to renew
    CHECK_FALSE(court.emits(n1, Lost{2}));
  }
  SUBCASE("told by the store it must") {
    court.now = 1500ms;
    court.gets(n1, s1, LeaseKeepAliveResponse{2, 100, 0});
    CHECK_FALSE(court.emits(n1, Lost{2}));
  }
}

TEST_CASE("LK-S5 asks for a key of this session, not of one before a crash") {
  LockCourt court("LK-S5");
  court.queues(n1, 2, 100);
  court.happens(EventKind::crash, n1);
  court.happens(EventKind::restart, n1);
  court.emits(s1, LeaseGranted{200, n1, 5});
  SUBCASE("the earlier one's") {
    CHECK(court.acquires(n1, 2, 200));
  }
  SUBCASE("put again, it hangs on the new lease") {
    court.emits(s1, KeyMoved{"lock/n1", 2, 200});
    CHECK_FALSE(court.acquires(n1, 2, 200));
  }
}

TEST_CASE("LK-S9 pairs each Acquired with one end, and with a Requested before it") {
  LockCourt court("LK-S9");
  court.emits(n1, Requested{});
  CHECK_FALSE(court.acquires(n1, 2, 100));
  SUBCASE("a second one") {
    court.emits(n1, Requested{});
    CHECK(court.acquires(n1, 3, 200));
  }
  SUBCASE("after a crash") {
    court.happens(EventKind::crash, n1);
    court.emits(n1, Requested{});
    CHECK_FALSE(court.acquires(n1, 3, 200));
  }
  SUBCASE("two ends") {
    CHECK_FALSE(court.emits(n1, Released{2}));
    CHECK(court.emits(n1, Lost{2}));
  }
  SUBCASE("the end of another") {
    CHECK(court.emits(n1, Released{3}));
  }
  SUBCASE("not asked for") {
    CHECK_FALSE(court.emits(n1, Released{2}));
    CHECK(court.acquires(n1, 3, 200));
  }
}

TEST_CASE("LK-S10 lets owners ask the resource, and nobody else") {
  LockCourt court("LK-S10");
  court.emits(n1, Requested{});
  SUBCASE("too early") {
    CHECK(court.sends(n1, r1, ReadRequest{1, 2}));
  }
  court.acquires(n1, 2, 100);
  CHECK_FALSE(court.sends(n1, r1, ReadRequest{1, 2}));
  SUBCASE("after the release") {
    court.emits(n1, Released{2});
    CHECK(court.sends(n1, r1, WriteRequest{2, 2, 1}));
  }
  SUBCASE("the release before it is told") {
    CHECK(court.sends(n1, s1, DeleteRangeRequest{.call = 3}));
  }
}

TEST_CASE("LK-S11 counts what a round has added, by the task") {
  LockCourt court("LK-S11");
  court.emits(r1, Task{.client = n1, .rounds = 1, .increments = 2, .hold_max = 20s});
  court.emits(n1, Requested{});
  court.acquires(n1, 2, 100);
  CHECK_FALSE(court.emits(r1, Served{n1, 1, Access::write, 2, 1}));
  SUBCASE("too few") {
    CHECK(court.emits(n1, Released{2}));
  }
  SUBCASE("too few, but the work hung") {
    court.now = 20s;
    CHECK_FALSE(court.emits(n1, Released{2}));
  }
  SUBCASE("one of an earlier round does not count") {
    CHECK_FALSE(court.emits(r1, Served{n1, 1, Access::write, 1, 2}));
    CHECK(court.emits(n1, Released{2}));
  }
  CHECK_FALSE(court.emits(r1, Served{n1, 2, Access::write, 2, 2}));
  SUBCASE("enough") {
    CHECK_FALSE(court.emits(n1, Released{2}));
    CHECK(court.emits(n1, Requested{}));
  }
  SUBCASE("too many") {
    CHECK_FALSE(court.emits(r1, Served{n1, 2, Access::write, 2, 2, true}));
    CHECK(court.emits(r1, Served{n1, 3, Access::write, 2, 3}));
  }
}

TEST_CASE("LK-L6 gives a release that was lost three request time-outs") {
  LockCourt court("LK-L6");
  court.sends(n1, s1, LeaseGrantRequest{1, 30});
  court.gets(n1, s1, LeaseGrantResponse{1, 100, 30});
  court.queues(n1, 2, 100);
  court.acquires(n1, 2, 100);
  court.now = 1s;
  court.emits(n1, Released{2});
  SUBCASE("not repeated") {
    CHECK_FALSE(court.ends(2s));
    CHECK(court.ends(2001ms));
  }
  SUBCASE("repeated") {
    court.removes(2, 3, Cause::deleted, n1);
    CHECK_FALSE(court.ends(9s));
  }
  SUBCASE("dead") {
    court.happens(EventKind::crash, n1);
    CHECK_FALSE(court.ends(9s));
  }
}

TEST_CASE("LK-L7 wants the next round to begin within a TTL and a second") {
  LockCourt court("LK-L7");
  court.emits(r1, Task{.client = n1, .rounds = 2, .pause_between = 50ms, .increments = 1});
  court.queues(n1, 2, 100);
  court.acquires(n1, 2, 100);
  SUBCASE("after a release") {
    court.emits(n1, Released{2});
    CHECK_FALSE(court.ends(6050ms));
    CHECK(court.ends(6051ms));
  }
  SUBCASE("all are done") {
    court.emits(n1, Released{2});
    court.emits(n1, Requested{});
    court.acquires(n1, 3, 100);
    court.emits(n1, Released{3});
    CHECK_FALSE(court.ends(60s));
  }
}

TEST_CASE("LK-L8 gives an owner whose lease has ended a TTL and a second to say so") {
  LockCourt court("LK-L8");
  court.queues(n1, 2, 100);
  court.acquires(n1, 2, 100);
  court.now = 1s;
  court.emits(s1, LeaseEnded{100, Cause::expired});
  SUBCASE("it says so") {
    court.emits(n1, Lost{2});
    CHECK_FALSE(court.ends(60s));
  }
  SUBCASE("it does not") {
    CHECK_FALSE(court.ends(7s));
    CHECK(court.ends(7001ms));
  }
}

}  // namespace dsys::lock
