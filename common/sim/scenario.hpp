// A scenario: who takes part, on what network, what goes wrong when, and for how long.
#pragma once

#include "common/core/error.hpp"
#include "common/core/node.hpp"
#include "common/sim/fault.hpp"
#include "common/sim/network.hpp"
#include "common/sim/world.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dsys::sim {

// Makes the nodes under test out of a configuration: the reference, a flaw, or a program.
// `P::Config` is what the task must say; it is the same for all of them.
template <Protocol P>
using Implementation = std::function<NodeFactory<P>(NodeId self, const typename P::Config& config)>;

template <Protocol P>
struct Participant {
  NodeId id{};
  NodeFactory<P> factory;
  bool is_scripted = false;  // it plays a fixed game: no fault is drawn for it
};

template <Protocol P>
struct Scenario {
  std::string_view id;        // RF-SC3
  std::string_view name;      // figure-8
  std::string_view title;     // one line: what happens
  std::string_view look_for;  // one line: what a reader should watch
  unsigned nodes = 3;         // nodes under test, unless the user asks for another number
  unsigned nodes_min = 1;
  unsigned nodes_max = 25;
  Duration length = 2s;
  Link link{};
  Duration sync_delay{};
  std::vector<std::string_view> script;      // see common/sim/fault.hpp
  std::vector<std::string_view> properties;  // ids of what is judged here
  std::vector<Participant<P>> (*cast)(const Implementation<P>& implementation,
                                      unsigned nodes) = nullptr;
  // Names for parts that faults may use, such as `leader`, and who plays them now.
  std::vector<std::string_view> roles{};
  RoleTracker<P> track_roles = nullptr;
};

}  // namespace dsys::sim
