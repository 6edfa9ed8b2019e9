// The typed parts of a problem, from which its description for the command line is made.
#pragma once

#include "common/check/run.hpp"
#include "common/core/assert.hpp"
#include "common/problem/problem.hpp"
#include "common/search/exploration.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// What each problem has, said in its parts.hpp for whoever needs it: its types by short names, and
// its parts, each with the place where it is defined. A problem without searches defines neither
// explorations nor searches.
#define DSYS_PROBLEM_PARTS(Protocol)                                                      \
  using Event = dsys::Event<Protocol>;                                                    \
  using Implementation = sim::Implementation<Protocol>;                                   \
  using Property = check::Property<Protocol>;                                             \
  using Scenario = sim::Scenario<Protocol>;                                               \
  using Exploration = search::Exploration<Protocol>;                                      \
  using Flaw = check::Flaw<Protocol>;                                                     \
                                                                                          \
  Implementation reference();              /* flaws.cpp, beside what differs from it */   \
  std::vector<Flaw> flaws();               /* flaws.cpp */                                \
  std::vector<Property> properties();      /* properties/, in the order of their ids */   \
  std::vector<Scenario> scenarios();       /* scenarios/, in the order of their ids */    \
  std::vector<Exploration> explorations(); /* scenarios/explorations.cpp */               \
  problem::Searches<Protocol> searches();  /* through them; the build writes it */        \
  study::Rubric rubric();                  /* grading.cpp */                              \
  const problem::Parts<Protocol>& parts(); /* problem.cpp: all of these */                \
  const problem::Problem& problem();       /* problem.cpp: as the command line sees it */ \
  extern const std::span<const EmbeddedFile> embedded_files; /* its texts and starter files */

namespace dsys::problem {

template <Protocol P>
struct Parts;

// The explorations of a problem, and how to search them: by `explore_parts` and `retrace_parts` of
// common/problem/explore.hpp, which only searches.cpp includes, since the explorer is long to
// compile.
template <Protocol P>
struct Searches {
  std::vector<search::Exploration<P>> explorations;
  Explored (*explore)(const Parts<P>& parts, const ExploreRequest& request) = nullptr;
  Path (*retrace)(const Parts<P>& parts, ExploreRequest request,
                  const std::vector<std::string>& steps) = nullptr;
};

template <Protocol P>
struct Parts {
  std::vector<sim::Scenario<P>> scenarios;
  std::vector<check::Property<P>> properties;
  std::vector<check::Flaw<P>> flaws;
  Searches<P> searches{};
  sim::Implementation<P> reference;
  check::MarkOperation<P> mark_operation = nullptr;
  // Compiled once, where the parts are put together: in problem.cpp.
  check::Run<P>* runner = check::run<P>;

  check::RunResult run(const sim::Scenario<P>& scenario, const sim::Implementation<P>& nodes,
                       const std::vector<check::Property<P>>& judged,
                       const check::RunOptions& options,
                       const std::vector<Observer<P>*>& observers = {}) const {
    return runner(scenario, nodes, judged, options, observers);
  }
};

template <Protocol P>
std::vector<check::Property<P>> properties_named(const std::vector<check::Property<P>>& all,
                                                 const std::vector<std::string_view>& ids) {
  std::vector<check::Property<P>> named;
  for (const std::string_view id : ids) {
    const auto found = std::find_if(
        all.begin(), all.end(), [&](const check::Property<P>& one) { return one.text.id == id; });
    DSYS_ASSERT(found != all.end());
    named.push_back(*found);
  }
  return named;
}

// The flaw's implementation; the reference's if the name is empty.
template <Protocol P>
sim::Implementation<P> implementation_of(const Parts<P>& parts, std::string_view flaw) {
  if (flaw.empty()) return parts.reference;
  const auto found = std::find_if(parts.flaws.begin(), parts.flaws.end(),
                                  [&](const check::Flaw<P>& one) { return one.id == flaw; });
  DSYS_ASSERT(found != parts.flaws.end());
  return found->implementation;
}

// A program plays the nodes under test. What a problem gives beside them, such as a store, stays
// the reference's.
template <Protocol P>
sim::Implementation<P> beside_given_parts(const Parts<P>& parts, sim::Implementation<P> program) {
  return [given = parts.reference, program = std::move(program)](NodeId self,
                                                                 const typename P::Config& config) {
    return is_under_test(self) ? program(self, config) : given(self, config);
  };
}

}  // namespace dsys::problem
