"""A node with a consistent-hash ring (Karger et al. 1997): it says where keys belong, and stores
those that belong to itself.

Virtual nodes and weights, replicas (DeCandia et al. 2007, 4.2), bounded loads (Mirrokni, Thorup,
Zadimoghaddam 2017), and versions that keep clients with another view from writing.

Invariant: the points follow from the members' names and weights alone, so that two processes with
equal members place every key equally, whatever happened before.
"""

import argparse
import hashlib
from bisect import bisect_left

from dsys import Node, run
from messages import (AssignReply, Joined, Left, MembershipReply, OwnersReply, PointsReply,
                      Positions, PositionsReply, PutReply, ReplicasReply, Stored)

WEIGHT_MAX = 1000


# --- Positions ---

class Circle(dict):
    """The positions of labels and keys, in [0, 2^64): text -> position, each hashed once.

    The hash mixes every bit, and is the same in every process: Python's hash() is neither.
    """

    def __init__(self, hash_name, seed, pins):
        super().__init__((pin.text, pin.position) for pin in pins)
        start = hashlib.new(hash_name, seed.to_bytes(8, "big"))
        self._copy_of_start = start.copy

    def __missing__(self, text):
        hashed = self._copy_of_start()
        hashed.update(text.encode())
        position = self[text] = int.from_bytes(hashed.digest()[:8], "big")
        return position


# --- The ring ---

class Ring:
    """Members and their points; point i of a member lies where its label `name#i` is hashed to."""

    def __init__(self, circle, virtual_nodes):
        self.circle = circle
        self.virtual_nodes = virtual_nodes
        self.weights = {}     # name -> weight, of members
        self._points = []     # (position, name, i), sorted: a total order, so ties are settled
        self._positions = []  # of the points, for the search
        self._names = []      # of the points, and the first once more: past the last one it wraps

    def add(self, name, weight):
        """False if there is a member of that name already."""
        if name in self.weights:
            return False
        self.weights[name] = weight
        self._points += ((self.circle[f"{name}#{i}"], name, i)
                         for i in range(self.virtual_nodes * weight))
        self._points.sort()  # two sorted runs at most: a merge
        self._index()
        return True

    def remove(self, name):
        """False if there is no member of that name."""
        if self.weights.pop(name, None) is None:
            return False
        # By name, not by position: another member's point may lie on the same one.
        self._points = [point for point in self._points if point[1] != name]
        self._index()
        return True

    def owner(self, key):
        """The node of the first point at or after the key's position; None on an empty ring."""
        if not self._points:
            return None
        return self._names[bisect_left(self._positions, self.circle[key])]

    def clockwise_from(self, key):
        """The nodes of all points, in the order in which a walk from the key meets them."""
        start = bisect_left(self._positions, self.circle[key])
        count = len(self._positions)
        for place in range(start, start + count):
            yield self._names[place % count]

    def replicas(self, key, count):
        """The owner, and the next different nodes clockwise: `count`, or as many as there are."""
        wanted = min(count, len(self.weights))
        chosen = {}  # a dict keeps the order
        for name in self.clockwise_from(key):
            if len(chosen) == wanted:
                break
            chosen[name] = True
        return list(chosen)

    def points(self):
        return [{"position": position, "node": name} for position, name, _ in self._points]

    def _index(self):
        self._positions = [point[0] for point in self._points]
        self._names = [point[1] for point in self._points]
        self._names += self._names[:1]


class BoundedLoads:
    """After m assignments no node carries more than its share of them times `percent` / 100."""

    def __init__(self, percent):
        self.percent = percent
        self.loads = {}
        self.assigned = 0

    def assign(self, ring, key):
        """The first node clockwise with room, which carries one more from now on."""
        total_weight = sum(ring.weights.values())
        for name in ring.clockwise_from(key):
            if self.loads.get(name, 0) < self.capacity(ring.weights[name], total_weight):
                self.loads[name] = self.loads.get(name, 0) + 1
                self.assigned += 1
                return name
        return None

    def capacity(self, weight, total_weight):
        """ceil(c * m * weight / total weight), with the assignment under way counted in m."""
        return -(-self.percent * (self.assigned + 1) * weight // (100 * total_weight))

    def forget(self, name):
        self.assigned -= self.loads.pop(name, 0)


# --- The node ---

class RingNode(Node):
    def __init__(self, hash_name):
        self.hash_name = hash_name

        # On disk: must survive a crash. The points follow from the members.
        self.ring = None
        self.version = 0
        self.values = {}

        # In memory: ends with the process.
        self.joining = {}  # name -> (weight, address), of joins whose points are arriving
        self.loads = None

    def on_start(self, disk):
        circle = Circle(self.hash_name, self.config.hash_seed, self.config.pins)
        self.ring = Ring(circle, self.config.virtual_nodes)
        self.loads = BoundedLoads(self.config.load_percent)
        for record in disk:
            self.recover(record)
        if disk:
            self.sync()  # what a crashed process had not synced counts from now on

    def recover(self, record):
        if isinstance(record, Stored):
            self.values[record.key] = record.value
            return
        if isinstance(record, Joined):
            self.ring.add(record.name, record.weight)
        else:
            self.ring.remove(record.name)
        self.version = max(self.version, record.version)

    # --- The membership changes: a repeated change finds its work done and is confirmed again ---

    def on_AddNode(self, sender, message):
        self.join(message.name, message.weight, message.address, message.version)
        self.confirm(sender, message)

    def on_RemoveNode(self, sender, message):
        self.joining.pop(message.name, None)
        self.version = max(self.version, message.version)
        if self.ring.remove(message.name):
            self.loads.forget(message.name)
            self.write(Left(name=message.name, version=self.version))
            self.sync()
            self.note(f"{message.name} leaves the ring (version {self.version})")
        self.confirm(sender, message)

    # Lookups must never see half a join. As the points follow from name and weight, it is enough
    # to remember these until all is there; half a join is worth nothing after a crash.
    def on_JoinPart(self, sender, message):
        self.joining[message.name] = (message.weight, message.address)
        self.confirm(sender, message)

    def on_CompleteJoin(self, sender, message):
        if message.name in self.ring.weights:
            self.version = max(self.version, message.version)
        elif message.name in self.joining:  # else a crash took the parts: they have to come again
            weight, address = self.joining[message.name]
            self.join(message.name, weight, address, message.version)
        self.confirm(sender, message)

    def join(self, name, weight, address, version):
        self.joining.pop(name, None)
        is_valid = name != "" and 1 <= weight <= WEIGHT_MAX
        if not is_valid:
            return
        self.version = max(self.version, version)
        if self.ring.add(name, weight):
            self.write(Joined(name=name, weight=weight, address=address, version=self.version))
            self.sync()
            self.note(f"{name} joins the ring (version {self.version})")

    def confirm(self, sender, message):
        self.send(sender, MembershipReply(request=message.request, version=self.version))

    # --- Somebody asks ---

    def on_Owners(self, sender, message):
        owners = [self.ring.owner(key) for key in texts_of(message.keys)]
        self.send(sender, OwnersReply(request=message.request, version=self.version,
                                      owners=owners))

    def on_Replicas(self, sender, message):
        nodes = [self.ring.replicas(key, message.count) for key in texts_of(message.keys)]
        self.send(sender, ReplicasReply(request=message.request, nodes=nodes))

    def on_Assign(self, sender, message):
        nodes = [self.loads.assign(self.ring, key) for key in texts_of(message.keys)]
        self.send(sender, AssignReply(request=message.request, nodes=nodes))

    def on_Points(self, sender, message):
        self.send(sender, PointsReply(request=message.request, points=self.ring.points()))

    def on_Positions(self, sender, message):
        positions = [self.ring.circle[key] for key in texts_of(message.keys)]
        self.send(sender, PositionsReply(request=message.request, positions=positions))

    # --- Somebody writes ---

    def on_Put(self, sender, message):
        status = self.judge(message)
        if status == "accepted":
            self.values[message.key] = message.value
            self.write(Stored(key=message.key, value=message.value))
            self.sync()
        self.send(sender, PutReply(request=message.request, status=status, version=self.version))

    def judge(self, put):
        """By the same ring only: an older one writes where nobody reads, a newer one knows of a
        change that this node has yet to hear of."""
        if put.version != self.version:
            return "other_version"
        return "accepted" if self.ring.owner(put.key) == self.name else "not_owner"


def texts_of(keys):
    """The keys of the list, then the numbered ones."""
    numbers = range(keys.first, keys.first + keys.count)
    return [*keys.list, *(f"{keys.prefix}{number}" for number in numbers)]


def hash_from_command_line():
    parser = argparse.ArgumentParser(description="A node with a hash ring for dsys.")
    parser.add_argument("--hash", choices=["blake2b", "sha256"], default="blake2b")
    return parser.parse_args().hash


if __name__ == "__main__":
    run(lambda: RingNode(hash_from_command_line()))
