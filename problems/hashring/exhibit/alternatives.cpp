#include "problems/hashring/exhibit/alternatives.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <string>
#include <utility>

#include "common/core/hash.hpp"

namespace dsys::hashring {
namespace {

// Members in the order of their names, so that nothing depends on the order of joins.
class Roster {
 public:
  bool add(const Member& member) {
    const auto place = find(member.name);
    const bool taken = place != members_.end() && place->name == member.name;
    if (taken || !is_valid(member)) return false;
    members_.insert(place, member);
    return true;
  }

  bool remove(std::string_view name) {
    const auto place = find(name);
    if (place == members_.end() || place->name != name) return false;
    members_.erase(place);
    return true;
  }

  [[nodiscard]] const std::vector<Member>& members() const { return members_; }

 private:
  [[nodiscard]] std::vector<Member>::const_iterator find(std::string_view name) const {
    return std::lower_bound(
        members_.begin(), members_.end(), name,
        [](const Member& each, std::string_view wanted) { return each.name < wanted; });
  }

  std::vector<Member> members_;
};

// --- Ring ---

class RingPlacement final : public Placement {
 public:
  explicit RingPlacement(std::uint32_t virtual_nodes)
      : ring_({.virtual_nodes = virtual_nodes, .hash_seed = 0, .pinned = {}}) {}

  bool add(const Member& member) override { return ring_.add(member); }
  bool remove(std::string_view name) override { return ring_.remove(name); }
  [[nodiscard]] std::optional<std::string_view> owner(std::string_view key) const override {
    return ring_.owner(key);
  }

 private:
  Ring ring_;
};

// --- Modulo ---

class ModuloPlacement final : public Placement {
 public:
  bool add(const Member& member) override { return roster_.add(member) && number_entries(); }
  bool remove(std::string_view name) override { return roster_.remove(name) && number_entries(); }

  [[nodiscard]] std::optional<std::string_view> owner(std::string_view key) const override {
    if (entries_.empty()) return std::nullopt;
    return roster_.members()[entries_[hash_text(key) % entries_.size()]].name;
  }

 private:
  // Each member once for each unit of its weight.
  bool number_entries() {
    entries_.clear();
    std::uint32_t place = 0;
    for (const Member& member : roster_.members()) {
      entries_.insert(entries_.end(), member.weight, place++);
    }
    return true;
  }

  Roster roster_;
  std::vector<std::uint32_t> entries_;
};

// --- Rendezvous ---

struct Bid {
  std::uint64_t score = 0;
  std::uint32_t weight = 1;
};

// Whether cost / weight is lower, multiplied out: costs are below 2^39 and weights below 2^10.
// Between equal weights the score alone decides the same, without a logarithm; between equal
// bids too, and after it the name, because bids come in the order of names.
bool beats(const Bid& bid, const Bid& best) {
  if (bid.weight == best.weight) return bid.score > best.score;
  const std::uint64_t bid_cost = logarithmic_cost(bid.score) * best.weight;
  const std::uint64_t best_cost = logarithmic_cost(best.score) * bid.weight;
  return bid_cost != best_cost ? bid_cost < best_cost : bid.score > best.score;
}

class RendezvousPlacement final : public Placement {
 public:
  bool add(const Member& member) override { return roster_.add(member) && hash_names(); }
  bool remove(std::string_view name) override { return roster_.remove(name) && hash_names(); }

  [[nodiscard]] std::optional<std::string_view> owner(std::string_view key) const override {
    const std::vector<Member>& members = roster_.members();
    if (members.empty()) return std::nullopt;
    const std::uint64_t key_hash = hash_text(key);
    std::size_t winner = 0;
    Bid best = bid_of(winner, key_hash);
    for (std::size_t place = 1; place < members.size(); ++place) {
      const Bid bid = bid_of(place, key_hash);
      if (!beats(bid, best)) continue;
      winner = place;
      best = bid;
    }
    return members[winner].name;
  }

 private:
  [[nodiscard]] Bid bid_of(std::size_t place, std::uint64_t key_hash) const {
    return {.score = rendezvous_score(name_hashes_[place], key_hash),
            .weight = roster_.members()[place].weight};
  }

  bool hash_names() {
    name_hashes_.clear();
    for (const Member& member : roster_.members()) name_hashes_.push_back(hash_text(member.name));
    return true;
  }

  Roster roster_;
  std::vector<std::uint64_t> name_hashes_;  // in the order of the members
};

// --- Jump ---

// Only the last bucket may go, so the owner of the last one takes the number of a node that
// leaves. Its old keys are spread over all: twice the minimum moves, but not everything.
class JumpPlacement final : public Placement {
 public:
  bool add(const Member& member) override {
    const bool taken = std::find(buckets_.begin(), buckets_.end(), member.name) != buckets_.end();
    if (taken || !is_valid(member)) return false;
    buckets_.insert(buckets_.end(), member.weight, member.name);
    return true;
  }

  bool remove(std::string_view name) override {
    const std::size_t before = buckets_.size();
    for (std::size_t bucket = before; bucket-- > 0;) {
      if (buckets_[bucket] != name) continue;
      std::swap(buckets_[bucket], buckets_.back());
      buckets_.pop_back();
    }
    return buckets_.size() < before;
  }

  [[nodiscard]] std::optional<std::string_view> owner(std::string_view key) const override {
    if (buckets_.empty()) return std::nullopt;
    return buckets_[jump_bucket(hash_text(key), static_cast<std::uint32_t>(buckets_.size()))];
  }

 private:
  std::vector<NodeName> buckets_;  // by number, in the order of joins
};

// --- Maglev ---

class MaglevPlacement final : public Placement {
 public:
  explicit MaglevPlacement(std::uint32_t table_size) : size_(prime_at_least(table_size)) {}

  bool add(const Member& member) override { return roster_.add(member) && fill(); }
  bool remove(std::string_view name) override { return roster_.remove(name) && fill(); }

  [[nodiscard]] std::optional<std::string_view> owner(std::string_view key) const override {
    if (table_.empty()) return std::nullopt;
    return roster_.members()[table_[hash_text(key) % table_.size()]].name;
  }

 private:
  bool fill() {
    table_ = maglev_table(roster_.members(), size_);
    return true;
  }

  Roster roster_;
  std::uint32_t size_;
  std::vector<std::uint32_t> table_;
};

// The order in which a member asks for the entries of the table: it starts at a place of its own
// and goes on in steps of its own. A prime size makes this visit each entry once.
struct Permutation {
  std::uint32_t entry = 0;
  std::uint32_t step = 1;
  std::uint32_t weight = 1;
};

Permutation permutation_of(const Member& member, std::uint32_t size) {
  const std::uint64_t offset_hash = hash_text(member.name);
  const std::uint64_t step_hash = mix(offset_hash);  // the paper asks for two hash functions
  return {.entry = static_cast<std::uint32_t>(offset_hash % size),
          .step = static_cast<std::uint32_t>(step_hash % (size - 1)) + 1,
          .weight = member.weight};
}

std::uint32_t next_entry(const Permutation& order, std::uint32_t size) {
  return static_cast<std::uint32_t>((std::uint64_t{order.entry} + order.step) % size);
}

constexpr std::uint32_t free_entry = std::numeric_limits<std::uint32_t>::max();

// One turn: the next free entry in the member's order. There must be one.
void take_entry(std::vector<std::uint32_t>& table, Permutation& order, std::uint32_t place) {
  const auto size = static_cast<std::uint32_t>(table.size());
  while (table[order.entry] != free_entry) order.entry = next_entry(order, size);
  table[order.entry] = place;
}

bool is_prime(std::uint32_t number) {
  if (number < 2) return false;
  for (std::uint64_t divisor = 2; divisor * divisor <= number; ++divisor) {
    if (number % divisor == 0) return false;
  }
  return true;
}

constexpr std::array<std::string_view, all_algorithms.size()> algorithm_names{
    "ring", "modulo", "rendezvous", "jump", "maglev"};

}  // namespace

// --- Names ---

std::string_view name_of(Algorithm algorithm) {
  return algorithm_names[static_cast<std::size_t>(algorithm)];
}

std::optional<Algorithm> algorithm_named(std::string_view name) {
  for (const Algorithm algorithm : all_algorithms) {
    if (name_of(algorithm) == name) return algorithm;
  }
  return std::nullopt;
}

std::unique_ptr<Placement> make_placement(Algorithm algorithm, const PlacementConfig& config) {
  switch (algorithm) {
    case Algorithm::ring:
      return std::make_unique<RingPlacement>(config.virtual_nodes);
    case Algorithm::modulo:
      return std::make_unique<ModuloPlacement>();
    case Algorithm::rendezvous:
      return std::make_unique<RendezvousPlacement>();
    case Algorithm::jump:
      return std::make_unique<JumpPlacement>();
    case Algorithm::maglev:
      return std::make_unique<MaglevPlacement>(config.table_size);
  }
  return nullptr;  // not an enumerator
}

// --- The algorithms ---

std::uint64_t rendezvous_score(std::uint64_t node_hash, std::uint64_t key_hash) {
  return hash_combine(node_hash, key_hash);
}

// The whole part of log2 is the place of the highest bit. Squaring the mantissa doubles the rest
// of the logarithm, so each square gives the next binary place: 1 if it reaches 2.
std::uint64_t logarithmic_cost(std::uint64_t score) {
  constexpr int places = 32;
  constexpr std::uint64_t two = std::uint64_t{1} << 32U;  // the mantissa has 31 places
  if (score == 0) return std::uint64_t{64} << places;
  const int whole = 63 - std::countl_zero(score);
  std::uint64_t mantissa = (score << static_cast<unsigned>(63 - whole)) >> 32U;
  auto logarithm = static_cast<std::uint64_t>(whole);
  for (int place = 0; place < places; ++place) {
    mantissa = (mantissa * mantissa) >> 31U;
    const bool reaches_two = mantissa >= two;
    logarithm = (logarithm << 1U) + static_cast<std::uint64_t>(reaches_two);
    if (reaches_two) mantissa >>= 1U;
  }
  return (std::uint64_t{64} << places) - logarithm;
}

std::uint32_t jump_bucket(std::uint64_t key_hash, std::uint32_t buckets) {
  std::uint64_t bucket = 0;
  std::uint64_t next = 0;
  while (next < buckets) {
    bucket = next;
    key_hash = key_hash * 2862933555777941757U + 1;  // a linear congruential generator
    const auto draw = static_cast<double>((key_hash >> 33U) + 1);
    next = static_cast<std::uint64_t>(static_cast<double>(bucket + 1) * (0x1p31 / draw));
  }
  return static_cast<std::uint32_t>(bucket);
}

std::vector<std::uint32_t> maglev_table(std::span<const Member> members, std::uint32_t size) {
  if (members.empty() || size < 2) return {};
  std::vector<Permutation> orders;
  for (const Member& member : members) orders.push_back(permutation_of(member, size));
  // One round lists each member as often as it weighs.
  std::vector<std::uint32_t> round;
  for (std::uint32_t place = 0; place < orders.size(); ++place) {
    round.insert(round.end(), orders[place].weight, place);
  }
  std::vector<std::uint32_t> table(size, free_entry);
  for (std::uint32_t filled = 0; filled < size; ++filled) {
    const std::uint32_t place = round[filled % round.size()];
    take_entry(table, orders[place], place);
  }
  return table;
}

std::uint32_t prime_at_least(std::uint32_t number) {
  while (!is_prime(number)) ++number;
  return number;
}

}  // namespace dsys::hashring
