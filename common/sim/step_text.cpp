#include "common/sim/step_text.hpp"

#include "common/sim/fault.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <sstream>
#include <vector>

namespace dsys::sim {
namespace {

std::size_t words_in(const Pattern& pattern) {
  return (pattern.node.empty() ? 0 : 1) + 1 + (pattern.type.empty() ? 0 : 1) +
         (pattern.peer.empty() ? 0 : 2) + pattern.conditions.size();
}

std::size_t words_in(const Trigger& trigger) {
  switch (trigger.kind) {
    case Trigger::Kind::at_once:
      return 0;
    case Trigger::Kind::at:
      return 1;
    case Trigger::Kind::after:
    case Trigger::Kind::event:
      return 2;
    case Trigger::Kind::when:
      return 1 + words_in(trigger.pattern);
  }
  return 0;
}

bool contains(std::span<const std::string> names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool names_any(const Trigger& trigger, std::span<const std::string> names) {
  return contains(names, trigger.pattern.node) || contains(names, trigger.pattern.peer);
}

}  // namespace

StepText halves_of(std::string_view step) {
  const std::size_t trigger_words = words_in(parse_step(step).trigger);
  StepText halves;
  std::istringstream words{std::string(step)};
  std::size_t count = 0;
  for (std::string word; words >> word; ++count) {
    std::string& half = count < trigger_words ? halves.trigger : halves.fault;
    half += (half.empty() ? "" : " ") + word;
  }
  return halves;
}

std::optional<std::string> without_nodes(std::string_view step, std::span<const std::string> gone) {
  const Step parsed = parse_step(step);
  const Fault& fault = parsed.fault;
  const bool names_gone = names_any(parsed.trigger, gone) || contains(gone, fault.node) ||
                          contains(gone, fault.link.from) || contains(gone, fault.link.to);
  if (names_gone) return std::nullopt;
  if (fault.kind != FaultKind::split) return std::string(step);
  std::vector<std::string> groups;
  for (std::vector<std::string> group : fault.groups) {
    std::erase_if(group, [&](const std::string& name) { return contains(gone, name); });
    if (!group.empty()) groups.push_back(fmt::format("{}", fmt::join(group, ",")));
  }
  if (groups.size() < 2) return std::nullopt;
  return StepText{.trigger = halves_of(step).trigger,
                  .fault = fmt::format("split {}", fmt::join(groups, "|"))}
      .joined();
}

bool is_fault(std::string_view step) {
  return parse_step(step).fault.kind != FaultKind::say;
}

}  // namespace dsys::sim
