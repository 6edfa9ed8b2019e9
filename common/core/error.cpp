#include "common/core/error.hpp"

namespace dsys {

std::string in_quotes(std::string_view text) {
  constexpr std::size_t shown_max = 60;
  std::string out = "'";
  for (const char letter : text.substr(0, shown_max)) {
    const auto byte = static_cast<unsigned char>(letter);
    out += (byte < 0x20 || byte == 0x7f) ? '?' : letter;
  }
  return out + (text.size() > shown_max ? "...'" : "'");
}

}  // namespace dsys
