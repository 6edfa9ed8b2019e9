#include "problems/zklock/problem.hpp"

#include "common/cli/describe.hpp"
#include "problems/zklock/explorations.hpp"
#include "problems/zklock/flaws.hpp"
#include "problems/zklock/grading.hpp"
#include "problems/zklock/properties.hpp"
#include "problems/zklock/scenarios.hpp"

#include <span>

namespace dsys::zklock {

extern const std::span<const EmbeddedFile> embedded_files;

namespace {

check::OperationMark mark_operation(const Event<LockProtocol>& event) {
  if (output_of<Requested>(event) != nullptr) return check::OperationMark::begins;
  if (output_of<Released>(event) != nullptr) return check::OperationMark::ends;
  return check::OperationMark::none;
}

}  // namespace

const cli::Problem& problem() {
  static const cli::Problem described = cli::describe<LockProtocol>(
      {.name = "zklock",
       .title = "Distributed lock on ZooKeeper",
       .question =
           "Implement a distributed lock with ZooKeeper. Why ephemeral, why sequential? How "
           "do waiters wait without a stampede? The create call returned ConnectionLoss: "
           "what now?",
       .files = embedded_files,
       .configuration = {"n1, n2, ... are clients; s1, s2 and s3 are an ensemble that keeps its "
                         "word; r1 is the resource, a counter that checks fencing tokens.",
                         "A tick is 2 s: sessions are of 4 s at least and 40 s at most. Clients "
                         "are disconnected after two thirds of it without an answer.",
                         "Messages of a connection arrive in order. Clocks are off by up to 1%."},
       .default_scenario = "tour",
       .role = "client",
       .rubric = rubric()},
      {.scenarios = all_scenarios(),
       .properties = all_properties(),
       .flaws = all_flaws(),
       .searches = searches(),
       .reference = reference_implementation(),
       .mark_operation = mark_operation});
  return described;
}

}  // namespace dsys::zklock

template dsys::check::Run<dsys::zklock::LockProtocol> dsys::check::run<dsys::zklock::LockProtocol>;
