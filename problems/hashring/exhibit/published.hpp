// A ring for many readers and some writers: how a process that looks up from many threads uses it.
#pragma once

#include "problems/hashring/ring.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

namespace dsys::hashring {

struct RingSnapshot {
  std::uint64_t version = 0;  // grows by one with each change
  Ring ring;
};

// A snapshot never changes: a writer copies it, changes the copy, and swaps the pointer. A reader
// keeps what it has for as long as it likes.
class PublishedRing {
 public:
  explicit PublishedRing(Ring ring);

  std::shared_ptr<const RingSnapshot> snapshot() const;

  // Writers take turns, readers are not held up while the copy is changed.
  void change(const std::function<void(Ring&)>& edit);

 private:
  // Guards only the copying of the pointer. Standard libraries without atomic<shared_ptr> lock
  // in the free functions too, and a reader that looks up many keys takes one snapshot for all.
  mutable std::mutex pointer_mutex_;
  std::mutex writer_mutex_;
  std::shared_ptr<const RingSnapshot> current_;
};

}  // namespace dsys::hashring
