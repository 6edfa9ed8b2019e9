// Programs that do everything wrong. None of them takes us down or hangs us; each gets a sentence.
#include "common/bridge/program.hpp"

#include "common/core/error.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include <poll.h>

namespace dsys::bridge {
namespace {

// What `ask` complains of; "" if it was answered.
std::string complaint(const std::string& words, const Limits& limits = {}, int questions = 1) {
  try {
    Program program({.words = words, .directory = {}}, limits);
    for (int i = 0; i < questions; ++i) (void)program.ask("{}");
    return "";
  } catch (const ProgramError& error) {
    return error.what();
  }
}

bool says(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a program is given a line and answers with one") {
  Program program({.words = "cat", .directory = {}});
  CHECK(program.ask("one") == "one");
  CHECK(program.ask("two") == "two");
  const std::string long_line(300'000, 'x');  // more than a pipe holds
  CHECK(program.ask(long_line) == long_line);
}

TEST_CASE("a program runs in its folder, and words that need a shell get one") {
  Program program({.words = "read line && pwd", .directory = "/"});
  CHECK(program.ask("x") == "/");
}

TEST_CASE("a program that does not exist does not start, and says which it is") {
  Program program({.words = "/no/such/program --now", .directory = {}});
  CHECK_THROWS_WITH_AS((void)program.ask("{}"), "does not start", ProgramError);
  CHECK(says(program.last_words(), "/no/such/program"));
  CHECK(says(complaint(""), "the command is empty"));
}

TEST_CASE("a program that ends is reported with its status and its last words") {
  Program program({.words = "echo it was all too much >&2; exit 3", .directory = {}});
  CHECK_THROWS_WITH_AS((void)program.ask("{}"), "ended by itself (exit status 3)", ProgramError);
  CHECK(program.last_words() == "it was all too much\n");
  CHECK(says(complaint("kill -SEGV $$"), "was ended by signal 11"));
}

TEST_CASE("a program that dies between two answers is noticed at the next question") {
  CHECK(complaint("read line; echo answer", {}, 1).empty());
  CHECK(complaint("read line; echo answer", {}, 2) == "ended by itself (exit status 0)");
}

TEST_CASE("silence ends after the time for one answer") {
  Program silent({.words = "sleep 1000", .directory = {}}, {.answer_time = 100ms});
  CHECK_THROWS_AS((void)silent.ask("{}"), TimeExceeded);
  Program half({.words = "printf half; sleep 1000", .directory = {}}, {.answer_time = 100ms});
  CHECK_THROWS_AS((void)half.ask("{}"), TimeExceeded);
  Program deaf({.words = "sleep 1000", .directory = {}}, {.answer_time = 100ms});
  CHECK_THROWS_AS((void)deaf.ask(std::string(1'000'000, 'x')), TimeExceeded);
}

TEST_CASE("whoever computes or sleeps too long is told so; a stopped program is not to blame") {
  const Limits limits{.answer_time = 200ms, .starved_max = 400ms};
  CHECK(says(complaint("read line; while :; do :; done", limits), "within 200ms of computing"));
  CHECK(says(complaint("read line; sleep 1000", limits), "within 200ms, and did nothing"));
  Program stopped({.words = "read line; kill -STOP $$", .directory = {}}, limits);
  CHECK_THROWS_AS((void)stopped.ask("{}"), NotJudged);
  const std::string goes_on =
      "read line; (sleep 0.6; kill -CONT $$) & kill -STOP $$; echo answer; cat";
  Program later({.words = goes_on, .directory = {}}, {.answer_time = 200ms});
  CHECK(later.ask("{}") == "answer");
}

TEST_CASE("a flood of output is cut off") {
  CHECK(says(complaint("tr '\\0' x < /dev/zero", {.answer_size_max = 100'000}),
             "printed more than 100000 bytes for one event"));
  CHECK(says(complaint("read line; printf '1\\n2\\n'; cat", {}, 2),
             "printed more than one line for one event; the second begins '2"));
  CHECK_FALSE(complaint("yes", {.answer_size_max = 100'000}, 2).empty());
}

TEST_CASE("what is printed before the first question is the first answer, however early it comes") {
  Program program({.words = "echo welcome; sleep 1000", .directory = {}});
  (void)poll(nullptr, 0, 50);
  CHECK(program.ask("{}") == "welcome");
}

TEST_CASE("a flood of errors does not block a program, and only its end is kept") {
  Program program({.words = "while read line; do yes mistake | head -100000 >&2; echo answer; done",
                   .directory = {}});
  CHECK(program.ask("1") == "answer");
  CHECK(program.ask("2") == "answer");
  CHECK(says(program.last_words(), "mistake"));
  CHECK(program.last_words().size() <= 4096);
}

TEST_CASE("a program that starts process after process is stopped, with all of them") {
  const std::string many = "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 1000 & done; wait";
  CHECK(complaint(many, {.processes_max = 8}) == "started more than 8 processes");
}

TEST_CASE("a program gets no more memory than it may have") {
  CHECK(complaint("tail /dev/zero", {.memory_max = 50'000'000}) ==
        "used more than 50 MB of memory");
}

TEST_CASE("a program gets no more of a file than it may have") {
  const std::string writer =
      "dd if=/dev/zero of=/tmp/dsys_test_$$ bs=1000 count=100000; "
      "status=$?; rm -f /tmp/dsys_test_$$; exit $status";
  CHECK(says(complaint(writer, {.file_size_max = 1'000'000}), "ended by itself"));
}

}  // namespace dsys::bridge
