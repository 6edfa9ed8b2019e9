#include "common/screen/progress_bar.hpp"

#include "common/core/time.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include <unistd.h>

namespace dsys::screen {

ProgressBar::ProgressBar(std::string what)
    : what_(std::move(what)),
      on_terminal_(isatty(STDERR_FILENO) != 0),
      begin_(std::chrono::steady_clock::now()) {}

ProgressBar::~ProgressBar() {
  if (shown_) (void)std::fputs("\r\033[K", stderr);
}

bool ProgressBar::is_due() {
  const auto now = std::chrono::steady_clock::now();
  if (!on_terminal_ || now - begin_ <= 1s || now - latest_ <= 100ms) return false;
  latest_ = now;
  shown_ = true;
  return true;
}

void ProgressBar::draw(const std::string& text) {
  (void)std::fputs(fmt::format("\r{}{}\033[K", what_, text).c_str(), stderr);
  (void)std::fflush(stderr);
}

void ProgressBar::show(std::size_t done, std::size_t of) {
  constexpr std::size_t width = 30;
  if (of == 0 || !is_due()) return;
  const std::size_t full = std::min(width, done * width / of);
  draw(fmt::format(" [{}{}] {} of {}", std::string(full, '='), std::string(width - full, ' '), done,
                   of));
}

void ProgressBar::say(const std::string& how_far) {
  if (is_due()) draw(": " + how_far);
}

}  // namespace dsys::screen
