// A node with a consistent-hash ring (Karger et al. 1997): virtual nodes, weights, preference lists
// (DeCandia et al. 2007) and bounded loads (Mirrokni, Thorup, Zadimoghaddam 2017).
//
// Invariants:
//   1. The points follow from the members alone, sorted by (position, name): nodes with equal
//      members give every key the same owner, whatever happened before.
//   2. The version never decreases.
//   3. A change or a write that was confirmed is on the disk.
#include "messages.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

// --- The ring ---

using Position = std::uint64_t;

struct Member {
  std::string name;
  std::uint32_t weight = 1;
  std::string address;
};
DSYS_VALUE(Member, name, weight, address)

// A virtual node. Points on one position all stay, and the first by name owns it.
struct Point {
  Position position = 0;
  std::string node;

  bool operator<(const Point& other) const {
    return std::tie(position, node) < std::tie(other.position, other.node);
  }
};
DSYS_VALUE(Point, position, node)

struct Ring {
  std::uint32_t virtual_nodes = 0;
  std::uint64_t hash_seed = 0;
  std::map<std::string, Position> pins;
  std::map<std::string, Member> members;
  std::vector<Point> points;  // Sorted.
  std::uint64_t total_weight = 0;

  void configure(const Setup& setup);

  // False, and nothing changes, if the member is not valid or its name is taken.
  bool add(const Member& member);

  // Takes the points of this member; a neighbour on the same position keeps its own.
  bool remove(const std::string& name);

  const Member* member(const std::string& name) const;
  Position position(const std::string& text) const;
  std::optional<std::string> owner(const std::string& key) const;

  // The preference list: the owner, then the next different nodes clockwise.
  std::vector<std::string> replicas(const std::string& key, std::size_t count) const;

  // Visits the nodes of the points clockwise, once around, from the first point at or after the
  // key's position; past the last point the circle closes. It ends when visit(name) says false.
  template <typename Visit>
  void walk(const std::string& key, Visit&& visit) const {
    const Position from = position(key);
    const auto first =
        std::lower_bound(points.begin(), points.end(), from,
                         [](const Point& point, Position place) { return point.position < place; });
    for (auto point = first; point != points.end(); ++point) {
      if (!visit(point->node)) return;
    }
    for (auto point = points.begin(); point != first; ++point) {
      if (!visit(point->node)) return;
    }
  }
};
DSYS_VALUE(Ring, virtual_nodes, hash_seed, pins, members, points, total_weight)

// Counts what each node carries, and sends a key past the nodes that are full.
struct Loads {
  std::uint64_t percent = 125;
  std::map<std::string, std::uint64_t> of;
  std::uint64_t assigned = 0;  // The sum of the loads.

  std::optional<std::string> assign(const Ring& ring, const std::string& key);
  std::uint64_t capacity(const Ring& ring, const Member& node) const;
  void forget(const std::string& name);
};
DSYS_VALUE(Loads, percent, of, assigned)

// --- The node ---

struct RingNode {
  using Message = std::variant<AddNode, RemoveNode, JoinPart, CompleteJoin, Owners, Replicas,
                               Assign, Points, Positions, Put>;
  using Timer = std::variant<std::monostate>;  // It acts only when asked.
  using Record = std::variant<Joined, Left, Stored>;

  // --- On disk, before a change or a write is confirmed ---
  Ring ring;
  std::uint64_t version = 0;
  std::map<std::string, std::int64_t> values;

  // --- In memory: after a crash a join begins again, and nothing is carried any more ---
  std::map<std::string, Member> joining;
  Loads loads;

  void on_start(dsys::Context& context, const std::vector<Record>& disk);
  void on_message(dsys::Context& context, const std::string& from, const Message& message);
  void on_timer(dsys::Context& context, const Timer& timer);

  void recover(const Joined& record);
  void recover(const Left& record);
  void recover(const Stored& record);

  void handle(dsys::Context& context, const std::string& from, const AddNode& message);
  void handle(dsys::Context& context, const std::string& from, const RemoveNode& message);
  void handle(dsys::Context& context, const std::string& from, const JoinPart& message);
  void handle(dsys::Context& context, const std::string& from, const CompleteJoin& message);
  void handle(dsys::Context& context, const std::string& from, const Owners& message);
  void handle(dsys::Context& context, const std::string& from, const Replicas& message);
  void handle(dsys::Context& context, const std::string& from, const Assign& message);
  void handle(dsys::Context& context, const std::string& from, const Points& message);
  void handle(dsys::Context& context, const std::string& from, const Positions& message);
  void handle(dsys::Context& context, const std::string& from, const Put& message);

  void join(dsys::Context& context, const Member& member, std::uint64_t new_version);
  bool learn(std::uint64_t new_version);
  PutStatus judge(const std::string& self, const Put& message) const;
};
DSYS_VALUE(RingNode, ring, version, values, joining, loads)

namespace {

template <typename Visit>
void for_each_key(const Keys& keys, Visit&& visit) {
  for (const std::string& key : keys.list) visit(key);
  for (std::uint64_t i = 0; i < keys.count; ++i)
    visit(keys.prefix + std::to_string(keys.first + i));
}

}  // namespace

// --- A process starts ---

void RingNode::on_start(dsys::Context& context, const std::vector<Record>& disk) {
  const Setup setup = context.config<Setup>();
  ring.configure(setup);
  loads.percent = setup.load_percent;
  for (const Record& record : disk) {
    std::visit([this](const auto& one) { recover(one); }, record);
  }
  if (!disk.empty()) context.sync();  // The last ones may have been written and never synced.
}

void RingNode::recover(const Joined& record) {
  ring.add({record.name, record.weight, record.address});
  learn(record.version);
}

void RingNode::recover(const Left& record) {
  ring.remove(record.name);
  learn(record.version);
}

void RingNode::recover(const Stored& record) {
  values[record.key] = record.value;
}

void RingNode::on_timer(dsys::Context& /*context*/, const Timer& /*timer*/) {}

void RingNode::on_message(dsys::Context& context, const std::string& from, const Message& message) {
  std::visit([&](const auto& one) { handle(context, from, one); }, message);
}

// --- The membership changes ---

// A change that comes a second time finds its work done, and is confirmed again.
void RingNode::handle(dsys::Context& context, const std::string& from, const AddNode& message) {
  join(context, {message.name, message.weight, message.address}, message.version);
  context.send(from, MembershipReply{message.request, version});
}

void RingNode::handle(dsys::Context& context, const std::string& from, const RemoveNode& message) {
  joining.erase(message.name);
  loads.forget(message.name);
  const bool has_left = ring.remove(message.name);
  const bool is_later = learn(message.version);
  if (has_left || is_later) {
    context.write(Left{message.name, version});
    context.sync();
    context.note(message.name, " leaves: ", ring.points.size(), " points, version ", version);
  }
  context.send(from, MembershipReply{message.request, version});
}

// The points follow from name and weight, so a part tells nothing but who is about to join. All of
// them appear at once, with CompleteJoin: a lookup must never meet half a join. Nothing is written,
// because half a join is worth nothing after a crash.
void RingNode::handle(dsys::Context& context, const std::string& from, const JoinPart& message) {
  if (ring.member(message.name) == nullptr) {
    joining[message.name] = {message.name, message.weight, message.address};
  }
  context.send(from, MembershipReply{message.request, version});
}

void RingNode::handle(dsys::Context& context, const std::string& from,
                      const CompleteJoin& message) {
  const auto found = joining.find(message.name);
  const Member* const known = found == joining.end() ? ring.member(message.name) : &found->second;
  if (known != nullptr) {  // Else a crash took the parts: they have to come again.
    join(context, Member(*known), message.version);
  }
  context.send(from, MembershipReply{message.request, version});
}

void RingNode::join(dsys::Context& context, const Member& member, std::uint64_t new_version) {
  joining.erase(member.name);
  const bool is_new = ring.add(member);
  const bool is_later = learn(new_version);
  if (!is_new && !is_later) return;
  context.write(Joined{member.name, member.weight, member.address, version});
  context.sync();
  context.note(member.name, " joins: ", ring.points.size(), " points, version ", version);
}

bool RingNode::learn(std::uint64_t new_version) {
  const bool is_later = new_version > version;
  if (is_later) version = new_version;
  return is_later;
}

// --- Somebody asks ---

void RingNode::handle(dsys::Context& context, const std::string& from, const Owners& message) {
  OwnersReply reply{message.request, version, {}};
  for_each_key(message.keys,
               [&](const std::string& key) { reply.owners.push_back(ring.owner(key)); });
  context.send(from, reply);
}

void RingNode::handle(dsys::Context& context, const std::string& from, const Replicas& message) {
  ReplicasReply reply{message.request, {}};
  for_each_key(message.keys, [&](const std::string& key) {
    reply.nodes.push_back(ring.replicas(key, message.count));
  });
  context.send(from, reply);
}

void RingNode::handle(dsys::Context& context, const std::string& from, const Assign& message) {
  AssignReply reply{message.request, {}};
  for_each_key(message.keys,
               [&](const std::string& key) { reply.nodes.push_back(loads.assign(ring, key)); });
  context.send(from, reply);
}

void RingNode::handle(dsys::Context& context, const std::string& from, const Points& message) {
  PointsReply reply{message.request, {}};
  for (const Point& point : ring.points) reply.points.push_back({point.position, point.node});
  context.send(from, reply);
}

void RingNode::handle(dsys::Context& context, const std::string& from, const Positions& message) {
  PositionsReply reply{message.request, {}};
  for_each_key(message.keys,
               [&](const std::string& key) { reply.positions.push_back(ring.position(key)); });
  context.send(from, reply);
}

void RingNode::handle(dsys::Context& context, const std::string& from, const Put& message) {
  const PutStatus status = judge(context.self(), message);
  if (status == PutStatus::accepted) {
    values[message.key] = message.value;
    context.write(Stored{message.key, message.value});
    context.sync();
  }
  context.send(from, PutReply{message.request, status, version});
}

// Only from who goes by the same ring, in either direction: one of us has yet to hear of a change.
PutStatus RingNode::judge(const std::string& self, const Put& message) const {
  if (message.version != version) return PutStatus::other_version;
  return ring.owner(message.key) == self ? PutStatus::accepted : PutStatus::not_owner;
}

// --- The ring ---

namespace {

// FNV-1a (RFC 9923) is the same in every process, but texts that differ only at their end stay
// close together ...
std::uint64_t fnv1a(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char letter : text) {
    hash ^= static_cast<unsigned char>(letter);
    hash *= 0x00000100000001b3U;
  }
  return hash;
}

// ... so the finaliser of MurmurHash3 spreads every bit over all others.
std::uint64_t mix(std::uint64_t hash) {
  hash ^= hash >> 33U;
  hash *= 0xff51afd7ed558ccdU;
  hash ^= hash >> 33U;
  hash *= 0xc4ceb9fe1a85ec53U;
  hash ^= hash >> 33U;
  return hash;
}

// A heavier member is refused: each unit of weight costs as many points as there are virtual nodes.
constexpr std::uint32_t weight_max = 1'000;

bool is_valid(const Member& member) {
  return !member.name.empty() && member.weight >= 1 && member.weight <= weight_max;
}

}  // namespace

void Ring::configure(const Setup& setup) {
  virtual_nodes = setup.virtual_nodes;
  hash_seed = setup.hash_seed;
  for (const Pin& pin : setup.pins) pins.emplace(pin.text, pin.position);
}

bool Ring::add(const Member& member) {
  if (!is_valid(member)) return false;
  const bool is_new = members.emplace(member.name, member).second;
  if (!is_new) return false;
  const auto seam = static_cast<std::ptrdiff_t>(points.size());
  for (std::uint32_t i = 0; i < virtual_nodes * member.weight; ++i) {
    points.push_back({position(member.name + "#" + std::to_string(i)), member.name});
  }
  std::sort(points.begin() + seam, points.end());
  std::inplace_merge(points.begin(), points.begin() + seam, points.end());
  total_weight += member.weight;
  return true;
}

bool Ring::remove(const std::string& name) {
  const auto leaving = members.find(name);
  if (leaving == members.end()) return false;
  const auto is_its_own = [&name](const Point& point) { return point.node == name; };
  points.erase(std::remove_if(points.begin(), points.end(), is_its_own), points.end());
  total_weight -= leaving->second.weight;
  members.erase(leaving);
  return true;
}

const Member* Ring::member(const std::string& name) const {
  const auto found = members.find(name);
  return found == members.end() ? nullptr : &found->second;
}

Position Ring::position(const std::string& text) const {
  const auto pin = pins.find(text);
  return pin == pins.end() ? mix(fnv1a(text) ^ hash_seed) : pin->second;
}

std::optional<std::string> Ring::owner(const std::string& key) const {
  std::optional<std::string> owner;
  walk(key, [&](const std::string& node) {
    owner = node;
    return false;
  });
  return owner;
}

std::vector<std::string> Ring::replicas(const std::string& key, std::size_t count) const {
  const std::size_t wanted = std::min(count, members.size());
  std::vector<std::string> names;
  walk(key, [&](const std::string& node) {
    const bool has_copy = std::find(names.begin(), names.end(), node) != names.end();
    if (!has_copy && names.size() < wanted) names.push_back(node);
    return names.size() < wanted;
  });
  return names;
}

// --- Bounded loads ---

std::optional<std::string> Loads::assign(const Ring& ring, const std::string& key) {
  std::optional<std::string> chosen;
  ring.walk(key, [&](const std::string& node) {
    if (of[node] < capacity(ring, *ring.member(node))) chosen = node;
    return !chosen;
  });
  if (chosen) {
    ++of[*chosen];
    ++assigned;
  }
  return chosen;
}

// ceil(c m w / W), with the key that is being placed among the m: for equal weights ceil(c m / n).
// With c >= 1 somebody always has room.
std::uint64_t Loads::capacity(const Ring& ring, const Member& node) const {
  const std::uint64_t dividend = percent * (assigned + 1) * node.weight;
  const std::uint64_t divisor = 100 * ring.total_weight;
  return (dividend + divisor - 1) / divisor;
}

// Of a node that left: what it carried ended with it.
void Loads::forget(const std::string& name) {
  const auto found = of.find(name);
  if (found == of.end()) return;
  assigned -= found->second;
  of.erase(found);
}

int main() {
  return dsys::run<RingNode>();
}
