// The explorer, on nodes so small that all their orders can be counted by hand.
#include "common/search/explorer.hpp"

#include "common/core/describe.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace dsys::search::explorer_test {

struct Ping {
  std::uint32_t number = 0;
};
DSYS_DESCRIBE(Ping, number)
DSYS_EMPTY(Tick)
struct Kept {
  std::uint32_t number = 0;
};
DSYS_DESCRIBE(Kept, number)
struct Told {
  std::uint32_t number = 0;
};
DSYS_DESCRIBE(Told, number)
DSYS_EMPTY(Nothing)

struct PingProtocol {
  using Message = std::variant<Ping>;
  using Timer = std::variant<Tick>;
  using Record = std::variant<Kept>;
  using Output = std::variant<Told>;
  using Config = Nothing;
};
using PingContext = Context<PingProtocol>;

// n1 sends so many pings to each other node when it starts; whoever gets one does what `rule` says.
struct Pinger {
  enum class Rule : std::uint8_t { tell, keep, tell_then_keep, draw, tell_time, fail_at_three };
  Rule rule = Rule::tell;
  std::uint32_t pings = 1;
  std::uint32_t others = 1;
  std::vector<std::uint32_t> got;

  void on_start(PingContext& context, std::span<const PingProtocol::Record> disk) {
    for (const auto& record : disk) got.push_back(std::get<Kept>(record).number);
    if (!disk.empty()) context.emit(Told{100 + static_cast<std::uint32_t>(disk.size())});
    if (context.self() != node_id('n', 1) || !disk.empty()) return;
    for (std::uint32_t to = 2; to <= others + 1; ++to) {
      for (std::uint32_t i = 1; i <= pings; ++i) context.send(node_id('n', to), Ping{i});
    }
    context.set_timer(Tick{}, 1s);
  }
  void on_message(PingContext& context, NodeId /*from*/, const PingProtocol::Message& message) {
    const std::uint32_t number = std::get<Ping>(message).number;
    got.push_back(number);
    if (rule == Rule::tell) context.emit(Told{number});
    if (rule == Rule::draw) {
      context.emit(Told{static_cast<std::uint32_t>(context.random().below(4))});
    }
    if (rule == Rule::fail_at_three && got.size() == 3) {
      throw NodeFailure(context.self(), "counts to three");
    }
    if (rule == Rule::tell_time) context.emit(Told{context.now() > 0s ? 1U : 0U});
    if (rule == Rule::tell_then_keep) context.emit(Told{number});
    if (rule == Rule::keep || rule == Rule::tell_then_keep) {
      context.write(Kept{number});
      context.sync();
    }
    if (rule == Rule::keep) context.emit(Told{number});
  }
  void on_timer(PingContext& context, const PingProtocol::Timer& /*timer*/) {
    context.emit(Told{99});
  }
};
DSYS_DESCRIBE(Pinger, rule, pings, others, got)

Pinger pinger;  // what the cast below consists of

Exploration<PingProtocol> pings(const Pinger& like) {
  pinger = like;
  return {.name = "pings",
          .title = "pings in any order",
          .nodes = like.others + 1,
          .cast =
              [](const sim::Implementation<PingProtocol>& implementation, unsigned nodes) {
                std::vector<sim::Participant<PingProtocol>> cast;
                for (std::uint32_t i = 1; i <= nodes; ++i) {
                  cast.push_back({node_id('n', i), implementation(node_id('n', i), {})});
                }
                return cast;
              },
          .faults = {}};
}

NodeFactory<PingProtocol> make_pinger(NodeId /*self*/, const Nothing& /*config*/) {
  return factory_of<PingProtocol>(pinger);
}

// Broken when the numbers that were told end with `Last`, after `Before` directly before it.
template <std::uint32_t Before, std::uint32_t Last>
struct NeverOneAfterTheOther {
  std::uint32_t latest = 0;

  std::optional<std::string> observe(const Event<PingProtocol>& event) {
    const auto* const told = output_of<Told>(event);
    if (told == nullptr) return std::nullopt;
    const bool broken = latest == Before && told->number == Last;
    latest = told->number;
    return broken ? std::optional<std::string>("one came after the other") : std::nullopt;
  }
};

template <std::uint32_t Before, std::uint32_t Last>
std::vector<check::Property<PingProtocol>> never() {
  return {check::always<PingProtocol, NeverOneAfterTheOther<Before, Last>>(
      {"P", "order", "Never one after the other.", "here"})};
}

SearchOutcome explore(const Exploration<PingProtocol>& exploration,
                      const std::vector<check::Property<PingProtocol>>& properties,
                      const Reductions& reduces = {}, unsigned jobs = 1) {
  return Explorer<PingProtocol>(exploration, make_pinger, properties, reduces).run({.jobs = jobs});
}

TEST_CASE("every order of deliveries is tried, and states are counted once") {
  // Of three pings each order is tried: states are the ordered choices of 0 to 3 of them.
  const SearchOutcome outcome = explore(pings({.pings = 3}), {});
  CHECK(outcome.end == SearchEnd::complete);
  CHECK(outcome.counts.states == 1 + 3 + 3 * 2 + 3 * 2);
  CHECK(explore(pings({.pings = 3}), never<2, 3>()).end == SearchEnd::violation);
  CHECK(explore(pings({.pings = 3}), never<2, 1>()).path.size() == 2);
  CHECK(explore(pings({.pings = 3}), never<2, 2>()).end == SearchEnd::complete);
}

TEST_CASE("deliveries to different nodes are followed in one order, and nothing else is missed") {
  Exploration<PingProtocol> three = pings({.rule = Pinger::Rule::keep, .pings = 2, .others = 3});
  three.faults = {.crashes = 1, .losses = 1};
  const SearchOutcome reduced = explore(three, {});
  const SearchOutcome full = explore(three, {}, {.orders = false});
  CHECK(reduced.counts.states == full.counts.states);
  CHECK(reduced.counts.depth == full.counts.depth);
  CHECK(reduced.counts.transitions < full.counts.transitions);
  // The told numbers come from different nodes: their order matters to the property.
  const Exploration<PingProtocol> two = pings({.pings = 2, .others = 2});
  CHECK(explore(two, never<2, 1>()).path.size() ==
        explore(two, never<2, 1>(), {.orders = false}).path.size());
  CHECK(explore(two, never<2, 1>()).end == SearchEnd::violation);
  CHECK(explore(two, {}).counts.states == explore(two, {}, {.orders = false}).counts.states);
}

TEST_CASE("any number of threads finds the same") {
  Exploration<PingProtocol> three = pings({.rule = Pinger::Rule::keep, .pings = 2, .others = 3});
  three.faults = {.crashes = 1, .losses = 1};
  const SearchOutcome alone = explore(three, {});
  const SearchOutcome many = explore(three, {}, {}, 4);
  CHECK(alone.counts.states > 5000);
  CHECK(alone.counts.states == many.counts.states);
  CHECK(alone.counts.transitions == many.counts.transitions);
  CHECK(explore(three, never<2, 1>()).path == explore(three, never<2, 1>(), {}, 4).path);
}

TEST_CASE("lost and doubled messages are tried as often as they may be") {
  Exploration<PingProtocol> one = pings({.pings = 1});
  CHECK(explore(one, never<1, 1>()).end == SearchEnd::complete);
  one.faults = {.duplicates = 1};
  CHECK(explore(one, never<1, 1>()).path.size() == 2);
  one.faults = {.losses = 1};
  CHECK(explore(one, {}).counts.states == 3);  // under way; delivered; lost
}

TEST_CASE("timers expire when nothing is under way, or early if they may") {
  Exploration<PingProtocol> one = pings({.pings = 1});
  one.timers = {{.type = "Tick", .most = 1}};
  CHECK(explore(one, never<1, 99>()).end == SearchEnd::violation);
  CHECK(explore(one, never<99, 1>()).end == SearchEnd::complete);
  one.timers[0].early = true;
  CHECK(explore(one, never<99, 1>()).end == SearchEnd::violation);
}

TEST_CASE("a crash keeps the disk, and a loss of power what was synced") {
  Exploration<PingProtocol> one = pings({.rule = Pinger::Rule::keep, .pings = 1});
  one.faults = {.crashes = 1};
  CHECK(explore(one, never<1, 101>()).end == SearchEnd::violation);  // it comes back with 1 record
  one = pings({.rule = Pinger::Rule::tell_then_keep, .pings = 2});
  one.faults = {.power_losses = 1};
  // Told before it was synced: struck down in between, it told of 2 and comes back with 1 record.
  CHECK(explore(one, never<2, 101>()).end == SearchEnd::violation);
  // Struck down before the sync and before it told: the record survives a crash, and nothing else.
  one = pings({.rule = Pinger::Rule::keep, .pings = 2});
  one.faults = {.crashes = 1};
  CHECK(explore(one, never<0, 101>()).end == SearchEnd::violation);
  one.faults = {.power_losses = 1};
  CHECK(explore(one, never<0, 101>()).end == SearchEnd::complete);
}

TEST_CASE("what a handler draws is drawn in every way") {
  const Exploration<PingProtocol> one = pings({.rule = Pinger::Rule::draw, .pings = 2});
  CHECK(explore(one, never<0, 3>()).end == SearchEnd::violation);
  CHECK(explore(one, never<3, 0>()).end == SearchEnd::violation);
  CHECK(explore(one, never<3, 4>()).end == SearchEnd::complete);
}

TEST_CASE("a long wait moves the clock of one node") {
  Exploration<PingProtocol> one = pings({.rule = Pinger::Rule::tell_time, .pings = 1});
  CHECK(explore(one, never<0, 1>()).end == SearchEnd::complete);
  one.faults = {.waits = 1};
  CHECK(explore(one, never<0, 1>()).end == SearchEnd::violation);
}

TEST_CASE("a path is told as it was found, and found again step by step") {
  Exploration<PingProtocol> one = pings({.rule = Pinger::Rule::tell_then_keep, .pings = 2});
  one.faults = {.power_losses = 1};
  Explorer<PingProtocol> explorer(one, make_pinger, never<2, 101>());
  const SearchOutcome outcome = explorer.run({});
  REQUIRE(outcome.end == SearchEnd::violation);

  struct Numbers final : Observer<PingProtocol> {
    void observe(const Event<PingProtocol>& event) override {
      if (const auto* told = output_of<Told>(event)) numbers.push_back(told->number);
      CHECK(event.number == ++events);
    }
    std::vector<std::uint32_t> numbers;
    std::uint64_t events = 0;
  };
  Numbers seen;
  explorer.tell(outcome.path, seen);
  REQUIRE(seen.numbers.size() >= 2);
  CHECK(seen.numbers.back() == 101);
  CHECK(seen.numbers[seen.numbers.size() - 2] == 2);

  std::vector<std::uint32_t> again;
  for (const std::uint32_t label : outcome.path) {
    const auto found = explorer.label_of(again, explorer.step_of(label));
    REQUIRE(found.has_value());
    again.push_back(*found);
  }
  CHECK(again == outcome.path);
  const Ping absent{7};
  const PingProtocol::Message message = absent;
  CHECK_FALSE(explorer.label_of({}, {.kind = StepKind::deliver,
                                     .node = node_id('n', 2),
                                     .from = node_id('n', 1),
                                     .message = &message}));
}

TEST_CASE("a node that cannot go on is found like a violation, by a shortest way") {
  const Exploration<PingProtocol> one = pings({.rule = Pinger::Rule::fail_at_three, .pings = 4});
  Explorer<PingProtocol> explorer(one, make_pinger, never<2, 1>());
  const SearchOutcome outcome = explorer.run({});
  CHECK(outcome.end == SearchEnd::violation);
  CHECK(outcome.path.size() == 3);
  struct Deliveries final : Observer<PingProtocol> {
    void observe(const Event<PingProtocol>& event) override {
      count += event.kind == EventKind::deliver ? 1 : 0;
    }
    int count = 0;
  };
  Deliveries told;
  CHECK_THROWS_WITH_AS(explorer.tell(outcome.path, told), "counts to three", NodeFailure);
  CHECK(told.count == 3);
}

TEST_CASE("a search stops at its limit of transitions, or of calls") {
  Explorer<PingProtocol> explorer(pings({.pings = 6}), make_pinger, {});
  const SearchOutcome outcome = explorer.run({.transitions = 20});
  CHECK(outcome.end == SearchEnd::transitions);
  CHECK(outcome.counts.frontier > 0);
  Explorer<PingProtocol> other(pings({.pings = 6}), make_pinger, {});
  CHECK(other.run({.calls = 100}).end == SearchEnd::calls);
  CHECK(other.handler_calls() < 120);
}

TEST_CASE("an opening is taken before the search") {
  Exploration<PingProtocol> one = pings({.pings = 3});
  one.opening = {"deliver n1->n2", "lose n1->n2"};
  CHECK(explore(one, {}).counts.states == 2);
  CHECK(explore(one, never<1, 3>()).path.size() == 1);
  one.opening = {"settle"};
  CHECK(explore(one, {}).counts.states == 1);
  one.opening = {"settle", "crash n2"};
  CHECK(explore(one, {}).counts.states == 2);
  one.opening = {"settle but Ping"};
  CHECK(explore(one, {}).counts.states == explore(pings({.pings = 3}), {}).counts.states);
  one.opening = {"settle but Ping", "lose Ping", "lose Ping"};
  CHECK(explore(one, {}).counts.states == 1);
  one.opening = {"settle", "deliver n1->n2"};
  CHECK_THROWS_AS(explore(one, {}), Unsearchable);
}

TEST_CASE("more messages under way than are followed are counted") {
  Exploration<PingProtocol> one = pings({.pings = 3});
  one.opening = {"settle"};
  one.faults = {.crashes = 2};
  one.in_flight_most = 2;  // a restart of n1 would send three
  const SearchOutcome outcome = explore(one, {});
  CHECK(outcome.counts.cut_off > 0);
}

}  // namespace dsys::search::explorer_test
