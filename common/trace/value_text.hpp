// Described values as text and as JSON, derived from their description.
//
//   RequestVote term=1 last_log_index=0        {"type":"RequestVote","term":1,"last_log_index":0}
#pragma once

#include "common/core/describe.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

namespace dsys {

// A JSON string with quotes; bytes that are not UTF-8 are replaced.
std::string json_quoted(std::string_view text);

namespace detail {

// The name of a field with what separates it from the one before and from its value.
void append_text_name(std::string& out, std::string_view name, bool is_first);
void append_json_name(std::string& out, std::string_view name, bool is_first);

// Lists longer than this are cut in texts, never in JSON.
constexpr std::size_t list_shown_max = 8;

template <typename T>
concept Listed = IsVector<T>::value || IsSet<T>::value;

template <typename T>
void append_scalar(std::string& out, const T& value, bool json) {
  if constexpr (std::is_same_v<T, bool>) {
    out += value ? "true" : "false";
  } else if constexpr (std::is_same_v<T, std::string>) {
    out += json ? json_quoted(value) : value;
  } else if constexpr (std::is_same_v<T, NodeId>) {
    out += json ? json_quoted(to_string(value)) : to_string(value);
  } else if constexpr (std::is_same_v<T, Duration>) {
    out += json ? std::to_string(value.count()) : to_string(value);
  } else if constexpr (DescribedEnum<T>) {
    out += json ? json_quoted(enumerator_name(value)) : std::string(enumerator_name(value));
  } else {
    static_assert(std::is_integral_v<T>, "this type of field has no text yet");
    out += std::to_string(value);
  }
}

}  // namespace detail

template <typename T>
void append_text(std::string& out, const T& value);

namespace detail {

// Nothing worth a word in a text: an empty list or string, nobody, none.
template <typename T>
bool is_blank(const T& value) {
  if constexpr (std::is_same_v<T, NodeId>) {
    return value == NodeId{};
  } else if constexpr (IsOptional<T>::value) {
    return !value;
  } else if constexpr (std::is_same_v<T, std::string> || Listed<T>) {
    return value.empty();
  } else {
    return false;
  }
}

}  // namespace detail

// Blank fields are left out.
template <Described T>
void append_fields_text(std::string& out, const T& value) {
  bool first = true;
  for_each_field(value, [&](std::string_view name, const auto& field) {
    if (detail::is_blank(field)) return;
    detail::append_text_name(out, name, first);
    first = false;
    append_text(out, field);
  });
}

template <typename T>
void append_text(std::string& out, const T& value) {
  if constexpr (Described<T>) {
    out += '(';
    append_fields_text(out, value);
    out += ')';
  } else if constexpr (IsOptional<T>::value) {
    if (value) {
      append_text(out, *value);
    } else {
      out += "none";
    }
  } else if constexpr (IsVariant<T>::value) {
    std::visit([&](const auto& alternative) { append_text(out, alternative); }, value);
  } else if constexpr (detail::Listed<T>) {
    out += '[';
    std::size_t shown = 0;
    for (const auto& element : value) {
      if (shown > 0) out += ' ';
      if (shown == detail::list_shown_max) {
        out += "... " + std::to_string(value.size() - shown) + " more";
        break;
      }
      append_text(out, element);
      ++shown;
    }
    out += ']';
  } else {
    detail::append_scalar(out, value, false);
  }
}

template <typename T>
void append_json(std::string& out, const T& value) {
  if constexpr (Described<T>) {
    out += '{';
    bool first = true;
    for_each_field(value, [&](std::string_view name, const auto& field) {
      detail::append_json_name(out, name, first);
      first = false;
      append_json(out, field);
    });
    out += '}';
  } else if constexpr (IsOptional<T>::value) {
    if (value) {
      append_json(out, *value);
    } else {
      out += "null";
    }
  } else if constexpr (detail::Listed<T>) {
    out += '[';
    bool first = true;
    for (const auto& element : value) {
      if (!first) out += ',';
      first = false;
      append_json(out, element);
    }
    out += ']';
  } else {
    detail::append_scalar(out, value, true);
  }
}

// For a variant of described structs (a message, a timer, a record, an output).
template <typename Variant>
std::string_view type_of(const Variant& value) {
  return std::visit(
      [](const auto& alternative) { return name_of<std::decay_t<decltype(alternative)>>(); },
      value);
}

template <typename Variant>
std::string fields_text(const Variant& value) {
  std::string out;
  std::visit([&](const auto& alternative) { append_fields_text(out, alternative); }, value);
  return out;
}

template <typename Variant>
std::string fields_json(const Variant& value) {
  std::string out;
  std::visit([&](const auto& alternative) { append_json(out, alternative); }, value);
  return out;
}

// {"type":"RequestVote","term":1}
template <typename Variant>
void append_tagged_json(std::string& out, const Variant& value) {
  out += R"({"type":")";
  out += type_of(value);
  const std::string fields = fields_json(value);
  out += fields == "{}" ? "\"" : "\",";
  out.append(fields, 1);
}

// Calls visit(name, field) for each field, and for each field of a field that is a struct itself.
template <Described T, typename Visit>
void for_each_nested_field(const T& value, Visit&& visit) {
  for_each_field(value, [&](std::string_view name, const auto& field) {
    visit(name, field);
    if constexpr (Described<std::decay_t<decltype(field)>>) for_each_nested_field(field, visit);
  });
}

// The text of one field of a variant's present alternative; nothing if it has no such field.
template <typename Variant>
std::optional<std::string> field_text(const Variant& value, std::string_view field_name) {
  std::optional<std::string> found;
  const auto look = [&](std::string_view name, const auto& field) {
    if (name != field_name || found) return;
    found.emplace();
    append_text(*found, field);
  };
  std::visit([&](const auto& alternative) { for_each_nested_field(alternative, look); }, value);
  return found;
}

}  // namespace dsys
