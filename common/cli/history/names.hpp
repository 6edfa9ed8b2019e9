// The keys and values of a history as small numbers.
#pragma once

#include "common/history/models.hpp"

#include <cstdint>
#include <map>
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
  const std::string& text(history::Value value) const {
    return text(static_cast<std::uint32_t>(value));
  }
  std::size_t bytes() const { return bytes_; }

 private:
  std::map<std::string, std::uint32_t> numbers_;
  std::vector<const std::string*> texts_;
  std::size_t bytes_ = 0;
};

}  // namespace dsys::cli
