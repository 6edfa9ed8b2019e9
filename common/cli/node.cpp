// The verbs about programs as nodes: what they exchange, and a node of ours behind the protocol.
#include "common/cli/report.hpp"
#include "common/cli/verbs.hpp"
#include "common/core/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include <unistd.h>

namespace dsys::cli {
namespace {

std::string field_json(const bridge::FieldType& field) {
  return fmt::format(R"({{"name":{},"type":{},"default":{}}})", json_quoted(field.name),
                     json_quoted(bridge::text_of(*field.holds)), field.standard);
}

std::string group_json(const bridge::TypeGroup& group) {
  std::vector<std::string> types;
  for (const bridge::NamedType& type : group.types) {
    std::vector<std::string> fields;
    for (const bridge::FieldType& field : type.fields) fields.push_back(field_json(field));
    types.push_back(
        fmt::format(R"({{"name":{},"fields":{}}})", json_quoted(type.name), json_array(fields)));
  }
  return fmt::format("{}:{}", json_quoted(group.name), json_array(types));
}

// Their names, which the values on the wire do not carry, for whoever declares them.
std::string enumerations_json(const std::vector<bridge::TypeGroup>& protocol) {
  std::vector<std::string> enumerations;
  for (const Type* const one : bridge::enumerations_in(protocol)) {
    std::vector<std::string> values;
    for (const Enumerator& value : one->enumerators) values.push_back(json_quoted(value.name));
    enumerations.push_back(
        fmt::format(R"({{"name":{},"values":{}}})", json_quoted(one->name), json_array(values)));
  }
  return R"("enumerations":)" + json_array(enumerations);
}

void print_type(const bridge::NamedType& type, Terminal& terminal) {
  terminal.line("  " + terminal.styled(Style::node, type.name));
  std::size_t width = 0;
  for (const bridge::FieldType& field : type.fields) width = std::max(width, field.name.size());
  for (const bridge::FieldType& field : type.fields) {
    terminal.labelled(fmt::format("    {:<{}}  ", field.name, width),
                      fmt::format("{}, default {}", bridge::text_of(*field.holds), field.standard));
  }
}

}  // namespace

int print_protocol(const Problem& problem, bool json, Terminal& terminal) {
  const std::vector<bridge::TypeGroup> protocol = problem.protocol();
  if (json) {
    std::vector<std::string> groups;
    groups.reserve(protocol.size());
    for (const bridge::TypeGroup& group : protocol) groups.push_back(group_json(group));
    groups.push_back(enumerations_json(protocol));
    terminal.line(fmt::format(R"({{"problem":{},"role":{},{}}})", json_quoted(problem.name),
                              json_quoted(problem.role), fmt::join(groups, ",")));
    return exit_fine;
  }
  terminal.line(terminal.styled(
      Style::strong, fmt::format("What a program that plays a {} of {} exchanges with the world",
                                 problem.role, problem.name)));
  terminal.paragraph(
      "One JSON object a line: an event in, an answer with its effects out. A value is an object "
      "with \"type\" and these fields; one that is left out has its default. The rules are in "
      "common/bridge/README.md, and in the PROTOCOL.md of every starter kit.");
  for (const bridge::TypeGroup& group : protocol) {
    if (group.types.empty()) continue;
    terminal.line();
    terminal.line(terminal.styled(Style::strong, group.name));
    for (const bridge::NamedType& type : group.types) print_type(type, terminal);
  }
  return exit_fine;
}

int serve_node(const Problem& problem, const std::string& flaw) {
  const FlawText* const chosen = flaw.empty() ? nullptr : &flaw_named(problem, flaw);
  if (chosen != nullptr && !chosen->part.empty()) {
    throw UsageError(fmt::format(
        "--flaw '{}' is one of {}, and a program plays a {}; see it with: dsys {} break {}", flaw,
        chosen->part, problem.role, problem.name, flaw));
  }
  if (isatty(STDIN_FILENO) != 0) {
    std::cerr << fmt::format(
        "dsys: a {} of {}, waiting for events: one JSON object a line (`dsys {} protocol` shows "
        "them; end with Ctrl-D). For instance: dsys {} demo --impl \"exec:dsys {} node\"\n",
        problem.role, problem.name, problem.name, problem.name, problem.name);
  }
  std::ios::sync_with_stdio(false);
  std::cin.tie(nullptr);
  problem.serve(chosen, std::cin, std::cout);
  return exit_fine;
}

}  // namespace dsys::cli
