// Your node with a hash ring. It runs as it is, and does nothing yet.
//
// EXERCISE.md says what it must do, Messages.java what it exchanges with the world, Dsys.java what
// a node can do. Fill the handlers in, from top to bottom, and grade each stage when you think that
// it is done: dsys hashring grade --stage 1
//
// Positions take all 64 bits of a long: compare them with Long.compareUnsigned.

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

final class RingNode extends Handlers {
  // --- On disk, before a change or a write is confirmed: the members with their weights, ... ---
  private long version;
  private final Map<String, Long> values = new HashMap<>();

  // --- In memory: the points, which follow from the members; joins under way; loads ---

  // An empty ring of config().
  @Override
  void onStart(List<Dsys.Record> disk) {
    for (Dsys.Record record : disk) recover(record);
  }

  // --- Stage 1: owners ---

  // Where a label or a key lies: at its pin, if it has one, else at its hash.
  private long position(String text) {
    return 0;
  }

  // The node of the first point at or after the key's position; mind both ends of the list.
  private String owner(String key) {
    return null;
  }

  // Its points, by label. Write Joined and sync, then MembershipReply. The same request may come
  // again.
  @Override
  void onAddNode(String from, AddNode message) {}

  @Override
  void onOwners(String from, Owners message) {}

  // All points, in the order in which lookups meet them.
  @Override
  void onPoints(String from, Points message) {}

  @Override
  void onPositions(String from, Positions message) {}

  // --- Stage 2: joins and leaves ---

  // Its points and no others. Write Left and sync, then MembershipReply.
  @Override
  void onRemoveNode(String from, RemoveNode message) {}

  // --- Stage 3: the same everywhere. Stage 4, balance, brings no new messages ---

  // Rebuild what is on disk, one record at a time.
  private void recover(Dsys.Record record) {
    if (record instanceof Joined joined) {
    } else if (record instanceof Left left) {
    } else if (record instanceof Stored stored) {
    }
  }

  // --- Stage 5: replicas, load, views ---

  // Walk on clockwise: different nodes, the owner first.
  @Override
  void onReplicas(String from, Replicas message) {}

  // Walk on clockwise: the first node that has room.
  @Override
  void onAssign(String from, Assign message) {}

  // Lookups must not see half a join. MembershipReply all the same.
  @Override
  void onJoinPart(String from, JoinPart message) {}

  // Now they must see all of it.
  @Override
  void onCompleteJoin(String from, CompleteJoin message) {}

  // The same version? This node's key? Then write Stored and sync, and answer.
  @Override
  void onPut(String from, Put message) {}

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
