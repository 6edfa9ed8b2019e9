// HR-Q1 to HR-Q3, how good a placement is, and HR-W1 to HR-W6, the sometimes-properties.
//
// The bounds are wide on purpose: of correct rings with another good hash they refuse fewer than
// one in five thousand, while a weak hash exceeds them by far.
#include "problems/hashring/properties/judges.hpp"
#include "problems/hashring/properties/oracle.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace dsys::hashring {
namespace {

constexpr std::size_t keys_per_node_min = 1'000;  // fewer tell more about chance than about a ring

bool weights_are_equal(const Members& members) {
  return std::all_of(members.begin(), members.end(),
                     [&](const auto& one) { return one.second == members.begin()->second; });
}

// The amounts of the members alone, in their order.
Amounts amounts_of(const Members& members, Names& names, const Amounts& by_number) {
  Amounts amounts;
  for (const auto& [name, weight] : members) {
    const NameNumber number = names.number_of(std::string_view(name));
    amounts.push_back(number < by_number.size() ? by_number[number] : 0);
  }
  return amounts;
}

// --- HR-Q1 ---

struct SharesAreEven {
  static constexpr std::uint32_t virtual_nodes_min = 40;
  static constexpr double max_over_mean_max = 1.4;  // for 10 nodes with 160 points, or better

  Placements placements;

  Reason observe(const Event& event) {
    const OwnersTold* const placement = placements.observe(event);
    RingsSeen& seen = placements.seen;
    const RingSeen& ring = seen.of(event.node);
    const bool is_judged = ring.members.size() >= 2 && ring.is_whole() &&
                           weights_are_equal(ring.members) &&
                           seen.setups[event.node].virtual_nodes >= virtual_nodes_min;
    if (!is_judged) return std::nullopt;
    const std::uint64_t points =
        seen.setups[event.node].virtual_nodes * std::uint64_t{ring.members.begin()->second};
    Names& names = placements.names;
    if (const auto* const reply = answer_of<PointsReply>(event)) {
      const Amounts arcs = arcs_by_node(names, reply->points);
      return judge(amounts_of(ring.members, names, arcs), points, 0, "arcs");
    }
    const bool has_enough =
        placement != nullptr && placement->owners.size() >= keys_per_node_min * ring.members.size();
    if (!has_enough) return std::nullopt;
    const Amounts keys = keys_by_node(names, placement->owners);
    const auto nodes = static_cast<double>(ring.members.size());
    const double chance = (nodes - 1) / static_cast<double>(placement->owners.size());
    return judge(amounts_of(ring.members, names, keys), points, chance, "keys");
  }

  // The fewer shares, the wider chance spreads their deviation: with the same bound for all, one
  // correct ring of three nodes in five hundred would be refused, and one of two in eighty.
  static double deviation_factor_max(std::size_t nodes) {
    switch (nodes) {
      case 2:
        return 4.5;
      case 3:
        return 3.7;
      case 4:
        return 3.2;
      case 5:
        return 2.9;
      default:
        return 2.5;
    }
  }

  // `sampling` is the variance that counting keys instead of measuring arcs adds.
  static Reason judge(const Amounts& amounts, std::uint64_t points, double sampling,
                      std::string_view unit) {
    const Balance balance = balance_of(amounts);
    const double theory = expected_deviation(amounts.size(), points);
    const double most =
        deviation_factor_max(amounts.size()) * std::sqrt(theory * theory + sampling);
    if (balance.relative_deviation > most) {
      return fmt::format(
          "the {} of {} nodes with {} points each deviate by {:.1f}%; chance gives {:.1f}%, and "
          "{:.1f}% is too much",
          unit, amounts.size(), points, 100 * balance.relative_deviation, 100 * theory, 100 * most);
    }
    const bool has_limit = amounts.size() <= 10 && points >= 160;
    if (!has_limit || balance.max_over_mean <= max_over_mean_max) return std::nullopt;
    return fmt::format("the {} of the fullest of {} nodes are {:.2f} times the mean", unit,
                       amounts.size(), balance.max_over_mean);
  }
};

// --- HR-Q2 ---

struct JoinMovesItsShare {
  static constexpr std::uint32_t virtual_nodes_min = 160;

  Placements placements;

  Reason observe(const Event& event) {
    const auto told = placements.observe_change(event);
    const RingSeen& ring = placements.seen.of(event.node);
    const bool is_judged = told && told->change.kind == Change::Kind::join &&
                           !told->before.members.empty() && weights_are_equal(ring.members) &&
                           placements.seen.setups[event.node].virtual_nodes >= virtual_nodes_min &&
                           told->now.owners.size() >= keys_per_node_min * ring.members.size();
    if (!is_judged) return std::nullopt;
    const std::size_t keys = told->now.owners.size();
    const std::size_t moved = count_moved(told->before, told->now);
    const double share = static_cast<double>(moved) / static_cast<double>(keys);
    const double expected = 1 / static_cast<double>(ring.members.size());
    if (std::abs(share - expected) <= 0.4 * expected) return std::nullopt;
    return fmt::format("{} of {} keys moved ({:.1f}%) when {} became {} nodes; {:.1f}% would do",
                       moved, keys, 100 * share, told->before.members.size(), ring.members.size(),
                       100 * expected);
  }
};

// --- HR-Q3 ---

struct SharesFollowWeights {
  RingsSeen seen;

  Reason observe(const Event& event) {
    seen.observe(event);
    const auto* const reply = answer_of<PointsReply>(event);
    const RingSeen& ring = seen.of(event.node);
    const std::uint32_t virtual_nodes = seen.setups[event.node].virtual_nodes;
    const bool is_judged =
        reply != nullptr && ring.is_whole() && ring.members.size() >= 2 && virtual_nodes >= 200;
    if (!is_judged) return std::nullopt;
    Names names;
    const Amounts by_number = arcs_by_node(names, reply->points);
    const Amounts arcs = amounts_of(ring.members, names, by_number);
    double total_weight = 0;
    for (const auto& [name, weight] : ring.members) total_weight += weight;
    const double tolerance = virtual_nodes >= 1000 ? 0.15 : 0.30;
    std::size_t place = 0;
    for (const auto& [name, weight] : ring.members) {
      const double share = static_cast<double>(arcs[place++]) * 0x1p-64;
      const double fair = weight / total_weight;
      if (std::abs(share - fair) <= tolerance * fair) continue;
      return fmt::format("{} with weight {} of {} has {:.1f}% of the circle instead of {:.1f}%",
                         name, weight, total_weight, 100 * share, 100 * fair);
    }
    return std::nullopt;
  }
};

// --- Sometimes ---

struct KeysMove {
  Placements placements;

  Reason observe(const Event& event) {
    const auto told = placements.observe_change(event);
    const auto place =
        told ? told->first_where([](NameNumber before, NameNumber now) { return now != before; })
             : std::nullopt;
    if (!place) return std::nullopt;
    return fmt::format("{} went from {} to {}", key_at(told->now.keys, *place),
                       placements.names.text_of(told->before.owners[*place]),
                       placements.names.text_of(told->now.owners[*place]));
  }
};

struct KeysWrap {
  Oracle oracle;

  Reason observe(const Event& event) {
    oracle.observe(event);
    const auto [question, reply] = oracle.seen.asked.answered<Owners, OwnersReply>(event);
    const Circle* const circle = question == nullptr ? nullptr : oracle.circle_of(event.node);
    if (circle == nullptr || circle->points.empty()) return std::nullopt;
    const auto positions = oracle.positions_of(event.node, question->keys);
    if (!positions) return std::nullopt;
    for (std::size_t i = 0; i < positions->size() && i < reply->owners.size(); ++i) {
      if ((*positions)[i] <= circle->points.back().position || !reply->owners[i]) continue;
      return fmt::format("{} lies past the last point and belongs to {}", key_at(question->keys, i),
                         *reply->owners[i]);
    }
    return std::nullopt;
  }
};

struct PointsCollide {
  static Reason observe(const Event& event) {
    const auto* const reply = answer_of<PointsReply>(event);
    if (reply == nullptr) return std::nullopt;
    for (std::size_t i = 1; i < reply->points.size(); ++i) {
      const PlacedPoint& left = reply->points[i - 1];
      const PlacedPoint& right = reply->points[i];
      if (left.position != right.position || left.node == right.node) continue;
      return fmt::format("{} and {} at {}", left.node, right.node, left.position);
    }
    return std::nullopt;
  }
};

// One key on two nodes: the first of them was full.
struct FullNodesArePassed {
  Asked asked;
  std::map<std::string, std::set<std::string>> places;

  Reason observe(const Event& event) {
    if (event.message != nullptr) asked.observe(event);
    const auto [question, reply] = asked.answered<Assign, AssignReply>(event);
    if (question == nullptr) return std::nullopt;
    for (std::size_t i = 0; i < reply->nodes.size(); ++i) {
      if (!reply->nodes[i]) continue;
      const std::string key = key_at(question->keys, i);
      std::set<std::string>& nodes = places[key];
      nodes.insert(*reply->nodes[i]);
      if (nodes.size() > 1) return fmt::format("{} is on {} nodes", key, nodes.size());
    }
    return std::nullopt;
  }
};

struct OldViewsAreRefused {
  static Reason observe(const Event& event) {
    const auto* const reply = answer_of<PutReply>(event);
    if (reply == nullptr || reply->status != PutStatus::other_version) return std::nullopt;
    return fmt::format("{} refused a write, being at ring version {}", event.node, reply->version);
  }
};

}  // namespace

std::vector<Property> quality_properties() {
  return {
      always<SharesAreEven>(
          {"HR-Q1", "Balance",
           "With 40 points a node or more, shares deviate by at most 2.5 times sqrt((N-1)/(NV+1)), "
           "by 2.9 to 4.5 times that of 5 to 2 nodes; of 10 nodes with 160 points none has more "
           "than 1.4 times the mean.",
           "variance of a Beta(V, NV-V) share; README, Numbers"}),
      always<JoinMovesItsShare>(
          {"HR-Q2", "Movement",
           "With 160 points a node or more, a join moves 1/(N+1) of the keys, give or take 40%.",
           "Karger et al. 1997"}),
      always<SharesFollowWeights>(
          {"HR-Q3", "Weights",
           "A node's share is its weight's share within 30% from 200 points a unit of weight, "
           "within 15% from 1000.",
           "README, Promise"})};
}

std::vector<Property> witnesses() {
  return {
      check::seen<RingProtocol, Finished>(
          "HR-W1", "questions are answered", "Who asks gets every answer.",
          [](NodeId client, const Finished& one) {
            return one.questions == 0 ? Reason{}
                                      : fmt::format("{} answers for {}", one.questions, client);
          }),
      check::sometimes<RingProtocol, KeysMove>(
          "HR-W2", "keys move", "A change of the membership gives a key another owner."),
      check::sometimes<RingProtocol, KeysWrap>("HR-W3", "keys wrap",
                                               "A key past the last point has an owner."),
      check::sometimes<RingProtocol, PointsCollide>("HR-W4", "points collide",
                                                    "Two nodes have a point on one position."),
      check::sometimes<RingProtocol, FullNodesArePassed>(
          "HR-W5", "full nodes are passed", "A key goes to two nodes, because one was full."),
      check::sometimes<RingProtocol, OldViewsAreRefused>(
          "HR-W6", "other versions are refused", "A write by another ring version is refused.")};
}

}  // namespace dsys::hashring
