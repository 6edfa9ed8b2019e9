#include "common/trace/value_text.hpp"

#include <nlohmann/json.hpp>

namespace dsys {
namespace {

// Lists longer than this are cut in texts.
constexpr std::size_t list_shown_max = 8;

const Duration& duration_at(const void* address) {
  return *static_cast<const Duration*>(address);
}
NodeId node_at(const void* address) {
  return *static_cast<const NodeId*>(address);
}
const std::string& text_at(const void* address) {
  return *static_cast<const std::string*>(address);
}

std::string number_text(const Value& value) {
  return value.type->is_signed ? std::to_string(signed_number(*value.type, value.address))
                               : std::to_string(unsigned_number(*value.type, value.address));
}

bool is_blank(const Value& value) {
  switch (value.type->kind) {
    case TypeKind::node:
      return node_at(value.address) == NodeId{};
    case TypeKind::optional:
      return value.type->value(value.address) == nullptr;
    case TypeKind::text:
      return text_at(value.address).empty();
    case TypeKind::list:
      return value.type->count(value.address) == 0;
    default:
      return false;
  }
}

// A list under way.
struct Listing {
  std::string& out;
  const Type* element = nullptr;
  std::size_t count = 0;
  std::size_t done = 0;
};

void append_text_element(void* seat, const void* element) {
  auto& list = *static_cast<Listing*>(seat);
  if (list.done > list_shown_max) return;
  if (list.done > 0) list.out += ' ';
  if (list.done == list_shown_max) {
    list.out += "... " + std::to_string(list.count - list.done) + " more";
  } else {
    append_text(list.out, {list.element, element});
  }
  ++list.done;
}

void append_json_element(void* seat, const void* element) {
  auto& list = *static_cast<Listing*>(seat);
  if (list.done++ > 0) list.out += ',';
  append_json(list.out, {list.element, element});
}

void append_list(std::string& out, const Value& value, VisitElement append) {
  Listing list{out, value.type->element, value.type->count(value.address)};
  out += '[';
  value.type->each(value.address, &list, append);
  out += ']';
}

void append_members(std::string& out, const Value& structure) {
  for (const Field& field : structure.type->fields) {
    if (out.back() != '{') out += ',';
    out.append("\"").append(field.name).append("\":");
    append_json(out, {field.type, part_of(structure.address, field)});
  }
}

}  // namespace

std::string json_quoted(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void append_fields_text(std::string& out, const Value& structure) {
  bool is_first = true;
  for (const Field& field : structure.type->fields) {
    const Value part{field.type, part_of(structure.address, field)};
    if (is_blank(part)) continue;
    if (!is_first) out += ' ';
    is_first = false;
    out.append(field.name).append("=");
    append_text(out, part);
  }
}

void append_text(std::string& out, const Value& value) {
  switch (value.type->kind) {
    case TypeKind::boolean:
      out += unsigned_number(*value.type, value.address) != 0 ? "true" : "false";
      break;
    case TypeKind::whole:
      out += number_text(value);
      break;
    case TypeKind::text:
      out += text_at(value.address);
      break;
    case TypeKind::node:
      out += to_string(node_at(value.address));
      break;
    case TypeKind::duration:
      out += to_string(duration_at(value.address));
      break;
    case TypeKind::enumeration:
      out += enumerator_of(*value.type, value.address);
      break;
    case TypeKind::optional: {
      const void* const held = value.type->value(value.address);
      if (held == nullptr) out += "none";
      if (held != nullptr) append_text(out, {value.type->element, held});
      break;
    }
    case TypeKind::list:
      append_list(out, value, append_text_element);
      break;
    case TypeKind::structure:
      out += '(';
      append_fields_text(out, value);
      out += ')';
      break;
  }
}

void append_json(std::string& out, const Value& value) {
  switch (value.type->kind) {
    case TypeKind::boolean:
    case TypeKind::whole:
      append_text(out, value);
      break;
    case TypeKind::text:
      out += json_quoted(text_at(value.address));
      break;
    case TypeKind::node:
      out.append("\"").append(to_string(node_at(value.address))).append("\"");
      break;
    case TypeKind::duration:
      out += std::to_string(duration_at(value.address).count());
      break;
    case TypeKind::enumeration:
      out.append("\"").append(enumerator_of(*value.type, value.address)).append("\"");
      break;
    case TypeKind::optional: {
      const void* const held = value.type->value(value.address);
      if (held == nullptr) out += "null";
      if (held != nullptr) append_json(out, {value.type->element, held});
      break;
    }
    case TypeKind::list:
      append_list(out, value, append_json_element);
      break;
    case TypeKind::structure:
      out += '{';
      append_members(out, value);
      out += '}';
      break;
  }
}

void append_tagged_json(std::string& out, const Value& structure) {
  out.append(R"({"type":")").append(structure.type->name).append("\"");
  append_members(out, structure);
  out += '}';
}

std::optional<std::string> field_text(const Value& structure, std::string_view field_name) {
  std::optional<std::string> found;
  for_each_nested_field(structure, [&](std::string_view name, const Value& part) {
    if (name == field_name && !found) append_text(found.emplace(), part);
  });
  return found;
}

}  // namespace dsys
