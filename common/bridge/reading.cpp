#include "common/bridge/reading.hpp"

#include "common/core/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>

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

std::size_t Reader::named_type(const Json& json, std::span<const Type* const> types,
                               std::string_view what) const {
  const Json* const type = find_member(json, "type");
  if (type == nullptr || !type->is_string()) {
    refuse(fmt::format("{}: an object with \"type\"", what), json);
  }
  const auto& name = type->get_ref<const std::string&>();
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (types[i]->name == name) return i;
    names.push_back(types[i]->name);
  }
  throw BadValue(fmt::format("{}: there is no type \"{}\"; the types are {}", what, name,
                             fmt::join(names, ", ")));
}

void Reader::read_tagged(const Json& json, const Type& type, void* value) {
  path_ = {{.name = type.name}};
  read_fields(json, type, value, "type");
  path_.clear();
}

void Reader::read_fields(const Json& json, const Type& structure, void* value,
                         std::string_view beside) {
  if (!json.is_object()) refuse("an object", json);
  std::size_t known = find_member(json, beside) == nullptr ? 0 : 1;
  for (const Field& field : structure.fields) {
    const Json* const member = find_member(json, field.name);
    if (member == nullptr) continue;  // it keeps its default
    ++known;
    path_.push_back({.name = field.name});
    read(*member, *field.type, part_of(value, field));
    path_.pop_back();
  }
  if (known != json.size()) refuse_unknown(json, structure, beside);
}

void Reader::read(const Json& json, const Type& type, void* value) {
  switch (type.kind) {
    case TypeKind::boolean:
      if (!json.is_boolean()) refuse("true or false", json);
      return put_number(type, value, json.get<bool>() ? 1 : 0);
    case TypeKind::whole:
      return read_whole(json, type, value);
    case TypeKind::text:
      if (!json.is_string()) refuse("a string", json);
      *static_cast<std::string*>(value) = json.get_ref<const std::string&>();
      return;
    case TypeKind::node:
      *static_cast<NodeId*>(value) = read_node(json);
      return;
    case TypeKind::duration:
      return read_whole(json, type_of_values<std::int64_t>(), value);
    case TypeKind::enumeration:
      return read_enumerator(json, type, value);
    case TypeKind::optional:
      type.clear(value);
      if (!json.is_null()) read(json, *type.element, type.add(value));
      return;
    case TypeKind::list:
      return read_list(json, type, value);
    case TypeKind::structure:
      return read_fields(json, type, value, {});
  }
}

void Reader::read_list(const Json& json, const Type& type, void* list) {
  if (!json.is_array()) refuse("a list", json);
  type.clear(list);
  for (const Json& element : json) {
    path_.push_back({.name = {}, .index = type.count(list)});
    read(element, *type.element, type.add(list));
    path_.pop_back();
  }
}

// The limits of a number of so many bytes.
void Reader::read_whole(const Json& json, const Type& type, void* value) const {
  const auto unused_bits = static_cast<unsigned>(64 - 8 * type.size);
  const std::int64_t low = type.is_signed ? INT64_MIN >> unused_bits : 0;
  const std::uint64_t high = type.is_signed ? static_cast<std::uint64_t>(INT64_MAX) >> unused_bits
                                            : UINT64_MAX >> unused_bits;
  if (json.is_number_unsigned()) {
    const auto number = json.get<std::uint64_t>();
    if (number <= high) return put_number(type, value, number);
  } else if (json.is_number_integer()) {
    const auto number = json.get<std::int64_t>();
    const bool fits = number >= low && (number < 0 || static_cast<std::uint64_t>(number) <= high);
    if (fits) return put_number(type, value, static_cast<std::uint64_t>(number));
  }
  refuse(fmt::format("a whole number from {} to {}", low, high), json);
}

void Reader::read_enumerator(const Json& json, const Type& type, void* value) const {
  std::vector<std::string_view> names;
  for (const Enumerator& one : type.enumerators) {
    if (json.is_string() && json.get_ref<const std::string&>() == one.name) {
      return put_number(type, value, static_cast<std::uint64_t>(one.value));
    }
    names.push_back(one.name);
  }
  refuse(fmt::format("one of {}", fmt::join(names, ", ")), json);
}

NodeId Reader::read_node(const Json& json) const {
  const auto node = json.is_string() ? parse_node_id(json.get_ref<const std::string&>())
                                     : std::optional<NodeId>();
  const bool is_nobody = json.is_string() && json.get_ref<const std::string&>() == "-";
  if (!node && !is_nobody) refuse("the name of a node, such as \"n1\"", json);
  return node.value_or(NodeId{});
}

void Reader::refuse_unknown(const Json& json, const Type& structure,
                            std::string_view beside) const {
  std::vector<std::string_view> fields;
  for (const Field& field : structure.fields) fields.push_back(field.name);
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
