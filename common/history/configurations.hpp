// What the search for an order remembers, so that it goes nowhere twice.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_set>
#include <vector>

namespace dsys::history {

// The configurations that the search has been in.
template <typename Model>
class SeenConfigurations {
 public:
  using State = typename Model::State;

  struct Configuration {
    std::uint64_t hash = 0;
    State state{};
    State before{};             // without the unknown operation that waits, if one does
    std::uint32_t waiting = 0;  // 0: none
    // The set of operations taken. All before the word `first_word` are in it, and none whose call
    // comes after `first_return`, so that the words between are the whole set.
    std::uint32_t first_word = 0;
    std::uint32_t first_return = 0;
    std::size_t words_begin = 0;
    std::size_t words_end = 0;
  };

  explicit SeenConfigurations(const Model& model) : set_(0, HashOf{}, Same{&model, &words_}) {}
  SeenConfigurations(const SeenConfigurations&) = delete;
  SeenConfigurations& operator=(const SeenConfigurations&) = delete;
  ~SeenConfigurations() = default;

  // Tells whether it is new. The set consists of both spans, one after the other.
  bool insert(Configuration one, std::span<const std::uint64_t> front,
              std::span<const std::uint64_t> back) {
    one.words_begin = words_.size();
    words_.insert(words_.end(), front.begin(), front.end());
    words_.insert(words_.end(), back.begin(), back.end());
    one.words_end = words_.size();
    if (set_.insert(one).second) return true;
    words_.resize(one.words_begin);
    return false;
  }

  std::size_t size() const { return set_.size(); }

  // About as many bytes as this takes.
  std::size_t memory() const {
    constexpr std::size_t node_overhead = 4 * sizeof(void*);
    return set_.size() * (sizeof(Configuration) + node_overhead) + words_.size() * 8;
  }

 private:
  struct HashOf {
    std::size_t operator()(const Configuration& one) const { return one.hash; }
  };

  struct Same {
    const Model* model;
    const std::vector<std::uint64_t>* words;

    bool operator()(const Configuration& left, const Configuration& right) const {
      const auto at = [&](std::size_t place) {
        return words->begin() + static_cast<std::ptrdiff_t>(place);
      };
      return left.hash == right.hash && left.first_word == right.first_word &&
             left.first_return == right.first_return && left.waiting == right.waiting &&
             std::equal(at(left.words_begin), at(left.words_end), at(right.words_begin),
                        at(right.words_end)) &&
             model->same(left.state, right.state) && model->same(left.before, right.before);
    }
  };

  std::vector<std::uint64_t> words_;
  std::unordered_set<Configuration, HashOf, Same> set_;
};

}  // namespace dsys::history
