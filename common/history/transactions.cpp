#include "common/history/transactions.hpp"

#include "common/core/assert.hpp"

#include <algorithm>
#include <limits>

namespace dsys::history {
namespace {

constexpr ListId no_list = std::numeric_limits<ListId>::max();

}  // namespace

TransactionId TransactionHistory::begin(const Transaction& transaction) {
  transactions_.push_back(transaction);
  first_operation_.push_back(static_cast<std::uint32_t>(operations_.size()));
  return static_cast<TransactionId>(transactions_.size() - 1);
}

void TransactionHistory::append(Key key, TransactionValue element) {
  add({.value = element, .key = key, .kind = MicroKind::append});
}

void TransactionHistory::write(Key key, TransactionValue value) {
  add({.value = value, .key = key, .kind = MicroKind::write});
}

void TransactionHistory::read_list(Key key, std::span<const TransactionValue> list) {
  DSYS_ASSERT(!transactions_.empty());
  if (transactions_.back().outcome != TransactionOutcome::committed) return;
  if (key >= longest_.size()) longest_.resize(key + std::size_t{1}, no_list);
  ListId& longest = longest_[key];
  const bool is_first = longest == no_list;
  const std::size_t common = is_first ? 0 : std::min(list.size(), lists_[longest].size());
  if (is_first || !std::equal(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(common),
                              lists_[longest].begin())) {
    // No prefix of the longest list nor it of this: a list of its own, from which others may grow.
    const auto own = static_cast<ListId>(lists_.size());
    lists_.emplace_back(list.begin(), list.end());
    if (is_first || list.size() > lists_[longest].size()) longest = own;
    add({.value = static_cast<TransactionValue>(list.size()),
         .key = key,
         .list = own,
         .kind = MicroKind::read_list});
    return;
  }
  lists_[longest].insert(lists_[longest].end(), list.begin() + static_cast<std::ptrdiff_t>(common),
                         list.end());
  add({.value = static_cast<TransactionValue>(list.size()),
       .key = key,
       .list = longest,
       .kind = MicroKind::read_list});
}

void TransactionHistory::read_value(Key key, std::optional<TransactionValue> value) {
  DSYS_ASSERT(!transactions_.empty());
  if (transactions_.back().outcome != TransactionOutcome::committed) return;
  add({.value = value.value_or(0),
       .key = key,
       .kind = value ? MicroKind::read_value : MicroKind::read_nothing});
}

std::uint32_t TransactionHistory::end_of_operations(TransactionId id) const {
  return id + std::size_t{1} < first_operation_.size()
             ? first_operation_[id + std::size_t{1}]
             : static_cast<std::uint32_t>(operations_.size());
}

std::optional<ListId> TransactionHistory::longest_list(Key key) const {
  if (longest_[key] == no_list) return std::nullopt;
  return longest_[key];
}

std::span<const TransactionValue> TransactionHistory::seen(const MicroOperation& read) const {
  switch (read.kind) {
    case MicroKind::read_list:
      return std::span(lists_[read.list]).first(static_cast<std::size_t>(read.value));
    case MicroKind::read_value:
      return {&read.value, 1};
    default:
      return {};
  }
}

void TransactionHistory::add(const MicroOperation& operation) {
  DSYS_ASSERT(!transactions_.empty());
  if (operation.key >= longest_.size()) longest_.resize(operation.key + std::size_t{1}, no_list);
  operations_.push_back(operation);
}

}  // namespace dsys::history
