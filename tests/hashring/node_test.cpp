// Single messages to a node: what it answers, and what it writes before.
#include "problems/hashring/node.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace dsys::hashring {

namespace {

constexpr NodeId self = node_id('n', 1);
constexpr NodeId asker = node_id('c', 1);

struct Fixture {
  RingNode node{
      .setup = {
          .virtual_nodes = 1,
          .pins = {
              {"n1#0", 1000}, {"n2#0", 2000}, {"low", 500}, {"middle", 1500}, {"high", 3000}}}};
  Random random{1};
  Effects<RingProtocol> effects;

  explicit Fixture(std::vector<RingProtocol::Record> disk = {}) {
    act([&](RingContext& context) { node.on_start(context, disk); });
  }

  template <typename Handler>
  void act(Handler&& handler) {
    effects.clear();
    const Moment moment{.self = self, .notes_wanted = false};
    RingContext context(moment, random, effects);
    handler(context);
  }
  void tell(const RingProtocol::Message& message) {
    act([&](RingContext& context) { node.on_message(context, asker, message); });
  }
  template <typename Answer>
  Answer answer_to(const RingProtocol::Message& message) {
    tell(message);
    REQUIRE_FALSE(effects.empty());
    const auto& sent = std::get<Send<RingProtocol>>(effects.back());
    CHECK(sent.to == asker);
    return std::get<Answer>(sent.message);
  }
  std::vector<RingProtocol::Record> written() const {
    std::vector<RingProtocol::Record> records;
    for (const auto& effect : effects) {
      if (const auto* const write = std::get_if<Write<RingProtocol>>(&effect)) {
        records.push_back(write->record);
      }
    }
    return records;
  }
};

Keys some(std::vector<std::string> keys) {
  return {.list = std::move(keys)};
}

}  // namespace

TEST_CASE("a join is written and synced before it is confirmed") {
  Fixture ring;
  ring.tell(AddNode{.request = 7, .name = "n1", .weight = 2, .address = "a:1", .version = 3});
  REQUIRE(ring.effects.size() == 3);
  CHECK(ring.written() == std::vector<RingProtocol::Record>{Joined{"n1", 2, "a:1", 3}});
  CHECK(std::holds_alternative<Sync>(ring.effects[1]));
  CHECK(std::get<MembershipReply>(std::get<Send<RingProtocol>>(ring.effects[2]).message) ==
        MembershipReply{7, 3});
}

TEST_CASE("a join that comes twice is confirmed twice and written once") {
  Fixture ring;
  ring.tell(AddNode{.request = 1, .name = "n1", .version = 1});
  const auto again = ring.answer_to<MembershipReply>(AddNode{1, "n1", 1, "", 1});
  CHECK(again.version == 1);
  CHECK(ring.written().empty());
  CHECK(ring.node.ring.points().size() == 1);
}

TEST_CASE("a change of an older version does not set the version back") {
  Fixture ring;
  ring.tell(AddNode{.name = "n1", .version = 5});
  CHECK(ring.answer_to<MembershipReply>(AddNode{.name = "n2", .version = 4}).version == 5);
}

TEST_CASE("an empty ring answers that there is no node") {
  Fixture ring;
  CHECK(ring.answer_to<OwnersReply>(Owners{1, some({"low"})}).owners ==
        std::vector<std::optional<std::string>>{std::nullopt});
  CHECK(ring.answer_to<ReplicasReply>(Replicas{1, some({"low"}), 3}).nodes.front().empty());
  CHECK(ring.answer_to<AssignReply>(Assign{1, some({"low"})}).nodes.front() == std::nullopt);
  CHECK(ring.answer_to<PutReply>(Put{1, "low", 1, 0}).status == PutStatus::not_owner);
}

TEST_CASE("owners, replicas, points and positions fit together") {
  Fixture ring;
  ring.tell(AddNode{.name = "n2", .version = 1});
  ring.tell(AddNode{.name = "n1", .version = 2});
  const Keys keys = some({"low", "middle", "high"});
  CHECK(ring.answer_to<PositionsReply>(Positions{1, keys}).positions ==
        std::vector<std::uint64_t>{500, 1500, 3000});
  CHECK(ring.answer_to<PointsReply>(Points{1}).points ==
        std::vector<PlacedPoint>{{1000, "n1"}, {2000, "n2"}});
  const auto owners = ring.answer_to<OwnersReply>(Owners{9, keys});
  CHECK(owners.request == 9);
  CHECK(owners.version == 2);
  CHECK(owners.owners == std::vector<std::optional<std::string>>{"n1", "n2", "n1"});
  CHECK(ring.answer_to<ReplicasReply>(Replicas{1, some({"middle"}), 2}).nodes ==
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
  Fixture ring;
  ring.tell(AddNode{.name = "n1", .version = 1});
  ring.tell(JoinPart{.name = "n2", .count = 1});
  CHECK(ring.written().empty());
  CHECK(ring.answer_to<OwnersReply>(Owners{1, some({"middle"})}).owners.front() == "n1");
  Fixture restarted({Joined{"n1", 1, "", 1}});
  CHECK(restarted.answer_to<MembershipReply>(CompleteJoin{1, "n2", 2}).version == 1);
  CHECK(restarted.node.ring.members().size() == 1);
}

TEST_CASE("a complete join is written, and owns its keys") {
  Fixture ring;
  ring.tell(AddNode{.name = "n1", .version = 1});
  ring.tell(JoinPart{.name = "n2", .count = 1});
  ring.tell(CompleteJoin{.name = "n2", .version = 2});
  CHECK(ring.written() == std::vector<RingProtocol::Record>{Joined{"n2", 1, "", 2}});
  CHECK(ring.answer_to<OwnersReply>(Owners{1, some({"middle"})}).owners.front() == "n2");
}

TEST_CASE("a restarted node has its ring, its version and its values again") {
  Fixture ring({Joined{"n1", 1, "", 1}, Joined{"n2", 1, "", 2}, Left{"n2", 3}, Stored{"low", 8}});
  CHECK(ring.node.version == 3);
  CHECK(ring.node.values.at("low") == 8);
  CHECK(ring.node.ring.members().size() == 1);
  REQUIRE(ring.effects.size() == 1);  // what no sync had covered is synced before it counts
  CHECK(std::holds_alternative<Sync>(ring.effects[0]));
}

TEST_CASE("a write is taken by the owner and by its own version of the ring only") {
  Fixture ring({Joined{"n1", 1, "", 1}, Joined{"n2", 1, "", 2}});
  CHECK(ring.answer_to<PutReply>(Put{1, "low", 8, 1}) == PutReply{1, PutStatus::other_version, 2});
  CHECK(ring.answer_to<PutReply>(Put{2, "low", 8, 3}).status == PutStatus::other_version);
  CHECK(ring.answer_to<PutReply>(Put{3, "middle", 8, 2}).status == PutStatus::not_owner);
  CHECK(ring.written().empty());
  CHECK(ring.answer_to<PutReply>(Put{4, "low", 8, 2}).status == PutStatus::accepted);
  CHECK(ring.written() == std::vector<RingProtocol::Record>{Stored{"low", 8}});
  CHECK(std::holds_alternative<Sync>(ring.effects[1]));
}

TEST_CASE("a full node is passed, and one that left carries nothing") {
  Fixture ring({Joined{"n1", 1, "", 1}, Joined{"n2", 1, "", 2}});
  const auto placed = ring.answer_to<AssignReply>(Assign{1, some({"low", "low", "low"})});
  CHECK(placed.nodes == std::vector<std::optional<std::string>>{"n1", "n1", "n2"});
  ring.tell(RemoveNode{.name = "n1", .version = 3});
  CHECK(ring.node.loads.load("n1") == 0);
}

}  // namespace dsys::hashring
