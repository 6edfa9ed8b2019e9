#include "common/sim/network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace dsys::sim {

Duration Delay::draw(Random& random) const {
  switch (kind) {
    case Kind::fixed:
      return low;
    case Kind::uniform:
      return random.between(low, high);
    case Kind::exponential:
      return random.exponential(low);
  }
  return low;
}

std::string Delay::describe() const {
  switch (kind) {
    case Kind::fixed:
      return to_string(low);
    case Kind::uniform:
      return to_string(low) + " to " + to_string(high);
    case Kind::exponential:
      return to_string(low) + " on average (exponential)";
  }
  return {};
}

std::string Link::describe() const {
  std::string text = "messages take " + delay.describe();
  if (loss_percent > 0) text += fmt::format(", {}% are lost", loss_percent);
  if (duplicate_percent > 0) text += fmt::format(", {}% arrive twice", duplicate_percent);
  if (reorder_percent > 0) text += fmt::format(", {}% are held back", reorder_percent);
  return text;
}

void Network::start(std::uint32_t nodes, const Link& standard, const Random& chance) {
  standard_ = standard;
  groups_.assign(nodes, everywhere);
  links_.assign(std::size_t{nodes} * nodes, LinkState{.link = standard});
  for (std::size_t i = 0; i < links_.size(); ++i) links_[i].random = chance.fork(i + 1);
}

std::vector<std::uint32_t> Network::change(std::uint32_t from, std::uint32_t to,
                                           const Fault& fault) {
  LinkState& state = link_of(from, to);
  Link& link = state.link;
  switch (fault.kind) {
    case FaultKind::drop:
      link.loss_percent = fault.percent;
      link.lost_types = fault.types;
      return {};
    case FaultKind::slow:
      link.extra = fault.duration;
      return {};
    case FaultKind::duplicate:
      link.duplicate_percent = fault.percent;
      if (fault.duration > 0ns) link.duplicate_spread = fault.duration;
      return {};
    case FaultKind::reorder:
      link.reorder_percent = fault.percent;
      return {};
    case FaultKind::hold:
      link.held = true;
      link.held_types = fault.types;
      return {};
    default:
      link.held = false;
      return std::exchange(state.parked, {});
  }
}

std::vector<std::uint32_t> Network::heal() {
  join_all();
  std::vector<std::uint32_t> released;
  for (LinkState& one : links_) {
    one.link = standard_;
    released.insert(released.end(), one.parked.begin(), one.parked.end());
    one.parked.clear();
  }
  return released;
}

bool Network::is_whole(std::uint32_t from, std::uint32_t to) const {
  const Link& link = links_[from * groups_.size() + to].link;
  return connected(from, to) && !link.held && link.extra == standard_.extra &&
         link.loss_percent == standard_.loss_percent;
}

// Starting from each, gathers those that work with all gathered so far.
unsigned Network::largest_group(const std::vector<std::uint32_t>& nodes) const {
  std::size_t largest = 0;
  for (std::size_t first = 0; first < nodes.size(); ++first) {
    std::vector<std::uint32_t> group;
    for (std::size_t step = 0; step < nodes.size(); ++step) {
      const std::uint32_t one = nodes[(first + step) % nodes.size()];
      const bool works_with_all =
          std::all_of(group.begin(), group.end(),
                      [&](std::uint32_t member) { return works_between(one, member); });
      if (works_with_all) group.push_back(one);
    }
    largest = std::max(largest, group.size());
  }
  return static_cast<unsigned>(largest);
}

std::string link_phrase(const Fault& fault) {
  const std::string link = fault.link.from + (fault.link.both_ways ? "<->" : "->") + fault.link.to;
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

}  // namespace dsys::sim
