#include "common/bridge/core.hpp"

#include <algorithm>
#include <mutex>
#include <vector>

#include <sched.h>

namespace dsys::bridge {
namespace {

thread_local int own_core = -1;

cpu_set_t cores_of_process() {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  (void)sched_getaffinity(0, sizeof(cores), &cores);
  return cores;
}

// How many threads have each of the cores that we may use.
class Cores {
 public:
  static Cores& all() {
    static Cores cores;
    return cores;
  }

  int take() {
    const std::scoped_lock lock(mutex_);
    if (users_.empty()) return -1;
    const auto least = std::min_element(
        users_.begin(), users_.end(),
        [](const Users& left, const Users& right) { return left.count < right.count; });
    ++least->count;
    return least->core;
  }
  void give(int core) {
    const std::scoped_lock lock(mutex_);
    for (Users& one : users_) one.count -= one.core == core ? 1 : 0;
  }
  const cpu_set_t& allowed() const { return allowed_; }

 private:
  struct Users {
    int core = 0;
    int count = 0;
  };

  Cores() {
    for (int core = 0; core < CPU_SETSIZE; ++core) {
      if (CPU_ISSET(core, &allowed_)) users_.push_back({.core = core});
    }
  }

  cpu_set_t allowed_ = cores_of_process();
  std::mutex mutex_;
  std::vector<Users> users_;
};

}  // namespace

OneCore::OneCore() {
  own_core = Cores::all().take();
  run_on(own_core);
}

OneCore::~OneCore() {
  Cores::all().give(own_core);
  own_core = -1;
  run_on(-1);
}

int core_of_this_thread() {
  return own_core;
}

void run_on(int core) {
  cpu_set_t cores = Cores::all().allowed();
  if (core >= 0) {
    CPU_ZERO(&cores);
    CPU_SET(core, &cores);
  }
  (void)sched_setaffinity(0, sizeof(cores), &cores);
}

}  // namespace dsys::bridge
