// This file speaks the node protocol of dsys, so that your own file is only the algorithm. Leave it
// beside your file; there is nothing to change in it.
//
// messages.hpp declares what a program exchanges with the world:
//
//   struct Ping {
//     std::uint64_t number = 0;
//   };
//   DSYS_VALUE(Ping, number)
//
// The program is a node with three handlers, and a main that runs it:
//
//   struct Server {
//     using Message = std::variant<Ping, Pong>;  // what may come in
//     using Timer = std::variant<Wakeup>;        // what it sets
//     using Record = std::variant<HardState>;    // what it writes, if only std::monostate
//
//     void on_start(dsys::Context& context, const std::vector<Record>& disk);
//     void on_message(dsys::Context& context, const std::string& from, const Message& message);
//     void on_timer(dsys::Context& context, const Timer& timer);
//   };
//
//   int main() { return dsys::run<Server>(); }
//
// dsys calls one handler at a time and waits for it: there is nothing to lock. A handler changes
// the node's own fields and asks its Context for effects. It never sleeps and never reads the
// machine's clock; time is virtual and stands still while a handler runs. What must survive a crash
// is written with Context::write: a crash ends the process, and a restart begins a new one.
//
// The fields of the node are listed as those of a value: DSYS_VALUE(Server, current_term, log).
// Then it can be explored (dsys PROBLEM check --explore NAME --exec CMD): the library keeps a copy
// of the node for each state that it was in. Its fields may also be std::map, std::set, std::deque
// and the like, pairs, variants of declared structs, and structs whose public fields are listed; no
// pointers, since a copy would point into the node that it was made of. A field that the list lacks
// stops the compiler, and so does one that cannot be in it. Without the list all else works.
//
// What is wrong (a value that does not fit, an exception of a handler) ends the program with status
// 1 and a text on standard error, which dsys shows. C++17 or later, POSIX, no other libraries.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

// --- Declaring values ---

// Lists the fields of a struct, all of them, in their order; behind the struct, in its namespace.
// Fields are whole numbers, bool, std::string, dsys::Duration, declared enumerations and structs,
// and std::vector or std::optional (null) of those. An empty string counts as left out.
#define DSYS_VALUE(Type, ...)                                                                \
  [[maybe_unused]] constexpr std::string_view dsys_name(const Type*) {                       \
    return #Type;                                                                            \
  }                                                                                          \
  template <typename DsysValue, typename DsysVisit,                                          \
            std::enable_if_t<std::is_same_v<std::remove_const_t<DsysValue>, Type>, int> = 0> \
  void dsys_visit_fields([[maybe_unused]] DsysValue& dsys_value,                             \
                         [[maybe_unused]] DsysVisit&& dsys_visit) {                          \
    __VA_OPT__({ [[maybe_unused]] auto& [__VA_ARGS__] = dsys_value; } /* are these all? */)  \
    DSYS_FOR_EACH(DSYS_FIELD, Type, __VA_ARGS__)                                             \
  }
#define DSYS_FIELD(Type, field) dsys_visit(std::string_view(#field), dsys_value.field);

// Lists the enumerators of an `enum class`, by the names that they have in the protocol.
#define DSYS_ENUM(Type, ...)                                         \
  template <typename DsysVisit>                                      \
  void dsys_visit_enumerators(const Type*, DsysVisit&& dsys_visit) { \
    DSYS_FOR_EACH(DSYS_ENUMERATOR, Type, __VA_ARGS__)                \
  }
#define DSYS_ENUMERATOR(Type, name) dsys_visit(std::string_view(#name), Type::name);

// Each round of expansion takes one more argument off the list: up to 64 of them.
#define DSYS_FOR_EACH(macro, Type, ...) __VA_OPT__(DSYS_EXPAND(DSYS_NEXT(macro, Type, __VA_ARGS__)))
#define DSYS_NEXT(macro, Type, first, ...) \
  macro(Type, first) __VA_OPT__(DSYS_AGAIN DSYS_PARENTHESES(macro, Type, __VA_ARGS__))
#define DSYS_AGAIN() DSYS_NEXT
#define DSYS_PARENTHESES ()
#define DSYS_EXPAND(...) DSYS_FOUR(DSYS_FOUR(DSYS_FOUR(DSYS_FOUR(__VA_ARGS__))))
#define DSYS_FOUR(...) DSYS_THREE(DSYS_THREE(DSYS_THREE(DSYS_THREE(__VA_ARGS__))))
#define DSYS_THREE(...) DSYS_TWO(DSYS_TWO(DSYS_TWO(DSYS_TWO(__VA_ARGS__))))
#define DSYS_TWO(...) __VA_ARGS__

namespace dsys {

using Duration = std::chrono::nanoseconds;

// --- JSON ---

struct Json {
  enum class Kind { null, boolean, number, text, list, object };

  Kind kind = Kind::null;
  bool is_true = false;  // of a boolean; of a number: it is negative
  std::uint64_t number = 0;
  std::string text;
  std::vector<Json> items;         // of a list, or the values of an object ...
  std::vector<std::string> names;  // ... and their names

  const Json* find(std::string_view name) const {
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i] == name) return &items[i];
    }
    return nullptr;
  }
};

// Whole numbers only, as the protocol has it. Throws std::runtime_error where the text is no JSON.
class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : text_(text) {}

  Json read() {
    Json value = read_value();
    skip_blanks();
    if (place_ != text_.size()) fail("the end");
    return value;
  }

 private:
  Json read_value() {
    Json value;
    switch (skip_blanks()) {
      case '{':
        read_object(value);
        break;
      case '[':
        read_list(value);
        break;
      case '"':
        value.kind = Json::Kind::text;
        value.text = read_text();
        break;
      case 'n':
        take("null");
        break;
      case 't':
        take("true");
        value.kind = Json::Kind::boolean;
        value.is_true = true;
        break;
      case 'f':
        take("false");
        value.kind = Json::Kind::boolean;
        break;
      default:
        read_number(value);
    }
    return value;
  }

  void read_object(Json& value) {
    value.kind = Json::Kind::object;
    take("{");
    if (skip_blanks() == '}') return take("}");
    for (;;) {
      skip_blanks();
      value.names.push_back(read_text());
      skip_blanks();
      take(":");
      value.items.push_back(read_value());
      if (skip_blanks() == '}') return take("}");
      take(",");
    }
  }

  void read_list(Json& value) {
    value.kind = Json::Kind::list;
    take("[");
    if (skip_blanks() == ']') return take("]");
    for (;;) {
      value.items.push_back(read_value());
      if (skip_blanks() == ']') return take("]");
      take(",");
    }
  }

  void read_number(Json& value) {
    value.kind = Json::Kind::number;
    value.is_true = peek() == '-';
    if (value.is_true) ++place_;
    const std::size_t first = place_;
    for (; peek() >= '0' && peek() <= '9'; ++place_) {
      const auto digit = static_cast<std::uint64_t>(peek() - '0');
      const bool fits = value.number <= (std::numeric_limits<std::uint64_t>::max() - digit) / 10;
      if (!fits) fail("a number of 64 bits");
      value.number = value.number * 10 + digit;
    }
    const bool is_whole = peek() != '.' && peek() != 'e' && peek() != 'E';
    if (place_ == first || !is_whole) fail("a whole number");
  }

  std::string read_text() {
    take("\"");
    std::string text;
    for (;;) {
      const std::size_t stop = text_.find_first_of("\"\\", place_);
      if (stop == std::string_view::npos) fail("a closing quote");
      text.append(text_.substr(place_, stop - place_));
      place_ = stop + 1;
      if (text_[stop] == '"') return text;
      read_escape(text);
    }
  }

  void read_escape(std::string& text) {
    constexpr std::string_view letters = "\"\\/bfnrt";
    constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    const char letter = peek();
    ++place_;
    if (letter == 'u') return append_utf8(text, read_code_point());
    const std::size_t known = letters.find(letter);
    if (known == std::string_view::npos) fail("an escape");
    text.push_back(meanings[known]);
  }

  std::uint32_t read_code_point() {
    const std::uint32_t high = read_hex();
    const bool is_pair = high >= 0xD800 && high < 0xDC00;
    if (!is_pair) return high;
    take("\\u");
    return 0x10000 + ((high - 0xD800) << 10U) + (read_hex() - 0xDC00);
  }

  std::uint32_t read_hex() {
    constexpr std::string_view digits = "0123456789abcdef0123456789ABCDEF";
    std::uint32_t number = 0;
    for (int i = 0; i < 4; ++i, ++place_) {
      const std::size_t digit = digits.find(peek());
      if (digit == std::string_view::npos) fail("four hexadecimal digits");
      number = number * 16 + static_cast<std::uint32_t>(digit % 16);
    }
    return number;
  }

  static void append_utf8(std::string& text, std::uint32_t code) {
    const auto append = [&text](std::uint32_t byte) { text.push_back(static_cast<char>(byte)); };
    if (code < 0x80) return append(code);
    if (code < 0x800) {
      append(0xC0U | (code >> 6U));
    } else {
      if (code < 0x10000) append(0xE0U | (code >> 12U));
      if (code >= 0x10000) append(0xF0U | (code >> 18U));
      if (code >= 0x10000) append(0x80U | ((code >> 12U) & 0x3FU));
      append(0x80U | ((code >> 6U) & 0x3FU));
    }
    append(0x80U | (code & 0x3FU));
  }

  char peek() const { return place_ < text_.size() ? text_[place_] : '\0'; }

  char skip_blanks() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r') ++place_;
    return peek();
  }

  void take(std::string_view expected) {
    if (text_.substr(place_, expected.size()) != expected) fail(expected);
    place_ += expected.size();
  }

  [[noreturn]] void fail(std::string_view expected) const {
    throw std::runtime_error("not JSON: at byte " + std::to_string(place_) + " there should be " +
                             std::string(expected));
  }

  std::string_view text_;
  std::size_t place_ = 0;
};

// --- Values from and to JSON ---

namespace detail {

template <typename T>
struct IsVector : std::false_type {};
template <typename T>
struct IsVector<std::vector<T>> : std::true_type {};
template <typename T>
struct IsOptional : std::false_type {};
template <typename T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <typename T>
struct IsVariant : std::false_type {};
template <typename... T>
struct IsVariant<std::variant<T...>> : std::true_type {};

template <typename T>
struct IsPair : std::false_type {};
template <typename A, typename B>
struct IsPair<std::pair<A, B>> : std::true_type {};
template <typename T, typename = void>
struct IsRange : std::false_type {};
template <typename T>
struct IsRange<T, std::void_t<decltype(std::declval<const T&>().begin())>> : std::true_type {};

template <typename T, typename = void>
struct IsListed : std::false_type {};
template <typename T>
struct IsListed<T, std::void_t<decltype(dsys_name(static_cast<const T*>(nullptr)))>>
    : std::true_type {};

struct AnyVisitor {
  template <typename T>
  void operator()(std::string_view name, T value) const;
};
template <typename T, typename = void>
struct IsListedEnum : std::false_type {};
template <typename T>
struct IsListedEnum<
    T, std::void_t<decltype(dsys_visit_enumerators(static_cast<const T*>(nullptr), AnyVisitor()))>>
    : std::true_type {};

[[noreturn]] inline void refuse(const std::string& expected) {
  throw std::runtime_error("there should be " + expected);
}

template <typename T>
T whole_number(const Json& json) {
  if (json.kind != Json::Kind::number) refuse("a whole number");
  const auto most = static_cast<std::uint64_t>(std::numeric_limits<T>::max());
  if (!json.is_true && json.number <= most) return static_cast<T>(json.number);
  if (json.is_true && std::is_signed_v<T> && json.number <= most + 1) {
    return static_cast<T>(0 - json.number);
  }
  refuse("a number from " + std::to_string(std::numeric_limits<T>::min()) + " to " +
         std::to_string(most));
}

template <typename T>
void read(const Json& json, T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    if (json.kind != Json::Kind::boolean) refuse("true or false");
    value = json.is_true;
  } else if constexpr (std::is_integral_v<T>) {
    value = whole_number<T>(json);
  } else if constexpr (std::is_same_v<T, Duration>) {
    value = Duration(whole_number<std::int64_t>(json));
  } else if constexpr (std::is_same_v<T, std::string>) {
    if (json.kind != Json::Kind::text) refuse("a text");
    value = json.text;
  } else if constexpr (std::is_enum_v<T>) {
    bool is_known = false;
    dsys_visit_enumerators(static_cast<const T*>(nullptr), [&](std::string_view name, T one) {
      if (name != json.text) return;
      value = one;
      is_known = true;
    });
    if (!is_known) refuse("an enumerator instead of \"" + json.text + "\"");
  } else if constexpr (IsOptional<T>::value) {
    typename T::value_type present{};
    const bool is_present = json.kind != Json::Kind::null;
    if (is_present) read(json, present);
    value = is_present ? T(std::move(present)) : T();
  } else if constexpr (IsVector<T>::value) {
    if (json.kind != Json::Kind::list) refuse("a list");
    value.resize(json.items.size());
    for (std::size_t i = 0; i < value.size(); ++i) read(json.items[i], value[i]);
  } else {
    dsys_visit_fields(value, [&json](std::string_view name, auto& field) {
      const Json* const found = json.find(name);
      if (found == nullptr) return;
      try {
        read(*found, field);
      } catch (const std::runtime_error& error) {
        throw std::runtime_error(std::string(name) + ": " + error.what());
      }
    });
  }
}

// Into the type of the variant that the value names.
template <typename Variant, std::size_t place = 0>
Variant read_variant(const Json& json) {
  const Json* const type = json.find("type");
  if (type == nullptr) refuse("an object with a type");
  if constexpr (place == std::variant_size_v<Variant>) {
    throw std::runtime_error("a value of type " + type->text +
                             " came in, which is not in the variant of its kind");
  } else {
    using Type = std::variant_alternative_t<place, Variant>;
    if constexpr (!std::is_same_v<Type, std::monostate>) {
      if (type->text == dsys_name(static_cast<const Type*>(nullptr))) {
        Type value{};
        read(json, value);
        return value;
      }
    }
    return read_variant<Variant, place + 1>(json);
  }
}

inline void write_text(std::string& line, std::string_view text) {
  line.push_back('"');
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    if (byte >= 0x20 && letter != '"' && letter != '\\') {
      line.push_back(letter);
      continue;
    }
    constexpr std::string_view digits = "0123456789abcdef";
    line.append("\\u00").append({digits[byte / 16U], digits[byte % 16U]});
  }
  line.push_back('"');
}

template <typename T>
void write_fields(std::string& line, const T& value, bool continues);
template <typename T>
void write_named(std::string& line, const T& value);

template <typename T>
void write(std::string& line, const T& value) {
  static_assert(!std::is_pointer_v<T>, "a field of a value or a node is a pointer: keep a name");
  if constexpr (std::is_same_v<T, bool>) {
    line.append(value ? "true" : "false");
  } else if constexpr (std::is_integral_v<T>) {
    line.append(std::to_string(value));
  } else if constexpr (std::is_same_v<T, Duration>) {
    line.append(std::to_string(value.count()));
  } else if constexpr (std::is_same_v<T, std::string>) {
    write_text(line, value);
  } else if constexpr (std::is_enum_v<T>) {
    static_assert(IsListedEnum<T>::value,
                  "an enumeration is not listed: DSYS_ENUM(Type, one, two)");
    dsys_visit_enumerators(static_cast<const T*>(nullptr), [&](std::string_view name, T one) {
      if (one == value) write_text(line, name);
    });
  } else if constexpr (IsVariant<T>::value) {  // in states only, as are pairs, maps and sets
    write_named(line, value);
  } else if constexpr (IsOptional<T>::value) {
    if (value) return write(line, *value);
    line.append("null");
  } else if constexpr (IsPair<T>::value) {
    line.push_back('[');
    write(line, value.first);
    line.push_back(',');
    write(line, value.second);
    line.push_back(']');
  } else if constexpr (!IsVector<T>::value && IsRange<T>::value) {
    line.push_back('[');
    for (const auto& one : value) {
      write(line, one);
      line.push_back(',');
    }
    line.push_back(']');
  } else if constexpr (IsVector<T>::value) {
    line.push_back('[');
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (i > 0) line.push_back(',');
      write<typename T::value_type>(line, value[i]);
    }
    line.push_back(']');
  } else {
    static_assert(IsListed<T>::value || std::is_pointer_v<T>,
                  "a struct is not listed: DSYS_VALUE(Type, field, field)");
    line.push_back('{');
    write_fields(line, value, false);
    line.push_back('}');
  }
}

template <typename T>
void write_fields(std::string& line, const T& value, bool continues) {
  dsys_visit_fields(value, [&](std::string_view name, const auto& field) {
    if constexpr (std::is_same_v<std::decay_t<decltype(field)>, std::string>) {
      if (field.empty()) return;  // The default: no text, or nobody.
    }
    if (continues) line.push_back(',');
    continues = true;
    line.append("\"").append(name).append("\":");
    write(line, field);
  });
}

// A struct as an object that begins with its type.
template <typename T>
void write_named(std::string& line, const T& value) {
  if constexpr (IsVariant<T>::value) {
    std::visit([&line](const auto& one) { write_named(line, one); }, value);
  } else if constexpr (std::is_same_v<T, std::monostate>) {
    line.append("null");
  } else {
    line.append("{\"type\":\"").append(dsys_name(&value)).append("\"");
    write_fields(line, value, true);
    line.push_back('}');
  }
}

template <typename T>
void append_words(std::string& text, const T& part) {
  if constexpr (std::is_integral_v<T> && !std::is_same_v<T, char>) {
    text.append(std::to_string(part));
  } else if constexpr (std::is_same_v<T, char>) {
    text.push_back(part);
  } else {
    text.append(part);
  }
}

}  // namespace detail

// --- The context ---

// Chance that is the same with every standard library.
class Random {
 public:
  explicit Random(std::uint64_t seed = 0) : engine_(seed) {}

  std::uint64_t next() { return engine_(); }

  // In [0, bound); the bound must not be 0.
  std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }

  // In [low, high], both included.
  std::int64_t between(std::int64_t low, std::int64_t high) {
    const std::uint64_t width = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
    return low + static_cast<std::int64_t>(below(width + 1));
  }
  Duration between(Duration low, Duration high) {
    return Duration(between(std::int64_t{low.count()}, std::int64_t{high.count()}));
  }

 private:
  std::mt19937_64 engine_;
};

// The only door from a node to the world. Effects are carried out in the order in which a handler
// asks for them; that order is their meaning.
class Context {
 public:
  const std::string& self() const { return self_; }

  // All nodes that are programs like this one, itself included; and the same without itself.
  const std::vector<std::string>& nodes() const { return nodes_; }
  const std::vector<std::string>& peers() const { return peers_; }

  // Which part of the problem this program plays.
  const std::string& role() const { return role_; }

  // What the task says, in a struct declared with DSYS_VALUE.
  template <typename Config>
  Config config() const {
    Config config{};
    detail::read(config_, config);
    return config;
  }

  // The node's own clock, since the run began: it may run fast or slow, never back.
  Duration now() const { return now_; }

  // The date as this node believes it, since 1970: it may be wrong, and may jump either way.
  Duration wall_clock() const { return wall_clock_; }

  // The only source of chance that a node may use: from it, a run can be repeated.
  Random& random() { return random_; }

  // To another node or a client. To oneself is not allowed: call the function.
  template <typename Message>
  void send(const std::string& to, const Message& message) {
    begin("send").append("{\"to\":");
    detail::write_text(effects_, to);
    effects_.append(",\"message\":");
    detail::write_named(effects_, message);
    effects_.append("}}");
  }

  // It expires once, after a time on the node's own clock. A timer that is equal, with all its
  // fields, to one that is set already replaces it.
  template <typename Timer>
  void set_timer(const Timer& timer, Duration after) {
    begin("set_timer").append("{\"timer\":");
    detail::write_named(effects_, timer);
    effects_.append(",\"after_ns\":").append(std::to_string(after.count())).append("}}");
  }

  // If no timer is set that is equal to this one, it does nothing.
  template <typename Timer>
  void cancel_timer(const Timer& timer) {
    begin("cancel_timer").append("{\"timer\":");
    detail::write_named(effects_, timer);
    effects_.append("}}");
  }

  // Appends a record to the node's disk. A power loss takes it unless a sync came between.
  template <typename Record>
  void write(const Record& record) {
    detail::write_named(begin("write"), record);
    effects_.push_back('}');
  }

  // Makes everything written before durable. What is sent behind it leaves only after that.
  void sync() { begin("sync").append("true}"); }

  // Tells the outside what properties judge; the exercise says what to emit and when.
  template <typename Output>
  void emit(const Output& output) {
    detail::write_named(begin("emit"), output);
    effects_.push_back('}');
  }

  // A sentence for the reader of the trace, in parts: note("leads term ", current_term).
  template <typename... Parts>
  void note(const Parts&... parts) {
    std::string text;
    (detail::append_words(text, parts), ...);
    detail::write_text(begin("note"), text);
    effects_.push_back('}');
  }

 private:
  template <typename Node>
  friend class Conversation;

  std::string& begin(std::string_view effect) {
    if (!effects_.empty()) effects_.push_back(',');
    return effects_.append("{\"").append(effect).append("\":");
  }

  std::string self_;
  std::vector<std::string> nodes_;
  std::vector<std::string> peers_;
  std::string role_;
  Json config_;
  Duration now_{};
  Duration wall_clock_{};
  Random random_;
  std::string effects_;
};

// --- The conversation with dsys ---

namespace detail {

// Answers go where standard output went at the start. From then on standard output is standard
// error, so that a forgotten std::cout ends up among the program's own words.
inline const int answers = [] {
  const int protocol = dup(STDOUT_FILENO);
  dup2(STDERR_FILENO, STDOUT_FILENO);
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);  // what was printed before a failure is seen
  return protocol;
}();

inline void answer(std::string_view line) {
  while (!line.empty()) {
    const ssize_t count = ::write(answers, line.data(), line.size());
    if (count <= 0) throw std::runtime_error("cannot answer: nobody reads");
    line.remove_prefix(static_cast<std::size_t>(count));
  }
}

}  // namespace detail

template <typename Node>
class Conversation {
 public:
  std::string answer_to(std::string_view line) {
    context_.effects_.clear();
    const Json event = JsonReader(line).read();
    const bool begins = get<std::string>(event, "event") == "init";
    if constexpr (detail::IsListed<Node>::value) {
      if (is_explored_ && !begins) restore(event);
    }
    play(event);
    std::string answer = "{\"effects\":[" + context_.effects_ + "]";
    if constexpr (detail::IsListed<Node>::value) {
      if (is_explored_ && !begins) answer += ",\"state\":" + std::to_string(save());
    }
    return answer + "}\n";
  }

 private:
  // Chance begins anew: the same state and event must give the same answer.
  void restore(const Json& event) {
    context_.random_ = Random(seed_);
    const bool starts = get<std::string>(event, "event") == "start";
    node_ = starts ? Node{} : states_.at(get<std::size_t>(event, "state"));
  }

  // The place of the node's state among all that it was in.
  std::size_t save() {
    std::string bytes;
    detail::write(bytes, node_);
    const auto [known, is_new] = numbers_.emplace(std::move(bytes), states_.size());
    if (is_new) states_.push_back(node_);
    return known->second;
  }

  void play(const Json& event) {
    const std::string kind = get<std::string>(event, "event");
    context_.wall_clock_ = get<Duration>(event, "wall_ns");
    if (kind == "init") return begin(event);
    context_.now_ = get<Duration>(event, "now_ns");
    if (kind == "start") {
      std::vector<typename Node::Record> disk;
      for (const Json& record : part(event, "disk").items) {
        disk.push_back(detail::read_variant<typename Node::Record>(record));
      }
      return node_.on_start(context_, disk);
    }
    if (kind == "message") {
      const auto message = detail::read_variant<typename Node::Message>(part(event, "message"));
      return node_.on_message(context_, get<std::string>(event, "from"), message);
    }
    if (kind != "timer") throw std::runtime_error("cannot play an event of the kind " + kind);
    node_.on_timer(context_, detail::read_variant<typename Node::Timer>(part(event, "timer")));
  }

  void begin(const Json& event) {
    context_.self_ = get<std::string>(event, "self");
    context_.nodes_ = get<std::vector<std::string>>(event, "nodes");
    context_.peers_ = context_.nodes_;
    auto& peers = context_.peers_;
    peers.erase(std::remove(peers.begin(), peers.end(), context_.self_), peers.end());
    context_.role_ = get<std::string>(event, "role");
    context_.config_ = part(event, "config");
    seed_ = get<std::uint64_t>(event, "seed");
    context_.random_ = Random(seed_);
    is_explored_ = event.find("wants_state") != nullptr;
  }

  static const Json& part(const Json& event, std::string_view name) {
    const Json* const found = event.find(name);
    if (found == nullptr) throw std::runtime_error("an event lacks " + std::string(name));
    return *found;
  }

  template <typename T>
  static T get(const Json& event, std::string_view name) {
    T value{};
    detail::read(part(event, name), value);
    return value;
  }

  Context context_;
  Node node_{};
  std::uint64_t seed_ = 0;
  bool is_explored_ = false;
  std::vector<Node> states_;
  std::map<std::string, std::size_t> numbers_;
};

// Plays a node until the input ends: the whole of your main.
template <typename Node>
int run() {
  char* line = nullptr;
  std::size_t capacity = 0;
  try {
    Conversation<Node> conversation;
    for (;;) {
      const ssize_t length = getline(&line, &capacity, stdin);
      if (length <= 0) break;
      detail::answer(conversation.answer_to({line, static_cast<std::size_t>(length)}));
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return EXIT_FAILURE;
  }
  std::free(line);
  return EXIT_SUCCESS;
}

}  // namespace dsys
