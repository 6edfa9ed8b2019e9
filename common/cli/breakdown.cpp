#include "common/cli/breakdown.hpp"

#include "common/cli/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace dsys::cli {
namespace {

// What broke first; what broke only at the end of the run comes last.
std::string_view first_broken(const std::vector<check::Verdict>& broken) {
  const auto first = std::min_element(broken.begin(), broken.end(),
                                      [](const check::Verdict& left, const check::Verdict& right) {
                                        return left.event - 1 < right.event - 1;  // 0 is the end
                                      });
  return first->text.id;
}

// Of several that broke, which one the smaller run still breaks.
std::string told_shrunk(const Problem& problem, const Breakdown& breakdown) {
  std::string sentence = shrunk_sentence(problem, *breakdown.shrunk);
  const bool is_clear = breakdown.failure || breakdown.broken.size() == 1;
  if (is_clear) return sentence;
  return fmt::format("{} It still breaks {}.", sentence, breakdown.shrunk->verdict()->text.id);
}

}  // namespace

Breakdown breakdown_of(const ScenarioText& scenario, const check::RunOptions& run,
                       const check::RunResult& result) {
  Breakdown breakdown{.scenario = &scenario, .run = run, .broken = {}, .failure = result.failure};
  std::copy_if(result.verdicts.begin(), result.verdicts.end(), std::back_inserter(breakdown.broken),
               [](const check::Verdict& one) { return one.is_broken(); });
  return breakdown;
}

void shrink(Breakdown& breakdown, const Problem& problem, const Cast& cast) {
  breakdown.shrunk =
      shrunk_run(problem, cast,
                 {.scenario = std::string(breakdown.scenario->name),
                  .options = breakdown.run,
                  .property = breakdown.failure ? "" : first_broken(breakdown.broken),
                  .failure = breakdown.failure});
}

void print_breakdown(const Problem& problem, const Breakdown& breakdown,
                     const std::string& implementation, Terminal& terminal) {
  if (breakdown.failure) print_failure(*breakdown.failure, terminal);
  for (const check::Verdict& one : breakdown.broken) print_broken(one, terminal);
  DemoOptions again{.scenario = std::string(breakdown.scenario->name),
                    .implementation = implementation,
                    .run = breakdown.run};
  if (breakdown.shrunk) {
    terminal.paragraph(told_shrunk(problem, breakdown), 9);
    again = shrunk_demo(again.scenario, again.implementation, *breakdown.shrunk);
  }
  print_command("         Run it: ",
                fmt::format("dsys {} --trace messages", command_words(problem, again)), terminal);
}

std::string breakdown_members(const Problem& problem, const std::optional<Breakdown>& breakdown,
                              const std::string& implementation) {
  if (!breakdown) return R"("violations":[],"failure":null,"shrunk":null)";
  std::vector<std::string> broken;
  for (const check::Verdict& one : breakdown->broken) broken.push_back(verdict_json(one));
  return fmt::format(R"("violations":{},"failure":{},"shrunk":{})", json_array(broken),
                     failure_json(breakdown->failure),
                     shrunk_json(problem, std::string(breakdown->scenario->name), implementation,
                                 breakdown->shrunk));
}

}  // namespace dsys::cli
