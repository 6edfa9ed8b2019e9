// HR-S11 and HR-S12: the circle that a node tells of itself, its points and where it puts texts.
// They compare all processes that were given the same seed and pins; so nobody needs to know the
// hash.
#include "problems/hashring/properties/judges.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace dsys::hashring {
namespace {

// What is known of a hash: one for each seed and pins.
template <typename Known>
struct ByHash {
  std::vector<std::pair<Setup, Known>> all;

  Known& of(const Setup& setup) {
    for (auto& [given, known] : all) {
      if (given.hash_seed == setup.hash_seed && given.pins == setup.pins) return known;
    }
    return all.emplace_back(setup, Known{}).second;
  }

  // Calls visit(known) for each hash that differs in the seed only.
  template <typename Visit>
  void with_other_seed(const Setup& setup, Visit&& visit) const {
    for (const auto& [given, known] : all) {
      if (given.hash_seed != setup.hash_seed && given.pins == setup.pins) visit(known);
    }
  }
};

std::optional<std::uint64_t> pin_of(const Setup& setup, std::string_view text) {
  for (const Pin& pin : setup.pins) {
    if (pin.text == text) return pin.position;
  }
  return std::nullopt;
}

// --- HR-S11 ---

struct PointsAreTheMembers {
  using Positions = std::vector<std::uint64_t>;
  using Lists = std::map<std::size_t, Positions>;  // of one name: so many points, sorted
  struct Known {
    std::map<std::string, Lists, std::less<>> points;
  };
  RingsSeen seen;
  ByHash<Known> hashes;

  Reason observe(const Event& event) {
    seen.observe(event);
    const auto* const reply = answer_of<PointsReply>(event);
    const RingSeen& ring = seen.of(event.node);
    if (reply == nullptr || ring.under_way) return std::nullopt;
    const Setup& setup = seen.setups[event.node];
    if (auto reason = judge_order(event.node, *reply)) return reason;
    std::map<std::string, Positions> told;
    for (const PlacedPoint& point : reply->points) told[point.node].push_back(point.position);
    for (const auto& [name, points] : told) {
      if (ring.members.contains(name) || ring.doubts.contains(name)) continue;
      return fmt::format("{} shows {} points of {}, which is no member", event.node, points.size(),
                         name);
    }
    for (const auto& [name, weight] : ring.members) {
      const std::size_t due = std::size_t{setup.virtual_nodes} * weight;
      if (auto reason = judge_member(event.node, setup, name, due, told[name])) return reason;
    }
    return std::nullopt;
  }

  static Reason judge_order(NodeId node, const PointsReply& reply) {
    const auto behind = std::adjacent_find(reply.points.begin(), reply.points.end(),
                                           [](const PlacedPoint& left, const PlacedPoint& right) {
                                             return std::tie(left.position, left.node) >
                                                    std::tie(right.position, right.node);
                                           });
    if (behind == reply.points.end()) return std::nullopt;
    return fmt::format("{} shows the point of {} at {} before that of {} at {}", node, behind->node,
                       behind->position, std::next(behind)->node, std::next(behind)->position);
  }

  Reason judge_member(NodeId node, const Setup& setup, const std::string& name, std::size_t due,
                      const Positions& points) {
    if (points.size() != due) {
      return fmt::format("{} shows {} points of {}, where {} are due", node, points.size(), name,
                         due);
    }
    if (auto reason = judge_pins(node, setup, name, points)) return reason;
    Lists& lists = hashes.of(setup).points[name];
    for (const auto& [count, known] : lists) {
      const Positions& few = count < due ? known : points;
      const Positions& many = count < due ? points : known;
      if (std::includes(many.begin(), many.end(), few.begin(), few.end())) continue;
      return fmt::format(
          "{} shows other points of {} than were shown before, with the same seed and pins", node,
          name);
    }
    lists.emplace(due, points);
    return judge_seed(node, setup, name, points);
  }

  static Reason judge_pins(NodeId node, const Setup& setup, const std::string& name,
                           const Positions& points) {
    for (std::size_t i = 0; i < points.size() && !setup.pins.empty(); ++i) {
      const std::string label = fmt::format("{}#{}", name, i);
      const auto pin = pin_of(setup, label);
      if (!pin || std::binary_search(points.begin(), points.end(), *pin)) continue;
      return fmt::format("the point {} is pinned at {}; {} does not show it there", label, *pin,
                         node);
    }
    return std::nullopt;
  }

  Reason judge_seed(NodeId node, const Setup& setup, const std::string& name,
                    const Positions& points) const {
    Reason reason;
    hashes.with_other_seed(setup, [&](const Known& other) {
      const auto lists = other.points.find(name);
      if (lists == other.points.end()) return;
      const auto known = lists->second.find(points.size());
      const bool is_same = known != lists->second.end() && known->second == points;
      if (!is_same || is_pinned_whole(setup, name, points.size())) return;
      reason = fmt::format("{} has the seed {}, and {} the points that it has with another seed",
                           node, setup.hash_seed, name);
    });
    return reason;
  }

  static bool is_pinned_whole(const Setup& setup, const std::string& name, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      if (!pin_of(setup, fmt::format("{}#{}", name, i))) return false;
    }
    return true;
  }
};

// --- HR-S12 ---

struct PositionsAreDetermined {
  static constexpr std::size_t small_list_max = 1'000;  // of longer ones only the whole is compared

  struct Known {
    std::map<std::string, std::uint64_t, std::less<>> positions;
    std::vector<std::pair<Keys, std::vector<std::uint64_t>>> long_lists;
  };
  RingsSeen seen;
  ByHash<Known> hashes;

  Reason observe(const Event& event) {
    seen.observe(event);
    const auto [question, reply] = seen.asked.answered<Positions, PositionsReply>(event);
    if (question == nullptr) return std::nullopt;
    const Setup& setup = seen.setups[event.node];
    if (reply->positions.size() != size_of(question->keys)) {
      return fmt::format("{} was asked for {} keys and gave {} positions", event.node,
                         size_of(question->keys), reply->positions.size());
    }
    if (reply->positions.size() > small_list_max) {
      return judge_long(event.node, hashes.of(setup), question->keys, reply->positions);
    }
    Reason reason;
    std::size_t place = 0;
    for_each_key(question->keys, [&, &positions = reply->positions](std::string_view key) {
      const std::uint64_t position = positions[place++];
      if (!reason) reason = judge(event.node, setup, key, position);
    });
    return reason;
  }

  Reason judge(NodeId node, const Setup& setup, std::string_view key, std::uint64_t position) {
    if (const auto pin = pin_of(setup, key)) {
      if (*pin == position) return std::nullopt;
      return fmt::format("{} is pinned at {}, and {} puts it at {}", key, *pin, node, position);
    }
    const auto [known, is_new] = hashes.of(setup).positions.emplace(std::string(key), position);
    if (known->second != position) {
      return fmt::format("{} puts {} at {}; with the same seed it was at {}", node, key, position,
                         known->second);
    }
    Reason reason;
    hashes.with_other_seed(setup, [&](const Known& other) {
      const auto there = other.positions.find(key);
      if (there == other.positions.end() || there->second != position) return;
      reason = fmt::format("{} has the seed {}, and puts {} where another seed puts it", node,
                           setup.hash_seed, key);
    });
    return is_new ? reason : std::nullopt;
  }

  static Reason judge_long(NodeId node, Known& known, const Keys& keys,
                           const std::vector<std::uint64_t>& positions) {
    for (const auto& [asked, told] : known.long_lists) {
      if (asked != keys || told == positions) continue;
      return fmt::format("{} puts {} keys elsewhere than before, with the same seed", node,
                         positions.size());
    }
    known.long_lists.emplace_back(keys, positions);
    return std::nullopt;
  }
};

}  // namespace

std::vector<Property> circle_properties() {
  return {always<PointsAreTheMembers>(
              {"HR-S11", "Points",
               "A member shows virtual_nodes times its weight points, in the order of position and "
               "name, the same at all times and in all processes of one seed; nobody else has any.",
               "README, Promise"}),
          always<PositionsAreDetermined>(
              {"HR-S12", "Positions",
               "A text lies at its pin; without one it lies at the same position in all processes "
               "of one seed, and elsewhere with another seed.",
               "README, Promise"})};
}

}  // namespace dsys::hashring
