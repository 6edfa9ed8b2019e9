"""A node with a consistent-hash ring: your answer. It runs as it is, and answers nobody yet.

EXERCISE.md says what it must do, dsys.py what `self` can do. Fill the handlers from top to bottom,
and grade each stage when you think it is done: dsys hashring grade --stage 1
"""

from dsys import Message, Node, Record, Value, run


# --- The membership ---

class AddNode(Message):
    request = 0
    name = ""
    weight = 1
    address = ""
    version = 0


class RemoveNode(Message):
    request = 0
    name = ""
    version = 0


class JoinPart(Message):
    request = 0
    name = ""
    weight = 1
    address = ""
    first = 0
    count = 0


class CompleteJoin(Message):
    request = 0
    name = ""
    version = 0


class MembershipReply(Message):
    request = 0
    version = 0


# --- Questions and answers ---

class Keys(Value):  # the keys of the list, then prefix + number for `count` numbers from `first` on
    list = ()
    prefix = ""
    first = 0
    count = 0


class PlacedPoint(Value):
    position = 0
    node = ""


class Owners(Message):
    request = 0
    keys = Keys()


class OwnersReply(Message):
    request = 0
    version = 0
    owners = ()  # a name or None for each key


class Points(Message):
    request = 0


class PointsReply(Message):
    request = 0
    points = ()


class Positions(Message):
    request = 0
    keys = Keys()


class PositionsReply(Message):
    request = 0
    positions = ()


class Replicas(Message):
    request = 0
    keys = Keys()
    count = 3


class ReplicasReply(Message):
    request = 0
    nodes = ()  # a list of names for each key


class Assign(Message):
    request = 0
    keys = Keys()


class AssignReply(Message):
    request = 0
    nodes = ()  # a name or None for each key


class Put(Message):
    request = 0
    key = ""
    value = 0
    version = 0


class PutReply(Message):
    request = 0
    status = "accepted"  # or "other_version", "not_owner"
    version = 0


# --- What goes to the disk ---

class Joined(Record):
    name = ""
    weight = 1
    address = ""
    version = 0


class Left(Record):
    name = ""
    version = 0


class Stored(Record):
    key = ""
    value = 0


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
