// A line on standard error that shows how far a long piece of work has come: only on a terminal,
// and only once it has taken a second. It is gone when the work is done.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace dsys::screen {

class ProgressBar {
 public:
  explicit ProgressBar(std::string what);
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  ~ProgressBar();

  void show(std::size_t done, std::size_t of);
  // The same for work whose end is not known.
  void say(const std::string& how_far);

 private:
  bool is_due();
  void draw(const std::string& text);

  std::string what_;
  bool on_terminal_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point begin_;
  std::chrono::steady_clock::time_point latest_;
};

}  // namespace dsys::screen
