#include "common/history/guides.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <tuple>
#include <vector>

namespace dsys::history {

void FirstLeft::arrange(std::uint32_t groups, std::size_t operations) {
  std::sort(items_.begin(), items_.end(), [](const Item& left, const Item& right) {
    return std::tie(left.group, left.place) < std::tie(right.group, right.place);
  });
  item_of_.assign(operations, static_cast<std::uint32_t>(items_.size()));
  begin_.assign(groups + 1, static_cast<std::uint32_t>(items_.size()));
  for (auto i = static_cast<std::uint32_t>(items_.size()); i-- > 0;) {
    item_of_[items_[i].operation] = i;
    begin_[items_[i].group] = i;
  }
  for (std::uint32_t group = groups; group-- > 0;) {
    begin_[group] = std::min(begin_[group], begin_[group + 1]);
  }
  first_.assign(begin_.begin(), begin_.end() - 1);
}

Place FirstLeft::place_in(std::uint32_t group, const std::vector<bool>& is_taken,
                          std::uint32_t without) {
  std::uint32_t& first = first_[group];
  const std::uint32_t end = begin_[group + 1];
  while (first < end && is_taken[items_[first].operation]) ++first;
  std::uint32_t other = first;
  while (other < end && (is_taken[items_[other].operation] || items_[other].operation == without)) {
    ++other;
  }
  return other < end ? items_[other].place : never;
}

void FirstLeft::give_back(std::uint32_t operation) {
  const std::uint32_t item = item_of_[operation];
  if (item >= items_.size()) return;
  std::uint32_t& first = first_[items_[item].group];
  first = std::min(first, item);
}

RegisterGuide::RegisterGuide(const Register& model, std::span<const ObjectOperation> operations,
                             std::span<const HistoryEvent> events)
    : extents_(extents_of(operations.size(), events)), is_taken_(operations.size(), false) {
  find_values(model, operations);
  find_next_writes();
}

void RegisterGuide::find_values(const Register& model,
                                std::span<const ObjectOperation> operations) {
  const auto given_by = [&](std::size_t operation) {
    return Register::gives(operations[operation].call);
  };
  const auto needed_by = [&](std::size_t operation) {
    const bool is_known = extents_[operation].end != never;
    const auto& one = operations[operation];
    return Register::needs(one.call, is_known ? one.answer : std::nullopt);
  };
  std::vector<Value> values{model.initial()};
  values.reserve(1 + 2 * operations.size());
  for (std::size_t i = 0; i < operations.size(); ++i) {
    if (const auto given = given_by(i)) values.push_back(*given);
    if (const auto needed = needed_by(i)) values.push_back(*needed);
  }
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  const auto number_of = [&](std::optional<Value> value) {
    if (!value) return none;
    const auto found = std::lower_bound(values.begin(), values.end(), *value);
    return static_cast<std::uint32_t>(found - values.begin());
  };
  held_.push_back(number_of(model.initial()));
  gives_.assign(operations.size(), none);
  needs_.assign(operations.size(), none);
  for (std::uint32_t i = 0; i < operations.size(); ++i) {
    const Extent& extent = extents_[i];
    if (extent.call == never) continue;
    const bool is_known = extent.end != never;
    gives_[i] = number_of(given_by(i));
    needs_[i] = number_of(needed_by(i));
    if (gives_[i] != none) givers_by_call_.add(gives_[i], extent.call, i);
    if (gives_[i] != none && is_known) writes_by_end_.add(0, extent.end, i);
    if (needs_[i] != none) needers_by_call_.add(needs_[i], extent.call, i);
    if (needs_[i] != none && is_known) known_needers_by_end_.add(needs_[i], extent.end, i);
  }
  const auto groups = static_cast<std::uint32_t>(values.size());
  givers_by_call_.arrange(groups, operations.size());
  known_needers_by_end_.arrange(groups, operations.size());
  needers_by_call_.arrange(groups, operations.size());
  writes_by_end_.arrange(1, operations.size());
}

// From the latest to the earliest.
void RegisterGuide::find_next_writes() {
  std::vector<std::uint32_t> by_call;
  by_call.reserve(extents_.size());
  for (std::uint32_t i = 0; i < extents_.size(); ++i) {
    if (gives_[i] != none && extents_[i].end != never) by_call.push_back(i);
  }
  std::vector<std::uint32_t> by_end = by_call;
  std::sort(by_call.begin(), by_call.end(), [&](std::uint32_t left, std::uint32_t right) {
    return extents_[left].call > extents_[right].call;
  });
  std::sort(by_end.begin(), by_end.end(), [&](std::uint32_t left, std::uint32_t right) {
    return extents_[left].end > extents_[right].end;
  });
  next_write_.assign(extents_.size(), never);
  Place earliest_end = never;
  auto later = by_call.begin();
  for (const std::uint32_t one : by_end) {
    for (; later != by_call.end() && extents_[*later].call > extents_[one].end; ++later) {
      earliest_end = std::min(earliest_end, extents_[*later].end);
    }
    next_write_[one] = earliest_end;
  }
}

bool RegisterGuide::leads_nowhere(std::uint32_t operation, Place first_return) {
  if (gives_[operation] == none) return false;
  const bool is_unknown = extents_[operation].end == never;
  if (is_unknown) {
    // Only somebody who can see it at once needs it to have happened.
    const Place needed = needers_by_call_.place_in(gives_[operation], is_taken_, operation);
    if (needed > first_return) return true;
  }
  const std::uint32_t held = held_.back();
  if (gives_[operation] == held) return false;
  const Place needed_until = known_needers_by_end_.place_in(held, is_taken_, operation);
  return needed_until < givers_by_call_.place_in(held, is_taken_, operation);
}

bool RegisterGuide::is_harmless(std::uint32_t operation) {
  const bool only_gives = gives_[operation] != none && needs_[operation] == none;
  if (!only_gives) return false;
  const Place replaced = writes_by_end_.place_in(0, is_taken_, none);
  return needers_by_call_.place_in(held_.back(), is_taken_, none) >= replaced &&
         needers_by_call_.place_in(gives_[operation], is_taken_, none) >= next_write_[operation];
}

void RegisterGuide::take(std::uint32_t operation) {
  is_taken_[operation] = true;
  if (gives_[operation] != none) held_.push_back(gives_[operation]);
}

void RegisterGuide::give_back(std::uint32_t operation) {
  is_taken_[operation] = false;
  if (gives_[operation] != none) held_.pop_back();
  givers_by_call_.give_back(operation);
  known_needers_by_end_.give_back(operation);
  needers_by_call_.give_back(operation);
  writes_by_end_.give_back(operation);
}

}  // namespace dsys::history
