// Steps of a script as text that can be taken apart, for whoever makes a script smaller. All of
// these throw UsageError for what is no step, like parse_step.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace dsys::sim {

// A step in two: "when n1 emits BecameLeader" and "crash n1". Without a trigger it strikes at once.
struct StepText {
  std::string trigger;
  std::string fault;

  std::string joined() const { return trigger.empty() ? fault : trigger + " " + fault; }
};

StepText halves_of(std::string_view step);

// What is left of a step in a world that lacks these nodes: a split goes on without their names;
// any other step that names one is gone.
std::optional<std::string> without_nodes(std::string_view step, std::span<const std::string> gone);

// Whether it is a fault: a `say` only tells something to the reader.
bool is_fault(std::string_view step);

}  // namespace dsys::sim
