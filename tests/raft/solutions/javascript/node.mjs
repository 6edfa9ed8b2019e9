// A Raft server after Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm"
// (extended version); section numbers are the paper's. Pre-vote, check-quorum, leadership transfer,
// sessions and ReadIndex are from Ongaro's thesis. Snapshots and changes of the servers are left
// out.
//
// Invariants:
//   1. A message leaves only after the disk has what it depends on: term, vote, entries.
//   2. currentTerm, commitIndex and lastApplied never decrease; lastApplied <= commitIndex.
//   3. A leader never changes or deletes an entry of its own log.

import assert from "node:assert/strict";
import { Node, run } from "./dsys.mjs";
import {
  AppendEntries, AppendEntriesReply, AppendEntry, Applied, BecameLeader, ClientReply, Command,
  ElectionTimeout, Entry, HardState, HeartbeatInterval, Operation, PreVote, PreVoteReply,
  QuorumCheck, RequestVote, RequestVoteReply, Status, TimeoutNow, TruncateFrom,
} from "./messages.mjs";

// --- The log ---

// Entries from index 1 on; index 0 is before the first and has term 0. Terms never fall along it.
class Log {
  entries = [];

  get lastIndex() {
    return this.entries.length;
  }

  get lastTerm() {
    return this.termAt(this.lastIndex);
  }

  at(index) {
    return this.entries[index - 1];
  }

  termAt(index) {
    return index === 0 ? 0 : this.at(index).term;
  }

  agrees(index, term) {
    return index <= this.lastIndex && this.termAt(index) === term;
  }

  // At most `count` entries from the index on.
  slice(first, count) {
    return this.entries.slice(first - 1, first - 1 + count);
  }

  append(entry) {
    assert(entry.term >= this.lastTerm, "terms never fall along the log");
    this.entries.push(entry);
  }

  // Deletes the entry at the index and everything behind it.
  truncate(index) {
    this.entries.length = index - 1;
  }

  firstOfTerm(term) {
    return this.entries.findIndex((entry) => entry.term >= term) + 1;
  }

  // The last entry of the term at or before the index; 0: there is none.
  lastOfTerm(term, end) {
    let last = end;
    while (this.termAt(last) > term) last--;
    return this.termAt(last) === term ? last : 0;
  }
}

// --- The state machine ---

// A map from keys to numbers, and what each client was told last (thesis 6.3). Equal commands in
// equal order give equal states, sessions included, so the next leader knows them too.
class StateMachine {
  values = new Map();
  sessions = new Map(); // client -> { serial, result } of its last command

  // Whether the client's session covers this command: a retry of what was done before.
  hasExecuted(command) {
    const session = this.sessions.get(command.client);
    return session !== undefined && command.serial <= session.serial;
  }

  // Executes each serial of a client once, and gives the key's value after it.
  apply(command) {
    if (command.operation === Operation.noop) return null;
    if (!this.hasExecuted(command)) {
      if (command.operation === Operation.put) this.values.set(command.key, command.value);
      if (command.operation === Operation.add) {
        this.values.set(command.key, (this.value(command.key) ?? 0) + command.value);
      }
      const result = this.value(command.key);
      this.sessions.set(command.client, { serial: command.serial, result });
    }
    return this.sessions.get(command.client).result;
  }

  value(key) {
    return this.values.get(key) ?? null;
  }
}

// --- The server ---

const Role = Object.freeze({
  follower: "follower",
  preCandidate: "pre-candidate",
  candidate: "candidate",
  leader: "leader",
});

// What a leader knows of one follower.
class Progress {
  matchIndex = 0; // the logs agree up to here; only grows
  answered = 0; // the latest round that it answered
  isHeard = false; // since the last quorum check

  constructor(nextIndex) {
    this.nextIndex = nextIndex;
  }
}

class Server extends Node {
  // --- On disk, before anything that depends on it is said (figure 2) ---
  currentTerm = 0;
  votedFor = null;
  log = new Log();

  // --- In memory; learned again after a crash ---
  role = Role.follower;
  leader = null;
  leaderHeardAt = 0;
  commitIndex = 0;
  lastApplied = 0;
  machine = new StateMachine();

  // --- A candidate's and a pre-candidate's ---
  votes = new Set();

  // --- A leader's; new in each of its terms ---
  progress = new Map();
  termStart = 0; // index of its first own entry
  round = 0; // of the latest broadcast
  reads = []; // { command, index, round }, oldest first
  successor = null; // to whom the leadership is being handed

  // --- The process starts ---

  onStart(disk) {
    for (const record of disk) this.recover(record);
    // The last records may have been written and never synced.
    if (disk.length > 0) this.sync();
    this.resetElectionTimer();
  }

  recover(record) {
    if (record instanceof HardState) {
      this.currentTerm = record.term;
      this.votedFor = record.votedFor;
    } else if (record instanceof AppendEntry) {
      assert.equal(record.index, this.log.lastIndex + 1, "the disk's log has no holes");
      this.log.append(record.entry);
    } else {
      this.log.truncate(record.index);
    }
  }

  // --- Pre-vote (thesis 9.6) ---

  // Nobody was heard for too long. Before it disturbs anyone with a new term, a server asks whether
  // it could win; only a majority's yes raises its term.
  onElectionTimeout(timer) {
    this.role = Role.preCandidate;
    this.leader = null;
    this.votes = new Set([this.name]);
    this.resetElectionTimer();
    if (this.isMajority(this.votes.size)) return this.startElection();
    this.broadcast(new PreVote({
      term: this.currentTerm + 1,
      lastLogIndex: this.log.lastIndex,
      lastLogTerm: this.log.lastTerm,
    }));
  }

  onPreVote(from, message) {
    const isNewTerm = message.term > this.currentTerm;
    const granted = isNewTerm && !this.hearsLeader() && this.isUpToDate(message);
    this.send(from, new PreVoteReply({
      term: this.currentTerm,
      askedTerm: message.term,
      granted,
    }));
  }

  onPreVoteReply(from, message) {
    if (message.term > this.currentTerm) return this.becomeFollower(message.term);
    const isMine = this.role === Role.preCandidate && message.askedTerm === this.currentTerm + 1;
    if (!isMine || !message.granted) return;
    this.votes.add(from);
    if (this.isMajority(this.votes.size)) this.startElection();
  }

  // --- Election (5.2) ---

  startElection() {
    this.role = Role.candidate;
    this.leader = null;
    this.votes = new Set([this.name]); // a set: an answer that comes twice is one vote
    this.saveHardState(this.currentTerm + 1, this.name);
    this.resetElectionTimer();
    this.note(`stands for election in term ${this.currentTerm}`);
    if (this.isMajority(this.votes.size)) return this.becomeLeader();
    this.broadcast(new RequestVote({
      term: this.currentTerm,
      lastLogIndex: this.log.lastIndex,
      lastLogTerm: this.log.lastTerm,
    }));
  }

  onRequestVote(from, message) {
    if (message.term > this.currentTerm) this.becomeFollower(message.term);
    const isCurrent = message.term === this.currentTerm;
    const hasVote = this.votedFor === null || this.votedFor === from;
    const granted = isCurrent && hasVote && this.isUpToDate(message);
    if (granted) {
      if (this.votedFor === null) this.saveHardState(this.currentTerm, from);
      this.resetElectionTimer(); // only now: who is refused must not keep others from standing
      this.note(`votes for ${from} in term ${this.currentTerm}`);
    }
    this.send(from, new RequestVoteReply({ term: this.currentTerm, granted }));
  }

  onRequestVoteReply(from, message) {
    if (message.term > this.currentTerm) return this.becomeFollower(message.term);
    const isMine = this.role === Role.candidate && message.term === this.currentTerm;
    if (!isMine || !message.granted) return;
    this.votes.add(from);
    if (this.isMajority(this.votes.size)) this.becomeLeader();
  }

  // --- Changes of role ---

  becomeLeader() {
    this.role = Role.leader;
    this.leader = this.name;
    this.termStart = this.log.lastIndex + 1;
    this.round = 0;
    this.reads = [];
    this.successor = null;
    this.progress = new Map(this.peers.map((peer) => [peer, new Progress(this.termStart)]));
    const voters = [...this.votes].sort().join(", ");
    this.note(`becomes leader of term ${this.currentTerm} with the votes of ${voters}`);
    this.emit(new BecameLeader({ term: this.currentTerm }));
    this.cancelTimer(new ElectionTimeout());
    this.setTimer(new HeartbeatInterval(), this.config.heartbeatInterval);
    this.setTimer(new QuorumCheck(), this.config.electionTimeoutMax);
    // An empty entry of its own commits what earlier terms have left (5.4.2, 8).
    this.propose(new Command({ operation: Operation.noop }));
  }

  // In the present term or in a later one.
  becomeFollower(term) {
    if (term > this.currentTerm) {
      this.saveHardState(term, null);
      this.leader = null;
    }
    if (this.role === Role.leader) this.stopLeading();
    this.role = Role.follower;
  }

  stopLeading() {
    this.note(`leads no more; the term is ${this.currentTerm}`);
    this.leader = null;
    for (const read of this.reads) this.refuse(read.command);
    this.reads = [];
    this.progress = new Map();
    this.successor = null;
    this.cancelTimer(new HeartbeatInterval());
    this.cancelTimer(new QuorumCheck());
    this.resetElectionTimer();
  }

  // A leader that a majority has not answered for an election timeout may have been replaced
  // (thesis 6.2). It is also how long a successor has to take over (thesis 3.10).
  onQuorumCheck(timer) {
    const followers = [...this.progress.values()];
    const heard = 1 + followers.filter((follower) => follower.isHeard).length;
    if (!this.isMajority(heard)) {
      this.note("hears no majority and steps down");
      return this.becomeFollower(this.currentTerm);
    }
    for (const follower of followers) follower.isHeard = false;
    this.successor = null;
    this.setTimer(new QuorumCheck(), this.config.electionTimeoutMax);
  }

  // --- The leader replicates (5.3) ---

  propose(command) {
    this.store(new Entry({ term: this.currentTerm, command }));
    this.sync();
    this.replicate();
    this.advanceCommit(); // alone it is a majority
  }

  onHeartbeatInterval(timer) {
    this.replicate();
    this.setTimer(new HeartbeatInterval(), this.config.heartbeatInterval);
  }

  replicate() {
    this.round++;
    for (const peer of this.peers) this.sendEntries(peer);
  }

  // Everything that the follower may lack, up to the limit; nothing of it makes a heartbeat.
  sendEntries(peer) {
    const previous = this.progress.get(peer).nextIndex - 1;
    this.send(peer, new AppendEntries({
      term: this.currentTerm,
      prevLogIndex: previous,
      prevLogTerm: this.log.termAt(previous),
      entries: this.log.slice(previous + 1, this.config.entriesMax),
      leaderCommit: this.commitIndex,
      round: this.round,
    }));
  }

  onAppendEntriesReply(from, message) {
    if (message.term > this.currentTerm) return this.becomeFollower(message.term);
    const isMine = this.role === Role.leader && message.term === this.currentTerm;
    if (!isMine) return;
    const follower = this.progress.get(from);
    follower.isHeard = true;
    follower.answered = Math.max(follower.answered, message.round);
    if (message.success) {
      this.onMatch(from, message.matchIndex);
    } else {
      this.onMismatch(from, message);
    }
    this.answerReads();
  }

  onMatch(from, matchIndex) {
    const follower = this.progress.get(from);
    const hasProgress = matchIndex > follower.matchIndex;
    follower.matchIndex = Math.max(follower.matchIndex, matchIndex); // an old reply may come late
    follower.nextIndex = follower.matchIndex + 1;
    this.advanceCommit();
    this.handOver(from);
    // A reply that tells nothing new sends nothing, or each duplicate would begin a stream of its
    // own.
    if (hasProgress && follower.matchIndex < this.log.lastIndex) this.sendEntries(from);
  }

  // Steps back over a whole term at a time (end of 5.3).
  onMismatch(from, message) {
    const follower = this.progress.get(from);
    let hint = message.conflictIndex;
    if (message.conflictTerm !== 0) {
      const last = this.log.lastOfTerm(message.conflictTerm, follower.nextIndex - 1);
      if (last !== 0) hint = last + 1;
    }
    // The follower has answered more recently than this; a heartbeat will tell.
    const isOld = hint <= follower.matchIndex || hint >= follower.nextIndex;
    if (isOld) return;
    follower.nextIndex = hint;
    this.sendEntries(from);
  }

  // --- The follower stores (5.3) ---

  onAppendEntries(from, message) {
    if (message.term < this.currentTerm) { // without its round: a later leader counts anew
      return this.send(from, new AppendEntriesReply({ term: this.currentTerm }));
    }
    this.follow(from, message.term);
    const reply = new AppendEntriesReply({ term: this.currentTerm, round: message.round });
    if (this.log.agrees(message.prevLogIndex, message.prevLogTerm)) {
      this.storeAll(message.prevLogIndex, message.entries);
      // What lies behind the message's last entry has not been compared with the leader's log.
      const verified = message.prevLogIndex + message.entries.length;
      this.commitIndex = Math.max(this.commitIndex, Math.min(message.leaderCommit, verified));
      this.applyCommitted();
      reply.success = true;
      reply.matchIndex = verified;
    } else {
      this.addConflict(reply, message.prevLogIndex);
    }
    this.send(from, reply);
  }

  // Only the leader of a term sends entries in it, so the sender is that leader.
  follow(leader, term) {
    assert(term > this.currentTerm || this.role !== Role.leader, "a term has one leader");
    this.becomeFollower(term);
    this.leader = leader;
    this.leaderHeardAt = this.now;
    this.resetElectionTimer();
  }

  addConflict(reply, prevLogIndex) {
    if (prevLogIndex > this.log.lastIndex) {
      reply.conflictIndex = this.log.lastIndex + 1;
    } else {
      reply.conflictTerm = this.log.termAt(prevLogIndex);
      reply.conflictIndex = this.log.firstOfTerm(reply.conflictTerm);
    }
  }

  // Skips what is there already, and deletes only where something conflicts: the message may be
  // old, and what lies behind it may be committed.
  storeAll(previous, entries) {
    const known = entries.findIndex((entry, i) => !this.log.agrees(previous + i + 1, entry.term));
    if (known < 0) return;
    const first = previous + known + 1;
    if (first <= this.log.lastIndex) {
      assert(first > this.commitIndex, "what is committed stays");
      this.log.truncate(first);
      this.write(new TruncateFrom({ index: first }));
    }
    for (const entry of entries.slice(known)) this.store(entry);
    this.sync();
  }

  // --- Committing and applying (5.3, 5.4) ---

  // The largest index that a majority has, if its entry is of the leader's own term. An older entry
  // on a majority may still be overwritten (figure 8); it is committed with a newer one behind it.
  advanceCommit() {
    const matches = [...this.progress.values()].map((follower) => follower.matchIndex);
    matches.push(this.log.lastIndex);
    matches.sort((a, b) => b - a);
    const onMajority = matches[this.quorum - 1];
    const mayCommit =
      onMajority > this.commitIndex && this.log.termAt(onMajority) === this.currentTerm;
    if (!mayCommit) return;
    this.commitIndex = onMajority;
    this.applyCommitted();
    this.answerReads();
  }

  // The leader that took a command from its client answers it; its entries are those of its term.
  applyCommitted() {
    while (this.lastApplied < this.commitIndex) {
      this.lastApplied++;
      const { term, command } = this.log.at(this.lastApplied);
      const result = this.machine.apply(command);
      this.emit(new Applied({ index: this.lastApplied, term, command, result }));
      const isOwn = this.role === Role.leader && term === this.currentTerm;
      if (isOwn && command.operation !== Operation.noop) this.answer(command, result);
    }
  }

  // --- Clients (8; thesis 6) ---

  onClientRequest(from, { command }) {
    const canServe = this.role === Role.leader && this.successor === null;
    if (!canServe) return this.refuse(command);
    if (command.operation === Operation.get) return this.beginRead(command);
    if (this.machine.hasExecuted(command)) return this.answer(command, this.machine.apply(command));
    this.propose(command);
  }

  // ReadIndex (thesis 6.4): a read needs no entry, but the certainty that this server still led
  // after the read came, and that it knows everything that was committed before. The first own
  // entry of its term gives the latter.
  beginRead(command) {
    this.replicate();
    const index = Math.max(this.commitIndex, this.termStart);
    this.reads.push({ command, index, round: this.round });
    this.answerReads();
  }

  answerReads() {
    const isReady = (read) => read.index <= this.lastApplied && this.hasQuorumAnswered(read.round);
    while (this.reads.length > 0 && isReady(this.reads[0])) {
      const { command } = this.reads.shift();
      this.answer(command, this.machine.value(command.key));
    }
  }

  hasQuorumAnswered(round) {
    const followers = [...this.progress.values()];
    return this.isMajority(1 + followers.filter((one) => one.answered >= round).length);
  }

  answer(command, value) {
    const { client, serial } = command;
    this.send(client, new ClientReply({ serial, status: Status.ok, value }));
  }

  refuse({ client, serial }) {
    const leader = this.successor ?? this.leader;
    this.send(client, new ClientReply({ serial, status: Status.notLeader, leader }));
  }

  // --- Leadership transfer (thesis 3.10) ---

  onTransferLeadership(from, { to }) {
    const canHandOver = this.role === Role.leader && this.progress.has(to);
    if (!canHandOver) return;
    this.note(`hands over to ${to} once its log is complete`);
    this.successor = to; // no new commands from now on, so that it can catch up
    this.sendEntries(to);
    this.handOver(to);
  }

  handOver(peer) {
    const isReady =
      this.successor === peer && this.progress.get(peer).matchIndex === this.log.lastIndex;
    if (isReady) this.send(peer, new TimeoutNow({ term: this.currentTerm }));
  }

  // The leader itself asks for this election, so no pre-vote is needed.
  onTimeoutNow(from, message) {
    if (message.term < this.currentTerm) return;
    if (message.term > this.currentTerm) this.becomeFollower(message.term);
    if (this.role !== Role.leader) this.startElection();
  }

  // --- Small ---

  get quorum() {
    return Math.floor(this.nodes.length / 2) + 1;
  }

  isMajority(count) {
    return count >= this.quorum;
  }

  // Later term first, then length (5.4.1).
  isUpToDate({ lastLogIndex, lastLogTerm }) {
    if (lastLogTerm !== this.log.lastTerm) return lastLogTerm > this.log.lastTerm;
    return lastLogIndex >= this.log.lastIndex;
  }

  // Whether it leads, or has heard a leader so lately that nobody can have timed out.
  hearsLeader() {
    if (this.role === Role.leader) return true;
    const silence = this.now - this.leaderHeardAt;
    return this.leader !== null && silence < this.config.electionTimeoutMin;
  }

  // A new draw each time, so that split votes end (5.2).
  resetElectionTimer() {
    const { electionTimeoutMin, electionTimeoutMax } = this.config;
    this.setTimer(new ElectionTimeout(),
                  this.random.between(electionTimeoutMin, electionTimeoutMax));
  }

  broadcast(message) {
    for (const peer of this.peers) this.send(peer, message);
  }

  saveHardState(term, votedFor) {
    assert(term >= this.currentTerm, "terms only grow");
    this.currentTerm = term;
    this.votedFor = votedFor;
    this.write(new HardState({ term, votedFor }));
    this.sync();
  }

  store(entry) {
    this.log.append(entry);
    this.write(new AppendEntry({ index: this.log.lastIndex, entry }));
  }
}

run(Server);
