#include "common/sim/fault.hpp"
#include "common/core/error.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace dsys::sim {
namespace {

std::string complaint_about(const std::string& text) {
  try {
    (void)parse_step(text);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "accepted";
}

bool mentions(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a fault is read with its moment") {
  const Step at = parse_step("300ms crash n1");
  CHECK(at.trigger.kind == Trigger::Kind::at);
  CHECK(at.trigger.duration == Duration{300ms});
  CHECK(at.fault.kind == FaultKind::crash);
  CHECK(at.fault.node == "n1");

  CHECK(parse_step("after 1s heal").trigger.kind == Trigger::Kind::after);
  CHECK(parse_step("heal").trigger.kind == Trigger::Kind::at_once);
  const Step event = parse_step("event 120 crash n1");
  CHECK(event.trigger.kind == Trigger::Kind::event);
  CHECK(event.trigger.number == 120);
  CHECK(event.fault.node == "n1");
}

TEST_CASE("a fault may strike the message that is being sent") {
  CHECK(parse_step("when n1 sends Vote lose-message").fault.kind == FaultKind::lose_message);
  CHECK(parse_step("event 7 repeat-message 2s").fault.duration == Duration{2s});
  CHECK(parse_step("event 7 delay-message 2s").fault.kind == FaultKind::delay_message);
}

TEST_CASE("a fault waits for what a node does") {
  const Step step = parse_step("when n2 emits Applied index>=3 term=1 power-loss leader");
  CHECK(step.trigger.pattern.node == "n2");
  CHECK(step.trigger.pattern.kind == EventKind::emit);
  CHECK(step.trigger.pattern.type == "Applied");
  REQUIRE(step.trigger.pattern.conditions.size() == 2);
  CHECK(step.trigger.pattern.conditions[0].comparison == Condition::Comparison::at_least);
  CHECK(step.fault.kind == FaultKind::power_loss);
  CHECK(step.fault.node == "leader");

  CHECK(parse_step("when n1 sends Vote to n2 crash n1").trigger.pattern.peer == "n2");
}

TEST_CASE("links, groups, shares and clocks are read") {
  const Step drop = parse_step("drop n1<->n2 30% Vote,Append");
  CHECK(drop.fault.link == LinkName{"n1", "n2", true});
  CHECK(drop.fault.percent == 30);
  CHECK(drop.fault.types == std::vector<std::string>{"Vote", "Append"});
  CHECK(parse_step("split n1,n2|n3").fault.groups.size() == 2);
  CHECK(parse_step("clock n1 200%").fault.kind == FaultKind::clock_rate);
  CHECK(parse_step("clock n1 -5s").fault.duration == Duration{-5s});
  CHECK(parse_step("random 5 crash,split until 3s").fault.count == 5);
}

TEST_CASE("a malformed fault is refused in one line that says what would be right") {
  struct Case {
    const char* text;
    const char* part;
  };
  for (const Case one :
       {Case{"300ms crsh n1", "one of crash, restart"}, Case{"300 crash n1", "no time"},
        Case{"crash", "a node is missing"}, Case{"event crash n1", "no number of an event"},
        Case{"event 0 crash n1", "such as 120"}, Case{"event 7 delay-message", "a time such as"},
        Case{"crash n1 n2", "too much"}, Case{"", "for instance"},
        Case{"-5ms crash n1", "starts at 0ms"}, Case{"drop n1-n2 30%", "n1->n2"},
        Case{"drop n1->n2 130%", "0% to 100%"}, Case{"drop n1->n2 30", "0% to 100%"},
        Case{"split n1,n2", "n1,n2|n3"}, Case{"slow n1->n2 fast", "50ms"},
        Case{"clock n1 0%", "pause"}, Case{"random 0", "1 to 1000"},
        Case{"random 5 fire", "cannot be drawn"}, Case{"when n1 explodes crash n1", "one of emits"},
        Case{"when n1 emits", "type is missing"}}) {
    CAPTURE(one.text);
    const std::string complaint = complaint_about(one.text);
    CAPTURE(complaint);
    CHECK(mentions(complaint, one.part));
    CHECK_FALSE(mentions(complaint, "\n"));
  }
}

TEST_CASE("words that the world does not know are refused before the run") {
  const Vocabulary vocabulary{.nodes = {"n1", "n2"},
                              .roles = {"leader"},
                              .messages = {{"Vote", {"term"}}},
                              .timers = {{"Timeout", {}}},
                              .outputs = {{"Applied", {"index"}}},
                              .records = {}};
  const auto check = [&](const char* text) { check_words(parse_step(text), vocabulary); };
  CHECK_NOTHROW(check("when n1 emits Applied index>=1 crash leader"));
  CHECK_NOTHROW(check("drop *->n2 100% Vote"));
  CHECK_THROWS_AS(check("crash n7"), UsageError);
  CHECK_THROWS_AS(check("crash follower"), UsageError);
  CHECK_THROWS_AS(check("split n1|n9"), UsageError);
  CHECK_THROWS_AS(check("drop n1->n2 100% Vtoe"), UsageError);
  CHECK_THROWS_AS(check("fire n1 Vote"), UsageError);
  CHECK_THROWS_AS(check("when n1 emits Applid crash n1"), UsageError);
  CHECK_THROWS_AS(check("when n1 emits Applied indx=1 crash n1"), UsageError);
}

TEST_CASE("random faults come from the seed, in order of time, each with its remedy") {
  const std::vector<std::string> nodes{"n1", "n2", "n3"};
  const Fault fault = parse_step("random 20 crash until 1s").fault;
  Random one(9);
  Random same(9);
  Random other(10);
  const auto steps = draw_faults(fault, nodes, 10s, one);
  CHECK(steps == draw_faults(fault, nodes, 10s, same));
  CHECK(steps != draw_faults(fault, nodes, 10s, other));
  REQUIRE(steps.size() == 40);
  int crashed = 0;
  Duration last{};
  for (const Step& step : steps) {
    CHECK(step.trigger.duration >= last);
    CHECK(step.trigger.duration <= Duration{1s});
    last = step.trigger.duration;
    crashed += step.fault.kind == FaultKind::crash ? 1 : -1;
  }
  CHECK(crashed == 0);
}

}  // namespace dsys::sim
