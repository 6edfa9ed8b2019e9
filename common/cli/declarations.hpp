// A problem's messages, timers, records, outputs and configuration as a learner declares them, from
// the same description that `protocol` prints. Each language has a template beside its library,
// common/bridge/kits/LANGUAGE/messages.template, and that is all that is said about it anywhere.
//
// A template begins with words of the language, a line each, up to a line `---`:
//
//   file                  the name of the file that is written
//   fields, enumerators   how names are written: snake_case, camelCase, CamelCase or UPPER_CASE
//   initialisms           words that are all in capitals in a CamelCase name
//   reserved              names that nothing may have: they get an underscore behind them
//   blank lines           how many there are in a row at most
//   truth, number, duration, text, node, list, optional      the types; {} is what is inside
//   int64, uint32, ...    a number of that size, where it is not like any other
//   boxed TYPE            the type within a list or an optional, where it is another one
//   true, false, null, empty list, list of, enumerator, structure, milliseconds     the values
//
// The rest is filled in by template.hpp, with
//
//   problem, role, durations (are there any?), and the lists messages, timers, config and arriving
//   (all that can come in) of name, comma (there is one more behind it)
//   groups: title, enumerations, types
//     enumerations: name; enumerators: enumerator, wire (its name in the protocol), comma
//     types: name, kind (Message, Timer, Record, Output, Value), tagged (its name is sent with it),
//       empty, many (too many fields to be given by their places), fields, arguments (the same)
//       fields: field, Field (with a capital), wire, type, meaning (the type as `protocol` says
//       it),
//         standard (its value if it is left out), told (the same, for a comment), comma, and
//         whether it is blank (nothing, nobody, none), unlike_zero, nullable (or something in it),
//         or open (the standard value does not tell the type)
#pragma once

#include "common/problem/problem.hpp"

#include <string>
#include <string_view>

namespace dsys::cli {

struct Declarations {
  std::string file;
  std::string text;
};

Declarations declare_types(const problem::Problem& problem, std::string_view language_template);

}  // namespace dsys::cli
