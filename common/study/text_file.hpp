// A file as one text.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace dsys::study {

// Nothing if it cannot be read. No more than one byte beyond `size_max` is read: a longer text is a
// file that is too large, or has no end.
std::optional<std::string> text_of_file(const std::string& path, std::size_t size_max);

}  // namespace dsys::study
