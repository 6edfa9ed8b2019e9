#include "problems/lock/parts.hpp"

#include "common/problem/describe.hpp"

namespace dsys::lock {

const problem::Parts<LockProtocol>& parts() {
  static const problem::Parts<LockProtocol> all{
      scenarios(), properties(), flaws(),
      searches(),  reference(),  check::between<LockProtocol, Requested, Released>};
  return all;
}

const problem::Problem& problem() {
  static const problem::Problem described = problem::describe<LockProtocol>(
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
       .patience = {.long_time = 4s},
       // A client's: what the store and the resource keep and tell, and the operator, are left out.
       .protocol =
           bridge::types_of_protocol<LockProtocol, CompactionRequest, LeaseExpiry, StoredPut,
                                     StoredRemoval, StoredLease, StoredCompaction, StoredCounter,
                                     LeaseGranted, LeaseEnded, KeyCreated, KeyMoved, KeyRemoved,
                                     Served, Refused, Task>,
       .rubric = rubric()},
      parts());
  return described;
}

}  // namespace dsys::lock
