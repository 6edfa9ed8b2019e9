#include "common/bridge/program.hpp"

#include "common/bridge/core.hpp"
#include "common/bridge/family.hpp"
#include "common/core/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <future>
#include <iterator>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace dsys::bridge {
namespace {

constexpr std::size_t last_words_max = 4096;
constexpr int exit_cannot_run = 127;
constexpr Duration time_slice = 20ms;
constexpr Duration between_checks = 100ms;

struct Pipe {
  int read_end = -1;
  int write_end = -1;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw ProgramError("cannot be started: no pipe is left");
  return {ends[0], ends[1]};
}

void close_end(int& end) {
  if (end >= 0) close(end);
  end = -1;
}

void make_nonblocking(int end) {
  fcntl(end, F_SETFL, fcntl(end, F_GETFL) | O_NONBLOCK);
}

bool needs_shell(std::string_view words) {
  return words.find_first_of("|&;<>()$`\\\"'*?[]#~=%\n") != std::string_view::npos;
}

std::vector<std::string> split_words(const std::string& words) {
  if (needs_shell(words)) return {"/bin/sh", "-c", words};
  std::vector<std::string> split;
  std::size_t start = words.find_first_not_of(' ');
  while (start != std::string::npos) {
    const std::size_t end = std::min(words.find(' ', start), words.size());
    split.push_back(words.substr(start, end - start));
    start = words.find_first_not_of(' ', end);
  }
  return split;
}

void limit(__rlimit_resource_t resource, std::uint64_t value) {
  const rlimit both{value, value};
  (void)setrlimit(resource, &both);
}

// Between fork and exec only calls that are safe there.
[[noreturn]] void become(char* const* words, const char* directory, const Limits& limits, int core,
                         const Pipe& input, const Pipe& output, const Pipe& errors) {
  (void)setpgid(0, 0);
  run_on(core);
  (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
  (void)signal(SIGPIPE, SIG_DFL);
  (void)dup2(input.read_end, STDIN_FILENO);
  (void)dup2(output.write_end, STDOUT_FILENO);
  (void)dup2(errors.write_end, STDERR_FILENO);
  limit(RLIMIT_FSIZE, limits.file_size_max);
  limit(RLIMIT_NOFILE, limits.open_files_max);
  limit(RLIMIT_CORE, 0);
  if (*directory == '\0' || chdir(directory) == 0) execvp(words[0], words);
  constexpr std::string_view said = "there is no such program, or it may not be run: ";
  (void)!write(STDERR_FILENO, said.data(), said.size());
  (void)!write(STDERR_FILENO, words[0], std::strlen(words[0]));
  _exit(exit_cannot_run);
}

// Starts all programs. The kernel ends a process with the thread that started it, so that a program
// which hangs does not outlive us; and a program is used by more threads than one. Never ends.
class Launcher {
 public:
  static Launcher& instance() {
    static auto* const launcher = new Launcher;
    return *launcher;
  }

  pid_t launch(const std::function<pid_t()>& start) {
    std::packaged_task<pid_t()> task(start);
    std::future<pid_t> process = task.get_future();
    {
      const std::scoped_lock lock(mutex_);
      tasks_.push_back(std::move(task));
    }
    has_work_.notify_one();
    return process.get();
  }

 private:
  Launcher() {
    std::thread([this] { work(); }).detach();
  }

  void work() {
    while (true) {
      std::unique_lock lock(mutex_);
      has_work_.wait(lock, [this] { return !tasks_.empty(); });
      std::packaged_task<pid_t()> task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      task();
    }
  }

  std::mutex mutex_;
  std::condition_variable has_work_;
  std::deque<std::packaged_task<pid_t()>> tasks_;
};

}  // namespace

Program::Program(const Command& command, const Limits& limits)
    : limits_(limits), core_(core_of_this_thread()) {
  static std::once_flag once;
  std::call_once(once, [] {
    // A program that has died must not take us with it when it is written to.
    (void)signal(SIGPIPE, SIG_IGN);
    // The order of Python's sets of strings is to be the same in every process.
    (void)setenv("PYTHONHASHSEED", "0", 0);  // NOLINT(concurrency-mt-unsafe): once, at the first
  });
  start(command);
}

void Program::start(const Command& command) {
  const std::vector<std::string> split = split_words(command.words);
  if (split.empty()) throw ProgramError("does not start: the command is empty");
  std::vector<char*> words;
  words.reserve(split.size() + 1);
  for (const std::string& word : split) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);

  Pipe input = make_pipe();
  Pipe output = make_pipe();
  Pipe errors = make_pipe();
  process_ = Launcher::instance().launch([&] {
    const pid_t process = fork();
    if (process == 0) {
      become(words.data(), command.directory.c_str(), limits_, core_, input, output, errors);
    }
    return process;
  });
  close_end(input.read_end);
  close_end(output.write_end);
  close_end(errors.write_end);
  input_ = input.write_end;
  output_ = output.read_end;
  errors_ = errors.read_end;
  for (const int end : {input_, output_, errors_}) make_nonblocking(end);
  if (process_ < 0) throw ProgramError("cannot be started: no process is left");
  (void)setpgid(process_, process_);
}

Program::~Program() {
  close_end(input_);
  close_end(output_);
  close_end(errors_);
  if (process_ <= 0) return;
  // Those that left the group are found by descent, as long as their parents live.
  const std::vector<pid_t> family = family_of(process_, limits_.processes_max * 16);
  (void)kill(-process_, SIGKILL);
  for (const pid_t member : family) (void)kill(member, SIGKILL);
  (void)waitpid(process_, nullptr, 0);
}

std::string_view Program::ask(std::string_view line) {
  answer_.erase(0, consumed_);
  consumed_ = 0;
  searched_ = 0;
  read_answer();  // what came unasked
  // What a program prints at its start counts as its first answer, early or late.
  if (questions_ > 0 && !answer_.empty()) {
    throw ProgramError(fmt::format("printed more than one line for one event; the second begins {}",
                                   in_quotes(answer_)));
  }
  pending_.assign(line);
  pending_ += '\n';
  written_ = 0;
  ++questions_;
  spent_ = {};
  write_some();
  std::string_view answer;
  while (!take_line(answer)) wait_for_work(written_ < pending_.size());
  return answer;
}

bool Program::take_line(std::string_view& line) {
  const std::size_t end = answer_.find('\n', searched_);
  searched_ = answer_.size();
  if (end == std::string::npos) return false;
  consumed_ = end + 1;
  line = std::string_view(answer_).substr(0, end);
  return true;
}

void Program::wait_for_work(bool has_output) {
  std::array<pollfd, 3> ends{pollfd{output_, POLLIN, 0}, pollfd{errors_, POLLIN, 0},
                             pollfd{has_output ? input_ : -1, POLLOUT, 0}};
  const int ready = poll(ends.data(), ends.size(), static_cast<int>(time_slice / 1ms));
  const bool is_due = std::chrono::steady_clock::now() - checked_ > between_checks;
  if (ready == 0 || is_due) check_family();
  if (ends[1].revents != 0) read_errors();
  if (ends[2].revents != 0) write_some();
  if (ends[0].revents != 0) read_answer();
}

void Program::write_some() {
  while (written_ < pending_.size()) {
    const ssize_t done = write(input_, pending_.data() + written_, pending_.size() - written_);
    if (done < 0) {
      // A closed input shows as the end of its output, where the reason is told.
      if (errno != EAGAIN && errno != EINTR) written_ = pending_.size();
      return;
    }
    written_ += static_cast<std::size_t>(done);
  }
}

void Program::read_answer() {
  std::array<char, 16'384> part{};
  const ssize_t size = read(output_, part.data(), part.size());
  if (size == 0) report_end();
  if (size < 0) return;
  answer_.append(part.data(), static_cast<std::size_t>(size));
  if (answer_.size() > limits_.answer_size_max) {
    throw ProgramError(
        fmt::format("printed more than {} bytes for one event", limits_.answer_size_max));
  }
}

void Program::read_errors() {
  std::array<char, 4096> part{};
  const ssize_t size = read(errors_, part.data(), part.size());
  if (size == 0) return close_end(errors_);
  if (size < 0) return;
  last_words_.append(part.data(), static_cast<std::size_t>(size));
  if (last_words_.size() > 2 * last_words_max) {
    last_words_.erase(0, last_words_.size() - last_words_max);
  }
}

// What counts is the program's own doing. Time in which the machine does not let it run, or us, is
// not its fault: so a step of the clock counts as the time for which we meant to wait.
void Program::check_family() {
  const auto now = std::chrono::steady_clock::now();
  const Duration step = std::min<Duration>(now - checked_, between_checks);
  checked_ = now;
  const FamilyUse use = use_of(family_of(process_, limits_.processes_max));
  if (use.processes > limits_.processes_max) {
    throw ProgramError(fmt::format("started more than {} processes", limits_.processes_max));
  }
  if (use.memory > limits_.memory_max) {
    throw ProgramError(
        fmt::format("used more than {} MB of memory", limits_.memory_max / 1'000'000));
  }
  if (!spent_.cpu_before) {  // the first look since the question
    spent_ = {.cpu_before = use.cpu, .cpu = use.cpu, .since = now};
    return;
  }
  const bool is_idle = use.cpu == spent_.cpu && !use.wants_to_run;
  if (is_idle) spent_.idle += step;
  spent_.cpu = use.cpu;
  const std::string limit = to_string(limits_.answer_time);
  if (use.cpu - *spent_.cpu_before > limits_.answer_time) {
    throw TimeExceeded(fmt::format("gave no answer within {} of computing", limit));
  }
  if (spent_.idle > limits_.answer_time) {
    throw TimeExceeded(fmt::format("gave no answer within {}, and did nothing", limit));
  }
  const Duration waited = now - spent_.since;
  if (waited > limits_.starved_max) {
    throw NotJudged(fmt::format("the machine has hardly let the program run for {}",
                                to_string(limits_.starved_max)));
  }
  if (waited > limits_.answer_time && limits_.on_starving != nullptr) limits_.on_starving();
}

// Its output has ended: it has died, or closed it.
void Program::report_end() {
  int status = 0;
  pid_t ended = 0;
  for (int tries = 0; tries < 50 && ended == 0; ++tries) {
    ended = waitpid(process_, &status, WNOHANG);
    if (ended == 0) (void)poll(nullptr, 0, 20);
  }
  if (ended == 0) throw ProgramError("closed its standard output");
  (void)kill(-process_, SIGKILL);  // what it has left behind
  process_ = -1;
  if (WIFSIGNALED(status)) {
    throw ProgramError(
        fmt::format("was ended by signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status))));
  }
  if (WEXITSTATUS(status) == exit_cannot_run) throw ProgramError("does not start");
  throw ProgramError(fmt::format("ended by itself (exit status {})", WEXITSTATUS(status)));
}

const std::string& Program::last_words() {
  for (int tries = 0; tries < 16 && errors_ >= 0; ++tries) {
    pollfd end{errors_, POLLIN, 0};
    if (poll(&end, 1, process_ < 0 ? 100 : 0) <= 0) break;
    read_errors();
  }
  if (last_words_.size() > last_words_max) {
    last_words_.erase(0, last_words_.size() - last_words_max);
  }
  return last_words_;
}

void Program::forget_last_words() {
  (void)last_words();
  last_words_.clear();
}

std::unique_ptr<Program> IdlePrograms::take() {
  const std::scoped_lock lock(mutex_);
  const auto found = std::find_if(
      idle_.rbegin(), idle_.rend(),
      [](const std::unique_ptr<Program>& one) { return one->core() == core_of_this_thread(); });
  if (found == idle_.rend()) return nullptr;
  std::unique_ptr<Program> program = std::move(*found);
  idle_.erase(std::next(found).base());
  return program;
}

void IdlePrograms::give(std::unique_ptr<Program> program) {
  program->forget_last_words();
  const std::scoped_lock lock(mutex_);
  idle_.push_back(std::move(program));
}

}  // namespace dsys::bridge
