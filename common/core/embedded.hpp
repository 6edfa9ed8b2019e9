// A text file of the sources that is inside the program.
#pragma once

#include <span>
#include <string_view>

namespace dsys {

struct EmbeddedFile {
  std::string_view path;
  std::string_view text;
};

// Its text; empty if there is no such file.
inline std::string_view text_of(std::span<const EmbeddedFile> files, std::string_view path) {
  for (const EmbeddedFile& one : files) {
    if (one.path == path) return one.text;
  }
  return {};
}

}  // namespace dsys
