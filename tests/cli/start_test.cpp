// Starter kits: what `start` writes, above all the declarations, which come from the same
// description as `protocol`.
#include "tests/cli/program.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <map>
#include <regex>
#include <string>
#include <vector>

namespace dsys {
namespace {

// A type and its fields, or an enumeration and its enumerators, by their names in the protocol.
using Types = std::map<std::string, std::vector<std::string>>;

// How the declarations of a language are found again; `name` and members are the first group.
struct Language {
  std::string name;
  std::string file;
  std::string type;
  std::string field;
  std::string enumeration;
  std::string enumerator;
  std::string end;  // members come before this
};

const std::vector<Language> languages{{.name = "cpp",
                                       .file = "messages.hpp",
                                       .type = R"(\nstruct (\w+) \{)",
                                       .field = R"(\n  [\w:<> ]+ (\w+)(?: = [^;]*)?;)",
                                       .enumeration = R"(\nenum class (\w+) \{)",
                                       .enumerator = R"([{,]\s+(\w+))",
                                       .end = "DSYS_"},
                                      {.name = "go",
                                       .file = "messages.go",
                                       .type = R"(\ntype (\w+) struct)",
                                       .field = R"re(`json:"(\w+)"`)re",
                                       .enumeration = R"(\ntype (\w+) string)",
                                       .enumerator = R"re(= "(\w+)")re",
                                       .end = "\n}"},
                                      {.name = "java",
                                       .file = "Messages.java",
                                       .type = R"(\nrecord (\w+)\()",
                                       .field = R"(\n    [@\w<> ]+ (\w+)(?=,|\n| //|$))",
                                       .enumeration = R"(\nenum (\w+) \{)",
                                       .enumerator = R"([{,]\s+(\w+))",
                                       .end = "\n)"},
                                      {.name = "javascript",
                                       .file = "messages.mjs",
                                       .type = R"(\nexport class (\w+) extends)",
                                       .field = R"(\n  (\w+) = [^;]*;)",
                                       .enumeration = R"(\nexport const (\w+) = )",
                                       .enumerator = R"re(\w+: "(\w+)")re",
                                       .end = "constructor("},
                                      {.name = "python",
                                       .file = "messages.py",
                                       .type = R"(\nclass (\w+)\(\w+\):)",
                                       .field = R"(\n    (\w+): [^\n]* = )",
                                       .enumeration = R"(\nclass (\w+):)",
                                       .enumerator = R"re(= "(\w+)")re",
                                       .end = "\n\n"}};

// lastLogIndex and NOT_LEADER as the protocol has them.
std::string wire_name(const std::string& name) {
  const bool is_raised = std::none_of(name.begin(), name.end(),
                                      [](unsigned char one) { return std::islower(one) != 0; });
  std::string wire;
  for (const char letter : name) {
    const auto byte = static_cast<unsigned char>(letter);
    if (std::isupper(byte) != 0 && !is_raised) wire += '_';
    wire += static_cast<char>(std::tolower(byte));
  }
  return wire;
}

std::vector<std::string> members_of(const std::string& block, const std::string& pattern) {
  std::vector<std::string> members;
  const std::regex member(pattern);
  for (std::sregex_iterator one(block.begin(), block.end(), member), end; one != end; ++one) {
    members.push_back(wire_name((*one)[1]));
  }
  return members;
}

void gather(const std::string& text, const std::string& declaration, const std::string& member,
            const std::string& end, Types& types) {
  const std::regex begin(declaration);
  for (std::sregex_iterator one(text.begin(), text.end(), begin), last; one != last; ++one) {
    // From its opening on, up to the next declaration or the end of its members.
    const auto start = static_cast<std::size_t>(one->position() + one->length()) - 1;
    std::string block = text.substr(start, text.find("\n// ---", start) - start);
    std::smatch next;
    if (std::regex_search(block, next, begin)) {
      block.resize(static_cast<std::size_t>(next.position()));
    }
    block.resize(std::min(block.size(), block.find(end)));
    types.emplace((*one)[1], members_of(block, member));
  }
}

Types declared_in(const std::string& text, const Language& language) {
  Types types;
  gather(text, language.type, language.field, language.end, types);
  gather(text, language.enumeration, language.enumerator, language.end, types);
  return types;
}

Types types_of_protocol(const std::string& problem) {
  const Json protocol = parsed(problem + " protocol --json");
  Types types;
  for (const char* group : {"config", "messages", "timers", "records", "outputs", "values"}) {
    for (const Json& type : protocol[group]) {
      std::vector<std::string>& fields = types[type["name"]];
      for (const Json& field : type["fields"]) fields.push_back(field["name"]);
    }
  }
  for (const Json& one : protocol["enumerations"]) types[one["name"]] = one["values"];
  return types;
}

std::vector<std::string> built_problems() {
  std::vector<std::string> names;
  const Json list = parsed("list --json");
  for (const Json& one : list["problems"]) {
    if (one["available"]) names.push_back(one["name"]);
  }
  REQUIRE_FALSE(names.empty());
  return names;
}

}  // namespace

TEST_CASE("start writes a kit in each language, with the library and the declarations") {
  for (const std::string& problem : built_problems()) {
    for (const Language& language : languages) {
      CAPTURE(problem);
      CAPTURE(language.name);
      const Ran ran = run_shell("dsys " + problem + " start kit --lang " + language.name +
                                " && ls kit && cat kit/dsys.json");
      CHECK(ran.status == 0);
      CHECK(has(ran.out, language.file));
      CHECK_FALSE(has(ran.out, "template"));
      for (const char* file : {"README.md", "EXERCISE.md", "PROTOCOL.md", "dsys.json"}) {
        CHECK(has(ran.out, file));
      }
      CHECK(has(ran.out, "\"problem\":\"" + problem + "\",\"language\":\"" + language.name + "\""));
    }
  }
}

TEST_CASE("a kit declares exactly what protocol lists, type by type and field by field") {
  for (const std::string& problem : built_problems()) {
    const Types wanted = types_of_protocol(problem);
    CHECK(wanted.size() > 20);
    for (const Language& language : languages) {
      CAPTURE(problem);
      CAPTURE(language.name);
      const Ran ran = run_shell("dsys " + problem + " start kit --lang " + language.name +
                                " >list && cat kit/" + language.file);
      const Types declared = declared_in(ran.out, language);
      for (const auto& one : wanted) {
        CAPTURE(one.first);
        REQUIRE(declared.contains(one.first));
        CHECK(fmt::format("{}", fmt::join(declared.at(one.first), " ")) ==
              fmt::format("{}", fmt::join(one.second, " ")));
      }
      for (const auto& one : declared) CHECK_MESSAGE(wanted.contains(one.first), one.first);
    }
  }
}

TEST_CASE("fields have the types and defaults of their language") {
  const auto declared = [](const std::string& language, const std::string& file) {
    return run_shell("dsys raft start kit --lang " + language + " >list && cat kit/" + file).out;
  };
  const std::string cpp = declared("cpp", "messages.hpp");
  CHECK(has(cpp, "::uint64_t term = 0;\n"));
  CHECK(has(cpp, "::optional<std::string> voted_for;\n"));
  CHECK(has(cpp, "  dsys::Duration heartbeat_interval = "));
  CHECK(has(cpp, "::vector<Entry> entries;\n"));
  const std::string go = declared("go", "messages.go");
  CHECK(has(go, "\tVotedFor *string `json:\"voted_for\"`\n"));
  CHECK(has(go, "\tHeartbeatInterval  time.Duration `json:\"heartbeat_interval\"`"));
  CHECK(has(go, "// default 50ms\n"));
  CHECK(has(go, "\tStatus Status  `json:\"status\"` // default \"ok\"\n"));
  const std::string java = declared("java", "Messages.java");
  CHECK(has(java, "    @Unsigned long term,\n    String votedFor // node or null\n"));
  CHECK(has(java, "    Long value, // whole number or null\n"));
  CHECK(has(java, "    List<Entry> entries,\n"));
  const std::string javascript = declared("javascript", "messages.mjs");
  CHECK(has(javascript, "  heartbeatInterval = ms(50);\n"));
  CHECK(has(javascript, "  votedFor = null; // string | null\n"));
  const std::string python = declared("python", "messages.py");
  CHECK(has(python, "    operation: str = Operation.NOOP\n"));
  CHECK(has(python, "    voted_for: str | None = None\n"));
}

TEST_CASE("what only others tell each other is not a learner's, in protocol and kits") {
  const Types raft = types_of_protocol("raft");
  CHECK(raft.contains("ClientReply"));
  CHECK_FALSE(raft.contains("NextOperation"));
  CHECK_FALSE(raft.contains("Invoked"));
  const Types zklock = types_of_protocol("zklock");
  CHECK(zklock.contains("WatchedEvent"));
  CHECK_FALSE(zklock.contains("Vote"));
  CHECK_FALSE(zklock.contains("Transaction"));  // a value that only those hold
  CHECK_FALSE(has(run_dsys("zklock protocol").out, "LookingForLeader"));
}

TEST_CASE("the languages are listed where one is asked for and is not there") {
  check_refused(run_dsys("raft start kit --lang cobol"),
                "--lang 'cobol': there are kits for cpp, go, java, javascript, python");
  CHECK(has(run_dsys("raft start --help").out, "one of cpp, go, java, javascript, python"));
}

}  // namespace dsys
