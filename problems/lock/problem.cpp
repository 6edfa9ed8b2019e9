#include "problems/lock/problem.hpp"

#include "common/cli/describe.hpp"
#include "problems/lock/explorations.hpp"
#include "problems/lock/flaws.hpp"
#include "problems/lock/grading.hpp"
#include "problems/lock/properties.hpp"
#include "problems/lock/scenarios.hpp"

#include <span>

namespace dsys::lock {

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
      {.name = "lock",
       .title = "Distributed lock on etcd",
       .question = "Explain what a distributed lock is and implement one on etcd: two workers must "
                   "never write the same file at once. What if the owner stalls for 30 seconds?",
       .files = embedded_files,
       .configuration = {"n1, n2, ... are clients; s1 is the store, one node that keeps its word; "
                         "r1 is the resource, a counter that checks fencing tokens.",
                         "Leases of 5 s unless a scenario says otherwise; the store grants 2 s at "
                         "least. Work hangs after 20 s. Clocks are off by up to 1%."},
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

}  // namespace dsys::lock

template dsys::check::Run<dsys::lock::LockProtocol> dsys::check::run<dsys::lock::LockProtocol>;
