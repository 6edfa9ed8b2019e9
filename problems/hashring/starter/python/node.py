"""A node with a consistent-hash ring: your answer. It runs as it is, and answers nobody yet.

EXERCISE.md says what it must do, messages.py what it exchanges with the world, dsys.py what `self`
can do. Fill the handlers from top to bottom, and grade each stage when you think it is done:
dsys hashring grade --stage 1
"""

from dsys import Node, run
from messages import *


class RingNode(Node):

    def on_start(self, disk):
        pass  # An empty ring of self.config; stage 3: the members that the disk kept.

    # --- Stage 1: owners ---

    def on_AddNode(self, sender, message):
        pass  # Its points, by label; write and sync Joined; answer MembershipReply.

    def on_Owners(self, sender, message):
        pass  # For each key the first point at or after its position; mind both ends of the list.

    def on_Points(self, sender, message):
        pass  # All points, in the order in which lookups meet them.

    def on_Positions(self, sender, message):
        pass  # Where your hash, or a pin, puts these keys.

    # --- Stage 2: joins and leaves ---

    def on_RemoveNode(self, sender, message):
        pass  # Its points and no others; write and sync Left; answer MembershipReply.

    # --- Stage 3, the same everywhere, and stage 4, balance: no new messages ---

    # --- Stage 5: replicas, load, views ---

    def on_Replicas(self, sender, message):
        pass  # Walk on clockwise: different nodes, the owner first.

    def on_Assign(self, sender, message):
        pass  # Walk on clockwise: the first node that has room.

    def on_JoinPart(self, sender, message):
        pass  # Lookups must not see half a join. Answer MembershipReply all the same.

    def on_CompleteJoin(self, sender, message):
        pass  # Now they must see all of it.

    def on_Put(self, sender, message):
        pass  # Same version? My key? Then write and sync Stored, and answer.


if __name__ == "__main__":
    run(RingNode)
