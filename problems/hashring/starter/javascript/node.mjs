// Your node with a hash ring. It runs as it is, and does nothing yet.
//
// EXERCISE.md says what it must do, messages.mjs what it exchanges with the world, dsys.mjs what
// `this` can do. Fill the handlers in, from top to bottom, and grade each stage when you think that
// it is done: dsys hashring grade --stage 1
//
// Positions take all 64 bits: keep them as BigInts. A pin may come with a small position, and that
// one is a Number: BigInt(pin.position) is right for both. BigInt.asUintN(64, ...) cuts a product.

import { Node, run } from "./dsys.mjs";
import {
  AssignReply, Joined, Left, MembershipReply, OwnersReply, PlacedPoint, PointsReply,
  PositionsReply, PutReply, PutStatus, ReplicasReply, Stored,
} from "./messages.mjs";

class RingNode extends Node {
  // --- On disk, before a change or a write is confirmed: the members with their weights, ... ---
  version = 0;
  values = new Map();

  // --- In memory: the points, which follow from the members; joins under way; loads ---

  // An empty ring of this.config; stage 3: the members that the disk kept, one record at a time.
  onStart(disk) {
    for (const record of disk) {
      if (record instanceof Joined) {
      } else if (record instanceof Left) {
      } else if (record instanceof Stored) {
      }
    }
  }

  // --- Stage 1: owners ---

  // Where a label or a key lies: at its pin, if it has one, else at its hash.
  position(text) {
    return 0n;
  }

  // The node of the first point at or after the key's position; mind both ends of the list.
  owner(key) {
    return null;
  }

  // Its points, by label. Write Joined and sync, then MembershipReply. The same request may come
  // again.
  onAddNode(from, message) {}

  onOwners(from, message) {}

  // All points, in the order in which lookups meet them.
  onPoints(from, message) {}

  onPositions(from, message) {}

  // --- Stage 2: joins and leaves ---

  // Its points and no others. Write Left and sync, then MembershipReply.
  onRemoveNode(from, message) {}

  // --- Stage 3, the same everywhere, and stage 4, balance: no new messages ---

  // --- Stage 5: replicas, load, views ---

  // Walk on clockwise: different nodes, the owner first.
  onReplicas(from, message) {}

  // Walk on clockwise: the first node that has room.
  onAssign(from, message) {}

  // Lookups must not see half a join. MembershipReply all the same.
  onJoinPart(from, message) {}

  // Now they must see all of it.
  onCompleteJoin(from, message) {}

  // The same version? This node's key? Then write Stored and sync, and answer.
  onPut(from, message) {}
}

// The keys of the list, then the numbered ones.
function textsOf(keys) {
  const numbered = Array.from({ length: keys.count }, (_, i) => `${keys.prefix}${keys.first + i}`);
  return [...keys.list, ...numbered];
}

run(RingNode);
