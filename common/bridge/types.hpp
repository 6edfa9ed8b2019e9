// What a protocol's values look like in JSON, told from their descriptions: for `dsys PROBLEM
// protocol`, so that it cannot differ from what is read and written.
#pragma once

#include "common/core/context.hpp"
#include "common/core/describe.hpp"
#include "common/trace/value_text.hpp"

#include <boost/mp11.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace dsys::bridge {

struct FieldType {
  std::string name;
  std::string type;      // "whole number", "list of Entry", "node or null"
  std::string standard;  // its value when it is left out, as JSON
};

struct NamedType {
  std::string name;
  std::vector<FieldType> fields;
};

// "messages", "timers", "records", "outputs", "values" (parts of the others) and "config".
struct TypeGroup {
  std::string name;
  std::vector<NamedType> types;
};

namespace detail {

template <typename T>
std::string type_text() {
  if constexpr (std::is_same_v<T, bool>) {
    return "true or false";
  } else if constexpr (std::is_same_v<T, std::string>) {
    return "string";
  } else if constexpr (std::is_same_v<T, NodeId>) {
    return "node";
  } else if constexpr (std::is_same_v<T, Duration>) {
    return "nanoseconds";
  } else if constexpr (DescribedEnum<T>) {
    std::string names;
    for (const std::string_view name : enumerator_names<T>()) {
      names.append(names.empty() ? "" : " | ").append(json_quoted(name));
    }
    return names;
  } else if constexpr (IsOptional<T>::value) {
    return type_text<typename T::value_type>() + " or null";
  } else if constexpr (IsVector<T>::value) {
    return "list of " + type_text<typename T::value_type>();
  } else if constexpr (Described<T>) {
    return std::string(name_of<T>());
  } else {
    static_assert(std::is_integral_v<T>, "this type of field has no text yet");
    return std::is_signed_v<T> ? "whole number" : "whole number from 0";
  }
}

// The structs within T, each once, those without structs of their own first.
template <typename T>
void gather_values(std::vector<NamedType>& values);

template <typename T>
NamedType named_type(std::vector<NamedType>& values) {
  NamedType type{.name = std::string(name_of<T>()), .fields = {}};
  for_each_field(T{}, [&](std::string_view name, const auto& field) {
    using Field = std::decay_t<decltype(field)>;
    gather_values<Field>(values);
    FieldType& told = type.fields.emplace_back();
    told.name = name;
    told.type = type_text<Field>();
    append_json(told.standard, Value{&type_of_values<Field>(), &field});
  });
  return type;
}

template <typename T>
void gather_values(std::vector<NamedType>& values) {
  if constexpr (IsOptional<T>::value || IsVector<T>::value) {
    gather_values<typename T::value_type>(values);
  } else if constexpr (Described<T>) {
    const bool known = std::any_of(values.begin(), values.end(),
                                   [](const NamedType& one) { return one.name == name_of<T>(); });
    if (!known) values.push_back(named_type<T>(values));
  }
}

template <typename Variant>
TypeGroup group_of(std::string name, std::vector<NamedType>& values) {
  TypeGroup group{.name = std::move(name), .types = {}};
  for_each_alternative<Variant>(
      [&](auto one) { group.types.push_back(named_type<typename decltype(one)::type>(values)); });
  return group;
}

}  // namespace detail

template <Protocol P>
std::vector<TypeGroup> types_of_protocol() {
  std::vector<NamedType> values;
  std::vector<TypeGroup> groups;
  TypeGroup config{.name = "config", .types = {detail::named_type<typename P::Config>(values)}};
  groups.push_back(std::move(config));
  groups.push_back(detail::group_of<typename P::Message>("messages", values));
  groups.push_back(detail::group_of<typename P::Timer>("timers", values));
  groups.push_back(detail::group_of<typename P::Record>("records", values));
  groups.push_back(detail::group_of<typename P::Output>("outputs", values));
  groups.push_back({.name = "values", .types = std::move(values)});
  return groups;
}

}  // namespace dsys::bridge
