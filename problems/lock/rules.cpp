#include "problems/lock/rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace dsys::lock {

KeyRange queue_of(const std::string& lock) {
  return {.key = lock + "/", .range_end = lock + "0"};  // '0' is the byte after '/'
}

namespace {

// One name for all attempts of a session: a retry finds the key that the first attempt has put.
std::string named_by_lease(const std::string& lock, LeaseId lease) {
  return fmt::format("{}/{:x}", lock, lease);
}

std::vector<Compare> only_if_absent(const std::string& key) {
  return {{.key = key, .target = CompareTarget::create, .create_revision = 0}};
}

// A key that was removed and put again has the same name and is another one.
bool has_revision(const std::vector<KeyValue>& found, Revision create_revision) {
  return !found.empty() && found.front().create_revision == create_revision;
}

// Nothing that happened after the reading is missed.
Revision next_revision(Revision read_revision) {
  return read_revision + 1;
}

// The key may have gone with its lease while the client waited: then others stand in the queue. And
// the answer that still has it may have been long under way.
bool has_live_key(const std::vector<KeyValue>& own, Revision create_revision, Duration time_left) {
  return has_revision(own, create_revision) && time_left > Duration{};
}

// It grows from owner to owner, also over a restart of the store and after the queue was empty.
Revision creation_revision(Revision create_revision) {
  return create_revision;
}

Time monotonic(const LockContext& context) {
  return context.now();
}

// The store began to count no earlier than the request was sent. Its clock may be fast by the
// error, and the client's slow by as much.
Duration from_sending(const Renewal& renewal, std::uint32_t clock_error_percent) {
  const Duration ttl = renewal.ttl * Duration(1s);
  const Time end = renewal.sent_at + ttl - ttl * (2 * clock_error_percent) / 100;
  return std::max(end - renewal.answered_at, Duration{});
}

// Not only higher ones: an owner asks more than once. Whoever shows none is not checked.
bool not_lower(Revision token, Revision highest_token) {
  return token == 0 || token >= highest_token;
}

}  // namespace

constinit const Rules reference_rules{.queue_key = named_by_lease,
                                      .create_guard = only_if_absent,
                                      .owns = has_revision,
                                      .watch_from = next_revision,
                                      .may_enter = has_live_key,
                                      .fencing_token = creation_revision,
                                      .clock = monotonic,
                                      .trusted_for = from_sending,
                                      .accepts = not_lower};

}  // namespace dsys::lock
