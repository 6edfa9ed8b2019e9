// A flaw as its problem tells it, to be joined with what stands behind it. Included by flaws.cpp
// only.
#pragma once

#include "common/check/flaw.hpp"
#include "common/core/assert.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace dsys::check {

struct FlawStory {
  std::string_view flaw;            // raft.commit-old-term
  std::string_view story;           // what it does wrong, in one line
  std::vector<Exposure> exposures;  // the first is the one that `break` shows
  std::string_view exploration{};   // none: it takes more than the searches try, clocks, or lacks
                                    // progress
  std::string_view part{};          // what is flawed; none: nodes under test
};

// In the order of the stories. Each has one replacement of the same name (`Replacement::flaw`), of
// which `implementation_of` makes the nodes.
template <Protocol P, typename Replacement, typename Make>
std::vector<Flaw<P>> told_flaws(const std::vector<FlawStory>& stories,
                                const std::vector<Replacement>& replacements,
                                Make&& implementation_of) {
  std::vector<Flaw<P>> flaws;
  flaws.reserve(stories.size());
  for (const FlawStory& story : stories) {
    const auto replacement =
        std::find_if(replacements.begin(), replacements.end(),
                     [&](const Replacement& one) { return one.flaw == story.flaw; });
    DSYS_ASSERT(replacement != replacements.end());
    flaws.push_back({.id = story.flaw,
                     .story = story.story,
                     .exposures = story.exposures,
                     .exploration = story.exploration,
                     .part = story.part,
                     .implementation = implementation_of(*replacement)});
  }
  return flaws;
}

}  // namespace dsys::check
