#include "problems/lock/rules.hpp"

#include <fmt/format.h>

#include <cstdint>

namespace dsys::lock {
namespace {

// One name for all attempts of a session: a retry finds the key that the first attempt has put.
std::string named_by_lease(const std::string& lock, LeaseId lease, std::uint32_t /*attempt*/) {
  return fmt::format("{}/{:x}", lock, lease);
}

std::vector<Compare> only_if_absent(const std::string& key) {
  return {{.key = key, .target = CompareTarget::create, .create_revision = 0}};
}

LeaseId own_lease(LeaseId lease) {
  return lease;
}

// The lowest creation revision in the queue is the owner's.
bool is_first(const TxnResponse& answer, Revision create_revision) {
  const std::vector<KeyValue>& oldest = answer.responses.back().kvs;
  return !oldest.empty() && oldest.front().create_revision == create_revision;
}

KeyRange predecessor_only(const std::string& /*lock*/, const std::string& predecessor) {
  return {.key = predecessor};
}

// Nothing that happened after the reading is missed.
Revision next_revision(Revision read_revision) {
  return read_revision + 1;
}

// It grows from owner to owner, also over a restart of the store and after the queue was empty.
Revision creation_revision(Revision create_revision, LeaseId /*lease*/) {
  return create_revision;
}

Time monotonic(const LockContext& context) {
  return context.now();
}

// The store began to count no earlier than the request was sent. Its clock may be fast by the
// error, and the client's slow by as much.
Time from_sending(const Renewal& renewal, std::uint32_t clock_error_percent) {
  const Duration ttl = renewal.ttl * Duration(1s);
  return renewal.sent_at + ttl - ttl * (2 * clock_error_percent) / 100;
}

bool always() {
  return true;
}

// Not only higher ones: an owner asks more than once. Whoever shows none is not checked.
bool not_lower(Revision token, Revision highest_token) {
  return token == 0 || token >= highest_token;
}

}  // namespace

KeyRange queue_of(const std::string& lock) {
  return {.key = lock + "/", .range_end = lock + "0"};  // '0' is the byte after '/'
}

constinit const Rules reference_rules{.queue_key = named_by_lease,
                                      .create_guard = only_if_absent,
                                      .attached_lease = own_lease,
                                      .owns = is_first,
                                      .watched = predecessor_only,
                                      .watch_from = next_revision,
                                      .checks_own_key = always,
                                      .fencing_token = creation_revision,
                                      .clock = monotonic,
                                      .deadline = from_sending,
                                      .renews = always,
                                      .limits_hold = always,
                                      .accepts = not_lower};

}  // namespace dsys::lock
