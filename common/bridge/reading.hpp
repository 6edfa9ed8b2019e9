// Described values out of JSON: the way back of common/trace/value_text.hpp. What does not fit is
// named with its place and with what would be right.
#pragma once

#include "common/core/describe.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
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

// The types that a variant may hold, for messages: "RequestVote, RequestVoteReply, ...".
template <typename Variant>
std::string type_names() {
  std::string names;
  for_each_alternative<Variant>([&](auto one) {
    using Alternative = typename decltype(one)::type;
    names.append(names.empty() ? "" : ", ").append(name_of<Alternative>());
  });
  return names;
}

class Reader {
 public:
  // An object with `type` and the fields of that type. `what` is what it should be: "a message".
  template <typename Variant>
  Variant read_variant(const Json& json, std::string_view what) {
    const Json* const type = find_member(json, "type");
    if (type == nullptr || !type->is_string()) {
      refuse(fmt::format("{}: an object with \"type\"", what), json);
    }
    const auto& name = type->template get_ref<const std::string&>();
    std::optional<Variant> value;
    for_each_alternative<Variant>([&](auto one) {
      using Alternative = typename decltype(one)::type;
      if (value || name_of<Alternative>() != name) return;
      path_.clear();
      enter({.name = name_of<Alternative>()});
      value.emplace(std::in_place_type<Alternative>);
      read_fields(json, std::get<Alternative>(*value), "type");
      leave();
    });
    if (value) return *std::move(value);
    throw BadValue(fmt::format("{}: there is no type \"{}\"; the types are {}", what, name,
                               type_names<Variant>()));
  }

  // An object with the fields of T, and possibly one member more, named `beside`.
  template <Described T>
  void read_fields(const Json& json, T& value, std::string_view beside = {}) {
    if (!json.is_object()) refuse("an object", json);
    std::size_t known = find_member(json, beside) == nullptr ? 0 : 1;
    for_each_field(value, [&](std::string_view name, auto& field) {
      const Json* const member = find_member(json, name);
      if (member == nullptr) return;  // it keeps its default
      ++known;
      enter({.name = name});
      read(*member, field);
      leave();
    });
    if (known != json.size()) refuse_unknown(json, field_names<T>(), beside);
  }

 private:
  struct Step {
    std::string_view name;
    std::size_t index = 0;
  };

  template <typename T>
  void read(const Json& json, T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      if (!json.is_boolean()) refuse("true or false", json);
      value = json.get<bool>();
    } else if constexpr (std::is_same_v<T, std::string>) {
      if (!json.is_string()) refuse("a string", json);
      value = json.get_ref<const std::string&>();
    } else if constexpr (std::is_same_v<T, NodeId>) {
      value = read_node(json);
    } else if constexpr (std::is_same_v<T, Duration>) {
      value = Duration(read_whole<std::int64_t>(json));
    } else if constexpr (DescribedEnum<T>) {
      const bool known = json.is_string() && boost::describe::enum_from_string(
                                                 json.get_ref<const std::string&>().c_str(), value);
      if (!known) refuse(fmt::format("one of {}", fmt::join(enumerator_names<T>(), ", ")), json);
    } else if constexpr (std::is_integral_v<T>) {
      value = read_whole<T>(json);
    } else if constexpr (IsOptional<T>::value) {
      if (json.is_null()) return value.reset();
      read(json, value.emplace());
    } else if constexpr (IsVector<T>::value) {
      read_list(json, value);
    } else {
      static_assert(Described<T>, "this type of field cannot be read yet");
      read_fields(json, value);
    }
  }

  template <typename T>
  void read_list(const Json& json, std::vector<T>& list) {
    if (!json.is_array()) refuse("a list", json);
    list.clear();
    list.reserve(json.size());
    for (const Json& element : json) {
      enter({.name = {}, .index = list.size()});
      read(element, list.emplace_back());
      leave();
    }
  }

  template <typename T>
  T read_whole(const Json& json) const {
    constexpr T low = std::numeric_limits<T>::min();
    constexpr T high = std::numeric_limits<T>::max();
    if (json.is_number_unsigned()) {
      const auto number = json.get<std::uint64_t>();
      if (number <= static_cast<std::uint64_t>(high)) return static_cast<T>(number);
    } else if (json.is_number_integer()) {
      const auto number = json.get<std::int64_t>();
      if (std::in_range<T>(number)) return static_cast<T>(number);
    }
    refuse(fmt::format("a whole number from {} to {}", low, high), json);
  }

  NodeId read_node(const Json& json) const;

  void enter(Step step);
  void leave();
  // Names the first member that is none of the fields.
  [[noreturn]] void refuse_unknown(const Json& json, const std::vector<std::string_view>& fields,
                                   std::string_view beside) const;
  std::string place() const;
  [[noreturn]] void refuse(std::string_view right, const Json& found) const;

  std::vector<Step> path_;
};

}  // namespace dsys::bridge
