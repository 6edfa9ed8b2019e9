// A node's own clock: it may run fast or slow, and its date may be off.
#pragma once

#include "common/core/time.hpp"

namespace dsys::sim {

// The node's time = since_node + (world time - since_world) * percent / 100
struct Clock {
  Time since_world{};
  Time since_node{};
  int percent = 100;
  Duration wall_offset{};  // of the date

  Time at(Time world) const { return since_node + (world - since_world) * percent / 100; }
  Duration world_duration(Duration node) const { return node * 100 / percent; }

  // Runs at another speed from now on.
  void run_at(int new_percent, Time world) {
    since_node = at(world);
    since_world = world;
    percent = new_percent;
  }
};

}  // namespace dsys::sim
