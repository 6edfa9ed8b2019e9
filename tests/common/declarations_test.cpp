// The declarations of a starter kit: the templates of the languages, and how one is filled in.
#include "common/cli/declarations.hpp"
#include "common/cli/template.hpp"
#include "common/core/embedded.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dsys::bridge {

extern const std::span<const EmbeddedFile> embedded_files;

}  // namespace dsys::bridge

namespace dsys {
namespace {

std::string template_of(const std::string& language) {
  return std::string(text_of(bridge::embedded_files, "kits/" + language + "/messages.template"));
}

std::vector<bridge::TypeGroup> awkward_protocol() {
  const Type* const text = &type_of_values<std::string>();
  const Type* const number = &type_of_values<std::uint64_t>();
  std::vector<bridge::TypeGroup> groups;
  for (const char* name : {"config", "messages", "timers", "records", "outputs", "values"}) {
    groups.push_back({.name = name, .types = {}});
  }
  groups[0].types.push_back({.name = "Setup", .fields = {}});
  groups[1].types.push_back({.name = "Note",
                             .fields = {{"from", text, R"("n1")"},
                                        {"default", text, R"("")"},
                                        {"constructor", text, R"("")"},
                                        {"key_1", number, "7"}}});
  return groups;
}

bool has_text(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a name that a language keeps for itself gets an underscore, and only there") {
  const problem::Problem problem{.name = "awkward", .role = "node", .protocol = awkward_protocol};
  const auto declared = [&](const std::string& language) {
    return cli::declare_types(problem, template_of(language)).text;
  };
  CHECK(has_text(declared("python"), "    from_: str = \"n1\"\n    default: str = \"\"\n"));
  CHECK(has_text(declared("java"),
                 "    String from,\n    String default_,\n    String constructor,\n"));
  CHECK(has_text(declared("java"), "Note() { this(\"n1\", \"\", \"\", 7); }"));
  CHECK(has_text(declared("javascript"),
                 "  from = \"n1\";\n  default = \"\";\n  constructor_ = \"\";\n"));
  // No capital can come after this underscore, so it stays, and the way back is clear.
  CHECK(has_text(declared("javascript"), "  key_1 = 7;\n"));
  CHECK(has_text(declared("go"), "\tKey_1       uint64 `json:\"key_1\"` // default 7\n"));
}

TEST_CASE("a template's sections, columns and folded lines") {
  const cli::Json values{
      {"name", "outer"},
      {"empty", cli::Json::array()},
      {"list", {{{"name", "a"}, {"more", true}}, {{"name", "bcd"}, {"more", false}}}}};
  CHECK(cli::fill_template("{{#list}}\n{{name}}{{|}}= {{#more}}more{{/more}}\n{{/list}}\n",
                           values) == "a   = more\nbcd = \n");
  CHECK(cli::fill_template("{{^empty}}{{name}} has none{{/empty}}{{#empty}}no{{/empty}}\n",
                           values) == "outer has none\n");
  const std::string word(60, 'x');
  CHECK(cli::fill_template("f({{#list}}" + word + "{{#more}}{{,}}{{/more}}{{/list}});\n", values) ==
        "f(" + word + ",\n  " + word + ");\n");
}

}  // namespace dsys
