#include "common/check/run.hpp"

#include "common/core/error.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <iterator>
#include <utility>

namespace dsys::check {
namespace {

bool names_node_under_test(const std::string& name) {
  const auto node = parse_node_id(name);
  return node && is_under_test(*node);
}

}  // namespace

RunFailure failure_of(const NodeFailure& error) {
  return {.node = error.node,
          .what = error.what(),
          .given = error.given,
          .last_words = error.last_words,
          .out_of_time = error.out_of_time};
}

std::vector<std::string> others_among(const std::vector<std::string>& nodes) {
  std::vector<std::string> others;
  std::copy_if(nodes.begin(), nodes.end(), std::back_inserter(others),
               [](const std::string& name) { return !names_node_under_test(name); });
  return others;
}

sim::Vocabulary::Types words_of(std::span<const Type* const> types) {
  sim::Vocabulary::Types words;
  for (const Type* const type : types) {
    auto& fields = words[std::string(type->name)];
    for_each_nested_field(Value{type, type->standard},
                          [&](std::string_view name, const Value&) { fields.emplace_back(name); });
  }
  return words;
}

void check_absent(const std::vector<std::string>& absent, const std::vector<std::string>& others) {
  for (const std::string& name : absent) {
    if (std::find(others.begin(), others.end(), name) != others.end()) continue;
    if (others.empty()) {
      throw UsageError(
          fmt::format("--without {}: in this scenario nobody can be left out", in_quotes(name)));
    }
    throw UsageError(fmt::format("--without {}: {}; you can leave out {}", in_quotes(name),
                                 names_node_under_test(name)
                                     ? "a node under test cannot be left out"
                                     : "nobody has this name",
                                 fmt::join(others, ", ")));
  }
}

ScriptDesk::ScriptDesk(sim::Vocabulary vocabulary, std::vector<std::string> drawable,
                       Duration length, std::uint64_t seed)
    : vocabulary_(std::move(vocabulary)),
      drawable_(std::move(drawable)),
      length_(length),
      random_(Random{seed}.fork(0xFA17)) {}

DrawnScript ScriptDesk::draw(const std::vector<std::string>& script) {
  DrawnScript all;
  for (const std::string& text : script) {
    sim::Step step = sim::parse_step(text);
    sim::check_words(step, vocabulary_);
    if (step.fault.kind != sim::FaultKind::random) {
      all.steps.push_back(std::move(step));
      all.texts.push_back(text);
      continue;
    }
    for (sim::Step& drawn : sim::draw_faults(step.fault, drawable_, length_, random_)) {
      drawn_.push_back(drawn.fault.text);
      all.texts.push_back(drawn.fault.text);
      all.steps.push_back(std::move(drawn));
    }
  }
  return all;
}

}  // namespace dsys::check
