#include "common/study/grading.hpp"

#include "common/core/assert.hpp"
#include "common/core/share_out.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <set>
#include <tuple>
#include <utility>

namespace dsys::study {

unsigned points_of(const Group& group) {
  unsigned points = 0;
  for (const Check& check : group.checks) points += check.points;
  return points;
}

namespace {

// Of each fault at each moment of a drill, as many as this; fewer of a program that makes a long
// run of what is short.
constexpr std::size_t runs_of_mishap_max = 60;
constexpr std::size_t runs_of_mishap_min = 3;
constexpr std::uint64_t events_of_mishap = 150'000;

std::size_t runs_of_mishap(const check::RunResult& first) {
  const std::uint64_t events = std::max<std::uint64_t>(first.events, 1);
  return std::clamp<std::size_t>(events_of_mishap / events, runs_of_mishap_min, runs_of_mishap_max);
}

struct Made : Outcome {
  bool was_run = false;
  double seconds = 0;
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

template <typename Values, typename Value>
bool contains(const Values& values, const Value& value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

template <typename Values, typename Value>
void add_new(Values& values, const Value& value) {
  if (!contains(values, value)) values.push_back(value);
}

// All that a grade asks for, of the checks up to its stage.
struct Demand {
  std::vector<const Check*> checks;
  std::vector<std::string_view> properties;  // that any check names
  std::vector<std::string_view> scenarios;
  std::vector<Drill> drills;  // of each scenario one, with the mishaps of all checks
  std::vector<std::string_view> searches;
};

Demand demand_of(const std::vector<GroupResult>& groups) {
  Demand all;
  for (const GroupResult& one : groups) {
    for (const Check& check : one.group->checks) {
      all.checks.push_back(&check);
      for (const auto id : check.properties) add_new(all.properties, id);
      for (const auto id : check.witnesses) add_new(all.properties, id);
      for (const auto scenario : check.scenarios) add_new(all.scenarios, scenario);
      for (const auto exploration : check.searches) add_new(all.searches, exploration);
      for (const Drill& drill : check.drills) {
        const auto known =
            std::find_if(all.drills.begin(), all.drills.end(),
                         [&](const Drill& other) { return other.scenario == drill.scenario; });
        if (known == all.drills.end()) {
          all.drills.push_back(drill);
          continue;
        }
        for (const check::Mishap mishap : drill.mishaps) add_new(known->mishaps, mishap);
      }
    }
  }
  return all;
}

// Every scenario once for each seed, every drill as it is, and every search.
std::vector<GradedRun> first_runs(const Demand& demand) {
  std::vector<GradedRun> runs;
  for (const auto scenario : demand.scenarios) {
    for (std::uint64_t seed = 1; seed <= seeds_of_grading; ++seed) {
      runs.push_back({.scenario = scenario, .seed = seed, .properties = demand.properties});
    }
  }
  for (const Drill& drill : demand.drills) {
    runs.push_back({.kind = RunKind::drill,
                    .scenario = drill.scenario,
                    .properties = demand.properties,
                    .finds_places = true});
  }
  for (const auto exploration : demand.searches) {
    runs.push_back(
        {.kind = RunKind::search, .scenario = exploration, .properties = demand.properties});
  }
  return runs;
}

// Each drill again, with each fault at the places that its first run had.
void add_drilled_runs(const Demand& demand, const check::Patience& patience,
                      const std::vector<Made>& outcomes, std::vector<GradedRun>& runs) {
  const std::size_t first_count = runs.size();
  for (std::size_t i = 0; i < first_count; ++i) {
    if (!runs[i].finds_places) continue;
    const auto drill =
        std::find_if(demand.drills.begin(), demand.drills.end(),
                     [&](const Drill& one) { return one.scenario == runs[i].scenario; });
    for (check::Misfortune& one :
         check::spread(check::misfortunes(outcomes[i].result.places, drill->mishaps, patience),
                       runs_of_mishap(outcomes[i].result))) {
      runs.push_back({.kind = RunKind::drill,
                      .scenario = drill->scenario,
                      .properties = demand.properties,
                      .misfortune = std::move(one)});
    }
  }
}

// Whether a run is one that the check asks for.
bool concerns(const Check& check, const GradedRun& run) {
  if (run.kind == RunKind::search) return contains(check.searches, run.scenario);
  if (run.kind == RunKind::scenario) return contains(check.scenarios, run.scenario);
  return std::any_of(check.drills.begin(), check.drills.end(), [&](const Drill& drill) {
    return drill.scenario == run.scenario &&
           (!run.misfortune || contains(drill.mishaps, run.misfortune->mishap));
  });
}

// Whom a broken property costs: whoever asks for it in this run; or else, of one that must always
// hold, the first that names it.
bool pays_for(const Check& check, const Demand& demand, const GradedRun& run,
              const check::PropertyText& property) {
  const auto names = [&](const Check* one) { return contains(one->properties, property.id); };
  const auto asks = [&](const Check* one) { return names(one) && concerns(*one, run); };
  if (asks(&check)) return true;
  if (property.kind != check::PropertyKind::always) return false;
  if (std::any_of(demand.checks.begin(), demand.checks.end(), asks)) return false;
  return *std::find_if(demand.checks.begin(), demand.checks.end(), names) == &check;
}

// Whether a run costs points by itself, whatever the others come to.
bool costs_points(const Demand& demand, const GradedRun& run, const check::RunResult& result) {
  return std::any_of(demand.checks.begin(), demand.checks.end(), [&](const Check* check) {
    if (result.failure) return concerns(*check, run);
    return std::any_of(result.verdicts.begin(), result.verdicts.end(),
                       [&](const check::Verdict& one) {
                         return one.is_broken() && pays_for(*check, demand, run, one.text);
                       });
  });
}

// Makes runs, shared out among threads. A program that does not start is not started again; one
// that hangs in a scenario costs real time there, and is not run in it again.
class Runner {
 public:
  Runner(const Demand& demand, const GradingOptions& options)
      : demand_(demand), options_(options) {}

  // Those behind the outcomes that there are.
  void run(const std::vector<GradedRun>& runs, std::vector<Made>& outcomes) {
    const std::size_t first = outcomes.size();
    outcomes.resize(runs.size());
    if (first == 0 && !runs.empty()) {
      make(runs, outcomes, 0);
      const auto& failure = outcomes[0].result.failure;
      starts_ = !failure || failure->event > 1;
    }
    if (!starts_ || has_ended_) return;
    share_out(std::max<std::size_t>(first, 1), runs.size(), options_.jobs, [&](std::size_t i) {
      make(runs, outcomes, i);
      return !has_ended_;
    });
  }

 private:
  void make(const std::vector<GradedRun>& runs, std::vector<Made>& outcomes, std::size_t i) {
    if (!hangs_in(runs[i].scenario)) {
      const auto begin = std::chrono::steady_clock::now();
      static_cast<Outcome&>(outcomes[i]) = options_.run(runs[i]);
      outcomes[i].was_run = true;
      const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
      outcomes[i].seconds = time.count();
    }
    const auto& failure = outcomes[i].result.failure;
    const std::scoped_lock lock(mutex_);
    if (options_.stops_at_loss && costs_points(demand_, runs[i], outcomes[i].result)) {
      has_ended_ = true;
    }
    if (failure && failure->out_of_time) hanging_.insert(runs[i].scenario);
    ++done_;
    if (options_.progress) options_.progress(done_, runs.size());
  }

  bool hangs_in(std::string_view scenario) {
    const std::scoped_lock lock(mutex_);
    return hanging_.contains(scenario);
  }

  const Demand& demand_;
  const GradingOptions& options_;
  bool starts_ = true;
  std::atomic<bool> has_ended_ = false;
  std::mutex mutex_;
  std::set<std::string_view> hanging_;
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

// Looks at the runs for one check.
class Examiner {
 public:
  Examiner(const Check& check, const Demand& demand, const std::vector<GradedRun>& runs,
           const std::vector<Made>& outcomes)
      : check_(check), demand_(demand), runs_(runs), outcomes_(outcomes) {}

  std::optional<Loss> loss() {
    for (std::size_t i = 0; i < runs_.size(); ++i) look_at(runs_[i], outcomes_[i]);
    if (!worst_) look_for_witnesses();
    return worst_;
  }

 private:
  void look_at(const GradedRun& run, const Made& outcome) {
    const bool is_mine = concerns(check_, run);
    if (!outcome.was_run) {
      if (is_mine) consider(loss_of(run, Loss::Kind::not_run));
      return;
    }
    if (outcome.result.failure) {
      if (!is_mine) return;
      Loss loss = loss_of(run, Loss::Kind::failed);
      loss.failure = outcome.result.failure;
      loss.way = outcome.way;
      return consider(std::move(loss));
    }
    for (const check::Verdict& verdict : outcome.result.verdicts) {
      if (verdict.is_broken() && pays_for(check_, demand_, run, verdict.text)) {
        Loss loss = with(loss_of(run, Loss::Kind::broken), verdict);
        loss.way = outcome.way;
        consider(std::move(loss));
      }
    }
    if (!is_mine || !outcome.result.ending.exhausted) return;
    // Of a run that was cut short nobody can say what would have come in the end.
    for (const std::string_view property : check_.properties) {
      const bool is_undecided =
          verdict_of(outcome.result, property).text.kind == check::PropertyKind::eventually;
      if (is_undecided) consider(loss_of(run, Loss::Kind::storm));
    }
  }

  // In the runs without a misfortune. Where there are scenarios, they show enough: a drill about an
  // answer may elect nobody.
  void look_for_witnesses() {
    for (const std::string_view witness : check_.witnesses) {
      for (const auto scenario : check_.scenarios) look_for(scenario, RunKind::scenario, witness);
      if (!check_.scenarios.empty()) continue;
      for (const Drill& drill : check_.drills) look_for(drill.scenario, RunKind::drill, witness);
    }
  }
  void look_for(std::string_view scenario, RunKind kind, std::string_view witness) {
    std::optional<Loss> unseen;
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      const GradedRun& run = runs_[i];
      if (run.scenario != scenario || run.kind != kind || run.misfortune) continue;
      const check::Verdict& verdict = verdict_of(outcomes_[i].result, witness);
      if (verdict.outcome == check::Verdict::Outcome::seen) return;
      const bool was_cut = outcomes_[i].result.ending.exhausted;
      const auto lost_by = was_cut ? Loss::Kind::storm : Loss::Kind::not_seen;
      if (!unseen) unseen = with(loss_of(run, lost_by), verdict);
    }
    if (unseen) consider(*std::move(unseen));
  }

  Loss loss_of(const GradedRun& run, Loss::Kind kind) const {
    Loss loss;
    loss.kind = kind;
    loss.points = check_.points;
    loss.run = run.kind;
    loss.scenario = run.scenario;
    loss.seed = run.seed;
    loss.misfortune = run.misfortune;
    return loss;
  }
  static Loss with(Loss loss, const check::Verdict& verdict) {
    loss.verdict = verdict;
    return loss;
  }
  // What was run counts more than what was not, and a run that the scenario gives more than a
  // drill's or a search's; of two alike the shorter one.
  void consider(Loss loss) {
    const auto rank = [](const Loss& one) {
      return std::tuple(one.kind == Loss::Kind::not_run, one.run == RunKind::search,
                        one.misfortune.has_value(), length_of(one));
    };
    if (!worst_ || rank(loss) < rank(*worst_)) worst_ = std::move(loss);
  }

  const Check& check_;
  const Demand& demand_;
  const std::vector<GradedRun>& runs_;
  const std::vector<Made>& outcomes_;
  std::optional<Loss> worst_;
};

std::vector<Cost> costs_of(const std::vector<GradedRun>& runs, const std::vector<Made>& outcomes) {
  std::vector<Cost> costs;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const auto known = std::find_if(costs.begin(), costs.end(), [&](const Cost& one) {
      return one.scenario == runs[i].scenario && one.run == runs[i].kind;
    });
    const bool is_new = known == costs.end();
    Cost& cost = is_new ? costs.emplace_back() : *known;
    cost.scenario = runs[i].scenario;
    cost.run = runs[i].kind;
    cost.runs += outcomes[i].was_run ? 1 : 0;
    cost.events += outcomes[i].result.events;
    cost.seconds += outcomes[i].seconds;
  }
  return costs;
}

unsigned stage_reached(const Grade& grade) {
  unsigned reached = grade.stage;
  for (const GroupResult& one : grade.groups) {
    if (!one.losses.empty()) reached = std::min(reached, one.stage - 1);
  }
  return reached;
}

}  // namespace

check::RunOptions GradedRun::options() const {
  check::RunOptions run{.seed = seed, .finds_places = finds_places};
  if (misfortune) run.faults = misfortune->faults;
  return run;
}

Grade grade(const Rubric& rubric, const GradingOptions& options) {
  const auto stages = static_cast<unsigned>(rubric.stages.size());
  Grade grade{.stage = options.stage == 0 ? stages : options.stage, .groups = {}};
  std::vector<GroupResult> groups = groups_of(rubric, grade.stage);
  const Demand demand = demand_of(groups);
  std::vector<GradedRun> runs = first_runs(demand);
  std::vector<Made> outcomes;
  Runner runner(demand, options);
  runner.run(runs, outcomes);
  const auto is_lost = [&](const Check* check) {
    return Examiner(*check, demand, runs, outcomes).loss().has_value();
  };
  const bool has_ended =
      options.stops_at_loss && std::any_of(demand.checks.begin(), demand.checks.end(), is_lost);
  if (!has_ended) add_drilled_runs(demand, options.patience, outcomes, runs);
  runner.run(runs, outcomes);
  for (GroupResult& result : groups) {
    for (const Check& check : result.group->checks) {
      auto loss = Examiner(check, demand, runs, outcomes).loss();
      if (!loss) result.points += check.points;
      if (loss) result.losses.push_back(*std::move(loss));
    }
    grade.points += result.points;
    grade.of += points_of(*result.group);
    grade.groups.push_back(std::move(result));
  }
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const auto& why = outcomes[i].not_searched;
    if (why) grade.not_searched.push_back({.exploration = runs[i].scenario, .why = *why});
  }
  grade.costs = costs_of(runs, outcomes);
  for (const Cost& one : grade.costs) {
    grade.runs += one.runs;
    grade.events += one.events;
  }
  grade.stage_reached = stage_reached(grade);
  return grade;
}

std::string_view hint_of(const Rubric& rubric, const Group& group, const Loss& loss) {
  switch (loss.kind) {
    case Loss::Kind::broken: {
      const auto found =
          std::find_if(rubric.hints.begin(), rubric.hints.end(),
                       [&](const Hint& one) { return one.property == loss.verdict.text.id; });
      return found == rubric.hints.end() ? group.hint : found->text;
    }
    case Loss::Kind::failed:
      return "What did the program say last, and which event was it given?";
    case Loss::Kind::storm:
      return "Who answers a message with a message, or sets a timer of 0, and what ends that?";
    case Loss::Kind::not_seen:  // a run that stops early says nothing about what the group is for
      return "The replay shows how far your program comes.";
    case Loss::Kind::not_run:
      break;
  }
  return group.hint;
}

}  // namespace dsys::study
