// One server, among so many.
#pragma once

#include "problems/raft/node.hpp"
#include "tests/problem/bench.hpp"

#include <vector>

namespace dsys::raft {

struct ServerBench : Bench<RaftProtocol, Server> {
  explicit ServerBench(unsigned servers = 3) {
    for (unsigned i = 1; i <= servers; ++i) node.config.servers.push_back(node_id('n', i));
    node.self = n1;
  }

  bool sets_election_timer() const { return timer_set<ElectionTimeout>().has_value(); }

  // A log with entries of these terms, and the term of the last one.
  void give_log(const std::vector<Term>& terms) {
    for (const Term term : terms) node.log.push_back({term, Command{}});
    if (!terms.empty()) node.current_term = terms.back();
  }
};

}  // namespace dsys::raft
