// What a protocol's values look like, told from their descriptions: for `dsys PROBLEM protocol` and
// for the declarations of the starter kits, so that neither can differ from what is read and
// written.
#pragma once

#include "common/core/assert.hpp"
#include "common/core/context.hpp"
#include "common/core/describe.hpp"
#include "common/trace/value_text.hpp"

#include <boost/core/type_name.hpp>
#include <boost/mp11.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace dsys::bridge {

enum class ValueKind : std::uint8_t {
  truth,
  number,
  duration,  // in nanoseconds
  text,
  node,  // by its name
  enumeration,
  structure,
  list,
  optional,  // or null
};

// What a field holds.
struct ValueType {
  ValueKind kind = ValueKind::truth;
  std::string name{};                      // of an enumeration or a structure
  std::vector<std::string> enumerators{};  // of an enumeration
  unsigned bits = 0;                       // of a number
  bool is_signed = false;                  // of a number
  std::vector<ValueType> inside{};         // what a list or an optional holds: one
};

// "whole number from 0", "list of Entry", "node or null".
std::string text_of(const ValueType& type);

struct FieldType {
  std::string name;
  ValueType holds;
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

// The enumerations among the fields, each once, in the order in which they are met.
std::vector<ValueType> enumerations_in(const std::vector<TypeGroup>& groups);

namespace detail {

template <typename T>
ValueType value_type() {
  if constexpr (std::is_same_v<T, bool>) {
    return {.kind = ValueKind::truth};
  } else if constexpr (std::is_same_v<T, std::string>) {
    return {.kind = ValueKind::text};
  } else if constexpr (std::is_same_v<T, NodeId>) {
    return {.kind = ValueKind::node};
  } else if constexpr (std::is_same_v<T, Duration>) {
    return {.kind = ValueKind::duration};
  } else if constexpr (DescribedEnum<T>) {
    const std::string name = boost::core::type_name<T>();
    const auto names = enumerator_names<T>();
    return {.kind = ValueKind::enumeration,
            .name = name.substr(name.rfind(':') + 1),
            .enumerators = {names.begin(), names.end()}};
  } else if constexpr (IsOptional<T>::value) {
    return {.kind = ValueKind::optional, .inside = {value_type<typename T::value_type>()}};
  } else if constexpr (IsVector<T>::value) {
    return {.kind = ValueKind::list, .inside = {value_type<typename T::value_type>()}};
  } else if constexpr (Described<T>) {
    return {.kind = ValueKind::structure, .name = std::string(name_of<T>())};
  } else {
    static_assert(std::is_integral_v<T>, "this type of field is not told yet");
    return {.kind = ValueKind::number,
            .bits = sizeof(T) * std::numeric_limits<unsigned char>::digits,
            .is_signed = std::is_signed_v<T>};
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
    // Another language has one set of defaults for each type.
    if constexpr (Described<Field>) DSYS_ASSERT(field == Field{});
    FieldType& told = type.fields.emplace_back();
    told.name = name;
    told.holds = value_type<Field>();
    append_json(told.standard, field);
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

template <typename Variant, typename LeftOut>
TypeGroup group_of(std::string name, std::vector<NamedType>& values) {
  TypeGroup group{.name = std::move(name), .types = {}};
  for_each_alternative<boost::mp11::mp_set_difference<Variant, LeftOut>>(
      [&](auto one) { group.types.push_back(named_type<typename decltype(one)::type>(values)); });
  return group;
}

}  // namespace detail

// All types of a protocol but those that programs under test neither see nor make: what others tell
// each other, set, write and emit. Values that only those have are left out with them.
template <Protocol P, typename... OfOthers>
std::vector<TypeGroup> types_of_protocol() {
  using LeftOut = boost::mp11::mp_list<OfOthers...>;
  using All = boost::mp11::mp_append<typename P::Message, typename P::Timer, typename P::Record,
                                     typename P::Output>;
  static_assert((boost::mp11::mp_contains<All, OfOthers>::value && ...),
                "what is left out must be in the protocol");
  std::vector<NamedType> values;
  std::vector<TypeGroup> groups;
  TypeGroup config{.name = "config", .types = {detail::named_type<typename P::Config>(values)}};
  groups.push_back(std::move(config));
  groups.push_back(detail::group_of<typename P::Message, LeftOut>("messages", values));
  groups.push_back(detail::group_of<typename P::Timer, LeftOut>("timers", values));
  groups.push_back(detail::group_of<typename P::Record, LeftOut>("records", values));
  groups.push_back(detail::group_of<typename P::Output, LeftOut>("outputs", values));
  groups.push_back({.name = "values", .types = std::move(values)});
  return groups;
}

}  // namespace dsys::bridge
