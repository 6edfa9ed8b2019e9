#include "problems/hashring/exhibit/published.hpp"

#include <utility>

namespace dsys::hashring {

PublishedRing::PublishedRing(Ring ring)
    : current_(std::make_shared<const RingSnapshot>(
          RingSnapshot{.version = 0, .ring = std::move(ring)})) {}

std::shared_ptr<const RingSnapshot> PublishedRing::snapshot() const {
  const std::lock_guard<std::mutex> lock(pointer_mutex_);
  return current_;
}

void PublishedRing::change(const std::function<void(Ring&)>& edit) {
  const std::lock_guard<std::mutex> turn(writer_mutex_);
  RingSnapshot next = *snapshot();
  edit(next.ring);
  ++next.version;
  std::shared_ptr<const RingSnapshot> published =
      std::make_shared<const RingSnapshot>(std::move(next));
  const std::lock_guard<std::mutex> lock(pointer_mutex_);
  current_.swap(published);  // the old snapshot is freed after the lock, if no reader holds it
}

}  // namespace dsys::hashring
