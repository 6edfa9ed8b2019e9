// Symmetric nodes: what the explorer merges is what a count by hand merges, and nothing that breaks
// is lost, also where the declaration is wrong.
#include "common/core/describe.hpp"
#include "common/core/rename.hpp"
#include "common/search/explorer.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace dsys::search::symmetry_test {

// --- Nodes that call each other ---

struct Call {
  NodeId caller{};
};
DSYS_DESCRIBE(Call, caller)
DSYS_EMPTY(Tick)
struct Heard {
  NodeId caller{};
};
DSYS_DESCRIBE(Heard, caller)

struct Names {
  std::vector<NodeId> all;

  void rename(const Renaming& names) {
    dsys::rename(all, names);
    std::sort(all.begin(), all.end());
  }
};
DSYS_DESCRIBE(Names, all)

struct CallProtocol {
  using Message = std::variant<Call>;
  using Timer = std::variant<Tick>;
  using Record = std::variant<Heard>;
  using Output = std::variant<Heard>;
  using Config = Names;
};
using CallContext = Context<CallProtocol>;

// When its timer expires it calls all others; whoever is called for the first time by somebody
// remembers it, says so, and writes it down.
struct Caller {
  Names names;
  bool first_is_deaf = false;  // a part that is not the same: n1 hears nothing
  std::set<NodeId> heard;

  void on_start(CallContext& context, std::span<const CallProtocol::Record> disk) {
    for (const auto& record : disk) heard.insert(std::get<Heard>(record).caller);
    context.set_timer(Tick{}, 1s);
  }
  void on_timer(CallContext& context, const CallProtocol::Timer& /*timer*/) const {
    for (const NodeId one : names.all) {
      if (one != context.self()) context.send(one, Call{context.self()});
    }
  }
  void on_message(CallContext& context, NodeId /*from*/, const CallProtocol::Message& message) {
    if (first_is_deaf && context.self() == node_id('n', 1)) return;
    const NodeId caller = std::get<Call>(message).caller;
    if (!heard.insert(caller).second) return;
    context.write(Heard{caller});
    context.sync();
    context.emit(Heard{caller});
  }
};
DSYS_DESCRIBE(Caller, names, first_is_deaf, heard)

std::vector<NodeId> first_names(unsigned count) {
  std::vector<NodeId> names;
  for (unsigned i = 1; i <= count; ++i) names.push_back(node_id('n', i));
  return names;
}

Exploration<CallProtocol> calls(unsigned nodes, unsigned ticks) {
  return {.name = "calls",
          .title = "all call each other",
          .nodes = nodes,
          .cast =
              [](const sim::Implementation<CallProtocol>& implementation, unsigned count) {
                std::vector<sim::Participant<CallProtocol>> cast;
                for (const NodeId name : first_names(count)) {
                  cast.push_back({name, implementation(name, Names{first_names(count)})});
                }
                return cast;
              },
          .timers = {{.type = "Tick", .most = ticks, .early = true}},
          .faults = {},
          .symmetric = first_names(nodes)};
}

NodeFactory<CallProtocol> make_caller(NodeId /*self*/, const Names& names) {
  return factory_of<CallProtocol>(Caller{.names = names});
}
NodeFactory<CallProtocol> make_unequal(NodeId /*self*/, const Names& names) {
  return factory_of<CallProtocol>(Caller{.names = names, .first_is_deaf = true});
}

using CallExplorer = Explorer<CallProtocol>;
using CallProperties = std::vector<check::Property<CallProtocol>>;

SearchCounts counts_of(const Exploration<CallProtocol>& exploration, bool names) {
  CallExplorer explorer(exploration, make_caller, {}, {.names = names});
  const SearchOutcome outcome = explorer.run({.jobs = 2});
  CHECK(outcome.end == SearchEnd::complete);
  CHECK(explorer.asymmetry().empty());
  return outcome.counts;
}

// --- The same, counted without the explorer ---

struct Whole {
  std::array<std::vector<std::size_t>, 4> heard;  // in order, as on the disk
  std::array<bool, 4> can_tick{};
  std::multiset<std::pair<std::size_t, std::size_t>> under_way;  // from, to
  unsigned ticks = 0;
  unsigned losses = 0;

  auto key() const { return std::tie(heard, can_tick, under_way, ticks, losses); }
  bool operator<(const Whole& other) const { return key() < other.key(); }
};

std::vector<Whole> after(const Whole& at, std::size_t nodes, unsigned ticks, unsigned losses) {
  std::vector<Whole> next;
  for (std::size_t i = 0; i < nodes; ++i) {
    if (!at.can_tick[i] || at.ticks == ticks) continue;
    Whole one = at;
    one.can_tick[i] = false;
    ++one.ticks;
    for (std::size_t to = 0; to < nodes; ++to) {
      if (to != i) one.under_way.insert({i, to});
    }
    next.push_back(one);
  }
  for (const auto& [from, to] : at.under_way) {
    Whole one = at;
    one.under_way.erase(one.under_way.find({from, to}));
    if (at.losses < losses) {
      Whole lost = one;
      ++lost.losses;
      next.push_back(lost);
    }
    one.heard[to].push_back(from);
    next.push_back(one);
  }
  return next;
}

std::set<Whole> all_after(const Whole& first, std::size_t nodes, unsigned ticks, unsigned losses) {
  std::set<Whole> seen{first};
  std::deque<Whole> left{first};
  for (; !left.empty(); left.pop_front()) {
    for (const Whole& one : after(left.front(), nodes, ticks, losses)) {
      if (seen.insert(one).second) left.push_back(one);
    }
  }
  return seen;
}

Whole under(const Whole& whole, const std::vector<std::size_t>& names) {
  Whole renamed{.ticks = whole.ticks, .losses = whole.losses};
  for (std::size_t i = 0; i < names.size(); ++i) {
    for (const std::size_t one : whole.heard[i]) renamed.heard[names[i]].push_back(names[one]);
    renamed.can_tick[names[i]] = whole.can_tick[i];
  }
  for (const auto& [from, to] : whole.under_way) renamed.under_way.insert({names[from], names[to]});
  return renamed;
}

std::size_t orbits(const std::set<Whole>& all, std::size_t nodes) {
  std::set<Whole> least;
  for (const Whole& one : all) {
    std::vector<std::size_t> names(nodes);
    for (std::size_t i = 0; i < nodes; ++i) names[i] = i;
    Whole first = one;
    do first = std::min(first, under(one, names));
    while (std::next_permutation(names.begin(), names.end()));
    least.insert(first);
  }
  return least.size();
}

Whole before_all(std::size_t nodes) {
  Whole whole;
  for (std::size_t i = 0; i < nodes; ++i) whole.can_tick[i] = true;
  return whole;
}

// --- What is judged ---

// Broken by the node that has heard so many others; by_name: only if it is n3.
template <int most, bool by_name>
struct NobodyHears {
  std::map<NodeId, int> count;

  std::optional<std::string> observe(const Event<CallProtocol>& event) {
    if (output_of<Heard>(event) == nullptr) return std::nullopt;
    const bool are_so_many = ++count[event.node] == most;
    const bool is_meant = !by_name || event.node == node_id('n', 3);
    return are_so_many && is_meant ? std::optional<std::string>("so many") : std::nullopt;
  }
};

template <typename State>
CallProperties judged_by() {
  return {check::always<CallProtocol, State>({"P", "calls", "Nobody hears so many.", "here"})};
}

// The way is one of nodes with their real names, and it ends where the property breaks.
void check_way(const Exploration<CallProtocol>& exploration,
               const sim::Implementation<CallProtocol>& nodes, const CallProperties& properties,
               CallExplorer& found_by, const std::vector<std::uint32_t>& path) {
  CallExplorer other(exploration, nodes, properties, {.names = false});
  std::vector<std::uint32_t> again;
  for (const std::uint32_t label : path) {
    const auto found = other.label_of(again, found_by.step_of(label));
    REQUIRE(found.has_value());
    again.push_back(*found);
  }
  check::Monitor<CallProtocol> monitor(properties);
  other.tell(again, monitor);
  CHECK(monitor.any_broken());
  check::Monitor<CallProtocol> same(properties);
  found_by.tell(path, same);
  CHECK(same.any_broken());
}

TEST_CASE("names change in every field, and what is in order is in order again") {
  const std::vector<NodeId> names = first_names(3);
  const Renaming around(names, {names[1], names[2], names[0]});
  CHECK(around.of(names[0]) == names[1]);
  CHECK(around.of(node_id('c', 1)) == node_id('c', 1));
  CHECK(renamed(std::vector<NodeId>{names[2], names[0]}, around) ==
        std::vector<NodeId>{names[0], names[1]});
  CHECK(renamed(std::set<NodeId>{names[0], names[2]}, around) ==
        std::set<NodeId>{names[0], names[1]});
  using Votes = std::map<NodeId, std::optional<std::pair<std::string, NodeId>>>;
  CHECK(renamed(Votes{{names[2], std::pair("n1", names[1])}, {names[0], std::nullopt}}, around) ==
        Votes{{names[0], std::pair("n1", names[2])}, {names[1], std::nullopt}});
  CHECK(renamed(CallProtocol::Message(Call{names[1]}), around) ==
        CallProtocol::Message(Call{names[2]}));
  const Caller caller{.names = {names}, .heard = {names[2]}};
  CHECK(renamed(caller, around) == Caller{.names = {names}, .heard = {names[0]}});
}

TEST_CASE("of states that are equal up to names one is kept, as counted by hand") {
  for (const unsigned losses : {0U, 1U}) {
    CAPTURE(losses);
    Exploration<CallProtocol> three = calls(3, 3);
    three.faults = {.losses = losses};
    const std::set<Whole> all = all_after(before_all(3), 3, 3, losses);
    CHECK(counts_of(three, false).states == all.size());
    CHECK(counts_of(three, true).states == orbits(all, 3));
    CHECK(counts_of(three, true).depth == counts_of(three, false).depth);
  }
  const std::set<Whole> all = all_after(before_all(4), 4, 3, 0);
  CHECK(all.size() > 5'000);
  CHECK(counts_of(calls(4, 3), false).states == all.size());
  CHECK(counts_of(calls(4, 3), true).states == orbits(all, 4));
}

TEST_CASE("a beginning in which one differs is none the worse") {
  Exploration<CallProtocol> three = calls(3, 2);
  three.opening = {"fire n2 Tick"};
  Whole first = before_all(3);
  first.can_tick[1] = false;
  first.under_way = {{1, 0}, {1, 2}};
  const std::set<Whole> all = all_after(first, 3, 2, 0);
  CHECK(counts_of(three, false).states == all.size());
  CHECK(counts_of(three, true).states == orbits(all, 3));
  CHECK(orbits(all, 3) < all.size());
}

TEST_CASE("with names merged, a violation is found by a way as short, with the real names") {
  Exploration<CallProtocol> four = calls(4, 4);
  four.faults = {.crashes = 1, .duplicates = 1};
  const CallProperties properties = judged_by<NobodyHears<3, false>>();
  for (const Opening& opening : {Opening{}, Opening{"fire n3 Tick", "deliver n3->n4"},
                                 Opening{"fire n2 Tick", "lose n2->n1", "fire n1 Tick"},
                                 Opening{"fire n4 Tick", "deliver n4->n2", "crash n3"}}) {
    four.opening = opening;
    CallExplorer merged(four, make_caller, properties);
    const SearchOutcome outcome = merged.run({});
    REQUIRE(outcome.end == SearchEnd::violation);
    CHECK(merged.asymmetry().empty());
    check_way(four, make_caller, properties, merged, outcome.path);
    CallExplorer apart(four, make_caller, properties, {.names = false});
    CHECK(apart.run({}).path.size() == outcome.path.size());
  }
}

TEST_CASE("threads find the same with names merged") {
  Exploration<CallProtocol> four = calls(4, 3);
  four.faults = {.crashes = 1};
  four.depth = 7;
  CallExplorer one(four, make_caller, {});
  CallExplorer several(four, make_caller, {});
  const SearchOutcome alone = one.run({.jobs = 1});
  const SearchOutcome many = several.run({.jobs = 4});
  CHECK(alone.counts.states > 1000);
  CHECK(alone.counts.states == many.counts.states);
  CHECK(alone.counts.transitions == many.counts.transitions);
}

TEST_CASE("a node that does not play the same part is found out, and nothing is merged") {
  const Exploration<CallProtocol> three = calls(3, 3);
  CallExplorer declared(three, make_unequal, {});
  CallExplorer apart(three, make_unequal, {}, {.names = false});
  const SearchOutcome outcome = declared.run({});
  CHECK_FALSE(declared.asymmetry().empty());
  CHECK(outcome.counts.states == apart.run({}).counts.states);
}

TEST_CASE("a type that renames itself wrongly is found out") {
  Exploration<CallProtocol> three = calls(3, 3);
  three.cast = [](const sim::Implementation<CallProtocol>& implementation, unsigned count) {
    std::vector<sim::Participant<CallProtocol>> cast;
    std::vector<NodeId> disordered = first_names(count);
    std::reverse(disordered.begin(), disordered.end());  // and no names at all set this right
    for (const NodeId name : first_names(count)) {
      cast.push_back({name, implementation(name, Names{disordered})});
    }
    return cast;
  };
  CallExplorer declared(three, make_caller, {});
  CallExplorer apart(three, make_caller, {}, {.names = false});
  CHECK(declared.run({}).counts.states == apart.run({}).counts.states);
  CHECK(declared.asymmetry() == "names that change twice do not add up");
}

TEST_CASE("a property that judges by names is found out, and the violation is found") {
  const Exploration<CallProtocol> three = calls(3, 3);
  const CallProperties properties = judged_by<NobodyHears<2, true>>();
  CallExplorer declared(three, make_caller, properties);
  const SearchOutcome outcome = declared.run({});
  CHECK_FALSE(declared.asymmetry().empty());
  REQUIRE(outcome.end == SearchEnd::violation);
  check_way(three, make_caller, properties, declared, outcome.path);
}

TEST_CASE("a node that does not show its state is explored by its name") {
  struct Closed final : Node<CallProtocol> {
    void on_start(CallContext& context, std::span<const Record> /*disk*/) override {
      context.set_timer(Tick{}, 1s);
    }
    void on_message(CallContext& /*context*/, NodeId /*from*/,
                    const Message& /*message*/) override {}
    void on_timer(CallContext& context, const Timer& /*timer*/) override {
      context.emit(Heard{context.self()});
    }
    std::unique_ptr<Node<CallProtocol>> clone() const override {
      return std::make_unique<Closed>();
    }
  };
  const auto make_closed = [](NodeId, const Names&) -> NodeFactory<CallProtocol> {
    return [] { return std::make_unique<Closed>(); };
  };
  CallExplorer explorer(calls(3, 3), make_closed, {});
  CHECK(explorer.run({}).counts.states == 8);
  CHECK(explorer.asymmetry() == "n1 does not show which names it keeps");
}

}  // namespace dsys::search::symmetry_test
