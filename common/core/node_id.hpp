// Names of nodes. A name is a letter for the kind and a number from 1: n1, n2 are the nodes under
// test, which do a problem's work and may be a learner's; c1, c2 are clients; a problem may use
// further letters.
#pragma once

#include <fmt/core.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dsys {

// The letter sits in the high byte, the number in the other three: names sort by kind, then number.
enum class NodeId : std::uint32_t {};

constexpr std::uint32_t node_number_max = 0xFFFFFF;

constexpr NodeId node_id(char letter, std::uint32_t number) {
  const auto kind = static_cast<std::uint32_t>(static_cast<unsigned char>(letter));
  return NodeId{(kind << 24U) | (number & node_number_max)};
}

constexpr char node_letter(NodeId node) {
  return static_cast<char>(static_cast<std::uint32_t>(node) >> 24U);
}

constexpr std::uint32_t node_number(NodeId node) {
  return static_cast<std::uint32_t>(node) & node_number_max;
}

constexpr bool is_under_test(NodeId node) {
  return node_letter(node) == 'n';
}

// "n3"; "-" for NodeId{}, which is nobody.
std::string to_string(NodeId node);

// "n3" gives the node, anything else nothing.
std::optional<NodeId> parse_node_id(std::string_view text);

}  // namespace dsys

template <>
struct fmt::formatter<dsys::NodeId> : fmt::formatter<fmt::string_view> {
  template <typename FormatContext>
  auto format(dsys::NodeId node, FormatContext& context) const {
    return fmt::formatter<fmt::string_view>::format(dsys::to_string(node), context);
  }
};
