#include "problems/lock/two_steps.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace dsys::lock {
namespace {

using LockNode = Node<LockProtocol>;

class TwoSteps final : public LockNode {
 public:
  explicit TwoSteps(std::unique_ptr<LockNode> client) : client_(std::move(client)) {}

  void on_start(LockContext& context, std::span<const Record> disk) override {
    client_->on_start(context, disk);
  }

  void on_timer(LockContext& context, const Timer& timer) override {
    client_->on_timer(context, timer);
    take_apart(context);
  }

  void on_message(LockContext& context, NodeId from, const Message& message) override {
    const auto* const looked = std::get_if<RangeResponse>(&message);
    const auto* const put = std::get_if<PutResponse>(&message);
    if (pending_ && looked != nullptr && looked->call == pending_->call) {
      oldest_ = looked->kvs;
      const RequestOp& wanted = pending_->success.front();
      return context.send(from, PutRequest{pending_->call, wanted.key, wanted.value, wanted.lease});
    }
    if (pending_ && put != nullptr && put->call == pending_->call) {
      client_->on_message(context, from, as_transaction(*put));
    } else {
      client_->on_message(context, from, message);
    }
    take_apart(context);
  }

  std::unique_ptr<LockNode> clone() const override {
    auto copy = std::make_unique<TwoSteps>(client_->clone());
    copy->pending_ = pending_;
    copy->oldest_ = oldest_;
    return copy;
  }
  void encode_to(std::string& out) const override {
    client_->encode_to(out);
    encode(out, pending_);
    encode(out, oldest_);
  }

 private:
  // Its own key is the first if there was none when it looked.
  TxnResponse as_transaction(const PutResponse& put) {
    const KeyValue own{.key = pending_->success.front().key, .create_revision = put.revision};
    TxnResponse answer{.call = put.call,
                       .revision = put.revision,
                       .succeeded = true,
                       .responses = {{}, {.kvs = oldest_.empty() ? std::vector{own} : oldest_}},
                       .error = put.error};
    pending_.reset();
    oldest_.clear();
    return answer;
  }

  void take_apart(LockContext& context) {
    for (auto& effect : context.effects()) {
      auto* const sent = std::get_if<Send<LockProtocol>>(&effect);
      auto* const request = sent == nullptr ? nullptr : std::get_if<TxnRequest>(&sent->message);
      const bool puts = request != nullptr && !request->success.empty() &&
                        request->success.front().request == RequestKind::put;
      if (!puts) continue;
      pending_ = *request;
      const RequestOp& look = pending_->success.back();
      sent->message = RangeRequest{.call = pending_->call,
                                   .key = look.key,
                                   .range_end = look.range_end,
                                   .limit = look.limit,
                                   .sort_order = look.sort_order,
                                   .sort_target = look.sort_target};
    }
  }

  std::unique_ptr<LockNode> client_;
  std::optional<TxnRequest> pending_;
  std::vector<KeyValue> oldest_;
};

}  // namespace

NodeFactory<LockProtocol> in_two_steps(NodeFactory<LockProtocol> client) {
  return [client = std::move(client)]() -> std::unique_ptr<LockNode> {
    return std::make_unique<TwoSteps>(client());
  };
}

}  // namespace dsys::lock
