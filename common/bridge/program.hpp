// A program of somebody else's, started and asked: a line in, a line out. It may be wrong in every
// way; none of them takes us down or hangs us. See README.md, Limits.
#pragma once

#include "common/core/time.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace dsys::bridge {

struct Limits {
  Duration answer_time = 10s;                // of computing, or of doing nothing, for one answer
  Duration starved_max = 10min;              // on a machine that does not let it run
  void (*on_starving)() = nullptr;           // called while such a program is waited for
  std::size_t answer_size_max = 16'777'216;  // bytes of one answer
  std::uint64_t memory_max = 1'000'000'000;  // bytes in use, of it and its descendants
  std::uint64_t file_size_max = 67'108'864;  // bytes
  std::uint64_t open_files_max = 64;
  std::size_t processes_max = 32;  // it and its descendants
};

// What a program did wrong, in a sentence without its subject: "does not start: ...".
class ProgramError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Whoever runs out of time is not asked again and again: it is told apart from other errors.
class TimeExceeded : public ProgramError {
 public:
  using ProgramError::ProgramError;
};

struct Command {
  std::string words;      // run directly, or by the shell if it needs one: "python3 node.py"
  std::string directory;  // where it runs; empty: here
};

class Program {
 public:
  // Throws ProgramError if no process can be made. A command that does not exist shows at the
  // first question.
  explicit Program(const Command& command, const Limits& limits = {});
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program();  // kills it, and what it started

  // Gives it a line (without its end) and returns its answer (the same), good until the next call.
  // Throws ProgramError, and NotJudged if the machine does not let it run.
  std::string_view ask(std::string_view line);

  // The end of what it wrote to standard error; waits a moment for it if the program has ended.
  const std::string& last_words();
  void forget_last_words();

  int core() const { return core_; }  // where it runs; -1: anywhere

 private:
  // Of the program's time, since a question.
  struct Spent {
    std::optional<Duration> cpu_before;  // when it was first looked at
    Duration cpu{};
    Duration idle{};
    std::chrono::steady_clock::time_point since;
  };

  void start(const Command& command);
  bool take_line(std::string_view& line);
  void wait_for_work(bool has_output);
  void write_some();
  void read_answer();
  void read_errors();
  void check_family();
  [[noreturn]] void report_end();

  Limits limits_;
  int core_;
  pid_t process_ = -1;
  int input_ = -1;   // we write, it reads
  int output_ = -1;  // it writes, we read
  int errors_ = -1;
  std::string pending_;  // not yet written to it
  std::size_t written_ = 0;
  std::string answer_;        // read from it
  std::size_t consumed_ = 0;  // of answer_: the line that was returned last
  std::size_t searched_ = 0;  // of answer_: no line end before this
  std::string last_words_;
  std::uint64_t questions_ = 0;
  Spent spent_;
  std::chrono::steady_clock::time_point checked_;  // when its family was last looked at
};

// Processes between two lives: each has played a node to its end and waits for the next init. Given
// to whoever runs on the same core. For several threads.
class IdlePrograms {
 public:
  std::unique_ptr<Program> take();  // null if there is none
  void give(std::unique_ptr<Program> program);

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<Program>> idle_;
};

// A program that plays nodes, and as what.
struct Player {
  Command command;
  std::string role;
  Limits limits;
  std::shared_ptr<IdlePrograms> idle = std::make_shared<IdlePrograms>();
};

}  // namespace dsys::bridge
