#include "common/check/property.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace dsys::check {
namespace {

struct NoProtocol {
  using Message = std::variant<int>;
  using Timer = std::variant<int>;
  using Record = std::variant<int>;
  using Output = std::variant<int>;
};

using NoEvent = Event<NoProtocol>;

struct BreaksAtThree {
  static std::optional<std::string> observe(const NoEvent& event) {
    if (event.number >= 3) return "event " + std::to_string(event.number);
    return std::nullopt;
  }
};

struct OwesAtTheEnd {
  static std::optional<std::string> observe(const NoEvent& /*event*/) { return std::nullopt; }
  static std::optional<std::string> finish(const Ending& ending) {
    return "owed at " + dsys::to_string(ending.time);
  }
};

Monitor<NoProtocol> watched(PropertyKind kind) {
  return Monitor<NoProtocol>(
      {kind == PropertyKind::sometimes
           ? sometimes<NoProtocol, BreaksAtThree>("T-1", "at three", "sentence")
           : always<NoProtocol, BreaksAtThree>({"T-1", "at three", "sentence", "source"}),
       eventually<NoProtocol, OwesAtTheEnd>({"T-2", "at the end", "s", "s"})});
}

void show(Monitor<NoProtocol>& monitor, std::uint64_t events) {
  for (std::uint64_t number = 1; number <= events; ++number) {
    monitor.observe({.number = number, .time = Duration{number * 1ms}});
  }
}

}  // namespace

TEST_CASE("a broken property names the event at which it broke first, and is judged no more") {
  Monitor<NoProtocol> monitor = watched(PropertyKind::always);
  show(monitor, 2);
  CHECK_FALSE(monitor.any_broken());
  show(monitor, 5);
  CHECK(monitor.any_broken());
  const Verdict& verdict = monitor.verdicts()[0];
  CHECK(verdict.outcome == Verdict::Outcome::broken);
  CHECK(verdict.event == 3);
  CHECK(verdict.time == Duration{3ms});
  CHECK(verdict.reason == "event 3");
}

TEST_CASE("what is still owed at the end breaks an eventually-property") {
  Monitor<NoProtocol> monitor = watched(PropertyKind::always);
  monitor.finish({.time = 2s});
  CHECK(monitor.verdicts()[0].outcome == Verdict::Outcome::holds);
  CHECK(monitor.verdicts()[1].outcome == Verdict::Outcome::broken);
  CHECK(monitor.verdicts()[1].reason == "owed at 2s");
  CHECK(monitor.verdicts()[1].event == 0);
}

TEST_CASE("a sometimes-property is seen or not seen, and never broken") {
  Monitor<NoProtocol> monitor = watched(PropertyKind::sometimes);
  CHECK(monitor.verdicts()[0].outcome == Verdict::Outcome::not_seen);
  show(monitor, 3);
  CHECK(monitor.verdicts()[0].outcome == Verdict::Outcome::seen);
  CHECK_FALSE(monitor.any_broken());
}

}  // namespace dsys::check
