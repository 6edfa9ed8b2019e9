// The quiz: one question at a time from a person or a pipe, or given answers judged at once.
#include "common/study/quiz.hpp"

#include "common/cli/json.hpp"
#include "common/cli/progress.hpp"
#include "common/cli/report.hpp"
#include "common/cli/verbs.hpp"
#include "common/core/error.hpp"
#include "common/core/numbers.hpp"
#include "common/core/random.hpp"
#include "common/study/text_file.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <iostream>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace dsys::cli {
namespace {

struct Card {
  const Problem* problem = nullptr;
  study::Question question;
  std::string name;  // as --answers calls it: "1", in the mixed quiz "raft.1"
};

struct Deck {
  std::string title;
  std::string words;  // that run it, without `dsys`: "raft quiz"
  std::string name;   // in JSON: the problem's, or "all"
  std::vector<Card> cards;
  bool is_mixed = false;
};

struct Judged {
  const Card* card = nullptr;
  study::Answer given;
  bool right = false;
};

struct ProblemScore {
  const Problem* problem = nullptr;
  study::Score score;
};

// --- The questions ---

void add_cards(Deck& deck, const Problem& problem) {
  const std::string file = fmt::format("quiz.json of {}", problem.name);
  const std::string_view text = text_of(problem.files, "quiz.json");
  if (text.empty()) return;
  for (study::Question& one :
       study::read_quiz({.name = file, .text = text, .reading = problem.reading})) {
    std::string name = deck.is_mixed ? fmt::format("{}.{}", problem.name, one.number)
                                     : fmt::format("{}", one.number);
    deck.cards.push_back(
        {.problem = &problem, .question = std::move(one), .name = std::move(name)});
  }
}

std::vector<const Card*> in_order(const Deck& deck) {
  std::vector<const Card*> cards;
  for (const Card& one : deck.cards) cards.push_back(&one);
  return cards;
}

std::vector<const Card*> drawn(const Deck& deck, const QuizOptions& options) {
  std::vector<const Card*> cards = in_order(deck);
  Random random(options.seed);
  for (std::size_t left = cards.size(); left > 1; --left) {
    std::swap(cards[left - 1], cards[random.below(left)]);
  }
  if (!options.count.empty()) {
    cards.resize(parse_whole("--count", options.count, 1, cards.size()));
  }
  return cards;
}

// --- One question on the screen ---

std::string title_of(const Deck& deck, const Card& card) {
  const std::string number = fmt::format("question {}", card.question.number);
  return deck.is_mixed ? fmt::format("{}, {}", card.problem->name, number) : number;
}

void print_question(const study::Question& question, Terminal& terminal) {
  terminal.paragraph(question.text, 2);
  if (question.is_choice()) terminal.line();
  for (const study::Choice& one : question.choices) {
    const std::string letter(1, one.letter);
    terminal.labelled(fmt::format("    {}  ", terminal.styled(Style::strong, letter)), one.text);
  }
}

void print_judgement(const Judged& judged, Terminal& terminal) {
  const study::Question& question = judged.card->question;
  terminal.line();
  terminal.line(judged.right
                    ? terminal.styled(Style::good, "  Right.")
                    : terminal.styled(Style::bad, "  Wrong.") +
                          fmt::format(" The answer is {}.", study::to_string(question.answer)));
  terminal.paragraph(question.explanation, 2);
  terminal.labelled(terminal.styled(Style::faint, "  Source: "), question.source);
  terminal.line();
}

int list_questions(const Deck& deck, Terminal& terminal) {
  terminal.line(terminal.styled(Style::strong, deck.title));
  for (const Card& card : deck.cards) {
    terminal.line();
    terminal.line(terminal.styled(Style::strong, title_of(deck, card)));
    print_question(card.question, terminal);
  }
  terminal.line();
  terminal.paragraph(fmt::format("Answer some: dsys {} --answers {}={}", deck.words,
                                 deck.cards.front().name,
                                 deck.cards.front().question.is_choice() ? "B" : "4"));
  return exit_fine;
}

// --- The score ---

// In the order in which the problems appear.
std::vector<ProblemScore> scores_of(const std::vector<Judged>& judged) {
  std::vector<ProblemScore> scores;
  for (const Judged& one : judged) {
    auto found = std::find_if(scores.begin(), scores.end(), [&](const ProblemScore& score) {
      return score.problem == one.card->problem;
    });
    if (found == scores.end()) {
      found = scores.insert(scores.end(), {.problem = one.card->problem});
    }
    ++found->score.of;
    if (one.right) ++found->score.points;
  }
  return scores;
}

std::uint64_t right_of(const std::vector<Judged>& judged) {
  return static_cast<std::uint64_t>(
      std::count_if(judged.begin(), judged.end(), [](const Judged& one) { return one.right; }));
}

void print_score(const std::vector<ProblemScore>& scores, Terminal& terminal) {
  study::Score sum;
  std::vector<std::string> parts;
  for (const auto& [problem, score] : scores) {
    sum.points += score.points;
    sum.of += score.of;
    parts.push_back(fmt::format("{} {} of {}", problem->name, score.points, score.of));
  }
  const std::string whole =
      terminal.styled(Style::strong, fmt::format("Score: {} of {}", sum.points, sum.of));
  terminal.line(parts.size() > 1 ? fmt::format("{} ({})", whole, fmt::join(parts, ", ")) : whole);
}

void print_reading(std::vector<Judged> judged, Terminal& terminal) {
  std::sort(judged.begin(), judged.end(), [](const Judged& left, const Judged& right) {
    return std::less<>{}(left.card, right.card);  // all in one deck: in the order of the file
  });
  std::map<std::string, std::string> questions;  // of each command that prints what to read
  for (const Judged& one : judged) {
    if (one.right) continue;
    const Card& card = *one.card;
    std::string& names = questions[fmt::format("dsys {} read --section \"{}\"", card.problem->name,
                                               card.question.section)];
    names += (names.empty() ? "" : ", ") + card.name;
  }
  if (questions.empty()) return;
  terminal.line();
  terminal.line("Read again:");
  for (const auto& [command, names] : questions) {
    terminal.line(fmt::format("  {}", command));
    terminal.paragraph(
        fmt::format("{} {}", names.find(',') == std::string::npos ? "question" : "questions",
                    names),
        6);
  }
}

OrderedJson json_of(const study::Answer& answer) {
  constexpr double exact_max = 1e15;  // a double is exact up to here
  const double* const number = std::get_if<double>(&answer);
  if (number == nullptr) return study::to_string(answer);
  const bool is_whole = std::trunc(*number) == *number && std::abs(*number) < exact_max;
  return is_whole ? OrderedJson(static_cast<std::int64_t>(*number)) : OrderedJson(*number);
}

OrderedJson json_of(const Deck& deck, const std::vector<Judged>& judged) {
  OrderedJson document = {
      {"problem", deck.name}, {"score", right_of(judged)}, {"of", judged.size()}};
  document["questions"] = OrderedJson::array();
  for (const Judged& one : judged) {
    const study::Question& question = one.card->question;
    document["questions"].push_back({{"problem", one.card->problem->name},
                                     {"number", question.number},
                                     {"given", json_of(one.given)},
                                     {"right", one.right},
                                     {"answer", json_of(question.answer)},
                                     {"explanation", question.explanation},
                                     {"source", question.source},
                                     {"section", question.section}});
  }
  return document;
}

// Only a whole quiz counts: half of one has no score to compare.
void note_scores(const Deck& deck, const std::vector<ProblemScore>& scores) {
  for (const ProblemScore& one : scores) {
    const auto questions =
        std::count_if(deck.cards.begin(), deck.cards.end(),
                      [&](const Card& card) { return card.problem == one.problem; });
    if (one.score.of < questions) continue;
    note_progress(one.problem->name, [&](study::ProblemProgress& progress) {
      study::keep_best(progress.quiz, one.score);
    });
  }
}

// Every quiz ends here, however it was answered.
int finish_quiz(const Deck& deck, const std::vector<Judged>& judged, const QuizOptions& options,
                Terminal& terminal) {
  const std::vector<ProblemScore> scores = scores_of(judged);
  note_scores(deck, scores);
  if (options.json) {
    terminal.line(json_of(deck, judged).dump());
    return exit_fine;
  }
  print_score(scores, terminal);
  print_reading(judged, terminal);
  return exit_fine;
}

// --- Given answers ---

std::string question_range(const Deck& deck) {
  if (deck.is_mixed) {
    return fmt::format("one such as {} (`dsys {} --list` shows them)", deck.cards.back().name,
                       deck.words);
  }
  return fmt::format("a number from {} to {}", deck.cards.front().name, deck.cards.back().name);
}

std::string file_text(const std::string& path) {
  constexpr std::size_t size_max = 1U << 20U;
  std::optional<std::string> text = study::text_of_file(path, size_max);
  if (!text) {
    throw UsageError(
        fmt::format("--answers {}: must be a list such as 1=B,2=3, or a JSON file that can be read",
                    in_quotes(path)));
  }
  if (text->size() <= size_max) return *std::move(text);
  throw UsageError(fmt::format("--answers {}: must be smaller than 1 MiB", in_quotes(path)));
}

// "1=B,2=3"
std::map<std::string, std::string> listed_answers(std::string_view list) {
  std::map<std::string, std::string> answers;
  for (std::size_t start = 0; start <= list.size();) {
    const std::size_t end = std::min(list.find(',', start), list.size());
    const std::string_view part = list.substr(start, end - start);
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos) {
      throw UsageError(fmt::format("--answers: {} must be a question and its answer, such as 1=B",
                                   in_quotes(part)));
    }
    const std::string name(part.substr(0, equals));
    if (!answers.emplace(name, part.substr(equals + 1)).second) {
      throw UsageError(fmt::format("--answers: {} is there twice", in_quotes(name)));
    }
    start = end + 1;
  }
  return answers;
}

std::map<std::string, std::string> given_answers(const std::string& words) {
  const bool is_list = words.find('=') != std::string::npos && !words.ends_with(".json");
  if (is_list) return listed_answers(words);
  const std::string text = file_text(words);
  return study::read_answers("--answers " + in_quotes(words), text);
}

std::vector<Judged> judge_given(const Deck& deck, const std::string& words) {
  std::map<std::string, std::string> answers = given_answers(words);
  std::vector<Judged> judged;
  for (const Card& card : deck.cards) {
    const auto found = answers.find(card.name);
    if (found == answers.end()) continue;
    const auto given = study::parse_answer(card.question, found->second);
    if (!given) {
      throw UsageError(fmt::format("--answers: {} cannot answer question {}; it takes {}",
                                   in_quotes(found->second), card.name,
                                   study::wanted_answer(card.question)));
    }
    judged.push_back({.card = &card, .given = *given, .right = is_right(card.question, *given)});
    answers.erase(found);
  }
  if (answers.empty()) return judged;
  throw UsageError(fmt::format("--answers: there is no question {}; it must be {}",
                               in_quotes(answers.begin()->first), question_range(deck)));
}

int judge_answers(const Deck& deck, const QuizOptions& options, Terminal& terminal) {
  const std::vector<Judged> judged = judge_given(deck, *options.answers);
  if (options.json) return finish_quiz(deck, judged, options, terminal);
  for (const Judged& one : judged) {
    terminal.line(terminal.styled(Style::strong, title_of(deck, *one.card)));
    print_question(one.card->question, terminal);
    terminal.line();
    terminal.line(fmt::format("  Your answer: {}", study::to_string(one.given)));
    print_judgement(one, terminal);
  }
  return finish_quiz(deck, judged, options, terminal);
}

// --- Asking ---

// One line of standard input, without blanks around it; none: the input has ended. What does not
// come from a keyboard is not on the screen yet.
std::optional<std::string> read_line(Terminal& terminal) {
  std::string line;
  const bool is_there = static_cast<bool>(std::getline(std::cin, line));
  line.erase(0, line.find_first_not_of(" \t\r"));
  line.erase(line.find_last_not_of(" \t\r") + 1);
  const bool echoes = is_there && isatty(STDIN_FILENO) != 0;
  const std::string quoted = in_quotes(line);
  if (!echoes) terminal.line(std::string_view(quoted).substr(1, quoted.size() - 2));
  if (!is_there) return std::nullopt;
  return line;
}

// Asks until an answer can be one. None: the quiz is over. A pipe that never has an answer is
// refused, since it may never end.
std::optional<study::Answer> ask(const study::Question& question, Terminal& terminal) {
  constexpr unsigned tries_max = 100;
  for (unsigned tries = 0; tries < tries_max || isatty(STDIN_FILENO) != 0; ++tries) {
    terminal.prompt("  Your answer: ");
    const auto line = read_line(terminal);
    if (!line || *line == "q" || *line == "Q") return std::nullopt;
    const auto answer = study::parse_answer(question, *line);
    if (answer) return answer;
    terminal.paragraph(
        fmt::format("{} is no answer here; type {}, or q to end the quiz.",
                    line->empty() ? "Nothing" : in_quotes(*line), study::wanted_answer(question)),
        2);
  }
  throw UsageError(fmt::format("question {}: {} lines came that cannot answer it; it takes {}",
                               question.number, tries_max, study::wanted_answer(question)));
}

int ask_questions(const Deck& deck, const QuizOptions& options, Terminal& terminal) {
  const std::vector<const Card*> cards = drawn(deck, options);
  terminal.line(terminal.styled(Style::strong, deck.title));
  terminal.paragraph(
      fmt::format("{}, in the order of seed {}. Answer with a letter or a number; "
                  "q ends the quiz.",
                  counted(cards.size(), "question"), options.seed));
  terminal.line();
  std::vector<Judged> judged;
  for (const Card* const card : cards) {
    const std::string place = fmt::format("{} of {}", judged.size() + 1, cards.size());
    terminal.line(terminal.styled(Style::strong, place) +
                  terminal.styled(Style::faint, fmt::format("  {}", title_of(deck, *card))));
    print_question(card->question, terminal);
    terminal.line();
    const auto given = ask(card->question, terminal);
    if (!given) break;
    judged.push_back({.card = card, .given = *given, .right = is_right(card->question, *given)});
    print_judgement(judged.back(), terminal);
  }
  if (judged.size() < cards.size()) {
    terminal.line();
    terminal.line(
        fmt::format("{} not answered.", counted(cards.size() - judged.size(), "question")));
  }
  return finish_quiz(deck, judged, options, terminal);
}

void check_options(const QuizOptions& options) {
  if (options.list && (options.answers || options.json || !options.count.empty())) {
    throw UsageError("--list: prints all questions; it goes with no other option");
  }
  if (options.json && !options.answers) {
    throw UsageError("--json: needs --answers, since nobody can be asked; such as 1=B,2=3");
  }
  if (options.answers && !options.count.empty()) {
    throw UsageError("--count: does not go with --answers, which judges the answers given");
  }
}

int run_quiz(const Deck& deck, const QuizOptions& options, Terminal& terminal) {
  check_options(options);
  if (options.list) return list_questions(deck, terminal);
  if (options.answers) return judge_answers(deck, options, terminal);
  return ask_questions(deck, options, terminal);
}

}  // namespace

int quiz(const Problem& problem, const QuizOptions& options, Terminal& terminal) {
  const std::string name(problem.name);
  Deck deck{.title = fmt::format("{}: quiz", problem.title), .words = name + " quiz", .name = name};
  add_cards(deck, problem);
  if (deck.cards.empty()) throw UsageError(fmt::format("{} has no quiz yet", problem.name));
  return run_quiz(deck, options, terminal);
}

int mixed_quiz(std::span<const PlannedProblem> problems, const QuizOptions& options,
               Terminal& terminal) {
  Deck deck{.title = "Quiz over all problems", .words = "quiz", .name = "all", .is_mixed = true};
  for (const PlannedProblem& one : problems) {
    if (one.problem != nullptr) add_cards(deck, *one.problem);
  }
  if (deck.cards.empty()) throw UsageError("no problem has a quiz yet");
  return run_quiz(deck, options, terminal);
}

}  // namespace dsys::cli
