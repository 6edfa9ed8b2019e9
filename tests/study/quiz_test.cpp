// What a quiz file must be, and which answers are right.
#include "common/study/quiz.hpp"

#include "apps/dsys/problems.hpp"
#include "common/core/error.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

using namespace dsys;
using nlohmann::json;

namespace {

constexpr std::string_view reading = "# R\n\n## Design\n\n```\n## Code\n```\n\n## Numbers\n";

json good_quiz() {
  return json::parse(R"([
    {"number": 1, "kind": "choice", "question": "Which?",
     "choices": {"A": "this", "B": "that", "C": "neither"}, "answer": "B",
     "explanation": "That.", "source": "a book", "section": "Design"},
    {"number": 2, "kind": "numeric", "question": "How many?", "answer": 7.5, "tolerance": 0.05,
     "explanation": "Many.", "source": "a count", "section": "Numbers"}])");
}

std::vector<study::Question> read(const std::string& text) {
  return study::read_quiz({.name = "quiz.json", .text = text, .reading = reading});
}

std::string complaint_about(const std::string& text) {
  try {
    read(text);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

// The complaint about the good quiz after a change.
std::string complaint_after(const std::function<void(json& quiz)>& change) {
  json quiz = good_quiz();
  change(quiz);
  return complaint_about(quiz.dump());
}

// A member of the first question with another value.
std::string complaint_with(const std::string& member, const json& value) {
  return complaint_after([&](json& quiz) { quiz[0][member] = value; });
}

std::vector<study::Question> quiz_of(const problem::Problem& problem) {
  return study::read_quiz({.name = problem.name,
                           .text = text_of(problem.files, "quiz.json"),
                           .reading = problem.reading});
}

bool judged(const study::Question& question, const std::string& words) {
  const auto answer = study::parse_answer(question, words);
  REQUIRE(answer.has_value());
  return study::is_right(question, *answer);
}

}  // namespace

TEST_CASE("a good quiz is read as it stands") {
  const auto questions = read(good_quiz().dump());
  REQUIRE(questions.size() == 2);
  CHECK(questions[0].is_choice());
  CHECK(questions[0].choices[2].text == "neither");
  CHECK(study::to_string(questions[0].answer) == "B");
  CHECK(questions[0].section == "Design");
  CHECK_FALSE(questions[1].is_choice());
  CHECK(study::to_string(questions[1].answer) == "7.5");
  CHECK(questions[1].source == "a count");
}

TEST_CASE("what is no list of questions is refused, with the file and the line") {
  CHECK(complaint_about("") == "quiz.json: is no JSON; see line 1");
  CHECK(complaint_about("[\n{,") == "quiz.json: is no JSON; see line 2");
  CHECK(complaint_about("[1e999]") == "quiz.json: has a number that is too large");
  CHECK(complaint_about("[]") == "quiz.json: must be a list of questions");
  CHECK(complaint_about("{}") == "quiz.json: must be a list of questions");
  CHECK(complaint_about("[3]") == "quiz.json: question 1: must be an object");
  CHECK(complaint_about(R"([{"kind": "choice", "kind": "numeric"}])") ==
        "quiz.json: 'kind' is there twice");
}

TEST_CASE("a question without one of its members is refused") {
  for (const char* member :
       {"number", "kind", "question", "choices", "answer", "explanation", "source", "section"}) {
    CHECK(complaint_after([&](json& quiz) { quiz[0].erase(member); }) ==
          "quiz.json: question 1: \"" + std::string(member) + "\" is missing");
  }
}

TEST_CASE("a member that is unknown, or of the other kind, is refused") {
  CHECK(complaint_with("hint", "x") ==
        "quiz.json: question 1: 'hint' is no member of such a question");
  CHECK(complaint_with("tolerance", 1) ==
        "quiz.json: question 1: 'tolerance' is no member of such a question");
  CHECK(complaint_after([](json& quiz) { quiz[1]["choices"] = quiz[0]["choices"]; }) ==
        "quiz.json: question 2: 'choices' is no member of such a question");
  CHECK(complaint_with("kind", "essay") ==
        "quiz.json: question 1: \"kind\" is 'essay'; it must be choice or numeric");
}

TEST_CASE("texts are one line each, and not empty") {
  for (const char* member : {"question", "explanation", "source", "section", "kind"}) {
    for (const json& value : {json(""), json("  "), json(" x"), json("a\nb"), json(3)}) {
      CHECK(complaint_with(member, value) == "quiz.json: question 1: \"" + std::string(member) +
                                                 "\" must be a text of one line, without blanks "
                                                 "around it");
    }
  }
}

TEST_CASE("numbers count from 1 without a gap") {
  CHECK(complaint_with("number", 2) ==
        "quiz.json: question 1: \"number\" must be 1: from 1 in order, without a gap");
  CHECK(complaint_after([](json& quiz) { quiz[1]["number"] = 3; }) ==
        "quiz.json: question 2: \"number\" must be 2: from 1 in order, without a gap");
  CHECK_FALSE(complaint_with("number", "1").empty());
}

TEST_CASE("there are three choices or more, lettered from A, and all different") {
  const std::string few =
      "quiz.json: question 1: \"choices\" must have 3 choices or more, lettered from A";
  CHECK(complaint_with("choices", {{"A", "this"}, {"B", "that"}}) == few);
  CHECK(complaint_with("choices", "A") == few);
  CHECK(complaint_with("choices", {{"A", "x"}, {"B", "y"}, {"D", "z"}}) ==
        "quiz.json: question 1: choice 'D' must be C: letters from A without a gap");
  CHECK(complaint_with("choices", {{"A", "x"}, {"B", "y"}, {"C", "x"}}) ==
        "quiz.json: question 1: choice C says the same as another");
  CHECK(complaint_with("choices", {{"A", "x"}, {"B", "y"}, {"C", 3}}) ==
        "quiz.json: question 1: \"C\" must be a text of one line, without blanks around it");
}

TEST_CASE("exactly one choice is the answer") {
  for (const json& value :
       {json("D"), json("b"), json("AB"), json(""), json(2), json::array({"A", "B"})}) {
    CHECK(complaint_with("answer", value) ==
          "quiz.json: question 1: \"answer\" must be exactly one of the choices, a letter from A "
          "to C");
  }
}

TEST_CASE("a numeric question has a number for an answer, and a tolerance above zero or none") {
  CHECK(complaint_after([](json& quiz) { quiz[1]["answer"] = "3"; }) ==
        "quiz.json: question 2: \"answer\" must be a number");
  for (const json& value : {json(0), json(-1), json("1")}) {
    CHECK(complaint_after([&](json& quiz) { quiz[1]["tolerance"] = value; }) ==
          "quiz.json: question 2: \"tolerance\" must be a number above 0");
  }
  CHECK(complaint_after([](json& quiz) { quiz[1].erase("tolerance"); }).empty());
}

TEST_CASE("the section to read again is a head of the reading") {
  CHECK(complaint_with("section", "Desig") ==
        "quiz.json: question 1: \"section\" 'Desig' is no `## ` head of the reading");
  CHECK_FALSE(complaint_with("section", "Code").empty());  // inside a block of code
  CHECK(complaint_with("section", "Numbers").empty());
}

TEST_CASE("a letter answers in either case, and only one of the choices") {
  const study::Question question = read(good_quiz().dump())[0];
  CHECK(judged(question, "B"));
  CHECK(judged(question, " b "));
  CHECK_FALSE(judged(question, "A"));
  CHECK_FALSE(judged(question, "C"));
  for (const char* words : {"", "D", "BB", "1", "B)", "?"}) {
    CAPTURE(words);
    CHECK_FALSE(study::parse_answer(question, words).has_value());
  }
  CHECK(study::wanted_answer(question) == "a letter from A to C");
}

TEST_CASE("a number answers with decimals or a percent sign, within the tolerance") {
  const study::Question question = read(good_quiz().dump())[1];
  for (const char* words : {"7.5", "7.50", "7.5%", " 7.5 % ", "7.45", "7.55", "75e-1"}) {
    CAPTURE(words);
    CHECK(judged(question, words));
  }
  for (const char* words : {"7.4", "7.56", "-7.5", "0", "75"}) {
    CAPTURE(words);
    CHECK_FALSE(judged(question, words));
  }
  for (const char* words : {"", "%", "seven", "7,5", "7.5 keys", "nan", "inf", "1e999"}) {
    CAPTURE(words);
    CHECK_FALSE(study::parse_answer(question, words).has_value());
  }
}

TEST_CASE("without a tolerance only the number itself is right") {
  json quiz = good_quiz();
  quiz[1]["answer"] = 3;
  quiz[1].erase("tolerance");
  const study::Question question = read(quiz.dump())[1];
  CHECK(judged(question, "3"));
  CHECK(judged(question, "3.0"));
  CHECK_FALSE(judged(question, "3.01"));
  CHECK_FALSE(judged(question, "2"));
}

TEST_CASE("a file of answers is an object of letters and numbers") {
  const auto answers = study::read_answers("my.json", R"({"1": "B", "2": 3, "raft.3": 2.5})");
  CHECK(answers.at("1") == "B");
  CHECK(answers.at("2") == "3");
  CHECK(answers.at("raft.3") == "2.5");
  for (const char* text : {"", "[]", "{}", "{\"1\":", R"({"1": 1e999})", R"({"1": null})",
                           R"({"1": true})", R"({"1": ["B"]})", R"({"1": "A", "1": "B"})"}) {
    CAPTURE(text);
    CHECK_THROWS_WITH_AS(study::read_answers("my.json", text), doctest::Contains("my.json: "),
                         UsageError);
  }
}

TEST_CASE("every problem that is here has a quiz of 15 questions, in plain letters") {
  for (const cli::PlannedProblem& planned : all_problems()) {
    if (planned.problem == nullptr) continue;
    CAPTURE(planned.name);
    CHECK(quiz_of(*planned.problem).size() == 15);
    const std::string_view text = text_of(planned.problem->files, "quiz.json");
    CHECK(
        std::all_of(text.begin(), text.end(), [](unsigned char letter) { return letter < 0x80; }));
  }
}

TEST_CASE("of every question the answer is right and everything else is wrong") {
  for (const cli::PlannedProblem& planned : all_problems()) {
    if (planned.problem == nullptr) continue;
    for (const study::Question& question : quiz_of(*planned.problem)) {
      CAPTURE(planned.name);
      CAPTURE(question.number);
      CHECK(judged(question, study::to_string(question.answer)));
      const auto right = std::count_if(
          question.choices.begin(), question.choices.end(),
          [&](const study::Choice& one) { return judged(question, std::string(1, one.letter)); });
      CHECK(right == (question.is_choice() ? 1 : 0));
      if (!question.is_choice()) CHECK_FALSE(judged(question, "1"));
    }
  }
}

TEST_CASE("the answers are those of the sources") {
  const auto key_of = [](std::string_view name) {
    std::string key;
    for (const cli::PlannedProblem& planned : all_problems()) {
      if (planned.name != name) continue;
      for (const study::Question& one : quiz_of(*planned.problem)) {
        key += (key.empty() ? "" : " ") + study::to_string(one.answer);
      }
    }
    return key;
  };
  CHECK(key_of("raft") == "3 2 A B D A 6 B B D D A 3 C A");
  CHECK(key_of("hashring") == "80 20 D C A 7.5 A B D B C C C A 16384");
}
