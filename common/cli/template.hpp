// Text with marks, filled in with values: how the declarations of the starter kits are written.
//
//   {{name}}                  the value of that name, from the innermost element that has one
//   {{#name}} ... {{/name}}   once for each element of a list; else once, if the value is true
//   {{^name}} ... {{/name}}   once, if the list is empty or the value is false
//   {{|}}                     what follows begins in one column with the lines above and below
//   {{,}}                     a comma, behind which a line of more than 100 columns is folded
//
// A line with nothing on it but the mark of a section is no line of the result.
#pragma once

#include "common/cli/json.hpp"

#include <string>
#include <string_view>

namespace dsys::cli {

// A template is a file of ours: a name that has no value, or a section without an end, is asserted.
std::string fill_template(std::string_view text, const Json& values);

}  // namespace dsys::cli
