// A deliberate mistake with a name: the reference with one thing replaced, and the schedules that
// expose it.
#pragma once

#include "common/core/describe.hpp"
#include "common/sim/scenario.hpp"

#include <boost/describe.hpp>
#include <boost/mp11.hpp>

#include <cstdint>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace dsys::check {

// Under this scenario and seed, the flaw breaks this property.
struct Exposure {
  std::string_view property;  // RF-S5
  std::string_view scenario;  // figure-8
  std::uint64_t seed = 1;
};

template <Protocol P>
struct Flaw {
  std::string_view id;              // raft.commit-old-term
  std::string_view story;           // what it does wrong, in one line
  std::vector<Exposure> exposures;  // the first is the one that `break` shows
  std::string_view exploration;     // whose search finds it; empty: none does
  std::string_view part{};          // what is flawed, such as "the store"; empty: nodes under test
  int decisions = 1;  // that it gets wrong: more than one where one mistake shows in several
  int replaced = 0;   // in so many it differs from the reference
  sim::Implementation<P> implementation;
};

// A row of a problem's flaws.cpp: what is told of a flaw, and the one thing that is replaced.
template <Protocol P, typename Rules>
struct FlawRow {
  std::string_view id;
  std::string_view story;
  std::vector<Exposure> exposures;
  std::string_view exploration{};
  std::string_view part{};
  // What is replaced, most often one of these: rules, with one of them swapped; effects that are
  // bent; or a detour that takes the node's messages apart.
  const Rules* rules = nullptr;
  Bend<P> bend = nullptr;
  NodeFactory<P> (*detour)(NodeFactory<P> node) = nullptr;
  int decisions = 1;  // that it gets wrong: more than one where one mistake shows in several
  // The nodes that have the bend or the detour: those whose names begin with this.
  char letter = 'n';
};

// The reference's rules, changed by `swap`.
template <typename Rules, typename Swap>
Rules swapped(const Rules& reference, Swap swap) {
  Rules rules = reference;
  swap(rules);
  return rules;
}

// In how many decisions two tables of rules differ. Rules are described.
template <typename Rules>
int count_swapped(const Rules& rules, const Rules& reference) {
  int swapped = 0;
  boost::mp11::mp_for_each<Members<Rules>>(
      [&](auto member) { swapped += rules.*member.pointer != reference.*member.pointer ? 1 : 0; });
  return swapped;
}

// The message of that type that an effect sends; null if it sends none.
template <typename Message, Protocol P>
Message* sent_message(Effect<P>& effect) {
  auto* const sent = std::get_if<Send<P>>(&effect);
  return sent == nullptr ? nullptr : std::get_if<Message>(&sent->message);
}
template <typename Message, Protocol P>
const Message* sent_message(const Effect<P>& effect) {
  const auto* const sent = std::get_if<Send<P>>(&effect);
  return sent == nullptr ? nullptr : std::get_if<Message>(&sent->message);
}

// Makes a node of the problem, whichever its name says, that decides by these rules.
template <Protocol P, typename Rules>
using NodeMaker = NodeFactory<P> (*)(NodeId self, const typename P::Config& config,
                                     const Rules& rules);

template <Protocol P, typename Rules>
sim::Implementation<P> implementation_of(NodeMaker<P, Rules> make, const Rules& rules) {
  return [make, &rules](NodeId self, const typename P::Config& config) {
    return make(self, config, rules);
  };
}

// The flaws of these rows.
template <Protocol P, typename Rules>
std::vector<Flaw<P>> flaws_of(const std::vector<FlawRow<P, Rules>>& rows, NodeMaker<P, Rules> make,
                              const Rules& reference) {
  std::vector<Flaw<P>> flaws;
  for (const FlawRow<P, Rules>& row : rows) {
    const Rules& rules = row.rules == nullptr ? reference : *row.rules;
    const auto implementation = [make, &rules, bend = row.bend, detour = row.detour,
                                 letter = row.letter](NodeId self,
                                                      const typename P::Config& config) {
      NodeFactory<P> node = make(self, config, rules);
      if (node_letter(self) != letter) return node;
      if (detour != nullptr) node = detour(std::move(node));
      return bend == nullptr ? node : bent<P>(std::move(node), bend);
    };
    flaws.push_back({.id = row.id,
                     .story = row.story,
                     .exposures = row.exposures,
                     .exploration = row.exploration,
                     .part = row.part,
                     .decisions = row.decisions,
                     .replaced = count_swapped(rules, reference) + (row.bend != nullptr ? 1 : 0) +
                                 (row.detour != nullptr ? 1 : 0),
                     .implementation = implementation});
  }
  return flaws;
}

}  // namespace dsys::check
