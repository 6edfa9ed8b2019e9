#include "common/bridge/types.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace dsys::bridge {
namespace {

void gather_enumerations(const ValueType& type, std::vector<ValueType>& found) {
  for (const ValueType& inside : type.inside) gather_enumerations(inside, found);
  if (type.kind != ValueKind::enumeration) return;
  const auto known = std::find_if(found.begin(), found.end(),
                                  [&](const auto& one) { return one.name == type.name; });
  if (known == found.end()) {
    found.push_back(type);
  } else {
    DSYS_ASSERT(known->enumerators == type.enumerators);
  }
}

std::string enumerators_text(const ValueType& type) {
  std::string text;
  for (const std::string& name : type.enumerators) {
    text.append(text.empty() ? "" : " | ").append(json_quoted(name));
  }
  return text;
}

}  // namespace

std::string text_of(const ValueType& type) {
  switch (type.kind) {
    case ValueKind::truth:
      return "true or false";
    case ValueKind::number:
      return type.is_signed ? "whole number" : "whole number from 0";
    case ValueKind::duration:
      return "nanoseconds";
    case ValueKind::text:
      return "string";
    case ValueKind::node:
      return "node";
    case ValueKind::enumeration:
      return enumerators_text(type);
    case ValueKind::structure:
      return type.name;
    case ValueKind::list:
      return "list of " + text_of(type.inside.front());
    case ValueKind::optional:
      return text_of(type.inside.front()) + " or null";
  }
  return {};
}

std::vector<ValueType> enumerations_in(const std::vector<TypeGroup>& groups) {
  std::vector<ValueType> found;
  for (const TypeGroup& group : groups) {
    for (const NamedType& type : group.types) {
      for (const FieldType& field : type.fields) gather_enumerations(field.holds, found);
    }
  }
  return found;
}

}  // namespace dsys::bridge
