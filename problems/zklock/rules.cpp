#include "problems/zklock/rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace dsys::zklock {
namespace {

// A directory of its own for each lock: nobody else's children are mixed with its queue.
std::string own_directory(const std::string& lock) {
  return "/locks/" + lock;
}

// By the number alone: the names begin with guids, which have no order that means anything.
bool by_number(const QueueName& left, const QueueName& right) {
  return left.number < right.number;
}

bool is_write(const std::string& name) {
  return name.find("-write-") != std::string::npos;
}

// The one just before; who only reads, the last before it that writes (section 3.7 of the recipe).
std::optional<std::string> just_before(const Queue& queue, const std::string& own, LockKind kind) {
  std::optional<std::string> blocker;
  for (const QueueName& one : queue) {
    if (one.name == own) return blocker;
    if (kind != LockKind::read || is_write(one.name)) blocker = one.name;
  }
  return blocker;
}

// A creation that was asked for may have been done.
bool was_asked_for(const std::string& guid) {
  return !guid.empty();
}

// No server shows less than what the client has seen; but what has it seen without an answer?
bool is_unseen(Zxid czxid) {
  return czxid == 0;
}

bool is_another(SessionId session, SessionId answered) {
  return session != 0 && answered != session;
}

bool is_connected(Link link) {
  return link == Link::connected;
}

// It grows from owner to owner, also when the directory has been removed and created again.
Zxid creation_zxid(const Place& place) {
  return place.czxid;
}

// Not only higher ones: an owner asks more than once. Whoever shows none is not checked.
bool is_not_lower(Zxid token, Zxid highest_token) {
  return token == 0 || token >= highest_token;
}

}  // namespace

std::string child_of(const std::string& directory, const std::string& name) {
  return directory == "/" ? "/" + name : directory + "/" + name;
}

std::string name_of_path(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

std::string name_prefix(const Place& place) {
  const auto kind = place.kind == LockKind::plain ? "lock" : enumerator_name(place.kind);
  return fmt::format("{}-{}-", place.guid, kind);
}

std::int64_t number_of(const std::string& name) {
  constexpr std::size_t digits = 10;
  const std::size_t dash = name.rfind('-');
  const bool has_suffix = dash != std::string::npos && name.size() - dash - 1 == digits;
  if (!has_suffix) return -1;
  const char* const end = name.data() + name.size();
  std::int64_t number = 0;
  return std::from_chars(end - digits, end, number).ptr == end ? number : -1;
}

std::optional<Phase> next_phase(const Place& place, const Rules& rules) {
  const bool is_wanted = place.claim == Claim::wanted;
  if (!place.path.empty()) return is_wanted ? Phase::listing : Phase::deleting;
  if (rules.must_search(place.guid)) {
    return rules.must_sync(place.czxid) ? Phase::syncing : Phase::searching;
  }
  return is_wanted ? std::optional(Phase::creating) : std::nullopt;
}

Queue queue_of(const std::vector<std::string>& children, const Rules& rules) {
  Queue queue;
  for (const std::string& name : children) {
    if (number_of(name) >= 0) queue.push_back({name, number_of(name)});
  }
  std::sort(queue.begin(), queue.end(), rules.comes_before);
  return queue;
}

constinit const Rules reference_rules{.directory = own_directory,
                                      .comes_before = by_number,
                                      .blocker = just_before,
                                      .must_search = was_asked_for,
                                      .must_sync = is_unseen,
                                      .must_remove = was_asked_for,
                                      .has_ended = is_another,
                                      .may_act = is_connected,
                                      .fencing_token = creation_zxid,
                                      .accepts = is_not_lower};

}  // namespace dsys::zklock
