// What has been done to the nodes, the network and the clocks, as far as a time limit must grant
// it; and for how long a client may be certain of its lease. Included by the judges only.
#pragma once

#include "common/check/judging.hpp"
#include "common/core/time.hpp"
#include "problems/lock/parts.hpp"

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace dsys::lock {

// The time in "... takes 40ms longer", "... arrives 4s later": its last word but one.
inline Duration time_told(std::string_view text) {
  const auto last = text.rfind(' ');
  if (last == std::string_view::npos) return {};
  const std::string_view rest = text.substr(0, last);
  return parse_duration(rest.substr(rest.rfind(' ') + 1)).value_or(Duration{});
}

// A clock that is off by more than the task allows, by what the world says of it.
struct Clocks {
  std::map<std::string, bool, std::less<>> wrong;  // by the node's name
  std::map<std::string, Time, std::less<>> changed_at;

  void observe(const Event& event) {
    constexpr std::string_view head = "the clock of ";
    constexpr std::string_view middle = " now runs at ";
    if (event.kind != EventKind::fault || !event.text.starts_with(head)) return;
    const auto at = event.text.find(middle);
    if (at == std::string_view::npos) return;
    const std::string_view rate = event.text.substr(at + middle.size());
    int percent = 100;
    std::from_chars(rate.data(), rate.data() + rate.size(), percent);
    const std::string node(event.text.substr(head.size(), at - head.size()));
    const int error = static_cast<int>(LockConfig{}.clock_error_percent);
    const bool is_wrong = percent < 100 - error || percent > 100 + error;
    if (is_wrong || wrong[node]) changed_at[node] = event.time;
    wrong[node] = is_wrong;
  }

  bool any_wrong() const {
    return std::any_of(wrong.begin(), wrong.end(), [](const auto& one) { return one.second; });
  }
  // Whether the node's clock, or the store's, has been wrong since then.
  bool were_wrong_since(NodeId node, Time since) const {
    return was_wrong_since(to_string(node), since) || was_wrong_since("s1", since);
  }

 private:
  bool was_wrong_since(const std::string& node, Time since) const {
    const auto now = wrong.find(node);
    if (now == wrong.end()) return false;
    const auto at = changed_at.find(node);
    return now->second || (at != changed_at.end() && at->second >= since);
  }
};

// Time limits run only while nothing is wrong. After *harm* they grant more: whatever somebody was
// just asking for, or had been promised to be told, may have been lost.
class Trouble {
 public:
  void observe(const Event& event) {
    const bool was_apart = !calm_.all_connected();
    calm_.observe(event);
    clocks_.observe(event);
    const bool begins_anew = event.kind == EventKind::restart;
    const bool is_lost = event.kind == EventKind::lose;
    const bool is_apart = was_apart || !calm_.all_connected();
    if (check::is_crash(event) || begins_anew || is_lost) harmed_at_ = event.time;
    if (event.kind != EventKind::fault) return;
    if (is_apart || clocks_.any_wrong()) harmed_at_ = event.time;
    note_delays(event);
  }

  // The store is up, and everybody who is up reaches everybody; clocks are right, and nothing
  // arrives late any more.
  bool is_quiet(Time now) const {
    return calm_.links_are_whole() && calm_.all_connected() && calm_.up_with('s') > 0 &&
           !clocks_.any_wrong() && late_until_ <= now;
  }
  Time since() const { return std::max(calm_.since(), late_until_); }
  // The last one; none: long before the run.
  Time harmed_at() const { return std::max(harmed_at_, late_until_); }
  bool is_up(NodeId node) const { return calm_.up().contains(node); }
  const Clocks& clocks() const { return clocks_; }

 private:
  void note_delays(const Event& event) {
    if (event.text.starts_with("this message arrives")) {
      delay_until(event.time, event.time + time_told(event.text));
    } else if (event.text.ends_with(" longer")) {
      longest_delay_ = std::max(longest_delay_, time_told(event.text));
    }
    // What left on a slow link arrives late even when the link is as it was.
    if (longest_delay_ > Duration{}) delay_until(event.time, event.time + longest_delay_);
  }
  void delay_until(Time now, Time until) {
    harmed_at_ = now;
    late_until_ = std::max(late_until_, until);
  }

  check::Calm calm_;
  Clocks clocks_;
  Duration longest_delay_{};
  Time late_until_ = Time::min();
  Time harmed_at_ = Time::min();
};

// For how long each lease is certain to live, by the answers that its client has got: counted from
// the sending of what was answered, as the client may count.
struct Certainty {
  struct Lease {
    NodeId client{};
    Duration ttl{};
    Time renewed_at{};  // the renewal that was answered left then
    Time until{};
  };

  std::map<std::pair<NodeId, Call>, Time> sent_at;
  std::map<LeaseId, Lease> leases;

  void observe(const Event& event) {
    if (check::is_crash(event)) {
      std::erase_if(sent_at, [&](const auto& one) { return one.first.first == event.node; });
    } else if (event.kind == EventKind::send) {
      if (const auto* const ask = message_of<LeaseGrantRequest>(event)) {
        sent_at.try_emplace({event.node, ask->call}, event.time);
      } else if (const auto* const renew = message_of<LeaseKeepAliveRequest>(event)) {
        sent_at.try_emplace({event.node, renew->call}, event.time);
      }
    } else if (event.kind == EventKind::deliver) {
      if (const auto* const granted = message_of<LeaseGrantResponse>(event)) {
        rely_on(event.node, granted->call, granted->id, granted->ttl);
      } else if (const auto* const kept = message_of<LeaseKeepAliveResponse>(event)) {
        rely_on(event.node, kept->call, kept->id, kept->ttl);
      }
    }
  }

  void rely_on(NodeId client, Call call, LeaseId id, Seconds seconds) {
    const auto sent = sent_at.find({client, call});
    if (sent == sent_at.end() || seconds == 0) return;
    const Duration ttl = seconds * Duration(1s);
    const Duration certain = ttl - ttl * (2 * LockConfig{}.clock_error_percent) / 100;
    Lease& lease = leases[id];
    if (sent->second + certain <= lease.until) return;
    lease = {client, ttl, sent->second, sent->second + certain};
  }

  const Lease& of(LeaseId id) const {
    static const Lease none;
    const auto found = leases.find(id);
    return found == leases.end() ? none : found->second;
  }
};

}  // namespace dsys::lock
