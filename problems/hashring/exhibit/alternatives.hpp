// The other answers to "which node has this key?", behind one interface with the ring, so that
// they can be compared on the same keys and the same changes.
//
//                owner         moved by a join       removal of any node    weights
//   ring         O(log N V)    1/(N+1)               its keys only          points
//   modulo       O(1)          N/(N+1)               nearly all keys        repeated entries
//   rendezvous   O(N)          1/(N+1)               its keys only          logarithmic score
//   jump         O(log N)      1/(N+1)               2/N: the last one      several buckets
//                                                    takes its number
//   maglev       O(1)          1/(N+1) and some      its keys and some      turns
//
// Each depends only on its members, except jump, whose buckets are numbered in the order of joins.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "problems/hashring/ring.hpp"

namespace dsys::hashring {

enum class Algorithm { ring, modulo, rendezvous, jump, maglev };

inline constexpr std::array<Algorithm, 5> all_algorithms{
    Algorithm::ring, Algorithm::modulo, Algorithm::rendezvous, Algorithm::jump, Algorithm::maglev};

std::string_view name_of(Algorithm algorithm);

// None for a name that is no algorithm's.
std::optional<Algorithm> algorithm_named(std::string_view name);

struct PlacementConfig {
  std::uint32_t virtual_nodes = 160;  // of the ring
  std::uint32_t table_size = 65'537;  // of Maglev: raised to the next prime; at least 100 N
};

class Placement {
 public:
  Placement() = default;
  Placement(const Placement&) = delete;
  Placement& operator=(const Placement&) = delete;
  virtual ~Placement() = default;

  // False, and nothing changes, if the member is invalid or its name is taken.
  virtual bool add(const Member& member) = 0;

  // False if there is no such member.
  virtual bool remove(std::string_view name) = 0;

  // None without members. The view is good until the next change.
  [[nodiscard]] virtual std::optional<std::string_view> owner(std::string_view key) const = 0;
};

std::unique_ptr<Placement> make_placement(Algorithm algorithm, const PlacementConfig& config = {});

// --- The algorithms, as plain functions ---

// Rendezvous (Thaler and Ravishankar 1998): what this node bids for this key, from the hashes of
// both. The highest bid owns; without a node, the others' bids are what they were.
std::uint64_t rendezvous_score(std::uint64_t node_hash, std::uint64_t key_hash);

// -log2(score / 2^64) as a fixed-point number with 32 binary places; a higher score never costs
// more. A node of weight w bids cost / w, and the lowest bid wins with a probability proportional
// to w. In integers, because std::log may differ in its last bit between libraries, and then two
// processes would send one key to two nodes.
std::uint64_t logarithmic_cost(std::uint64_t score);

// Jump consistent hash (Lamping and Veach 2014): the bucket of a key, in [0, buckets). Needs no
// table. Its only floating-point steps are one division, one product and one truncation, which
// IEEE 754 defines to the bit. 0 for no buckets.
std::uint32_t jump_bucket(std::uint64_t key_hash, std::uint32_t buckets);

// Maglev (Eisenbud et al. 2016, 3.4): which member, as a place in `members`, has each entry of the
// table. Members fill it in turns, each along its own permutation. `size` must be prime, or a
// permutation would not reach each entry; empty without members.
std::vector<std::uint32_t> maglev_table(std::span<const Member> members, std::uint32_t size);

// The smallest prime that is not smaller.
std::uint32_t prime_at_least(std::uint32_t number);

}  // namespace dsys::hashring
