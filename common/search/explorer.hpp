// Explores what nodes may do in every order of deliveries, timers, crashes and choices, within
// bounds. The first violation found is a shortest one.
//
// What a node is between two events is kept once and has a number; so has each message, each thing
// that properties see, and each state of the properties. A node is asked only once what it does in
// a state at an event. A state of the whole is a short list of numbers:
//   the properties' state, the faults so far, each node's state, the messages under way in order.
#pragma once

#include "common/check/property.hpp"
#include "common/core/assert.hpp"
#include "common/search/exploration.hpp"
#include "common/search/flat_table.hpp"
#include "common/search/life.hpp"
#include "common/search/search.hpp"
#include "common/search/steps.hpp"
#include "common/search/telling.hpp"
#include "common/trace/value_text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace dsys::search {

template <Protocol P>
class Explorer {
 public:
  Explorer(const Exploration<P>& exploration, const sim::Implementation<P>& implementation,
           const std::vector<check::Property<P>>& properties, const Reductions& reduces = {})
      : exploration_(exploration), reduces_(reduces) {
    for (auto& one : exploration.cast(implementation, exploration.nodes)) {
      seats_.push_back({one.id, std::move(one.factory)});
    }
    DSYS_ASSERT(seats_.size() <= seats_most && exploration.timers.size() <= timers_most);
    Judges judges;
    for (const check::Property<P>& one : properties) {
      DSYS_ASSERT(one.text.kind == check::PropertyKind::always);
      judges.push_back(one.make_judge());
    }
    if (reduces_.names) take_symmetric(judges);
    observation_of({});  // number 0: nothing was seen
    try {
      monitor_of(std::move(judges), no_violation);
      root_ = open();
    } catch (const Asymmetry& found) {
      tell_apart(found);
      root_ = open();
    }
  }
  Explorer(const Explorer&) = delete;
  Explorer& operator=(const Explorer&) = delete;
  ~Explorer() = default;

  SearchOutcome run(const SearchLimits& limits,
                    const std::function<void(const SearchCounts&)>& progress = {}) {
    SearchLimits bounded = limits;
    bounded.depth = std::min(limits.depth, exploration_.depth);
    try {
      return search(bounded, progress);
    } catch (const Asymmetry& found) {
      tell_apart(found);
    }
    return search(bounded, progress);
  }

  // Why the names of symmetric nodes were not merged, in words; empty: they were, or none are.
  const std::string& asymmetry() const { return asymmetry_; }

  // How many times a node was asked what it does.
  std::uint64_t handler_calls() const { return handler_calls_; }

  // --- For Search ---

  std::vector<std::uint32_t> root() const {
    std::vector<std::uint32_t> words = root_;
    if (merges()) canonical(words);
    return words;
  }
  bool expand(const Visit& at, Successors& out) const { return follow_all(*this, at, out); }
  void expand_alone(const Visit& at, Successors& out) { (void)follow_all(*this, at, out); }

  // --- Paths ---

  Step<P> step_of(std::uint32_t label) const;

  // Tells what happens in the opening and on a path from there, event by event. The time of an
  // event is the number of its step, in milliseconds; the opening is at 0.
  void tell(const std::vector<std::uint32_t>& path, Observer<P>& observer);

  // The label of the step that can be taken behind `path`, for paths that come from a file; nothing
  // if no such step is possible there.
  std::optional<std::uint32_t> label_of(const std::vector<std::uint32_t>& path,
                                        const Step<P>& wanted);

 private:
  SearchOutcome search(const SearchLimits& limits,
                       const std::function<void(const SearchCounts&)>& progress);

  static constexpr std::size_t seats_most = 16;
  static constexpr std::size_t timers_most = 8;
  static constexpr std::size_t words_most = 512;
  static constexpr std::size_t settling_most = 10'000;  // messages, until all is quiet
  static constexpr std::size_t monitor_word = 0;
  static constexpr std::size_t faults_word = 1;  // and the next: the lower half, the upper half
  static constexpr std::size_t first_life = 3;
  static constexpr std::uint32_t no_violation = UINT32_MAX;
  static constexpr std::uint32_t node_failed =
      UINT32_MAX - 1;                                 // no property: the node cannot go on
  static constexpr std::uint64_t fails = UINT64_MAX;  // the cost of such an outcome
  static constexpr std::size_t renamings_most = 120;
  static constexpr std::uint32_t under_all_names = 1U << 31U;  // of an observation: see together()

  struct Seat {
    NodeId id{};
    NodeFactory<P> factory;
  };
  struct Alarm {  // a timer of one node
    std::uint32_t seat = 0;
    typename P::Timer timer;
  };
  struct Observed {
    EventKind kind{};
    NodeId node{};
    NodeId peer{};
    std::uint32_t letter = UINT32_MAX;
    std::uint32_t output = UINT32_MAX;
  };
  using Judges = std::vector<std::unique_ptr<check::Judge<P>>>;
  struct ArmedAlarm {
    std::uint32_t alarm = 0;
    std::uint32_t bound = 0;  // that it counts against
  };
  // One way that an event at a node may go.
  struct Outcome {
    std::uint32_t life = 0;
    std::uint32_t observation = 0;
    std::uint32_t sent_begin = 0;
    std::uint32_t sent_count = 0;
    std::uint64_t cost = 0;  // added to the faults
  };
  struct Outcomes {
    std::uint32_t begin = 0;
    std::uint32_t count = 0;  // 0: nobody has asked the node yet
  };

  // --- Faults and timers so far: four bits for each kind ---

  enum FaultKind : std::uint32_t { crashes, power_losses, losses, duplicates, waits, first_timer };

  static std::uint64_t one_more(std::uint32_t kind) { return std::uint64_t{1} << (4 * kind); }
  static std::uint64_t faults_of(Words words) {
    return words[faults_word] | (std::uint64_t{words[faults_word + 1]} << 32U);
  }
  unsigned bound_of(std::uint32_t kind) const;
  bool may(std::uint64_t faults, std::uint32_t kind) const {
    return ((faults >> (4 * kind)) & 15U) < std::min(bound_of(kind), 15U);
  }

  // --- Numbers for everything ---

  template <typename Make>
  static std::uint32_t number_of(std::unordered_map<std::string, std::uint32_t>& known,
                                 const std::string& bytes, Make&& make) {
    const auto [found, is_new] = known.emplace(bytes, static_cast<std::uint32_t>(known.size()));
    if (is_new) make();
    return found->second;
  }

  std::uint32_t seat_of(NodeId id) const;

  std::uint32_t letter_of(NodeId from, NodeId to, const typename P::Message& message);
  std::uint32_t letter_alone(const Letter<P>& letter);

  std::uint32_t life_of(Life<P> life);
  std::uint32_t life_alone(Life<P> life);

  std::uint32_t alarm_of(std::uint32_t seat, const typename P::Timer& timer);

  std::uint32_t observation_of(const std::vector<Observed>& seen) {
    return number_of(observation_numbers_, encoded(seen), [&] { observations_.push_back(seen); });
  }

  std::uint32_t monitor_of(Judges judges, std::uint32_t violation);
  std::uint32_t monitor_alone(Judges judges, std::uint32_t violation);

  // --- What a node does ---

  static std::uint64_t key_of(std::uint32_t life, StimulusKind kind, std::uint32_t id) {
    return (std::uint64_t{life} << 32U) | (static_cast<std::uint32_t>(kind) << kind_shift) | id;
  }

  // Self is const while threads read the tables; then what is lacking is empty.
  template <typename Self>
  static Outcomes outcomes(Self& self, std::uint32_t life, StimulusKind kind, std::uint32_t id) {
    if (const Outcomes* const known = self.outcomes_.find(key_of(life, kind, id))) return *known;
    if constexpr (std::is_const_v<Self>) {
      return {};
    } else {
      return self.ask_node(life, kind, id);
    }
  }

  Stimulus<P> stimulus_of(StimulusKind kind, std::uint32_t id) const;

  Outcomes ask_node(std::uint32_t life, StimulusKind kind, std::uint32_t id);
  void add_ways(std::uint32_t life, StimulusKind kind, std::uint32_t id);

  // Calls way(choices, strike) for each way that an event may go; it tells how many syncs it saw.
  template <typename Way>
  void for_each_way(std::uint32_t life, StimulusKind kind, Way&& way);

  Outcome one_way(std::uint32_t life, StimulusKind kind, std::uint32_t id, Choices& choices,
                  const Strike& strike);

  // What properties may see, and what is told.
  void note(const Event<P>& event, std::vector<Observed>& seen);

  std::uint32_t output_of_event(const typename P::Output& output) {
    return number_of(output_numbers_, encoded(output), [&] { outputs_.push_back(output); });
  }

  // --- What the properties say ---

  template <typename Self>
  static std::uint32_t judged(Self& self, std::uint32_t monitor, std::uint32_t observation) {
    if (observation == 0) return monitor;
    const std::uint64_t key = (std::uint64_t{monitor} << 32U) | observation;
    const std::uint32_t* const known = self.judgements_.find(key);
    if (known != nullptr) return *known;
    if constexpr (std::is_const_v<Self>) {
      return no_monitor;
    } else {
      const bool all_names = (observation & under_all_names) != 0;
      const std::uint32_t next =
          all_names ? self.judge_together(monitor, observation) : self.judge(monitor, observation);
      self.judgements_.put(key, next);
      return next;
    }
  }
  static constexpr std::uint32_t no_monitor = UINT32_MAX;

  std::uint32_t judge(std::uint32_t monitor, std::uint32_t observation);

  // --- What follows a state ---

  template <typename Self>
  static bool follow_all(Self& self, const Visit& at, Successors& out) {
    const std::size_t first_letter = first_life + self.seats_.size();
    for (std::size_t i = first_letter; i < at.words.size(); ++i) {
      const bool is_repeated = i > first_letter && at.words[i] == at.words[i - 1];
      if (!is_repeated && !follow_letter(self, at, i, out)) return false;
    }
    const bool is_quiet = at.words.size() == first_letter;
    for (std::uint32_t seat = 0; seat < self.seats_.size(); ++seat) {
      if (!follow_seat(self, at, seat, is_quiet, out)) return false;
    }
    return true;
  }

  template <typename Self>
  static bool follow_letter(Self& self, const Visit& at, std::size_t place, Successors& out) {
    const std::uint32_t letter = at.words[place];
    const std::uint32_t seat = self.letter_seats_[letter];
    const std::uint32_t life = at.words[first_life + seat];
    const std::uint64_t faults = faults_of(at.words);
    if (!self.is_up_[life]) {
      // It comes to nobody. That is no fault of the network, and costs nothing.
      return follow(self, at, label(StepKind::lose, 0, letter), seat, nothing_happens(life), 0,
                    place, out);
    }
    const Outcomes ways = outcomes(self, life, StimulusKind::message, letter);
    if (ways.count == 0) return false;
    const Redundance redundance = is_redundant(self, at, letter, ways);
    if (redundance == Redundance::unknown) return false;
    if (redundance == Redundance::no) {
      for (std::uint32_t i = 0; i < ways.count; ++i) {
        const Outcome& outcome = self.outcome_list_[ways.begin + i];
        if (!follow(self, at, label(StepKind::deliver, i, letter), seat, outcome, 0, place, out))
          return false;
      }
    }
    if (self.may(faults, duplicates)) {
      for (std::uint32_t i = 0; i < ways.count; ++i) {
        const Outcome& outcome = self.outcome_list_[ways.begin + i];
        if (!follow(self, at, label(StepKind::duplicate, i, letter), seat, outcome,
                    one_more(duplicates), 0, out))
          return false;
      }
    }
    if (!self.may(faults, losses)) return true;
    return follow(self, at, label(StepKind::lose, 0, letter), seat, nothing_happens(life),
                  one_more(losses), place, out);
  }

  static Outcome nothing_happens(std::uint32_t life) { return {.life = life}; }

  template <typename Self>
  static bool follow_seat(Self& self, const Visit& at, std::uint32_t seat, bool is_quiet,
                          Successors& out) {
    const std::uint32_t life = at.words[first_life + seat];
    const std::uint64_t faults = faults_of(at.words);
    const auto take = [&](StepKind kind, StimulusKind stimulus, std::uint32_t id,
                          std::uint32_t step_id, std::uint64_t cost) {
      const Outcomes ways = outcomes(self, life, stimulus, id);
      if (ways.count == 0) return false;
      for (std::uint32_t i = 0; i < ways.count; ++i) {
        const Outcome& outcome = self.outcome_list_[ways.begin + i];
        if (!follow(self, at, label(kind, i, step_id), seat, outcome, cost, 0, out)) return false;
      }
      return true;
    };
    if (!self.is_up_[life]) {
      return take(StepKind::restart, StimulusKind::restart, 0, seat, 0);
    }
    for (std::size_t i = self.first_alarm_[life]; i < self.first_alarm_[life + 1]; ++i) {
      const auto [alarm, bound] = self.life_alarms_[i];
      const bool may_now = is_quiet || self.exploration_.timers[bound].early;
      if (!may_now || !self.may(faults, first_timer + bound)) continue;
      if (!take(StepKind::fire, StimulusKind::timer, alarm, alarm, one_more(first_timer + bound)))
        return false;
    }
    if (!is_under_test(self.seats_[seat].id)) return true;
    if (self.may(faults, crashes) &&
        !take(StepKind::crash, StimulusKind::crash, 0, seat, one_more(crashes)))
      return false;
    if (self.may(faults, power_losses) &&
        !take(StepKind::power_loss, StimulusKind::power_loss, 0, seat, one_more(power_losses)))
      return false;
    return !self.may(faults, waits) ||
           take(StepKind::wait, StimulusKind::wait, 0, seat, one_more(waits));
  }

  // One step: the node's life is another, `removed` (the place of a message; 0: none) is gone, and
  // what the node has sent is under way.
  template <typename Self>
  static bool follow(Self& self, const Visit& at, std::uint32_t label, std::uint32_t seat,
                     const Outcome& outcome, std::uint64_t cost, std::size_t removed,
                     Successors& out) {
    if (outcome.cost == fails) {
      out.add_violation(label, node_failed);
      return true;
    }
    // A strike within the event costs a crash that must still be allowed.
    if (outcome.cost != 0 && !self.affords(faults_of(at.words), outcome.cost)) return true;
    const std::uint32_t monitor = judged(self, at.words[monitor_word], outcome.observation);
    if (monitor == no_monitor) return false;
    if (self.violations_[monitor] != no_violation) {
      out.add_violation(label, self.violations_[monitor]);
      return true;
    }
    const std::size_t first_letter = first_life + self.seats_.size();
    const std::size_t letters =
        at.words.size() - first_letter - (removed > 0 ? 1 : 0) + outcome.sent_count;
    if (letters > self.exploration_.in_flight_most) {
      out.cut_off();
      return true;
    }
    std::array<std::uint32_t, words_most> next;  // NOLINT: filled as far as it is used
    std::copy_n(at.words.begin(), first_letter, next.begin());
    next[monitor_word] = monitor;
    const std::uint64_t faults = faults_of(at.words) + cost + outcome.cost;
    next[faults_word] = static_cast<std::uint32_t>(faults);
    next[faults_word + 1] = static_cast<std::uint32_t>(faults >> 32U);
    next[first_life + seat] = outcome.life;
    const std::uint32_t* sent = self.sent_.data() + outcome.sent_begin;
    const std::uint32_t* const sent_end = sent + outcome.sent_count;
    std::uint32_t* to = next.data() + first_letter;
    for (std::size_t i = first_letter; i < at.words.size(); ++i) {
      if (i == removed) continue;
      while (sent != sent_end && *sent < at.words[i]) *to++ = *sent++;
      *to++ = at.words[i];
    }
    while (sent != sent_end) *to++ = *sent++;
    if (self.merges()) self.canonical({next.data(), to});
    out.add(label, {next.data(), to});
    return true;
  }

  bool affords(std::uint64_t faults, std::uint64_t cost) const {
    return cost == one_more(crashes) ? may(faults, crashes) : may(faults, power_losses);
  }

  // --- What need not be followed (explorer_reductions.hpp) ---

  enum class Redundance : std::uint8_t { no, yes, unknown };

  // Whether another order of two deliveries to different nodes is followed instead.
  template <typename Self>
  static Redundance is_redundant(Self& self, const Visit& at, std::uint32_t letter,
                                 const Outcomes& ways);

  bool merges() const { return renamings_.size() > 1; }
  void tell_apart(const Asymmetry& found) {
    asymmetry_ = found.what();
    renamings_.clear();
  }
  void take_symmetric(const Judges& judges);
  template <typename NumberUnder>
  void number_renamed(std::vector<std::uint32_t>& table, std::uint32_t number,
                      NumberUnder&& number_under);
  std::uint32_t canonical(std::span<std::uint32_t> words) const;
  std::uint32_t renamed_id(StimulusKind kind, std::uint32_t id, std::uint32_t renaming);
  std::vector<std::uint32_t> really(const std::vector<std::uint32_t>& path);
  void compare_ways(std::uint32_t life, StimulusKind kind, std::uint32_t id, Outcomes ways);
  std::uint32_t together(const std::vector<std::uint32_t>& seen);
  std::uint32_t judge_together(std::uint32_t monitor, std::uint32_t observation);

  // --- The opening, and paths ---

  void tell(const Event<P>& event) { telling_.tell(event); }
  void say(const std::string& text) { tell({.kind = EventKind::fault, .text = text}); }

  // What is done to a node, in a sentence; nothing for messages and timers, which tell themselves.
  void say_stimulus(StimulusKind kind, NodeId node, const Strike& strike);

  // Every node starts; then the steps of the opening.
  std::vector<std::uint32_t> open();
  // The state at the end of a path.
  std::vector<std::uint32_t> after(const std::vector<std::uint32_t>& path);

  void open_step(std::string_view text, std::vector<std::uint32_t>& words,
                 std::vector<std::uint32_t>& queue);
  void open_link(std::string_view text, std::vector<std::uint32_t>& words,
                 std::vector<std::uint32_t>& queue);
  void settle(std::string_view but, std::vector<std::uint32_t>& words,
              std::vector<std::uint32_t>& queue);

  // The first way that it may go, with what is sent at the end of `queue`.
  void happen(std::vector<std::uint32_t>& words, std::uint32_t seat, StimulusKind kind,
              std::uint32_t id, std::vector<std::uint32_t>& queue);

  // Takes a step of a path, and tells it.
  void take_step(std::vector<std::uint32_t>& words, std::uint32_t label);

  static StimulusKind stimulus_kind(StepKind kind);

  Outcome take_way(std::uint32_t life, StimulusKind kind, std::uint32_t id, std::uint32_t variant);

  Exploration<P> exploration_;
  Reductions reduces_;
  std::vector<Seat> seats_;
  std::vector<std::uint32_t> root_;
  Telling<P> telling_;
  std::uint64_t handler_calls_ = 0;
  std::size_t syncs_of_last_way_ = 0;
  std::vector<std::uint32_t> in_order_;  // what the last way sent, as it was sent

  // A deque keeps its elements where they are.
  std::deque<Letter<P>> letters_;
  std::vector<std::uint32_t> letter_seats_;  // to whom
  std::deque<Life<P>> lives_;
  std::deque<Alarm> alarms_;
  std::deque<typename P::Output> outputs_;
  std::deque<std::vector<Observed>> observations_;
  std::deque<Judges> monitors_;
  std::unordered_map<std::string, std::uint32_t> letter_numbers_;
  std::unordered_map<std::string, std::uint32_t> life_numbers_;
  std::unordered_map<std::string, std::uint32_t> alarm_numbers_;
  std::unordered_map<std::string, std::uint32_t> output_numbers_;
  std::unordered_map<std::string, std::uint32_t> observation_numbers_;
  std::unordered_map<std::string, std::uint32_t> monitor_numbers_;
  // What the inner loop asks, in flat arrays.
  std::vector<std::uint8_t> is_up_;          // of each life
  std::vector<std::size_t> first_alarm_{0};  // of each life, in life_alarms_; and the end
  std::vector<ArmedAlarm> life_alarms_;
  std::vector<std::uint32_t> violations_;  // of each monitor: the place of the property
  FlatTable<Outcomes> outcomes_;
  std::vector<Outcome> outcome_list_;
  std::vector<std::uint32_t> sent_;
  FlatTable<std::uint32_t> judgements_;

  // Of symmetric nodes; each table has for each number what it is under each renaming.
  std::string asymmetry_;
  std::vector<Renaming> renamings_;
  std::vector<std::uint32_t> one_after_other_;  // the number of two renamings in a row
  std::vector<std::uint32_t> renamed_seats_;    // by renaming, then seat
  std::vector<std::uint32_t> renamed_lives_;
  std::vector<std::uint32_t> renamed_letters_;
  std::vector<std::uint32_t> renamed_monitors_;
  std::deque<std::vector<std::uint32_t>> together_;
  std::unordered_map<std::string, std::uint32_t> together_numbers_;
};

}  // namespace dsys::search

#include "common/search/explorer_paths.hpp"       // IWYU pragma: export
#include "common/search/explorer_reductions.hpp"  // IWYU pragma: export
#include "common/search/explorer_tables.hpp"      // IWYU pragma: export
