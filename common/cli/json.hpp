// JSON values, by what becomes of the order of an object's members.
#pragma once

#include <nlohmann/json.hpp>

namespace dsys::cli {

using Json = nlohmann::json;                 // members sorted by name
using OrderedJson = nlohmann::ordered_json;  // members in the order in which they were added

}  // namespace dsys::cli
