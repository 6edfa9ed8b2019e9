// Run by the build: is this quiz.json whole, and does it fit its reading?
//   check_quiz QUIZ.json README.md
#include "common/core/error.hpp"
#include "common/study/quiz.hpp"
#include "common/study/text_file.hpp"

#include <cstdio>
#include <exception>
#include <string>
#include <utility>

namespace {

std::string text_of(const std::string& path) {
  constexpr std::size_t size_max = 1U << 20U;
  auto text = dsys::study::text_of_file(path, size_max);
  if (!text) throw dsys::UsageError(path + ": cannot be read");
  return *std::move(text);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 3) throw dsys::UsageError("usage: check_quiz QUIZ.json README.md");
    const std::string text = text_of(argv[1]);
    const std::string reading = text_of(argv[2]);
    (void)dsys::study::read_quiz({.name = argv[1], .text = text, .reading = reading});
    return 0;
  } catch (const std::exception& error) {
    (void)std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
  }
}
