// Described values as text and as JSON, by the table of their type.
//
//   RequestVote term=1 last_log_index=0        {"type":"RequestVote","term":1,"last_log_index":0}
#pragma once

#include "common/core/type.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace dsys {

// A JSON string with quotes; bytes that are not UTF-8 are replaced.
std::string json_quoted(std::string_view text);

// A value as a field shows it. Long lists are cut in texts, never in JSON.
void append_text(std::string& out, const Value& value);
void append_json(std::string& out, const Value& value);

// "term=1 voted_for=n2": the fields of a struct. Blank ones are left out: an empty list or string,
// nobody, none.
void append_fields_text(std::string& out, const Value& structure);

// {"type":"RequestVote","term":1}
void append_tagged_json(std::string& out, const Value& structure);

// The text of one field of a struct, or of a struct within it; nothing if it has no such field.
std::optional<std::string> field_text(const Value& structure, std::string_view field_name);

// --- For a variant of described structs: a message, a timer, a record, an output ---

template <typename Variant>
std::string_view type_of(const Variant& variant) {
  return alternatives_of<Variant>()[variant.index()]->name;
}

template <typename Variant>
std::string fields_text(const Variant& variant) {
  std::string out;
  append_fields_text(out, value_of(variant));
  return out;
}

template <typename Variant>
std::string fields_json(const Variant& variant) {
  std::string out;
  append_json(out, value_of(variant));
  return out;
}

}  // namespace dsys
