// One property before hand-made events: each must say no when it should, and only then.
#pragma once

#include "common/check/property.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace dsys {

template <Protocol P>
class Court {
 public:
  Court(const std::vector<check::Property<P>>& properties, std::string_view id) {
    for (const check::Property<P>& one : properties) {
      if (one.text.id == id) judge_ = one.make_judge();
    }
    REQUIRE(judge_ != nullptr);
  }

  // Each is true if the property breaks at this event.
  bool sends(NodeId node, NodeId peer, const typename P::Message& message) {
    return observes({.kind = EventKind::send, .node = node, .peer = peer, .message = &message});
  }
  bool gets(NodeId node, NodeId peer, const typename P::Message& message) {
    return observes({.kind = EventKind::deliver, .node = node, .peer = peer, .message = &message});
  }
  bool emits(NodeId node, const typename P::Output& output) {
    return observes({.kind = EventKind::emit, .node = node, .output = &output});
  }
  bool happens(EventKind kind, NodeId node) { return observes({.kind = kind, .node = node}); }
  bool ends(Time time) { return judge_->finish({.time = time}).has_value(); }

  Time now{};

 private:
  bool observes(Event<P> event) {
    event.number = ++number_;
    event.time = now;
    return judge_->observe(event).has_value();
  }

  std::unique_ptr<check::Judge<P>> judge_;
  std::uint64_t number_ = 0;
};

}  // namespace dsys
