// The sections of a study reading: what stands under its heads of the second level.
#pragma once

#include <string_view>
#include <vector>

namespace dsys::study {

struct Section {
  std::string_view head;
  std::string_view text;  // with its head
};

// In their order. What looks like a head within a block of code is none.
std::vector<Section> sections_of(std::string_view reading);

}  // namespace dsys::study
