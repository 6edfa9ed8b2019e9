#include "common/bridge/wire.hpp"

namespace dsys::bridge {

std::string init_line(const Introduction& introduction) {
  std::string names;
  for (const NodeId node : introduction.nodes) {
    names += fmt::format("{}\"{}\"", names.empty() ? "" : ",", node);
  }
  return fmt::format(
      R"({{"event":"init","self":"{}","nodes":[{}],"role":{},"config":{},"wall_ns":{},"seed":{}}})",
      introduction.self, names, json_quoted(introduction.role), introduction.config,
      introduction.wall_clock.time_since_epoch().count(), introduction.seed);
}

std::string event_head(std::string_view event, Time now, WallTime wall_clock) {
  return fmt::format(R"({{"event":"{}","now_ns":{},"wall_ns":{})", event, now.count(),
                     wall_clock.time_since_epoch().count());
}

const Json& effects_in(const Json& answer) {
  const auto effects = answer.is_object() ? answer.find("effects") : answer.end();
  if (!answer.is_object() || effects == answer.end() || !effects->is_array()) {
    throw BadValue("must be an object with a list \"effects\", not " + shown(answer));
  }
  if (effects->size() > effects_max) {
    throw BadValue(fmt::format("has {} effects; {} is the most", effects->size(), effects_max));
  }
  return *effects;
}

const Json& member_of(const Json& object, std::string_view name, std::string_view what) {
  const auto member = object.is_object() ? object.find(name) : object.end();
  if (!object.is_object() || member == object.end()) {
    throw BadValue(
        fmt::format("{} must be an object with \"{}\", not {}", what, name, shown(object)));
  }
  return *member;
}

NodeId read_receiver(const Json& send) {
  const Json& to = member_of(send, "to", "send");
  const auto node =
      to.is_string() ? parse_node_id(to.get_ref<const std::string&>()) : std::optional<NodeId>();
  if (!node) {
    throw BadValue(
        fmt::format("send.to must be the name of a node, such as \"n1\", not {}", shown(to)));
  }
  return *node;
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
