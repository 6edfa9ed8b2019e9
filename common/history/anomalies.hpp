// What can be wrong with a history of transactions, as data and in words.
//
// The phenomena G0 to G2 and the levels that they rule out are Adya's ("Weak Consistency", 1999);
// the others, and the variants with process and real-time order, are Elle's (Kingsbury and
// Alvaro, VLDB 2020).
#pragma once

#include "common/history/dependency_graph.hpp"
#include "common/history/transactions.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace dsys::history {

enum class TransactionModel : std::uint8_t { list_append, rw_register };

// From the weakest to the strongest: what rules out one rules out all after it.
enum class IsolationLevel : std::uint8_t {
  read_uncommitted,
  read_committed,
  snapshot_isolation,
  serializable,
  strong_session_serializable,  // and in an order that each process agrees with
  strict_serializable,          // and in an order that agrees with real time
};

enum class Anomaly : std::uint8_t {
  duplicate_write,     // two operations wrote the same value to a key: the check cannot trace it
  duplicate_element,   // a list has an element twice
  g0,                  // write cycle
  g1a,                 // aborted read
  g1b,                 // intermediate read
  g1c,                 // circular flow of values
  garbage_read,        // a value that nobody wrote
  incompatible_order,  // two lists of which neither begins with the other, or a list that
                       // has one transaction's elements in another order than it appended them
  future_read,         // a transaction read what it wrote only later
  internal,            // a transaction did not read what it had just written or read
  lost_update,         // two transactions read the same version, and both overwrote it
  g_single,            // a cycle of one anti-dependency: read skew, for one
  g_nonadjacent,       // of more, no two in a row
  g2,                  // two in a row: write skew, for one
  cyclic_versions,     // a key's versions come round in real time, though each key was promised
                       // to be linearizable
};

// What orders the transactions of a cycle besides their data.
enum class ExtraOrder : std::uint8_t { none, process, realtime };

struct Dependency {
  TransactionId from = 0;
  TransactionId to = 0;
  DependencyKind kind = DependencyKind::ww;
  Key key = 0;  // of ww, wr and rw
  std::optional<TransactionValue>
      earlier{};  // of ww: what `from` wrote; of wr and rw: what was read, its end
  std::optional<TransactionValue> later{};  // of ww and rw: what `to` wrote
  std::vector<TransactionValue>
      seen{};                 // of wr and rw: what was read; of a register at most one value
  std::uint32_t process = 0;  // of process
};

struct Finding {
  Anomaly anomaly = Anomaly::g0;
  TransactionModel model = TransactionModel::list_append;
  ExtraOrder order = ExtraOrder::none;  // of cycles
  std::vector<Dependency> cycle{};      // G0, G1c, G-single, G-nonadjacent, G2

  // Of the others: who (the reader, or both), which key and value, what was read, and what it
  // should have been or what the other one read.
  std::vector<TransactionId> transactions{};
  Key key = 0;
  std::optional<TransactionValue> value{};
  std::vector<TransactionValue> seen{};
  std::vector<TransactionValue> other{};
  std::vector<std::optional<TransactionValue>>
      versions{};  // of cyclic versions, each before the next
};

struct IsolationVerdict {
  std::vector<Finding> findings;  // the worst first
  std::size_t dependencies = 0;   // edges that were found between transactions

  // The weakest level that the history does not have; none if it has them all. Of the last two,
  // those are judged whose orders were asked for.
  std::optional<IsolationLevel> weakest_violated() const;
};

// The weakest level that a finding rules out. A duplicate write rules out none: it is the
// history's own mistake.
std::optional<IsolationLevel> rules_out(const Finding& finding);

const char* name(IsolationLevel level);
std::string name(const Finding& finding);  // "G-single-realtime"

// How the reader of a finding calls things. By itself the first transaction is T1, the first key
// key 0, and a value its number.
struct TransactionNames {
  std::function<std::string(TransactionId)> transaction{};
  std::function<std::string(Key)> key{};
  std::function<std::string(TransactionValue)> value{};
};

// "T5 read x = [1 2], and did not see T7's append of 3 (rw)"
std::string describe(const Dependency& edge, TransactionModel model, const TransactionNames& names);

// One line an edge of a cycle; one line for anything else.
std::vector<std::string> describe(const Finding& finding, const TransactionNames& names);

}  // namespace dsys::history
