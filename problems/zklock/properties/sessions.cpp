// What a client may do with its session: ZK-S5 (not too much) and ZK-L7 (not too little).
#include "problems/zklock/properties/judges.hpp"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <vector>

namespace dsys::zklock {
namespace {

// --- ZK-S5 ---

struct SuspectsDoNothing {
  Ledger ledger;
  Hearings hearings;
  Clocks clocks;

  Reason observe(const Event& event) {
    ledger.observe(event);
    hearings.observe(event);
    clocks.observe(event);
    const bool acts = event.kind == EventKind::send && is_resource_request(event);
    if (!acts) return std::nullopt;
    const auto owned = ledger.latest.find({event.node, std::string(protecting_lock)});
    const bool session_has_ended = !ledger.has_session(event.node) ||
                                   (owned != ledger.latest.end() && owned->second.session != 0 &&
                                    !ledger.sessions.contains(owned->second.session));
    if (session_has_ended && !clocks.were_wrong) {
      return fmt::format("{} asks {} for something on the strength of a session that has ended",
                         event.node, event.peer);
    }
    return judge(event);
  }

  Reason judge(const Event& event) const {
    constexpr Duration slack = 50ms;
    const auto found = hearings.of.find(event.node);
    if (found == hearings.of.end()) return std::nullopt;
    const Hearing& hearing = found->second;
    if (!hearing.is_connected) {
      return fmt::format("{} asks {} for something while it is disconnected", event.node,
                         event.peer);
    }
    if (!hearing.has_looked) {
      return fmt::format(
          "{}, connected again, asks {} for something before it has looked for its "
          "znode",
          event.node, event.peer);
    }
    const Duration silence = event.time - hearing.heard_at;
    const bool is_short = silence <= hearing.timeout * 2 / 3 + slack;
    if (is_short || clocks.were_wrong) return std::nullopt;
    return fmt::format(
        "{} asks {} for something after it has heard nothing of {} for {}ms: it is "
        "disconnected",
        event.node, event.peer, hearing.server, silence / 1ms);
  }
};

// --- ZK-L7 ---

struct OwnersKeepIt {
  Ledger ledger;
  Hearings hearings;
  Clocks clocks;

  Reason observe(const Event& event) {
    ledger.observe(event);
    hearings.observe(event);
    clocks.observe(event);
    const auto* const lost = output_of<Lost>(event);
    if (lost == nullptr) return std::nullopt;
    const Ownership& ownership = ledger.latest[{event.node, lost->lock}];
    const bool session_lives = ledger.sessions.contains(ownership.session);
    const auto found = hearings.of.find(event.node);
    const bool is_known = session_lives && found != hearings.of.end();
    if (!is_known || clocks.were_wrong) return std::nullopt;
    // Whoever was paused for so long notices at its resumption, whatever has come by then.
    const Hearing& hearing = found->second;
    const bool hears_now = hearing.heard_at == event.time;
    const Duration silence = event.time - (hears_now ? hearing.heard_before : hearing.heard_at);
    if (silence >= found->second.timeout * 3 / 4) return std::nullopt;
    return fmt::format("{} takes the lock for lost after {}ms of silence: its session of {} lives",
                       event.node, silence / 1ms, to_string(found->second.timeout));
  }
};

}  // namespace

std::vector<Property> session_properties() {
  return {check::always<LockProtocol, SuspectsDoNothing>(
              {"ZK-S5", "Suspect discipline",
               "Between the loss of a connection and a look at its znode over the next one, and "
               "after the end of its session, a client asks the resource for nothing.",
               "Curator, error handling; ZooKeeper programmer's guide, sessions"}),
          check::eventually<LockProtocol, OwnersKeepIt>(
              {"ZK-L7", "Long hold",
               "An owner keeps the lock over a loss of connection, or a change of the ensemble's "
               "leader, that is shorter than its session's timeout.",
               "ZooKeeper programmer's guide, sessions"})};
}

}  // namespace dsys::zklock
