// The judges themselves, on hand-made events: each must say no when it should, and only then.
#include "problems/raft/parts.hpp"

#include "tests/problem/court.hpp"
#include "tests/problem/names.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace dsys::raft {

namespace {

class RaftCourt : public Court<RaftProtocol> {
 public:
  explicit RaftCourt(std::string_view id) : Court(properties(), id) {}
};

Entry entry(Term term, std::int64_t value = 0) {
  return {term, {c1, static_cast<std::uint64_t>(value), Operation::put, "x", value}};
}

}  // namespace

TEST_CASE("RF-S1 allows one server to lead a term, and not two") {
  RaftCourt court("RF-S1");
  CHECK_FALSE(court.emits(n1, BecameLeader{1}));
  CHECK_FALSE(court.emits(n2, BecameLeader{2}));
  CHECK(court.emits(n3, BecameLeader{1}));
}

TEST_CASE("RF-S2 sees a leader change an entry within its term") {
  RaftCourt court("RF-S2");
  CHECK_FALSE(court.sends(n1, n2, AppendEntries{.term = 2, .entries = {entry(1)}}));
  CHECK_FALSE(court.sends(n1, n3, AppendEntries{.term = 2, .entries = {entry(1), entry(2)}}));
  CHECK(court.sends(n1, n2, AppendEntries{.term = 2, .entries = {entry(2)}}));
}

TEST_CASE("RF-S3 sees two commands, and two pasts, of one index and term") {
  RaftCourt commands("RF-S3");
  CHECK_FALSE(commands.sends(n1, n2, AppendEntries{.term = 1, .entries = {entry(1, 7)}}));
  CHECK(commands.sends(n2, n1, AppendEntries{.term = 2, .entries = {entry(1, 8)}}));
  RaftCourt pasts("RF-S3");
  CHECK_FALSE(pasts.sends(
      n1, n2,
      AppendEntries{.term = 3, .prev_log_index = 1, .prev_log_term = 1, .entries = {entry(3)}}));
  CHECK(pasts.sends(
      n2, n1,
      AppendEntries{.term = 4, .prev_log_index = 1, .prev_log_term = 2, .entries = {entry(3)}}));
}

TEST_CASE("RF-S4 sees a later leader without a committed entry, not a deposed one") {
  RaftCourt court("RF-S4");
  court.sends(n1, n2, AppendEntries{.term = 2});
  CHECK_FALSE(court.emits(n1, Applied{.index = 1, .term = 2, .command = entry(2).command}));
  CHECK_FALSE(court.sends(n3, n2, AppendEntries{.term = 1, .entries = {entry(1)}}));
  CHECK(court.sends(n3, n2, AppendEntries{.term = 3, .entries = {entry(1)}}));
}

TEST_CASE("RF-S5 sees different entries, gaps, and allows a new beginning after a crash") {
  RaftCourt court("RF-S5");
  CHECK_FALSE(court.emits(n1, Applied{.index = 1, .term = 1}));
  CHECK_FALSE(court.emits(n1, Applied{.index = 2, .term = 1}));
  CHECK_FALSE(court.happens(EventKind::power_loss, n1));
  CHECK_FALSE(court.emits(n1, Applied{.index = 1, .term = 1}));
  CHECK(court.emits(n2, Applied{.index = 1, .term = 2}));
  CHECK(court.emits(n3, Applied{.index = 2, .term = 1}));
}

TEST_CASE("RF-S6 sees a falling term, a second vote and a yes to an earlier term") {
  RaftCourt falling("RF-S6");
  CHECK_FALSE(falling.sends(n1, n2, RequestVote{.term = 3}));
  CHECK(falling.sends(n1, n2, RequestVote{.term = 2}));

  RaftCourt deaf("RF-S6");
  CHECK_FALSE(deaf.gets(n1, n2, AppendEntriesReply{.term = 5}));
  CHECK(deaf.sends(n1, n3, AppendEntries{.term = 4}));

  RaftCourt twice("RF-S6");
  twice.gets(n1, n2, RequestVote{.term = 1});
  CHECK_FALSE(twice.sends(n1, n2, RequestVoteReply{1, true}));
  twice.gets(n1, n3, RequestVote{.term = 1});
  CHECK(twice.sends(n1, n3, RequestVoteReply{1, true}));

  RaftCourt stale("RF-S6");
  stale.gets(n1, n2, AppendEntries{.term = 2});
  stale.gets(n1, n3, AppendEntries{.term = 1});
  CHECK(stale.sends(n1, n3, AppendEntriesReply{.term = 2, .success = true}));
}

TEST_CASE("RF-S6 lets a server ignore a vote request and ask for pre-votes") {
  RaftCourt court("RF-S6");
  CHECK_FALSE(court.gets(n1, n2, RequestVote{.term = 9}));
  CHECK_FALSE(court.sends(n1, n2, PreVote{.term = 4}));
  CHECK_FALSE(court.sends(n1, n2, AppendEntries{.term = 3}));
}

TEST_CASE("RF-S7 sees a promise that a power loss took") {
  RaftCourt court("RF-S7");
  const AppendEntries append{.term = 1, .entries = {entry(1)}};
  court.gets(n2, n1, append);
  CHECK_FALSE(
      court.sends(n2, n1, AppendEntriesReply{.term = 1, .success = true, .match_index = 1}));
  const AppendEntries heartbeat{.term = 1, .prev_log_index = 1, .prev_log_term = 1};
  court.happens(EventKind::power_loss, n2);
  court.gets(n2, n1, heartbeat);
  CHECK(court.sends(n2, n1, AppendEntriesReply{.term = 1}));
}

TEST_CASE("RF-S9 sees a command executed twice, by its result") {
  RaftCourt court("RF-S9");
  const Command add{c1, 1, Operation::add, "x", 5};
  CHECK_FALSE(court.emits(n1, Applied{1, 1, add, 5}));
  CHECK_FALSE(court.emits(n1, Applied{2, 2, add, 5}));
  CHECK(court.emits(n1, Applied{3, 2, add, 10}));
}

TEST_CASE("RF-S10 sees a follower apply beyond what a message verified") {
  RaftCourt court("RF-S10");
  court.gets(n2, n1, AppendEntries{.term = 2, .prev_log_index = 1, .leader_commit = 2});
  CHECK_FALSE(court.emits(n2, Applied{.index = 1}));
  CHECK(court.emits(n2, Applied{.index = 2}));
}

TEST_CASE("RF-S10 does not count what the follower refused") {
  RaftCourt court("RF-S10");
  court.gets(n2, n1, AppendEntries{.term = 2, .prev_log_index = 5, .leader_commit = 5});
  court.sends(n2, n1, AppendEntriesReply{.term = 2});
  CHECK(court.emits(n2, Applied{.index = 1}));
}

TEST_CASE("RF-L1 sees that nobody leads, and is content with a leader at work") {
  RaftCourt nobody("RF-L1");
  for (const NodeId server : {n1, n2, n3}) nobody.happens(EventKind::start, server);
  CHECK_FALSE(nobody.ends(2s));
  CHECK(nobody.ends(4s));

  RaftCourt somebody("RF-L1");
  for (const NodeId server : {n1, n2, n3}) somebody.happens(EventKind::start, server);
  somebody.now = 2s;
  somebody.gets(n1, n2, AppendEntriesReply{.term = 1, .success = true});
  CHECK_FALSE(somebody.ends(4s));
}

TEST_CASE("RF-L2 sees a command without an answer") {
  RaftCourt court("RF-L2");
  for (const NodeId server : {n1, n2, n3}) court.happens(EventKind::start, server);
  CHECK_FALSE(court.emits(c1, Invoked{}));
  CHECK_FALSE(court.ends(3s));
  CHECK(court.ends(5s));
}

}  // namespace dsys::raft
