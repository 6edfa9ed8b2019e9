#include "common/trace/value_text.hpp"

#include <nlohmann/json.hpp>

namespace dsys {

std::string json_quoted(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

namespace detail {

void append_text_name(std::string& out, std::string_view name, bool is_first) {
  if (!is_first) out += ' ';
  out.append(name).append("=");
}

void append_json_name(std::string& out, std::string_view name, bool is_first) {
  if (!is_first) out += ',';
  out.append(json_quoted(name)).append(":");
}

}  // namespace detail

}  // namespace dsys
