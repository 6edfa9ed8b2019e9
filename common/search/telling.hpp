// What happens on a path of a search, told to an observer with numbers and times.
#pragma once

#include "common/trace/event.hpp"

#include <chrono>
#include <cstdint>

namespace dsys::search {

// By itself it tells nobody. The time of an event is the number of its step, in milliseconds.
template <Protocol P>
class Telling {
 public:
  Telling() = default;
  explicit Telling(Observer<P>& observer) : observer_(&observer) {}

  bool is_on() const { return observer_ != nullptr && !is_silent_; }
  void tell(Event<P> event) {
    if (!is_on()) return;
    event.number = ++number_;
    event.time = std::chrono::milliseconds{step_};
    observer_->observe(event);
  }
  void begin_step() { ++step_; }
  // While a way is tried that is not the one taken.
  void silence(bool is_silent) { is_silent_ = is_silent; }

 private:
  Observer<P>* observer_ = nullptr;
  std::uint64_t number_ = 0;
  std::uint64_t step_ = 0;
  bool is_silent_ = false;
};

// Ends a telling when it goes, also if a program fails on the way.
template <Protocol P>
class ToldUntilHere {
 public:
  explicit ToldUntilHere(Telling<P>& telling) : telling_(telling) {}
  ToldUntilHere(const ToldUntilHere&) = delete;
  ToldUntilHere& operator=(const ToldUntilHere&) = delete;
  ~ToldUntilHere() { telling_ = {}; }

 private:
  Telling<P>& telling_;
};

}  // namespace dsys::search
