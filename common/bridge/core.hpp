// A core for one run. A program and whoever asks it take turns, so they are quickest on one and the
// same core: to wake a process on another one takes several times as long as its answer.
#pragma once

namespace dsys::bridge {

// While it lives, the calling thread runs on the core that the fewest of these have, and so do the
// programs that it starts. Without effect where the system does not allow it.
class OneCore {
 public:
  OneCore();
  OneCore(const OneCore&) = delete;
  OneCore& operator=(const OneCore&) = delete;
  ~OneCore();
};

// Of the calling thread; -1: any.
int core_of_this_thread();

// Between fork and exec, or of the calling thread; -1: any.
void run_on(int core);

}  // namespace dsys::bridge
