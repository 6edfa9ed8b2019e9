#include "common/cli/declarations.hpp"

#include "common/cli/json.hpp"
#include "common/cli/template.hpp"
#include "common/core/assert.hpp"
#include "common/core/time.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <sstream>
#include <utility>
#include <vector>

namespace dsys::cli {
namespace {

using bridge::FieldType;
using bridge::NamedType;
using bridge::TypeGroup;

// A call with more arguments than that is read by nobody.
constexpr std::size_t fields_by_place_max = 6;

std::string with_inside(std::string text, std::string_view mark, std::string_view inside) {
  const std::size_t at = text.find(mark);
  return at == std::string::npos ? text : text.replace(at, mark.size(), inside);
}

std::string raised(std::string word) {
  std::transform(word.begin(), word.end(), word.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::toupper(letter)); });
  return word;
}

std::string capitalised(const std::string& word) {
  return word.empty() ? word : raised(word.substr(0, 1)) + word.substr(1);
}

// Some languages have another type for a number that stands by itself and one in a list.
enum class Boxed : bool { no, yes };

// --- A language ---

class Language {
 public:
  // Of the lines up to `---`: "word = text".
  explicit Language(std::string_view head) {
    std::istringstream lines{std::string(head)};
    for (std::string line; std::getline(lines, line);) {
      const std::size_t equals = line.find(" = ");
      DSYS_ASSERT(equals != std::string::npos);
      words_.emplace(line.substr(0, equals), line.substr(equals + 3));
    }
  }

  const std::string& word(const std::string& name) const {
    const auto found = words_.find(name);
    DSYS_ASSERT(found != words_.end());
    return found->second;
  }

  std::string name_of(const std::string& wire, const std::string& style) const {
    const std::string name = cased(wire, word(style));
    return lists("reserved", name) ? name + '_' : name;
  }

  std::string type_of(const Type& type, Boxed boxed = Boxed::no) const {
    if (type.kind == TypeKind::enumeration && !has("enumeration")) return std::string(type.name);
    if (type.kind == TypeKind::structure) return std::string(type.name);
    const std::string& text = word_for(type, boxed);
    if (type.element == nullptr) return text;
    return with_inside(text, "{}", type_of(*type.element, Boxed::yes));
  }

  std::string standard_of(const Type& type, const Json& value) const {
    switch (type.kind) {
      case TypeKind::boolean:
        return word(value.get<bool>() ? "true" : "false");
      case TypeKind::duration:
        return duration_of(value.get<std::int64_t>());
      case TypeKind::enumeration:
        return with_inside(with_inside(word("enumerator"), "{type}", type.name), "{name}",
                           name_of(value.get<std::string>(), "enumerators"));
      case TypeKind::structure:
        return with_inside(word("structure"), "{}", type.name);
      case TypeKind::list:
        return list_of(*type.element, value);
      case TypeKind::optional:
        return value.is_null() ? word("null") : standard_of(*type.element, value);
      case TypeKind::whole:
      case TypeKind::text:
      case TypeKind::node:
        break;
    }
    return value.dump();
  }

 private:
  bool has(const std::string& name) const { return words_.contains(name); }

  bool lists(const std::string& name, const std::string& one) const {
    return has(name) &&
           fmt::format(" {} ", word(name)).find(fmt::format(" {} ", one)) != std::string::npos;
  }

  // Where an underscore goes, a capital comes; so it stays before a digit, and the way back is
  // clear.
  std::string cased(const std::string& wire, std::string_view style) const {
    if (style == "snake_case") return wire;
    if (style == "UPPER_CASE") return raised(wire);
    std::istringstream words(wire);
    std::string name;
    for (std::string word; std::getline(words, word, '_');) {
      const bool is_first = name.empty();
      const bool has_capital = std::isdigit(static_cast<unsigned char>(word.front())) == 0;
      if (!is_first && !has_capital) name += '_';
      if (is_first && style == "camelCase") {
        name += word;
      } else {
        name += lists("initialisms", word) ? raised(word) : capitalised(word);
      }
    }
    return name;
  }

  const std::string& word_for(const Type& type, Boxed boxed) const {
    static const std::map<TypeKind, std::string> kinds{
        {TypeKind::boolean, "truth"},     {TypeKind::whole, "number"},
        {TypeKind::duration, "duration"}, {TypeKind::text, "text"},
        {TypeKind::node, "node"},         {TypeKind::enumeration, "enumeration"},
        {TypeKind::list, "list"},         {TypeKind::optional, "optional"}};
    const std::string& kind = kinds.at(type.kind);
    const bool is_whole = type.kind == TypeKind::whole;
    const std::string size =
        is_whole ? fmt::format("{}int{}", type.is_signed ? "" : "u", 8 * type.size) : kind;
    if (boxed == Boxed::yes && has("boxed " + size)) return word("boxed " + size);
    if (boxed == Boxed::yes && has("boxed " + kind)) return word("boxed " + kind);
    return has(size) ? word(size) : word(kind);
  }

  std::string duration_of(std::int64_t nanoseconds) const {
    const Duration duration(nanoseconds);
    if (nanoseconds == 0 && !has("no time")) return "0";
    if (nanoseconds == 0) return word("no time");
    DSYS_ASSERT(duration % 1ms == 0ns);
    return with_inside(word("milliseconds"), "{}", std::to_string(duration / 1ms));
  }

  std::string list_of(const Type& inside, const Json& values) const {
    if (values.empty()) return word("empty list");
    std::vector<std::string> elements;
    for (const Json& value : values) elements.push_back(standard_of(inside, value));
    return with_inside(word("list of"), "{}", fmt::format("{}", fmt::join(elements, ", ")));
  }

  std::map<std::string, std::string> words_;
};

// --- The protocol in a language ---

bool is_blank(const Type& type, const Json& standard) {
  if (standard.is_null() || type.kind == TypeKind::structure) return true;
  if (standard.is_array()) return standard.empty();
  const std::string text = standard.is_string() ? standard.get<std::string>() : "?";
  return text.empty() || (type.kind == TypeKind::node && text == "-");
}

bool may_be_null(const Type& type) {
  return type.kind == TypeKind::optional || (type.element != nullptr && may_be_null(*type.element));
}

// As in a comment: "default 150ms".
std::string told(const Type& type, const Json& standard) {
  return type.kind == TypeKind::duration ? to_string(Duration(standard.get<std::int64_t>()))
                                         : standard.dump();
}

Json field_json(const Language& language, const FieldType& field) {
  const Json standard = Json::parse(field.standard);
  const TypeKind kind = field.holds->kind;
  const std::string name = language.name_of(field.name, "fields");
  const bool blank = is_blank(*field.holds, standard);
  return {{"wire", field.name},
          {"field", name},
          {"Field", capitalised(name)},
          {"type", language.type_of(*field.holds)},
          {"standard", language.standard_of(*field.holds, standard)},
          {"told", told(*field.holds, standard)},
          {"blank", blank},
          {"unlike_zero", !blank && standard != 0 && standard != false},
          {"open", kind == TypeKind::list || kind == TypeKind::optional},
          {"meaning", bridge::text_of(*field.holds)},
          {"nullable", may_be_null(*field.holds)}};
}

// Whether one more follows, for whoever separates them.
Json with_commas(Json list) {
  for (std::size_t i = 0; i < list.size(); ++i) list[i]["comma"] = i + 1 < list.size();
  return list;
}

struct GroupStyle {
  std::string_view name;  // of the group in the protocol
  std::string_view title;
  std::string_view kind;
};

// What others are made of comes first.
constexpr std::array<GroupStyle, 6> group_styles{{{"values", "Values inside others", "Value"},
                                                  {"messages", "Messages", "Message"},
                                                  {"timers", "Timers", "Timer"},
                                                  {"records", "Records", "Record"},
                                                  {"outputs", "Outputs", "Output"},
                                                  {"config", "Configuration", "Value"}}};

Json type_json(const Language& language, const NamedType& type, const GroupStyle& style) {
  const bool is_made = style.name != "config";  // it is only read
  Json fields = Json::array();
  for (const FieldType& field : type.fields) fields.push_back(field_json(language, field));
  return {{"name", type.name},
          {"kind", style.kind},
          {"tagged", style.kind != "Value"},
          {"empty", type.fields.empty()},
          {"many", is_made && type.fields.size() > fields_by_place_max},
          {"fields", with_commas(fields)},
          {"arguments", with_commas(fields)}};
}

Json enumeration_json(const Language& language, const Type& enumeration) {
  Json enumerators = Json::array();
  for (const Enumerator& one : enumeration.enumerators) {
    const std::string wire(one.name);
    enumerators.push_back({{"wire", wire}, {"enumerator", language.name_of(wire, "enumerators")}});
  }
  return {{"name", std::string(enumeration.name)},
          {"enumerators", with_commas(std::move(enumerators))}};
}

const TypeGroup& group_named(const std::vector<TypeGroup>& protocol, std::string_view name) {
  const auto found = std::find_if(protocol.begin(), protocol.end(),
                                  [&](const TypeGroup& one) { return one.name == name; });
  DSYS_ASSERT(found != protocol.end());
  return *found;
}

Json names_in(const std::vector<TypeGroup>& protocol, std::initializer_list<const char*> groups) {
  Json names = Json::array();
  for (const char* const group : groups) {
    for (const NamedType& type : group_named(protocol, group).types) {
      names.push_back({{"name", type.name}});
    }
  }
  return with_commas(std::move(names));
}

Json groups_json(const Language& language, const std::vector<TypeGroup>& protocol) {
  Json groups = Json::array();
  Json enumerations = Json::array();
  for (const Type* const one : bridge::enumerations_in(protocol)) {
    enumerations.push_back(enumeration_json(language, *one));
  }
  if (!enumerations.empty()) {
    groups.push_back({{"title", "Enumerations"},
                      {"enumerations", std::move(enumerations)},
                      {"types", Json::array()}});
  }
  for (const GroupStyle& style : group_styles) {
    Json types = Json::array();
    for (const NamedType& type : group_named(protocol, style.name).types) {
      types.push_back(type_json(language, type, style));
    }
    if (types.empty()) continue;
    groups.push_back(
        {{"title", style.title}, {"enumerations", Json::array()}, {"types", std::move(types)}});
  }
  return groups;
}

bool holds_duration(const Type& type) {
  return type.kind == TypeKind::duration ||
         (type.element != nullptr && holds_duration(*type.element));
}

bool has_durations(const std::vector<TypeGroup>& protocol) {
  for (const TypeGroup& group : protocol) {
    for (const NamedType& type : group.types) {
      for (const FieldType& field : type.fields) {
        if (holds_duration(*field.holds)) return true;
      }
    }
  }
  return false;
}

// Without blank lines beyond that many in a row, or at the end.
std::string with_blank_lines(const std::string& text, std::size_t most) {
  std::istringstream lines(text);
  std::string result;
  std::size_t blank = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) {
      ++blank;
      continue;
    }
    result.append(std::min(blank, most), '\n').append(line) += '\n';
    blank = 0;
  }
  return result;
}

}  // namespace

Declarations declare_types(const problem::Problem& problem, std::string_view language_template) {
  constexpr std::string_view line = "---\n";
  const std::size_t head = language_template.find(line);
  DSYS_ASSERT(head != std::string_view::npos);
  const Language language(language_template.substr(0, head));
  const std::vector<TypeGroup> protocol = problem.protocol();
  const Json values{{"problem", problem.name},
                    {"role", problem.role},
                    {"durations", has_durations(protocol)},
                    {"messages", names_in(protocol, {"messages"})},
                    {"timers", names_in(protocol, {"timers"})},
                    {"config", names_in(protocol, {"config"})},
                    {"arriving", names_in(protocol, {"messages", "timers", "records"})},
                    {"groups", groups_json(language, protocol)}};
  return {
      .file = language.word("file"),
      .text = with_blank_lines(fill_template(language_template.substr(head + line.size()), values),
                               std::stoul(language.word("blank lines")))};
}

}  // namespace dsys::cli
