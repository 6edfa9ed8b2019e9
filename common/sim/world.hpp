// The simulator: nodes, a network, disks and clocks in virtual time, driven by one seed. The same
// seed gives the same run, byte for byte, with every compiler.
//
// Rules that a reader of traces needs:
//   - Events at one instant happen in the order in which they were scheduled.
//   - A handler runs to its end; then its effects are carried out in order. A crash that strikes
//     between two effects takes the rest with it.
//   - A sync takes `sync_delay`; the node does nothing else meanwhile, and what it asked for after
//     the sync (sends too) happens only then.
//   - A split cuts a message that leaves or arrives during it. One that left before and arrives
//     after is delivered.
//   - A paused node keeps its memory; what reaches it meanwhile waits, and so do its timers.
#pragma once

#include "common/core/assert.hpp"
#include "common/core/describe.hpp"
#include "common/core/node.hpp"
#include "common/sim/fault.hpp"
#include "common/sim/network.hpp"
#include "common/trace/event.hpp"
#include "common/trace/value_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace dsys::sim {

// Which node plays which part now: {"leader": n2}. Only for faults that name a part.
using Roles = std::map<std::string, NodeId, std::less<>>;

template <Protocol P>
using RoleTracker = void (*)(const Event<P>& event, Roles& roles);

template <Protocol P>
struct WorldOptions {
  std::uint64_t seed = 1;
  Link link;
  Duration sync_delay{};
  WallTime epoch{std::chrono::hours{24} * 365 * 56};  // the date at which every run begins
  std::uint64_t inputs_max = 1'000'000'000;           // handler calls, after which a run ends
  std::uint64_t inputs_at_once_max = 20'000;          // the same, of one instant
  std::size_t in_flight_max = 20'000;                 // messages, after which a run ends
  RoleTracker<P> track_roles = nullptr;
};

// Counts of one run.
struct WorldCounts {
  std::uint64_t inputs = 0;  // handler calls: starts, messages and timers
  std::uint64_t sends = 0;
  std::uint64_t writes = 0;
  std::uint64_t syncs = 0;
};

template <Protocol P>
class World {
 public:
  using Message = typename P::Message;
  using Timer = typename P::Timer;
  using Record = typename P::Record;
  using Output = typename P::Output;

  explicit World(const WorldOptions<P>& options) : options_(options), random_(options.seed) {}
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World() = default;

  // Before `start` only. Nodes start in the order in which they were added. One without a factory
  // takes no part, and the others have the same chance as with it.
  void add(NodeId id, NodeFactory<P> factory) {
    seats_.push_back(Seat{.id = id,
                          .factory = std::move(factory),
                          .chance = random_.fork(static_cast<std::uint64_t>(id))});
  }
  void observe(Observer<P>& observer) { observers_.push_back(&observer); }

  // The steps are taken one after the other; several scripts run side by side.
  void add_script(std::vector<Step> steps) { scripts_.push_back({std::move(steps)}); }

  void start() {
    links_.assign(seats_.size() * seats_.size(), LinkState{.link = options_.link});
    for (std::size_t i = 0; i < links_.size(); ++i) links_[i].random = random_.fork(i + 1);
    index_seats();
    watched_ = !observers_.empty() || !scripts_.empty();
    for (Seat& seat : seats_) {
      if (takes_part(seat)) boot(seat, EventKind::start);
    }
    for (std::size_t i = 0; i < scripts_.size(); ++i) advance_script(i);
  }

  // Takes the next event; false if there is none left or a limit was reached.
  bool step() {
    if (queue_.empty() || exhausted()) return false;
    const Item item = pop();
    if (item.at != now_) inputs_before_now_ = counts_.inputs;
    now_ = item.at;
    dispatch(item);
    return true;
  }

  // Runs up to and including the given time.
  void run_until(Time end) {
    while (!stopped_ && !queue_.empty() && queue_.front().at <= end && step()) {
    }
    if (!stopped_ && !exhausted()) now_ = std::max(now_, end);
  }

  // Ends `run_until` after the present event; for observers that have seen enough.
  void stop() { stopped_ = true; }

  Time now() const { return now_; }
  const WorldCounts& counts() const { return counts_; }
  std::uint64_t events() const { return event_number_; }

  // True when a run was ended because it would not have ended by itself: a storm of messages, or
  // endless effects at one instant.
  bool exhausted() const {
    return counts_.inputs >= options_.inputs_max || in_flight_count_ >= options_.in_flight_max ||
           counts_.inputs - inputs_before_now_ >= options_.inputs_at_once_max;
  }

 private:
  struct Clock {  // the node's time = since_node + (world time - since_world) * percent / 100
    Time since_world{};
    Time since_node{};
    int percent = 100;
    Duration wall_offset{};

    Time at(Time world) const { return since_node + (world - since_world) * percent / 100; }
    Duration world_duration(Duration node) const { return node * 100 / percent; }
  };
  struct Armed {
    Timer timer;
    Time due{};  // on the node's clock
    std::uint64_t number = 0;
  };
  struct Waiting {  // an input that reached a node while it was paused or busy with its disk
    std::uint32_t flight = no_flight;
    std::uint64_t timer_number = 0;
  };
  struct Seat {
    NodeId id{};
    NodeFactory<P> factory;
    Random chance;  // from which each life's seed is drawn
    std::uint64_t seed = 0;
    Random random{0};  // of this life
    std::unique_ptr<Node<P>> node{};
    std::uint32_t incarnation = 0;  // grows with each loss of memory
    bool paused = false;
    bool syncing = false;
    int group = no_group;
    Clock clock{};
    std::vector<Record> disk{};
    std::size_t synced = 0;
    std::vector<Armed> timers{};
    std::deque<Waiting> waiting{};
    Effects<P> after_sync{};
  };
  struct LinkState {
    Link link;
    Random random{0};
    std::vector<std::uint32_t> parked{};
  };
  struct Flight {
    std::uint32_t from = 0;
    std::uint32_t to = 0;
    Message message;
  };
  enum class ItemKind : std::uint8_t { arrival, timer, synced, script };
  struct Item {
    Time at{};
    std::uint64_t number = 0;
    ItemKind kind{};
    std::uint32_t seat = 0;   // or the script
    std::uint32_t extra = 0;  // the flight, or the incarnation
  };
  struct Script {
    std::vector<Step> steps;
    std::size_t next = 0;
    bool advancing = false;
    bool awaits_event = false;
    bool awaits_time = false;
  };

  static constexpr int no_group = -1;
  static constexpr std::uint32_t no_flight = UINT32_MAX;
  static constexpr std::uint32_t no_seat = UINT32_MAX;

  // --- The queue ---

  static bool later(const Item& left, const Item& right) {
    return left.at != right.at ? left.at > right.at : left.number > right.number;
  }
  std::uint64_t push(Time at, ItemKind kind, std::uint32_t seat, std::uint32_t extra = 0) {
    queue_.push_back({at, ++item_number_, kind, seat, extra});
    std::push_heap(queue_.begin(), queue_.end(), later);
    return item_number_;
  }
  Item pop() {
    std::pop_heap(queue_.begin(), queue_.end(), later);
    const Item item = queue_.back();
    queue_.pop_back();
    return item;
  }

  void dispatch(const Item& item) {
    switch (item.kind) {
      case ItemKind::arrival:
        arrive(item.extra);
        break;
      case ItemKind::timer:
        expire(seats_[item.seat], item.number);
        break;
      case ItemKind::synced:
        finish_sync(seats_[item.seat], item.extra);
        break;
      case ItemKind::script:
        scripts_[item.seat].awaits_time = false;
        take_step(item.seat);
        advance_script(item.seat);
        break;
    }
  }

  // --- Events ---

  void happen(Event<P> event) {
    event.number = ++event_number_;
    event.time = now_;
    if (options_.track_roles != nullptr && event.kind == EventKind::emit) {
      options_.track_roles(event, roles_);
    }
    for (Observer<P>* observer : observers_) observer->observe(event);
    if (scripts_waiting_ > 0) trigger_scripts(event);
  }
  // A fault is told once it has struck.
  void say(std::string_view text) {
    happen({.kind = EventKind::fault,
            .text = text,
            .connected_servers = connected_servers(),
            .clients_connected = clients_connected()});
  }

  // --- Nodes ---

  void index_seats() {
    for (std::size_t i = 0; i < seats_.size(); ++i) {
      const auto letter = static_cast<unsigned char>(node_letter(seats_[i].id));
      const std::uint32_t number = node_number(seats_[i].id);
      auto& row = seat_of_[letter];
      if (row.size() <= number) row.resize(number + 1, no_seat);
      DSYS_ASSERT(row[number] == no_seat);
      row[number] = static_cast<std::uint32_t>(i);
    }
  }
  std::uint32_t seat_index(NodeId id) const {
    const auto& row = seat_of_[static_cast<unsigned char>(node_letter(id))];
    const std::uint32_t number = node_number(id);
    return number < row.size() ? row[number] : no_seat;
  }
  static bool takes_part(const Seat& seat) { return seat.factory != nullptr; }
  std::uint32_t index_of(const Seat& seat) const {
    return static_cast<std::uint32_t>(&seat - seats_.data());
  }
  Moment moment_of(const Seat& seat) const {
    const Time node_now = seat.clock.at(now_);
    return {.self = seat.id,
            .now = node_now,
            .wall_clock = options_.epoch + node_now + seat.clock.wall_offset,
            .seed = seat.seed,
            .notes_wanted = !observers_.empty()};
  }

  // Calls a handler and carries out what it asked for.
  template <typename Handler>
  void handle(Seat& seat, Handler&& handler) {
    ++counts_.inputs;
    Effects<P> effects = std::move(spare_effects_);
    effects.clear();
    const Moment moment = moment_of(seat);
    Context<P> context(moment, seat.random, effects);
    handler(*seat.node, context);
    perform(seat, effects, 0);
    spare_effects_ = std::move(effects);
  }

  void boot(Seat& seat, EventKind kind) {
    seat.node = seat.factory();
    if (kind == EventKind::restart) say(to_string(seat.id) + " restarts with what its disk kept");
    if (watched_) happen({.kind = kind, .node = seat.id});
    if (seat.node == nullptr) return;       // a script crashed it at this very event
    seat.seed = seat.chance.next() >> 11U;  // every JSON reader can hold 53 bits
    seat.random = Random(seat.seed);
    const std::vector<Record> disk = seat.disk;
    handle(seat, [&](Node<P>& node, Context<P>& context) { node.on_start(context, disk); });
  }

  void perform(Seat& seat, Effects<P>& effects, std::size_t first) {
    const std::uint32_t incarnation = seat.incarnation;
    for (std::size_t i = first; i < effects.size(); ++i) {
      if (std::holds_alternative<Sync>(effects[i]) && options_.sync_delay > 0ns) {
        begin_sync(seat, effects, i + 1);
        return;
      }
      std::visit([&](auto& effect) { carry_out(seat, effect); }, effects[i]);
      if (seat.incarnation != incarnation) return;  // a crash between two effects
    }
  }

  void carry_out(Seat& seat, Send<P>& effect) { send(seat, effect.to, std::move(effect.message)); }
  void carry_out(Seat& seat, SetTimer<P>& effect) {
    if (watched_) {
      happen({.kind = EventKind::set_timer, .node = seat.id, .timer = &effect.timer});
    }
    const Duration after = std::max<Duration>(effect.after, 0ns);
    const Time due = seat.clock.at(now_) + after;
    const auto index = index_of(seat);
    const std::uint64_t number =
        push(now_ + seat.clock.world_duration(after), ItemKind::timer, index);
    for (Armed& armed : seat.timers) {
      if (armed.timer != effect.timer) continue;
      armed.due = due;
      armed.number = number;
      return;
    }
    seat.timers.push_back({std::move(effect.timer), due, number});
  }
  void carry_out(Seat& seat, CancelTimer<P>& effect) {
    if (watched_) {
      happen({.kind = EventKind::cancel_timer, .node = seat.id, .timer = &effect.timer});
    }
    std::erase_if(seat.timers, [&](const Armed& armed) { return armed.timer == effect.timer; });
  }
  void carry_out(Seat& seat, Write<P>& effect) {
    ++counts_.writes;
    seat.disk.push_back(effect.record);
    if (watched_) happen({.kind = EventKind::write, .node = seat.id, .record = &effect.record});
  }
  void carry_out(Seat& seat, const Sync& /*unused*/) {
    ++counts_.syncs;
    seat.synced = seat.disk.size();
    if (watched_) happen({.kind = EventKind::sync, .node = seat.id});
  }
  void carry_out(Seat& seat, Emit<P>& effect) {
    if (watched_) happen({.kind = EventKind::emit, .node = seat.id, .output = &effect.output});
  }
  void carry_out(Seat& seat, Note& effect) {
    if (watched_) happen({.kind = EventKind::note, .node = seat.id, .text = effect.text});
  }

  void begin_sync(Seat& seat, Effects<P>& effects, std::size_t rest) {
    seat.syncing = true;
    seat.after_sync.clear();
    std::move(effects.begin() + static_cast<std::ptrdiff_t>(rest), effects.end(),
              std::back_inserter(seat.after_sync));
    push(now_ + options_.sync_delay, ItemKind::synced, index_of(seat), seat.incarnation);
  }
  void finish_sync(Seat& seat, std::uint32_t incarnation) {
    if (seat.incarnation != incarnation) return;
    seat.syncing = false;
    carry_out(seat, Sync{});
    if (seat.incarnation != incarnation) return;
    Effects<P> rest = std::move(seat.after_sync);
    seat.after_sync = {};
    perform(seat, rest, 0);
    drain(seat);
  }

  // --- Inputs ---

  static bool is_free(const Seat& seat) { return !seat.paused && !seat.syncing; }

  void expire(Seat& seat, std::uint64_t number) {
    const auto armed = std::find_if(seat.timers.begin(), seat.timers.end(),
                                    [&](const Armed& one) { return one.number == number; });
    if (armed == seat.timers.end()) return;  // cancelled or set again since
    if (!is_free(seat)) {
      seat.waiting.push_back({.timer_number = number});
      return;
    }
    const Timer timer = std::move(armed->timer);
    seat.timers.erase(armed);
    const std::uint32_t incarnation = seat.incarnation;
    if (watched_) happen({.kind = EventKind::timer, .node = seat.id, .timer = &timer});
    if (seat.incarnation != incarnation) return;
    handle(seat, [&](Node<P>& node, Context<P>& context) { node.on_timer(context, timer); });
  }

  void deliver(Seat& seat, std::uint32_t flight) {
    const NodeId from = seats_[flights_[flight].from].id;
    const Message message = std::move(flights_[flight].message);
    release_flight(flight);
    const std::uint32_t incarnation = seat.incarnation;
    if (watched_) {
      happen({.kind = EventKind::deliver, .node = seat.id, .peer = from, .message = &message});
    }
    if (seat.incarnation != incarnation) return;
    handle(seat,
           [&](Node<P>& node, Context<P>& context) { node.on_message(context, from, message); });
  }

  // Gives a node what waited for it, in the order in which it came.
  void drain(Seat& seat) {
    while (is_free(seat) && !seat.waiting.empty()) {
      const Waiting next = seat.waiting.front();
      seat.waiting.pop_front();
      if (next.flight == no_flight) {
        expire(seat, next.timer_number);
      } else {
        deliver(seat, next.flight);
      }
    }
  }

  // --- The network ---

  LinkState& link_of(std::uint32_t from, std::uint32_t to) {
    return links_[from * seats_.size() + to];
  }
  bool connected(std::uint32_t from, std::uint32_t to) const {
    const int left = seats_[from].group;
    const int right = seats_[to].group;
    return left == right || left == no_group || right == no_group;
  }
  static bool concerns(const std::vector<std::string>& types, const Message& message) {
    return types.empty() || std::find(types.begin(), types.end(), type_of(message)) != types.end();
  }

  // What has left travels on, even if a script fells the sender at this very event.
  void send(Seat& seat, NodeId to_id, Message message) {
    ++counts_.sends;
    const std::uint32_t from = index_of(seat);
    const std::uint32_t to = seat_index(to_id);
    if (watched_) {
      happen({.kind = EventKind::send, .node = seat.id, .peer = to_id, .message = &message});
    }
    if (to == no_seat) throw_unknown(seat.id, to_id);
    LinkState& state = link_of(from, to);
    const Link& link = state.link;
    if (!connected(from, to)) return lose(seat.id, to_id, message, "the network is split");
    const Duration delay = link.delay.draw(state.random) + link.extra;
    const bool lost = state.random.chance(link.loss_percent);
    if (lost && concerns(link.lost_types, message)) {
      return lose(seat.id, to_id, message, "lost on the way");
    }
    Duration held_back{};
    if (state.random.chance(link.reorder_percent)) {
      held_back = state.random.between(Duration{0}, 10 * std::max(link.delay.high, Duration{1ms}));
    }
    if (state.random.chance(link.duplicate_percent)) {
      const Duration second = state.random.between(Duration{0}, link.duplicate_spread);
      launch(from, to, message, delay + held_back + second);
    }
    launch(from, to, std::move(message), delay + held_back);
  }

  [[noreturn]] void throw_unknown(NodeId sender, NodeId to) const {
    std::string names;
    for (const Seat& seat : seats_) names += (names.empty() ? "" : ", ") + to_string(seat.id);
    throw NodeFailure(sender,
                      "sends to " + to_string(to) + ", which does not exist; there are " + names);
  }

  void launch(std::uint32_t from, std::uint32_t to, Message message, Duration delay) {
    std::uint32_t flight = 0;
    if (free_flights_.empty()) {
      flight = static_cast<std::uint32_t>(flights_.size());
      flights_.push_back({from, to, std::move(message)});
    } else {
      flight = free_flights_.back();
      free_flights_.pop_back();
      flights_[flight] = {from, to, std::move(message)};
    }
    ++in_flight_count_;
    push(now_ + delay, ItemKind::arrival, to, flight);
  }
  void release_flight(std::uint32_t flight) {
    free_flights_.push_back(flight);
    --in_flight_count_;
  }

  void lose(NodeId from, NodeId to, const Message& message, std::string_view why) {
    if (!watched_) return;
    happen({.kind = EventKind::lose, .node = to, .peer = from, .message = &message, .text = why});
  }
  void lose_flight(std::uint32_t flight, std::string_view why) {
    const Flight lost = std::move(flights_[flight]);
    release_flight(flight);
    lose(seats_[lost.from].id, seats_[lost.to].id, lost.message, why);
  }

  void arrive(std::uint32_t flight) {
    const std::uint32_t from = flights_[flight].from;
    const std::uint32_t to = flights_[flight].to;
    LinkState& state = link_of(from, to);
    if (state.link.held && concerns(state.link.held_types, flights_[flight].message)) {
      state.parked.push_back(flight);
      return;
    }
    if (!connected(from, to)) return lose_flight(flight, "the network is split");
    Seat& seat = seats_[to];
    if (seat.node == nullptr) return lose_flight(flight, "the node is down");
    if (is_free(seat)) {
      deliver(seat, flight);
    } else {
      seat.waiting.push_back({.flight = flight});
    }
  }

  void release_link(LinkState& state) {
    state.link.held = false;
    const std::vector<std::uint32_t> parked = std::exchange(state.parked, {});
    for (const std::uint32_t flight : parked) {
      push(now_, ItemKind::arrival, flights_[flight].to, flight);
    }
  }

  // --- Scripts ---

  void advance_script(std::size_t index) {
    Script& script = scripts_[index];
    if (script.advancing) return;
    script.advancing = true;
    while (script.next < script.steps.size() && !script.awaits_time) {
      const Trigger& trigger = script.steps[script.next].trigger;
      if (trigger.kind == Trigger::Kind::when) {
        script.awaits_event = true;
        ++scripts_waiting_;
        break;
      }
      const Time at = trigger.kind == Trigger::Kind::at      ? trigger.duration
                      : trigger.kind == Trigger::Kind::after ? now_ + trigger.duration
                                                             : now_;
      if (at > now_) {
        script.awaits_time = true;
        push(at, ItemKind::script, static_cast<std::uint32_t>(index));
        break;
      }
      take_step(index);
    }
    scripts_[index].advancing = false;
  }
  void take_step(std::size_t index) {
    const Fault& fault = scripts_[index].steps[scripts_[index].next++].fault;
    apply(fault);
  }
  void trigger_scripts(const Event<P>& event) {
    for (std::size_t i = 0; i < scripts_.size(); ++i) {
      Script& script = scripts_[i];
      if (!script.awaits_event || script.advancing) continue;
      if (!matches(script.steps[script.next].trigger.pattern, event)) continue;
      script.awaits_event = false;
      --scripts_waiting_;
      script.advancing = true;
      take_step(i);
      scripts_[i].advancing = false;
      advance_script(i);
    }
  }

  bool matches(const Pattern& pattern, const Event<P>& event) const {
    if (event.kind != pattern.kind) return false;
    if (!names(pattern.node, event.node) || !names(pattern.peer, event.peer)) return false;
    const auto content_matches = [&](const auto* value) {
      return value != nullptr && type_of(*value) == pattern.type &&
             std::all_of(pattern.conditions.begin(), pattern.conditions.end(),
                         [&](const Condition& one) { return holds(one, *value); });
    };
    return pattern.type.empty() || content_matches(event.message) || content_matches(event.timer) ||
           content_matches(event.record) || content_matches(event.output);
  }
  bool names(const std::string& word, NodeId node) const {
    if (word.empty() || word == "*") return true;
    const auto role = roles_.find(word);
    return role != roles_.end() ? role->second == node : to_string(node) == word;
  }
  template <typename Variant>
  static bool holds(const Condition& condition, const Variant& value) {
    const auto text = field_text(value, condition.field);
    if (!text) return false;
    if (condition.comparison == Condition::Comparison::equal) return *text == condition.value;
    const auto number = [](const std::string& digits) {
      std::int64_t out = 0;
      std::from_chars(digits.data(), digits.data() + digits.size(), out);
      return out;
    };
    return condition.comparison == Condition::Comparison::at_least
               ? number(*text) >= number(condition.value)
               : number(*text) <= number(condition.value);
  }

  // --- Who can work together ---

  bool is_server(std::uint32_t index) const { return is_under_test(seats_[index].id); }
  bool is_whole(std::uint32_t from, std::uint32_t to) const {
    const Link& link = links_[from * seats_.size() + to].link;
    return connected(from, to) && !link.held && link.extra == options_.link.extra &&
           link.loss_percent == options_.link.loss_percent;
  }
  bool works_with(std::uint32_t left, std::uint32_t right) const {
    return is_whole(left, right) && is_whole(right, left);
  }
  // Starting from each server, gathers those that work with all gathered so far.
  unsigned connected_servers() const {
    std::size_t largest = 0;
    for (std::uint32_t first = 0; first < seats_.size(); ++first) {
      std::vector<std::uint32_t> group;
      for (std::uint32_t step = 0; step < seats_.size(); ++step) {
        const auto one = static_cast<std::uint32_t>((first + step) % seats_.size());
        const bool can_work = is_server(one) && seats_[one].node != nullptr && !seats_[one].paused;
        if (can_work && std::all_of(group.begin(), group.end(), [&](std::uint32_t member) {
              return works_with(one, member);
            })) {
          group.push_back(one);
        }
      }
      largest = std::max(largest, group.size());
    }
    return static_cast<unsigned>(largest);
  }
  bool clients_connected() const {
    for (std::uint32_t client = 0; client < seats_.size(); ++client) {
      if (is_server(client) || !takes_part(seats_[client])) continue;
      if (seats_[client].paused) return false;
      for (std::uint32_t server = 0; server < seats_.size(); ++server) {
        if (is_server(server) && !works_with(client, server)) return false;
      }
    }
    return true;
  }

  // --- Faults ---

  std::vector<std::uint32_t> resolve(const std::string& word) const {
    std::vector<std::uint32_t> found;
    for (std::uint32_t i = 0; i < seats_.size(); ++i) {
      if (names(word, seats_[i].id)) found.push_back(i);
    }
    return found;
  }

  void apply(const Fault& fault) {
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
      case FaultKind::random:
        DSYS_ASSERT(false);
        return;  // drawn before the run
      default:
        return change_links(fault);
    }
  }

  void apply_to(Seat& seat, const Fault& fault) {
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

  void crash(Seat& seat, EventKind kind) {
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

  void change_clock(Seat& seat, const Fault& fault) {
    if (fault.kind == FaultKind::clock_jump) {
      seat.clock.wall_offset += fault.duration;
      return say("the date of " + to_string(seat.id) + " jumps by " + to_string(fault.duration));
    }
    seat.clock.since_node = seat.clock.at(now_);
    seat.clock.since_world = now_;
    seat.clock.percent = fault.percent;
    say("the clock of " + to_string(seat.id) + " now runs at " + std::to_string(fault.percent) +
        "%");
    for (Armed& armed : seat.timers) {
      const Duration left = std::max<Duration>(armed.due - seat.clock.since_node, 0ns);
      armed.number = push(now_ + seat.clock.world_duration(left), ItemKind::timer, index_of(seat));
    }
  }

  void fire(Seat& seat, const std::string& timer_type) {
    for (Armed& armed : seat.timers) {
      if (type_of(armed.timer) != timer_type) continue;
      armed.number = push(now_, ItemKind::timer, index_of(seat));
      return;
    }
    say(to_string(seat.id) + " has no timer " + timer_type + " running: nothing happens");
  }

  void split(const Fault& fault) {
    for (Seat& seat : seats_) seat.group = no_group;
    if (fault.kind == FaultKind::isolate) {
      for (Seat& seat : seats_) seat.group = names(fault.node, seat.id) ? 0 : 1;
      return say("the network splits: " + fault.node + " is alone");
    }
    std::string text;
    for (std::size_t group = 0; group < fault.groups.size(); ++group) {
      std::string members;
      for (const std::string& word : fault.groups[group]) {
        for (const std::uint32_t index : resolve(word)) {
          Seat& seat = seats_[index];
          if (word == "*" && seat.group != no_group) continue;  // `*` is who is left over
          seat.group = static_cast<int>(group);
          members += (members.empty() ? "" : ",") + to_string(seat.id);
        }
      }
      text += (text.empty() ? "" : " | ") + members;
    }
    say("the network splits: " + text);
  }

  void heal() {
    for (Seat& seat : seats_) seat.group = no_group;
    for (LinkState& state : links_) {
      state.link = options_.link;
      release_link(state);
    }
    say("the network heals");
  }

  void change_links(const Fault& fault) {
    change_direction(fault, fault.link.from, fault.link.to);
    if (fault.link.both_ways) change_direction(fault, fault.link.to, fault.link.from);
    say("the network: " + fault_phrase(fault));
  }
  // The words of the fault without its trigger.
  static std::string fault_phrase(const Fault& fault) {
    const std::string link =
        fault.link.from + (fault.link.both_ways ? "<->" : "->") + fault.link.to;
    std::string types;
    for (const std::string& type : fault.types) types += (types.empty() ? "" : ", ") + type;
    const std::string what = types.empty() ? "messages" : types;
    const std::string share = std::to_string(fault.percent) + "% of " + what + " " + link;
    switch (fault.kind) {
      case FaultKind::drop:
        return share + " are lost";
      case FaultKind::slow:
        return link + " takes " + to_string(fault.duration) + " longer";
      case FaultKind::duplicate:
        return share + " arrive twice";
      case FaultKind::reorder:
        return share + " are held back";
      case FaultKind::hold:
        return what + " " + link + " are held from now on";
      default:
        return "what was held " + link + " is delivered";
    }
  }
  void change_direction(const Fault& fault, const std::string& from, const std::string& to) {
    for (const std::uint32_t sender : resolve(from)) {
      for (const std::uint32_t receiver : resolve(to)) {
        if (sender != receiver) change_link(fault, link_of(sender, receiver));
      }
    }
  }
  void change_link(const Fault& fault, LinkState& state) {
    switch (fault.kind) {
      case FaultKind::drop:
        state.link.loss_percent = fault.percent;
        state.link.lost_types = fault.types;
        return;
      case FaultKind::slow:
        state.link.extra = fault.duration;
        return;
      case FaultKind::duplicate:
        state.link.duplicate_percent = fault.percent;
        if (fault.duration > 0ns) state.link.duplicate_spread = fault.duration;
        return;
      case FaultKind::reorder:
        state.link.reorder_percent = fault.percent;
        return;
      case FaultKind::hold:
        state.link.held = true;
        state.link.held_types = fault.types;
        return;
      default:
        release_link(state);
        return;
    }
  }

  WorldOptions<P> options_;
  Random random_;
  Time now_{};
  bool stopped_ = false;
  bool watched_ = false;  // without observers and scripts, a run pays nothing for its events
  WorldCounts counts_;
  std::uint64_t inputs_before_now_ = 0;
  std::vector<Seat> seats_;
  std::vector<LinkState> links_;
  std::vector<Observer<P>*> observers_;
  std::vector<Script> scripts_;
  int scripts_waiting_ = 0;
  Roles roles_;
  std::vector<Item> queue_;
  std::uint64_t item_number_ = 0;
  std::uint64_t event_number_ = 0;
  std::vector<Flight> flights_;
  std::vector<std::uint32_t> free_flights_;
  std::size_t in_flight_count_ = 0;
  Effects<P> spare_effects_;
  std::array<std::vector<std::uint32_t>, 256> seat_of_;
};

}  // namespace dsys::sim
