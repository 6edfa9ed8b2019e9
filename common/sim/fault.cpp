#include "common/sim/fault.hpp"

#include "common/core/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <deque>
#include <optional>
#include <utility>

namespace dsys::sim {
namespace {

struct FaultWord {
  std::string_view word;
  FaultKind kind;
  std::string_view usage;
};

constexpr std::array<FaultWord, 21> fault_words{
    {{"crash", FaultKind::crash, "crash NODE"},
     {"restart", FaultKind::restart, "restart NODE"},
     {"power-loss", FaultKind::power_loss, "power-loss NODE"},
     {"pause", FaultKind::pause, "pause NODE"},
     {"resume", FaultKind::resume, "resume NODE"},
     {"split", FaultKind::split, "split n1,n2|n3"},
     {"isolate", FaultKind::isolate, "isolate NODE"},
     {"heal", FaultKind::heal, "heal"},
     {"drop", FaultKind::drop, "drop n1->n2 30% [TYPES]"},
     {"slow", FaultKind::slow, "slow n1->n2 50ms"},
     {"duplicate", FaultKind::duplicate, "duplicate n1->n2 30% [50ms]"},
     {"reorder", FaultKind::reorder, "reorder n1->n2 30%"},
     {"hold", FaultKind::hold, "hold n1->n2 [TYPES]"},
     {"release", FaultKind::release, "release n1->n2"},
     {"lose-message", FaultKind::lose_message, "when n1 sends TYPE lose-message"},
     {"repeat-message", FaultKind::repeat_message, "when n1 sends TYPE repeat-message 50ms"},
     {"delay-message", FaultKind::delay_message, "when n1 sends TYPE delay-message 50ms"},
     {"clock", FaultKind::clock_rate, "clock NODE 200% or clock NODE +5s"},
     {"fire", FaultKind::fire, "fire NODE TIMER"},
     {"say", FaultKind::say, "say WORDS"},
     {"random", FaultKind::random, "random 5 [crash,split] [until 3s]"}}};

std::vector<std::string> split_at(std::string_view text, char separator) {
  std::vector<std::string> parts;
  std::size_t start = 0;
  while (true) {
    const std::size_t end = text.find(separator, start);
    parts.emplace_back(text.substr(start, end - start));
    if (end == std::string_view::npos) return parts;
    start = end + 1;
  }
}

std::string join(std::span<const std::string> words, std::string_view separator) {
  return fmt::format("{}", fmt::join(words, separator));
}

template <typename Rows>
std::string words_of(const Rows& rows) {
  std::string words;
  for (const auto& row : rows) words.append(words.empty() ? "" : ", ").append(row.word);
  return words;
}

// The words of one step, taken from the front; every complaint names the whole step.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {
    for (std::string& word : split_at(text, ' ')) {
      if (!word.empty()) words_.push_back(std::move(word));
    }
  }

  bool empty() const { return words_.empty(); }
  const std::string& peek() const { return words_.front(); }

  std::string take(std::string_view expected) {
    if (words_.empty()) fail(fmt::format("{} is missing at the end", expected));
    std::string word = std::move(words_.front());
    words_.pop_front();
    return word;
  }

  std::string rest() {
    const std::vector<std::string> words(words_.begin(), words_.end());
    words_.clear();
    return join(words, " ");
  }

  [[noreturn]] void fail(const std::string& complaint) const {
    throw UsageError(fmt::format("fault {}: {}", in_quotes(text_), complaint));
  }

 private:
  std::string text_;
  std::deque<std::string> words_;
};

std::optional<int> parse_number(std::string_view text) {
  int number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || stop != text.data() + text.size()) return std::nullopt;
  return number;
}

int take_percent(Reader& reader, int highest) {
  const std::string word = reader.take("a share such as 30%");
  const bool marked = !word.empty() && word.back() == '%';
  const auto number =
      parse_number(std::string_view(word).substr(0, word.size() - (marked ? 1 : 0)));
  if (!marked || !number || *number < 0 || *number > highest) {
    reader.fail(fmt::format("{} is no share from 0% to {}%", in_quotes(word), highest));
  }
  return *number;
}

Duration take_duration(Reader& reader) {
  const std::string word = reader.take("a time such as 50ms");
  const auto duration = parse_duration(word);
  if (!duration || *duration < 0ns) {
    reader.fail(fmt::format("{} is no time such as 50ms or 1.5s", in_quotes(word)));
  }
  return *duration;
}

LinkName take_link(Reader& reader) {
  const std::string word = reader.take("a link such as n1->n2");
  const std::size_t arrow = word.find("->");
  const bool both_ways = arrow != std::string::npos && arrow > 0 && word[arrow - 1] == '<';
  if (arrow == std::string::npos || arrow == (both_ways ? 1 : 0) || arrow + 2 == word.size()) {
    reader.fail(fmt::format("{} is no link such as n1->n2 or n1<->n2", in_quotes(word)));
  }
  return {.from = word.substr(0, arrow - (both_ways ? 1 : 0)),
          .to = word.substr(arrow + 2),
          .both_ways = both_ways};
}

void read_split(Reader& reader, Fault& fault) {
  const std::string word = reader.take("groups such as n1,n2|n3");
  for (const std::string& group : split_at(word, '|')) fault.groups.push_back(split_at(group, ','));
  const bool has_empty_name = std::any_of(
      fault.groups.begin(), fault.groups.end(), [](const std::vector<std::string>& group) {
        return std::find(group.begin(), group.end(), "") != group.end();
      });
  if (fault.groups.size() < 2 || has_empty_name) {
    reader.fail(fmt::format("{} is no list of groups such as n1,n2|n3", in_quotes(word)));
  }
}

void read_clock(Reader& reader, Fault& fault) {
  fault.node = reader.take("a node");
  const bool jumps = !reader.empty() && (reader.peek()[0] == '+' || reader.peek()[0] == '-');
  if (!jumps) {
    fault.percent = take_percent(reader, 10'000);
    if (fault.percent == 0) reader.fail("a clock that stands still is `pause NODE`");
    return;
  }
  fault.kind = FaultKind::clock_jump;
  const std::string word = reader.take("a jump such as +5s");
  const auto duration = parse_duration(word);
  if (!duration) reader.fail(fmt::format("{} is no jump such as +5s or -200ms", in_quotes(word)));
  fault.duration = *duration;
}

void read_random(Reader& reader, Fault& fault) {
  const std::string word = reader.take("the number of faults");
  const auto count = parse_number(word);
  if (!count || *count < 1 || *count > 1000) {
    reader.fail(fmt::format("{} is no number of faults from 1 to 1000", in_quotes(word)));
  }
  fault.count = *count;
  if (!reader.empty() && reader.peek() != "until") {
    fault.types = split_at(reader.take("kinds of faults"), ',');
    const auto drawable = drawable_kinds();
    for (const std::string& kind : fault.types) {
      if (std::find(drawable.begin(), drawable.end(), kind) == drawable.end()) {
        reader.fail(fmt::format("{} cannot be drawn; one of {}", in_quotes(kind),
                                fmt::join(drawable, ", ")));
      }
    }
  }
  if (!reader.empty() && reader.take("until") == "until") fault.duration = take_duration(reader);
}

void read_arguments(Reader& reader, Fault& fault) {
  switch (fault.kind) {
    case FaultKind::crash:
    case FaultKind::restart:
    case FaultKind::power_loss:
    case FaultKind::pause:
    case FaultKind::resume:
    case FaultKind::isolate:
      fault.node = reader.take("a node");
      break;
    case FaultKind::heal:
    case FaultKind::lose_message:
      break;
    case FaultKind::repeat_message:
    case FaultKind::delay_message:
      fault.duration = take_duration(reader);
      break;
    case FaultKind::split:
      read_split(reader, fault);
      break;
    case FaultKind::drop:
      fault.link = take_link(reader);
      fault.percent = take_percent(reader, 100);
      if (!reader.empty()) fault.types = split_at(reader.take("types"), ',');
      break;
    case FaultKind::slow:
      fault.link = take_link(reader);
      fault.duration = take_duration(reader);
      break;
    case FaultKind::duplicate:
      fault.link = take_link(reader);
      fault.percent = take_percent(reader, 100);
      if (!reader.empty()) fault.duration = take_duration(reader);
      break;
    case FaultKind::reorder:
      fault.link = take_link(reader);
      fault.percent = take_percent(reader, 100);
      break;
    case FaultKind::hold:
      fault.link = take_link(reader);
      if (!reader.empty()) fault.types = split_at(reader.take("types"), ',');
      break;
    case FaultKind::release:
      fault.link = take_link(reader);
      break;
    case FaultKind::clock_rate:
    case FaultKind::clock_jump:
      read_clock(reader, fault);
      break;
    case FaultKind::fire:
      fault.node = reader.take("a node");
      fault.types = {reader.take("a timer")};
      break;
    case FaultKind::say:
      fault.text = reader.rest();
      break;
    case FaultKind::random:
      read_random(reader, fault);
      break;
  }
}

Fault read_fault(Reader& reader) {
  const std::string word = reader.take("a fault");
  const auto* const row = std::find_if(fault_words.begin(), fault_words.end(),
                                       [&](const FaultWord& one) { return one.word == word; });
  if (row == fault_words.end()) {
    reader.fail(fmt::format("{} is no fault and no time; one of {}", in_quotes(word),
                            words_of(fault_words)));
  }
  Fault fault{.kind = row->kind};
  read_arguments(reader, fault);
  if (!reader.empty()) {
    reader.fail(
        fmt::format("{} is too much; the form is: {}", in_quotes(reader.rest()), row->usage));
  }
  return fault;
}

struct HappeningWord {
  std::string_view word;
  EventKind kind;
};

constexpr std::array<HappeningWord, 8> happening_words{{{"emits", EventKind::emit},
                                                        {"sends", EventKind::send},
                                                        {"receives", EventKind::deliver},
                                                        {"loses", EventKind::lose},
                                                        {"fires", EventKind::timer},
                                                        {"writes", EventKind::write},
                                                        {"syncs", EventKind::sync},
                                                        {"restarts", EventKind::restart}}};

std::optional<EventKind> happening(std::string_view word) {
  for (const HappeningWord& row : happening_words) {
    if (row.word == word) return row.kind;
  }
  return std::nullopt;
}

// "index>=3", "term=2", "index<=9": one word, or nothing.
std::optional<Condition> condition_of(const std::string& word) {
  const std::size_t equals = word.find('=');
  if (equals == std::string::npos || equals == 0) return std::nullopt;
  const char before = word[equals - 1];
  Condition condition{.field = word.substr(0, equals - ((before == '>' || before == '<') ? 1 : 0)),
                      .comparison = Condition::Comparison::equal,
                      .value = word.substr(equals + 1)};
  if (before == '>') condition.comparison = Condition::Comparison::at_least;
  if (before == '<') condition.comparison = Condition::Comparison::at_most;
  return condition;
}

Pattern read_pattern(Reader& reader) {
  Pattern pattern;
  std::string word = reader.take("what to wait for");
  if (!happening(word)) {
    pattern.node = word;
    word = reader.take("what the node does");
  }
  const auto kind = happening(word);
  if (!kind) {
    reader.fail(fmt::format("{} is nothing that a node does; one of {}", in_quotes(word),
                            words_of(happening_words)));
  }
  pattern.kind = *kind;
  if (*kind == EventKind::sync || *kind == EventKind::restart) return pattern;
  pattern.type = reader.take("a type");
  while (!reader.empty()) {
    if (reader.peek() == "to" || reader.peek() == "from") {
      (void)reader.take("to or from");
      pattern.peer = reader.take("a node");
    } else if (auto condition = condition_of(reader.peek())) {
      pattern.conditions.push_back(*std::move(condition));
      (void)reader.take("a condition");
    } else {
      break;
    }
  }
  return pattern;
}

Trigger read_trigger(Reader& reader) {
  if (reader.empty()) reader.fail("it is empty; for instance: 300ms crash n1");
  if (const auto time = parse_duration(reader.peek())) {
    if (*time < 0ns) reader.fail("time starts at 0ms");
    (void)reader.take("a time");
    return {.kind = Trigger::Kind::at, .duration = *time};
  }
  if (reader.peek() == "after") {
    (void)reader.take("after");
    return {.kind = Trigger::Kind::after, .duration = take_duration(reader)};
  }
  if (reader.peek() == "when") {
    (void)reader.take("when");
    return {.kind = Trigger::Kind::when, .pattern = read_pattern(reader)};
  }
  if (reader.peek() == "event") {
    (void)reader.take("event");
    const std::string word = reader.take("the number of an event");
    const auto number = parse_number(word);
    if (!number || *number < 1) {
      reader.fail(fmt::format("{} is no number of an event, such as 120", in_quotes(word)));
    }
    return {.kind = Trigger::Kind::event, .number = static_cast<std::uint64_t>(*number)};
  }
  return {};
}

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Complains of the first word that the world does not know.
class WordCheck {
 public:
  WordCheck(const Step& step, const Vocabulary& vocabulary)
      : fault_(step.fault), vocabulary_(vocabulary) {}

  void node(const std::string& word) const {
    if (word.empty() || word == "*" || contains(vocabulary_.nodes, word) ||
        contains(vocabulary_.roles, word)) {
      return;
    }
    std::vector<std::string> known = vocabulary_.nodes;
    known.insert(known.end(), vocabulary_.roles.begin(), vocabulary_.roles.end());
    refuse(word, "node", known);
  }

  void type(const std::string& word, std::string_view what, const Vocabulary::Types& types) const {
    if (word.empty() || types.contains(word)) return;
    std::vector<std::string> known;
    for (const auto& [name, fields] : types) known.push_back(name);
    refuse(word, what, known);
  }

  void pattern(const Pattern& one, std::string_view what, const Vocabulary::Types& types) const {
    type(one.type, what, types);
    for (const Condition& condition : one.conditions) {
      const std::vector<std::string>& fields = types.at(one.type);
      if (!contains(fields, condition.field)) refuse(condition.field, "field", fields);
    }
  }

 private:
  [[noreturn]] void refuse(const std::string& word, std::string_view what,
                           const std::vector<std::string>& known) const {
    throw UsageError(fmt::format("fault {}: there is no {} {}; one of {}", in_quotes(fault_.text),
                                 what, in_quotes(word), join(known, ", ")));
  }

  const Fault& fault_;
  const Vocabulary& vocabulary_;
};

void check_pattern(const WordCheck& check, const Pattern& pattern, const Vocabulary& vocabulary) {
  check.node(pattern.node);
  check.node(pattern.peer);
  switch (pattern.kind) {
    case EventKind::emit:
      return check.pattern(pattern, "output", vocabulary.outputs);
    case EventKind::timer:
      return check.pattern(pattern, "timer", vocabulary.timers);
    case EventKind::write:
      return check.pattern(pattern, "record", vocabulary.records);
    default:
      return check.pattern(pattern, "message", vocabulary.messages);
  }
}

}  // namespace

Step parse_step(std::string_view text) {
  Reader reader(text);
  Step step;
  step.trigger = read_trigger(reader);
  step.fault = read_fault(reader);
  if (step.fault.kind != FaultKind::say) step.fault.text = std::string(text);
  return step;
}

void check_words(const Step& step, const Vocabulary& vocabulary) {
  const WordCheck check(step, vocabulary);
  const Fault& fault = step.fault;
  if (step.trigger.kind == Trigger::Kind::when) {
    check_pattern(check, step.trigger.pattern, vocabulary);
  }
  check.node(fault.node);
  check.node(fault.link.from);
  check.node(fault.link.to);
  for (const auto& group : fault.groups) {
    for (const std::string& node : group) check.node(node);
  }
  if (fault.kind == FaultKind::fire) check.type(fault.types[0], "timer", vocabulary.timers);
  if (fault.kind == FaultKind::drop || fault.kind == FaultKind::hold) {
    for (const std::string& type : fault.types) check.type(type, "message", vocabulary.messages);
  }
}

}  // namespace dsys::sim
