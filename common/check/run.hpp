// Runs one scenario once, with its properties watching.
#pragma once

#include "common/check/every_fault.hpp"
#include "common/check/property.hpp"
#include "common/sim/scenario.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dsys::check {

struct RunOptions {
  std::uint64_t seed = 1;
  std::optional<unsigned> nodes;
  std::optional<Duration> length;
  std::vector<std::string> faults;                   // beside the script
  std::optional<std::vector<std::string>> script{};  // instead of the scenario's; may be empty
  std::vector<std::string> absent{};                 // who take no part
  bool stop_when_broken = false;                     // end at the first violation
  bool finds_places = false;                         // where a fault could matter
};

// A program that plays a node could not go on, and the run ended.
struct RunFailure {
  NodeId node{};
  std::string what;        // "ended by itself (exit status 1)"
  std::string given;       // the event that it was given, as it was told
  std::string last_words;  // the end of its standard error
  bool out_of_time = false;
  std::uint64_t event = 0;  // the last one of the run; 0: it was a search, which has no times
  Time time{};
};

// Without the event and the time, which whoever catches it knows.
RunFailure failure_of(const NodeFailure& error);

struct RunResult {
  std::vector<Verdict> verdicts;
  std::optional<RunFailure> failure;
  Ending ending;
  std::uint64_t events = 0;
  sim::WorldCounts counts;
  std::vector<std::string> drawn_faults;  // what `random` came to
  // What was run, with the drawn steps in place of each `random`: together with the number of
  // nodes, the length and the seed it gives this run again.
  std::vector<std::string> script{};
  std::vector<std::string> faults{};
  // Who is not under test, the absent ones too: clients, or what the problem gives.
  std::vector<std::string> others{};
  std::vector<Place> places{};  // if they were asked for

  bool any_broken() const {
    return std::any_of(verdicts.begin(), verdicts.end(),
                       [](const Verdict& one) { return one.is_broken(); });
  }
  bool is_fine() const { return !any_broken() && !failure; }
};

// Ends a run once something is broken.
template <Protocol P>
class StopWhenBroken final : public Observer<P> {
 public:
  StopWhenBroken(const Monitor<P>& monitor, sim::World<P>& world)
      : monitor_(monitor), world_(world) {}
  void observe(const Event<P>& /*event*/) override {
    if (monitor_.any_broken()) world_.stop();
  }

 private:
  const Monitor<P>& monitor_;
  sim::World<P>& world_;
};

// The names of these types, each with those of its fields.
sim::Vocabulary::Types words_of(std::span<const Type* const> types);

template <Protocol P>
sim::Vocabulary vocabulary_of(const std::vector<sim::Participant<P>>& participants,
                              const std::vector<std::string_view>& roles) {
  sim::Vocabulary vocabulary;
  for (const auto& one : participants) vocabulary.nodes.push_back(to_string(one.id));
  vocabulary.roles.assign(roles.begin(), roles.end());
  vocabulary.messages = words_of(alternatives_of<typename P::Message>());
  vocabulary.timers = words_of(alternatives_of<typename P::Timer>());
  vocabulary.outputs = words_of(alternatives_of<typename P::Output>());
  vocabulary.records = words_of(alternatives_of<typename P::Record>());
  return vocabulary;
}

// Throws UsageError unless each is one of the others: a node under test cannot be left out.
void check_absent(const std::vector<std::string>& absent, const std::vector<std::string>& others);

// Whoever is not under test.
std::vector<std::string> others_among(const std::vector<std::string>& nodes);

// Steps as they are taken, and as text.
struct DrawnScript {
  std::vector<sim::Step> steps;
  std::vector<std::string> texts;
};

// Whom faults may be drawn for: the nodes under test that play no fixed game.
template <Protocol P>
std::vector<std::string> drawable_among(const std::vector<sim::Participant<P>>& participants) {
  std::vector<std::string> drawable;
  for (const auto& one : participants) {
    if (is_under_test(one.id) && !one.is_scripted) drawable.push_back(to_string(one.id));
  }
  return drawable;
}

// Checked steps, with `random` ones drawn. Each list is one script.
class ScriptDesk {
 public:
  ScriptDesk(sim::Vocabulary vocabulary, std::vector<std::string> drawable, Duration length,
             std::uint64_t seed);

  DrawnScript draw(const std::vector<std::string>& script);
  const std::vector<std::string>& drawn() const { return drawn_; }

 private:
  sim::Vocabulary vocabulary_;
  std::vector<std::string> drawable_;
  Duration length_;
  Random random_;
  std::vector<std::string> drawn_;
};

// A run that takes this many handler calls in a second of virtual time will not end by itself.
constexpr std::uint64_t inputs_per_second_max = 20'000;

// What `run` is. A problem compiles its own once, and its tests say `extern template` of it.
template <Protocol P>
using Run = RunResult(const sim::Scenario<P>&, const sim::Implementation<P>&,
                      const std::vector<Property<P>>&, const RunOptions&,
                      const std::vector<Observer<P>*>&);

// Throws UsageError for a fault, a client or a number of nodes that does not fit the scenario.
template <Protocol P>
RunResult run(const sim::Scenario<P>& scenario, const sim::Implementation<P>& implementation,
              const std::vector<Property<P>>& properties, const RunOptions& options,
              const std::vector<Observer<P>*>& extra_observers = {}) {
  const Duration length = options.length.value_or(scenario.length);
  const auto participants = scenario.cast(implementation, options.nodes.value_or(scenario.nodes));
  sim::World<P> world(
      {.seed = options.seed,
       .link = scenario.link,
       .sync_delay = scenario.sync_delay,
       .inputs_max = inputs_per_second_max * static_cast<std::uint64_t>(1 + length / 1s),
       .track_roles = scenario.track_roles});
  sim::Vocabulary vocabulary = vocabulary_of<P>(participants, scenario.roles);
  RunResult result{.others = others_among(vocabulary.nodes)};
  check_absent(options.absent, result.others);
  for (const auto& one : participants) {
    const bool is_absent =
        std::count(options.absent.begin(), options.absent.end(), to_string(one.id)) > 0;
    world.add(one.id, is_absent ? nullptr : one.factory);
  }

  ScriptDesk desk(std::move(vocabulary), drawable_among<P>(participants), length, options.seed);
  const std::vector<std::string> own(scenario.script.begin(), scenario.script.end());
  DrawnScript script = desk.draw(options.script.value_or(own));
  world.add_script(std::move(script.steps));
  result.script = std::move(script.texts);
  for (const std::string& fault : options.faults) {
    DrawnScript drawn = desk.draw({fault});
    world.add_script(std::move(drawn.steps));
    result.faults.insert(result.faults.end(), drawn.texts.begin(), drawn.texts.end());
  }

  Monitor<P> monitor(properties);
  StopWhenBroken<P> stopper(monitor, world);
  for (Observer<P>* const one : extra_observers) world.observe(*one);
  if (!properties.empty()) world.observe(monitor);
  if (options.stop_when_broken) world.observe(stopper);
  PlaceFinder<P> finder;
  if (options.finds_places) world.observe(finder);

  try {
    world.start();
    world.run_until(length);
  } catch (const NodeFailure& error) {
    result.failure = failure_of(error);
    result.failure->event = world.events();
    result.failure->time = world.now();
  }
  result.ending = {.time = world.now(), .exhausted = world.exhausted()};
  const bool is_whole = !result.failure && (!options.stop_when_broken || !monitor.any_broken());
  if (is_whole) monitor.finish(result.ending);
  result.verdicts = monitor.verdicts();
  result.events = world.events();
  result.counts = world.counts();
  result.drawn_faults = desk.drawn();
  result.places = finder.take();
  return result;
}

}  // namespace dsys::check
