#include "common/study/quiz.hpp"

#include "common/core/error.hpp"
#include "common/study/sections.hpp"
#include "common/study/strict_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <set>
#include <utility>

namespace dsys::study {
namespace {

constexpr std::size_t choices_min = 3;
constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

// Where something stands, for what is said of it.
struct Place {
  std::string_view file;
  std::size_t number = 0;  // of the question, from 1; 0: the whole file
};

[[noreturn]] void refuse(const Place& place, std::string_view complaint) {
  if (place.number == 0) throw UsageError(fmt::format("{}: {}", place.file, complaint));
  throw UsageError(fmt::format("{}: question {}: {}", place.file, place.number, complaint));
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

Json parsed(const Place& place, std::string_view text) {
  JsonFault fault;
  std::optional<Json> json = parse_strictly(text, fault);
  if (json) return *std::move(json);
  if (!fault.no_json_at) refuse(place, fault.complaint);
  const std::string_view before = text.substr(0, *fault.no_json_at);
  refuse(place, fmt::format("is no JSON; see line {}",
                            1 + std::count(before.begin(), before.end(), '\n')));
}

// --- A question ---

const Json& member_of(const Json& json, const char* name, const Place& place) {
  const auto found = json.find(name);
  if (found == json.end()) refuse(place, fmt::format("\"{}\" is missing", name));
  return *found;
}

bool is_one_line(std::string_view text) {
  return !trimmed(text).empty() && trimmed(text).size() == text.size() &&
         std::none_of(text.begin(), text.end(),
                      [](unsigned char letter) { return letter < 0x20 || letter == 0x7F; });
}

std::string line_of(const Json& json, std::string_view name, const Place& place) {
  if (json.is_string() && is_one_line(json.get_ref<const std::string&>())) {
    return json.get<std::string>();
  }
  refuse(place, fmt::format("\"{}\" must be a text of one line, without blanks around it", name));
}

std::string line_member(const Json& json, const char* name, const Place& place) {
  return line_of(member_of(json, name, place), name, place);
}

// The members of that kind of question, and no others.
void check_members(const Json& json, bool is_choice, const Place& place) {
  std::set<std::string_view> known = {"number",      "kind",   "question", "answer",
                                      "explanation", "source", "section"};
  known.insert(is_choice ? "choices" : "tolerance");
  for (const auto& [name, value] : json.items()) {
    if (known.contains(name)) continue;
    refuse(place, fmt::format("{} is no member of such a question", in_quotes(name)));
  }
}

bool is_kind_choice(const Json& json, const Place& place) {
  const std::string kind = line_member(json, "kind", place);
  if (kind == "choice") return true;
  if (kind == "numeric") return false;
  refuse(place, fmt::format("\"kind\" is {}; it must be choice or numeric", in_quotes(kind)));
}

std::vector<Choice> choices_of(const Json& json, const Place& place) {
  const Json& member = member_of(json, "choices", place);
  if (!member.is_object() || member.size() < choices_min || member.size() > letters.size()) {
    refuse(place,
           fmt::format("\"choices\" must have {} choices or more, lettered from A", choices_min));
  }
  std::vector<Choice> choices;
  std::set<std::string> texts;
  for (const auto& [name, value] : member.items()) {  // in the order of letters
    const char letter = letters[choices.size()];
    if (name != std::string(1, letter)) {
      refuse(place, fmt::format("choice {} must be {}: letters from A without a gap",
                                in_quotes(name), letter));
    }
    choices.push_back({.letter = letter, .text = line_of(value, name, place)});
    if (!texts.insert(choices.back().text).second) {
      refuse(place, fmt::format("choice {} says the same as another", letter));
    }
  }
  return choices;
}

Answer right_choice(const Json& json, const std::vector<Choice>& choices, const Place& place) {
  const Json& member = member_of(json, "answer", place);
  const std::string word = member.is_string() ? member.get<std::string>() : std::string();
  const auto found = std::find_if(choices.begin(), choices.end(), [&](const Choice& one) {
    return word == std::string(1, one.letter);
  });
  if (found != choices.end()) return found->letter;
  refuse(place, fmt::format("\"answer\" must be exactly one of the choices, a letter from A to {}",
                            choices.back().letter));
}

double tolerance_of(const Json& json, const Place& place) {
  const auto found = json.find("tolerance");
  if (found == json.end()) return 0;
  if (found->is_number() && found->get<double>() > 0) return found->get<double>();
  refuse(place, "\"tolerance\" must be a number above 0");
}

Answer right_number(const Json& json, const Place& place) {
  const Json& member = member_of(json, "answer", place);
  if (!member.is_number()) refuse(place, "\"answer\" must be a number");
  return member.get<double>();
}

Question read_question(const Json& json, const Place& place) {
  if (!json.is_object()) refuse(place, "must be an object");
  const bool is_choice = is_kind_choice(json, place);
  check_members(json, is_choice, place);
  if (member_of(json, "number", place) != place.number) {
    refuse(place,
           fmt::format("\"number\" must be {}: from 1 in order, without a gap", place.number));
  }
  Question question;
  question.number = static_cast<unsigned>(place.number);
  question.text = line_member(json, "question", place);
  if (is_choice) {
    question.choices = choices_of(json, place);
    question.answer = right_choice(json, question.choices, place);
  } else {
    question.answer = right_number(json, place);
    question.tolerance = tolerance_of(json, place);
  }
  question.explanation = line_member(json, "explanation", place);
  question.source = line_member(json, "source", place);
  question.section = line_member(json, "section", place);
  return question;
}

// --- An answer ---

std::optional<Answer> parse_letter(const Question& question, std::string_view word) {
  if (word.size() != 1) return std::nullopt;
  for (const Choice& one : question.choices) {
    const char small = static_cast<char>(one.letter - 'A' + 'a');
    if (word[0] == one.letter || word[0] == small) return one.letter;
  }
  return std::nullopt;
}

std::optional<Answer> parse_number(std::string_view word) {
  if (word.ends_with('%')) word = trimmed(word.substr(0, word.size() - 1));
  double number = 0;
  const char* const end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data(), end, number);
  if (error != std::errc{} || stop != end || !std::isfinite(number)) return std::nullopt;
  return number;
}

}  // namespace

std::vector<Question> read_quiz(const QuizFile& file) {
  const Place whole{.file = file.name};
  const Json json = parsed(whole, file.text);
  if (!json.is_array() || json.empty()) refuse(whole, "must be a list of questions");
  const std::vector<Section> sections = sections_of(file.reading);
  std::vector<Question> questions;
  for (const Json& one : json) {
    const Place place{.file = file.name, .number = questions.size() + 1};
    questions.push_back(read_question(one, place));
    const std::string& section = questions.back().section;
    const bool is_head = std::any_of(sections.begin(), sections.end(),
                                     [&](const Section& each) { return each.head == section; });
    if (is_head) continue;
    refuse(place,
           fmt::format("\"section\" {} is no `## ` head of the reading", in_quotes(section)));
  }
  return questions;
}

std::string wanted_answer(const Question& question) {
  if (!question.is_choice()) return "a number such as 3, 2.5 or 80%";
  return fmt::format("a letter from A to {}", question.choices.back().letter);
}

std::optional<Answer> parse_answer(const Question& question, std::string_view words) {
  const std::string_view word = trimmed(words);
  return question.is_choice() ? parse_letter(question, word) : parse_number(word);
}

bool is_right(const Question& question, const Answer& answer) {
  if (question.is_choice()) return answer == question.answer;
  constexpr double rounding = 1e-9;  // 7.55 is within 0.05 of 7.5, whatever binary says
  const double* const given = std::get_if<double>(&answer);
  const double right = std::get<double>(question.answer);
  return given != nullptr && std::abs(*given - right) <= question.tolerance + rounding;
}

std::string to_string(const Answer& answer) {
  const char* const letter = std::get_if<char>(&answer);
  if (letter != nullptr) return {*letter};
  return fmt::format("{}", std::get<double>(answer));
}

std::map<std::string, std::string> read_answers(std::string_view file, std::string_view text) {
  const Place whole{.file = file};
  const Json json = parsed(whole, text);
  if (!json.is_object() || json.empty()) {
    refuse(whole, R"(must be an object such as {"1":"B","2":3})");
  }
  std::map<std::string, std::string> answers;
  for (const auto& [name, value] : json.items()) {
    if (!value.is_string() && !value.is_number()) {
      refuse(whole, fmt::format("the answer to {} must be a letter such as \"B\" or a number",
                                in_quotes(name)));
    }
    answers[name] = value.is_string() ? value.get<std::string>() : value.dump();
  }
  return answers;
}

}  // namespace dsys::study
