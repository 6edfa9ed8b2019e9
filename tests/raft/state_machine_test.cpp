#include "problems/raft/state_machine.hpp"

#include "tests/problem/names.hpp"

#include <doctest/doctest.h>

#include <cstdint>

namespace dsys::raft {

namespace {

Command add(std::uint64_t serial, std::int64_t value) {
  return {c1, serial, Operation::add, "x", value};
}

}  // namespace

TEST_CASE("each serial changes the state once, and a retry gets the same answer") {
  StateMachine machine;
  CHECK(machine.apply(add(1, 10), true) == 10);
  CHECK(machine.apply(add(1, 10), true) == 10);
  CHECK(machine.apply(add(2, 5), true) == 15);
  CHECK(machine.value_of("x") == 15);
}

TEST_CASE("sessions are apart, and an empty entry changes nothing") {
  StateMachine machine;
  machine.apply(add(1, 1), true);
  machine.apply({node_id('c', 2), 1, Operation::add, "x", 1}, true);
  machine.apply(Command{}, true);
  CHECK(machine.value_of("x") == 2);
  CHECK_FALSE(machine.value_of("y"));
}

}  // namespace dsys::raft
