// How an explorer numbers what it meets, asks nodes what they do, and properties what they say.
// Included by explorer.hpp only.
#pragma once

#include "common/search/explorer.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace dsys::search {

template <Protocol P>
std::uint32_t Explorer<P>::seat_of(NodeId id) const {
  for (std::uint32_t i = 0; i < seats_.size(); ++i) {
    if (seats_[i].id == id) return i;
  }
  throw NodeFailure(id, "sends to " + to_string(id) + ", and there is no such node");
}

template <Protocol P>
std::uint32_t Explorer<P>::letter_of(NodeId from, NodeId to, const typename P::Message& message) {
  const std::size_t known = letters_.size();
  const std::uint32_t number = letter_alone({from, to, message});
  if (merges() && letters_.size() > known) {
    number_renamed(renamed_letters_, number, [&](std::uint32_t renaming) {
      return letter_alone(renamed(letters_[number], renamings_[renaming]));
    });
  }
  return number;
}

template <Protocol P>
std::uint32_t Explorer<P>::letter_alone(const Letter<P>& letter) {
  std::string bytes = encoded(letter.from);
  encode(bytes, letter.to);
  encode(bytes, letter.message);
  return number_of(letter_numbers_, bytes, [&] {
    letters_.push_back(letter);
    letter_seats_.push_back(seat_of(letter.to));
    DSYS_ASSERT(letters_.size() < (std::size_t{1} << variant_shift));
  });
}

template <Protocol P>
std::uint32_t Explorer<P>::life_of(Life<P> life) {
  const std::size_t known = lives_.size();
  const std::uint32_t number = life_alone(std::move(life));
  if (merges() && lives_.size() > known) {
    number_renamed(renamed_lives_, number, [&](std::uint32_t renaming) {
      return life_alone(renamed(lives_[number], renamings_[renaming]));
    });
  }
  return number;
}

template <Protocol P>
std::uint32_t Explorer<P>::life_alone(Life<P> life) {
  return number_of(life_numbers_, life.bytes(), [&] {
    const std::uint32_t seat = seat_of(life.id);
    for (const auto& timer : life.timers) {
      const auto bound =
          std::find_if(exploration_.timers.begin(), exploration_.timers.end(),
                       [&](const TimerBound& one) { return one.type == type_of(timer); });
      if (bound == exploration_.timers.end()) continue;  // it never expires
      life_alarms_.push_back(
          {alarm_of(seat, timer), static_cast<std::uint32_t>(bound - exploration_.timers.begin())});
    }
    first_alarm_.push_back(life_alarms_.size());
    is_up_.push_back(life.is_up() ? 1 : 0);
    lives_.push_back(std::move(life));
  });
}

template <Protocol P>
std::uint32_t Explorer<P>::alarm_of(std::uint32_t seat, const typename P::Timer& timer) {
  std::string bytes = encoded(seat);
  encode(bytes, timer);
  return number_of(alarm_numbers_, bytes, [&] { alarms_.push_back({seat, timer}); });
}

template <Protocol P>
std::uint32_t Explorer<P>::monitor_of(Judges judges, std::uint32_t violation) {
  const std::size_t known = monitors_.size();
  const std::uint32_t number = monitor_alone(std::move(judges), violation);
  if (merges() && monitors_.size() > known) {
    number_renamed(renamed_monitors_, number, [&](std::uint32_t renaming) {
      Judges renamed;
      renamed.reserve(monitors_[number].size());
      for (const auto& one : monitors_[number]) {
        renamed.push_back(one->renamed(renamings_[renaming]));
      }
      return monitor_alone(std::move(renamed), violation);
    });
  }
  return number;
}

template <Protocol P>
std::uint32_t Explorer<P>::monitor_alone(Judges judges, std::uint32_t violation) {
  std::string bytes = encoded(violation);
  for (const auto& one : judges) {
    one->encode_to(bytes);
    encode(bytes, std::uint8_t{0});
  }
  return number_of(monitor_numbers_, bytes, [&] {
    monitors_.push_back(std::move(judges));
    violations_.push_back(violation);
  });
}

template <Protocol P>
Stimulus<P> Explorer<P>::stimulus_of(StimulusKind kind, std::uint32_t id) const {
  Stimulus<P> stimulus{.kind = kind};
  if (kind == StimulusKind::message) {
    stimulus.from = letters_[id].from;
    stimulus.message = &letters_[id].message;
  } else if (kind == StimulusKind::timer) {
    stimulus.timer = &alarms_[id].timer;
  }
  return stimulus;
}

template <Protocol P>
template <typename Way>
void Explorer<P>::for_each_way(std::uint32_t life, StimulusKind kind, Way&& way) {
  const bool strikes = kind < StimulusKind::crash && is_under_test(lives_[life].id);
  Choices choices;
  do {
    const std::size_t syncs = way(choices, Strike{});
    for (std::size_t sync = 1; strikes && sync <= syncs; ++sync) {
      for (const bool power : {false, true}) {
        if (bound_of(power ? power_losses : crashes) == 0) continue;
        choices.rewind();
        way(choices, Strike{.before_sync = sync, .power = power});
      }
    }
  } while (choices.advance());
}

template <Protocol P>
typename Explorer<P>::Outcomes Explorer<P>::ask_node(std::uint32_t life, StimulusKind kind,
                                                     std::uint32_t id) {
  const auto begin = static_cast<std::uint32_t>(outcome_list_.size());
  bool goes_on = true;
  try {
    add_ways(life, kind, id);
  } catch (const Unsearchable&) {
    throw;
  } catch (const NodeFailure&) {
    goes_on = false;
    outcome_list_.resize(begin);
    outcome_list_.push_back({.life = life, .cost = fails});
  }
  const auto count = static_cast<std::uint32_t>(outcome_list_.size()) - begin;
  if (count > variants_most) {
    throw Unsearchable(lives_[life].id,
                       "has more than " + std::to_string(variants_most) +
                           " ways to go on from one event, with its syncs, which may fail");
  }
  if (merges() && goes_on) compare_ways(life, kind, id, {begin, count});
  outcomes_.put(key_of(life, kind, id), {begin, count});
  return {begin, count};
}

template <Protocol P>
void Explorer<P>::add_ways(std::uint32_t life, StimulusKind kind, std::uint32_t id) {
  for_each_way(life, kind, [&](Choices& choices, const Strike& strike) {
    const Outcome outcome = one_way(life, kind, id, choices, strike);
    outcome_list_.push_back(outcome);
    return syncs_of_last_way_;
  });
}

template <Protocol P>
typename Explorer<P>::Outcome Explorer<P>::one_way(std::uint32_t life, StimulusKind kind,
                                                   std::uint32_t id, Choices& choices,
                                                   const Strike& strike) {
  ++handler_calls_;
  std::vector<Observed> seen;
  const Life<P>& before = lives_[life];
  Consequence<P> after =
      consequence<P>(before, stimulus_of(kind, id), seats_[seat_of(before.id)].factory, strike,
                     choices, telling_.is_on(), [&](const Event<P>& event) { note(event, seen); });
  syncs_of_last_way_ = after.syncs;
  std::vector<std::uint32_t> sent;
  sent.reserve(after.sent.size());
  for (const Letter<P>& one : after.sent) sent.push_back(letter_of(one.from, one.to, one.message));
  in_order_ = sent;
  std::sort(sent.begin(), sent.end());
  Outcome outcome{.life = life_of(std::move(after.life)),
                  .observation = observation_of(seen),
                  .sent_begin = static_cast<std::uint32_t>(sent_.size()),
                  .sent_count = static_cast<std::uint32_t>(sent.size())};
  sent_.insert(sent_.end(), sent.begin(), sent.end());
  if (strike.before_sync > 0) outcome.cost = one_more(strike.power ? power_losses : crashes);
  return outcome;
}

template <Protocol P>
void Explorer<P>::note(const Event<P>& event, std::vector<Observed>& seen) {
  tell(event);
  Observed one{.kind = event.kind, .node = event.node, .peer = event.peer};
  switch (event.kind) {
    case EventKind::deliver:
      one.letter = letter_of(event.peer, event.node, *event.message);
      break;
    case EventKind::send:
      one.letter = letter_of(event.node, event.peer, *event.message);
      break;
    case EventKind::emit:
      one.output = output_of_event(*event.output);
      break;
    case EventKind::start:
    case EventKind::restart:
    case EventKind::crash:
    case EventKind::power_loss:
      break;
    default:
      return;
  }
  seen.push_back(one);
}

template <Protocol P>
std::uint32_t Explorer<P>::judge(std::uint32_t monitor, std::uint32_t observation) {
  Judges judges;
  judges.reserve(monitors_[monitor].size());
  for (const auto& one : monitors_[monitor]) judges.push_back(one->clone());
  std::uint32_t violation = violations_[monitor];
  for (const Observed& one : observations_[observation]) {
    const Event<P> event{
        .kind = one.kind,
        .node = one.node,
        .peer = one.peer,
        .message = one.letter == UINT32_MAX ? nullptr : &letters_[one.letter].message,
        .output = one.output == UINT32_MAX ? nullptr : &outputs_[one.output]};
    for (std::uint32_t i = 0; i < judges.size() && violation == no_violation; ++i) {
      if (judges[i]->observe(event)) violation = i;
    }
  }
  return monitor_of(std::move(judges), violation);
}

template <Protocol P>
unsigned Explorer<P>::bound_of(std::uint32_t kind) const {
  switch (kind) {
    case crashes:
      return exploration_.faults.crashes;
    case power_losses:
      return exploration_.faults.power_losses;
    case losses:
      return exploration_.faults.losses;
    case duplicates:
      return exploration_.faults.duplicates;
    case waits:
      return exploration_.faults.waits;
    default:
      return exploration_.timers[kind - first_timer].most;
  }
}

}  // namespace dsys::search
