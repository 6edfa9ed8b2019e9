// What clients saw of a database: transactions of reads and writes with their outcomes, as the
// checks of isolation take them (list_append.hpp, rw_register.hpp).
//
// The caller numbers keys from 0 without gaps, since tables are indexed by them, and gives values
// as any numbers: integers stand for themselves, anything else is numbered by the caller.
//
// A key's list grows, so that its reads are nearly always prefixes of each other. The longest one
// is stored, and a read is a length: memory grows with what was appended, not with what was read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace dsys::history {

using TransactionId = std::uint32_t;  // its place in the history, from 0
using Key = std::uint32_t;
using TransactionValue = std::int64_t;
using ListId = std::uint32_t;
using Position = std::uint64_t;  // in the history: a line's number, or a time

enum class TransactionOutcome : std::uint8_t {
  committed,
  aborted,  // certainly has not happened
  unknown,  // may have happened, or may yet
};

enum class MicroKind : std::uint8_t { append, read_list, write, read_value, read_nothing };

struct MicroOperation {
  TransactionValue value = 0;  // what was written or read; of a list its length
  Key key = 0;
  ListId list = 0;  // of read_list: the list that this one is a prefix of
  MicroKind kind = MicroKind::append;

  bool is_read() const { return kind != MicroKind::append && kind != MicroKind::write; }
};

struct Transaction {
  std::uint32_t process = 0;  // who asked; one transaction at a time
  TransactionOutcome outcome = TransactionOutcome::committed;
  Position invoked = 0;
  Position completed = 0;  // meaningless when the outcome is unknown
};

class TransactionHistory {
 public:
  // Begins the next transaction: the operations given after it are its own, in their order.
  TransactionId begin(const Transaction& transaction);

  void append(Key key, TransactionValue element);
  void write(Key key, TransactionValue value);

  // What a transaction read counts only if it committed; otherwise these do nothing.
  void read_list(Key key, std::span<const TransactionValue> list);
  void read_value(Key key, std::optional<TransactionValue> value);

  std::size_t size() const { return transactions_.size(); }
  std::size_t key_count() const { return longest_.size(); }
  std::size_t list_count() const { return lists_.size(); }
  const Transaction& transaction(TransactionId id) const { return transactions_[id]; }

  // The operations of all transactions one after the other; those of one are [first, end).
  const std::vector<MicroOperation>& operations() const { return operations_; }
  std::uint32_t first_operation(TransactionId id) const { return first_operation_[id]; }
  std::uint32_t end_of_operations(TransactionId id) const;

  std::span<const TransactionValue> list(ListId id) const { return lists_[id]; }
  std::optional<ListId> longest_list(Key key) const;

  // What a read saw: a list, or a register's value as a list of one, or of none.
  std::span<const TransactionValue> seen(const MicroOperation& read) const;

 private:
  void add(const MicroOperation& operation);

  std::vector<Transaction> transactions_;
  std::vector<std::uint32_t> first_operation_;
  std::vector<MicroOperation> operations_;
  std::vector<std::vector<TransactionValue>> lists_;
  std::vector<ListId> longest_;  // by key
};

}  // namespace dsys::history
