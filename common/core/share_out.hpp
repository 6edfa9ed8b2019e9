// Work on numbered pieces, shared out among threads.
#pragma once

#include <cstddef>
#include <functional>

namespace dsys {

// Calls work(i) once for each i of [first, end), from `jobs` threads, the caller's among them.
// Pieces are begun in order; once a call returns false no further one is begun. What a call throws
// is thrown here, when all threads have come to their end.
void share_out(std::size_t first, std::size_t end, unsigned jobs,
               const std::function<bool(std::size_t)>& work);

}  // namespace dsys
