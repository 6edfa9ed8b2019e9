// The questions of a problem, as its quiz.json has them, and whether an answer is right. The same
// reader serves the build, which stops at a broken file, and the program.
//
// The file is a list, numbered from 1 without gaps:
//   {"number":1, "kind":"choice", "question":"...", "choices":{"A":"...","B":"...","C":"..."},
//    "answer":"B", "explanation":"...", "source":"...", "section":"a head of the reading"}
//   {"number":2, "kind":"numeric", "question":"...", "answer":7.5, "tolerance":0.05,
//    "explanation":"...", "source":"...", "section":"..."}
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace dsys::study {

struct Choice {
  char letter = 'A';
  std::string text;
};

using Answer = std::variant<char, double>;  // the letter of a choice, or a number

struct Question {
  unsigned number = 0;
  std::string text;
  std::vector<Choice> choices;  // A, B, C, ...; none: a number answers
  Answer answer;
  double tolerance = 0;  // how far a number may be off
  std::string explanation;
  std::string source;
  std::string section;  // of the study reading, to read again

  bool is_choice() const { return !choices.empty(); }
};

struct QuizFile {
  std::string_view name;     // for what is said of it
  std::string_view text;     // quiz.json
  std::string_view reading;  // README.md: each question's section is one of its heads
};

// Throws UsageError that names the file, the question and what would be right.
std::vector<Question> read_quiz(const QuizFile& file);

// What can answer it: "a letter from A to D", or "a number such as 3, 2.5 or 80%".
std::string wanted_answer(const Question& question);

// As typed: a letter in either case; 3, 3.0 or 80%. None: it cannot be an answer.
std::optional<Answer> parse_answer(const Question& question, std::string_view words);

bool is_right(const Question& question, const Answer& answer);

// "B", "7.5"
std::string to_string(const Answer& answer);

// Answers in a file: an object such as {"1":"B","2":3}; question -> answer, as if typed. Throws
// UsageError that names the file.
std::map<std::string, std::string> read_answers(std::string_view file, std::string_view text);

}  // namespace dsys::study
