// A node with a consistent-hash ring (Karger et al. 1997): virtual nodes, weights, preference lists
// (DeCandia et al. 2007) and bounded loads (Mirrokni, Thorup, Zadimoghaddam 2017).
//
// Invariants:
//   1. The points follow from the members alone, sorted by (position, name): nodes with equal
//      members give every key the same owner, whatever happened before.
//   2. The version never decreases.
//   3. A change or a write that was confirmed is on the disk.

import { createHash } from "node:crypto";
import { Node, run } from "./dsys.mjs";
import {
  AssignReply, Joined, Left, MembershipReply, OwnersReply, PlacedPoint, PointsReply,
  PositionsReply, PutReply, PutStatus, ReplicasReply, Stored,
} from "./messages.mjs";

// A heavier member is refused: each unit of weight costs as many points as there are virtual nodes.
const weightMax = 1000;

// --- Positions ---

// Where labels and keys lie, in [0, 2^64): the first eight bytes of SHA-256, each computed once. It
// mixes every bit, and is the same in every process.
class Circle {
  constructor(hashSeed, pins) {
    this.seed = String(hashSeed);
    this.positions = new Map(pins.map((pin) => [pin.text, BigInt(pin.position)]));
  }

  position(text) {
    let position = this.positions.get(text);
    if (position === undefined) {
      position = createHash("sha256").update(`${this.seed}:${text}`).digest().readBigUInt64BE();
      this.positions.set(text, position);
    }
    return position;
  }
}

// --- The ring ---

const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
const compareNames = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)); // as bytes

// Points on one position all stay, and the first by name owns it.
const comparePoints = (a, b) =>
  compare(a.position, b.position) || compareNames(a.node, b.node) || a.index - b.index;

class Ring {
  members = new Map(); // name -> { weight, address }
  points = []; // { position, node, index }, sorted
  totalWeight = 0;

  constructor(circle, virtualNodes) {
    this.circle = circle;
    this.virtualNodes = virtualNodes;
  }

  // False, and nothing changes, if the member is not valid or its name is taken.
  add(name, { weight, address }) {
    const isValid = name !== "" && weight >= 1 && weight <= weightMax;
    if (!isValid || this.members.has(name)) return false;
    this.members.set(name, { weight, address });
    this.totalWeight += weight;
    for (let index = 0; index < this.virtualNodes * weight; index++) {
      this.points.push({ position: this.circle.position(`${name}#${index}`), node: name, index });
    }
    this.points.sort(comparePoints);
    return true;
  }

  // Takes the points of this member; a neighbour on the same position keeps its own.
  remove(name) {
    if (!this.members.has(name)) return false;
    this.totalWeight -= this.members.get(name).weight;
    this.members.delete(name);
    this.points = this.points.filter((point) => point.node !== name);
    return true;
  }

  // The place of the first point at or after the key's position.
  firstFrom(key) {
    const position = this.circle.position(key);
    let low = 0;
    let high = this.points.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.points[middle].position < position) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  // The nodes of all points, clockwise and once around; past the last point the circle closes.
  *clockwiseFrom(key) {
    const first = this.firstFrom(key);
    for (let step = 0; step < this.points.length; step++) {
      yield this.points[(first + step) % this.points.length].node;
    }
  }

  owner(key) {
    for (const node of this.clockwiseFrom(key)) return node;
    return null;
  }

  // The preference list: the owner, then the next different nodes clockwise.
  replicas(key, count) {
    const wanted = Math.min(count, this.members.size);
    const names = new Set();
    for (const node of this.clockwiseFrom(key)) {
      if (names.size === wanted) break;
      names.add(node);
    }
    return [...names];
  }
}

// --- Bounded loads ---

// Counts what each node carries, and sends a key past the nodes that are full.
class Loads {
  of = new Map();
  assigned = 0; // the sum of the loads

  constructor(percent) {
    this.percent = percent;
  }

  assign(ring, key) {
    for (const node of ring.clockwiseFrom(key)) {
      const load = this.of.get(node) ?? 0;
      if (load >= this.capacity(ring, node)) continue;
      this.of.set(node, load + 1);
      this.assigned++;
      return node;
    }
    return null;
  }

  // ceil(c m w / W), with the key that is being placed among the m: for equal weights ceil(c m /
  // n). With c >= 1 somebody always has room.
  capacity(ring, node) {
    const dividend = this.percent * (this.assigned + 1) * ring.members.get(node).weight;
    const divisor = 100 * ring.totalWeight;
    return Math.floor((dividend + divisor - 1) / divisor);
  }

  // Of a node that left: what it carried ended with it.
  forget(node) {
    this.assigned -= this.of.get(node) ?? 0;
    this.of.delete(node);
  }
}

// --- The node ---

class RingNode extends Node {
  // --- On disk, before a change or a write is confirmed; the points follow from the members ---
  ring = null;
  version = 0;
  values = new Map();

  // --- In memory: after a crash a join begins again, and nothing is carried any more ---
  joining = new Map(); // name -> { weight, address }
  loads = null;

  onStart(disk) {
    const { hashSeed, pins, virtualNodes, loadPercent } = this.config;
    this.ring = new Ring(new Circle(hashSeed, pins), virtualNodes);
    this.loads = new Loads(loadPercent);
    for (const record of disk) this.recover(record);
    // The last records may have been written and never synced.
    if (disk.length > 0) this.sync();
  }

  recover(record) {
    if (record instanceof Stored) {
      this.values.set(record.key, record.value);
      return;
    }
    if (record instanceof Joined) {
      this.ring.add(record.name, record);
    } else {
      this.ring.remove(record.name);
    }
    this.learn(record.version);
  }

  // --- The membership changes ---

  // A change that comes a second time finds its work done, and is confirmed again.
  onAddNode(from, { request, name, weight, address, version }) {
    this.join(name, { weight, address }, version);
    this.confirm(from, request);
  }

  onRemoveNode(from, { request, name, version }) {
    this.joining.delete(name);
    this.loads.forget(name);
    const hasLeft = this.ring.remove(name);
    const isLater = this.learn(version);
    if (hasLeft || isLater) {
      this.write(new Left({ name, version: this.version }));
      this.sync();
      this.note(`${name} leaves: ${this.ring.points.length} points, version ${this.version}`);
    }
    this.confirm(from, request);
  }

  // The points follow from name and weight, so a part tells nothing but who is about to join. All
  // of them appear at once, with CompleteJoin: a lookup must never meet half a join. Nothing is
  // written, because half a join is worth nothing after a crash.
  onJoinPart(from, { request, name, weight, address }) {
    if (!this.ring.members.has(name)) this.joining.set(name, { weight, address });
    this.confirm(from, request);
  }

  onCompleteJoin(from, { request, name, version }) {
    const member = this.joining.get(name) ?? this.ring.members.get(name);
    if (member !== undefined) this.join(name, member, version); // else the parts have to come again
    this.confirm(from, request);
  }

  join(name, { weight, address }, version) {
    this.joining.delete(name);
    const isNew = this.ring.add(name, { weight, address });
    const isLater = this.learn(version);
    if (!isNew && !isLater) return;
    this.write(new Joined({ name, weight, address, version: this.version }));
    this.sync();
    this.note(`${name} joins: ${this.ring.points.length} points, version ${this.version}`);
  }

  learn(version) {
    const isLater = version > this.version;
    if (isLater) this.version = version;
    return isLater;
  }

  confirm(to, request) {
    this.send(to, new MembershipReply({ request, version: this.version }));
  }

  // --- Somebody asks ---

  onOwners(from, { request, keys }) {
    const owners = textsOf(keys).map((key) => this.ring.owner(key));
    this.send(from, new OwnersReply({ request, version: this.version, owners }));
  }

  onReplicas(from, { request, keys, count }) {
    const nodes = textsOf(keys).map((key) => this.ring.replicas(key, count));
    this.send(from, new ReplicasReply({ request, nodes }));
  }

  onAssign(from, { request, keys }) {
    const nodes = textsOf(keys).map((key) => this.loads.assign(this.ring, key));
    this.send(from, new AssignReply({ request, nodes }));
  }

  onPoints(from, { request }) {
    const points = this.ring.points.map(({ position, node }) =>
      new PlacedPoint({ position, node }));
    this.send(from, new PointsReply({ request, points }));
  }

  onPositions(from, { request, keys }) {
    const positions = textsOf(keys).map((key) => this.ring.circle.position(key));
    this.send(from, new PositionsReply({ request, positions }));
  }

  // --- Somebody writes ---

  onPut(from, { request, key, value, version }) {
    const status = this.judge(key, version);
    if (status === PutStatus.accepted) {
      this.values.set(key, value);
      this.write(new Stored({ key, value }));
      this.sync();
    }
    this.send(from, new PutReply({ request, status, version: this.version }));
  }

  // Only by the same ring, in either direction: one of us has yet to hear of a change.
  judge(key, version) {
    if (version !== this.version) return PutStatus.otherVersion;
    return this.ring.owner(key) === this.name ? PutStatus.accepted : PutStatus.notOwner;
  }
}

// The keys of the list, then the numbered ones.
function textsOf(keys) {
  const numbered = Array.from({ length: keys.count }, (_, i) => `${keys.prefix}${keys.first + i}`);
  return [...keys.list, ...numbered];
}

run(RingNode);
