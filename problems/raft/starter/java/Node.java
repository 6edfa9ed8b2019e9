// Your Raft server. It runs as it is, and does nothing yet.
//
// EXERCISE.md says what it must do, Messages.java what it exchanges with the world, Dsys.java what
// a node can do. Fill the handlers in, from top to bottom, and grade each stage when you think that
// it is done: dsys raft grade --stage 1
//
// Section numbers are those of the Raft paper (extended version); its figure 2 is the rule.

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

final class Server extends Handlers {
  enum Role { FOLLOWER, CANDIDATE, LEADER }

  // --- On disk, before anything that depends on it is said ---
  private long currentTerm;
  private String votedFor; // or null
  private final List<Entry> log = new ArrayList<>(); // log.get(0) has index 1

  // --- In memory; learned again after a crash ---
  private Role role = Role.FOLLOWER;
  private String leader; // or null
  private long commitIndex;
  private long lastApplied;

  // --- A candidate's: who has voted for it in this term ---
  private final Set<String> votes = new HashSet<>();

  // --- A leader's, for each follower; new in each of its terms ---
  private final Map<String, Long> nextIndex = new HashMap<>();
  private final Map<String, Long> matchIndex = new HashMap<>();

  @Override
  void onStart(List<Dsys.Record> disk) {
    for (Dsys.Record record : disk) recover(record);
    // Then wait for a leader: setTimer(new ElectionTimeout(), ...), random between
    // config().electionTimeoutMin() and config().electionTimeoutMax(), a new draw each time (5.2).
  }

  // --- Stage 1: a leader is elected (5.2, 5.4.1) ---

  // Nobody leads: stand for election in the next term.
  @Override
  void onElectionTimeout(ElectionTimeout timer) {}

  // A stale term? A newer one? One vote a term, for a log that is at least as up to date. Write the
  // vote and sync before you send. Answer every request.
  @Override
  void onRequestVote(String from, RequestVote message) {}

  // Count the voters of this term. With a majority: emit BecameLeader, send heartbeats. A later
  // term in any message or reply makes this server a follower of that term.
  @Override
  void onRequestVoteReply(String from, RequestVoteReply message) {}

  // Only a leader has this timer. It expires once: set it again.
  @Override
  void onHeartbeatInterval(HeartbeatInterval timer) {}

  // Its sender leads: set the election timer. In stage 2, guards first: the term, the entry before
  // the first one. Where does an entry conflict? Write and sync before the answer. How far has this
  // message verified the log?
  @Override
  void onAppendEntries(String from, AppendEntries message) {}

  // A later term ends the leadership. In stage 2: this follower's log agrees up to matchIndex, or
  // the leader steps back. A reply may be old.
  @Override
  void onAppendEntriesReply(String from, AppendEntriesReply message) {}

  // --- Stage 2: entries are replicated (5.3) ---

  // Not the leader: say who is. Else append, and answer when it is applied. In stage 5 (section 8;
  // Ongaro's thesis 6.3, 6.4): a retry keeps its serial and has no second effect; a read must not
  // be older than what others have been told.
  @Override
  void onClientRequest(String from, ClientRequest message) {}

  // --- Stage 3: commitment (5.4.2) ---

  // What may a leader count, and of which term must the entry be?
  private void advanceCommit() {}

  // For each entry in its order: emit Applied; a leader answers the client that waits for it.
  private void applyCommitted() {}

  // --- Stage 4: crashes and the disk ---

  // Rebuild what is on disk, one record at a time.
  private void recover(Dsys.Record record) {
    if (record instanceof HardState state) {
    } else if (record instanceof AppendEntry append) {
    } else if (record instanceof TruncateFrom truncate) {
    }
  }

  // --- Stage 6: no needless disruption (thesis 6.2, 9.6) ---

  // Could the sender win that term? The question changes nothing here.
  @Override
  void onPreVote(String from, PreVote message) {}

  // With a majority, stand for election.
  @Override
  void onPreVoteReply(String from, PreVoteReply message) {}

  // A leader that no majority has answered since the last check steps down.
  @Override
  void onQuorumCheck(QuorumCheck timer) {}

  // --- An operator moves the leadership (thesis 3.10; not graded by itself) ---

  // Bring that server up to date, then tell it TimeoutNow.
  @Override
  void onTransferLeadership(String from, TransferLeadership message) {}

  // The leader asks this server to stand for election at once.
  @Override
  void onTimeoutNow(String from, TimeoutNow message) {}
}

class Node {
  public static void main(String[] words) {
    Dsys.run(Server::new);
  }
}
