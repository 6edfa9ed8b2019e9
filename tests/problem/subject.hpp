// A problem as its tests see it, and what is asked of every problem: its flaws break what they are
// said to break, and the reference breaks nothing.
#pragma once

#include "common/check/flaw.hpp"
#include "common/check/run.hpp"
#include "common/cli/parts.hpp"
#include "common/trace/trace.hpp"

#include <doctest/doctest.h>
#include <boost/describe.hpp>
#include <boost/mp11.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace dsys {

template <Protocol P>
struct Subject {
  std::vector<sim::Scenario<P>> scenarios;
  std::vector<check::Property<P>> properties;
  std::vector<check::Flaw<P>> flaws;
  sim::Implementation<P> reference;

  const sim::Scenario<P>& scenario(std::string_view name) const {
    const auto found = std::find_if(scenarios.begin(), scenarios.end(),
                                    [&](const sim::Scenario<P>& one) { return one.name == name; });
    REQUIRE(found != scenarios.end());
    return *found;
  }

  check::RunResult run(const sim::Scenario<P>& one, const check::RunOptions& options,
                       const std::vector<Observer<P>*>& observers = {}) const {
    return check::run<P>(one, reference, cli::properties_named<P>(properties, one.properties),
                         options, observers);
  }

  bool breaks(const check::Exposure& exposure, const sim::Implementation<P>& nodes) const {
    return check::run<P>(scenario(exposure.scenario), nodes,
                         cli::properties_named<P>(properties, {exposure.property}),
                         {.seed = exposure.seed})
        .any_broken();
  }

  // Every sentence of the story of a run of the reference.
  std::string story_of(const sim::Scenario<P>& one) const {
    trace::Recorder<P> recorder(trace::Detail::story);
    (void)check::run<P>(one, reference, {}, {.seed = 1}, {&recorder});
    std::string story;
    for (const trace::Entry& entry : recorder.take()) story += entry.fields + "\n";
    return story;
  }
};

inline void check_holds(const check::RunResult& result) {
  for (const check::Verdict& verdict : result.verdicts) {
    CAPTURE(std::string(verdict.text.id));
    CAPTURE(verdict.reason);
    CHECK_FALSE(verdict.is_broken());
  }
}

template <Protocol P>
void check_exposures(const Subject<P>& subject) {
  for (const check::Flaw<P>& flaw : subject.flaws) {
    REQUIRE_FALSE(flaw.exposures.empty());
    for (const check::Exposure& exposure : flaw.exposures) {
      CAPTURE(std::string(flaw.id));
      CAPTURE(std::string(exposure.property));
      CHECK(subject.breaks(exposure, flaw.implementation));
      CHECK_FALSE(subject.breaks(exposure, subject.reference));
    }
  }
}

// What `break` shows is no accident of one seed.
template <Protocol P>
void check_other_seeds(const Subject<P>& subject) {
  for (const check::Flaw<P>& flaw : subject.flaws) {
    for (std::uint64_t seed = 2; seed <= 4; ++seed) {
      CAPTURE(std::string(flaw.id));
      CAPTURE(seed);
      check::Exposure exposure = flaw.exposures.front();
      exposure.seed = seed;
      CHECK(subject.breaks(exposure, flaw.implementation));
    }
  }
}

// No property but the witnesses is idle: under the first seed some flaw breaks it in some scenario.
// A run that could break nothing new is left out.
template <Protocol P>
void check_every_property_is_broken(const Subject<P>& subject) {
  std::set<std::string_view> unbroken;
  for (const check::Property<P>& property : subject.properties) {
    const bool is_witness = property.text.kind == check::PropertyKind::sometimes;
    if (!is_witness) unbroken.insert(property.text.id);
  }
  for (const check::Flaw<P>& flaw : subject.flaws) {
    for (const sim::Scenario<P>& scenario : subject.scenarios) {
      const bool tells_more = std::any_of(scenario.properties.begin(), scenario.properties.end(),
                                          [&](auto id) { return unbroken.contains(id); });
      if (!tells_more) continue;
      const auto result = check::run<P>(
          scenario, flaw.implementation,
          cli::properties_named<P>(subject.properties, scenario.properties), {.seed = 1});
      for (const check::Verdict& verdict : result.verdicts) {
        if (verdict.is_broken()) unbroken.erase(verdict.text.id);
      }
    }
  }
  for (const check::Property<P>& property : subject.properties) {
    CAPTURE(std::string(property.text.id));
    CHECK_FALSE(unbroken.contains(property.text.id));
  }
}

template <Protocol P>
void check_flaw_names(const Subject<P>& subject, const std::set<std::string_view>& expected) {
  std::set<std::string_view> present;
  for (const check::Flaw<P>& flaw : subject.flaws) present.insert(flaw.id);
  CHECK(present == expected);
}

template <Protocol P>
void check_every_scenario(const Subject<P>& subject, std::uint64_t seeds) {
  for (const sim::Scenario<P>& scenario : subject.scenarios) {
    CAPTURE(std::string(scenario.name));
    std::map<std::string, int> seen;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
      CAPTURE(seed);
      const auto result = subject.run(scenario, {.seed = seed});
      check_holds(result);
      for (const check::Verdict& verdict : result.verdicts) {
        if (verdict.text.kind != check::PropertyKind::sometimes) continue;
        seen[std::string(verdict.text.id)] +=
            verdict.outcome == check::Verdict::Outcome::seen ? 1 : 0;
      }
    }
    for (const auto& witness : seen) {
      CAPTURE(witness.first);
      CHECK(witness.second > 0);
    }
  }
}

// No step of a script waits for something that never happens with the reference.
template <Protocol P>
void check_scripts_end(const Subject<P>& subject) {
  for (const sim::Scenario<P>& scenario : subject.scenarios) {
    if (scenario.script.empty()) continue;
    CAPTURE(std::string(scenario.name));
    sim::Scenario<P> marked = scenario;
    marked.script.emplace_back("say the script has ended");
    CHECK(subject.story_of(marked).find("the script has ended") != std::string::npos);
  }
}

template <Protocol P>
void check_node_counts(const Subject<P>& subject, const std::vector<unsigned>& counts) {
  for (const sim::Scenario<P>& scenario : subject.scenarios) {
    for (const unsigned nodes : counts) {
      if (nodes < scenario.nodes_min || nodes > scenario.nodes_max) continue;
      CAPTURE(std::string(scenario.name));
      CAPTURE(nodes);
      check_holds(subject.run(scenario, {.seed = 5, .nodes = nodes}));
    }
  }
}

// How many of the rules differ from the reference's. A name among them is none.
template <typename Rules>
int swapped_rules(const Rules& rules, const Rules& reference) {
  int swapped = 0;
  boost::mp11::mp_for_each<boost::describe::describe_members<Rules, boost::describe::mod_public>>(
      [&](auto member) {
        using Field = std::decay_t<decltype(rules.*member.pointer)>;
        if constexpr (!std::is_same_v<Field, std::string_view>) {
          swapped += rules.*member.pointer != reference.*member.pointer ? 1 : 0;
        }
      });
  return swapped;
}

}  // namespace dsys
