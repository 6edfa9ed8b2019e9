#include "common/problem/problem.hpp"

#include <algorithm>

namespace dsys::problem {
namespace {

template <typename Rows, typename Matches>
auto find_row(const Rows& rows, Matches matches) {
  const auto row = std::find_if(rows.begin(), rows.end(), matches);
  return row == rows.end() ? nullptr : &*row;
}

std::string_view after_dot(std::string_view word) {
  const std::size_t dot = word.find('.');
  return dot == std::string_view::npos ? word : word.substr(dot + 1);
}

}  // namespace

const ScenarioText* find_scenario(const Problem& problem, std::string_view word) {
  return find_row(problem.scenarios,
                  [&](const ScenarioText& one) { return one.name == word || one.id == word; });
}

const FlawText* find_flaw(const Problem& problem, std::string_view word) {
  return find_row(problem.flaws,
                  [&](const FlawText& one) { return one.id == word || after_dot(one.id) == word; });
}

const ExplorationText* find_exploration(const Problem& problem, std::string_view name) {
  return find_row(problem.explorations,
                  [&](const ExplorationText& one) { return one.name == name; });
}

const check::PropertyText* find_property(const Problem& problem, std::string_view id) {
  return find_row(problem.properties, [&](const check::PropertyText& one) { return one.id == id; });
}

std::vector<std::string_view> judged_in(const Problem& problem, const ScenarioText& scenario) {
  std::vector<std::string_view> judged;
  const std::vector<std::string_view>& own = scenario.properties;
  for (const check::PropertyText& one : problem.properties) {
    const bool is_own = std::find(own.begin(), own.end(), one.id) != own.end();
    if (is_own || one.kind == check::PropertyKind::always) judged.push_back(one.id);
  }
  return judged;
}

}  // namespace dsys::problem
