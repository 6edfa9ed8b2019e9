// Your Raft server. It runs as it is, and does nothing yet.
//
// EXERCISE.md says what it must do, messages.mjs what it exchanges with the world, dsys.mjs what
// `this` can do. Fill the handlers in, from top to bottom, and grade each stage when you think that
// it is done: dsys raft grade --stage 1
//
// Section numbers are those of the Raft paper (extended version); its figure 2 is the rule.

import { Node, run } from "./dsys.mjs";
import {
  AppendEntries, AppendEntriesReply, AppendEntry, Applied, BecameLeader, ClientReply, Command,
  ElectionTimeout, Entry, HardState, HeartbeatInterval, Operation, PreVote, PreVoteReply,
  QuorumCheck, RequestVote, RequestVoteReply, Status, TimeoutNow, TruncateFrom,
} from "./messages.mjs";

class Server extends Node {
  // --- On disk, before anything that depends on it is said ---
  currentTerm = 0;
  votedFor = null;
  log = []; // of Entry: log[0] has index 1

  // --- In memory; learned again after a crash ---
  role = "follower"; // or "candidate", "leader"
  leader = null;
  commitIndex = 0;
  lastApplied = 0;

  // --- A candidate's: who has voted for it in this term ---
  votes = new Set();

  // --- A leader's, for each follower; new in each of its terms ---
  nextIndex = new Map();
  matchIndex = new Map();

  // --- Stage 1: a leader is elected (5.2, 5.4.1). Stage 4: what the disk kept ---

  // Read the records back, one at a time. Then wait for a leader: setTimer(new ElectionTimeout(),
  // ...), random between config.electionTimeoutMin and config.electionTimeoutMax, a new draw each
  // time.
  onStart(disk) {
    for (const record of disk) {
      if (record instanceof HardState) {
      } else if (record instanceof AppendEntry) {
      } else if (record instanceof TruncateFrom) {
      }
    }
  }

  // Nobody leads: stand for election in the next term.
  onElectionTimeout(timer) {}

  // A stale term? A newer one? One vote a term, for a log that is at least as up to date. Write the
  // vote and sync before you send. Answer every request.
  onRequestVote(from, message) {}

  // Count the voters of this term. With a majority: emit BecameLeader, send heartbeats. A later
  // term in any message or reply makes this server a follower of that term.
  onRequestVoteReply(from, message) {}

  // Only a leader has this timer. It expires once: set it again.
  onHeartbeatInterval(timer) {}

  // Its sender leads: set the election timer. In stage 2, guards first: the term, the entry before
  // the first one. Where does an entry conflict? Write and sync before the answer. How far has this
  // message verified the log?
  onAppendEntries(from, message) {}

  // A later term ends the leadership. In stage 2: this follower's log agrees up to matchIndex, or
  // the leader steps back. A reply may be old.
  onAppendEntriesReply(from, message) {}

  // --- Stage 2: entries are replicated (5.3) ---

  // Not the leader: say who is. Else append, and answer when it is applied. In stage 5 (section 8;
  // Ongaro's thesis 6.3, 6.4): a retry keeps its serial and has no second effect; a read must not
  // be older than what others have been told.
  onClientRequest(from, message) {}

  // --- Stage 3: commitment (5.4.2) ---

  // What may a leader count, and of which term must the entry be?
  advanceCommit() {}

  // For each entry in its order: emit Applied; a leader answers the client that waits for it.
  applyCommitted() {}

  // --- Stage 6: no needless disruption (thesis 6.2, 9.6) ---

  // Could the sender win that term? The question changes nothing here.
  onPreVote(from, message) {}

  // With a majority, stand for election.
  onPreVoteReply(from, message) {}

  // A leader that no majority has answered since the last check steps down.
  onQuorumCheck(timer) {}

  // --- An operator moves the leadership (thesis 3.10; not graded by itself) ---

  // Bring that server up to date, then tell it TimeoutNow.
  onTransferLeadership(from, message) {}

  // The leader asks this server to stand for election at once.
  onTimeoutNow(from, message) {}
}

run(Server);
