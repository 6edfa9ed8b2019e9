// A learner who has come to a stage, and left what is behind it as it was, has all points so far.
#include "problems/hashring/parts.hpp"

#include "common/study/grading.hpp"
#include "tests/problem/standard.hpp"
#include "tests/sanitized.hpp"

#include <string>
#include <utility>
#include <variant>

namespace dsys::hashring {
namespace {

// The stage of the exercise that asks for a handler.
template <typename Message>
unsigned stage_of(const Message&) {
  return 5;
}
unsigned stage_of(const AddNode&) {
  return 1;
}
unsigned stage_of(const Owners&) {
  return 1;
}
unsigned stage_of(const Points&) {
  return 1;
}
unsigned stage_of(const Positions&) {
  return 1;
}
unsigned stage_of(const RemoveNode&) {
  return 2;
}

// Hears only what its stage is about; before stage 3 it has no disk.
template <unsigned stage>
struct CutToStage {
  bool arrives(RingContext&, NodeId, RingProtocol::Message& message) const {
    return std::visit([](const auto& one) { return stage_of(one) <= stage; }, message);
  }
  void leaves(Effects<RingProtocol>& effects) const {
    if (stage >= 3) return;
    std::erase_if(effects, [](const auto& one) {
      return std::holds_alternative<Write<RingProtocol>>(one) || std::holds_alternative<Sync>(one);
    });
  }
};

template <unsigned stage>
study::Grade grade_of_stage() {
  const Implementation cut = [](NodeId self, const Setup& setup) {
    return behind<RingProtocol, CutToStage<stage>>(parts().reference(self, setup));
  };
  return study::grade(
      rubric(),
      {.jobs = 2, .patience = {.long_time = 500ms}, .run = [&](const study::GradedRun& run) {
         return study::Outcome{.result = parts().run(scenario_named(parts(), run.scenario), cut,
                                                     problem::properties_named<RingProtocol>(
                                                         parts().properties, run.properties),
                                                     run.options())};
       }});
}

template <unsigned stage>
void check_stage() {
  CAPTURE(stage);
  const study::Grade grade = grade_of_stage<stage>();
  CHECK(grade.stage_reached == stage);
  for (const study::GroupResult& one : grade.groups) {
    CAPTURE(std::string(one.group->id));
    for (const study::Loss& loss : one.losses) {
      CAPTURE(std::string(loss.scenario));
      CAPTURE(std::string(loss.verdict.text.id));
      CHECK(one.stage > stage);
    }
  }
}

}  // namespace

TEST_CASE("with the handlers of the first stages alone, all points of these stages are to be had") {
  check_stage<1>();
  if (is_sanitized) return;  // the others are the same code, and long there
  check_stage<2>();
  check_stage<4>();  // stage 4 has no new messages: whoever has stage 3 has it
  check_stage<5>();
}

}  // namespace dsys::hashring
