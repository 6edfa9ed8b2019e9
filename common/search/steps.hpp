// The steps of a search through what nodes may do.
#pragma once

#include "common/core/context.hpp"

#include <cstdint>

namespace dsys::search {

// One step of a path, for people and files.
enum class StepKind : std::uint8_t {
  deliver,
  duplicate,
  lose,
  fire,
  crash,
  power_loss,
  restart,
  wait
};

template <Protocol P>
struct Step {
  StepKind kind{};
  NodeId node{};  // where it happens
  NodeId from{};  // of a message
  const typename P::Message* message = nullptr;
  const typename P::Timer* timer = nullptr;
  std::uint32_t variant = 0;  // which of the ways that the event may go: choices, and strikes
};

template <Protocol P>
bool is_same(const Step<P>& left, const Step<P>& right) {
  const auto equal = [](const auto* one, const auto* other) {
    return one == nullptr || other == nullptr ? one == other : *one == *other;
  };
  return left.kind == right.kind && left.node == right.node && left.from == right.from &&
         left.variant == right.variant && equal(left.message, right.message) &&
         equal(left.timer, right.timer);
}

// --- Labels: a step in 32 bits ---

constexpr std::uint32_t kind_shift = 29;
constexpr std::uint32_t variant_shift = 24;
constexpr std::uint32_t variants_most = 32;
inline std::uint32_t label(StepKind kind, std::uint32_t variant, std::uint32_t id) {
  return (static_cast<std::uint32_t>(kind) << kind_shift) | (variant << variant_shift) | id;
}
inline StepKind kind_of(std::uint32_t label) {
  return static_cast<StepKind>(label >> kind_shift);
}
inline std::uint32_t variant_of(std::uint32_t label) {
  return (label >> variant_shift) & (variants_most - 1);
}
inline std::uint32_t id_of(std::uint32_t label) {
  return label & ((1U << variant_shift) - 1);
}

}  // namespace dsys::search
