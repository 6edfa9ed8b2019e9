// Whether the sanitizers watch. They make a run ten times as long: there, fewer seeds do.
#pragma once

namespace dsys {

#ifdef DSYS_SANITIZED
constexpr bool is_sanitized = true;
#else
constexpr bool is_sanitized = false;
#endif

}  // namespace dsys
