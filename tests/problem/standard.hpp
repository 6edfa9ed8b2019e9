// A problem as its tests see it, and what is asked of every problem: its flaws break what they are
// said to break, and the reference breaks nothing.
#pragma once

#include "common/check/flaw.hpp"
#include "common/check/run.hpp"
#include "common/problem/parts.hpp"
#include "common/study/rubric.hpp"
#include "common/trace/trace.hpp"
#include "tests/sanitized.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace dsys {

// Parts of a problem before its tests. The functions find what they need, or fail the test.
template <Protocol P>
const sim::Scenario<P>& scenario_named(const problem::Parts<P>& parts, std::string_view name) {
  const auto found = std::find_if(parts.scenarios.begin(), parts.scenarios.end(),
                                  [&](const sim::Scenario<P>& one) { return one.name == name; });
  REQUIRE(found != parts.scenarios.end());
  return *found;
}

// Of the reference, with what the scenario judges.
template <Protocol P>
check::RunResult run_of(const problem::Parts<P>& parts, const sim::Scenario<P>& one,
                        const check::RunOptions& options,
                        const std::vector<Observer<P>*>& observers = {}) {
  return parts.run(one, parts.reference,
                   problem::properties_named<P>(parts.properties, one.properties), options,
                   observers);
}

template <Protocol P>
bool breaks(const problem::Parts<P>& parts, const check::Exposure& exposure,
            const sim::Implementation<P>& nodes) {
  return parts
      .run(scenario_named(parts, exposure.scenario), nodes,
           problem::properties_named<P>(parts.properties, {exposure.property}),
           {.seed = exposure.seed})
      .any_broken();
}

// Every sentence of the story of a run of the reference.
template <Protocol P>
std::string story_of(const problem::Parts<P>& parts, const sim::Scenario<P>& one) {
  trace::Recorder<P> recorder(trace::Detail::story);
  (void)parts.run(one, parts.reference, {}, {.seed = 1}, {&recorder});
  std::string story;
  for (const trace::Entry& entry : recorder.take()) story += entry.fields + "\n";
  return story;
}

// The first words of the lines of a file; none if there is no file. # begins a remark.
inline std::set<std::string> first_words(const std::string& path) {
  std::set<std::string> words;
  std::ifstream file(path);
  for (std::string word, rest; file >> word; std::getline(file, rest)) {
    if (word.front() != '#') words.insert(word);
  }
  return words;
}

inline void check_holds(const check::RunResult& result) {
  for (const check::Verdict& verdict : result.verdicts) {
    CAPTURE(std::string(verdict.text.id));
    CAPTURE(verdict.reason);
    CHECK_FALSE(verdict.is_broken());
  }
}

template <Protocol P>
void check_exposures(const problem::Parts<P>& parts) {
  for (const check::Flaw<P>& flaw : parts.flaws) {
    REQUIRE_FALSE(flaw.exposures.empty());
    for (const check::Exposure& exposure : flaw.exposures) {
      CAPTURE(std::string(flaw.id));
      CAPTURE(std::string(exposure.property));
      CHECK(breaks(parts, exposure, flaw.implementation));
      CHECK_FALSE(breaks(parts, exposure, parts.reference));
    }
  }
}

// What `break` shows is no accident of one seed: three of the next nine show it too.
template <Protocol P>
void check_other_seeds(const problem::Parts<P>& parts) {
  constexpr int enough = 3;
  for (const check::Flaw<P>& flaw : parts.flaws) {
    CAPTURE(std::string(flaw.id));
    check::Exposure exposure = flaw.exposures.front();
    int broken = 0;
    for (exposure.seed = 2; exposure.seed <= 10 && broken < enough; ++exposure.seed) {
      broken += breaks(parts, exposure, flaw.implementation) ? 1 : 0;
    }
    CHECK(broken == enough);
  }
}

// No property but the witnesses is idle: under the first seed some flaw breaks it in some scenario.
// A run that could break nothing new is left out. `excepted` has those that no flaw breaks, and
// why.
template <Protocol P>
void check_every_property_is_broken(const problem::Parts<P>& parts,
                                    const std::set<std::string>& excepted) {
  std::set<std::string_view> unbroken;
  for (const check::Property<P>& property : parts.properties) {
    const bool is_witness = property.text.kind == check::PropertyKind::sometimes;
    const bool is_excepted = excepted.contains(std::string(property.text.id));
    if (!is_witness && !is_excepted) unbroken.insert(property.text.id);
  }
  for (const check::Flaw<P>& flaw : parts.flaws) {
    for (const sim::Scenario<P>& scenario : parts.scenarios) {
      const bool tells_more = std::any_of(scenario.properties.begin(), scenario.properties.end(),
                                          [&](auto id) { return unbroken.contains(id); });
      if (!tells_more) continue;
      const auto result = parts.run(
          scenario, flaw.implementation,
          problem::properties_named<P>(parts.properties, scenario.properties), {.seed = 1});
      for (const check::Verdict& verdict : result.verdicts) {
        if (verdict.is_broken()) unbroken.erase(verdict.text.id);
      }
    }
  }
  for (const check::Property<P>& property : parts.properties) {
    CAPTURE(std::string(property.text.id));
    CHECK_FALSE(unbroken.contains(property.text.id));
  }
}

// A copy of the reference with many changes would be no lesson.
template <Protocol P>
void check_replacements(const problem::Parts<P>& parts) {
  std::set<std::string_view> ids;
  for (const check::Flaw<P>& flaw : parts.flaws) {
    CAPTURE(std::string(flaw.id));
    CHECK(ids.insert(flaw.id).second);
    CHECK(flaw.replaced == flaw.decisions);
  }
}

template <Protocol P>
void check_every_property_is_judged(const problem::Parts<P>& parts, const study::Rubric& rubric) {
  std::set<std::string_view> judged;
  for (const study::Stage& stage : rubric.stages) {
    for (const study::Group& group : stage.groups) {
      for (const study::Check& one : group.checks) {
        judged.insert(one.witnesses.begin(), one.witnesses.end());
      }
    }
  }
  for (const sim::Scenario<P>& scenario : parts.scenarios) {
    const std::set<std::string_view> once(scenario.properties.begin(), scenario.properties.end());
    CAPTURE(std::string(scenario.name));
    CHECK(once.size() == scenario.properties.size());
    judged.insert(once.begin(), once.end());
  }
  for (const check::Property<P>& property : parts.properties) {
    CAPTURE(std::string(property.text.id));
    CHECK(judged.contains(property.text.id));
  }
}

// Whoever breaks a property gets a hint about it, in words that no other has.
template <Protocol P>
void check_every_property_has_a_hint(const problem::Parts<P>& parts, const study::Rubric& rubric) {
  std::map<std::string_view, std::string_view> hints;
  std::set<std::string_view> texts;
  for (const study::Hint& one : rubric.hints) {
    CAPTURE(std::string(one.property));
    CHECK(hints.emplace(one.property, one.text).second);
    CHECK(texts.insert(one.text).second);
  }
  for (const check::Property<P>& property : parts.properties) {
    CAPTURE(std::string(property.text.id));
    const bool can_be_broken = property.text.kind != check::PropertyKind::sometimes;
    CHECK(hints.contains(property.text.id) == can_be_broken);
  }
}

template <Protocol P>
void check_exposures_are_judged(const problem::Parts<P>& parts) {
  for (const check::Flaw<P>& flaw : parts.flaws) {
    for (const check::Exposure& exposure : flaw.exposures) {
      CAPTURE(std::string(flaw.id));
      CAPTURE(std::string(exposure.property));
      const auto& judged = scenario_named(parts, exposure.scenario).properties;
      CHECK(std::find(judged.begin(), judged.end(), exposure.property) != judged.end());
    }
  }
}

// Over so many seeds the reference breaks nothing; where the sanitizers watch, over a few, and as
// many more as it takes to see every witness.
template <Protocol P>
void check_every_scenario(const problem::Parts<P>& parts, std::uint64_t seeds) {
  const std::uint64_t least = is_sanitized ? 3 : seeds;
  for (const sim::Scenario<P>& scenario : parts.scenarios) {
    CAPTURE(std::string(scenario.name));
    std::set<std::string_view> unseen;
    for (const check::Property<P>& one :
         problem::properties_named<P>(parts.properties, scenario.properties)) {
      if (one.text.kind == check::PropertyKind::sometimes) unseen.insert(one.text.id);
    }
    for (std::uint64_t seed = 1; seed <= seeds && (seed <= least || !unseen.empty()); ++seed) {
      CAPTURE(seed);
      const auto result = run_of(parts, scenario, {.seed = seed});
      check_holds(result);
      for (const check::Verdict& verdict : result.verdicts) {
        if (verdict.outcome == check::Verdict::Outcome::seen) unseen.erase(verdict.text.id);
      }
    }
    for (const std::string_view id : unseen) FAIL_CHECK("not seen: " << std::string(id));
  }
}

// No step of a script waits for something that never happens with the reference.
template <Protocol P>
void check_scripts_end(const problem::Parts<P>& parts) {
  for (const sim::Scenario<P>& scenario : parts.scenarios) {
    if (scenario.script.empty()) continue;
    CAPTURE(std::string(scenario.name));
    sim::Scenario<P> marked = scenario;
    marked.script.emplace_back("say the script has ended");
    CHECK(story_of(parts, marked).find("the script has ended") != std::string::npos);
  }
}

template <Protocol P>
void check_node_counts(const problem::Parts<P>& parts, const std::vector<unsigned>& counts) {
  for (const sim::Scenario<P>& scenario : parts.scenarios) {
    for (const unsigned nodes : counts) {
      if (nodes < scenario.nodes_min || nodes > scenario.nodes_max) continue;
      CAPTURE(std::string(scenario.name));
      CAPTURE(nodes);
      check_holds(run_of(parts, scenario, {.seed = 5, .nodes = nodes}));
    }
  }
}

}  // namespace dsys
