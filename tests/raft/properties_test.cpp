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

namespace {

RaftCourt court_of_three(std::string_view id) {
  RaftCourt court(id);
  for (const NodeId server : {n1, n2, n3}) court.happens(EventKind::start, server);
  return court;
}

}  // namespace

TEST_CASE("RF-S7 remembers the own vote and the term over a crash") {
  RaftCourt voter("RF-S7");
  voter.sends(n1, n2, RequestVote{.term = 1});
  voter.happens(EventKind::power_loss, n1);
  CHECK(voter.sends(n1, n3, RequestVoteReply{1, true}));

  RaftCourt term("RF-S7");
  term.sends(n1, n2, RequestVote{.term = 3});
  term.happens(EventKind::power_loss, n1);
  CHECK(term.sends(n1, n2, AppendEntriesReply{.term = 2}));
}

TEST_CASE("RF-S11 counts voters of the term, not answers") {
  RaftCourt court = court_of_three("RF-S11");
  court.gets(n1, n2, RequestVoteReply{1, true});
  court.gets(n1, n3, RequestVoteReply{2, false});
  CHECK(court.emits(n1, BecameLeader{2}));
  RaftCourt fair = court_of_three("RF-S11");
  fair.gets(n1, n2, RequestVoteReply{2, true});
  CHECK_FALSE(fair.emits(n1, BecameLeader{2}));
}

TEST_CASE("RF-S12 sees a vote for a log that is behind") {
  RaftCourt court("RF-S12");
  court.gets(n2, n1, AppendEntries{.term = 1, .entries = {entry(1), entry(1)}});
  court.sends(n2, n1, AppendEntriesReply{.term = 1, .success = true, .match_index = 2});
  court.gets(n2, n3, RequestVote{.term = 2, .last_log_index = 2, .last_log_term = 1});
  CHECK_FALSE(court.sends(n2, n3, RequestVoteReply{2, true}));
  court.gets(n2, n3, RequestVote{.term = 3, .last_log_index = 1, .last_log_term = 1});
  CHECK(court.sends(n2, n3, RequestVoteReply{3, true}));
}

TEST_CASE("RF-S13 and RF-S20 see what a leader has not counted, and an old entry that it has") {
  for (const std::string_view id : {"RF-S13", "RF-S20"}) {
    RaftCourt court = court_of_three(id);
    court.emits(n1, BecameLeader{2});
    court.sends(n1, n2, AppendEntries{.term = 2, .entries = {entry(1), entry(2)}});
    court.gets(n1, n2, AppendEntriesReply{.term = 2, .success = true, .match_index = 2});
    CHECK_FALSE(court.emits(n1, Applied{.index = 2, .term = 2}));
  }
  RaftCourt few = court_of_three("RF-S13");
  few.emits(n1, BecameLeader{2});
  few.sends(n1, n2, AppendEntries{.term = 2, .entries = {entry(2)}});
  CHECK(few.emits(n1, Applied{.index = 1, .term = 2}));
  RaftCourt old = court_of_three("RF-S20");
  old.emits(n1, BecameLeader{2});
  old.sends(n1, n2, AppendEntries{.term = 2, .entries = {entry(1)}});
  old.gets(n1, n2, AppendEntriesReply{.term = 2, .success = true, .match_index = 1});
  CHECK(old.emits(n1, Applied{.index = 1, .term = 1}));
}

TEST_CASE("RF-S14 sees a promise that the disk does not have") {
  RaftCourt candidate("RF-S14");
  CHECK(candidate.sends(n1, n2, RequestVote{.term = 1}));
  RaftCourt follower("RF-S14");
  follower.gets(n2, n1, AppendEntries{.term = 1, .entries = {entry(1)}});
  CHECK(follower.sends(n2, n1, AppendEntriesReply{.term = 1, .success = true, .match_index = 1}));
}

TEST_CASE("RF-S15 sees an old term and a refusal without a reason") {
  RaftCourt old_term("RF-S15");
  old_term.gets(n1, n2, RequestVote{.term = 2});
  CHECK(old_term.sends(n1, n2, RequestVoteReply{1, false}));
  RaftCourt refusal("RF-S15");
  refusal.gets(n1, n2, RequestVote{.term = 2});
  CHECK(refusal.sends(n1, n2, RequestVoteReply{2, false}));
  RaftCourt second("RF-S15");
  second.gets(n1, n2, RequestVote{.term = 2});
  CHECK_FALSE(second.sends(n1, n2, RequestVoteReply{2, true}));
  second.gets(n1, n3, RequestVote{.term = 2});
  CHECK_FALSE(second.sends(n1, n3, RequestVoteReply{2, false}));
}

TEST_CASE("RF-S16 sees a term that falls along a log") {
  RaftCourt court("RF-S16");
  CHECK_FALSE(court.sends(n1, n2, AppendEntries{.term = 3, .entries = {entry(1), entry(3)}}));
  CHECK(court.sends(n1, n2, AppendEntries{.term = 3, .entries = {entry(2), entry(1)}}));
}

TEST_CASE("RF-S17 sees a read that nobody confirmed") {
  RaftCourt court = court_of_three("RF-S17");
  court.emits(n1, BecameLeader{1});
  court.emits(n1, Applied{.index = 1, .term = 1});
  court.sends(n2, n1, AppendEntriesReply{.term = 1, .success = true, .round = 1});
  court.gets(n1, c1, ClientRequest{{c1, 1, Operation::get, "x", 0}});
  court.gets(n1, n2, AppendEntriesReply{.term = 1, .success = true, .round = 1});
  CHECK(court.sends(n1, c1, ClientReply{.serial = 1}));
}

TEST_CASE("RF-S17 is content with an answer that left after the read came") {
  RaftCourt court = court_of_three("RF-S17");
  court.emits(n1, BecameLeader{1});
  court.emits(n1, Applied{.index = 1, .term = 1});
  court.gets(n1, c1, ClientRequest{{c1, 1, Operation::get, "x", 0}});
  court.sends(n2, n1, AppendEntriesReply{.term = 1, .success = true, .round = 2});
  court.gets(n1, n2, AppendEntriesReply{.term = 1, .success = true, .round = 2});
  CHECK_FALSE(court.sends(n1, c1, ClientReply{.serial = 1}));
}

TEST_CASE("RF-S18 sees an answer before its command is applied, and another result") {
  const Command put{c1, 1, Operation::put, "x", 5};
  RaftCourt early("RF-S18");
  early.gets(n1, c1, ClientRequest{put});
  CHECK(early.sends(n1, c1, ClientReply{.serial = 1, .value = 5}));
  RaftCourt other("RF-S18");
  other.emits(n1, Applied{1, 1, put, 5});
  CHECK_FALSE(other.sends(n1, c1, ClientReply{.serial = 1, .value = 5}));
  CHECK(other.sends(n1, c1, ClientReply{.serial = 1}));
}

TEST_CASE("RF-S19 sees a follower confirm more than it was shown, and refuse what it has") {
  RaftCourt court("RF-S19");
  court.gets(n2, n1, AppendEntries{.term = 1, .entries = {entry(1)}});
  CHECK_FALSE(
      court.sends(n2, n1, AppendEntriesReply{.term = 1, .success = true, .match_index = 1}));
  court.gets(n2, n1, AppendEntries{.term = 1, .prev_log_index = 1, .prev_log_term = 1});
  CHECK(court.sends(n2, n1, AppendEntriesReply{.term = 1}));
  RaftCourt more("RF-S19");
  more.gets(n2, n1, AppendEntries{.term = 1, .entries = {entry(1)}});
  CHECK(more.sends(n2, n1, AppendEntriesReply{.term = 1, .success = true, .match_index = 2}));
}

TEST_CASE("RF-L4 sees a server that stands although a majority hears the leader") {
  for (const bool hears_leader : {true, false}) {
    RaftCourt court = court_of_three("RF-L4");
    court.emits(n1, BecameLeader{1});
    for (court.now = 0ms; court.now < 1500ms; court.now += 50ms) {
      if (hears_leader) court.sends(n2, n1, AppendEntriesReply{.term = 1, .success = true});
    }
    court.sends(n3, n1, RequestVote{.term = 2});
    CHECK(court.emits(n3, BecameLeader{2}) == hears_leader);
  }
}

TEST_CASE("RF-L5 sees a leader go on though nobody answers") {
  RaftCourt court = court_of_three("RF-L5");
  court.emits(n1, BecameLeader{1});
  court.now = 1s;
  CHECK_FALSE(court.sends(n1, n2, AppendEntries{.term = 1}));
  court.now = 2s;
  CHECK(court.sends(n1, n2, AppendEntries{.term = 1}));
}

TEST_CASE("RF-L6 sees leaders come and go") {
  RaftCourt court = court_of_three("RF-L6");
  for (const Term term : {Term{1}, Term{2}, Term{3}})
    CHECK_FALSE(court.emits(n1, BecameLeader{term}));
  CHECK(court.emits(n2, BecameLeader{4}));
}

}  // namespace dsys::raft
