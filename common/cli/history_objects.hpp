// A history of objects as it was read, and the telling of what was found about it.
#pragma once

#include "common/check/models.hpp"
#include "common/cli/history.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace dsys::cli {

// Values and keys as small numbers; null is 0.
class Names {
 public:
  Names() { number_of("null"); }

  std::uint32_t number_of(std::string text) {
    const auto next = static_cast<std::uint32_t>(texts_.size());
    const auto [found, is_new] = numbers_.try_emplace(std::move(text), next);
    if (is_new) {
      texts_.push_back(&found->first);
      bytes_ += found->first.size();
    }
    return found->second;
  }
  const std::string& text(std::uint32_t number) const { return *texts_[number]; }
  const std::string& text(check::Value value) const {
    return text(static_cast<std::uint32_t>(value));
  }
  std::size_t bytes() const { return bytes_; }

 private:
  std::map<std::string, std::uint32_t> numbers_;
  std::vector<const std::string*> texts_;
  std::size_t bytes_ = 0;
};

struct Recorded {
  check::ObjectOperation operation;  // its moments are the numbers of lines
  std::uint64_t process = 0;
  std::uint32_t key = 0;
  bool has_failed = false;
  bool is_delete = false;
};

// One key's part, judged.
struct KeyVerdict {
  std::uint32_t key = 0;
  std::vector<std::size_t> operations;  // places in the history
  check::ObjectVerdict found;
};

struct ObjectHistory {
  std::string_view model;  // its name
  check::ObjectModel object = check::ObjectModel::single_register;
  check::Value at_first = check::null_value;
  Names names;
  std::deque<Recorded> operations;
};

// The verdicts in the order in which their keys appear.
void print_object_verdicts(const ObjectHistory& history, std::span<const KeyVerdict> verdicts,
                           const HistoryCounts& counts, Terminal& terminal);
void print_object_verdicts_json(const ObjectHistory& history, std::span<const KeyVerdict> verdicts,
                                const HistoryCounts& counts, Terminal& terminal);

}  // namespace dsys::cli
