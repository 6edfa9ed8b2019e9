// Makes the command line's view of a problem from its typed parts. Included by problem.cpp only.
#pragma once

#include "common/bridge/core.hpp"
#include "common/bridge/process_node.hpp"
#include "common/bridge/serve.hpp"
#include "common/problem/parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dsys::problem {

template <Protocol P>
Recording run_parts(const Parts<P>& parts, const RunRequest& request) {
  const auto scenario =
      std::find_if(parts.scenarios.begin(), parts.scenarios.end(),
                   [&](const sim::Scenario<P>& one) { return one.name == request.scenario; });
  DSYS_ASSERT(scenario != parts.scenarios.end());
  const sim::Implementation<P> implementation =
      request.program
          ? beside_given_parts<P>(parts, bridge::process_implementation<P>(request.program))
          : implementation_of(parts, request.flaw.value_or(""));
  const auto properties = properties_named<P>(
      parts.properties, request.properties.empty() ? scenario->properties : request.properties);
  trace::Recorder<P> recorder(request.record);
  check::EfficiencyMeter<P> meter(parts.mark_operation);
  std::vector<Observer<P>*> observers;
  if (request.record != trace::Detail::nothing) observers.push_back(&recorder);
  if (request.measures) observers.push_back(&meter);
  Recording recording;
  std::optional<bridge::OneCore> core;
  if (request.program) core.emplace();
  recording.result = parts.run(*scenario, implementation, properties, request.options, observers);
  recording.efficiency = meter.measured();
  recording.entries = recorder.take();
  return recording;
}

template <Protocol P>
ExplorationText text_of(const search::Exploration<P>& one) {
  return {.name = one.name,
          .title = one.title,
          .nodes = one.nodes,
          .properties = one.properties,
          .bounds = search::bounds_text(one.timers, one.faults, one.depth, one.symmetric),
          .opening = fmt::format("{}", fmt::join(one.opening, "; ")),
          .is_symmetric = !one.symmetric.empty()};
}

// Fills in everything that follows from the parts, which must live as long.
template <Protocol P>
Problem describe(Problem problem, const Parts<P>& parts) {
  for (const auto& one : parts.scenarios) {
    problem.scenarios.push_back({.id = one.id,
                                 .name = one.name,
                                 .title = one.title,
                                 .look_for = one.look_for,
                                 .nodes = one.nodes,
                                 .nodes_min = one.nodes_min,
                                 .nodes_max = one.nodes_max,
                                 .length = one.length,
                                 .script = {one.script.begin(), one.script.end()},
                                 .network = one.link.describe(),
                                 .properties = one.properties});
  }
  for (const auto& one : parts.flaws) {
    problem.flaws.push_back({.id = one.id,
                             .story = one.story,
                             .exposures = one.exposures,
                             .exploration = one.exploration,
                             .part = one.part});
  }
  for (const auto& one : parts.searches.explorations) {
    problem.explorations.push_back(text_of(one));
  }
  for (const auto& one : parts.properties) problem.properties.push_back(one.text);
  problem.reading = text_of(problem.files, "README.md");
  if (problem.protocol == nullptr) problem.protocol = bridge::types_of_protocol<P>;
  const auto* const shared = &parts;
  problem.run = [shared](const RunRequest& request) { return run_parts<P>(*shared, request); };
  problem.explore = [shared](const ExploreRequest& request) {
    return shared->searches.explore(*shared, request);
  };
  problem.retrace = [shared](const ExploreRequest& request, const std::vector<std::string>& steps) {
    return shared->searches.retrace(*shared, request, steps);
  };
  problem.serve = [shared](const FlawText* flaw, std::istream& input, std::ostream& output) {
    bridge::serve<P>(implementation_of(*shared, flaw == nullptr ? "" : flaw->id), input, output);
  };
  return problem;
}

}  // namespace dsys::problem
