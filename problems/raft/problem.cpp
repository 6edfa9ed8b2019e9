#include "problems/raft/problem.hpp"

#include "common/cli/describe.hpp"
#include "problems/raft/explorations.hpp"
#include "problems/raft/flaws.hpp"
#include "problems/raft/grading.hpp"
#include "problems/raft/properties.hpp"
#include "problems/raft/scenarios.hpp"

#include <span>

namespace dsys::raft {

extern const std::span<const EmbeddedFile> embedded_files;

namespace {

check::OperationMark mark_operation(const Event<RaftProtocol>& event) {
  if (output_of<Invoked>(event) != nullptr) return check::OperationMark::begins;
  if (output_of<Completed>(event) != nullptr) return check::OperationMark::ends;
  return check::OperationMark::none;
}

}  // namespace

const cli::Problem& problem() {
  static const cli::Problem described = cli::describe<RaftProtocol>(
      {.name = "raft",
       .title = "Raft consensus",
       .question = "Explain Raft and implement it: leader election, log replication, commitment, "
                   "persistence, and a client.",
       .files = embedded_files,
       .configuration = {"Election timeout 150ms to 300ms, drawn anew each time; a heartbeat every "
                         "50ms."},
       .default_scenario = "tour",
       .role = "server",
       .rubric = rubric()},
      {.scenarios = all_scenarios(),
       .properties = all_properties(),
       .flaws = all_flaws(),
       .searches = searches(),
       .reference = reference_implementation(),
       .mark_operation = mark_operation});
  return described;
}

}  // namespace dsys::raft

template dsys::check::Run<dsys::raft::RaftProtocol> dsys::check::run<dsys::raft::RaftProtocol>;
