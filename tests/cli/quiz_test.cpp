// The quiz as it is taken: at a pipe, by given answers, by a file.
#include "tests/cli/program.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>

using namespace dsys;

namespace {

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++count;
  return count;
}

const std::string raft_key = "1=3,2=2,3=A,4=B,5=D,6=A,7=6,8=B,9=B,10=D,11=D,12=A,13=3,14=C,15=A";

}  // namespace

TEST_CASE("only the given answers are judged, with explanation, source and what to read again") {
  const Ran ran = run_dsys("raft quiz --answers 1=3.0,3=b");
  CHECK(ran.status == 0);
  CHECK(count_of(ran.out, "Your answer:") == 2);
  CHECK(count_of(ran.out, "  Right.\n") == 1);
  CHECK(has(ran.out, "  Wrong. The answer is A.\n"));
  CHECK(has(ran.out, "the length\n  only breaks ties"));
  CHECK(count_of(ran.out, "  Source: ") == 2);
  CHECK(has(ran.out, "Score: 1 of 2\n"));
  CHECK(has(ran.out, "  dsys raft read --section \"Two-minute answer\"\n      question 3\n"));
}

TEST_CASE("a full score leaves nothing to read again") {
  const Ran ran = run_dsys("raft quiz --answers " + raft_key);
  CHECK(has(ran.out, "Score: 15 of 15\n"));
  CHECK_FALSE(has(ran.out, "Read again"));
  CHECK(has(run_dsys("hashring quiz --answers 1=80%,6=7.49").out, "Score: 2 of 2\n"));
}

TEST_CASE("what to read again can be read") {
  const std::string out =
      run_dsys("hashring quiz --answers 1=1,3=A,4=A,5=B,9=A,10=A,11=A,13=A").out;
  std::size_t commands = 0;
  for (std::size_t at = 0; (at = out.find("  dsys ", at)) != std::string::npos; ++at) {
    const std::string command = out.substr(at + 2, out.find('\n', at) - at - 2);
    CAPTURE(command);
    CHECK(run_shell(command).status == 0);
    ++commands;
  }
  CHECK(commands == 7);
}

TEST_CASE("answers come from a file too") {
  const Ran ran = run_shell(
      R"(echo '{"1": "3", "2": 2, "3": "B"}' >my.json; dsys raft quiz --answers my.json)");
  CHECK(ran.status == 0);
  CHECK(has(ran.out, "Score: 2 of 3\n"));
  CHECK(run_dsys(R"(raft quiz --answers <(echo '{"1": 3, "2": 2, "3": "B"}'))").out == ran.out);
}

TEST_CASE("a quiz as JSON is one document") {
  const Ran ran = run_dsys("raft quiz --answers 3=B,1=3 --json");
  const Json document = Json::parse(ran.out, nullptr, false);
  REQUIRE(document.is_object());
  CHECK(document["problem"] == "raft");
  CHECK(document["score"] == 1);
  CHECK(document["of"] == 2);
  const Json& wrong = document["questions"][1];
  CHECK(wrong["problem"] == "raft");
  CHECK(wrong["number"] == 3);
  CHECK(wrong["given"] == "B");
  CHECK(wrong["right"] == false);
  CHECK(wrong["answer"] == "A");
  CHECK(wrong["section"] == "Two-minute answer");
  CHECK_FALSE(wrong["source"].get<std::string>().empty());
  CHECK_FALSE(wrong["explanation"].get<std::string>().empty());
  CHECK(document["questions"][0]["given"] == 3);
}

TEST_CASE("a pipe answers line by line, and its end is the end of the quiz") {
  const Ran ran = run_shell("printf 'b\\nA\\n' | dsys raft quiz");  // question 9 comes first
  CHECK(ran.status == 0);
  CHECK(ran.err.empty());
  CHECK(has(ran.out, "15 questions, in the order of seed 1."));
  CHECK(has(ran.out, "1 of 15  question 9\n"));
  CHECK(has(ran.out, "  Your answer: b\n\n  Right.\n"));
  CHECK(has(ran.out, "13 questions not answered.\n"));
  CHECK(has(ran.out, "Score: "));
  CHECK(has(ran.out, " of 2\n"));
  CHECK(run_shell("printf 'b\\r\\nA' | dsys raft quiz").out == ran.out);
  CHECK(has(run_dsys("raft quiz").out, "Score: 0 of 0\n"));
}

TEST_CASE("what cannot be an answer is asked again, and q ends the quiz") {
  const Ran ran = run_shell(R"(printf 'E\n\n3\n\001\nB\nq\nB\n' | dsys raft quiz)");
  CHECK(ran.status == 0);
  CHECK(count_of(ran.out, "no answer here; type a letter from A to D, or q to end") == 4);
  CHECK(has(ran.out, "'E' is no answer"));
  CHECK(has(ran.out, "Nothing is no answer"));
  CHECK_FALSE(has(ran.out, "\001"));
  CHECK(has(ran.out, "Score: 1 of 1\n"));
  CHECK(has(ran.out, "14 questions not answered.\n"));
}

TEST_CASE("a pipe that never has an answer ends the quiz") {
  const Ran ran = run_shell("yes | dsys raft quiz");
  CHECK(ran.status == 2);
  CHECK(has(ran.err, "question 9: 100 lines came that cannot answer it; it takes a letter from A"));
}

TEST_CASE("only a whole quiz is noted, and the best is kept") {
  const auto noted = [](const std::string& words) {
    const Ran ran = run_shell("{ " + words + "; } >/dev/null; dsys progress --json");
    return Json::parse(ran.out, nullptr, false)["problems"];
  };
  const std::string whole =
      "dsys raft quiz --answers 1=3,2=3,3=B,4=B,5=B,6=B,7=1,8=B,9=B,10=B,11=B,12=B,13=1,14=B,15=B";
  const auto quiz_of = [](const Json& problems, const std::string& name) {
    for (const Json& one : problems) {
      if (one["name"] == name) return one["quiz"];
    }
    return Json();
  };
  CHECK(quiz_of(noted("dsys raft quiz --answers 1=3"), "raft").is_null());
  const Json once = quiz_of(noted(whole), "raft");
  CHECK(once["of"] == 15);
  CHECK(once["points"] > 0);
  CHECK(quiz_of(noted("yes 0 | head -n 200 | dsys raft quiz; " + whole + "; " + whole), "raft") ==
        once);
  const Json mixed = noted("yes B | dsys quiz");
  CHECK(quiz_of(mixed, "hashring").is_null());
}

TEST_CASE("the order comes from the seed, and the count from --count") {
  CHECK(run_dsys("raft quiz").out == run_dsys("raft quiz --seed 1").out);
  CHECK(run_dsys("raft quiz").out != run_dsys("raft quiz --seed 2").out);
  const Ran two = run_shell("yes b | head -n 50 | dsys hashring quiz --count 2 --seed 5");
  CHECK(has(two.out, "2 questions, in the order of seed 5."));
  CHECK_FALSE(has(two.out, "3 of"));
}

TEST_CASE("--list prints all questions and no answer") {
  const Ran ran = run_dsys("raft quiz --list");
  CHECK(ran.status == 0);
  CHECK(has(ran.out, "\nquestion 15\n"));
  CHECK_FALSE(has(ran.out, "Source:"));
  CHECK_FALSE(has(ran.out, "thesis"));
  CHECK(has(run_dsys("quiz --list").out, "raft, question 15\n"));
}

TEST_CASE("the mixed quiz asks about all problems and tells their scores apart") {
  const Ran given = run_dsys("quiz --answers raft.1=3,raft.3=B,hashring.15=16384");
  CHECK(has(given.out, "Score: 2 of 3 (hashring 1 of 1, raft 1 of 2)\n"));
  CHECK(has(given.out, "question raft.3\n"));
  const Json document =
      Json::parse(run_dsys("quiz --answers raft.1=3,hashring.15=1 --json").out, nullptr, false);
  CHECK(document["problem"] == "all");
  CHECK(document["questions"][0]["problem"] == "hashring");
  CHECK(document["questions"][1]["problem"] == "raft");
  CHECK(has(run_dsys("quiz").out, " questions, in the order of seed 1."));
}

TEST_CASE("answers that are none are refused, with what would be right") {
  check_refused(run_dsys("raft quiz --answers 3=E"),
                "'E' cannot answer question 3; it takes a letter from A to D");
  check_refused(run_dsys("raft quiz --answers 1=three"), "a number such as 3");
  check_refused(run_dsys("raft quiz --answers 1="), "'' cannot answer question 1");
  check_refused(run_dsys("raft quiz --answers 16=A"), "a number from 1 to 15");
  check_refused(run_dsys("raft quiz --answers 0=A"), "no question '0'");
  check_refused(run_dsys("raft quiz --answers raft.1=3"), "a number from 1 to 15");
  check_refused(run_dsys("quiz --answers 1=3"), "one such as zklock.15");
  check_refused(run_dsys("raft quiz --answers 1=3,1=2"), "'1' is there twice");
  check_refused(run_dsys("raft quiz --answers 1=3,,2=2"), "such as 1=B");
  check_refused(run_dsys("raft quiz --answers B"), "a list such as 1=B,2=3");
  check_refused(run_dsys("raft quiz --answers ''"), "a list such as 1=B,2=3");
  check_refused(run_dsys("raft quiz --answers"), "--answers");
}

TEST_CASE("a file of answers that is none is refused by its name") {
  check_refused(run_dsys("raft quiz --answers /no/such.json"), "'/no/such.json'");
  check_refused(run_dsys("raft quiz --answers /"), "'/'");
  check_refused(run_dsys("raft quiz --answers /dev/null"), "no JSON");
  check_refused(run_dsys("raft quiz --answers /dev/zero"), "smaller than 1 MiB");
  check_refused(run_shell("echo '[1]' >my.json; dsys raft quiz --answers my.json"),
                R"('my.json': must be an object such as {"1":"B","2":3})");
  check_refused(run_shell("echo '{\"1\": true}' >my.json; dsys raft quiz --answers my.json"),
                "the answer to '1'");
  check_refused(run_shell("echo '{\"3\": 2}' >my.json; dsys raft quiz --answers my.json"),
                "'2' cannot answer question 3");
}

TEST_CASE("options that make no sense are refused") {
  check_refused(run_dsys("raft quiz --json"), "needs --answers");
  check_refused(run_dsys("raft quiz --count 0"), "from 1 to 15");
  check_refused(run_dsys("raft quiz --count 16"), "from 1 to 15");
  check_refused(run_dsys("quiz --count 1000"), "from 1 to ");
  check_refused(run_dsys("raft quiz --count 2 --answers 1=3"), "--count");
  check_refused(run_dsys("raft quiz --list --json"), "--list");
  check_refused(run_dsys("raft quiz --seed -1"), "--seed");
  check_refused(run_dsys("raft quiz stray"), "stray");
  check_refused(run_dsys("quiz raft"), "raft");
}
