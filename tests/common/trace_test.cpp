#include "common/trace/trace.hpp"
#include "common/core/describe.hpp"
#include "common/trace/lanes.hpp"
#include "common/trace/value_text.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace dsys::trace_test {
namespace {

enum class Colour : std::uint8_t { red, green };
BOOST_DESCRIBE_ENUM(Colour, red, green)

struct Inner {
  std::int64_t depth = 0;
};
DSYS_DESCRIBE(Inner, depth)

struct Everything {
  std::uint64_t number = 0;
  bool flag = false;
  std::string word;
  NodeId node{};
  Duration duration{};
  Colour colour = Colour::red;
  std::optional<int> maybe;
  std::vector<Inner> list;
};
DSYS_DESCRIBE(Everything, number, flag, word, node, duration, colour, maybe, list)

using Value = std::variant<Inner, Everything>;

const Everything full{.number = 7,
                      .flag = true,
                      .word = "a\"b",
                      .node = node_id('n', 2),
                      .duration = 150ms,
                      .colour = Colour::green,
                      .maybe = 3,
                      .list = {{1}, {2}}};

}  // namespace

TEST_CASE("text and JSON of a value follow from its description") {
  CHECK(type_of(Value{full}) == "Everything");
  CHECK(fields_text(Value{full}) ==
        "number=7 flag=true word=a\"b node=n2 duration=150ms colour=green maybe=3 "
        "list=[(depth=1) (depth=2)]");
  CHECK(fields_json(Value{full}) ==
        R"({"number":7,"flag":true,"word":"a\"b","node":"n2","duration":150000000,)"
        R"("colour":"green","maybe":3,"list":[{"depth":1},{"depth":2}]})");
}

TEST_CASE("texts leave out what is blank, JSON does not") {
  CHECK(fields_text(Value{Everything{}}) == "number=0 flag=false duration=0ms colour=red");
  CHECK(fields_json(Value{Everything{}}) ==
        R"({"number":0,"flag":false,"word":"","node":"-","duration":0,"colour":"red","maybe":null,)"
        R"("list":[]})");
}

TEST_CASE("long lists are cut in texts, never in JSON") {
  Everything many;
  many.list.resize(20);
  CHECK(fields_text(Value{many}).find("12 more") != std::string::npos);
  CHECK(fields_json(Value{many}).find("more") == std::string::npos);
}

TEST_CASE("strings that are not UTF-8 still give valid JSON") {
  CHECK(json_quoted("a\xff\n") == "\"a\xEF\xBF\xBD\\n\"");
}

TEST_CASE("a line of a trace has fixed columns") {
  const trace::Entry entry{.number = 1,
                           .time = Duration{151'204us},
                           .kind = EventKind::deliver,
                           .node = node_id('n', 1),
                           .peer = node_id('n', 2),
                           .type = "Ping",
                           .fields = "number=1"};
  CHECK(trace::text_line(entry) == "   151.204ms  n1  deliver    n2  Ping number=1");
}

TEST_CASE("lanes draw an arrow from sender to receiver") {
  const auto start = [](NodeId node) {
    return trace::Entry{.kind = EventKind::start, .node = node};
  };
  const trace::Entry arrival{.time = 5ms,
                             .kind = EventKind::deliver,
                             .node = node_id('n', 2),
                             .peer = node_id('n', 1),
                             .type = "Ping"};
  const std::vector<trace::Entry> entries{start(node_id('n', 1)), start(node_id('n', 2)), arrival};
  const auto lines = trace::lanes(entries, trace::Detail::messages, 80, false);
  CHECK(lines.front() == "            n1    n2  ");
  CHECK(lines.back().find("o----->") != std::string::npos);
}

}  // namespace dsys::trace_test
