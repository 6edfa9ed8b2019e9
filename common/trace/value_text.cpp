#include "common/trace/value_text.hpp"

#include <nlohmann/json.hpp>

namespace dsys {

std::string json_quoted(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace dsys
