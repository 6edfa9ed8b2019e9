// Makes the command line's view of a problem from its typed parts. Included by problem.cpp only.
#pragma once

#include "common/cli/problem.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace dsys::cli {

template <Protocol P>
struct Parts {
  std::vector<sim::Scenario<P>> scenarios;
  std::vector<check::Property<P>> properties;
  std::vector<check::Flaw<P>> flaws;
  sim::Implementation<P> reference;
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

template <Protocol P>
Recording run_parts(const Parts<P>& parts, const RunRequest& request) {
  const auto scenario =
      std::find_if(parts.scenarios.begin(), parts.scenarios.end(),
                   [&](const sim::Scenario<P>& one) { return one.name == request.scenario; });
  DSYS_ASSERT(scenario != parts.scenarios.end());
  sim::Implementation<P> implementation = parts.reference;
  if (request.flaw) {
    const auto flaw =
        std::find_if(parts.flaws.begin(), parts.flaws.end(),
                     [&](const check::Flaw<P>& one) { return one.id == *request.flaw; });
    DSYS_ASSERT(flaw != parts.flaws.end());
    implementation = flaw->implementation;
  }
  const auto properties = properties_named<P>(
      parts.properties, request.properties.empty() ? scenario->properties : request.properties);
  trace::Recorder<P> recorder(request.record);
  const bool is_recorded = request.record != trace::Detail::nothing;
  Recording recording;
  recording.result = check::run<P>(*scenario, implementation, properties, request.options,
                                   is_recorded ? &recorder : nullptr);
  recording.entries = recorder.take();
  return recording;
}

// Fills in everything that follows from the parts.
template <Protocol P>
Problem describe(Problem problem, Parts<P> parts) {
  for (const auto& one : parts.scenarios) {
    problem.scenarios.push_back({.id = one.id,
                                 .name = one.name,
                                 .title = one.title,
                                 .look_for = one.look_for,
                                 .nodes = one.nodes,
                                 .nodes_min = one.nodes_min,
                                 .nodes_max = one.nodes_max,
                                 .network = one.link.describe()});
  }
  for (const auto& one : parts.flaws) {
    problem.flaws.push_back({.id = one.id, .story = one.story, .exposures = one.exposures});
  }
  for (const auto& one : parts.properties) problem.properties.push_back(one.text);
  problem.run = [parts = std::move(parts)](const RunRequest& request) {
    return run_parts<P>(parts, request);
  };
  return problem;
}

}  // namespace dsys::cli
