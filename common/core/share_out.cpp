#include "common/core/share_out.hpp"

#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace dsys {

void share_out(std::size_t first, std::size_t end, unsigned jobs,
               const std::function<bool(std::size_t)>& work) {
  std::atomic<std::size_t> next{first};
  std::atomic<bool> goes_on{true};
  std::mutex mutex;
  std::exception_ptr trouble;
  const auto take_part = [&] {
    try {
      for (std::size_t i = next++; i < end && goes_on; i = next++) {
        if (!work(i)) goes_on = false;
      }
    } catch (...) {
      goes_on = false;
      const std::scoped_lock lock(mutex);
      trouble = std::current_exception();
    }
  };
  std::vector<std::thread> others;
  for (unsigned job = 1; job < jobs; ++job) others.emplace_back(take_part);
  take_part();
  for (std::thread& other : others) other.join();
  if (trouble) std::rethrow_exception(trouble);
}

}  // namespace dsys
