// What a program can earn: groups of checks, each with points for properties that hold in
// scenarios.
#pragma once

#include "common/check/every_fault.hpp"

#include <string_view>
#include <vector>

namespace dsys::study {

// A scenario that is run once as it is, and again with each of these faults at each moment.
struct Drill {
  std::string_view scenario;
  std::vector<check::Mishap> mishaps = check::all_mishaps();
};

struct Check {
  unsigned points = 0;
  // Each must hold in every run of every scenario and drill of the check. One that must always hold
  // is judged in all other runs too; what breaks it where no check asks for it costs the first
  // check that names it.
  std::vector<std::string_view> properties;
  std::vector<std::string_view> scenarios;
  // Each must be seen in every scenario, in some run: whoever does nothing earns nothing. In drills
  // only if there are no scenarios.
  std::vector<std::string_view> witnesses;
  std::vector<Drill> drills{};
  // Explorations that are searched, for programs that can be put back into a state.
  std::vector<std::string_view> searches{};
};

struct Group {
  std::string_view id;    // A1
  std::string_view name;  // One leader per term
  std::vector<Check> checks;
  std::string_view hint;         // what it asks
  std::string_view second_hint;  // what to do
  std::string_view section;      // of the study reading: the start of its head
};

// From easy to hard; a ladder for the learner.
struct Stage {
  std::string_view title;  // what it is about
  std::vector<Group> groups;
};

// Where to look when a property is broken: in its own words, not the group's.
struct Hint {
  std::string_view property;
  std::string_view text;
};

struct Rubric {
  std::vector<Stage> stages;
  std::vector<Hint> hints;               // for each property that can be broken
  std::string_view efficiency_scenario;  // where messages and time an operation are counted
};

unsigned points_of(const Group& group);

}  // namespace dsys::study
