#include "common/bridge/wire.hpp"

#include <cstdint>
#include <optional>

namespace dsys::bridge {

std::string init_line(const Introduction& introduction) {
  std::string names;
  for (const NodeId node : introduction.nodes) {
    names += fmt::format("{}\"{}\"", names.empty() ? "" : ",", node);
  }
  return fmt::format(
      R"({{"event":"init","self":"{}","nodes":[{}],"role":{},"config":{},"wall_ns":{},"seed":{}{}}})",
      introduction.self, names, json_quoted(introduction.role), introduction.config,
      introduction.wall_clock.time_since_epoch().count(), introduction.seed,
      introduction.wants_state ? R"(,"wants_state":true)" : "");
}

std::string event_head(std::string_view event, Time now, WallTime wall_clock) {
  return fmt::format(R"({{"event":"{}","now_ns":{},"wall_ns":{})", event, now.count(),
                     wall_clock.time_since_epoch().count());
}

std::string with_state(std::string line, std::string_view state) {
  line.back() = ',';  // instead of the bracket that closes it
  return line.append(R"("state":)").append(state) + '}';
}

const Json& effects_in(const Json& answer) {
  const Json* const effects = find_member(answer, "effects");
  if (effects == nullptr || !effects->is_array()) {
    throw BadValue("must be an object with a list \"effects\", not " + shown(answer));
  }
  if (effects->size() > effects_max) {
    throw BadValue(fmt::format("has {} effects; {} is the most", effects->size(), effects_max));
  }
  return *effects;
}

const Json& member_of(const Json& object, std::string_view name, std::string_view what) {
  const Json* const member = find_member(object, name);
  if (member == nullptr) {
    throw BadValue(
        fmt::format("{} must be an object with \"{}\", not {}", what, name, shown(object)));
  }
  return *member;
}

NodeId node_in(const Json& object, std::string_view name, std::string_view what) {
  const Json& value = member_of(object, name, what);
  const auto node = value.is_string() ? parse_node_id(value.get_ref<const std::string&>())
                                      : std::optional<NodeId>();
  if (node) return *node;
  throw BadValue(fmt::format("{}.{} must be the name of a node, such as \"n1\", not {}", what, name,
                             shown(value)));
}

Duration read_after(const Json& set_timer) {
  const Json& after = member_of(set_timer, "after_ns", "set_timer");
  constexpr std::int64_t longest = Duration(24h * 365).count();
  const bool is_whole = after.is_number_integer();
  const auto nanoseconds = is_whole ? after.get<std::int64_t>() : -1;
  if (nanoseconds < 0 || nanoseconds > longest) {
    throw BadValue(
        fmt::format("set_timer.after_ns must be a whole number of nanoseconds from 0 to {}, not {}",
                    longest, shown(after)));
  }
  return Duration(nanoseconds);
}

}  // namespace dsys::bridge
