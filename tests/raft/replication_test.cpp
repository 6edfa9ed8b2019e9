#include "tests/raft/server_bench.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace dsys::raft {

namespace {

std::vector<Term> terms_of(const Log& log) {
  std::vector<Term> terms;
  for (const Entry& entry : log) terms.push_back(entry.term);
  return terms;
}

AppendEntries append(Term term, Index prev_log_index, Term prev_log_term,
                     const std::vector<Term>& terms, Index leader_commit = 0) {
  AppendEntries message{.term = term,
                        .prev_log_index = prev_log_index,
                        .prev_log_term = prev_log_term,
                        .leader_commit = leader_commit};
  for (const Term one : terms) message.entries.push_back({one, Command{}});
  return message;
}

// n1 leads three servers in that term, with a log of these terms; nothing is acknowledged yet.
ServerBench leader(const std::vector<Term>& terms, Term term) {
  ServerBench bench;
  bench.give_log(terms);
  bench.node.current_term = term;
  bench.node.role = Role::leader;
  bench.node.leader = n1;
  bench.node.term_start = terms.size() + 1;
  const Index next = terms.size() + 1;
  bench.node.progress = {{n2, {.next_index = next}}, {n3, {.next_index = next}}};
  return bench;
}

AppendEntriesReply agreed(Term term, Index match_index, Round round = 0) {
  return {.term = term, .success = true, .match_index = match_index, .round = round};
}

}  // namespace

TEST_CASE("an append is written and synced before it is confirmed") {
  ServerBench bench;
  bench.deliver(n2, append(1, 0, 0, {1}));
  REQUIRE(bench.sent<AppendEntriesReply>()->success);
  CHECK(bench.place_of<Sync>() < bench.place_of<Send<RaftProtocol>>());
  CHECK(terms_of(bench.node.log) == std::vector<Term>{1});
}

TEST_CASE("an append of an earlier term is refused and quiets no timer (5.1)") {
  ServerBench bench;
  bench.node.current_term = 3;
  bench.deliver(n2, append(2, 0, 0, {2}));
  CHECK_FALSE(bench.sent<AppendEntriesReply>()->success);
  CHECK(bench.sent<AppendEntriesReply>()->term == 3);
  CHECK_FALSE(bench.sets_election_timer());
  CHECK(bench.node.log.empty());
}

TEST_CASE("an append that does not fit is refused with a hint over the whole term (5.3)") {
  ServerBench bench;
  bench.give_log({1, 2, 2, 2});
  bench.deliver(n2, append(3, 4, 3, {3}));
  CHECK(bench.sent<AppendEntriesReply>()->conflict_term == 2);
  CHECK(bench.sent<AppendEntriesReply>()->conflict_index == 2);
  bench.deliver(n2, append(3, 9, 3, {3}));
  CHECK(bench.sent<AppendEntriesReply>()->conflict_term == 0);
  CHECK(bench.sent<AppendEntriesReply>()->conflict_index == 5);
}

TEST_CASE("only a conflict deletes entries: an old append leaves the rest of the log alone") {
  ServerBench bench;
  bench.give_log({1, 1, 1});
  bench.deliver(n2, append(1, 0, 0, {1}));
  CHECK(terms_of(bench.node.log) == std::vector<Term>{1, 1, 1});
  CHECK(bench.sent<AppendEntriesReply>()->match_index == 1);
  bench.deliver(n2, append(2, 1, 1, {2}));
  CHECK(terms_of(bench.node.log) == std::vector<Term>{1, 2});
}

TEST_CASE("a follower commits no further than this message has verified") {
  ServerBench bench;
  bench.give_log({1, 1});
  bench.deliver(n2, append(2, 1, 1, {}, 2));
  CHECK(bench.node.commit_index == 1);
  bench.deliver(n2, append(2, 1, 1, {2, 2}, 9));
  CHECK(bench.node.commit_index == 3);
}

TEST_CASE("the commit index never falls") {
  ServerBench bench;
  bench.give_log({1, 1});
  bench.deliver(n2, append(1, 2, 1, {}, 2));
  bench.deliver(n2, append(1, 0, 0, {}, 0));
  CHECK(bench.node.commit_index == 2);
}

TEST_CASE("an entry of an earlier term is not committed by counting copies (5.4.2)") {
  ServerBench bench = leader({1, 2}, 3);
  bench.deliver(n2, agreed(3, 2));
  CHECK(bench.node.commit_index == 0);
  bench.node.log.push_back({3, Command{}});
  bench.deliver(n2, agreed(3, 3));
  CHECK(bench.node.commit_index == 3);
}

TEST_CASE("an answer vouches for what it saw, not for what was appended since") {
  ServerBench bench = leader({1}, 1);
  bench.node.log.push_back({1, Command{}});
  bench.deliver(n2, agreed(1, 1));
  CHECK(bench.node.commit_index == 1);
}

TEST_CASE("a leader steps back to where the logs can agree, in one step") {
  ServerBench bench = leader({1, 1, 3, 3}, 3);
  bench.deliver(n2, AppendEntriesReply{.term = 3, .conflict_index = 2, .conflict_term = 2});
  CHECK(bench.sent<AppendEntries>(n2)->prev_log_index == 1);
  bench.deliver(n3, AppendEntriesReply{.term = 3, .conflict_index = 1, .conflict_term = 1});
  CHECK(bench.sent<AppendEntries>(n3)->prev_log_index == 2);
  CHECK(bench.sent<AppendEntries>(n3)->entries.size() == 2);
}

TEST_CASE("an answer of a later term deposes the leader, one of an earlier term is ignored") {
  ServerBench bench = leader({1}, 2);
  bench.deliver(n2, agreed(1, 1));
  CHECK(bench.node.progress.at(n2).match_index == 0);
  bench.deliver(n2, AppendEntriesReply{.term = 5});
  CHECK(bench.node.role == Role::follower);
  CHECK(bench.node.current_term == 5);
}

TEST_CASE("nonsense in an answer does no harm") {
  ServerBench bench = leader({1}, 1);
  bench.deliver(n2, agreed(1, 1'000'000));
  CHECK(bench.node.commit_index == 0);
  bench.deliver(n3, AppendEntriesReply{.term = 1, .conflict_index = 1'000'000});
  CHECK(bench.node.progress.at(n3).next_index == 2);
  bench.deliver(c1, agreed(1, 1));
  CHECK(bench.node.role == Role::leader);
}

TEST_CASE("a read waits for a majority of a round that began after it came (thesis 6.4)") {
  ServerBench bench = leader({1}, 1);
  bench.node.term_start = 1;
  bench.deliver(n2, agreed(1, 1));
  bench.deliver(c1, ClientRequest{{c1, 1, Operation::get, "x", 0}});
  CHECK_FALSE(bench.sent<ClientReply>());
  bench.deliver(n2, agreed(1, 1, 0));
  CHECK_FALSE(bench.sent<ClientReply>());
  bench.deliver(n2, agreed(1, 1, 1));
  REQUIRE(bench.sent<ClientReply>(c1));
  CHECK(bench.sent<ClientReply>(c1)->status == Status::ok);
}

TEST_CASE("a read waits for the first entry of the leader's own term") {
  ServerBench bench = leader({1}, 2);
  bench.node.log.push_back({2, Command{}});
  bench.deliver(c1, ClientRequest{{c1, 1, Operation::get, "x", 0}});
  bench.deliver(n2, agreed(2, 1, 1));
  CHECK_FALSE(bench.sent<ClientReply>());
  bench.deliver(n2, agreed(2, 2, 1));
  CHECK(bench.sent<ClientReply>(c1));
}

TEST_CASE("a follower sends a client to the leader") {
  ServerBench bench;
  bench.node.leader = n2;
  bench.deliver(c1, ClientRequest{{c1, 1, Operation::put, "x", 1}});
  CHECK(bench.sent<ClientReply>() == ClientReply{1, Status::not_leader, {}, n2});
}

TEST_CASE("a retried command is answered from the session and not appended again (thesis 6.3)") {
  ServerBench bench = leader({1}, 1);
  bench.node.machine.apply({c1, 4, Operation::add, "x", 5});
  bench.deliver(c1, ClientRequest{{c1, 4, Operation::add, "x", 5}});
  CHECK(bench.sent<ClientReply>()->value == 5);
  CHECK(bench.node.log.size() == 1);
}

TEST_CASE("a restart rebuilds term, vote and log from the disk, and syncs before it promises") {
  ServerBench bench;
  bench.start({HardState{2, n3}, AppendEntry{1, {1, {}}}, AppendEntry{2, {1, {}}}, TruncateFrom{2},
               AppendEntry{2, {2, {}}}});
  CHECK(bench.node.current_term == 2);
  CHECK(bench.node.voted_for == n3);
  CHECK(terms_of(bench.node.log) == std::vector<Term>{1, 2});
  // What was read back may have been written without a sync before the process died.
  bench.deliver(n3, append(2, 2, 2, {}));
  CHECK(bench.place_of<Sync>() < bench.place_of<Send<RaftProtocol>>());
}

TEST_CASE("a leader hands over once the successor has the whole log (thesis 3.10)") {
  ServerBench bench = leader({1}, 1);
  bench.deliver(node_id('o', 1), TransferLeadership{n2});
  CHECK_FALSE(bench.sent<TimeoutNow>());
  bench.deliver(n2, agreed(1, 1));
  CHECK(bench.sent<TimeoutNow>(n2) == TimeoutNow{1});
  bench.deliver(c1, ClientRequest{{c1, 1, Operation::put, "x", 1}});
  CHECK(bench.sent<ClientReply>()->leader == n2);
}

}  // namespace dsys::raft
