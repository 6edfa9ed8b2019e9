// Which isolation levels a history of transactions rules out, told from what its clients saw
// (Kingsbury and Alvaro: "Elle: Inferring Isolation Anomalies from Experimental Observations",
// VLDB 2020). A finding is proof; that nothing was found is none, but the more is read the less can
// hide. Linear in the size of the history.
//
//   TransactionHistory history;  // x is 0; positions are the lines of a file, say
//   history.begin({.process = 1, .outcome = TransactionOutcome::committed, .invoked = 0, .completed
//   = 3}); history.read_list(x, std::array<TransactionValue, 1>{1}); history.append(x, 2);
//   ...
//   const IsolationVerdict verdict = check_list_append(history, {.realtime_order = true});
//   for (const Finding& finding : verdict.findings) {
//     fmt::print("{}\n  {}\n", name(finding), fmt::join(describe(finding, names), "\n  "));
//   }
//   if (const auto level = verdict.weakest_violated()) fmt::print("not {}\n", name(*level));
//
// A history has operations of one model only; that is asserted.
#pragma once

#include "common/history/anomalies.hpp"
#include "common/history/transactions.hpp"

#include <array>

namespace dsys::history {

struct IsolationOptions {
  bool process_order = false;      // also judge strong session serializability
  bool realtime_order = false;     // also judge strict serializability
  bool linearizable_keys = false;  // rw_register: each key was promised to be linearizable by
                                   // itself, so that real time tells more about its versions
};

// Transactions of append and read_list. Elements are unique within a key, so that the longest list
// read tells the order in which a key's versions came; what committed and is in no list came last.
IsolationVerdict check_list_append(const TransactionHistory& history,
                                   const IsolationOptions& options = {});

// Transactions of write, read_value and read_nothing. Values are unique within a key. Of the order
// of versions only this is known: nothing came first, and what a transaction read came before
// what it then wrote.
IsolationVerdict check_rw_register(const TransactionHistory& history,
                                   const IsolationOptions& options = {});

}  // namespace dsys::history
