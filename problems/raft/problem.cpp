#include "problems/raft/problem.hpp"

#include "common/cli/describe.hpp"
#include "problems/raft/flaws.hpp"
#include "problems/raft/properties.hpp"
#include "problems/raft/scenarios.hpp"

namespace dsys::raft {

extern const std::string_view reading;

const cli::Problem& problem() {
  static const cli::Problem described = cli::describe<RaftProtocol>(
      {.name = "raft",
       .title = "Raft consensus",
       .question = "Explain Raft and implement it: leader election, log replication, commitment, "
                   "persistence, and a client.",
       .reading = reading,
       .configuration = {"Election timeout 150ms to 300ms, drawn anew each time; a heartbeat every "
                         "50ms."},
       .default_scenario = "tour",
       .role = "server"},
      {.scenarios = all_scenarios(),
       .properties = all_properties(),
       .flaws = all_flaws(),
       .reference = reference_implementation()});
  return described;
}

}  // namespace dsys::raft
