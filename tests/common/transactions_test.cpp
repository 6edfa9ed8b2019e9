// One history for each anomaly, made by hand, with the finding word for word.
#include "common/history/transactions.hpp"

#include "common/history/isolation.hpp"
#include "tests/common/told_history.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace dsys::history::transaction_tests {
namespace {

Lines lists(const Overlapping& told_by) {
  return told(check_list_append(told_by.history));
}
Lines registers(const Overlapping& told_by) {
  return told(check_rw_register(told_by.history));
}

}  // namespace

// --- Lists: one history for each anomaly ---

TEST_CASE("transactions that happen one after the other show no anomaly") {
  CHECK(lists(Overlapping()
                  .committed({append(x, 1), append(y, 1)})
                  .committed({read(x, {1}), append(x, 2), read(x, {1, 2})})
                  .committed({read(x, {1, 2}), read(y, {1})})) == Lines{});
}

TEST_CASE("G0: two transactions append to two keys in opposite orders") {
  Overlapping history;
  history.committed({append(x, 1), append(y, 1)})
      .committed({append(x, 2), append(y, 2)})
      .committed({read(x, {1, 2})})
      .committed({read(y, {2, 1})});
  CHECK(lists(history) == Lines{"G0", "T2 appended 2 to x after T1 appended 1 (ww)",
                                "T1 appended 1 to y after T2 appended 2 (ww)"});
  const IsolationVerdict verdict = check_list_append(history.history);
  CHECK(verdict.weakest_violated() == IsolationLevel::read_uncommitted);
  REQUIRE(verdict.findings.size() == 1);
  const Dependency& edge = verdict.findings[0].cycle[0];
  CHECK(edge.from == 0);
  CHECK(edge.to == 1);
  CHECK(edge.kind == DependencyKind::ww);
  CHECK(edge.key == x);
  CHECK(edge.earlier == 1);
  CHECK(edge.later == 2);
}

TEST_CASE("G1a: an element of an aborted transaction was read, and is reported once") {
  CHECK(lists(Overlapping()
                  .aborted({append(x, 1)})
                  .committed({append(x, 2)})
                  .committed({read(x, {1, 2})})
                  .committed({read(x, {1, 2})})) ==
        Lines{"G1a", "T3 read x = [1 2], and saw T1's append of 1, which was aborted"});
}

TEST_CASE("G1b: a list ends with an element after which its transaction appended another") {
  CHECK(lists(Overlapping()
                  .committed({append(x, 1), append(x, 2)})
                  .committed({read(x, {1})})
                  .committed({read(x, {1, 2})})) ==
        Lines{"G1b", "T2 read x = [1], and saw T1's append of 1, after which T1 wrote to x again"});
}

TEST_CASE("G1c: two transactions each read what the other appended") {
  const IsolationVerdict verdict = check_list_append(Overlapping()
                                                         .committed({append(x, 1), read(y, {1})})
                                                         .committed({append(y, 1), read(x, {1})})
                                                         .history);
  CHECK(told(verdict) == Lines{"G1c", "T2 read x = [1], and saw T1's append of 1 (wr)",
                               "T1 read y = [1], and saw T2's append of 1 (wr)"});
  CHECK(verdict.weakest_violated() == IsolationLevel::read_committed);
}

TEST_CASE("G-single: a reader sees one of a transaction's appends and not the other") {
  const IsolationVerdict verdict = check_list_append(Overlapping()
                                                         .committed({append(x, 1), append(y, 1)})
                                                         .committed({read(x, {1}), read(y, {})})
                                                         .committed({read(y, {1})})
                                                         .history);
  CHECK(told(verdict) == Lines{"G-single", "T2 read x = [1], and saw T1's append of 1 (wr)",
                               "T2 read y = [], and did not see T1's append of 1 (rw)"});
  CHECK(verdict.weakest_violated() == IsolationLevel::snapshot_isolation);
}

TEST_CASE("G-single: what committed and was never read comes after all that was") {
  CHECK(lists(Overlapping()
                  .committed({append(x, 1), append(y, 1)})
                  .committed({read(y, {1}), read(x, {})})) ==
        Lines{"G-single", "T2 read y = [1], and saw T1's append of 1 (wr)",
              "T2 read x = [], and did not see T1's append of 1 (rw)"});
}

TEST_CASE("G1c: what was never read was appended after all that was") {
  CHECK(lists(Overlapping()
                  .committed({append(x, 1), read(y, {1})})
                  .committed({append(x, 2), append(y, 1)})
                  .committed({read(x, {1})})) ==
        Lines{"G1c", "T2 appended 2 to x after T1 appended 1 (ww)",
              "T1 read y = [1], and saw T2's append of 1 (wr)"});
}

TEST_CASE("G-nonadjacent: two readers see two writers in opposite orders") {
  const IsolationVerdict verdict = check_list_append(Overlapping()
                                                         .committed({append(x, 1)})
                                                         .committed({append(y, 1)})
                                                         .committed({read(x, {1}), read(y, {})})
                                                         .committed({read(x, {}), read(y, {1})})
                                                         .history);
  CHECK(told(verdict) == Lines{"G-nonadjacent", "T3 read x = [1], and saw T1's append of 1 (wr)",
                               "T3 read y = [], and did not see T2's append of 1 (rw)",
                               "T4 read y = [1], and saw T2's append of 1 (wr)",
                               "T4 read x = [], and did not see T1's append of 1 (rw)"});
  CHECK(verdict.weakest_violated() == IsolationLevel::snapshot_isolation);
}

TEST_CASE("G2: write skew") {
  const IsolationVerdict verdict = check_list_append(Overlapping()
                                                         .committed({read(x, {}), append(y, 1)})
                                                         .committed({read(y, {}), append(x, 1)})
                                                         .history);
  CHECK(told(verdict) == Lines{"G2", "T1 read x = [], and did not see T2's append of 1 (rw)",
                               "T2 read y = [], and did not see T1's append of 1 (rw)"});
  CHECK(verdict.weakest_violated() == IsolationLevel::serializable);
}

TEST_CASE("internal: a transaction does not see what it appended, or what it saw before") {
  CHECK(lists(Overlapping().committed({append(x, 1), read(x, {})})) ==
        Lines{"internal", "T1 read x = [], though it had just appended 1 itself"});
  CHECK(lists(Overlapping().committed({append(x, 1)}).committed({read(x, {1}), read(x, {})})) ==
        Lines{"internal", "T2 read x = [], though it had just read [1]"});
  // With an append between the two reads.
  CHECK(lists(Overlapping()
                  .committed({append(x, 1)})
                  .committed({read(x, {}), append(x, 2), read(x, {1, 2})})) ==
        Lines{"internal", "T2 read x = [1 2], though it had just read []", "G-single",
              "T2 appended 2 to x after T1 appended 1 (ww)",
              "T2 read x = [], and did not see T1's append of 1 (rw)"});
}

TEST_CASE("a future read: a transaction sees what it appends only later") {
  CHECK(lists(Overlapping().committed({read(x, {1}), append(x, 1)})) ==
        Lines{"future read", "T1 read x = [1], and appended 1 only after that"});
  CHECK(lists(Overlapping().committed({read(x, {1}), append(x, 1), append(x, 2)})) ==
        Lines{"future read", "T1 read x = [1], and appended 1 only after that"});
}

TEST_CASE("a duplicate element, and one that nobody wrote") {
  CHECK(lists(Overlapping().committed({append(x, 1)}).committed({read(x, {1, 1})})) ==
        Lines{"duplicate element", "T2 read x = [1 1], which has 1 twice"});
  CHECK(lists(Overlapping().committed({append(x, 1)}).committed({read(x, {1, 7})})) ==
        Lines{"garbage read", "T2 read x = [1 7], and nobody appended 7"});
}

TEST_CASE("of many elements of a list that nobody wrote the first is told") {
  constexpr TransactionValue elements = 20'000;
  Overlapping history;
  std::vector<TransactionValue> list;
  list.reserve(elements);
  for (TransactionValue i = 1; i <= elements; ++i) list.push_back(i);
  CHECK(lists(history.committed({read(x, list)})) ==
        Lines{"garbage read", "T1 read x = [1 2 3 4 ...], and nobody appended 1"});
}

TEST_CASE("an element that was appended twice cannot be traced, and rules out nothing") {
  const IsolationVerdict verdict = check_list_append(Overlapping()
                                                         .committed({append(x, 1)})
                                                         .aborted({append(x, 1)})
                                                         .committed({read(x, {1})})
                                                         .history);
  CHECK(told(verdict) == Lines{"duplicate write",
                               "T1 and T2 both appended 1 to x: what was read of it cannot be "
                               "traced"});
  CHECK(verdict.weakest_violated() == std::nullopt);
}

TEST_CASE("an element that was aborted and appended again was not read though aborted") {
  CHECK(lists(Overlapping()
                  .aborted({append(x, 1)})
                  .committed({append(x, 1)})
                  .committed({read(x, {1})})) ==
        Lines{"duplicate write",
              "T1 and T2 both appended 1 to x: what was read of it cannot be traced"});
}

TEST_CASE("incompatible order: neither of two lists begins with the other") {
  const Overlapping history = Overlapping()
                                  .committed({append(x, 1)})
                                  .committed({append(x, 2)})
                                  .committed({append(x, 3)})
                                  .committed({read(x, {1, 2})})
                                  .committed({read(x, {1, 3, 2})})
                                  .committed({read(x, {1})});
  CHECK(lists(history) ==
        Lines{"incompatible order",
              "T4 read x = [1 2] and T5 read x = [1 3 2]: neither begins with the other"});
}

TEST_CASE("incompatible order: a transaction's own appends come in another order") {
  CHECK(lists(Overlapping().committed({append(x, 1), append(x, 2)}).committed({read(x, {2, 1})})) ==
        Lines{"G1b", "T2 read x = [2 1], and saw T1's append of 1, after which T1 wrote to x again",
              "incompatible order", "T2 read x = [2 1], though T1 appended 1 before 2"});
}

TEST_CASE("of a long list the place in question is shown") {
  Overlapping history;
  std::vector<TransactionValue> list;
  for (TransactionValue i = 1; i <= 20; ++i) {
    history.committed({append(x, i)});
    list.push_back(i);
  }
  std::vector<TransactionValue> other = list;
  std::swap(other[9], other[10]);
  history.aborted({append(x, 21)});
  list.insert(list.begin() + 15, 21);
  CHECK(lists(history.committed({read(x, list)}).committed({read(x, other)})) ==
        Lines{"G1a",
              "T22 read x = [... 12 13 14 15 21 16 17 18 ...], and saw T21's append of 21, "
              "which was aborted",
              "incompatible order",
              "T23 read x = [... 6 7 8 9 11 10 12 13 ...] and T22 read x = [... 6 7 8 9 10 11 12 "
              "13 ...]: neither begins with the other"});
}

TEST_CASE("a lost update: two transactions append to the list that both of them read") {
  CHECK(lists(Overlapping()
                  .committed({append(x, 1)})
                  .committed({read(x, {1}), append(x, 2)})
                  .committed({read(x, {1}), append(x, 3)})
                  .committed({read(x, {1, 2, 3})})) ==
        Lines{"lost update", "T2 read x = [1] and T3 too, and both wrote to x after that",
              "G-single", "T3 appended 3 to x after T2 appended 2 (ww)",
              "T3 read x = [1], and did not see T2's append of 2 (rw)"});
}

TEST_CASE("of an unknown outcome: what was read has happened, and then all of it has") {
  // Nobody read anything of T1: it may have failed.
  CHECK(lists(Overlapping()
                  .unknown({append(x, 1), append(y, 1)})
                  .committed({read(x, {}), read(y, {})})) == Lines{});
  // Its append to y shows that its append to x is there too.
  CHECK(lists(Overlapping()
                  .unknown({append(x, 1), append(y, 1)})
                  .committed({read(y, {1}), read(x, {})})) ==
        Lines{"G-single", "T2 read y = [1], and saw T1's append of 1 (wr)",
              "T2 read x = [], and did not see T1's append of 1 (rw)"});
  // What it would have read says nothing.
  CHECK(lists(Overlapping()
                  .unknown({append(x, 1), read(y, {9})})
                  .committed({read(x, {1}), append(y, 1)})) == Lines{});
}

TEST_CASE("an aborted append in the middle does not hide the order of those around it") {
  CHECK(lists(Overlapping()
                  .committed({append(x, 1), append(y, 1)})
                  .aborted({append(x, 2)})
                  .committed({append(x, 3), append(y, 3)})
                  .committed({read(x, {1, 2, 3})})
                  .committed({read(y, {3, 1})})) ==
        Lines{"G0", "T3 appended 3 to x after T1 appended 1 (ww)",
              "T1 appended 1 to y after T3 appended 3 (ww)", "G1a",
              "T4 read x = [1 2 3], and saw T2's append of 2, which was aborted"});
}

TEST_CASE("a reader of the list before an aborted append did not see the one after it") {
  CHECK(lists(Overlapping()
                  .committed({append(x, 1)})
                  .aborted({append(x, 2)})
                  .committed({append(x, 3), append(y, 3)})
                  .committed({read(y, {3}), read(x, {1})})
                  .committed({read(x, {1, 2, 3})})) ==
        Lines{"G1a", "T5 read x = [1 2 3], and saw T2's append of 2, which was aborted", "G-single",
              "T4 read y = [3], and saw T3's append of 3 (wr)",
              "T4 read x = [1], and did not see T3's append of 3 (rw)"});
}

TEST_CASE("of a key without one order nothing is told but what was read") {
  CHECK(lists(Overlapping()
                  .committed({append(x, 1)})
                  .committed({append(x, 2), read(z, {4})})
                  .committed({append(x, 3), append(y, 3)})
                  .committed({append(x, 4), append(z, 4)})
                  .committed({read(x, {1, 2})})
                  .committed({read(z, {4}), read(x, {1, 3, 2})})
                  .committed({read(y, {3}), read(x, {1})})) ==
        Lines{"incompatible order",
              "T5 read x = [1 2] and T6 read x = [1 3 2]: neither begins with the other"});
}

TEST_CASE("of a worse cycle and a milder one among the same transactions the worse is told") {
  CHECK(lists(Overlapping()
                  .committed({append(x, 1), append(y, 1), read(u, {})})
                  .committed({append(x, 2), append(y, 2), append(u, 1)})
                  .committed({read(x, {1, 2}), read(y, {2, 1})})
                  .committed({read(u, {1})})) ==
        Lines{"G0", "T2 appended 2 to x after T1 appended 1 (ww)",
              "T1 appended 1 to y after T2 appended 2 (ww)"});
}

TEST_CASE("the shortest cycle is told, and a waypoint counts for nothing") {
  // T1 and T2 are a cycle; T1, T3, T4, T5, T6 and T2 are another one.
  CHECK(lists(Overlapping()
                  .committed({append(x, 1), read(y, {1}), append(z, 1)})
                  .committed({read(x, {1}), append(y, 1), read(w, {1})})
                  .committed({read(z, {1}), append(u, 1)})
                  .committed({read(u, {1}), append(v, 1)})
                  .committed({read(v, {1}), append(w, 1)})) ==
        Lines{"G1c", "T2 read x = [1], and saw T1's append of 1 (wr)",
              "T1 read y = [1], and saw T2's append of 1 (wr)"});
}

TEST_CASE("many who read and overwrote the same state are ordered through waypoints") {
  constexpr TransactionValue writers = 40;
  Overlapping history;
  for (TransactionValue i = 0; i < writers; ++i) history.committed({read(x, {}), append(x, i)});
  const IsolationVerdict verdict = check_list_append(history.history);
  CHECK(verdict.dependencies < 7 * writers);
  CHECK(told(verdict) == Lines{"lost update",
                               "T1 read x = [] and T2 too, and both wrote to x after that", "G2",
                               "T1 read x = [], and did not see T2's append of 1 (rw)",
                               "T2 read x = [], and did not see T1's append of 0 (rw)"});
}

// --- Registers ---

TEST_CASE("registers: transactions that happen one after the other show no anomaly") {
  CHECK(registers(Overlapping()
                      .committed({get_nothing(x), write(x, 1), write(y, 1)})
                      .committed({get(x, 1), write(x, 2), get(x, 2)})
                      .committed({get(x, 2), get(y, 1)})) == Lines{});
}

TEST_CASE("registers: G0 shows with reads that tell the order of the writes") {
  // T2 read T1's x and overwrote it; T1 read T2's y and overwrote it: worse than G1c, as Adya's
  // G0 is told from writes alone.
  CHECK(registers(Overlapping()
                      .committed({get(y, 2), write(x, 1), write(y, 1)})
                      .committed({get(x, 1), write(x, 2), write(y, 2)})) ==
        Lines{"G0", "T2 wrote 2 to x after T1 wrote 1 (ww)",
              "T1 wrote 1 to y after T2 wrote 2 (ww)"});
}

TEST_CASE("registers: G1a, G1b and garbage") {
  CHECK(registers(Overlapping().aborted({write(x, 1)}).committed({get(x, 1)})) ==
        Lines{"G1a", "T2 read x = 1, and saw T1's write of 1, which was aborted"});
  CHECK(registers(Overlapping().committed({write(x, 1), write(x, 2)}).committed({get(x, 1)})) ==
        Lines{"G1b", "T2 read x = 1, and saw T1's write of 1, after which T1 wrote to x again"});
  CHECK(registers(Overlapping().committed({get(x, 7)})) ==
        Lines{"garbage read", "T1 read x = 7, and nobody wrote 7"});
}

TEST_CASE("registers: G1c") {
  CHECK(
      registers(
          Overlapping().committed({write(x, 1), get(y, 1)}).committed({write(y, 1), get(x, 1)})) ==
      Lines{"G1c", "T2 read x = 1, and saw T1's write of 1 (wr)",
            "T1 read y = 1, and saw T2's write of 1 (wr)"});
}

TEST_CASE("registers: G-single with the initial state, and with a version that was overwritten") {
  CHECK(registers(Overlapping()
                      .committed({write(x, 1), write(y, 1)})
                      .committed({get(x, 1), get_nothing(y)})) ==
        Lines{"G-single", "T2 read x = 1, and saw T1's write of 1 (wr)",
              "T2 read y = nothing, and did not see T1's write of 1 (rw)"});
  CHECK(registers(Overlapping()
                      .committed({write(y, 1)})
                      .committed({write(x, 1), get(y, 1), write(y, 2)})
                      .committed({get(x, 1), get(y, 1)})) ==
        Lines{"G-single", "T3 read x = 1, and saw T2's write of 1 (wr)",
              "T3 read y = 1, and did not see T2's write of 2 (rw)"});
}

TEST_CASE("registers: G-nonadjacent and G2") {
  CHECK(registers(Overlapping()
                      .committed({write(x, 1)})
                      .committed({write(y, 1)})
                      .committed({get(x, 1), get_nothing(y)})
                      .committed({get_nothing(x), get(y, 1)})) ==
        Lines{"G-nonadjacent", "T3 read x = 1, and saw T1's write of 1 (wr)",
              "T3 read y = nothing, and did not see T2's write of 1 (rw)",
              "T4 read y = 1, and saw T2's write of 1 (wr)",
              "T4 read x = nothing, and did not see T1's write of 1 (rw)"});
  CHECK(registers(Overlapping()
                      .committed({get_nothing(x), write(y, 1)})
                      .committed({get_nothing(y), write(x, 1)})) ==
        Lines{"G2", "T1 read x = nothing, and did not see T2's write of 1 (rw)",
              "T2 read y = nothing, and did not see T1's write of 1 (rw)"});
}

TEST_CASE("registers: internal, future read, duplicate write, lost update") {
  CHECK(registers(Overlapping().committed({write(x, 1), get_nothing(x)})) ==
        Lines{"internal", "T1 read x = nothing, though it had just written 1 itself"});
  CHECK(registers(Overlapping().committed({write(x, 1)}).committed({get(x, 1), get_nothing(x)})) ==
        Lines{"internal", "T2 read x = nothing, though it had just read 1"});
  CHECK(registers(Overlapping().committed({get(x, 1), write(x, 1)})) ==
        Lines{"future read", "T1 read x = 1, and wrote 1 only after that"});
  CHECK(registers(Overlapping().committed({write(x, 1)}).committed({write(x, 1)})) ==
        Lines{"duplicate write",
              "T1 and T2 both wrote 1 to x: what was read of it cannot be traced"});
  CHECK(registers(Overlapping()
                      .committed({write(x, 1)})
                      .committed({get(x, 1), write(x, 2)})
                      .committed({get(x, 1), write(x, 3)})) ==
        Lines{"lost update", "T2 read x = 1 and T3 too, and both wrote to x after that", "G2",
              "T2 read x = 1, and did not see T3's write of 3 (rw)",
              "T3 read x = 1, and did not see T2's write of 2 (rw)"});
}

TEST_CASE("registers: of an unknown outcome what was read has happened") {
  CHECK(registers(Overlapping()
                      .unknown({write(x, 1), write(y, 1)})
                      .committed({get_nothing(x), get_nothing(y)})) == Lines{});
  CHECK(registers(Overlapping()
                      .unknown({write(x, 1), write(y, 1)})
                      .committed({get(x, 1), get_nothing(y)})) ==
        Lines{"G-single", "T2 read x = 1, and saw T1's write of 1 (wr)",
              "T2 read y = nothing, and did not see T1's write of 1 (rw)"});
}

// --- The orders of processes and of real time ---

TEST_CASE("a process that does not see its own earlier append breaks its session's order only") {
  TransactionHistory history;
  add(history, {.process = 4, .invoked = 0, .completed = 1}, {append(x, 1)});
  add(history, {.process = 4, .invoked = 2, .completed = 3}, {read(x, {})});
  add(history, {.process = 5, .invoked = 0, .completed = 9}, {read(x, {1})});
  CHECK(told(check_list_append(history)) == Lines{});
  const IsolationVerdict sessions = check_list_append(history, {.process_order = true});
  CHECK(told(sessions) == Lines{"G-single-process", "T2 came after T1 in process 4 (process)",
                                "T2 read x = [], and did not see T1's append of 1 (rw)"});
  CHECK(sessions.weakest_violated() == IsolationLevel::strong_session_serializable);
  const IsolationVerdict strict = check_list_append(history, {.realtime_order = true});
  CHECK(told(strict) == Lines{"G-single-realtime", "T2 began after T1 had completed (realtime)",
                              "T2 read x = [], and did not see T1's append of 1 (rw)"});
  CHECK(strict.weakest_violated() == IsolationLevel::strict_serializable);
  // With both, the milder order is enough to tell it.
  CHECK(told(check_list_append(history, {.process_order = true, .realtime_order = true})) ==
        told(sessions));
}

TEST_CASE("a stale read of another process is an anomaly in real time, however long after") {
  TransactionHistory history;
  add(history, {.process = 1, .invoked = 0, .completed = 1}, {append(x, 1)});
  for (std::uint32_t i = 0; i < 50; ++i) {
    add(history, {.process = 2, .invoked = 2 + 2 * i, .completed = 3 + 2 * i}, {append(y, i)});
  }
  add(history, {.process = 3, .invoked = 200, .completed = 201}, {read(x, {})});
  CHECK(told(check_list_append(history, {.process_order = true})) == Lines{});
  CHECK(told(check_list_append(history, {.process_order = true, .realtime_order = true})) ==
        Lines{"G-single-realtime", "T52 began after T1 had completed (realtime)",
              "T52 read x = [], and did not see T1's append of 1 (rw)"});
}

TEST_CASE("transactions that overlap are in no order, and who never answered is before nobody") {
  TransactionHistory overlap;
  add(overlap, {.process = 1, .invoked = 0, .completed = 5}, {append(x, 1)});
  add(overlap, {.process = 2, .invoked = 5, .completed = 6}, {read(x, {})});
  CHECK(told(check_list_append(overlap, {.realtime_order = true})) == Lines{});

  TransactionHistory lost;
  add(lost, {.process = 1, .outcome = TransactionOutcome::unknown, .invoked = 0}, {append(x, 1)});
  add(lost, {.process = 1, .invoked = 2, .completed = 3}, {read(x, {})});
  add(lost, {.process = 2, .invoked = 4, .completed = 5}, {read(x, {1})});
  CHECK(told(check_list_append(lost, {.process_order = true, .realtime_order = true})) == Lines{});
}

TEST_CASE("G0-realtime, G1c-realtime, G-nonadjacent-realtime and G2-realtime") {
  TransactionHistory writes;
  add(writes, {.process = 1, .invoked = 0, .completed = 1}, {append(x, 1)});
  add(writes, {.process = 2, .invoked = 2, .completed = 3}, {append(x, 2)});
  add(writes, {.process = 3, .invoked = 0, .completed = 9}, {read(x, {2, 1})});
  CHECK(told(check_list_append(writes, {.realtime_order = true})) ==
        Lines{"G0-realtime", "T2 began after T1 had completed (realtime)",
              "T1 appended 1 to x after T2 appended 2 (ww)"});

  TransactionHistory reads;
  add(reads, {.process = 1, .invoked = 0, .completed = 1}, {read(x, {1})});
  add(reads, {.process = 2, .invoked = 2, .completed = 3}, {append(x, 1)});
  CHECK(told(check_list_append(reads, {.realtime_order = true})) ==
        Lines{"G1c-realtime", "T2 began after T1 had completed (realtime)",
              "T1 read x = [1], and saw T2's append of 1 (wr)"});

  TransactionHistory far;
  add(far, {.process = 1, .invoked = 0, .completed = 1}, {append(x, 1)});
  add(far, {.process = 2, .invoked = 2, .completed = 9}, {read(x, {}), read(y, {1})});
  add(far, {.process = 3, .invoked = 4, .completed = 5}, {append(y, 1)});
  add(far, {.process = 4, .invoked = 4, .completed = 5}, {read(x, {1})});
  CHECK(told(check_list_append(far, {.realtime_order = true})) ==
        Lines{"G-single-realtime", "T2 began after T1 had completed (realtime)",
              "T2 read x = [], and did not see T1's append of 1 (rw)"});

  TransactionHistory skew;
  add(skew, {.process = 1, .invoked = 0, .completed = 1}, {append(x, 1)});
  add(skew, {.process = 2, .invoked = 2, .completed = 9}, {read(y, {})});
  add(skew, {.process = 3, .invoked = 0, .completed = 9}, {append(y, 1), read(x, {})});
  CHECK(told(check_list_append(skew, {.realtime_order = true})) ==
        Lines{"G2-realtime", "T2 began after T1 had completed (realtime)",
              "T2 read y = [], and did not see T3's append of 1 (rw)",
              "T3 read x = [], and did not see T1's append of 1 (rw)"});
}

TEST_CASE("registers: keys that are linearizable tell more of the order of their versions") {
  TransactionHistory history;
  add(history, {.process = 1, .invoked = 0, .completed = 1}, {write(x, 1)});
  add(history, {.process = 2, .invoked = 2, .completed = 3}, {write(x, 2), write(y, 1)});
  add(history, {.process = 3, .invoked = 2, .completed = 9}, {get(x, 1), get(y, 1)});
  CHECK(told(check_rw_register(history)) == Lines{});
  CHECK(told(check_rw_register(history, {.linearizable_keys = true})) ==
        Lines{"G-single", "T3 read y = 1, and saw T2's write of 1 (wr)",
              "T3 read x = 1, and did not see T2's write of 2 (rw)"});
}

TEST_CASE("registers: a write that took long may have come after a quick one") {
  TransactionHistory history;
  add(history, {.process = 1, .invoked = 0, .completed = 10}, {write(x, 1), write(y, 1)});
  add(history, {.process = 2, .invoked = 5, .completed = 6}, {write(x, 2)});
  add(history, {.process = 3, .invoked = 20, .completed = 21}, {get(x, 1)});
  add(history, {.process = 4, .invoked = 0, .completed = 30}, {get(x, 2), get(y, 1)});
  CHECK(told(check_rw_register(history)) == Lines{});
  CHECK(told(check_rw_register(history, {.linearizable_keys = true})) ==
        Lines{"G-single", "T4 read y = 1, and saw T1's write of 1 (wr)",
              "T4 read x = 2, and did not see T1's write of 1 (rw)"});
}

TEST_CASE("registers: a key whose versions come round was not linearizable") {
  TransactionHistory history;
  add(history, {.process = 1, .invoked = 0, .completed = 1}, {write(x, 1)});
  add(history, {.process = 2, .invoked = 2, .completed = 3}, {write(x, 2)});
  add(history, {.process = 3, .invoked = 4, .completed = 5}, {get(x, 1)});
  CHECK(told(check_rw_register(history)) == Lines{});
  const IsolationVerdict verdict = check_rw_register(history, {.linearizable_keys = true});
  CHECK(told(verdict) == Lines{"cyclic versions", "x in real time was 1, then 2, then 1 again"});
  CHECK(verdict.weakest_violated() == IsolationLevel::strict_serializable);

  TransactionHistory lost;
  add(lost, {.process = 1, .invoked = 0, .completed = 1}, {write(x, 1)});
  add(lost, {.process = 2, .invoked = 4, .completed = 5}, {get_nothing(x)});
  CHECK(told(check_rw_register(lost, {.linearizable_keys = true})) ==
        Lines{"cyclic versions", "x in real time was 1, then nothing, then 1 again"});
}

}  // namespace dsys::history::transaction_tests
