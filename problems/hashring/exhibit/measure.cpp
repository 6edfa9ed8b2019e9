#include "problems/hashring/exhibit/measure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <memory>

namespace dsys::hashring {
namespace {

std::unique_ptr<Placement> placement_of(Algorithm algorithm, const Exhibit& exhibit) {
  auto placement = make_placement(algorithm, {.virtual_nodes = exhibit.virtual_nodes});
  for (const Member& member : exhibit.members) placement->add(member);
  return placement;
}

std::vector<NodeName> owners_of(const Placement& placement, const std::vector<std::string>& keys) {
  std::vector<NodeName> owners;
  owners.reserve(keys.size());
  for (const std::string& key : keys) owners.emplace_back(placement.owner(key).value_or(""));
  return owners;
}

// --- Shares ---

double weight_of(const std::vector<Member>& members) {
  double total = 0;
  for (const Member& member : members) total += member.weight;
  return total;
}

std::vector<double> shares_of_circle(const Ring& ring, const std::vector<Member>& members) {
  const std::vector<Share> shares = shares_of(ring);  // sorted by name
  std::vector<double> fractions;
  for (const Member& member : members) {
    const auto found = std::lower_bound(
        shares.begin(), shares.end(), member.name,
        [](const Share& share, const NodeName& name) { return share.node < name; });
    fractions.push_back(found->fraction());
  }
  return fractions;
}

std::vector<double> shares_of_keys(const std::vector<Member>& members,
                                   const std::vector<NodeName>& owners) {
  std::vector<double> fractions;
  for (const std::uint64_t count : keys_per_member(members, owners)) {
    fractions.push_back(static_cast<double>(count) / static_cast<double>(owners.size()));
  }
  return fractions;
}

// How evenly nodes are filled, each compared with what its weight asks for.
Balance balance_by_weight(const std::vector<Member>& members, const std::vector<double>& shares) {
  constexpr double unit = 1'000'000'000;
  const double total_weight = weight_of(members);
  std::vector<std::uint64_t> filled;
  for (std::size_t i = 0; i < members.size(); ++i) {
    const double fair = members[i].weight / total_weight;
    filled.push_back(static_cast<std::uint64_t>(shares[i] / fair * unit));
  }
  return balance_of(filled);
}

Balance balance_with_one_point(const Exhibit& exhibit) {
  Exhibit bare = exhibit;
  bare.virtual_nodes = 1;
  return balance_by_weight(bare.members, shares_of_circle(ring_of(bare), bare.members));
}

// --- Lookups ---

Lookup look_up(const Ring& ring, const std::string& key, std::size_t replicas) {
  Lookup lookup{.key = key, .position = ring.position(key)};
  const auto found = ring.successor(key);
  if (!found) return lookup;
  const Point& point = ring.points()[*found];
  lookup.owner = ring.member(point.node).name;
  lookup.point = fmt::format("{}#{}", lookup.owner, point.replica_index);
  lookup.point_position = point.position;
  lookup.replicas = ring.replicas(key, replicas);
  return lookup;
}

std::vector<Lookup> look_up_all(const Exhibit& exhibit, const Ring& ring,
                                const Placement& placement) {
  std::vector<Lookup> lookups;
  for (const std::string& key : exhibit.listed) {
    if (exhibit.algorithm == Algorithm::ring) {
      lookups.push_back(look_up(ring, key, exhibit.replicas));
      continue;
    }
    lookups.push_back({.key = key,
                       .position = ring.position(key),
                       .owner = std::string(placement.owner(key).value_or(""))});
  }
  return lookups;
}

// --- Changes ---

struct Contest {  // the chosen algorithm and hash modulo N, on the same keys
  std::unique_ptr<Placement> chosen;
  std::unique_ptr<Placement> modulo;
  std::vector<NodeName> chosen_owners;
  std::vector<NodeName> modulo_owners;

  // What a change moved, once both have made it.
  ChangeFigures compare(const Exhibit& exhibit) const {
    const auto moved = movement(chosen_owners, owners_of(*chosen, exhibit.measured));
    const auto moved_by_modulo = movement(modulo_owners, owners_of(*modulo, exhibit.measured));
    return {.node = {}, .moved = moved, .least = 0, .modulo = moved_by_modulo.fraction()};
  }
};

ChangeFigures join_of(const Exhibit& exhibit, const Contest& contest) {
  const Member joining{
      .name = fmt::format("server{}", exhibit.members.size() + 1), .weight = 1, .address = {}};
  contest.chosen->add(joining);
  contest.modulo->add(joining);
  ChangeFigures change = contest.compare(exhibit);
  contest.chosen->remove(joining.name);
  contest.modulo->remove(joining.name);
  change.node = joining.name;
  change.least = 1 / (weight_of(exhibit.members) + 1);
  return change;
}

ChangeFigures leave_of(const Exhibit& exhibit, const Contest& contest) {
  const Member& leaving = exhibit.members[(exhibit.members.size() - 1) / 2];
  contest.chosen->remove(leaving.name);
  contest.modulo->remove(leaving.name);
  ChangeFigures change = contest.compare(exhibit);
  change.node = leaving.name;
  change.joins = false;
  const auto own =
      std::count(contest.chosen_owners.begin(), contest.chosen_owners.end(), leaving.name);
  change.least = static_cast<double>(own) / static_cast<double>(exhibit.measured.size());
  return change;
}

}  // namespace

Ring ring_of(const Exhibit& exhibit) {
  Ring ring({.virtual_nodes = exhibit.virtual_nodes, .hash_seed = 0, .pinned = {}});
  for (const Member& member : exhibit.members) ring.add(member);
  return ring;
}

Figures measure(const Exhibit& exhibit, const Ring& ring) {
  const bool has_ring = exhibit.algorithm == Algorithm::ring;
  Contest contest{.chosen = placement_of(exhibit.algorithm, exhibit),
                  .modulo = placement_of(Algorithm::modulo, exhibit),
                  .chosen_owners = {},
                  .modulo_owners = {}};
  contest.chosen_owners = owners_of(*contest.chosen, exhibit.measured);
  contest.modulo_owners = owners_of(*contest.modulo, exhibit.measured);

  Figures figures;
  const std::vector<double> shares = has_ring
                                         ? shares_of_circle(ring, exhibit.members)
                                         : shares_of_keys(exhibit.members, contest.chosen_owners);
  const double total_weight = weight_of(exhibit.members);
  for (std::size_t i = 0; i < exhibit.members.size(); ++i) {
    const Member& member = exhibit.members[i];
    const std::size_t points = has_ring ? std::size_t{exhibit.virtual_nodes} * member.weight : 0;
    figures.nodes.push_back({.member = member,
                             .points = points,
                             .share = shares[i],
                             .fair = member.weight / total_weight});
  }
  figures.balance = balance_by_weight(exhibit.members, shares);
  figures.theory = expected_deviation(exhibit.members.size(), exhibit.virtual_nodes);
  const bool has_contrast = has_ring && exhibit.virtual_nodes > 1 && exhibit.members.size() > 1;
  if (has_contrast) figures.with_one_point = balance_with_one_point(exhibit);
  figures.lookups = look_up_all(exhibit, ring, *contest.chosen);
  figures.join = join_of(exhibit, contest);
  if (exhibit.members.size() > 1) figures.leave = leave_of(exhibit, contest);
  return figures;
}

}  // namespace dsys::hashring
