// The store against what etcd promises, and the resource.
#include "problems/lock/given/store.hpp"
#include "problems/lock/given/resource.hpp"
#include "tests/problem/bench.hpp"

#include <string>
#include <variant>
#include <vector>

namespace dsys::lock {

namespace {

// A bench with a disk.
template <typename Value>
struct DiskBench : Bench<LockProtocol, Value> {
  explicit DiskBench(NodeId self) : Bench<LockProtocol, Value>({}, self) {}

  void deliver(NodeId from, const LockProtocol::Message& message) {
    Bench<LockProtocol, Value>::deliver(from, message);
    for (const auto& effect : this->effects) {
      const auto* const write = std::get_if<Write<LockProtocol>>(&effect);
      if (write != nullptr) disk.push_back(write->record);
    }
  }

  std::vector<LockProtocol::Record> disk;  // what was written so far
};

struct StoreBench : DiskBench<Store> {
  StoreBench() : DiskBench(s1) {}

  LeaseId grant(NodeId client, Seconds ttl) {
    deliver(client, LeaseGrantRequest{1, ttl});
    return sent<LeaseGrantResponse>()->id;
  }
  Revision put(const std::string& key, LeaseId lease = 0) {
    deliver(n1, PutRequest{1, key, "value", lease});
    return sent<PutResponse>()->revision;
  }
  std::vector<KeyValue> get(const std::string& key, const std::string& range_end = {}) {
    deliver(n1, RangeRequest{.call = 1, .key = key, .range_end = range_end});
    return sent<RangeResponse>()->kvs;
  }
};

RequestOp put_of(const std::string& key, LeaseId lease = 0) {
  return {.request = RequestKind::put, .key = key, .lease = lease};
}

}  // namespace

TEST_CASE("each change has a revision of its own, and a key remembers those of its life") {
  StoreBench store;
  CHECK(store.put("a") == 2);
  CHECK(store.put("b") == 3);
  CHECK(store.put("a") == 4);
  const KeyValue a = store.get("a").front();
  CHECK(a.create_revision == 2);
  CHECK(a.mod_revision == 4);
  CHECK(a.version == 2);
  store.deliver(n1, DeleteRangeRequest{1, "a", {}});
  CHECK(store.sent<DeleteRangeResponse>()->deleted == 1);
  CHECK(store.sent<DeleteRangeResponse>()->revision == 5);
  CHECK(store.put("a") == 6);
  CHECK(store.get("a").front().create_revision == 6);
  CHECK(store.get("a").front().version == 1);
}

TEST_CASE("what changes nothing has no revision") {
  StoreBench store;
  store.put("a");
  store.deliver(n1, DeleteRangeRequest{1, "no such key", {}});
  CHECK(store.sent<DeleteRangeResponse>()->revision == 2);
  store.deliver(n1, TxnRequest{1, {{.key = "a"}}, {put_of("a")}, {}});
  CHECK_FALSE(store.sent<TxnResponse>()->succeeded);
  CHECK(store.sent<TxnResponse>()->revision == 2);
}

TEST_CASE("a transaction is one step: compare, then all of one list, at one revision") {
  StoreBench store;
  const TxnRequest create{1, {{.key = "a"}}, {put_of("a"), put_of("b")}, {}};
  store.deliver(n1, create);
  CHECK(store.sent<TxnResponse>()->succeeded);
  CHECK(store.sent<TxnResponse>()->revision == 2);
  CHECK(store.get("a").front().create_revision == store.get("b").front().create_revision);
  store.deliver(n2, create);
  CHECK_FALSE(store.sent<TxnResponse>()->succeeded);
  CHECK(store.get("a").front().version == 1);
}

TEST_CASE("each target and each result of a comparison is looked at") {
  StoreBench store;
  const LeaseId lease = store.grant(n1, 5);
  store.put("a", lease);
  store.put("a", lease);
  const auto holds = [&](const Compare& compare) {
    store.deliver(n1, TxnRequest{1, {compare}, {}, {}});
    return store.sent<TxnResponse>()->succeeded;
  };
  CHECK(holds({.key = "a", .target = CompareTarget::version, .version = 2}));
  CHECK(holds({.key = "a", .create_revision = 2}));
  CHECK(holds({.key = "a", .target = CompareTarget::mod, .mod_revision = 3}));
  CHECK(holds({.key = "a", .target = CompareTarget::value, .value = "value"}));
  CHECK(holds({.key = "a", .target = CompareTarget::lease, .lease = lease}));
  CHECK(holds({.key = "a", .result = CompareResult::greater, .create_revision = 1}));
  CHECK(holds({.key = "a", .result = CompareResult::less, .create_revision = 3}));
  CHECK(holds({.key = "a", .result = CompareResult::not_equal}));
  CHECK_FALSE(holds({.key = "a", .result = CompareResult::not_equal, .create_revision = 2}));
}

TEST_CASE("a range is half open, sorted and cut as it was asked for") {
  StoreBench store;
  for (const std::string key : {"lock/b", "lock/a", "lock/c", "lock0", "loch"}) store.put(key);
  CHECK(store.get("lock/", "lock0").size() == 3);
  store.deliver(n1, RangeRequest{.call = 1,
                                 .key = "lock/",
                                 .range_end = "lock0",
                                 .limit = 1,
                                 .sort_order = SortOrder::descend,
                                 .sort_target = SortTarget::create,
                                 .max_create_revision = 3});
  REQUIRE(store.sent<RangeResponse>()->kvs.size() == 1);
  CHECK(store.sent<RangeResponse>()->kvs.front().key == "lock/a");
}

TEST_CASE("a short TTL is raised to the least that the store grants") {
  StoreBench store;
  store.deliver(n1, LeaseGrantRequest{7, 1});
  CHECK(store.sent<LeaseGrantResponse>()->ttl == 2);
  CHECK(store.sent<LeaseGrantResponse>()->call == 7);
}

TEST_CASE("keys go with their lease, whether it expires or is revoked, and at one revision") {
  StoreBench store;
  const LeaseId lease = store.grant(n1, 5);
  store.put("a", lease);
  store.put("b", lease);
  store.put("c");
  store.expire(LeaseExpiry{lease});
  CHECK(store.get("a", "z").size() == 1);
  CHECK(store.node.revision == 5);

  const LeaseId other = store.grant(n1, 5);
  store.put("a", other);
  store.deliver(n2, LeaseRevokeRequest{1, other});
  CHECK(store.sent<LeaseRevokeResponse>()->found);
  CHECK(store.get("a").empty());
  store.deliver(n2, LeaseRevokeRequest{1, other});
  CHECK_FALSE(store.sent<LeaseRevokeResponse>()->found);
}

TEST_CASE("a key that is put again belongs to the lease of the last put") {
  StoreBench store;
  const LeaseId first = store.grant(n1, 5);
  const LeaseId second = store.grant(n2, 5);
  store.put("a", first);
  store.put("a", second);
  store.expire(LeaseExpiry{first});
  CHECK(store.get("a").size() == 1);
  store.expire(LeaseExpiry{second});
  CHECK(store.get("a").empty());
}

TEST_CASE("a lease that has ended cannot be kept alive, and nothing can be put with it") {
  StoreBench store;
  const LeaseId lease = store.grant(n1, 5);
  store.deliver(n1, LeaseKeepAliveRequest{1, lease});
  CHECK(store.sent<LeaseKeepAliveResponse>()->ttl == 5);
  store.expire(LeaseExpiry{lease});
  store.deliver(n1, LeaseKeepAliveRequest{1, lease});
  CHECK(store.sent<LeaseKeepAliveResponse>()->ttl == 0);
  store.deliver(n1, PutRequest{1, "a", {}, lease});
  CHECK(store.sent<PutResponse>()->error == "requested lease not found");
  store.deliver(n1, TxnRequest{1, {}, {put_of("a", lease)}, {}});
  CHECK(store.sent<TxnResponse>()->error == "requested lease not found");
  CHECK(store.get("a").empty());
}

TEST_CASE("a watch tells what came since its revision, each change once") {
  StoreBench store;
  store.put("a");
  store.put("b");
  store.deliver(n1, DeleteRangeRequest{1, "a", {}});
  store.deliver(n2, WatchCreateRequest{9, "a", {}, 3});
  const auto answers = store.all_sent<WatchResponse>();
  REQUIRE(answers.size() == 2);
  CHECK(answers[0].created);
  REQUIRE(answers[1].events.size() == 1);
  CHECK(answers[1].events[0].event == WatchEventType::remove);
  CHECK(answers[1].events[0].kv.mod_revision == 4);
  store.put("b");
  CHECK_FALSE(store.sent<WatchResponse>().has_value());
  store.put("a");
  REQUIRE(store.sent<WatchResponse>().has_value());
  CHECK(store.sent<WatchResponse>()->watch_id == 9);
  CHECK(store.sent<WatchResponse>()->events.size() == 1);
  store.deliver(n2, WatchCancelRequest{9});
  store.put("a");
  CHECK_FALSE(store.sent<WatchResponse>().has_value());
}

TEST_CASE("a watch from before a compaction is canceled, and says from where one can begin") {
  StoreBench store;
  store.put("a");
  store.put("a");
  store.put("a");
  store.deliver(n1, CompactionRequest{3});
  store.deliver(n2, WatchCreateRequest{1, "a", {}, 3});
  CHECK(store.sent<WatchResponse>()->canceled);
  CHECK(store.sent<WatchResponse>()->compact_revision == 3);
  store.deliver(n2, WatchCreateRequest{1, "a", {}, 4});
  CHECK(store.all_sent<WatchResponse>().back().events.size() == 1);
}

TEST_CASE("nothing that the store has answered is lost with its memory") {
  StoreBench store;
  const LeaseId lease = store.grant(n1, 5);
  store.put("a", lease);
  store.put("b");
  store.deliver(n1, DeleteRangeRequest{1, "b", {}});
  StoreBench again;
  again.start(store.disk);
  CHECK(again.node.keys == store.node.keys);
  CHECK(again.node.leases == store.node.leases);
  CHECK(again.node.revision == store.node.revision);
  CHECK(again.node.changes == store.node.changes);
  // Each lease has its whole time again: no earlier end than promised.
  CHECK(again.timer_set<LeaseExpiry>() == 5s);
}

TEST_CASE("a change is on the disk before anybody is told") {
  StoreBench store;
  store.deliver(n1, WatchCreateRequest{1, "a", {}, 0});
  store.deliver(n2, PutRequest{1, "a", {}, 0});
  CHECK(store.place_of<Write<LockProtocol>>() < store.place_of<Sync>());
  CHECK(store.place_of<Sync>() < store.place_of<Send<LockProtocol>>());
  CHECK(store.place_of<Sync>() < store.place_of<Emit<LockProtocol>>());
  CHECK(store.all_sent<WatchResponse>().size() == 1);
}

TEST_CASE("the resource serves equal and higher tokens, and refuses lower ones, reads too") {
  DiskBench<Resource> resource(r1);
  resource.deliver(n1, WriteRequest{1, 11, 5});
  resource.deliver(n1, WriteRequest{2, 11, 6});
  CHECK(resource.sent<ResourceReply>()->accepted);
  resource.deliver(n2, ReadRequest{1, 14});
  CHECK(resource.sent<ResourceReply>()->value == 6);
  resource.deliver(n1, WriteRequest{3, 11, 7});
  CHECK_FALSE(resource.sent<ResourceReply>()->accepted);
  CHECK(resource.sent<ResourceReply>()->highest_token == 14);
  resource.deliver(n1, ReadRequest{4, 11});
  CHECK_FALSE(resource.sent<ResourceReply>()->accepted);
  CHECK(resource.node.value == 6);
  DiskBench<Resource> again(r1);
  again.start(resource.disk);
  CHECK(again.node.value == 6);
  CHECK(again.node.highest_token == 14);
}

TEST_CASE("a write that comes again changes nothing, and is answered") {
  DiskBench<Resource> resource(r1);
  resource.deliver(n1, WriteRequest{1, 11, 5});
  resource.deliver(n1, WriteRequest{2, 11, 6});
  resource.deliver(n1, WriteRequest{1, 11, 5});
  CHECK(resource.sent<ResourceReply>()->accepted);
  CHECK(resource.emitted<Served>()->again);
  CHECK(resource.node.value == 6);
}

}  // namespace dsys::lock
