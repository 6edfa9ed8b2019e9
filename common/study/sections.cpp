#include "common/study/sections.hpp"

#include <algorithm>

namespace dsys::study {

std::vector<Section> sections_of(std::string_view reading) {
  constexpr std::string_view head_mark = "## ";
  std::vector<Section> sections;
  std::size_t start = 0;
  bool in_code = false;
  while (start < reading.size()) {
    const std::size_t end = std::min(reading.find('\n', start), reading.size());
    const std::string_view line = reading.substr(start, end - start);
    if (line.starts_with("```")) in_code = !in_code;
    if (!in_code && line.starts_with(head_mark)) {
      if (!sections.empty()) {
        const auto begin = static_cast<std::size_t>(sections.back().text.data() - reading.data());
        sections.back().text = reading.substr(begin, start - begin);
      }
      sections.push_back({line.substr(head_mark.size()), reading.substr(start)});
    }
    start = end + 1;
  }
  return sections;
}

}  // namespace dsys::study
