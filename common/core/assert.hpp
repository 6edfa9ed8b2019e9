// Assertions that stay on in every build: they are for our own mistakes, never for what the world
// may do. A failed one prints where and ends the process with exit status 3.
//
// An invariant is asserted of a node: where it does not hold, the node fails and its run ends. So a
// flaw that breaks an invariant of the reference is told like a program that died.
#pragma once

#include <stdexcept>

namespace dsys {

[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);

// An invariant of a node does not hold; the text is its condition.
class BrokenInvariant : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

[[noreturn]] void invariant_broken(const char* condition);

}  // namespace dsys

#define DSYS_ASSERT(condition) \
  ((condition) ? void() : ::dsys::assertion_failed(#condition, __FILE__, __LINE__))

#define DSYS_INVARIANT(condition) ((condition) ? void() : ::dsys::invariant_broken(#condition))
