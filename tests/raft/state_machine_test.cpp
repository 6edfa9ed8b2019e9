#include "problems/raft/rules.hpp"

#include "tests/problem/names.hpp"

#include <doctest/doctest.h>

#include <cstdint>

namespace dsys::raft {

namespace {

Command add(std::uint64_t serial, std::int64_t value) {
  return {c1, serial, Operation::add, "x", value};
}

}  // namespace

TEST_CASE("a command changes the state, and its client's session remembers the answer") {
  StateMachine machine;
  CHECK(machine.apply(add(1, 10)) == 10);
  CHECK(machine.apply(add(2, 5)) == 15);
  CHECK(machine.value_of("x") == 15);
  CHECK(machine.session_of(c1) == Session{2, 15});
}

TEST_CASE("sessions are apart, and an empty entry changes nothing") {
  StateMachine machine;
  machine.apply(add(1, 1));
  machine.apply({node_id('c', 2), 1, Operation::add, "x", 1});
  machine.apply(Command{});
  CHECK(machine.value_of("x") == 2);
  CHECK_FALSE(machine.value_of("y"));
  CHECK(machine.session_of(NodeId{}) == Session{});
}

TEST_CASE("a serial that a session has answered is not executed again (thesis 6.3)") {
  CHECK(reference_rules.is_repeated(1, Session{2, 15}));
  CHECK(reference_rules.is_repeated(2, Session{2, 15}));
  CHECK_FALSE(reference_rules.is_repeated(3, Session{2, 15}));
  CHECK_FALSE(reference_rules.is_repeated(1, Session{}));
}

}  // namespace dsys::raft
