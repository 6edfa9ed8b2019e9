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
#include "common/sim/clock.hpp"
#include "common/sim/fault.hpp"
#include "common/sim/network.hpp"
#include "common/sim/queue.hpp"
#include "common/sim/script.hpp"
#include "common/trace/event.hpp"
#include "common/trace/value_text.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
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
    network_.start(static_cast<std::uint32_t>(seats_.size()), options_.link, random_);
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
    const Item item = queue_.pop();
    if (item.at != now_) inputs_before_now_ = counts_.inputs;
    now_ = item.at;
    dispatch(item);
    return true;
  }

  // Runs up to and including the given time.
  void run_until(Time end) {
    while (!stopped_ && !queue_.empty() && queue_.next() <= end && step()) {
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
    Clock clock{};
    std::vector<Record> disk{};
    std::size_t synced = 0;
    std::vector<Armed> timers{};
    std::deque<Waiting> waiting{};
    Effects<P> after_sync{};
  };
  struct Flight {
    std::uint32_t from = 0;
    std::uint32_t to = 0;
    Message message;
  };
  struct Leaving {  // what a fault does to the message that is being sent
    bool is_lost = false;
    Duration extra{};
    std::optional<Duration> again_after{};
  };
  static constexpr std::uint32_t no_flight = UINT32_MAX;
  static constexpr std::uint32_t no_seat = UINT32_MAX;

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
    const std::uint32_t incarnation = seat.incarnation;
    if (watched_) {
      happen({.kind = EventKind::set_timer, .node = seat.id, .timer = &effect.timer});
    }
    if (seat.incarnation != incarnation) return;  // a script crashed it at this very event
    const Duration after = std::max<Duration>(effect.after, 0ns);
    const Time due = seat.clock.at(now_) + after;
    const auto index = index_of(seat);
    const std::uint64_t number =
        queue_.push(now_ + seat.clock.world_duration(after), ItemKind::timer, index);
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
    queue_.push(now_ + options_.sync_delay, ItemKind::synced, index_of(seat), seat.incarnation);
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

  // --- The network: world_network.hpp ---

  void send(Seat& seat, NodeId to_id, Message message);
  [[noreturn]] void throw_unknown(NodeId sender, NodeId to) const;
  void launch(std::uint32_t from, std::uint32_t to, Message message, Duration delay);
  void release_flight(std::uint32_t flight);
  void lose(NodeId from, NodeId to, const Message& message, std::string_view why);
  void lose_flight(std::uint32_t flight, std::string_view why);
  void arrive(std::uint32_t flight);
  void arrive_again(const std::vector<std::uint32_t>& flights);

  // --- Scripts and faults: world_faults.hpp ---

  void advance_script(std::size_t index);
  void take_step(std::size_t index);
  void trigger_scripts(const Event<P>& event);
  bool matches(const Pattern& pattern, const Event<P>& event) const;
  bool names(const std::string& word, NodeId node) const;
  std::vector<std::uint32_t> resolve(const std::string& word) const;

  bool is_server(std::uint32_t index) const { return is_under_test(seats_[index].id); }
  unsigned connected_servers() const;
  bool clients_connected() const;

  void apply(const Fault& fault);
  void apply_to(Seat& seat, const Fault& fault);
  void crash(Seat& seat, EventKind kind);
  void change_clock(Seat& seat, const Fault& fault);
  void fire(Seat& seat, const std::string& timer_type);
  void split(const Fault& fault);
  void heal();
  void change_message(const Fault& fault);
  void change_links(const Fault& fault);
  void change_direction(const Fault& fault, const std::string& from, const std::string& to);

  WorldOptions<P> options_;
  Random random_;
  Time now_{};
  bool stopped_ = false;
  bool watched_ = false;  // without observers and scripts, a run pays nothing for its events
  WorldCounts counts_;
  std::uint64_t inputs_before_now_ = 0;
  std::vector<Seat> seats_;
  Network network_;
  std::vector<Observer<P>*> observers_;
  std::vector<Script> scripts_;
  int scripts_waiting_ = 0;
  Roles roles_;
  Queue queue_;
  std::uint64_t event_number_ = 0;
  std::vector<Flight> flights_;
  std::vector<std::uint32_t> free_flights_;
  std::size_t in_flight_count_ = 0;
  Leaving* leaving_ = nullptr;  // while observers are told of a send
  Effects<P> spare_effects_;
  std::array<std::vector<std::uint32_t>, 256> seat_of_;
};

}  // namespace dsys::sim

#include "common/sim/world_faults.hpp"   // IWYU pragma: export
#include "common/sim/world_network.hpp"  // IWYU pragma: export
