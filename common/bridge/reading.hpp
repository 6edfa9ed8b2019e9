// Described values out of JSON, by the table of their type: the way back of
// common/trace/value_text.hpp. What does not fit is named with its place and with what would be
// right.
#pragma once

#include "common/core/type.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace dsys::bridge {

using Json = nlohmann::json;

// "AppendEntries.entries[0].term must be a whole number from 0, not \"x\"".
class BadValue : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A line as JSON. Throws BadValue that says where it stops being JSON.
Json parse_line(std::string_view line);

// A value as it may be repeated in a message: shortened.
std::string shown(const Json& value);

// A member of an object; null if it is none, or has no such member.
const Json* find_member(const Json& object, std::string_view name);

class Reader {
 public:
  // An object with `type` and the fields of that type. `what` is what it should be: "a message".
  template <typename Variant>
  Variant read_variant(const Json& json, std::string_view what) {
    Variant variant;
    const std::size_t index = named_type(json, alternatives_of<Variant>(), what);
    read_tagged(json, *alternatives_of<Variant>()[index], emplace(variant, index));
    return variant;
  }

  // An object with the fields of T.
  template <Described T>
  void read_struct(const Json& json, T& value) {
    read_fields(json, type_of_values<T>(), &value, {});
  }

 private:
  struct Step {
    std::string_view name;
    std::size_t index = 0;
  };

  std::size_t named_type(const Json& json, std::span<const Type* const> types,
                         std::string_view what) const;
  void read_tagged(const Json& json, const Type& type, void* value);
  // `beside` names a member that may be there and is no field; empty: none may.
  void read_fields(const Json& json, const Type& structure, void* value, std::string_view beside);
  void read(const Json& json, const Type& type, void* value);
  void read_list(const Json& json, const Type& type, void* list);
  void read_whole(const Json& json, const Type& type, void* value) const;
  void read_enumerator(const Json& json, const Type& type, void* value) const;
  NodeId read_node(const Json& json) const;

  // Names the first member that is none of the fields.
  [[noreturn]] void refuse_unknown(const Json& json, const Type& structure,
                                   std::string_view beside) const;
  std::string place() const;
  [[noreturn]] void refuse(std::string_view right, const Json& found) const;

  std::vector<Step> path_;
};

}  // namespace dsys::bridge
