// Assertions that stay on in every build: they are for our own mistakes, never for what the world
// may do. A failed one prints where and ends the process with exit status 3.
#pragma once

namespace dsys {

[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);

}  // namespace dsys

#define DSYS_ASSERT(condition) \
  ((condition) ? void() : ::dsys::assertion_failed(#condition, __FILE__, __LINE__))
