// One description of a struct, from which equality, bytes, JSON and trace text are derived.
//
//   struct Vote { Term term = 0; };
//   DSYS_DESCRIBE(Vote, term)
//
// A field that is missing from the list stops the build, where the compiler counts both.
#pragma once

#include "common/core/hash.hpp"
#include "common/core/node_id.hpp"
#include "common/core/time.hpp"

#include <boost/describe.hpp>
#include <boost/mp11.hpp>
#include <boost/preprocessor/seq/for_each.hpp>
#include <boost/preprocessor/variadic/to_seq.hpp>

#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#define DSYS_DESCRIBE(Type, ...)                                                                   \
  BOOST_DESCRIBE_STRUCT(Type, (), (__VA_ARGS__))                                                   \
  inline bool operator==([[maybe_unused]] const Type& left, [[maybe_unused]] const Type& right) {  \
    return true __VA_OPT__(                                                                        \
        BOOST_PP_SEQ_FOR_EACH(DSYS_DETAIL_EQUAL, _, BOOST_PP_VARIADIC_TO_SEQ(__VA_ARGS__)));       \
  }                                                                                                \
  constexpr std::string_view described_name([[maybe_unused]] const Type* type) {                   \
    return #Type;                                                                                  \
  }                                                                                                \
  constexpr void every_field_is_described([[maybe_unused]] Type& described_value) {                \
    __VA_OPT__([[maybe_unused]] auto& [__VA_ARGS__] = described_value;)                            \
    static_assert(__VA_OPT__(!) std::is_empty_v<Type>, "DSYS_DESCRIBE(" #Type ") misses a field"); \
  }

#define DSYS_DETAIL_EQUAL(_, __, field) &&left.field == right.field

// A timer, or another value, without fields: its name is all.
#define DSYS_EMPTY(Type) \
  struct Type {};        \
  DSYS_DESCRIBE(Type)

namespace dsys {

template <typename T>
using Members = boost::describe::describe_members<T, boost::describe::mod_any_access>;

template <typename T>
concept Described = boost::describe::has_describe_members<T>::value && std::is_class_v<T>;

template <typename T>
concept DescribedEnum = std::is_enum_v<T> && boost::describe::has_describe_enumerators<T>::value;

template <Described T>
constexpr std::string_view name_of() {
  return described_name(static_cast<const T*>(nullptr));
}

// Calls visit(field name, field) for each field, in order; of a value that may change, with fields
// that may.
template <typename T, typename Visit>
requires Described<std::remove_const_t<T>>
constexpr void for_each_field(T& value, Visit&& visit) {
  boost::mp11::mp_for_each<Members<std::remove_const_t<T>>>(
      [&](auto member) { visit(member.name, value.*member.pointer); });
}
template <Described T, typename Visit>
constexpr void for_each_field(const T&& value, Visit&& visit) {
  for_each_field(value, std::forward<Visit>(visit));
}

// Whether a type is made of this template.
template <template <typename...> typename Template, typename T>
inline constexpr bool made_of = false;
template <template <typename...> typename Template, typename... Parts>
inline constexpr bool made_of<Template, Template<Parts...>> = true;

// The name of a described enumerator.
template <DescribedEnum T>
constexpr std::string_view enumerator_name(T value) {
  return boost::describe::enum_to_string(value, "?");
}

}  // namespace dsys
