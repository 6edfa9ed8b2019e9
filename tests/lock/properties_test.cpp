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
    CHECK_FALSE(court.sends(s1, n1, news(1)));
    CHECK_FALSE(court.sends(s1, n1, news(1)));
    CHECK(court.sends(s1, n2, news(1)));
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
}

}  // namespace dsys::lock
