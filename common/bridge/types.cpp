#include "common/bridge/types.hpp"

#include "common/core/assert.hpp"
#include "common/trace/value_text.hpp"

#include <algorithm>
#include <utility>

namespace dsys::bridge {
namespace {

std::string json_of(const Type& type, const void* address) {
  std::string text;
  append_json(text, {&type, address});
  return text;
}

// The structs within a type, each once, those without structs of their own first.
void gather_values(const Type& type, std::vector<NamedType>& values);

NamedType named_type(const Type& structure, std::vector<NamedType>& values) {
  NamedType named{.name = std::string(structure.name), .fields = {}};
  for (const Field& field : structure.fields) {
    gather_values(*field.type, values);
    std::string standard = json_of(*field.type, part_of(structure.standard, field));
    // Another language has one set of defaults for each type.
    const bool is_struct = field.type->kind == TypeKind::structure;
    DSYS_ASSERT(!is_struct || standard == json_of(*field.type, field.type->standard));
    named.fields.push_back({std::string(field.name), field.type, std::move(standard)});
  }
  return named;
}

void gather_values(const Type& type, std::vector<NamedType>& values) {
  if (type.element != nullptr) return gather_values(*type.element, values);
  if (type.kind != TypeKind::structure) return;
  const bool known = std::any_of(values.begin(), values.end(),
                                 [&](const NamedType& one) { return one.name == type.name; });
  if (known) return;
  NamedType named = named_type(type, values);
  values.push_back(std::move(named));
}

void gather_enumerations(const Type& type, std::vector<const Type*>& found) {
  if (type.element != nullptr) return gather_enumerations(*type.element, found);
  if (type.kind != TypeKind::enumeration) return;
  if (std::find(found.begin(), found.end(), &type) == found.end()) found.push_back(&type);
}

std::string enumerators_text(const Type& type) {
  std::string text;
  for (const Enumerator& one : type.enumerators) {
    text.append(text.empty() ? "" : " | ").append(json_quoted(one.name));
  }
  return text;
}

}  // namespace

std::string text_of(const Type& type) {
  switch (type.kind) {
    case TypeKind::boolean:
      return "true or false";
    case TypeKind::whole:
      return type.is_signed ? "whole number" : "whole number from 0";
    case TypeKind::duration:
      return "nanoseconds";
    case TypeKind::text:
      return "string";
    case TypeKind::node:
      return "node";
    case TypeKind::enumeration:
      return enumerators_text(type);
    case TypeKind::structure:
      return std::string(type.name);
    case TypeKind::list:
      return "list of " + text_of(*type.element);
    case TypeKind::optional:
      return text_of(*type.element) + " or null";
  }
  return {};
}

std::vector<const Type*> enumerations_in(const std::vector<TypeGroup>& groups) {
  std::vector<const Type*> found;
  for (const TypeGroup& group : groups) {
    for (const NamedType& type : group.types) {
      for (const FieldType& field : type.fields) gather_enumerations(*field.holds, found);
    }
  }
  return found;
}

std::vector<TypeGroup> groups_of(const ProtocolTypes& types,
                                 const std::vector<const Type*>& left_out) {
  std::vector<NamedType> values;
  std::vector<TypeGroup> groups;
  const auto add = [&](std::string name, std::span<const Type* const> all) {
    TypeGroup group{.name = std::move(name), .types = {}};
    for (const Type* const one : all) {
      const bool is_shown = std::find(left_out.begin(), left_out.end(), one) == left_out.end();
      if (is_shown) group.types.push_back(named_type(*one, values));
    }
    groups.push_back(std::move(group));
  };
  const Type* const config = &types.config;
  add("config", {&config, 1});
  add("messages", types.messages);
  add("timers", types.timers);
  add("records", types.records);
  add("outputs", types.outputs);
  groups.push_back({.name = "values", .types = std::move(values)});
  return groups;
}

}  // namespace dsys::bridge
