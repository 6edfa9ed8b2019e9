// JSON from people and from other programs, read without giving anything up: a plain parser keeps
// only the last of two equal members, rounds long numbers, and follows lists in lists without end.
#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace dsys::study {

using Json = nlohmann::json;

// Why a text was refused.
struct JsonFault {
  std::string complaint;                    // a predicate: "has a number that is too large"
  std::optional<std::size_t> no_json_at{};  // set if the text stops being JSON: the byte, from 1
};

// Nothing if it is refused, and then `fault` says why.
std::optional<Json> parse_strictly(std::string_view text, JsonFault& fault);

}  // namespace dsys::study
