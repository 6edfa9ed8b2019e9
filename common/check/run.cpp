#include "common/check/run.hpp"

namespace dsys::check {

RunFailure failure_of(const NodeFailure& error) {
  return {.node = error.node,
          .what = error.what(),
          .given = error.given,
          .last_words = error.last_words,
          .out_of_time = error.out_of_time};
}

ScriptDesk::ScriptDesk(sim::Vocabulary vocabulary, Duration length, std::uint64_t seed)
    : vocabulary_(std::move(vocabulary)), length_(length), random_(Random{seed}.fork(0xFA17)) {}

std::vector<sim::Step> ScriptDesk::steps(const std::vector<std::string_view>& script) {
  std::vector<std::string> drawable;  // random faults strike the nodes under test, never clients
  for (const std::string& node : vocabulary_.nodes) {
    if (node.front() == 'n') drawable.push_back(node);
  }
  std::vector<sim::Step> steps;
  for (const std::string_view text : script) {
    sim::Step step = sim::parse_step(text);
    sim::check_words(step, vocabulary_);
    if (step.fault.kind != sim::FaultKind::random) {
      steps.push_back(std::move(step));
      continue;
    }
    for (sim::Step& drawn : sim::draw_faults(step.fault, drawable, length_, random_)) {
      drawn_.push_back(drawn.fault.text);
      steps.push_back(std::move(drawn));
    }
  }
  return steps;
}

}  // namespace dsys::check
