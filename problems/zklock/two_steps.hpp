// Clients that give the lock back in another way: the deletion of their znode, taken apart.
#pragma once

#include "common/core/node.hpp"
#include "problems/zklock/messages.hpp"

#include <cstdint>

namespace dsys::zklock {

enum class Unlocking : std::uint8_t {
  own_znode,      // as the reference does
  lowest_znode,   // asks for the queue, and deletes the first in it, whoever's it is
  close_session,  // and all that hangs on the session with it
};

// Stands between the client and the ensemble. The client is answered as if its own znode had been
// deleted.
NodeFactory<LockProtocol> unlocking_by(Unlocking unlocking, NodeFactory<LockProtocol> client);

}  // namespace dsys::zklock
