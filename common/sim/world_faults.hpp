// What a world does with scripts and faults.
// Included by world.hpp only.
#pragma once

#include "common/sim/world.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace dsys::sim {

// --- Scripts ---

template <Protocol P>
void World<P>::advance_script(std::size_t index) {
  Script& script = scripts_[index];
  if (script.advancing) return;
  script.advancing = true;
  while (script.next < script.steps.size() && !script.awaits_time) {
    const Trigger& trigger = script.steps[script.next].trigger;
    if (trigger.kind == Trigger::Kind::when || trigger.kind == Trigger::Kind::event) {
      script.awaits_event = true;
      ++scripts_waiting_;
      break;
    }
    const Time at = trigger.kind == Trigger::Kind::at      ? trigger.duration
                    : trigger.kind == Trigger::Kind::after ? now_ + trigger.duration
                                                           : now_;
    if (at > now_) {
      script.awaits_time = true;
      queue_.push(at, ItemKind::script, static_cast<std::uint32_t>(index));
      break;
    }
    take_step(index);
  }
  scripts_[index].advancing = false;
}

template <Protocol P>
void World<P>::take_step(std::size_t index) {
  const Fault& fault = scripts_[index].steps[scripts_[index].next++].fault;
  apply(fault);
}

template <Protocol P>
void World<P>::trigger_scripts(const Event<P>& event) {
  for (std::size_t i = 0; i < scripts_.size(); ++i) {
    Script& script = scripts_[i];
    if (!script.awaits_event || script.advancing) continue;
    const Trigger& trigger = script.steps[script.next].trigger;
    const bool is_due = trigger.kind == Trigger::Kind::event ? trigger.number == event.number
                                                             : matches(trigger.pattern, event);
    if (!is_due) continue;
    script.awaits_event = false;
    --scripts_waiting_;
    script.advancing = true;
    take_step(i);
    scripts_[i].advancing = false;
    advance_script(i);
  }
}

template <Protocol P>
bool World<P>::matches(const Pattern& pattern, const Event<P>& event) const {
  if (event.kind != pattern.kind) return false;
  if (!names(pattern.node, event.node) || !names(pattern.peer, event.peer)) return false;
  const auto content_matches = [&](const auto* value) {
    return value != nullptr && type_of(*value) == pattern.type &&
           std::all_of(pattern.conditions.begin(), pattern.conditions.end(),
                       [&](const Condition& one) {
                         const auto field = field_text(value_of(*value), one.field);
                         return field && holds(one, *field);
                       });
  };
  return pattern.type.empty() || content_matches(event.message) || content_matches(event.timer) ||
         content_matches(event.record) || content_matches(event.output);
}

template <Protocol P>
bool World<P>::names(const std::string& word, NodeId node) const {
  if (word.empty() || word == "*") return true;
  const auto role = roles_.find(word);
  return role != roles_.end() ? role->second == node : to_string(node) == word;
}

// --- Who can work together ---

template <Protocol P>
unsigned World<P>::connected_servers() const {
  std::vector<std::uint32_t> servers;
  for (std::uint32_t i = 0; i < seats_.size(); ++i) {
    if (is_server(i) && seats_[i].node != nullptr && !seats_[i].paused) servers.push_back(i);
  }
  return network_.largest_group(servers);
}

template <Protocol P>
bool World<P>::clients_connected() const {
  for (std::uint32_t client = 0; client < seats_.size(); ++client) {
    if (is_server(client) || !takes_part(seats_[client])) continue;
    if (seats_[client].paused) return false;
    for (std::uint32_t server = 0; server < seats_.size(); ++server) {
      if (is_server(server) && !network_.works_between(client, server)) return false;
    }
  }
  return true;
}

// --- Faults ---

template <Protocol P>
std::vector<std::uint32_t> World<P>::resolve(const std::string& word) const {
  std::vector<std::uint32_t> found;
  for (std::uint32_t i = 0; i < seats_.size(); ++i) {
    if (names(word, seats_[i].id)) found.push_back(i);
  }
  return found;
}

template <Protocol P>
void World<P>::apply(const Fault& fault) {
  const bool names_nobody = !fault.node.empty() && resolve(fault.node).empty();
  if (names_nobody) return say("there is no " + fault.node + " now: nothing happens");
  switch (fault.kind) {
    case FaultKind::say:
      return say(fault.text);
    case FaultKind::crash:
    case FaultKind::power_loss:
    case FaultKind::restart:
    case FaultKind::pause:
    case FaultKind::resume:
    case FaultKind::clock_rate:
    case FaultKind::clock_jump:
    case FaultKind::fire:
      for (const std::uint32_t index : resolve(fault.node)) apply_to(seats_[index], fault);
      return;
    case FaultKind::split:
    case FaultKind::isolate:
      return split(fault);
    case FaultKind::heal:
      return heal();
    case FaultKind::lose_message:
    case FaultKind::repeat_message:
    case FaultKind::delay_message:
      return change_message(fault);
    case FaultKind::random:
      DSYS_ASSERT(false);
      return;  // drawn before the run
    default:
      return change_links(fault);
  }
}

template <Protocol P>
void World<P>::apply_to(Seat& seat, const Fault& fault) {
  const std::string name = to_string(seat.id);
  const bool is_up = seat.node != nullptr;
  if (fault.kind == FaultKind::clock_rate || fault.kind == FaultKind::clock_jump) {
    return change_clock(seat, fault);
  }
  if (fault.kind == FaultKind::restart) {
    if (is_up || !takes_part(seat)) return;
    return boot(seat, EventKind::restart);
  }
  if (!is_up) return;
  switch (fault.kind) {
    case FaultKind::crash:
      return crash(seat, EventKind::crash);
    case FaultKind::power_loss:
      return crash(seat, EventKind::power_loss);
    case FaultKind::pause:
      if (seat.paused) return;
      seat.paused = true;
      return say(name + " pauses: it does nothing, and does not know");
    case FaultKind::resume:
      if (!seat.paused) return;
      seat.paused = false;
      say(name + " resumes");
      return drain(seat);
    case FaultKind::fire:
      return fire(seat, fault.types[0]);
    default:
      return;
  }
}

template <Protocol P>
void World<P>::crash(Seat& seat, EventKind kind) {
  const std::size_t lost = seat.disk.size() - seat.synced;
  ++seat.incarnation;
  seat.node.reset();
  seat.paused = false;
  seat.syncing = false;
  seat.timers.clear();
  seat.after_sync.clear();
  for (const Waiting& one : std::exchange(seat.waiting, {})) {
    if (one.flight != no_flight) lose_flight(one.flight, "the node is down");
  }
  const std::string name = to_string(seat.id);
  if (kind == EventKind::power_loss) {
    seat.disk.resize(seat.synced);
    say(name + " loses power: its memory is gone, and " + std::to_string(lost) +
        (lost == 1 ? " record" : " records") + " not yet synced");
  } else {
    say(name + " crashes: its memory is gone, its disk stays");
  }
  happen({.kind = kind, .node = seat.id});
}

template <Protocol P>
void World<P>::change_clock(Seat& seat, const Fault& fault) {
  if (fault.kind == FaultKind::clock_jump) {
    seat.clock.wall_offset += fault.duration;
    return say("the date of " + to_string(seat.id) + " jumps by " + to_string(fault.duration));
  }
  seat.clock.run_at(fault.percent, now_);
  say("the clock of " + to_string(seat.id) + " now runs at " + std::to_string(fault.percent) + "%");
  for (Armed& armed : seat.timers) {
    const Duration left = std::max<Duration>(armed.due - seat.clock.at(now_), 0ns);
    armed.number =
        queue_.push(now_ + seat.clock.world_duration(left), ItemKind::timer, index_of(seat));
  }
}

template <Protocol P>
void World<P>::fire(Seat& seat, const std::string& timer_type) {
  for (Armed& armed : seat.timers) {
    if (type_of(armed.timer) != timer_type) continue;
    armed.number = queue_.push(now_, ItemKind::timer, index_of(seat));
    return;
  }
  say(to_string(seat.id) + " has no timer " + timer_type + " running: nothing happens");
}

template <Protocol P>
void World<P>::split(const Fault& fault) {
  network_.join_all();
  if (fault.kind == FaultKind::isolate) {
    for (std::uint32_t i = 0; i < seats_.size(); ++i) {
      network_.put(i, names(fault.node, seats_[i].id) ? 0 : 1);
    }
    return say("the network splits: " + fault.node + " is alone");
  }
  std::string text;
  for (std::size_t group = 0; group < fault.groups.size(); ++group) {
    std::string members;
    for (const std::string& word : fault.groups[group]) {
      for (const std::uint32_t index : resolve(word)) {
        if (word == "*" && network_.is_in_a_group(index)) continue;  // `*` is who is left over
        network_.put(index, static_cast<int>(group));
        members += (members.empty() ? "" : ",") + to_string(seats_[index].id);
      }
    }
    text += (text.empty() ? "" : " | ") + members;
  }
  say("the network splits: " + text);
}

template <Protocol P>
void World<P>::heal() {
  arrive_again(network_.heal());
  say("the network heals");
}

template <Protocol P>
void World<P>::change_message(const Fault& fault) {
  if (leaving_ == nullptr) return say("no message is being sent: nothing happens");
  const std::string later = to_string(fault.duration) + " later";
  switch (fault.kind) {
    case FaultKind::lose_message:
      leaving_->is_lost = true;
      return say("this message is lost");
    case FaultKind::repeat_message:
      leaving_->again_after = fault.duration;
      return say("this message arrives, and once more " + later);
    default:
      leaving_->extra = fault.duration;
      return say("this message arrives " + later);
  }
}

template <Protocol P>
void World<P>::change_links(const Fault& fault) {
  change_direction(fault, fault.link.from, fault.link.to);
  if (fault.link.both_ways) change_direction(fault, fault.link.to, fault.link.from);
  say("the network: " + link_phrase(fault));
}

template <Protocol P>
void World<P>::change_direction(const Fault& fault, const std::string& from,
                                const std::string& to) {
  for (const std::uint32_t sender : resolve(from)) {
    for (const std::uint32_t receiver : resolve(to)) {
      if (sender != receiver) arrive_again(network_.change(sender, receiver, fault));
    }
  }
}

}  // namespace dsys::sim
