#include "common/core/node_id.hpp"

#include <charconv>

namespace dsys {

std::string to_string(NodeId node) {
  if (node == NodeId{}) return "-";
  return node_letter(node) + std::to_string(node_number(node));
}

std::optional<NodeId> parse_node_id(std::string_view text) {
  if (text.size() < 2 || text[0] < 'a' || text[0] > 'z' || text[1] == '0') return std::nullopt;
  std::uint32_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + 1, end, number);
  if (error != std::errc{} || stop != end || number > node_number_max) return std::nullopt;
  return node_id(text[0], number);
}

}  // namespace dsys
