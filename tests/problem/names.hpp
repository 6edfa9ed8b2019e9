// Nodes by the names that traces give them: n1 is under test, c1 is a client, s1 a server, r1 the
// resource that a lock protects.
#pragma once

#include "common/core/node_id.hpp"

namespace dsys {

constexpr NodeId n1 = node_id('n', 1);
constexpr NodeId n2 = node_id('n', 2);
constexpr NodeId n3 = node_id('n', 3);
constexpr NodeId c1 = node_id('c', 1);
constexpr NodeId s1 = node_id('s', 1);
constexpr NodeId s2 = node_id('s', 2);
constexpr NodeId s3 = node_id('s', 3);
constexpr NodeId r1 = node_id('r', 1);

}  // namespace dsys
