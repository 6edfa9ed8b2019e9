#include "problems/raft/parts.hpp"

#include "common/problem/describe.hpp"

namespace dsys::raft {

const problem::Parts<RaftProtocol>& parts() {
  static const problem::Parts<RaftProtocol> all{
      scenarios(), properties(), flaws(),
      searches(),  reference(),  check::between<RaftProtocol, Invoked, Completed>};
  return all;
}

const problem::Problem& problem() {
  static const problem::Problem described = problem::describe<RaftProtocol>(
      {.name = "raft",
       .title = "Raft consensus",
       .question = "Explain Raft and implement it: leader election, log replication, commitment, "
                   "persistence, and a client.",
       .files = embedded_files,
       .configuration = {"Election timeout 150ms to 300ms, drawn anew each time; a heartbeat every "
                         "50ms."},
       .default_scenario = "tour",
       .role = "server",
       .patience = {.long_time = 500ms},
       // A server's: timers and outputs of clients are left out.
       .protocol = bridge::types_of_protocol<RaftProtocol, NextOperation, RequestTimeout, Invoked,
                                             Completed>,
       .rubric = rubric()},
      parts());
  return described;
}

}  // namespace dsys::raft
