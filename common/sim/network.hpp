// How messages travel: delay, loss, duplication and reordering for each ordered pair of nodes, and
// who hears whom while the network is split.
#pragma once

#include "common/core/random.hpp"
#include "common/core/time.hpp"
#include "common/sim/fault.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dsys::sim {

struct Delay {
  enum class Kind : std::uint8_t { fixed, uniform, exponential };

  Kind kind = Kind::fixed;
  Duration low = 5ms;   // the value, the lower end, or the mean
  Duration high = 5ms;  // the upper end; used by uniform only

  static Delay fixed(Duration value) { return {Kind::fixed, value, value}; }
  static Delay uniform(Duration low, Duration high) { return {Kind::uniform, low, high}; }
  static Delay exponential(Duration mean) { return {Kind::exponential, mean, mean}; }

  Duration draw(Random& random) const;
  std::string describe() const;
};

// The settings of one link. Percentages are of messages.
struct Link {
  Delay delay = Delay::uniform(1ms, 10ms);
  int loss_percent = 0;
  int duplicate_percent = 0;
  int reorder_percent = 0;              // held back for up to ten times the usual delay
  Duration duplicate_spread = 50ms;     // the second copy comes up to this much later
  Duration extra{};                     // added to every delay
  std::vector<std::string> lost_types;  // if not empty, only these types are lost
  std::vector<std::string> held_types;  // if not empty, only these types are held
  bool held = false;                    // what arrives is kept until the link is released

  // One line for the head of a trace.
  std::string describe() const;

  // Whether loss, or holding, concerns this type of message at all.
  bool loses(std::string_view type) const { return concerns(lost_types, type); }
  bool holds(std::string_view type) const { return concerns(held_types, type); }

 private:
  static bool concerns(const std::vector<std::string>& types, std::string_view type) {
    return types.empty() || std::find(types.begin(), types.end(), type) != types.end();
  }
};

// A link now.
struct LinkState {
  Link link;
  Random random{0};
  std::vector<std::uint32_t> parked{};  // flights that have arrived and are held
};

// Nodes are numbered from 0. What was parked on a link that is released is given back, in the order
// in which it arrived.
class Network {
 public:
  void start(std::uint32_t nodes, const Link& standard, const Random& chance);

  LinkState& link_of(std::uint32_t from, std::uint32_t to) {
    return links_[from * groups_.size() + to];
  }

  // --- Splits: nodes of different groups do not hear each other ---

  bool connected(std::uint32_t from, std::uint32_t to) const {
    const int left = groups_[from];
    const int right = groups_[to];
    return left == right || left == everywhere || right == everywhere;
  }
  bool is_in_a_group(std::uint32_t node) const { return groups_[node] != everywhere; }
  void put(std::uint32_t node, int group) { groups_[node] = group; }
  void join_all() { std::fill(groups_.begin(), groups_.end(), everywhere); }

  // --- Links ---

  // Drop, slow, duplicate, reorder, hold or release.
  std::vector<std::uint32_t> change(std::uint32_t from, std::uint32_t to, const Fault& fault);
  // Everything as it was at the start.
  std::vector<std::uint32_t> heal();

  // Whether both ways between them are as they were at the start.
  bool works_between(std::uint32_t left, std::uint32_t right) const {
    return is_whole(left, right) && is_whole(right, left);
  }
  // How many of these work with each other, at most.
  unsigned largest_group(const std::vector<std::uint32_t>& nodes) const;

 private:
  static constexpr int everywhere = -1;

  bool is_whole(std::uint32_t from, std::uint32_t to) const;

  Link standard_;
  std::vector<int> groups_;  // of each node
  std::vector<LinkState> links_;
};

// What a fault does to a link, in words.
std::string link_phrase(const Fault& fault);

}  // namespace dsys::sim
