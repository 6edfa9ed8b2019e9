// Bad input at the edges: a command line, a file, a fault in words. The text is one line for the
// user; it names what was wrong and says what would be right.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace dsys {

class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Nothing is known of a program, and that is not its fault: the machine did not let it run.
class NotJudged : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// User input as it may be repeated in an error: quoted, control bytes replaced, shortened.
std::string in_quotes(std::string_view text);

}  // namespace dsys
