// Single messages to a node: what it answers, and what it writes before.
#include "problems/hashring/node.hpp"

#include "common/core/assert.hpp"
#include "tests/problem/bench.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace dsys::hashring {
namespace {

using Records = std::vector<RingProtocol::Record>;

// n1 and n2 have a point each, at 1000 and 2000.
struct RingBench : Bench<RingProtocol, RingNode> {
  explicit RingBench(const Records& disk = {})
      : Bench({.setup = {.virtual_nodes = 1,
                         .pins = {{"n1#0", 1000},
                                  {"n2#0", 2000},
                                  {"low", 500},
                                  {"middle", 1500},
                                  {"high", 3000}}}}) {
    start(disk);
  }

  template <typename Answer>
  Answer answer_to(const RingProtocol::Message& message) {
    deliver(c1, message);
    const auto answer = sent<Answer>(c1);
    REQUIRE(answer);
    return *answer;
  }
  Records written() const {
    Records records;
    for (const auto& effect : effects) {
      const auto* const write = std::get_if<Write<RingProtocol>>(&effect);
      if (write != nullptr) records.push_back(write->record);
    }
    return records;
  }
  bool answers_after_sync() const {
    return place_of<Write<RingProtocol>>() < place_of<Sync>() &&
           place_of<Sync>() < place_of<Send<RingProtocol>>();
  }
};

Keys some(std::vector<std::string> keys) {
  return {.list = std::move(keys)};
}

const Records both_joined{Joined{"n1", 1, "", 1}, Joined{"n2", 1, "", 2}};

}  // namespace

TEST_CASE("a join is written and synced before it is confirmed") {
  RingBench bench;
  const AddNode join{.request = 7, .name = "n1", .weight = 2, .address = "a:1", .version = 3};
  CHECK(bench.answer_to<MembershipReply>(join) == MembershipReply{7, 3});
  CHECK(bench.written() == Records{Joined{"n1", 2, "a:1", 3}});
  CHECK(bench.answers_after_sync());
}

TEST_CASE("a join that comes twice is confirmed twice and written once") {
  RingBench bench;
  bench.deliver(c1, AddNode{.request = 1, .name = "n1", .version = 1});
  const auto again = bench.answer_to<MembershipReply>(AddNode{1, "n1", 1, "", 1});
  CHECK(again.version == 1);
  CHECK(bench.written().empty());
  CHECK(bench.node.ring.points().size() == 1);
}

TEST_CASE("a change of an older version does not set the version back") {
  RingBench bench;
  bench.deliver(c1, AddNode{.name = "n1", .version = 5});
  CHECK(bench.answer_to<MembershipReply>(AddNode{.name = "n2", .version = 4}).version == 5);
  CHECK(bench.written() == Records{Joined{"n2", 1, "", 5}});
}

TEST_CASE("an empty ring answers that there is no node") {
  RingBench bench;
  CHECK(bench.answer_to<OwnersReply>(Owners{1, some({"low"})}).owners ==
        std::vector<std::optional<std::string>>{std::nullopt});
  CHECK(bench.answer_to<ReplicasReply>(Replicas{1, some({"low"}), 3}).nodes.front().empty());
  CHECK(bench.answer_to<AssignReply>(Assign{1, some({"low"})}).nodes.front() == std::nullopt);
  CHECK(bench.answer_to<PutReply>(Put{1, "low", 1, 0}).status == PutStatus::not_owner);
}

TEST_CASE("owners, replicas, points and positions fit together") {
  RingBench bench(both_joined);
  const Keys keys = some({"low", "middle", "high"});
  CHECK(bench.answer_to<PositionsReply>(Positions{1, keys}).positions ==
        std::vector<std::uint64_t>{500, 1500, 3000});
  CHECK(bench.answer_to<PointsReply>(Points{1}).points ==
        std::vector<PlacedPoint>{{1000, "n1"}, {2000, "n2"}});
  CHECK(bench.answer_to<OwnersReply>(Owners{9, keys}) == OwnersReply{9, 2, {"n1", "n2", "n1"}});
  CHECK(bench.answer_to<ReplicasReply>(Replicas{1, some({"middle"}), 2}).nodes ==
        std::vector<std::vector<std::string>>{{"n2", "n1"}});
}

TEST_CASE("numbered keys follow those of the list") {
  std::vector<std::string> visited;
  const Keys keys{.list = {"a"}, .prefix = "key", .first = 9, .count = 2};
  for_each_key(keys, [&](std::string_view key) { visited.emplace_back(key); });
  CHECK(visited == std::vector<std::string>{"a", "key9", "key10"});
  CHECK(size_of(keys) == 3);
}

TEST_CASE("half a join is invisible, is not on the disk, and a crash forgets it") {
  RingBench bench({Joined{"n1", 1, "", 1}});
  bench.deliver(c1, JoinPart{.name = "n2", .count = 1});
  CHECK(bench.written().empty());
  CHECK(bench.answer_to<OwnersReply>(Owners{1, some({"middle"})}).owners.front() == "n1");
  RingBench restarted({Joined{"n1", 1, "", 1}});
  CHECK(restarted.answer_to<MembershipReply>(CompleteJoin{1, "n2", 2}).version == 1);
  CHECK(restarted.node.ring.members().size() == 1);
}

TEST_CASE("a complete join is written once, and owns its keys") {
  RingBench bench({Joined{"n1", 1, "", 1}});
  bench.deliver(c1, JoinPart{.name = "n2", .count = 1});
  bench.deliver(c1, CompleteJoin{.name = "n2", .version = 2});
  CHECK(bench.written() == Records{Joined{"n2", 1, "", 2}});
  CHECK(bench.answers_after_sync());
  CHECK(bench.answer_to<OwnersReply>(Owners{1, some({"middle"})}).owners.front() == "n2");
  CHECK(bench.answer_to<MembershipReply>(CompleteJoin{1, "n2", 2}).version == 2);
  CHECK(bench.written().empty());
  CHECK(bench.answer_to<MembershipReply>(CompleteJoin{1, "n2", 3}).version == 3);
  CHECK(bench.written() == Records{Joined{"n2", 1, "", 3}});
}

TEST_CASE("a late part of a join that is complete changes nothing") {
  RingBench bench(both_joined);
  bench.deliver(c1, JoinPart{.name = "n2", .count = 1});
  CHECK(bench.answer_to<MembershipReply>(CompleteJoin{1, "n2", 2}).version == 2);
  CHECK(bench.written().empty());
  CHECK(bench.node.ring.points().size() == 2);
}

TEST_CASE("whoever leaves during a join was no member, so only a newer version is written") {
  RingBench bench({Joined{"n1", 1, "", 1}});
  bench.deliver(c1, JoinPart{.name = "n2", .count = 1});
  CHECK(bench.answer_to<MembershipReply>(RemoveNode{1, "n2", 1}).version == 1);
  CHECK(bench.written().empty());
  CHECK(bench.answer_to<MembershipReply>(RemoveNode{2, "n2", 2}).version == 2);
  CHECK(bench.written() == Records{Left{"n2", 2}});
  CHECK(bench.node.ring.members().size() == 1);
}

TEST_CASE("a restarted node has its ring, its version and its values again") {
  RingBench bench(
      {Joined{"n1", 1, "", 1}, Joined{"n2", 1, "", 2}, Left{"n2", 3}, Stored{"low", 8}});
  CHECK(bench.node.version == 3);
  CHECK(bench.node.values.at("low") == 8);
  CHECK(bench.node.ring.members().size() == 1);
  REQUIRE(bench.effects.size() == 1);  // what no sync had covered is synced before it counts
  CHECK(std::holds_alternative<Sync>(bench.effects[0]));
}

TEST_CASE("a disk whose records do not follow from each other fails the node") {
  CHECK_THROWS_AS(RingBench({Joined{"n1", 1, "", 2}, Joined{"n2", 1, "", 1}}), BrokenInvariant);
  CHECK_THROWS_AS(RingBench({Joined{"n1", 1, "", 2}, Left{"n1", 1}}), BrokenInvariant);
}

TEST_CASE("the version of a change that changes no member survives too") {
  RingBench bench(both_joined);
  CHECK(bench.answer_to<MembershipReply>(AddNode{1, "n1", 7, "b:1", 5}).version == 5);
  CHECK(bench.written() == Records{Joined{"n1", 1, "", 5}});  // the weight stays
  CHECK(bench.answer_to<MembershipReply>(RemoveNode{2, "n3", 6}).version == 6);
  CHECK(bench.written() == Records{Left{"n3", 6}});
  CHECK(bench.answer_to<MembershipReply>(CompleteJoin{3, "n2", 7}).version == 7);
  CHECK(bench.written() == Records{Joined{"n2", 1, "", 7}});
  RingBench restarted({Joined{"n1", 1, "", 1}, Joined{"n1", 1, "", 5}, Left{"n3", 6}});
  CHECK(restarted.node.version == 6);
  CHECK(restarted.node.ring.members().size() == 1);
}

TEST_CASE("AddNode overtakes a join in parts of that name: it is a member with all its points") {
  RingBench bench({Joined{"n1", 1, "", 1}});
  bench.deliver(c1, JoinPart{.name = "n2", .weight = 3, .count = 1});
  CHECK(bench.answer_to<MembershipReply>(AddNode{2, "n2", 1, "", 2}).version == 2);
  CHECK(bench.written() == Records{Joined{"n2", 1, "", 2}});
  CHECK(bench.node.ring.points().size() == 2);
  CHECK(bench.answer_to<OwnersReply>(Owners{3, some({"middle"})}).owners.front() == "n2");
}

TEST_CASE("a join whose parts a crash took in part has all points when it is complete") {
  RingBench bench({Joined{"n1", 1, "", 1}});
  bench.deliver(c1, JoinPart{.name = "n2", .weight = 2, .first = 1, .count = 1});
  bench.deliver(c1, CompleteJoin{.name = "n2", .version = 2});
  CHECK(bench.node.ring.points().size() == 3);
}

TEST_CASE("a write is taken by the owner and by its own version of the ring only") {
  RingBench bench(both_joined);
  CHECK(bench.answer_to<PutReply>(Put{1, "low", 8, 1}) == PutReply{1, PutStatus::other_version, 2});
  CHECK(bench.answer_to<PutReply>(Put{2, "low", 8, 3}).status == PutStatus::other_version);
  CHECK(bench.answer_to<PutReply>(Put{3, "middle", 8, 2}).status == PutStatus::not_owner);
  CHECK(bench.written().empty());
  CHECK(bench.answer_to<PutReply>(Put{4, "low", 8, 2}).status == PutStatus::accepted);
  CHECK(bench.written() == Records{Stored{"low", 8}});
  CHECK(bench.answers_after_sync());
}

TEST_CASE("a full node is passed, and one that left carries nothing") {
  RingBench bench(both_joined);
  const auto placed = bench.answer_to<AssignReply>(Assign{1, some({"low", "low", "low"})});
  CHECK(placed.nodes == std::vector<std::optional<std::string>>{"n1", "n1", "n2"});
  bench.deliver(c1, RemoveNode{.name = "n1", .version = 3});
  CHECK(bench.node.loads.load("n1") == 0);
}

}  // namespace dsys::hashring
