// The world's rules, on a protocol that is as small as can be.
#include "common/sim/world.hpp"
#include "common/check/run.hpp"
#include "common/core/describe.hpp"
#include "common/trace/trace.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace dsys::world_test {
namespace {

struct Ping {
  int number = 0;
};
DSYS_DESCRIBE(Ping, number)

DSYS_EMPTY(Tick)

struct Kept {
  int number = 0;
};
DSYS_DESCRIBE(Kept, number)

struct Got {
  int number = 0;
  std::uint64_t at_own_ms = 0;
};
DSYS_DESCRIBE(Got, number, at_own_ms)

struct Remembered {
  std::uint64_t count = 0;
};
DSYS_DESCRIBE(Remembered, count)

struct PingProtocol {
  using Message = std::variant<Ping>;
  using Timer = std::variant<Tick>;
  using Record = std::variant<Kept>;
  using Output = std::variant<Got, Remembered>;
};

using PingContext = Context<PingProtocol>;

// Sends 1, 2, 3, ... to n2 every 10 ms of its own clock; keeps what it gets on its disk.
struct Pinger {
  int count = 0;
  bool syncs = true;
  int sent = 0;

  bool operator==(const Pinger&) const = default;

  void on_start(PingContext& context, std::span<const PingProtocol::Record> disk) const {
    context.emit(Remembered{disk.size()});
    if (count > 0) context.set_timer(Tick{}, 10ms);
  }
  void on_timer(PingContext& context, const PingProtocol::Timer& /*timer*/) {
    context.send(node_id('n', 2), Ping{++sent});
    if (sent < count) context.set_timer(Tick{}, 10ms);
  }
  void on_message(PingContext& context, NodeId /*from*/,
                  const PingProtocol::Message& message) const {
    const int number = std::get<Ping>(message).number;
    context.write(Kept{number});
    if (syncs) context.sync();
    context.emit(Got{number, static_cast<std::uint64_t>(context.now() / 1ms)});
  }
};

struct Run {
  std::vector<trace::Entry> entries;

  std::vector<std::string> emitted() const {
    std::vector<std::string> texts;
    for (const trace::Entry& entry : entries) {
      if (entry.kind == EventKind::emit) {
        texts.push_back(std::to_string(entry.time / 1ms) + " " + to_string(entry.node) + " " +
                        entry.type + " " + entry.fields);
      }
    }
    return texts;
  }
  std::size_t count(EventKind kind) const {
    std::size_t found = 0;
    for (const trace::Entry& entry : entries) found += entry.kind == kind ? 1 : 0;
    return found;
  }
};

struct RunSettings {
  sim::Link link{.delay = sim::Delay::fixed(5ms)};
  Duration sync_delay{};
  int pings = 3;
  bool syncs = true;
  std::uint64_t seed = 1;
};

Run run(const std::vector<std::string>& faults, const RunSettings& settings = {}) {
  sim::World<PingProtocol> world(
      {.seed = settings.seed, .link = settings.link, .sync_delay = settings.sync_delay});
  world.add(node_id('n', 1), factory_of<PingProtocol>(Pinger{.count = settings.pings}));
  world.add(node_id('n', 2), factory_of<PingProtocol>(Pinger{.syncs = settings.syncs}));
  trace::Recorder<PingProtocol> recorder(trace::Detail::all);
  world.observe(recorder);
  std::vector<sim::Step> script;
  script.reserve(faults.size());
  for (const std::string& fault : faults) script.push_back(sim::parse_step(fault));
  world.add_script(script);
  world.start();
  world.run_until(1s);
  return {recorder.take()};
}

using Texts = std::vector<std::string>;

Texts got(const Run& run) {
  Texts texts = run.emitted();
  std::erase_if(texts,
                [](const std::string& text) { return text.find("Got") == std::string::npos; });
  return texts;
}

}  // namespace

TEST_CASE("messages arrive after the link's delay, timers after theirs") {
  CHECK(got(run({})) == Texts{"15 n2 Got number=1 at_own_ms=15", "25 n2 Got number=2 at_own_ms=25",
                              "35 n2 Got number=3 at_own_ms=35"});
}

TEST_CASE("the same seed gives the same run, another seed another one") {
  const RunSettings random_link{
      .link = {.delay = sim::Delay::uniform(1ms, 20ms), .loss_percent = 30}, .pings = 30};
  RunSettings other = random_link;
  other.seed = 2;
  CHECK(run({}, random_link).entries == run({}, random_link).entries);
  CHECK(run({}, random_link).entries != run({}, other).entries);
}

TEST_CASE("a lossy link loses about its share, and says so") {
  RunSettings lossy;
  lossy.link.loss_percent = 50;
  lossy.pings = 80;
  const Run lost = run({}, lossy);
  CHECK(lost.count(EventKind::lose) > 25);
  CHECK(lost.count(EventKind::lose) < 55);
  CHECK(lost.count(EventKind::lose) + lost.count(EventKind::deliver) == 80);
}

TEST_CASE("a duplicating link delivers twice, a reordering link out of order") {
  RunSettings twice;
  twice.link.duplicate_percent = 100;
  CHECK(got(run({}, twice)).size() == 6);

  RunSettings shuffled;
  shuffled.link.reorder_percent = 50;
  shuffled.pings = 30;
  const Texts texts = got(run({}, shuffled));
  CHECK(texts.size() == 30);
  bool is_ordered = true;
  int last = 0;
  for (const std::string& text : texts) {
    const int number = std::stoi(text.substr(text.find("number=") + 7));
    is_ordered = is_ordered && number > last;
    last = number;
  }
  CHECK_FALSE(is_ordered);
}

TEST_CASE("an exponential delay varies around its mean") {
  RunSettings slow;
  slow.link.delay = sim::Delay::exponential(5ms);
  slow.pings = 20;
  CHECK(got(run({}, slow)).size() == 20);
}

TEST_CASE("a split cuts what leaves or arrives during it, not what arrives after it") {
  // Sent at 10, 20 and 30 ms; the second would arrive at 25 ms.
  CHECK(got(run({"18ms split n1|n2", "22ms heal"})).size() == 2);
  CHECK(got(run({"11ms split n1|n2", "14ms heal"})).size() == 3);
  CHECK(got(run({"11ms isolate n1", "26ms heal"})).size() == 1);
}

TEST_CASE("a held link keeps what arrives until it is released, in order") {
  CHECK(got(run({"hold n1->n2", "100ms release n1->n2"})) ==
        Texts{"100 n2 Got number=1 at_own_ms=100", "100 n2 Got number=2 at_own_ms=100",
              "100 n2 Got number=3 at_own_ms=100"});
}

TEST_CASE("a slow link is slower, a dropping link drops one type only") {
  CHECK(got(run({"slow n1->n2 50ms"})).front() == "65 n2 Got number=1 at_own_ms=65");
  CHECK(got(run({"drop n1->n2 100% Ping"})).empty());
}

TEST_CASE("a crash loses memory and keeps the disk; a power loss takes what was not synced") {
  const RunSettings unsynced{.syncs = false};
  const auto remembered = [](const Run& run) {
    Texts texts = run.emitted();
    std::erase_if(texts, [](const std::string& text) {
      return text.find("n2 Remembered") == std::string::npos;
    });
    return texts.back();
  };
  CHECK(remembered(run({"40ms crash n2", "50ms restart n2"}, unsynced)) ==
        "50 n2 Remembered count=3");
  CHECK(remembered(run({"40ms power-loss n2", "50ms restart n2"}, unsynced)) ==
        "50 n2 Remembered count=0");
  CHECK(remembered(run({"40ms power-loss n2", "50ms restart n2"})) == "50 n2 Remembered count=3");
}

TEST_CASE("messages to a node that is down are lost, and its timers are gone") {
  CHECK(got(run({"12ms crash n2", "22ms restart n2"})).size() == 2);
  CHECK(got(run({"12ms crash n1"})).size() == 1);
}

TEST_CASE("a sync takes its time; what follows it happens after it, and inputs wait") {
  const RunSettings slow_disk{.sync_delay = 12ms};
  CHECK(got(run({}, slow_disk)) == Texts{"27 n2 Got number=1 at_own_ms=15",
                                         "39 n2 Got number=2 at_own_ms=27",
                                         "51 n2 Got number=3 at_own_ms=39"});
}

TEST_CASE("a power loss during a sync takes the record and what was to follow") {
  const RunSettings slow_disk{.sync_delay = 12ms};
  const Run lost = run({"20ms power-loss n2", "21ms restart n2"}, slow_disk);
  CHECK(got(lost).size() == 2);
  CHECK(lost.emitted()[2] == "21 n2 Remembered count=0");
}

TEST_CASE("a paused node does what waited for it when it resumes") {
  CHECK(got(run({"pause n2", "50ms resume n2"})) == Texts{"50 n2 Got number=1 at_own_ms=50",
                                                          "50 n2 Got number=2 at_own_ms=50",
                                                          "50 n2 Got number=3 at_own_ms=50"});
  CHECK(got(run({"pause n1", "50ms resume n1"})).front() == "55 n2 Got number=1 at_own_ms=55");
}

TEST_CASE("a fast clock fires timers early, and a change of rate moves the running ones") {
  CHECK(got(run({"clock n1 200%"})).front() == "10 n2 Got number=1 at_own_ms=10");
  CHECK(got(run({"5ms clock n1 50%"})).front() == "20 n2 Got number=1 at_own_ms=20");
  CHECK(got(run({"clock n2 300%"})).front() == "15 n2 Got number=1 at_own_ms=45");
}

TEST_CASE("a timer can be fired early by a script") {
  CHECK(got(run({"3ms fire n1 Tick"})).front() == "8 n2 Got number=1 at_own_ms=8");
}

TEST_CASE("a script waits for an event, and a crash between two effects takes the rest") {
  const Run crashed = run({"when n2 writes Kept number=2 crash n2"});
  CHECK(got(crashed).size() == 1);
  CHECK(crashed.count(EventKind::write) == 2);
}

TEST_CASE("a script strikes at the event of a number, as the trace counts them") {
  const Run whole = run({});
  const auto second =
      std::find_if(whole.entries.begin(), whole.entries.end(), [](const trace::Entry& entry) {
        return entry.kind == EventKind::deliver && entry.fields == "number=2";
      });
  REQUIRE(second != whole.entries.end());
  const auto number = static_cast<std::uint64_t>(second - whole.entries.begin()) + 1;
  CHECK(got(run({"event " + std::to_string(number) + " crash n2"})).size() == 1);
}

TEST_CASE("a message may be lost, repeated or late, and the others are as they were") {
  CHECK(got(run({"when n1 sends Ping number=2 lose-message"})) ==
        Texts{"15 n2 Got number=1 at_own_ms=15", "35 n2 Got number=3 at_own_ms=35"});
  CHECK(got(run({"when n1 sends Ping number=1 repeat-message 50ms"})) ==
        Texts{"15 n2 Got number=1 at_own_ms=15", "25 n2 Got number=2 at_own_ms=25",
              "35 n2 Got number=3 at_own_ms=35", "65 n2 Got number=1 at_own_ms=65"});
  CHECK(got(run({"when n1 sends Ping number=1 delay-message 50ms"})) ==
        Texts{"25 n2 Got number=2 at_own_ms=25", "35 n2 Got number=3 at_own_ms=35",
              "65 n2 Got number=1 at_own_ms=65"});
  const Run idle = run({"3ms lose-message"});
  CHECK(got(idle).size() == 3);
  CHECK(std::any_of(idle.entries.begin(), idle.entries.end(), [](const trace::Entry& entry) {
    return entry.fields == "no message is being sent: nothing happens";
  }));
}

TEST_CASE("a message to nobody ends the run: its sender is told who there is") {
  sim::World<PingProtocol> world({.seed = 1});
  world.add(node_id('n', 1), factory_of<PingProtocol>(Pinger{.count = 3}));
  world.start();
  CHECK_THROWS_WITH_AS(world.run_until(1s), "sends to n2, which does not exist; there are n1",
                       NodeFailure);
}

TEST_CASE("a run that would not end by itself is ended") {
  sim::World<PingProtocol> world({.seed = 1, .inputs_max = 1000});
  world.add(node_id('n', 1), factory_of<PingProtocol>(Pinger{.count = 1'000'000}));
  world.add(node_id('n', 2), factory_of<PingProtocol>(Pinger{}));
  world.start();
  world.run_until(10'000s);
  CHECK(world.exhausted());
  CHECK(world.counts().inputs == 1000);
}

}  // namespace dsys::world_test
