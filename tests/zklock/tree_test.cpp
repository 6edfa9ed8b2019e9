// What the ensemble keeps, transaction by transaction.
#include "problems/zklock/given/tree.hpp"

#include "tests/zklock/names.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace dsys::zklock {

namespace {

class Bench {
 public:
  static constexpr SessionId session = 7;

  Bench() {
    apply({.client = n1, .session = session, .request = RequestKind::open_session});
    create("/locks/job", CreateMode::container);
  }

  Outcome apply(Transaction transaction) {
    transaction.zxid = tree.zxid + 1;
    return tree.apply(transaction);
  }
  Outcome multi(const std::vector<Operation>& operations) {
    return apply({.client = n1,
                  .session = session,
                  .request = RequestKind::multi,
                  .operations = operations});
  }
  Outcome create(const std::string& path, CreateMode mode) {
    return multi({{.operation = OperationKind::create, .path = path, .mode = mode}});
  }
  Outcome remove(const std::string& path) {
    return multi({{.operation = OperationKind::remove, .path = path}});
  }

  Tree tree;
};

}  // namespace

TEST_CASE("a sequential creation never fails, and never gives a number twice") {
  Bench bench;
  CHECK(bench.create("/locks/job/a-lock-", sequential).paths.front() ==
        "/locks/job/a-lock-0000000000");
  CHECK(bench.create("/locks/job/a-lock-", sequential).paths.front() ==
        "/locks/job/a-lock-0000000001");
  bench.remove("/locks/job/a-lock-0000000001");
  CHECK(bench.create("/locks/job/b-lock-", sequential).paths.front() ==
        "/locks/job/b-lock-0000000002");
}

TEST_CASE("the numbers count the creations of all children, and begin anew with the directory") {
  Bench bench;
  bench.create("/locks/job/other", CreateMode::persistent);
  CHECK(bench.create("/locks/job/a-lock-", sequential).paths.front() ==
        "/locks/job/a-lock-0000000001");
  bench.remove("/locks/job/other");
  bench.remove("/locks/job/a-lock-0000000001");
  CHECK(bench.tree.empty_containers() == std::vector<std::string>{"/locks/job"});
  bench.remove("/locks/job");
  bench.create("/locks/job", CreateMode::container);
  const Zxid before = bench.tree.zxid;
  const auto again = bench.create("/locks/job/a-lock-", sequential).paths.front();
  CHECK(again == "/locks/job/a-lock-0000000000");
  CHECK(bench.tree.find(again)->stat.czxid == before + 1);
}

TEST_CASE("ephemeral znodes go in the step in which their session ends, and have no children") {
  Bench bench;
  bench.create("/locks/job/a-lock-", sequential);
  CHECK(bench.create("/locks/job/a-lock-0000000000/child", CreateMode::persistent).error ==
        Error::no_children_for_ephemerals);
  bench.create("/locks/job/stays", CreateMode::persistent);
  const Outcome outcome =
      bench.apply({.session = Bench::session, .request = RequestKind::expire_session});
  CHECK(bench.tree.children_of("/locks/job") == std::vector<std::string>{"stays"});
  CHECK(outcome.told.size() == 2);
}

TEST_CASE("nothing is done for a session that has ended") {
  Bench bench;
  bench.apply({.session = Bench::session, .request = RequestKind::expire_session});
  CHECK(bench.create("/locks/job/a-lock-", sequential).error == Error::session_expired);
  CHECK(bench.tree.children_of("/locks/job").empty());
}

TEST_CASE("a multi does all or nothing, and a check fails when the znode is gone") {
  Bench bench;
  const auto own = bench.create("/locks/job/a-lock-", sequential).paths.front();
  const Operation check{.operation = OperationKind::check, .path = own};
  const Operation write{.operation = OperationKind::set_data, .path = "/locks/job", .data = "mine"};
  CHECK(bench.multi({check, write}).error == Error::none);
  CHECK(bench.tree.find("/locks/job")->data == "mine");
  bench.remove(own);
  const Operation late{.operation = OperationKind::set_data, .path = "/locks/job", .data = "late"};
  CHECK(bench.multi({late, check}).error == Error::no_node);
  CHECK(bench.tree.find("/locks/job")->data == "mine");
}

TEST_CASE("errors are those of ZooKeeper") {
  Bench bench;
  CHECK(bench.create("/locks/job", CreateMode::persistent).error == Error::node_exists);
  CHECK(bench.create("/locks/none/a", CreateMode::persistent).error == Error::no_node);
  bench.create("/locks/job/a", CreateMode::persistent);
  CHECK(bench.remove("/locks/job").error == Error::not_empty);
  CHECK(bench.multi({{.operation = OperationKind::remove, .path = "/locks/job/a", .version = 3}})
            .error == Error::bad_version);
  CHECK(bench.remove("/locks/job/none").error == Error::no_node);
}

}  // namespace dsys::zklock
