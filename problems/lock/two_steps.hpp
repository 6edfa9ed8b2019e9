// A client that looks first and puts then: its transaction, taken apart into two calls.
#pragma once

#include "common/core/node.hpp"
#include "problems/lock/messages.hpp"

namespace dsys::lock {

// Stands between the client and the store. The transaction that puts the key and reads the oldest
// one goes out as a range request, and then a put. The client is answered as if it were one step.
NodeFactory<LockProtocol> in_two_steps(NodeFactory<LockProtocol> client);

}  // namespace dsys::lock
