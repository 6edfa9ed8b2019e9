// The judges themselves, on hand-made events: each must say no when it should, and only then.
#include "problems/zklock/parts.hpp"

#include "tests/problem/court.hpp"
#include "tests/problem/names.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace dsys::zklock {

namespace {

class LockCourt : public Court<LockProtocol> {
 public:
  explicit LockCourt(std::string_view id) : Court(properties(), id) {
    for (const NodeId node : {s1, s2, r1, n1, n2, n3}) {
      CHECK_FALSE(happens(EventKind::start, node));
    }
    open(1001, n1);
    open(1002, n2);
    open(1003, n3);
  }

  bool crashes(NodeId node) { return happens(EventKind::crash, node); }
  bool ends() { return Court::ends(now); }

  bool open(SessionId session, NodeId client) {
    return emits(s1, SessionOpened{session, client, 4s});
  }
  bool end(SessionId session) { return emits(s1, SessionEnded{session, Cause::expired}); }
  bool wants(NodeId client) { return emits(client, Requested{"job"}); }
  bool stands(NodeId client, Zxid czxid) {
    return emits(s1, ZnodeCreated{path(czxid), czxid, CreateMode::ephemeral_sequential, client});
  }
  bool goes(Zxid czxid, Zxid zxid, NodeId by, Cause cause = Cause::deleted) {
    return emits(s1, ZnodeRemoved{path(czxid), czxid, zxid, cause, by});
  }
  bool owns(NodeId client, Zxid token, LockKind kind = LockKind::plain) {
    return emits(client, Acquired{"job", token, 1000 + node_number(client), kind});
  }
  bool releases(NodeId client, Zxid token) { return emits(client, Released{"job", token}); }

 private:
  static std::string path(Zxid czxid) {
    return "/locks/job/guid-lock-00000000" + std::to_string(10 + czxid);
  }
};

// Connects n1 to s1, and lets it see something there.
void connect(LockCourt& court) {
  court.sends(n1, s1, ConnectRequest{.call = 1});
  court.gets(n1, s1, ConnectResponse{1, 1001, 4s});
  court.gets(n1, s1, GetChildrenResponse{.call = 2});
}

// n1 is to add twice to the counter, working for 100 ms each time, in each of two rounds.
const Tasked task{.client = n1,
                  .lock = "job",
                  .first_after = 50ms,
                  .rounds = 2,
                  .pause_between = 200ms,
                  .increments = 2,
                  .work = 100ms};

// Reads, works for so long, writes and is answered.
bool increments(LockCourt& court, Call call, Duration work = 100ms) {
  court.sends(n1, r1, ReadRequest{call, 1});
  court.gets(n1, r1, ResourceReply{.call = call, .accepted = true});
  court.now += work;
  const bool breaks = court.sends(n1, r1, WriteRequest{call + 1, 1, 7});
  const bool counts = court.emits(r1, Served{n1, call + 1, Access::write, 1, 7});
  court.gets(n1, r1, ResourceReply{.call = call + 1, .accepted = true});
  return breaks || counts;
}

}  // namespace

TEST_CASE("ZK-S1 sees two owners, and an owner that is not the lowest") {
  LockCourt two("ZK-S1");
  two.stands(n1, 1);
  CHECK_FALSE(two.owns(n1, 1));
  two.stands(n2, 2);
  CHECK(two.owns(n2, 2));

  LockCourt early("ZK-S1");
  early.stands(n1, 1);
  early.stands(n2, 2);
  CHECK(early.owns(n2, 2));

  LockCourt without("ZK-S1");
  CHECK(without.owns(n1, 1));
}

TEST_CASE(
    "ZK-S1 lets an ownership end by a release, by the end of the session, and by giving up a "
    "lost lock") {
  LockCourt released("ZK-S1");
  released.stands(n1, 1);
  released.stands(n2, 2);
  released.owns(n1, 1);
  released.releases(n1, 1);
  released.goes(1, 3, n1);
  CHECK_FALSE(released.owns(n2, 2));

  LockCourt expired("ZK-S1");
  expired.stands(n1, 1);
  expired.stands(n2, 2);
  expired.owns(n1, 1);
  expired.end(1001);
  expired.goes(1, 3, NodeId{}, Cause::expired);
  CHECK_FALSE(expired.owns(n2, 2));

  LockCourt lost("ZK-S1");
  lost.stands(n1, 1);
  lost.stands(n2, 2);
  lost.owns(n1, 1);
  lost.emits(n1, Lost{"job", 1});
  lost.goes(1, 3, n1);
  CHECK_FALSE(lost.owns(n2, 2));
}

TEST_CASE("ZK-S1 sees an owner whose own znode had gone before its turn came") {
  LockCourt court("ZK-S1");
  court.stands(n1, 1);
  court.stands(n2, 2);
  court.goes(2, 3, NodeId{}, Cause::expired);
  court.goes(1, 4, n1);
  CHECK(court.owns(n2, 2));
}

TEST_CASE("ZK-S1 lets readers share, and no writer beside them") {
  LockCourt court("ZK-S1");
  const auto stands = [&](NodeId client, Zxid czxid, const std::string& kind) {
    court.emits(s1, ZnodeCreated{"/locks/job/guid-" + kind + "-000000000" + std::to_string(czxid),
                                 czxid, CreateMode::ephemeral_sequential, client});
  };
  stands(n1, 1, "read");
  stands(n2, 2, "read");
  stands(n3, 3, "write");
  CHECK_FALSE(court.owns(n1, 1, LockKind::read));
  CHECK_FALSE(court.owns(n2, 2, LockKind::read));
  CHECK(court.owns(n3, 3, LockKind::write));
}

TEST_CASE("ZK-S2 sees a late write that is accepted, and the latest owner refused") {
  LockCourt late("ZK-S2");
  late.stands(n1, 1);
  late.stands(n2, 2);
  late.owns(n1, 1);
  late.sends(n1, r1, WriteRequest{5, 1, 7});
  late.end(1001);
  late.owns(n2, 2);
  late.sends(n2, r1, ReadRequest{5, 2});
  CHECK_FALSE(late.emits(r1, Served{n2, 5, Access::read, 2, 0}));
  CHECK(late.emits(r1, Served{n1, 5, Access::write, 1, 7}));

  LockCourt refused("ZK-S2");
  refused.owns(n1, 1);
  refused.sends(n1, r1, WriteRequest{5, 1, 7});
  CHECK(refused.emits(r1, Refused{n1, 5, Access::write, 1, 1}));
}

// Its listing was under way when its session ended: by then it had owned the lock.
TEST_CASE("a report that comes after the end of its session is of an ownership that is over") {
  for (const char* const id : {"ZK-S1", "ZK-S2", "ZK-S3"}) {
    CAPTURE(id);
    LockCourt court(id);
    court.stands(n1, 1);
    court.stands(n2, 2);
    court.end(1001);
    court.goes(1, 3, NodeId{}, Cause::expired);
    CHECK_FALSE(court.owns(n2, 2));
    CHECK_FALSE(court.owns(n1, 1));
    court.sends(n1, r1, ReadRequest{5, 1});
    court.sends(n2, r1, WriteRequest{5, 2, 1});
    CHECK_FALSE(court.emits(r1, Served{n1, 5, Access::read, 1, 0}));
    CHECK_FALSE(court.emits(r1, Served{n2, 5, Access::write, 2, 1}));
  }
  LockCourt never("ZK-S1");
  never.stands(n1, 1);
  never.stands(n2, 2);
  never.end(1002);
  never.goes(2, 3, NodeId{}, Cause::expired);
  never.end(1001);
  never.goes(1, 4, NodeId{}, Cause::expired);
  CHECK(never.owns(n2, 2));
}

TEST_CASE("ZK-S3 sees tokens that fall, stay or are missing") {
  LockCourt court("ZK-S3");
  CHECK_FALSE(court.owns(n1, 4));
  CHECK_FALSE(court.owns(n2, 9));
  CHECK(court.owns(n1, 9));
  CHECK(LockCourt("ZK-S3").owns(n1, 0));
}

TEST_CASE("ZK-S4 sees another's znode removed, and an own one left") {
  LockCourt other("ZK-S4");
  other.stands(n1, 1);
  CHECK_FALSE(other.goes(1, 2, NodeId{}, Cause::expired));
  other.stands(n1, 3);
  CHECK(other.goes(3, 4, n2));

  LockCourt left("ZK-S4");
  left.stands(n1, 1);
  left.owns(n1, 1);
  left.releases(n1, 1);
  left.now = 500ms;
  CHECK_FALSE(left.ends());
  left.now = 2s;
  CHECK(left.ends());

  LockCourt removed("ZK-S4");
  removed.stands(n1, 1);
  removed.owns(n1, 1);
  removed.releases(n1, 1);
  removed.goes(1, 2, n1);
  removed.now = 2s;
  CHECK_FALSE(removed.ends());
}

TEST_CASE("ZK-S4 asks an owner to report the release before its znode goes") {
  LockCourt deleted("ZK-S4");
  deleted.stands(n1, 1);
  deleted.owns(n1, 1);
  CHECK(deleted.goes(1, 2, n1));

  LockCourt expired("ZK-S4");
  expired.stands(n1, 1);
  expired.owns(n1, 1);
  CHECK_FALSE(expired.goes(1, 2, NodeId{}, Cause::expired));
}

TEST_CASE("ZK-S5 sees requests after silence, after a closing, and after the end of the session") {
  LockCourt silent("ZK-S5");
  connect(silent);
  silent.now = 2s;
  CHECK_FALSE(silent.sends(n1, r1, ReadRequest{3, 1}));
  silent.now = 3s;
  CHECK(silent.sends(n1, r1, ReadRequest{4, 1}));

  LockCourt closed("ZK-S5");
  connect(closed);
  closed.gets(n1, s1, ConnectionClosed{2});
  CHECK(closed.sends(n1, r1, ReadRequest{3, 1}));

  LockCourt ended("ZK-S5");
  connect(ended);
  ended.end(1001);
  CHECK(ended.sends(n1, r1, ReadRequest{3, 1}));
}

TEST_CASE("ZK-S5 wants a look over the new connection, and does not mind what an old one says") {
  LockCourt court("ZK-S5");
  connect(court);
  court.sends(n1, s2, ConnectRequest{.call = 5, .session = 1001});
  court.gets(n1, s2, ConnectResponse{5, 1001, 4s});
  court.gets(n1, s1, ConnectionClosed{4});
  court.gets(n1, s2, ExistsResponse{.call = 6});
  CHECK_FALSE(court.sends(n1, r1, ReadRequest{7, 1}));

  LockCourt hasty("ZK-S5");
  connect(hasty);
  hasty.sends(n1, s2, ConnectRequest{.call = 5, .session = 1001});
  hasty.gets(n1, s2, ConnectResponse{5, 1001, 4s});
  CHECK(hasty.sends(n1, r1, ReadRequest{7, 1}));
}

TEST_CASE(
    "ZK-S6 sees a second znode of one acquisition, also when it is asked for anew after a "
    "lost connection") {
  LockCourt twice("ZK-S6");
  twice.wants(n1);
  CHECK_FALSE(twice.stands(n1, 1));
  CHECK(twice.stands(n1, 2));

  LockCourt anew("ZK-S6");
  anew.wants(n1);
  anew.stands(n1, 1);
  anew.wants(n1);
  CHECK(anew.stands(n1, 2));

  LockCourt expired("ZK-S6");
  expired.wants(n1);
  expired.stands(n1, 1);
  expired.end(1001);
  expired.goes(1, 2, NodeId{}, Cause::expired);
  CHECK_FALSE(expired.stands(n1, 3));

  LockCourt restarted("ZK-S6");
  restarted.wants(n1);
  restarted.stands(n1, 1);
  restarted.crashes(n1);
  restarted.wants(n1);
  CHECK_FALSE(restarted.stands(n1, 2));
}

TEST_CASE("ZK-S7 sees an increment that is lost, and allows a write that comes twice") {
  LockCourt court("ZK-S7");
  CHECK_FALSE(court.emits(r1, Served{n1, 1, Access::write, 1, 1}));
  CHECK_FALSE(court.emits(r1, Served{n1, 1, Access::write, 1, 1, true}));
  CHECK_FALSE(court.emits(r1, Served{n2, 1, Access::write, 2, 2}));
  CHECK(court.emits(r1, Served{n1, 2, Access::write, 1, 2}));
}

TEST_CASE("ZK-S8 sees increments that are missing, or too many, and work that is not done") {
  LockCourt whole("ZK-S8");
  whole.emits(r1, task);
  whole.owns(n1, 1);
  CHECK_FALSE(increments(whole, 1));
  CHECK_FALSE(increments(whole, 3));
  CHECK_FALSE(whole.releases(n1, 1));

  LockCourt half("ZK-S8");
  half.emits(r1, task);
  half.owns(n1, 1);
  increments(half, 1);
  CHECK(half.releases(n1, 1));

  LockCourt more("ZK-S8");
  more.emits(r1, task);
  more.owns(n1, 1);
  increments(more, 1);
  increments(more, 3);
  CHECK(increments(more, 5));

  LockCourt lazy("ZK-S8");
  lazy.emits(r1, task);
  lazy.owns(n1, 1);
  CHECK(increments(lazy, 1, 10ms));

  LockCourt unread("ZK-S8");
  unread.emits(r1, task);
  unread.owns(n1, 1);
  CHECK(unread.sends(n1, r1, WriteRequest{1, 1, 7}));
}

TEST_CASE("ZK-S8 counts a repeated write once, and one of an earlier ownership not at all") {
  LockCourt court("ZK-S8");
  court.emits(r1, task);
  court.owns(n1, 1);
  increments(court, 1);
  CHECK_FALSE(court.sends(n1, r1, WriteRequest{2, 1, 7}));
  CHECK_FALSE(court.emits(r1, Served{n1, 2, Access::write, 1, 7, true}));
  court.emits(n1, Lost{"job", 1});
  court.owns(n1, 2);
  CHECK_FALSE(increments(court, 5));
  CHECK_FALSE(increments(court, 7));
  CHECK_FALSE(court.releases(n1, 2));
}

TEST_CASE("ZK-S8 wants the errand done before the write, and the lock held for the work") {
  Tasked errand = task;
  errand.errand = "log";
  LockCourt court("ZK-S8");
  court.emits(r1, errand);
  court.owns(n1, 1);
  CHECK(increments(court, 1));

  Tasked held = task;
  held.increments = 0;
  LockCourt early("ZK-S8");
  early.emits(r1, held);
  early.owns(n1, 1);
  early.now = 50ms;
  CHECK(early.releases(n1, 1));
}

TEST_CASE("ZK-S9 wants one end for each ownership, with its token") {
  LockCourt twice("ZK-S9");
  twice.owns(n1, 1);
  CHECK(twice.owns(n1, 1));

  LockCourt both("ZK-S9");
  both.owns(n1, 1);
  CHECK_FALSE(both.releases(n1, 1));
  CHECK(both.emits(n1, Lost{"job", 1}));

  LockCourt token("ZK-S9");
  token.owns(n1, 1);
  CHECK(token.releases(n1, 2));

  LockCourt restarted("ZK-S9");
  restarted.owns(n1, 1);
  restarted.crashes(n1);
  CHECK_FALSE(restarted.owns(n1, 2));
}

TEST_CASE("ZK-S9 sees a lock acquired unasked, and a waiter that gives up too early") {
  LockCourt unasked("ZK-S9");
  unasked.emits(r1, task);
  CHECK(unasked.owns(n1, 1));

  Tasked timed = task;
  timed.acquire_timeout = 1s;
  for (const Duration waited : {500ms, 1000ms}) {
    LockCourt court("ZK-S9");
    court.emits(r1, timed);
    court.wants(n1);
    court.now = waited;
    CHECK(court.emits(n1, GaveUp{"job"}) == (waited < 1s));
  }
}

TEST_CASE("ZK-S10 sees a round that begins before its time, once more, or too often") {
  LockCourt early("ZK-S10");
  early.emits(r1, task);
  CHECK(early.wants(n1));

  LockCourt again("ZK-S10");
  again.emits(r1, task);
  again.now = 50ms;
  CHECK_FALSE(again.wants(n1));
  again.end(1001);
  CHECK(again.wants(n1));

  LockCourt rounds("ZK-S10");
  rounds.emits(r1, task);
  for (int round = 1; round <= 2; ++round) {
    rounds.now += 200ms;
    CHECK_FALSE(rounds.wants(n1));
    rounds.emits(n1, Lost{"job", 1});  // begins again, and counts for nothing
    rounds.now += 200ms;
    CHECK_FALSE(rounds.wants(n1));
    rounds.releases(n1, 1);
  }
  rounds.now += 200ms;
  CHECK(rounds.wants(n1));
}

TEST_CASE("ZK-L8 sees an owner that does nothing, and a round that does not begin") {
  LockCourt idle("ZK-L8");
  idle.emits(r1, task);
  idle.now = 1s;
  CHECK_FALSE(idle.ends());
  idle.now = 2s;
  CHECK(idle.ends());

  LockCourt owner("ZK-L8");
  owner.emits(r1, task);
  owner.wants(n1);
  owner.owns(n1, 1);
  owner.now = 1s;
  owner.gets(n1, r1, ResourceReply{.call = 1, .accepted = true});
  owner.now = 2s;
  CHECK_FALSE(owner.ends());
  owner.now = 3s;
  CHECK(owner.ends());
}

TEST_CASE("ZK-L2 asks for nothing while the znode of a dead client stands in the way") {
  LockCourt court("ZK-L2");
  court.wants(n2);
  court.wants(n3);
  court.owns(n2, 1);
  court.now = 1s;
  court.crashes(n1);
  court.stands(n1, 2);  // its creation was under way when it crashed
  court.releases(n2, 1);
  court.now = 8s;
  CHECK_FALSE(court.ends());
}

TEST_CASE("ZK-L6 sees that a waiter does not give up in time") {
  Tasked timed = task;
  timed.acquire_timeout = 1s;
  LockCourt court("ZK-L6");
  court.emits(r1, timed);
  court.wants(n1);
  court.now = 2s;
  CHECK_FALSE(court.gets(n1, s1, PingResponse{}));
  court.now = 3s;
  CHECK(court.gets(n1, s1, PingResponse{}));
}

TEST_CASE("ZK-L7 excuses an owner that was paused until its time was over") {
  LockCourt court("ZK-L7");
  connect(court);
  court.owns(n1, 1);
  court.now = 8s;
  court.gets(n1, s1, PingResponse{});
  CHECK_FALSE(court.emits(n1, Lost{"job", 1}));
}

TEST_CASE("ZK-L1 sees that the lock of a dead owner is not had again") {
  LockCourt court("ZK-L1");
  court.stands(n1, 1);
  court.owns(n1, 1);
  court.wants(n2);
  court.crashes(n1);
  court.now = 8s;
  CHECK_FALSE(court.ends());
  court.now = 10s;
  CHECK(court.ends());
}

TEST_CASE("ZK-L2 sees a waiter that is not told, and a free lock that is not had") {
  LockCourt told("ZK-L2");
  told.owns(n1, 1);
  told.wants(n2);
  told.now = 1s;
  told.releases(n1, 1);
  told.now = 1200ms;
  CHECK_FALSE(told.ends());
  told.now = 1400ms;
  CHECK(told.ends());

  LockCourt free("ZK-L2");
  free.wants(n1);
  free.now = 400ms;
  CHECK(free.ends());
}

TEST_CASE("ZK-L3 sees somebody overtaken who still waits, and not one that has given up") {
  LockCourt overtaken("ZK-L3");
  overtaken.wants(n1);
  overtaken.wants(n2);
  overtaken.stands(n1, 1);
  overtaken.stands(n2, 2);
  CHECK(overtaken.owns(n2, 2));

  LockCourt gone("ZK-L3");
  gone.wants(n1);
  gone.wants(n2);
  gone.stands(n1, 1);
  gone.stands(n2, 2);
  gone.emits(n1, GaveUp{"job"});
  CHECK_FALSE(gone.owns(n2, 2));
}

TEST_CASE("ZK-L4 sees two clients woken by one change") {
  LockCourt court("ZK-L4");
  CHECK_FALSE(court.sends(s1, n1, WatchedEvent{.path = "/locks/job/a", .zxid = 4}));
  CHECK_FALSE(court.sends(s1, n2, WatchedEvent{.path = "/locks/job/b", .zxid = 5}));
  CHECK(court.sends(s1, n3, WatchedEvent{.path = "/locks/job/a", .zxid = 4}));
}

TEST_CASE("ZK-L5 sees that the first of the queue goes on waiting") {
  LockCourt court("ZK-L5");
  court.wants(n1);
  court.wants(n2);
  court.stands(n1, 1);
  court.stands(n2, 2);
  court.owns(n1, 1);
  court.now = 3s;
  CHECK_FALSE(court.goes(1, 3, n1));
  court.now = 4s;
  CHECK_FALSE(court.ends());
  court.now = 5s;
  CHECK(court.ends());
}

TEST_CASE("ZK-L6 sees a znode that is left, and a lock that is had after giving up") {
  LockCourt left("ZK-L6");
  left.wants(n1);
  left.stands(n1, 1);
  left.emits(n1, GaveUp{"job"});
  left.now = 500ms;
  CHECK_FALSE(left.ends());
  left.now = 2s;
  CHECK(left.ends());

  LockCourt had("ZK-L6");
  had.wants(n1);
  had.emits(n1, GaveUp{"job"});
  CHECK(had.owns(n1, 1));

  LockCourt again("ZK-L6");
  again.wants(n1);
  again.emits(n1, GaveUp{"job"});
  again.wants(n1);
  CHECK_FALSE(again.owns(n1, 1));
}

TEST_CASE("ZK-L7 sees a lock given up too early, and not one whose session has ended") {
  LockCourt early("ZK-L7");
  connect(early);
  early.owns(n1, 1);
  early.now = 2s;
  CHECK(early.emits(n1, Lost{"job", 1}));

  LockCourt late("ZK-L7");
  connect(late);
  late.owns(n1, 1);
  late.now = 3900ms;
  CHECK_FALSE(late.emits(n1, Lost{"job", 1}));

  LockCourt ended("ZK-L7");
  connect(ended);
  ended.owns(n1, 1);
  ended.end(1001);
  CHECK_FALSE(ended.emits(n1, Lost{"job", 1}));
}

}  // namespace dsys::zklock
