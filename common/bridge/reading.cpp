#include "common/bridge/reading.hpp"

#include "common/core/error.hpp"

#include <algorithm>

namespace dsys::bridge {

Json parse_line(std::string_view line) {
  try {
    return Json::parse(line);
  } catch (const Json::parse_error& error) {
    throw BadValue(fmt::format("is not JSON from character {} on: {}", error.byte,
                               in_quotes(line.empty() ? "" : line)));
  }
}

const Json* find_member(const Json& object, std::string_view name) {
  if (!object.is_object()) return nullptr;
  const auto member = object.find(name);
  return member == object.end() ? nullptr : &*member;
}

std::string shown(const Json& value) {
  return in_quotes(value.dump(-1, ' ', false, Json::error_handler_t::replace));
}

NodeId Reader::read_node(const Json& json) const {
  const auto node = json.is_string() ? parse_node_id(json.get_ref<const std::string&>())
                                     : std::optional<NodeId>();
  const bool is_nobody = json.is_string() && json.get_ref<const std::string&>() == "-";
  if (!node && !is_nobody) refuse("the name of a node, such as \"n1\"", json);
  return node.value_or(NodeId{});
}

void Reader::enter(Step step) {
  path_.push_back(step);
}

void Reader::leave() {
  path_.pop_back();
}

void Reader::refuse_unknown(const Json& json, const std::vector<std::string_view>& fields,
                            std::string_view beside) const {
  std::string unknown = "?";
  for (const auto& item : json.items()) {
    if (item.key() == beside || std::count(fields.begin(), fields.end(), item.key()) > 0) continue;
    unknown = item.key();
    break;
  }
  throw BadValue(fmt::format(
      "{} has no field {}; {}", place(), in_quotes(unknown),
      fields.empty() ? "it has none" : fmt::format("it has {}", fmt::join(fields, ", "))));
}

std::string Reader::place() const {
  std::string text;
  for (const Step& step : path_) {
    if (step.name.empty()) {
      text += fmt::format("[{}]", step.index);
    } else {
      text.append(text.empty() ? "" : ".").append(step.name);
    }
  }
  return text.empty() ? "it" : text;
}

void Reader::refuse(std::string_view right, const Json& found) const {
  throw BadValue(fmt::format("{} must be {}, not {}", place(), right, shown(found)));
}

}  // namespace dsys::bridge
