#include "problems/lock/scenarios/cast.hpp"

#include "problems/lock/given/store.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

namespace dsys::lock {
namespace {

// The resource tells at its start what each client is asked to do: a judge sees no configuration.
class Announcing final : public Node<LockProtocol> {
 public:
  using Record = LockProtocol::Record;

  Announcing(std::unique_ptr<Node<LockProtocol>> node, std::vector<Task> tasks)
      : node_(std::move(node)), tasks_(std::move(tasks)) {}

  void on_start(LockContext& context, std::span<const Record> disk) override {
    for (const Task& task : tasks_) context.emit(task);
    node_->on_start(context, disk);
  }
  void on_message(LockContext& context, NodeId from, const Message& message) override {
    node_->on_message(context, from, message);
  }
  void on_timer(LockContext& context, const Timer& timer) override {
    node_->on_timer(context, timer);
  }
  std::unique_ptr<Node<LockProtocol>> clone() const override { return like(node_->clone()); }
  void encode_to(std::string& out) const override { node_->encode_to(out); }
  std::unique_ptr<Node<LockProtocol>> renamed(const Renaming& names) const override {
    return like(node_->renamed(names));
  }

 private:
  std::unique_ptr<Node<LockProtocol>> like(std::unique_ptr<Node<LockProtocol>> node) const {
    if (node == nullptr) return nullptr;
    return std::make_unique<Announcing>(std::move(node), tasks_);
  }

  std::unique_ptr<Node<LockProtocol>> node_;
  std::vector<Task> tasks_;
};

NodeId client_name(std::size_t i) {
  return node_id('n', static_cast<std::uint32_t>(i + 1));
}

Cast cast_with(NodeFactory<LockProtocol> store, const Players& implementation,
               const std::vector<LockConfig>& clients) {
  const LockConfig given;
  std::vector<Task> tasks;
  Cast cast;
  cast.push_back({given.store, std::move(store)});
  cast.push_back({});  // the resource: it must know the others' tasks
  for (std::size_t i = 0; i < clients.size(); ++i) {
    const LockConfig& config = clients[i];
    tasks.push_back({.client = client_name(i),
                     .first_after = config.first_after,
                     .rounds = config.rounds,
                     .pause_between = config.pause_between,
                     .increments = config.increments,
                     .hold_max = config.hold_max});
    cast.push_back({client_name(i), implementation(client_name(i), config)});
  }
  cast[1] = {given.resource,
             [resource = implementation(given.resource, given),
              tasks = std::move(tasks)]() -> std::unique_ptr<Node<LockProtocol>> {
               return std::make_unique<Announcing>(resource(), tasks);
             }};
  return cast;
}

}  // namespace

Cast cast_of(const Players& implementation, const std::vector<LockConfig>& clients) {
  const LockConfig given;
  return cast_with(implementation(given.store, given), implementation, clients);
}

Cast cast_with_compaction(const Players& implementation, const std::vector<LockConfig>& clients) {
  return cast_with(factory_of<LockProtocol>(Store{.config = {}, .forgets_at_once = true}),
                   implementation, clients);
}

std::vector<LockConfig> clients(unsigned count, Duration apart, const LockConfig& config) {
  std::vector<LockConfig> all(count, config);
  for (unsigned i = 0; i < count; ++i) all[i].first_after += i * apart;
  return all;
}

Ids safety_and(const Ids& others) {
  return check::ids_of(properties(), check::PropertyKind::always, others);
}

}  // namespace dsys::lock
