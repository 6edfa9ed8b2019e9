#include "problems/hashring/given/clients.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <variant>

namespace dsys::hashring {
namespace {

constexpr std::size_t listed_most = 4;  // as many keys as a sentence can list

RequestNumber number_of(const RingProtocol::Message& message) {
  return std::visit([](const auto& one) { return one.request; }, message);
}

std::string percent_of(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "0%";
  const std::uint64_t tenths = (part * 1000 + whole / 2) / whole;
  return fmt::format("{}.{}%", tenths / 10, tenths % 10);
}

// "key1 -> server2, key2 -> no node"
std::string each_owner(const Keys& keys, const OwnersReply& reply) {
  std::vector<std::string> words;
  std::size_t place = 0;
  for_each_key(keys, [&](std::string_view key) {
    if (place >= reply.owners.size()) return;
    words.push_back(fmt::format("{} -> {}", key, reply.owners[place++].value_or("no node")));
  });
  return fmt::format("{}", fmt::join(words, ", "));
}

// "server1 33.0%, server2 37.1%, server3 29.9%"
std::string shares_text(const Names& names, const std::vector<NameNumber>& owners) {
  const Amounts amounts = keys_by_node(names, owners);
  std::map<std::string, std::uint64_t> rows;
  for (std::size_t i = 0; i < amounts.size(); ++i) {
    if (amounts[i] > 0) rows.emplace(names.text_of(static_cast<NameNumber>(i)), amounts[i]);
  }
  std::vector<std::string> words;
  words.reserve(rows.size());
  for (const auto& [name, count] : rows) {
    words.push_back(fmt::format("{} {}", name, percent_of(count, owners.size())));
  }
  return fmt::format("{}", fmt::join(words, ", "));
}

// "23.3% of them moved: server1 -> server5 6.4%, ..."
std::string moves_text(const Names& names, const std::vector<NameNumber>& before,
                       const std::vector<NameNumber>& after) {
  std::map<std::pair<NameNumber, NameNumber>, std::uint64_t> routes;
  std::uint64_t moved = 0;
  const std::size_t count = std::min(before.size(), after.size());
  for (std::size_t i = 0; i < count; ++i) {
    if (before[i] == after[i]) continue;
    ++moved;
    ++routes[{before[i], after[i]}];
  }
  if (moved == 0) return "none of them moved";
  std::vector<std::string> words;
  words.reserve(routes.size());
  for (const auto& [route, keys] : routes) {
    words.push_back(fmt::format("{} -> {} {}", names.text_of(route.first),
                                names.text_of(route.second), percent_of(keys, count)));
  }
  std::sort(words.begin(), words.end());
  if (words.size() > listed_most + 1) {
    words.resize(listed_most);
    words.push_back(fmt::format("and {} routes more", routes.size() - listed_most));
  }
  return fmt::format("{} of them moved: {}", percent_of(moved, count), fmt::join(words, ", "));
}

// The driver has something to tell a reader of such an answer.
template <typename Answer>
concept TellsReader = requires(Driver& driver, RingContext& context, const Answer& answer) {
  driver.tell(context, NodeId{}, answer);
};

}  // namespace

// --- The driver ---

void Driver::on_start(RingContext& context, std::span<const RingProtocol::Record> /*disk*/) {
  std::vector<NodeId> nodes;
  for (const Given& one : given) {
    nodes.push_back(one.node);
    context.emit(one);
  }
  questions = plan(context.random(), nodes);
  wait_for_next(context);
}

void Driver::wait_for_next(RingContext& context) {
  if (next == questions.size()) return context.emit(Finished{questions.size()});
  std::visit([this](auto& one) { one.request = next + 1; }, questions[next].message);
  context.set_timer(NextQuestion{}, questions[next].pause);
}

void Driver::on_timer(RingContext& context, const RingProtocol::Timer& timer) {
  const bool is_first_time = std::holds_alternative<NextQuestion>(timer);
  const Question& question = questions[next];
  if (is_first_time && !question.note.empty()) context.note("{}", question.note);
  context.send(question.to, question.message);
  context.set_timer(AnswerTimeout{}, answer_timeout);
}

void Driver::on_message(RingContext& context, NodeId from, const RingProtocol::Message& message) {
  const bool is_expected =
      next < questions.size() && number_of(message) == next + 1 && from == questions[next].to;
  if (!is_expected) return;  // the answer to a retry that was answered before
  const bool is_told = questions[next].answer == Telling::told;
  const auto tell_reader = [&](const auto& answer) {
    if constexpr (TellsReader<std::decay_t<decltype(answer)>>) tell(context, from, answer);
  };
  if (is_told) std::visit(tell_reader, message);
  context.cancel_timer(AnswerTimeout{});
  ++next;
  wait_for_next(context);
}

// --- What the driver tells a reader ---

void Driver::tell(RingContext& context, NodeId from, const OwnersReply& reply) {
  const auto* const question = std::get_if<Owners>(&questions[next].message);
  if (question == nullptr) return;
  if (reply.owners.size() <= listed_most) {
    return context.note("is told by {}: {}", from, each_owner(question->keys, reply));
  }
  std::vector<NameNumber> owners = numbers_of(names, reply.owners);
  const auto latest = std::find_if(placed.begin(), placed.end(), [&](const Placed& one) {
    return one.by == from && one.keys == question->keys;
  });
  const bool is_first = latest == placed.end();
  context.note("{} places {} keys: {}{}{}", from, owners.size(), shares_text(names, owners),
               is_first ? "" : "; ", is_first ? "" : moves_text(names, latest->owners, owners));
  if (is_first) {
    placed.push_back({from, question->keys, std::move(owners)});
  } else {
    latest->owners = std::move(owners);
  }
}

void Driver::tell(RingContext& context, NodeId from, const PointsReply& reply) const {
  if (reply.points.empty()) return context.note("{} has no points", from);
  if (reply.points.size() <= listed_most * 2) {
    std::vector<std::string> words;
    for (const PlacedPoint& point : reply.points) {
      words.push_back(fmt::format("{} at {}", point.node, point.position));
    }
    return context.note("{} has the points {}", from, fmt::join(words, ", "));
  }
  Names members;
  const Balance balance = balance_of_nodes(arcs_by_node(members, reply.points));
  const std::size_t nodes = members.known.size();
  context.note(
      "{} has {} points of {} nodes: shares deviate by {:.1f}% (chance gives {:.1f}%), the largest "
      "is {:.2f} times the mean",
      from, reply.points.size(), nodes, 100 * balance.relative_deviation,
      100 * expected_deviation(nodes, reply.points.size() / nodes), balance.max_over_mean);
}

void Driver::tell(RingContext& context, NodeId /*from*/, const ReplicasReply& reply) const {
  const auto* const question = std::get_if<Replicas>(&questions[next].message);
  if (question == nullptr) return;
  std::vector<std::string> words;
  for_each_key(question->keys, [&](std::string_view key) {
    if (words.size() == listed_most || words.size() >= reply.nodes.size()) return;
    words.push_back(fmt::format("{}: {}", key, fmt::join(reply.nodes[words.size()], " ")));
  });
  context.note("copies of {}{}", fmt::join(words, "; "),
               reply.nodes.size() > listed_most ? "; ..." : "");
}

void Driver::tell(RingContext& context, NodeId /*from*/, const AssignReply& reply) {
  std::uint64_t total = 0;
  for (const auto& node : reply.nodes) ++assigned[node.value_or("no node")];
  std::vector<std::pair<std::uint64_t, std::string>> rows;
  for (const auto& [node, count] : assigned) {
    rows.emplace_back(count, node);
    total += count;
  }
  if (rows.empty()) return;
  std::sort(rows.rbegin(), rows.rend());
  context.note("after {} requests {} carries {} ({}), {} carries {}", total, rows.front().second,
               rows.front().first, percent_of(rows.front().first, total), rows.back().second,
               rows.back().first);
}

// --- The writer ---

void Writer::on_start(RingContext& context, std::span<const RingProtocol::Record> /*disk*/) {
  context.set_timer(NextQuestion{}, starts_after);
}

void Writer::on_timer(RingContext& context, const RingProtocol::Timer& /*timer*/) {
  const bool hears_of_change = !renewed && context.now() >= renewed_after;
  renewed = renewed || hears_of_change;
  view_is_due = view_is_due || hears_of_change;
  if (view_is_due) return send(context, informant, Owners{.keys = keys});
  if (!outstanding && written == puts) return context.emit(Finished{puts});
  if (!outstanding) {
    const std::string& key = keys.list[context.random().below(keys.list.size())];
    outstanding = Put{.key = key, .value = written + 1, .version = 0};
  }
  outstanding->version = version;
  send(context, owner_of(outstanding->key), *outstanding);
}

void Writer::send(RingContext& context, NodeId to, RingProtocol::Message message) {
  ++request;
  std::visit([this](auto& one) { one.request = request; }, message);
  context.send(to, std::move(message));
  context.set_timer(AnswerTimeout{}, answer_timeout);
}

void Writer::on_message(RingContext& context, NodeId from, const RingProtocol::Message& message) {
  if (number_of(message) != request) return;  // an answer that came after its time
  context.cancel_timer(AnswerTimeout{});
  if (const auto* const view = std::get_if<OwnersReply>(&message)) return take(context, *view);
  if (const auto* const reply = std::get_if<PutReply>(&message)) take(context, from, *reply);
}

void Writer::take(RingContext& context, const OwnersReply& reply) {
  const bool is_news = version != reply.version;
  owners.clear();
  for (const auto& owner : reply.owners) owners.push_back(owner.value_or(""));
  version = reply.version;
  view_is_due = false;
  if (is_news) context.note("goes by ring version {} from now on", version);
  context.set_timer(NextQuestion{}, pause);
}

void Writer::take(RingContext& context, NodeId from, const PutReply& reply) {
  if (!outstanding) return;
  if (reply.status == PutStatus::accepted) {
    context.note("{} := {} at {}, by ring version {}", outstanding->key, outstanding->value, from,
                 version);
    outstanding.reset();
    ++written;
  } else {
    context.note("{} refuses {}: its ring has version {}, mine {}", from, outstanding->key,
                 reply.version, version);
    view_is_due = true;
  }
  context.set_timer(NextQuestion{}, pause);
}

// Without an owner in its view it asks the informant, who will say why not.
NodeId Writer::owner_of(const std::string& key) const {
  const auto place = static_cast<std::size_t>(std::find(keys.list.begin(), keys.list.end(), key) -
                                              keys.list.begin());
  if (place >= owners.size()) return informant;
  return parse_node_id(owners[place]).value_or(informant);
}

}  // namespace dsys::hashring
