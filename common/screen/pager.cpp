#include "common/screen/pager.hpp"

#include <sys/wait.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace dsys::screen {
namespace {

// Says nothing if it is not installed; a $PAGER that is wrong makes the shell complain.
constexpr const char* default_pager = "command -v less >/dev/null || exit 127; exec less";

// What a shell answers for a command that it cannot run, or cannot find.
bool could_not_run(int status) {
  return status == -1 ||
         (WIFEXITED(status) && (WEXITSTATUS(status) == 126 || WEXITSTATUS(status) == 127));
}

// While it lives, the signal does nothing to this process.
class Ignored {
 public:
  explicit Ignored(int signal) : signal_(signal), before_(std::signal(signal, SIG_IGN)) {}
  Ignored(const Ignored&) = delete;
  Ignored& operator=(const Ignored&) = delete;
  ~Ignored() { (void)std::signal(signal_, before_); }

 private:
  int signal_;
  void (*before_)(int);
};

}  // namespace

bool shown_in_pager(const std::string& text) {
  const char* const wanted = std::getenv("PAGER");
  const std::string command = wanted == nullptr ? default_pager : wanted;
  if (command.empty()) return false;
  (void)setenv("LESS", "FRX", 0);  // show colours, and end by itself after a short text
  (void)std::fflush(stdout);
  std::FILE* const pager = popen(command.c_str(), "w");
  if (pager == nullptr) return false;
  // Only now, so that the pager itself still hears them.
  const Ignored interrupt(SIGINT);
  const Ignored broken_pipe(SIGPIPE);
  (void)std::fwrite(text.data(), 1, text.size(), pager);
  return !could_not_run(pclose(pager));
}

}  // namespace dsys::screen
