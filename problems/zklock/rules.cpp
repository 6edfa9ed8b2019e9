#include "problems/zklock/rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace dsys::zklock {
namespace {

// A directory of its own for each lock: nobody else's children are mixed with its queue.
std::string own_directory(const std::string& lock) {
  return "/locks/" + lock;
}

// It goes with the session, and no two have the same number.
CreateMode ephemeral_sequential() {
  return CreateMode::ephemeral_sequential;
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

// Not getData, or the directory: one watch, of one znode, which is used up when that one goes.
LockProtocol::Message exists(Call call, const std::string& directory, const std::string& blocker) {
  return ExistsRequest{call, child_of(directory, blocker), true};
}

bool always() {
  return true;
}

bool never() {
  return false;
}

// Not what was asked for: the ensemble keeps to what it has granted.
Duration as_granted(const SessionTerms& terms) {
  return terms.granted;
}

// It grows from owner to owner, also when the directory has been removed and created again.
Zxid creation_zxid(Zxid czxid, const std::string& /*own*/) {
  return czxid;
}

// Not only higher ones: an owner asks more than once. Whoever shows none is not checked.
bool not_lower(Zxid token, Zxid highest_token) {
  return token == 0 || token >= highest_token;
}

}  // namespace

std::string child_of(const std::string& directory, const std::string& name) {
  return directory == "/" ? "/" + name : directory + "/" + name;
}

std::string name_of_path(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

std::string name_prefix(const std::string& guid, LockKind kind) {
  return fmt::format("{}-{}-", guid, kind == LockKind::plain ? "lock" : enumerator_name(kind));
}

std::int64_t number_of(const std::string& name) {
  constexpr std::size_t digits = 10;
  const std::size_t dash = name.rfind('-');
  const bool has_suffix = dash != std::string::npos && name.size() - dash - 1 == digits;
  if (!has_suffix) return -1;
  std::int64_t number = 0;
  for (std::size_t i = dash + 1; i < name.size(); ++i) {
    const bool is_digit = name[i] >= '0' && name[i] <= '9';
    if (!is_digit) return -1;
    number = 10 * number + (name[i] - '0');
  }
  return number;
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
                                      .create_mode = ephemeral_sequential,
                                      .comes_before = by_number,
                                      .blocker = just_before,
                                      .watch_request = exists,
                                      .looks_again = always,
                                      .waits_for_missing = never,
                                      .searches_guid = always,
                                      .syncs_first = always,
                                      .leaves_queue = always,
                                      .keeps_session = always,
                                      .suspends = always,
                                      .relied_on = as_granted,
                                      .fencing_token = creation_zxid,
                                      .accepts = not_lower};

}  // namespace dsys::zklock
