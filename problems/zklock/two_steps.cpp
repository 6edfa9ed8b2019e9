#include "problems/zklock/two_steps.hpp"

#include "problems/zklock/rules.hpp"
#include "problems/zklock/tree.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace dsys::zklock {
namespace {

using LockNode = Node<LockProtocol>;

class TwoSteps final : public LockNode {
 public:
  TwoSteps(Unlocking unlocking, std::unique_ptr<LockNode> client)
      : unlocking_(unlocking), client_(std::move(client)) {}

  void on_start(LockContext& context, std::span<const Record> disk) override {
    client_->on_start(context, disk);
  }

  void on_timer(LockContext& context, const Timer& timer) override {
    client_->on_timer(context, timer);
    take_apart(context);
  }

  void on_message(LockContext& context, NodeId from, const Message& message) override {
    Message answer = message;
    std::visit([](auto& one) { renumber(one, [](Call call) { return call / 2; }); }, answer);
    const auto* const listed = std::get_if<GetChildrenResponse>(&answer);
    const auto* const closed = std::get_if<CloseSessionResponse>(&answer);
    if (pending_ && listed != nullptr && listed->call == pending_->call) {
      return remove_first(context, from, listed->children);
    }
    if (pending_ && closed != nullptr && closed->call == pending_->call) {
      answer = DeleteResponse{pending_->call, closed->zxid};
      pending_.reset();
    }
    client_->on_message(context, from, answer);
    take_apart(context);
  }

  std::unique_ptr<LockNode> clone() const override {
    auto copy = std::make_unique<TwoSteps>(unlocking_, client_->clone());
    copy->pending_ = pending_;
    return copy;
  }
  void encode_to(std::string& out) const override {
    client_->encode_to(out);
    encode(out, pending_);
  }

 private:
  // The client has the even numbers, so that there is one left for the deletion.
  template <typename Any, typename Change>
  static void renumber(Any& message, Change change) {
    if constexpr (requires { message.call; }) message.call = change(message.call);
  }

  void remove_first(LockContext& context, NodeId from, const std::vector<std::string>& children) {
    const Queue queue = queue_of(children, reference_rules);
    const std::string first = queue.empty() ? std::string() : queue.front().name;
    const std::string directory = parent_of(pending_->path);
    context.send(from, DeleteRequest{2 * pending_->call + 1, child_of(directory, first)});
    pending_.reset();
  }

  void take_apart(LockContext& context) {
    for (auto& effect : context.effects()) {
      auto* const sent = std::get_if<Send<LockProtocol>>(&effect);
      if (sent == nullptr) continue;
      const auto* const request = std::get_if<DeleteRequest>(&sent->message);
      if (request != nullptr) {
        pending_ = *request;
        sent->message = first_step(*request);
      }
      std::visit([](auto& one) { renumber(one, [](Call call) { return call * 2; }); },
                 sent->message);
    }
  }

  Message first_step(const DeleteRequest& request) const {
    if (unlocking_ == Unlocking::close_session) return CloseSessionRequest{request.call};
    return GetChildrenRequest{request.call, parent_of(request.path)};
  }

  Unlocking unlocking_;
  std::unique_ptr<LockNode> client_;
  std::optional<DeleteRequest> pending_;
};

}  // namespace

NodeFactory<LockProtocol> unlocking_by(Unlocking unlocking, NodeFactory<LockProtocol> client) {
  return [unlocking, client = std::move(client)]() -> std::unique_ptr<LockNode> {
    return std::make_unique<TwoSteps>(unlocking, client());
  };
}

}  // namespace dsys::zklock
