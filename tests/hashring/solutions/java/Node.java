// A node with a consistent-hash ring (Karger et al. 1997): virtual nodes, weights, preference lists
// (DeCandia et al. 2007) and bounded loads (Mirrokni, Thorup, Zadimoghaddam 2017).
//
// Invariants:
//   1. The points follow from the members alone, sorted by (position, name): nodes with equal
//      members give every key the same owner, whatever happened before.
//   2. The version never decreases.
//   3. A change or a write that was confirmed is on the disk.

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

record Member(String name, long weight, String address) {
  // Each unit of weight costs as many points as there are virtual nodes.
  private static final long WEIGHT_MAX = 1000;

  boolean isValid() {
    return !name.isEmpty() && weight >= 1 && weight <= WEIGHT_MAX;
  }
}

/** Where labels and keys lie: a place for each in all 64 bits, at its pin or at its hash. */
final class Circle {
  private final long seed;
  private final Map<String, Long> pins = new HashMap<>();

  Circle(Setup setup) {
    seed = setup.hashSeed();
    for (Pin pin : setup.pins()) pins.put(pin.text(), pin.position());
  }

  long position(String text) {
    Long pin = pins.get(text);
    return pin != null ? pin : mix(fnv1a(text) ^ seed);
  }

  // FNV-1a (RFC 9923) is the same in every process, but texts that differ only at their end stay
  // close together ...
  private static long fnv1a(String text) {
    long hash = 0xcbf29ce484222325L;
    for (byte letter : text.getBytes(StandardCharsets.UTF_8)) {
      hash ^= letter & 0xff;
      hash *= 0x00000100000001b3L;
    }
    return hash;
  }

  // ... so the finaliser of MurmurHash3 spreads every bit over all others.
  private static long mix(long hash) {
    hash ^= hash >>> 33;
    hash *= 0xff51afd7ed558ccdL;
    hash ^= hash >>> 33;
    hash *= 0xc4ceb9fe1a85ec53L;
    return hash ^ hash >>> 33;
  }
}

final class Ring {
  /** A virtual node. Points on one position all stay, and the first by name owns it. */
  private record Point(long position, String node, byte[] name) {
    static final Comparator<Point> ORDER = (one, other) -> {
      int byPosition = Long.compareUnsigned(one.position, other.position);
      return byPosition != 0 ? byPosition : Arrays.compareUnsigned(one.name, other.name);
    };
  }

  final Circle circle;
  private final long virtualNodes;
  private final Map<String, Member> members = new HashMap<>();
  private List<Point> points = new ArrayList<>(); // sorted
  private long totalWeight;

  Ring(Setup setup) {
    circle = new Circle(setup);
    virtualNodes = setup.virtualNodes();
  }

  /** False, and nothing changes, if the member is not valid or its name is taken. */
  boolean add(Member member) {
    if (!member.isValid() || members.containsKey(member.name())) return false;
    members.put(member.name(), member);
    totalWeight += member.weight();
    byte[] name = member.name().getBytes(StandardCharsets.UTF_8);
    for (long i = 0; i < virtualNodes * member.weight(); i++) {
      points.add(new Point(circle.position(member.name() + "#" + i), member.name(), name));
    }
    points.sort(Point.ORDER); // two sorted runs at most
    return true;
  }

  /** Takes the points of this member; a neighbour on the same position keeps its own. */
  boolean remove(String name) {
    Member member = members.remove(name);
    if (member == null) return false;
    totalWeight -= member.weight();
    points.removeIf(point -> point.node().equals(name));
    return true;
  }

  /** Null: there is no such member. */
  Member member(String name) {
    return members.get(name);
  }

  long totalWeight() {
    return totalWeight;
  }

  int size() {
    return points.size();
  }

  List<PlacedPoint> placedPoints() {
    List<PlacedPoint> placed = new ArrayList<>();
    for (Point point : points) placed.add(new PlacedPoint(point.position(), point.node()));
    return placed;
  }

  /** Null: the ring is empty. */
  String owner(String key) {
    return points.isEmpty() ? null : points.get(firstFrom(key) % points.size()).node();
  }

  /** The preference list: the owner, then the next different nodes clockwise. */
  List<String> replicas(String key, long count) {
    long wanted = Math.min(count, members.size());
    Set<String> names = new LinkedHashSet<>();
    walk(key, node -> {
      if (names.size() < wanted) names.add(node);
      return names.size() < wanted;
    });
    return List.copyOf(names);
  }

  /**
   * Visits the nodes of the points clockwise, once around, from the first point at or after the
   * key's position; past the last point the circle closes. It ends when the visitor says false.
   */
  void walk(String key, Predicate<String> visitor) {
    int first = firstFrom(key);
    for (int step = 0; step < points.size(); step++) {
      if (!visitor.test(points.get((first + step) % points.size()).node())) return;
    }
  }

  // The place of the first point at or after the key's position; the number of points: there is
  // none.
  private int firstFrom(String key) {
    long position = circle.position(key);
    int low = 0;
    int high = points.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (Long.compareUnsigned(points.get(middle).position(), position) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}

/** Counts what each node carries, and sends a key past the nodes that are full. */
final class Loads {
  private final long percent;
  private final Map<String, Long> loads = new HashMap<>();
  private long assigned; // the sum of the loads

  Loads(long percent) {
    this.percent = percent;
  }

  /** Null: the ring is empty. */
  String assign(Ring ring, String key) {
    String[] chosen = {null};
    ring.walk(key, node -> {
      if (loads.getOrDefault(node, 0L) < capacity(ring, ring.member(node))) chosen[0] = node;
      return chosen[0] == null;
    });
    if (chosen[0] != null) {
      loads.merge(chosen[0], 1L, Long::sum);
      assigned++;
    }
    return chosen[0];
  }

  // ceil(c m w / W), with the key that is being placed among the m: for equal weights ceil(c m /
  // n). With c >= 1 somebody always has room.
  private long capacity(Ring ring, Member node) {
    long dividend = percent * (assigned + 1) * node.weight();
    long divisor = 100 * ring.totalWeight();
    return (dividend + divisor - 1) / divisor;
  }

  /** Of a node that left: what it carried ended with it. */
  void forget(String name) {
    Long load = loads.remove(name);
    if (load != null) assigned -= load;
  }
}

final class RingNode extends Handlers {
  // --- On disk, before a change or a write is confirmed; the points follow from the members ---
  private Ring ring;
  private long version;
  private final Map<String, Long> values = new HashMap<>();

  // --- In memory: after a crash a join begins again, and nothing is carried any more ---
  private final Map<String, Member> joining = new HashMap<>();
  private Loads loads;

  @Override
  void onStart(List<Dsys.Record> disk) {
    ring = new Ring(config());
    loads = new Loads(config().loadPercent());
    for (Dsys.Record record : disk) recover(record);
    if (!disk.isEmpty()) sync(); // the last records may have been written and never synced
  }

  private void recover(Dsys.Record record) {
    if (record instanceof Joined joined) {
      ring.add(new Member(joined.name(), joined.weight(), joined.address()));
      learn(joined.version());
    } else if (record instanceof Left left) {
      ring.remove(left.name());
      learn(left.version());
    } else if (record instanceof Stored stored) {
      values.put(stored.key(), stored.value());
    }
  }

  // --- The membership changes ---

  // A change that comes a second time finds its work done, and is confirmed again.
  @Override
  void onAddNode(String from, AddNode message) {
    Member member = new Member(message.name(), message.weight(), message.address());
    join(member, message.version());
    send(from, new MembershipReply(message.request(), version));
  }

  @Override
  void onRemoveNode(String from, RemoveNode message) {
    joining.remove(message.name());
    loads.forget(message.name());
    boolean hasLeft = ring.remove(message.name());
    boolean isLater = learn(message.version());
    if (hasLeft || isLater) {
      write(new Left(message.name(), version));
      sync();
      note(message.name() + " leaves: " + ring.size() + " points, version " + version);
    }
    send(from, new MembershipReply(message.request(), version));
  }

  // The points follow from name and weight, so a part tells nothing but who is about to join. All
  // of them appear at once, with CompleteJoin: a lookup must never meet half a join. Nothing is
  // written, because half a join is worth nothing after a crash.
  @Override
  void onJoinPart(String from, JoinPart message) {
    if (ring.member(message.name()) == null) {
      Member member = new Member(message.name(), message.weight(), message.address());
      joining.put(message.name(), member);
    }
    send(from, new MembershipReply(message.request(), version));
  }

  @Override
  void onCompleteJoin(String from, CompleteJoin message) {
    Member known = joining.getOrDefault(message.name(), ring.member(message.name()));
    if (known != null) join(known, message.version()); // else the parts have to come again
    send(from, new MembershipReply(message.request(), version));
  }

  private void join(Member member, long newVersion) {
    joining.remove(member.name());
    boolean isNew = ring.add(member);
    boolean isLater = learn(newVersion);
    if (!isNew && !isLater) return;
    write(new Joined(member.name(), member.weight(), member.address(), version));
    sync();
    note(member.name() + " joins: " + ring.size() + " points, version " + version);
  }

  private boolean learn(long newVersion) {
    boolean isLater = newVersion > version;
    if (isLater) version = newVersion;
    return isLater;
  }

  // --- Somebody asks ---

  @Override
  void onOwners(String from, Owners message) {
    List<String> owners = new ArrayList<>();
    for (String key : textsOf(message.keys())) owners.add(ring.owner(key));
    send(from, new OwnersReply(message.request(), version, owners));
  }

  @Override
  void onReplicas(String from, Replicas message) {
    List<List<String>> nodes = new ArrayList<>();
    for (String key : textsOf(message.keys())) nodes.add(ring.replicas(key, message.count()));
    send(from, new ReplicasReply(message.request(), nodes));
  }

  @Override
  void onAssign(String from, Assign message) {
    List<String> nodes = new ArrayList<>();
    for (String key : textsOf(message.keys())) nodes.add(loads.assign(ring, key));
    send(from, new AssignReply(message.request(), nodes));
  }

  @Override
  void onPoints(String from, Points message) {
    send(from, new PointsReply(message.request(), ring.placedPoints()));
  }

  @Override
  void onPositions(String from, Positions message) {
    List<Long> positions = new ArrayList<>();
    for (String key : textsOf(message.keys())) positions.add(ring.circle.position(key));
    send(from, new PositionsReply(message.request(), positions));
  }

  // --- Somebody writes ---

  @Override
  void onPut(String from, Put message) {
    PutStatus status = judge(message);
    if (status == PutStatus.ACCEPTED) {
      values.put(message.key(), message.value());
      write(new Stored(message.key(), message.value()));
      sync();
    }
    send(from, new PutReply(message.request(), status, version));
  }

  // Only by the same ring, in either direction: one of us has yet to hear of a change.
  private PutStatus judge(Put message) {
    if (message.version() != version) return PutStatus.OTHER_VERSION;
    return self().equals(ring.owner(message.key())) ? PutStatus.ACCEPTED : PutStatus.NOT_OWNER;
  }

  // The keys of the list, then the numbered ones.
  private static List<String> textsOf(Keys keys) {
    List<String> texts = new ArrayList<>(keys.list());
    for (long i = 0; i < keys.count(); i++) texts.add(keys.prefix() + (keys.first() + i));
    return texts;
  }
}

class Node {
  public static void main(String[] words) {
    Dsys.run(RingNode::new);
  }
}
