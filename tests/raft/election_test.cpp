#include "tests/raft/server_bench.hpp"

#include <doctest/doctest.h>

namespace dsys::raft {

TEST_CASE("a server that hears no leader asks for pre-votes and changes no term (thesis 9.6)") {
  ServerBench bench;
  bench.expire(ElectionTimeout{});
  CHECK(bench.node.current_term == 0);
  CHECK(bench.sent<PreVote>(n2) == PreVote{.term = 1});
  CHECK(bench.sent<PreVote>(n3));
}

TEST_CASE("a majority of pre-votes starts an election in the next term (5.2)") {
  ServerBench bench;
  bench.expire(ElectionTimeout{});
  bench.deliver(n2, PreVoteReply{.term = 0, .asked_term = 1, .granted = true});
  CHECK(bench.node.current_term == 1);
  CHECK(bench.node.voted_for == n1);
  CHECK(bench.sent<RequestVote>(n2) == RequestVote{.term = 1});
}

TEST_CASE("a pre-vote is refused while the leader is heard") {
  ServerBench bench;
  bench.node.current_term = 1;
  bench.node.leader = n2;
  bench.node.leader_heard_at = bench.now - 100ms;
  bench.deliver(n3, PreVote{.term = 2});
  CHECK_FALSE(bench.sent<PreVoteReply>()->granted);
  bench.now += 100ms;
  bench.deliver(n3, PreVote{.term = 2});
  CHECK(bench.sent<PreVoteReply>()->granted);
}

TEST_CASE("a vote is written and synced before it is sent (5.2)") {
  ServerBench bench;
  bench.deliver(n2, RequestVote{.term = 1});
  REQUIRE(bench.sent<RequestVoteReply>()->granted);
  CHECK(bench.place_of<Write<RaftProtocol>>() < bench.place_of<Sync>());
  CHECK(bench.place_of<Sync>() < bench.place_of<Send<RaftProtocol>>());
}

TEST_CASE("one vote a term: the first candidate, and the same one again") {
  ServerBench bench;
  bench.deliver(n2, RequestVote{.term = 1});
  bench.deliver(n3, RequestVote{.term = 1});
  CHECK_FALSE(bench.sent<RequestVoteReply>()->granted);
  bench.deliver(n2, RequestVote{.term = 1});
  CHECK(bench.sent<RequestVoteReply>()->granted);
}

TEST_CASE("a request of an earlier term is refused with the own term (5.1)") {
  ServerBench bench;
  bench.node.current_term = 7;
  bench.deliver(n2, RequestVote{.term = 4});
  CHECK(bench.sent<RequestVoteReply>() == RequestVoteReply{.term = 7});
  CHECK(bench.node.current_term == 7);
}

TEST_CASE("the log with the later last term is more up to date, then the longer one (5.4.1)") {
  struct Case {
    Term last_log_term;
    Index last_log_index;
    bool granted;
  };
  // The voter's log ends with term 2 at index 3.
  for (const Case one : {Case{2, 3, true}, Case{2, 4, true}, Case{2, 2, false}, Case{3, 1, true},
                         Case{1, 9, false}, Case{0, 0, false}}) {
    CAPTURE(one.last_log_term);
    CAPTURE(one.last_log_index);
    ServerBench bench;
    bench.give_log({1, 1, 2});
    bench.deliver(n2, RequestVote{5, one.last_log_index, one.last_log_term});
    CHECK(bench.sent<RequestVoteReply>()->granted == one.granted);
  }
}

TEST_CASE("the election timer starts again for a granted vote, not for a refused one") {
  ServerBench bench;
  bench.deliver(n2, RequestVote{.term = 1});
  CHECK(bench.sets_election_timer());
  bench.deliver(n3, RequestVote{.term = 1});
  CHECK_FALSE(bench.sets_election_timer());
}

TEST_CASE("two of five votes are no majority, even if one arrives twice") {
  ServerBench bench(5);
  bench.expire(ElectionTimeout{});
  bench.deliver(n2, PreVoteReply{0, 1, true});
  bench.deliver(n3, PreVoteReply{0, 1, true});
  REQUIRE(bench.node.role == Role::candidate);
  bench.deliver(n2, RequestVoteReply{1, true});
  bench.deliver(n2, RequestVoteReply{1, true});
  CHECK(bench.node.role == Role::candidate);
  bench.deliver(n3, RequestVoteReply{1, true});
  CHECK(bench.node.role == Role::leader);
}

TEST_CASE("votes of an earlier term do not count") {
  ServerBench bench;
  bench.node.current_term = 1;
  bench.expire(ElectionTimeout{});
  bench.deliver(n2, PreVoteReply{1, 2, true});
  REQUIRE(bench.node.role == Role::candidate);
  bench.deliver(n3, RequestVoteReply{1, true});
  CHECK(bench.node.role == Role::candidate);
}

TEST_CASE("a leader that no majority answers steps down (thesis 6.2)") {
  ServerBench bench;
  bench.node.current_term = 1;
  bench.node.role = Role::leader;
  bench.node.progress = {{n2, {.heard = true}}, {n3, {}}};
  bench.expire(QuorumCheck{});
  CHECK(bench.node.role == Role::leader);
  bench.expire(QuorumCheck{});
  CHECK(bench.node.role == Role::follower);
  CHECK(bench.node.current_term == 1);
  CHECK(bench.sets_election_timer());
}

TEST_CASE("a single server elects itself") {
  ServerBench bench(1);
  bench.expire(ElectionTimeout{});
  CHECK(bench.node.role == Role::leader);
  CHECK(bench.node.commit_index == 1);
}

TEST_CASE("a server told to stand for election stands without asking first (thesis 3.10)") {
  ServerBench bench;
  bench.node.current_term = 2;
  bench.deliver(n2, TimeoutNow{2});
  CHECK(bench.node.role == Role::candidate);
  CHECK(bench.node.current_term == 3);
  ServerBench late;
  late.node.current_term = 3;
  late.deliver(n2, TimeoutNow{2});
  CHECK(late.node.role == Role::follower);
}

}  // namespace dsys::raft
