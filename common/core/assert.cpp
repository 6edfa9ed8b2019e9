#include "common/core/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace dsys {

void assertion_failed(const char* condition, const char* file, int line) {
  (void)std::fprintf(stderr, "dsys: internal error: %s is false at %s:%d; please report this.\n",
                     condition, file, line);
  std::_Exit(3);
}

void invariant_broken(const char* condition) {
  throw BrokenInvariant(condition);
}

}  // namespace dsys
