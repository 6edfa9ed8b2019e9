// UTF-8 texts on a screen.
#pragma once

#include <cstddef>
#include <string_view>

namespace dsys {

// Whether this byte is not the first of its character.
constexpr bool continues_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

// Columns that a text takes: one for each character, none for the escapes that style it.
std::size_t columns_of(std::string_view text);

}  // namespace dsys
