// A Raft server after Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm"
// (extended version); section numbers are the paper's. Pre-vote, check-quorum, leadership transfer,
// sessions and ReadIndex are from Ongaro's thesis. Snapshots and changes of the servers are left
// out.
//
// Invariants:
//   1. A message leaves only after the disk has what it depends on: term, vote, entries.
//   2. currentTerm, commitIndex and lastApplied never decrease; lastApplied <= commitIndex.
//   3. A leader never changes or deletes an entry of its own log.

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

final class Rules {
  private Rules() {}

  /** Stays on in every run, unlike an assertion of Java. */
  static void check(boolean holds, String rule) {
    if (!holds) throw new IllegalStateException("broken: " + rule);
  }
}

/**
 * Entries from index 1 on; index 0 is before the first and has term 0. Terms never fall along it.
 */
final class Log {
  private final List<Entry> entries = new ArrayList<>();

  long lastIndex() {
    return entries.size();
  }

  long lastTerm() {
    return termAt(lastIndex());
  }

  Entry at(long index) {
    return entries.get((int) index - 1);
  }

  long termAt(long index) {
    return index == 0 ? 0 : at(index).term();
  }

  boolean agrees(long index, long term) {
    return index <= lastIndex() && termAt(index) == term;
  }

  /** At most count entries from the index on. */
  List<Entry> slice(long first, long count) {
    long end = Math.min(first - 1 + count, lastIndex());
    return List.copyOf(entries.subList((int) first - 1, (int) end));
  }

  void append(Entry entry) {
    Rules.check(entry.term() >= lastTerm(), "terms never fall along the log");
    entries.add(entry);
  }

  /** Deletes the entry at the index and everything behind it. */
  void truncate(long index) {
    entries.subList((int) index - 1, entries.size()).clear();
  }

  long firstOfTerm(long term) {
    long first = 1;
    while (termAt(first) < term) first++;
    return first;
  }

  /** The last entry of the term at or before the index; 0: there is none. */
  long lastOfTerm(long term, long end) {
    long last = end;
    while (termAt(last) > term) last--;
    return termAt(last) == term ? last : 0;
  }
}

/**
 * A map from keys to numbers, and what each client was told last (thesis 6.3). Equal commands in
 * equal order give equal states, sessions included, so the next leader knows them too.
 */
final class StateMachine {
  private record Session(long serial, Long result) {}

  private final Map<String, Long> values = new HashMap<>();
  private final Map<String, Session> sessions = new HashMap<>();

  /** Whether the client's session covers this command: a retry of what was done before. */
  boolean hasExecuted(Command command) {
    Session session = sessions.get(command.client());
    return session != null && command.serial() <= session.serial();
  }

  /** Executes each serial of a client once, and gives the key's value after it. */
  Long apply(Command command) {
    if (command.operation() == Operation.NOOP) return null;
    if (!hasExecuted(command)) {
      switch (command.operation()) {
        case PUT -> values.put(command.key(), command.value());
        case ADD -> values.merge(command.key(), command.value(), Long::sum);
        default -> {} // a read changes nothing
      }
      sessions.put(command.client(), new Session(command.serial(), value(command.key())));
    }
    return sessions.get(command.client()).result();
  }

  /** Null: there is no such key. */
  Long value(String key) {
    return values.get(key);
  }
}

final class Server extends Handlers {
  private enum Role { FOLLOWER, PRE_CANDIDATE, CANDIDATE, LEADER }

  /** What a leader knows of one follower. */
  private static final class Progress {
    long nextIndex;
    long matchIndex; // the logs agree up to here; only grows
    long answered; // the latest round that it answered
    boolean isHeard; // since the last quorum check

    Progress(long nextIndex) {
      this.nextIndex = nextIndex;
    }
  }

  /** A read that waits until it is certain that nobody else led when it came. */
  private record PendingRead(Command command, long index, long round) {}

  // --- On disk, before anything that depends on it is said (figure 2) ---
  private long currentTerm;
  private String votedFor;
  private final Log log = new Log();

  // --- In memory; learned again after a crash ---
  private Role role = Role.FOLLOWER;
  private String leader;
  private long leaderHeardAt;
  private long commitIndex;
  private long lastApplied;
  private final StateMachine machine = new StateMachine();

  // --- A candidate's and a pre-candidate's ---
  private final Set<String> votes = new TreeSet<>();

  // --- A leader's; new in each of its terms ---
  private final Map<String, Progress> progress = new TreeMap<>();
  private long termStart; // index of its first own entry
  private long round; // of the latest broadcast
  private final Deque<PendingRead> reads = new ArrayDeque<>();
  private String successor; // to whom the leadership is being handed

  // --- The process starts ---

  @Override
  void onStart(List<Dsys.Record> disk) {
    for (Dsys.Record record : disk) recover(record);
    if (!disk.isEmpty()) sync(); // the last records may have been written and never synced
    resetElectionTimer();
  }

  private void recover(Dsys.Record record) {
    if (record instanceof HardState state) {
      currentTerm = state.term();
      votedFor = state.votedFor();
    } else if (record instanceof AppendEntry append) {
      Rules.check(append.index() == log.lastIndex() + 1, "the disk's log has no holes");
      log.append(append.entry());
    } else if (record instanceof TruncateFrom truncate) {
      log.truncate(truncate.index());
    }
  }

  // --- Pre-vote (thesis 9.6) ---

  // Nobody was heard for too long. Before it disturbs anyone with a new term, a server asks whether
  // it could win; only a majority's yes raises its term.
  @Override
  void onElectionTimeout(ElectionTimeout timer) {
    role = Role.PRE_CANDIDATE;
    leader = null;
    votes.clear();
    votes.add(self());
    resetElectionTimer();
    if (isMajority(votes.size())) {
      startElection();
      return;
    }
    broadcast(new PreVote(currentTerm + 1, log.lastIndex(), log.lastTerm()));
  }

  @Override
  void onPreVote(String from, PreVote message) {
    boolean isNewTerm = message.term() > currentTerm;
    boolean granted = isNewTerm && !hearsLeader()
        && isUpToDate(message.lastLogIndex(), message.lastLogTerm());
    send(from, new PreVoteReply(currentTerm, message.term(), granted));
  }

  @Override
  void onPreVoteReply(String from, PreVoteReply message) {
    if (message.term() > currentTerm) {
      becomeFollower(message.term());
      return;
    }
    boolean isMine = role == Role.PRE_CANDIDATE && message.askedTerm() == currentTerm + 1;
    if (!isMine || !message.granted()) return;
    votes.add(from);
    if (isMajority(votes.size())) startElection();
  }

  // --- Election (5.2) ---

  private void startElection() {
    role = Role.CANDIDATE;
    leader = null;
    votes.clear(); // a set: an answer that comes twice is one vote
    votes.add(self());
    saveHardState(currentTerm + 1, self());
    resetElectionTimer();
    note("stands for election in term " + currentTerm);
    if (isMajority(votes.size())) {
      becomeLeader();
      return;
    }
    broadcast(new RequestVote(currentTerm, log.lastIndex(), log.lastTerm()));
  }

  @Override
  void onRequestVote(String from, RequestVote message) {
    if (message.term() > currentTerm) becomeFollower(message.term());
    boolean isCurrent = message.term() == currentTerm;
    boolean hasVote = votedFor == null || votedFor.equals(from);
    boolean granted = isCurrent && hasVote
        && isUpToDate(message.lastLogIndex(), message.lastLogTerm());
    if (granted) {
      if (votedFor == null) saveHardState(currentTerm, from);
      resetElectionTimer(); // only now: who is refused must not keep others from standing
      note("votes for " + from + " in term " + currentTerm);
    }
    send(from, new RequestVoteReply(currentTerm, granted));
  }

  @Override
  void onRequestVoteReply(String from, RequestVoteReply message) {
    if (message.term() > currentTerm) {
      becomeFollower(message.term());
      return;
    }
    boolean isMine = role == Role.CANDIDATE && message.term() == currentTerm;
    if (!isMine || !message.granted()) return;
    votes.add(from);
    if (isMajority(votes.size())) becomeLeader();
  }

  // --- Changes of role ---

  private void becomeLeader() {
    role = Role.LEADER;
    leader = self();
    termStart = log.lastIndex() + 1;
    round = 0;
    reads.clear();
    successor = null;
    progress.clear();
    for (String peer : peers()) progress.put(peer, new Progress(termStart));
    note("becomes leader of term " + currentTerm + " with the votes of "
        + String.join(", ", votes));
    emit(new BecameLeader(currentTerm));
    cancelTimer(new ElectionTimeout());
    setTimer(new HeartbeatInterval(), config().heartbeatInterval());
    setTimer(new QuorumCheck(), config().electionTimeoutMax());
    propose(new Command()); // an empty entry commits what earlier terms have left (5.4.2, 8)
  }

  // In the present term or in a later one.
  private void becomeFollower(long term) {
    if (term > currentTerm) {
      saveHardState(term, null);
      leader = null;
    }
    if (role == Role.LEADER) stopLeading();
    role = Role.FOLLOWER;
  }

  private void stopLeading() {
    note("leads no more; the term is " + currentTerm);
    leader = null;
    for (PendingRead read : reads) refuse(read.command());
    reads.clear();
    progress.clear();
    successor = null;
    cancelTimer(new HeartbeatInterval());
    cancelTimer(new QuorumCheck());
    resetElectionTimer();
  }

  // A leader that a majority has not answered for an election timeout may have been replaced
  // (thesis 6.2). It is also how long a successor has to take over (thesis 3.10).
  @Override
  void onQuorumCheck(QuorumCheck timer) {
    long heard = 1 + progress.values().stream().filter(follower -> follower.isHeard).count();
    if (!isMajority(heard)) {
      note("hears no majority and steps down");
      becomeFollower(currentTerm);
      return;
    }
    for (Progress follower : progress.values()) follower.isHeard = false;
    successor = null;
    setTimer(new QuorumCheck(), config().electionTimeoutMax());
  }

  // --- The leader replicates (5.3) ---

  private void propose(Command command) {
    store(new Entry(currentTerm, command));
    sync();
    replicate();
    advanceCommit(); // alone it is a majority
  }

  @Override
  void onHeartbeatInterval(HeartbeatInterval timer) {
    replicate();
    setTimer(new HeartbeatInterval(), config().heartbeatInterval());
  }

  private void replicate() {
    round++;
    for (String peer : peers()) sendEntries(peer);
  }

  // Everything that the follower may lack, up to the limit; nothing of it makes a heartbeat.
  private void sendEntries(String peer) {
    long previous = progress.get(peer).nextIndex - 1;
    List<Entry> entries = log.slice(previous + 1, config().entriesMax());
    send(peer, new AppendEntries(
        currentTerm, previous, log.termAt(previous), entries, commitIndex, round));
  }

  @Override
  void onAppendEntriesReply(String from, AppendEntriesReply message) {
    if (message.term() > currentTerm) {
      becomeFollower(message.term());
      return;
    }
    boolean isMine = role == Role.LEADER && message.term() == currentTerm;
    if (!isMine) return;
    Progress follower = progress.get(from);
    follower.isHeard = true;
    follower.answered = Math.max(follower.answered, message.round());
    if (message.success()) {
      match(from, message.matchIndex());
    } else {
      stepBack(from, message);
    }
    answerReads();
  }

  private void match(String from, long matchIndex) {
    Progress follower = progress.get(from);
    boolean hasProgress = matchIndex > follower.matchIndex;
    follower.matchIndex = Math.max(follower.matchIndex, matchIndex); // an old reply may come late
    follower.nextIndex = follower.matchIndex + 1;
    advanceCommit();
    handOver(from);
    // A reply that tells nothing new sends nothing, or each duplicate would begin a stream of its
    // own.
    if (hasProgress && follower.matchIndex < log.lastIndex()) sendEntries(from);
  }

  // Over a whole term at a time (end of 5.3).
  private void stepBack(String from, AppendEntriesReply message) {
    Progress follower = progress.get(from);
    long hint = message.conflictIndex();
    if (message.conflictTerm() != 0) {
      long last = log.lastOfTerm(message.conflictTerm(), follower.nextIndex - 1);
      if (last != 0) hint = last + 1;
    }
    // The follower has answered more recently than this; a heartbeat will tell.
    boolean isOld = hint <= follower.matchIndex || hint >= follower.nextIndex;
    if (isOld) return;
    follower.nextIndex = hint;
    sendEntries(from);
  }

  // --- The follower stores (5.3) ---

  @Override
  void onAppendEntries(String from, AppendEntries message) {
    if (message.term() < currentTerm) {
      // Without its round: a later leader counts anew.
      send(from, new AppendEntriesReply(currentTerm, false, 0, 0, 0, 0));
      return;
    }
    follow(from, message.term());
    if (!log.agrees(message.prevLogIndex(), message.prevLogTerm())) {
      send(from, mismatch(message));
      return;
    }
    storeAll(message.prevLogIndex(), message.entries());
    // What lies behind the message's last entry has not been compared with the leader's log.
    long verified = message.prevLogIndex() + message.entries().size();
    commitIndex = Math.max(commitIndex, Math.min(message.leaderCommit(), verified));
    applyCommitted();
    send(from, new AppendEntriesReply(currentTerm, true, verified, 0, 0, message.round()));
  }

  // Only the leader of a term sends entries in it, so the sender is that leader.
  private void follow(String sender, long term) {
    Rules.check(term > currentTerm || role != Role.LEADER, "a term has one leader");
    becomeFollower(term);
    leader = sender;
    leaderHeardAt = now();
    resetElectionTimer();
  }

  private AppendEntriesReply mismatch(AppendEntries message) {
    long conflictIndex = log.lastIndex() + 1;
    long conflictTerm = 0;
    if (message.prevLogIndex() <= log.lastIndex()) {
      conflictTerm = log.termAt(message.prevLogIndex());
      conflictIndex = log.firstOfTerm(conflictTerm);
    }
    return new AppendEntriesReply(
        currentTerm, false, 0, conflictIndex, conflictTerm, message.round());
  }

  // Skips what is there already, and deletes only where something conflicts: the message may be
  // old, and what lies behind it may be committed.
  private void storeAll(long previous, List<Entry> entries) {
    int known = 0;
    while (known < entries.size() && log.agrees(previous + known + 1, entries.get(known).term())) {
      known++;
    }
    if (known == entries.size()) return;
    long first = previous + known + 1;
    if (first <= log.lastIndex()) {
      Rules.check(first > commitIndex, "what is committed stays");
      log.truncate(first);
      write(new TruncateFrom(first));
    }
    for (Entry entry : entries.subList(known, entries.size())) store(entry);
    sync();
  }

  // --- Committing and applying (5.3, 5.4) ---

  // The largest index that a majority has, if its entry is of the leader's own term. An older entry
  // on a majority may still be overwritten (figure 8); it is committed with a newer one behind it.
  private void advanceCommit() {
    List<Long> matches = new ArrayList<>(List.of(log.lastIndex()));
    for (Progress follower : progress.values()) matches.add(follower.matchIndex);
    matches.sort(Collections.reverseOrder());
    long onMajority = matches.get(quorum() - 1);
    boolean mayCommit = onMajority > commitIndex && log.termAt(onMajority) == currentTerm;
    if (!mayCommit) return;
    commitIndex = onMajority;
    applyCommitted();
    answerReads();
  }

  // The leader that took a command from its client answers it; its entries are those of its term.
  private void applyCommitted() {
    while (lastApplied < commitIndex) {
      lastApplied++;
      Entry entry = log.at(lastApplied);
      Command command = entry.command();
      Long result = machine.apply(command);
      emit(new Applied(lastApplied, entry.term(), command, result));
      boolean isOwn = role == Role.LEADER && entry.term() == currentTerm;
      if (isOwn && command.operation() != Operation.NOOP) answer(command, result);
    }
  }

  // --- Clients (8; thesis 6) ---

  @Override
  void onClientRequest(String from, ClientRequest message) {
    Command command = message.command();
    boolean canServe = role == Role.LEADER && successor == null;
    if (!canServe) {
      refuse(command);
    } else if (command.operation() == Operation.GET) {
      beginRead(command);
    } else if (machine.hasExecuted(command)) {
      answer(command, machine.apply(command));
    } else {
      propose(command);
    }
  }

  // ReadIndex (thesis 6.4): a read needs no entry, but the certainty that this server still led
  // after the read came, and that it knows everything that was committed before. The first own
  // entry of its term gives the latter.
  private void beginRead(Command command) {
    replicate();
    reads.add(new PendingRead(command, Math.max(commitIndex, termStart), round));
    answerReads();
  }

  private void answerReads() {
    while (!reads.isEmpty() && isReady(reads.peek())) {
      Command command = reads.poll().command();
      answer(command, machine.value(command.key()));
    }
  }

  private boolean isReady(PendingRead read) {
    long answered =
        progress.values().stream().filter(follower -> follower.answered >= read.round()).count();
    return read.index() <= lastApplied && isMajority(1 + answered);
  }

  private void answer(Command command, Long value) {
    send(command.client(), new ClientReply(command.serial(), Status.OK, value, null));
  }

  private void refuse(Command command) {
    String hint = successor != null ? successor : leader;
    send(command.client(), new ClientReply(command.serial(), Status.NOT_LEADER, null, hint));
  }

  // --- Leadership transfer (thesis 3.10) ---

  @Override
  void onTransferLeadership(String from, TransferLeadership message) {
    boolean canHandOver = role == Role.LEADER && progress.containsKey(message.to());
    if (!canHandOver) return;
    note("hands over to " + message.to() + " once its log is complete");
    successor = message.to(); // no new commands from now on, so that it can catch up
    sendEntries(successor);
    handOver(successor);
  }

  private void handOver(String peer) {
    boolean isReady = peer.equals(successor) && progress.get(peer).matchIndex == log.lastIndex();
    if (isReady) send(peer, new TimeoutNow(currentTerm));
  }

  // The leader itself asks for this election, so no pre-vote is needed.
  @Override
  void onTimeoutNow(String from, TimeoutNow message) {
    if (message.term() < currentTerm) return;
    if (message.term() > currentTerm) becomeFollower(message.term());
    if (role != Role.LEADER) startElection();
  }

  // --- Small ---

  private int quorum() {
    return nodes().size() / 2 + 1;
  }

  private boolean isMajority(long count) {
    return count >= quorum();
  }

  // Later term first, then length (5.4.1).
  private boolean isUpToDate(long lastIndex, long lastTerm) {
    if (lastTerm != log.lastTerm()) return lastTerm > log.lastTerm();
    return lastIndex >= log.lastIndex();
  }

  // Whether it leads, or has heard a leader so lately that nobody can have timed out.
  private boolean hearsLeader() {
    if (role == Role.LEADER) return true;
    return leader != null && now() - leaderHeardAt < config().electionTimeoutMin();
  }

  // A new draw each time, so that split votes end (5.2).
  private void resetElectionTimer() {
    long timeout = random().between(config().electionTimeoutMin(), config().electionTimeoutMax());
    setTimer(new ElectionTimeout(), timeout);
  }

  private void broadcast(Dsys.Message message) {
    for (String peer : peers()) send(peer, message);
  }

  private void saveHardState(long term, String vote) {
    Rules.check(term >= currentTerm, "terms only grow");
    currentTerm = term;
    votedFor = vote;
    write(new HardState(term, vote));
    sync();
  }

  private void store(Entry entry) {
    log.append(entry);
    write(new AppendEntry(log.lastIndex(), entry));
  }
}

class Node {
  public static void main(String[] words) {
    Dsys.run(Server::new);
  }
}
