// What one node is between two events, as a value, and what an event makes of it: the same rules as
// in sim::World, without time.
#pragma once

#include "common/core/encode.hpp"
#include "common/core/node.hpp"
#include "common/core/rename.hpp"
#include "common/trace/event.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace dsys::search {

template <Protocol P>
struct Letter {  // a message under way
  NodeId from{};
  NodeId to{};
  typename P::Message message;
};

template <Protocol P>
Letter<P> renamed(Letter<P> letter, const Renaming& names) {
  letter.from = names.of(letter.from);
  letter.to = names.of(letter.to);
  rename(letter.message, names);
  return letter;
}

template <Protocol P>
struct Life {
  NodeId id{};
  std::shared_ptr<const Node<P>> node{};  // null while it is down; never changed, only copied
  std::vector<typename P::Record> disk{};
  std::size_t synced = 0;
  std::vector<typename P::Timer> timers{};  // those set, in the order of their bytes
  Time now{};                               // on its clock, which only waits move

  bool is_up() const { return node != nullptr; }

  std::string bytes() const {
    std::string out = encoded(id);
    encode(out, is_up());
    if (node) node->encode_to(out);
    encode(out, disk);
    encode(out, synced);
    encode(out, timers);
    encode(out, now);
    return out;
  }
};

// The node must be one that can be renamed.
template <Protocol P>
Life<P> renamed(Life<P> life, const Renaming& names) {
  life.id = names.of(life.id);
  if (life.node) life.node = life.node->renamed(names);
  rename(life.disk, names);
  rename(life.timers, names);
  std::sort(life.timers.begin(), life.timers.end(),
            [](const auto& left, const auto& right) { return encoded(left) < encoded(right); });
  return life;
}

enum class StimulusKind : std::uint8_t { message, timer, start, restart, crash, power_loss, wait };

// Something that happens to a node.
template <Protocol P>
struct Stimulus {
  StimulusKind kind{};
  NodeId from{};
  const typename P::Message* message = nullptr;
  const typename P::Timer* timer = nullptr;
};

// The node may be struck down between two effects; the only moments that differ are those before a
// sync, when messages may have left that rest on what the disk does not have yet.
struct Strike {
  std::size_t before_sync = 0;  // from 1; 0: it is not struck down
  bool power = false;
};

template <Protocol P>
struct Consequence {
  Life<P> life;
  std::vector<Letter<P>> sent;
  std::size_t syncs = 0;  // how many there were: so many strikes are possible
};

// Tells `observer` (called with each Event) what happens, without numbers or times.
template <Protocol P, typename Observer>
class Happening {
 public:
  Happening(Consequence<P>& out, const Strike& strike, Observer& observer)
      : out_(out), strike_(strike), observer_(observer) {}

  // As far as the strike lets them.
  void carry_out(const Effects<P>& effects) {
    for (const Effect<P>& effect : effects) {
      const bool is_sync = std::holds_alternative<Sync>(effect);
      if (is_sync && ++out_.syncs == strike_.before_sync) {
        return strike_down(strike_.power ? EventKind::power_loss : EventKind::crash);
      }
      std::visit([&](const auto& one) { apply(one); }, effect);
    }
  }

  void strike_down(EventKind kind) {
    Life<P>& life = out_.life;
    life.node = nullptr;
    life.timers.clear();
    if (kind == EventKind::power_loss) life.disk.resize(life.synced);
    observer_(Event<P>{.kind = kind, .node = life.id});
  }

 private:
  void apply(const Send<P>& effect) {
    observer_(Event<P>{.kind = EventKind::send,
                       .node = out_.life.id,
                       .peer = effect.to,
                       .message = &effect.message});
    out_.sent.push_back({out_.life.id, effect.to, effect.message});
  }
  void apply(const SetTimer<P>& effect) {
    observer_(Event<P>{.kind = EventKind::set_timer, .node = out_.life.id, .timer = &effect.timer});
    auto& timers = out_.life.timers;
    if (std::find(timers.begin(), timers.end(), effect.timer) != timers.end()) return;
    const auto place = std::upper_bound(
        timers.begin(), timers.end(), effect.timer,
        [](const auto& left, const auto& right) { return encoded(left) < encoded(right); });
    timers.insert(place, effect.timer);
  }
  void apply(const CancelTimer<P>& effect) {
    observer_(
        Event<P>{.kind = EventKind::cancel_timer, .node = out_.life.id, .timer = &effect.timer});
    std::erase(out_.life.timers, effect.timer);
  }
  void apply(const Write<P>& effect) {
    out_.life.disk.push_back(effect.record);
    observer_(Event<P>{.kind = EventKind::write, .node = out_.life.id, .record = &effect.record});
  }
  void apply(const Sync& /*effect*/) {
    out_.life.synced = out_.life.disk.size();
    observer_(Event<P>{.kind = EventKind::sync, .node = out_.life.id});
  }
  void apply(const Emit<P>& effect) {
    observer_(Event<P>{.kind = EventKind::emit, .node = out_.life.id, .output = &effect.output});
  }
  void apply(const Note& effect) {
    observer_(Event<P>{.kind = EventKind::note, .node = out_.life.id, .text = effect.text});
  }

  Consequence<P>& out_;
  Strike strike_;
  Observer& observer_;
};

constexpr EventKind event_of(StimulusKind kind) {
  switch (kind) {
    case StimulusKind::message:
      return EventKind::deliver;
    case StimulusKind::timer:
      return EventKind::timer;
    case StimulusKind::start:
      return EventKind::start;
    case StimulusKind::restart:
      return EventKind::restart;
    case StimulusKind::crash:
      return EventKind::crash;
    default:
      return EventKind::power_loss;
  }
}

// What happens to `life` under the stimulus. `factory` makes the node anew at a start. The draws of
// its handler are those of `choices`. Throws NodeFailure.
//
// A wait is a long time in which nothing reaches the node, so that what it heard is long ago.
template <Protocol P, typename Observer>
Consequence<P> consequence(const Life<P>& life, const Stimulus<P>& stimulus,
                           const NodeFactory<P>& factory, const Strike& strike, Choices& choices,
                           bool notes_wanted, Observer&& observer) {
  constexpr Duration long_time = 1h;
  Consequence<P> out{.life = life};
  if (stimulus.kind == StimulusKind::wait) {
    out.life.now += long_time;
    return out;
  }
  Happening<P, std::remove_reference_t<Observer>> happening(out, strike, observer);
  const EventKind kind = event_of(stimulus.kind);
  if (kind == EventKind::crash || kind == EventKind::power_loss) {
    happening.strike_down(kind);
    return out;
  }
  observer(Event<P>{.kind = kind,
                    .node = life.id,
                    .peer = stimulus.from,
                    .message = stimulus.message,
                    .timer = stimulus.timer});
  // What the node may know; history::Moment is the time of a history's operation.
  const dsys::Moment moment{.self = life.id, .now = life.now, .notes_wanted = notes_wanted};
  Random random(choices);
  Effects<P> effects;
  Context<P> context(moment, random, effects);
  const bool begins = kind == EventKind::start || kind == EventKind::restart;
  std::unique_ptr<Node<P>> node = begins ? factory() : life.node->clone();
  if (kind == EventKind::deliver) {
    node->on_message(context, stimulus.from, *stimulus.message);
  } else if (kind == EventKind::timer) {
    std::erase(out.life.timers, *stimulus.timer);
    node->on_timer(context, *stimulus.timer);
  } else {
    node->on_start(context, life.disk);
  }
  out.life.node = std::move(node);
  happening.carry_out(effects);
  return out;
}

}  // namespace dsys::search
