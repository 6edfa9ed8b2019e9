#include "common/study/grading.hpp"

#include "common/core/assert.hpp"
#include "common/core/share_out.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <utility>

namespace dsys::study {

unsigned points_of(const Group& group) {
  unsigned points = 0;
  for (const Check& check : group.checks) points += check.points;
  return points;
}

namespace {

// A program that hangs costs real time in every run; after so many the rest is not run.
constexpr int time_outs_max = 3;

struct Outcome {
  bool was_run = false;
  check::RunResult result;
};

// The groups up to a stage, with nothing earned yet.
std::vector<GroupResult> groups_of(const Rubric& rubric, unsigned stage) {
  std::vector<GroupResult> groups;
  for (unsigned number = 1; number <= stage; ++number) {
    for (const Group& group : rubric.stages[number - 1].groups) {
      groups.push_back({.group = &group, .stage = number, .losses = {}});
    }
  }
  return groups;
}

// Every scenario that is asked for, once for each seed, with all properties that any check wants.
std::vector<GradedRun> plan_of(const Rubric& rubric, unsigned stage) {
  std::map<std::string_view, std::vector<std::string_view>> properties;
  std::vector<std::string_view> order;
  for (const GroupResult& one : groups_of(rubric, stage)) {
    for (const Check& check : one.group->checks) {
      for (const std::string_view scenario : check.scenarios) {
        auto& wanted = properties[scenario];
        if (wanted.empty()) order.push_back(scenario);
        wanted.insert(wanted.end(), check.properties.begin(), check.properties.end());
        wanted.insert(wanted.end(), check.witnesses.begin(), check.witnesses.end());
      }
    }
  }
  std::vector<GradedRun> plan;
  for (const std::string_view scenario : order) {
    auto& wanted = properties[scenario];
    std::sort(wanted.begin(), wanted.end());
    wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
    for (std::uint64_t seed = 1; seed <= seeds_of_grading; ++seed) {
      plan.push_back({.scenario = scenario, .seed = seed, .properties = wanted});
    }
  }
  return plan;
}

// Makes the runs of a plan, shared out among threads.
class Runner {
 public:
  Runner(const std::vector<GradedRun>& plan, const GradingOptions& options)
      : plan_(plan), options_(options), outcomes_(plan.size()) {}

  std::vector<Outcome> run() {
    if (plan_.empty()) return {};
    make(0);  // alone: a program that does not start is not started again and again
    const auto& first = outcomes_[0].result.failure;
    const bool starts = !first || first->event > 1;
    if (!starts) return std::move(outcomes_);
    share_out(1, plan_.size(), options_.jobs, [this](std::size_t i) {
      make(i);
      return time_outs_ < time_outs_max;
    });
    return std::move(outcomes_);
  }

 private:
  void make(std::size_t i) {
    outcomes_[i].result = options_.run(plan_[i]);
    outcomes_[i].was_run = true;
    const auto& failure = outcomes_[i].result.failure;
    if (failure && failure->out_of_time) ++time_outs_;
    const std::scoped_lock lock(mutex_);
    ++done_;
    if (options_.progress) options_.progress(done_, plan_.size());
  }

  const std::vector<GradedRun>& plan_;
  const GradingOptions& options_;
  std::vector<Outcome> outcomes_;
  std::atomic<int> time_outs_{0};
  std::mutex mutex_;
  std::size_t done_ = 0;
};

const check::Verdict& verdict_of(const check::RunResult& result, std::string_view property) {
  const auto found =
      std::find_if(result.verdicts.begin(), result.verdicts.end(),
                   [&](const check::Verdict& one) { return one.text.id == property; });
  DSYS_ASSERT(found != result.verdicts.end());
  return *found;
}

// How far a run got before it was lost: the shorter, the better the story.
std::uint64_t length_of(const Loss& loss) {
  if (loss.failure) return loss.failure->event;
  return loss.verdict.event == 0 ? UINT64_MAX : loss.verdict.event;
}

// Looks at the runs of one check.
class Examiner {
 public:
  Examiner(const Check& check, const std::vector<GradedRun>& plan,
           const std::vector<Outcome>& outcomes)
      : check_(check), plan_(plan), outcomes_(outcomes) {}

  std::optional<Loss> loss() {
    for (std::size_t i = 0; i < plan_.size(); ++i) {
      const auto& scenarios = check_.scenarios;
      const bool concerned =
          std::find(scenarios.begin(), scenarios.end(), plan_[i].scenario) != scenarios.end();
      if (concerned) look_at(plan_[i], outcomes_[i]);
    }
    if (!worst_) look_for_witnesses();
    return worst_;
  }

 private:
  void look_at(const GradedRun& run, const Outcome& outcome) {
    if (!outcome.was_run) return consider(loss_of(run, Loss::Kind::not_run));
    if (outcome.result.failure) {
      Loss loss = loss_of(run, Loss::Kind::failed);
      loss.failure = outcome.result.failure;
      return consider(std::move(loss));
    }
    for (const std::string_view property : check_.properties) {
      const check::Verdict& verdict = verdict_of(outcome.result, property);
      if (verdict.is_broken()) consider(with(loss_of(run, Loss::Kind::broken), verdict));
      // Of a run that was cut short nobody can say what would have come in the end.
      const bool is_undecided =
          outcome.result.ending.exhausted && verdict.text.kind == check::PropertyKind::eventually;
      if (is_undecided) consider(loss_of(run, Loss::Kind::storm));
    }
  }

  void look_for_witnesses() {
    for (const std::string_view scenario : check_.scenarios) {
      for (const std::string_view witness : check_.witnesses) look_for(scenario, witness);
    }
  }
  void look_for(std::string_view scenario, std::string_view witness) {
    std::optional<Loss> unseen;
    for (std::size_t i = 0; i < plan_.size(); ++i) {
      if (plan_[i].scenario != scenario) continue;
      const check::Verdict& verdict = verdict_of(outcomes_[i].result, witness);
      if (verdict.outcome == check::Verdict::Outcome::seen) return;
      const bool was_cut = outcomes_[i].result.ending.exhausted;
      const auto kind = was_cut ? Loss::Kind::storm : Loss::Kind::not_seen;
      if (!unseen) unseen = with(loss_of(plan_[i], kind), verdict);
    }
    if (unseen) consider(*std::move(unseen));
  }

  Loss loss_of(const GradedRun& run, Loss::Kind kind) const {
    Loss loss;
    loss.kind = kind;
    loss.points = check_.points;
    loss.scenario = run.scenario;
    loss.seed = run.seed;
    return loss;
  }
  static Loss with(Loss loss, const check::Verdict& verdict) {
    loss.verdict = verdict;
    return loss;
  }
  // What was run counts more than what was not; of two alike the shorter run.
  void consider(Loss loss) {
    const auto rank = [](const Loss& one) {
      return std::pair(one.kind == Loss::Kind::not_run, length_of(one));
    };
    if (!worst_ || rank(loss) < rank(*worst_)) worst_ = std::move(loss);
  }

  const Check& check_;
  const std::vector<GradedRun>& plan_;
  const std::vector<Outcome>& outcomes_;
  std::optional<Loss> worst_;
};

unsigned stage_reached(const Grade& grade) {
  unsigned reached = grade.stage;
  for (const GroupResult& one : grade.groups) {
    if (!one.losses.empty()) reached = std::min(reached, one.stage - 1);
  }
  return reached;
}

}  // namespace

Grade grade(const Rubric& rubric, const GradingOptions& options) {
  const auto stages = static_cast<unsigned>(rubric.stages.size());
  Grade grade{.stage = options.stage == 0 ? stages : options.stage, .groups = {}};
  const std::vector<GradedRun> plan = plan_of(rubric, grade.stage);
  const std::vector<Outcome> outcomes = Runner(plan, options).run();
  for (GroupResult& result : groups_of(rubric, grade.stage)) {
    for (const Check& check : result.group->checks) {
      auto loss = Examiner(check, plan, outcomes).loss();
      if (!loss) result.points += check.points;
      if (loss) result.losses.push_back(*std::move(loss));
    }
    grade.points += result.points;
    grade.of += points_of(*result.group);
    grade.groups.push_back(std::move(result));
  }
  for (const Outcome& one : outcomes) {
    grade.runs += one.was_run ? 1 : 0;
    grade.events += one.result.events;
  }
  grade.stage_reached = stage_reached(grade);
  return grade;
}

}  // namespace dsys::study
