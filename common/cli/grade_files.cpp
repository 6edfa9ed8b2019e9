// A grade for other tools: our own JSON, JUnit's XML, and Gradescope's results.json.
#include "common/cli/grade.hpp"
#include "common/cli/report.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

namespace dsys::cli {
namespace {

using study::GroupResult;
using study::Loss;

std::string_view word_of(Loss::Kind kind) {
  switch (kind) {
    case Loss::Kind::broken:
      return "broken";
    case Loss::Kind::failed:
      return "failed";
    case Loss::Kind::storm:
      return "storm";
    case Loss::Kind::not_seen:
      return "not_seen";
    case Loss::Kind::not_run:
      return "not_run";
  }
  return "?";
}

std::string_view word_of(study::RunKind run) {
  switch (run) {
    case study::RunKind::scenario:
      return "scenario";
    case study::RunKind::drill:
      return "drill";
    case study::RunKind::search:
      return "search";
  }
  return "?";
}

std::string loss_json(const Graded& graded, const GroupResult& result, const Loss& loss) {
  const bool has_verdict = loss.kind == Loss::Kind::broken || loss.kind == Loss::Kind::not_seen;
  const ShrunkRun* const shrunk = find_shrunk(graded, loss);
  return fmt::format(
      R"({{"kind":{},"points":{},"run":{},"scenario":{},"seed":{},"faults":{},"sentence":{},"verdict":{},)"
      R"("failure":{},"hint":{},"section":{},"replay":{},"steps":{},"shrunk":{}}})",
      json_quoted(word_of(loss.kind)), loss.points, json_quoted(word_of(loss.run)),
      json_quoted(loss.scenario), loss.seed,
      texts_json(loss.misfortune ? loss.misfortune->faults : std::vector<std::string>{}),
      json_quoted(loss_sentence(loss)), has_verdict ? verdict_json(loss.verdict) : "null",
      failure_json(loss.failure),
      json_quoted(study::hint_of(graded.problem->rubric, *result.group, loss)),
      json_quoted(result.group->section), json_quoted(replay_command(graded, loss)),
      json_array(loss.way),
      shrunk == nullptr
          ? "null"
          : shrunk_json(*graded.problem, std::string(loss.scenario), graded.cast.word(), *shrunk));
}

std::string efficiency_json(const check::Efficiency& one) {
  return fmt::format(R"({{"operations":{},"messages":{},"records":{},"waited_ns":{}}})",
                     one.operations, one.messages, one.records, one.waited.count());
}

std::string group_json(const Graded& graded, const GroupResult& result) {
  std::vector<std::string> losses;
  for (const Loss& loss : result.losses) losses.push_back(loss_json(graded, result, loss));
  return fmt::format(R"({{"id":{},"name":{},"stage":{},"points":{},"of":{},"losses":{}}})",
                     json_quoted(result.group->id), json_quoted(result.group->name), result.stage,
                     result.points, study::points_of(*result.group), json_array(losses));
}

std::string xml_text(std::string_view text) {
  std::string out;
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    switch (letter) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += byte < 0x20 && letter != '\n' ? ' ' : letter;
    }
  }
  return out;
}

// What a person reads of a group, in plain lines.
std::string group_text(const Graded& graded, const GroupResult& result) {
  std::string text;
  for (const Loss& loss : result.losses) {
    text += fmt::format("{}\nHint: {}\nReplay: {}\n", loss_sentence(loss),
                        study::hint_of(graded.problem->rubric, *result.group, loss),
                        replay_command(graded, loss));
  }
  return text;
}

}  // namespace

std::string grade_json(const Graded& graded) {
  std::vector<std::string> groups;
  for (const GroupResult& one : graded.grade.groups) groups.push_back(group_json(graded, one));
  std::vector<std::string> costs;
  for (const study::Cost& one : graded.grade.costs) {
    costs.push_back(fmt::format(R"({{"run":{},"scenario":{},"runs":{},"events":{}}})",
                                json_quoted(word_of(one.run)), json_quoted(one.scenario), one.runs,
                                one.events));
  }
  std::vector<std::string> not_searched;
  for (const study::NotSearched& one : graded.grade.not_searched) {
    not_searched.push_back(fmt::format(R"({{"exploration":{},"why":{}}})",
                                       json_quoted(one.exploration), json_quoted(one.why.what)));
  }
  return fmt::format(
      R"({{"problem":{},"implementation":{},"score":{},"of":{},"passed":{},"stage":{},)"
      R"("stage_reached":{},"runs":{},"events":{},"groups":{},"costs":{},"not_searched":{},)"
      R"("efficiency":{},"reference":{}}})",
      json_quoted(graded.problem->name), json_quoted(graded.cast.word()), graded.grade.points,
      graded.grade.of, graded.grade.passed(graded.pass) ? "true" : "false", graded.grade.stage,
      graded.grade.stage_reached, graded.grade.runs, graded.grade.events, json_array(groups),
      json_array(costs), json_array(not_searched), efficiency_json(graded.efficiency),
      efficiency_json(graded.reference));
}

std::string junit_xml(const Graded& graded) {
  std::size_t failures = 0;
  std::string cases;
  for (const GroupResult& one : graded.grade.groups) {
    const std::string head =
        fmt::format(R"(  <testcase classname="dsys.{}" name="{} {}")", graded.problem->name,
                    xml_text(one.group->id), xml_text(one.group->name));
    if (one.losses.empty()) {
      cases += head + "/>\n";
      continue;
    }
    ++failures;
    cases += fmt::format(
        "{}>\n    <failure message=\"{} of {} points\">{}</failure>\n  </testcase>\n", head,
        one.points, study::points_of(*one.group), xml_text(group_text(graded, one)));
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"dsys {}\" tests=\"{}\" "
      "failures=\"{}\">\n{}</testsuite>",
      graded.problem->name, graded.grade.groups.size(), failures, cases);
}

std::string gradescope_json(const Graded& graded) {
  std::vector<std::string> tests;
  for (const GroupResult& one : graded.grade.groups) {
    tests.push_back(fmt::format(
        R"({{"name":{},"number":{},"score":{},"max_score":{},"status":"{}","output":{},)"
        R"("visibility":"visible"}})",
        json_quoted(one.group->name), json_quoted(one.group->id), one.points,
        study::points_of(*one.group), one.losses.empty() ? "passed" : "failed",
        json_quoted(group_text(graded, one))));
  }
  return fmt::format(R"({{"score":{},"output":{},"tests":{}}})", graded.grade.points,
                     json_quoted(fmt::format("{}: {} of {} points", graded.problem->title,
                                             graded.grade.points, graded.grade.of)),
                     json_array(tests));
}

}  // namespace dsys::cli
