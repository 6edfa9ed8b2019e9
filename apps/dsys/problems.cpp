#include "apps/dsys/problems.hpp"

#include "problems/hashring/problem.hpp"
#include "problems/lock/problem.hpp"
#include "problems/raft/problem.hpp"
#include "problems/zklock/problem.hpp"

namespace dsys {

std::vector<cli::PlannedProblem> all_problems() {
  return {{"lock", "", "Distributed lock on etcd", &lock::problem()},
          {"loadbalancer", "lb", "Load balancing"},
          {"hashring", "", "Consistent hash ring", &hashring::problem()},
          {"raft", "", "Raft consensus", &raft::problem()},
          {"cap", "", "CAP: consistency or availability"},
          {"queue", "", "Distributed queue (Kafka)"},
          {"cache", "", "Distributed cache"},
          {"transactions", "txn", "Distributed transactions (2PC, 3PC, saga)"},
          {"service", "", "Service framework"},
          {"zklock", "", "Distributed lock on ZooKeeper", &zklock::problem()}};
}

}  // namespace dsys
