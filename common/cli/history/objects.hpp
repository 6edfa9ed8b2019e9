// A history of objects as it was read, and the telling of what was found about it.
#pragma once

#include "common/cli/history/history.hpp"
#include "common/cli/history/names.hpp"
#include "common/history/models.hpp"

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dsys::cli {

struct Recorded {
  history::ObjectOperation operation;  // its moments are the numbers of lines
  std::uint64_t process = 0;
  std::uint32_t key = 0;
  bool has_failed = false;
  bool is_delete = false;
};

// One key's part, judged.
struct KeyVerdict {
  std::uint32_t key = 0;
  std::vector<std::size_t> operations;  // places in the history
  history::ObjectVerdict found;
};

struct ObjectHistory {
  std::string_view model;  // its name
  history::ObjectModel object = history::ObjectModel::single_register;
  history::Value at_first = history::null_value;
  Names names;
  std::deque<Recorded> operations;
};

// The verdicts in the order in which their keys appear.
void print_object_verdicts(const ObjectHistory& history, std::span<const KeyVerdict> verdicts,
                           const HistoryCounts& counts, Terminal& terminal);
void print_object_verdicts_json(const ObjectHistory& history, std::span<const KeyVerdict> verdicts,
                                const HistoryCounts& counts, Terminal& terminal);

}  // namespace dsys::cli
