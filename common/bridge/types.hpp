// What a protocol's values look like, told from the tables of their types: for `dsys PROBLEM
// protocol` and for the declarations of the starter kits, so that neither can differ from what is
// read and written.
#pragma once

#include "common/core/context.hpp"
#include "common/core/type.hpp"

#include <boost/mp11.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dsys::bridge {

// "whole number from 0", "list of Entry", "node or null".
std::string text_of(const Type& type);

struct FieldType {
  std::string name;
  const Type* holds = nullptr;
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
std::vector<const Type*> enumerations_in(const std::vector<TypeGroup>& groups);

// The types of a protocol, by what they are for.
struct ProtocolTypes {
  const Type& config;
  std::span<const Type* const> messages;
  std::span<const Type* const> timers;
  std::span<const Type* const> records;
  std::span<const Type* const> outputs;
};
std::vector<TypeGroup> groups_of(const ProtocolTypes& types,
                                 const std::vector<const Type*>& left_out);

// All types of a protocol but those that programs under test neither see nor make: what others tell
// each other, set, write and emit. Values that only those have are left out with them.
template <Protocol P, typename... OfOthers>
std::vector<TypeGroup> types_of_protocol() {
  using All = boost::mp11::mp_append<typename P::Message, typename P::Timer, typename P::Record,
                                     typename P::Output>;
  static_assert((boost::mp11::mp_contains<All, OfOthers>::value && ...),
                "what is left out must be in the protocol");
  return groups_of({.config = type_of_values<typename P::Config>(),
                    .messages = alternatives_of<typename P::Message>(),
                    .timers = alternatives_of<typename P::Timer>(),
                    .records = alternatives_of<typename P::Record>(),
                    .outputs = alternatives_of<typename P::Output>()},
                   {&type_of_values<OfOthers>()...});
}

}  // namespace dsys::bridge
