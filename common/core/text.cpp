#include "common/core/text.hpp"

namespace dsys {

std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  bool in_escape = false;
  for (const char letter : text) {
    if (letter == '\033') in_escape = true;
    if (!in_escape && !continues_character(letter)) ++columns;
    if (letter == 'm') in_escape = false;
  }
  return columns;
}

}  // namespace dsys
