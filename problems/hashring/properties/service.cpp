// HR-S9 and HR-S10: what nodes do beside placing keys, carrying load and taking writes.
#include "problems/hashring/properties/judges.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace dsys::hashring {
namespace {

// --- HR-S9 ---

struct LoadIsBounded {
  // How much more a node carries than it may, and in words.
  struct Excess {
    std::uint64_t by = 0;
    Reason reason;
  };
  RingsSeen seen;
  LoadsSeen loads;

  Reason observe(const Event& event) {
    seen.observe(event);
    loads.observe(event, seen);
    const auto* const reply = answer_of<AssignReply>(event);
    const RingSeen& ring = seen.of(event.node);
    if (reply == nullptr || ring.members.empty() || !ring.is_settled()) return std::nullopt;
    Excess worst;  // of the answer: where one key has most of the requests, its node
    for (const auto& node : reply->nodes) {
      if (!node) return fmt::format("{} finds room nowhere, and yet someone has it", event.node);
      loads.add(event.node, *node);
      Excess excess = judge(event.node, ring, *node);
      if (excess.by > worst.by) worst = std::move(excess);
    }
    return worst.reason;
  }

  Excess judge(NodeId judged, const RingSeen& ring, const std::string& node) {
    const auto known = ring.members.find(node);
    if (known == ring.members.end()) {
      return {1, fmt::format("a request was given to {}, which is no member", node)};
    }
    const std::uint64_t most = loads.capacity(judged, seen, known->second, 0);
    const std::uint64_t load = loads.of(judged, node);
    if (load <= most || !loads.are_known(judged)) return {};
    return {load - most,
            fmt::format("after {} requests {} carries {}; with {} nodes and a factor of {}% it may "
                        "carry {}",
                        loads.assigned(judged), node, load, ring.members.size(),
                        seen.setups[judged].load_percent, most)};
  }
};

// --- HR-S10 ---

struct OneViewPerVersion {
  using Place = std::pair<RingVersion, std::string>;  // a key in one version of the ring
  RingsSeen seen;
  std::map<Place, std::string> owners;  // as nodes told them
  std::map<Place, NodeId> accepted_by;

  Reason observe(const Event& event) {
    seen.observe(event);
    learn(event);
    const auto [put, reply] = seen.asked.answered<Put, PutReply>(event);
    if (put == nullptr || reply->status != PutStatus::accepted) return std::nullopt;
    const RingVersion own = reply->version;  // HR-S15 says whether it is right
    if (put->version != own) {
      return fmt::format("{} took a write of {} that was sent by ring version {}; its own is {}",
                         event.node, put->key, put->version, own);
    }
    const Place place{put->version, put->key};
    const auto [first, is_first] = accepted_by.emplace(place, event.node);
    if (!is_first && first->second != event.node) {
      return fmt::format("in ring version {} both {} and {} took writes of {}", put->version,
                         first->second, event.node, put->key);
    }
    const auto owner = owners.find(place);
    if (owner == owners.end() || owner->second == to_string(event.node)) return std::nullopt;
    return fmt::format("in ring version {} {} belongs to {}, and {} took a write of it",
                       put->version, put->key, owner->second, event.node);
  }

  void learn(const Event& event) {
    const auto [question, reply] = seen.asked.answered<Owners, OwnersReply>(event);
    if (question == nullptr || !seen.of(event.node).is_settled()) return;
    const std::size_t listed = std::min(question->keys.list.size(), reply->owners.size());
    for (std::size_t i = 0; i < listed; ++i) {
      const Place place{reply->version, question->keys.list[i]};
      if (reply->owners[i]) owners.emplace(place, *reply->owners[i]);
    }
  }
};

}  // namespace

std::vector<Property> service_properties() {
  return {
      always<LoadIsBounded>(
          {"HR-S9", "Bounded load",
           "With load factor c, of m requests no node has more than ceil(c m / n), or of unequal "
           "nodes more than ceil(c m w / W).",
           "Mirrokni, Thorup, Zadimoghaddam 2017"}),
      always<OneViewPerVersion>(
          {"HR-S10", "One view",
           "A node takes a write only by its own ring version, and within one version only the "
           "owner takes writes of a key.",
           "README, Design; DeCandia et al. 2007, 4.2"})};
}

}  // namespace dsys::hashring
