// A type of values as data: what its values are made of, and where the parts lie. There is one
// table for each described type; text, JSON both ways and the description of a protocol follow from
// it by code that is compiled once, not once for each type.
#pragma once

#include "common/core/describe.hpp"

#include <boost/core/type_name.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace dsys {

struct Type;

struct Field {
  std::string_view name;
  const Type* type = nullptr;
  std::size_t offset = 0;  // bytes from the beginning of the struct
};

struct Enumerator {
  std::string_view name;
  std::int64_t value = 0;
};

enum class TypeKind : std::uint8_t {
  boolean,
  whole,
  text,
  node,
  duration,
  enumeration,
  optional,
  list,
  structure,
};

// Called with the address of each element of a list; `seat` is the caller's.
using VisitElement = void (*)(void* seat, const void* element);

struct Type {
  TypeKind kind{};
  std::string_view name{};      // of a struct or an enumeration
  std::size_t size = 0;         // bytes of a value
  bool is_signed = false;       // of a whole number
  std::vector<Field> fields{};  // of a struct
  std::vector<Enumerator> enumerators{};
  const Type* element = nullptr;  // of an optional or a list

  // How to reach what has no fixed place: of an optional its value (null: none), of a list its
  // elements. `add` makes one more, or the optional's, with its default, and gives its address.
  const void* (*value)(const void* optional) = nullptr;
  std::size_t (*count)(const void* list) = nullptr;
  void (*each)(const void* list, void* seat, VisitElement visit) = nullptr;
  void* (*add)(void* container) = nullptr;
  void (*clear)(void* container) = nullptr;

  // A value with all its defaults, for as long as the program runs.
  const void* standard = nullptr;
};

template <typename T>
const Type& type_of_values();

namespace detail {

template <typename T>
void take_fields(Type& type, const T& standard) {
  boost::mp11::mp_for_each<Members<T>>([&](auto member) {
    using Part = std::remove_cvref_t<decltype(standard.*member.pointer)>;
    const auto* const part = reinterpret_cast<const char*>(&(standard.*member.pointer));
    const auto* const whole = reinterpret_cast<const char*>(&standard);
    type.fields.push_back(
        {member.name, &type_of_values<Part>(), static_cast<std::size_t>(part - whole)});
  });
}

template <typename T>
void take_list(Type& type) {
  type.element = &type_of_values<typename T::value_type>();
  type.count = [](const void* list) { return static_cast<const T*>(list)->size(); };
  type.each = [](const void* list, void* seat, VisitElement visit) {
    for (const auto& element : *static_cast<const T*>(list)) visit(seat, &element);
  };
  type.clear = [](void* list) { static_cast<T*>(list)->clear(); };
  if constexpr (made_of<std::vector, T>) {
    type.add = [](void* list) -> void* { return &static_cast<T*>(list)->emplace_back(); };
  }
}

template <typename T>
void take_optional(Type& type) {
  type.element = &type_of_values<typename T::value_type>();
  type.value = [](const void* optional) -> const void* {
    const auto& one = *static_cast<const T*>(optional);
    return one ? &*one : nullptr;
  };
  type.add = [](void* optional) -> void* { return &static_cast<T*>(optional)->emplace(); };
  type.clear = [](void* optional) { static_cast<T*>(optional)->reset(); };
}

template <DescribedEnum T>
void take_enumerators(Type& type) {
  static const std::string name = boost::core::type_name<T>();
  type.name = std::string_view(name).substr(name.rfind(':') + 1);
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>([&](auto one) {
    type.enumerators.push_back({one.name, static_cast<std::int64_t>(one.value)});
  });
}

template <typename T>
constexpr TypeKind kind_of() {
  if constexpr (std::is_same_v<T, bool>) {
    return TypeKind::boolean;
  } else if constexpr (std::is_same_v<T, std::string>) {
    return TypeKind::text;
  } else if constexpr (std::is_same_v<T, NodeId>) {
    return TypeKind::node;
  } else if constexpr (std::is_same_v<T, Duration>) {
    return TypeKind::duration;
  } else if constexpr (DescribedEnum<T>) {
    return TypeKind::enumeration;
  } else if constexpr (made_of<std::optional, T>) {
    return TypeKind::optional;
  } else if constexpr (made_of<std::vector, T> || made_of<std::set, T>) {
    return TypeKind::list;
  } else if constexpr (Described<T>) {
    return TypeKind::structure;
  } else {
    static_assert(std::is_integral_v<T>, "this type of field is no data yet");
    return TypeKind::whole;
  }
}

template <typename T>
Type make_type(const T& standard) {
  constexpr TypeKind kind = kind_of<T>();
  Type type{.kind = kind, .size = sizeof(T), .standard = &standard};
  if constexpr (kind == TypeKind::whole) type.is_signed = std::is_signed_v<T>;
  if constexpr (kind == TypeKind::enumeration) take_enumerators<T>(type);
  if constexpr (kind == TypeKind::optional) take_optional<T>(type);
  if constexpr (kind == TypeKind::list) take_list<T>(type);
  if constexpr (kind == TypeKind::structure) {
    type.name = name_of<T>();
    take_fields(type, standard);
  }
  return type;
}

}  // namespace detail

// Made at its first use.
template <typename T>
const Type& type_of_values() {
  static const T standard{};
  static const Type type = detail::make_type(standard);
  return type;
}

// --- Values whose type is known only when the program runs ---

struct Value {
  const Type* type = nullptr;
  const void* address = nullptr;
};

template <Described T>
Value value_of(const T& value) {
  return {&type_of_values<T>(), &value};
}

// The types that a variant of described structs may hold, in order.
template <typename Variant>
std::span<const Type* const> alternatives_of() {
  static const auto all = []<typename... T>(std::type_identity<std::variant<T...>> /*variant*/) {
    return std::array<const Type*, sizeof...(T)>{&type_of_values<T>()...};
  }(std::type_identity<Variant>{});
  return all;
}

// What it holds now.
template <typename... T>
Value value_of(const std::variant<T...>& variant) {
  const void* const address =
      std::visit([](const auto& one) -> const void* { return &one; }, variant);
  return {alternatives_of<std::variant<T...>>()[variant.index()], address};
}

// Makes it hold the alternative of that index, with its defaults. The address of that.
template <typename... T>
void* emplace(std::variant<T...>& variant, std::size_t index) {
  using Emplace = void* (*)(std::variant<T...>&);
  static constexpr std::array<Emplace, sizeof...(T)> all{
      [](std::variant<T...>& one) -> void* { return &one.template emplace<T>(); }...};
  return all[index](variant);
}

inline const void* part_of(const void* structure, const Field& field) {
  return static_cast<const char*>(structure) + field.offset;
}
inline void* part_of(void* structure, const Field& field) {
  return static_cast<char*>(structure) + field.offset;
}

// Of a whole number, an enumerator or a truth, whatever its size.
std::int64_t signed_number(const Type& type, const void* address);
std::uint64_t unsigned_number(const Type& type, const void* address);
// The lower bytes of the number, as many as the type has.
void put_number(const Type& type, void* address, std::uint64_t number);

// "?" for a number that is none of its enumerators.
std::string_view enumerator_of(const Type& type, const void* address);

// Calls visit(name, type, address) for each field, and behind a struct for each of its own.
template <typename Visit>
void for_each_nested_field(const Value& structure, Visit&& visit) {
  for (const Field& field : structure.type->fields) {
    const Value part{field.type, part_of(structure.address, field)};
    visit(field.name, part);
    if (field.type->kind == TypeKind::structure) for_each_nested_field(part, visit);
  }
}

}  // namespace dsys
