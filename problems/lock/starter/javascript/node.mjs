// Your client of the lock. It runs as it is, and does nothing yet.
//
// EXERCISE.md says what it must do, messages.mjs what it exchanges with the world, dsys.mjs what
// `this` can do. Fill the handlers in, from top to bottom, and grade each stage when you think that
// it is done: dsys lock grade --stage 1

import { Node, run } from "./dsys.mjs";
import {
  Acquired, Compare, CompareResult, CompareTarget, DeleteRangeRequest, HoldLimit,
  LeaseGrantRequest, LeaseKeepAliveRequest, LeaseRevokeRequest, Lost, NextRound, PutRequest,
  RangeRequest, ReadRequest, Released, RenewalInterval, RequestKind, RequestOp, RequestTimeout,
  Requested, SessionDeadline, SortOrder, SortTarget, TxnRequest, WatchCancelRequest,
  WatchCreateRequest, WatchEventType, WorkDone, WriteRequest,
} from "./messages.mjs";

class Client extends Node {
  roundsDone = 0;
  lastCall = 0;

  // --- Of the session ---
  lease = 0;
  deadline = 0; // until when it may be relied on

  // --- Of the queue ---
  key = "";
  createRevision = 0; // of the key: its place in the queue, and the token

  // --- As the owner ---
  incrementsDone = 0;
  counter = 0; // as last read

  // Nothing is on a disk: who crashes begins anew. setTimer(new NextRound(), ...) for
  // this.config.firstAfter.
  onStart(disk) {}

  // --- Stage 1: one owner at a time ---

  // Emit Requested. Ask the store for a lease of config.ttl seconds.
  onNextRound(timer) {}

  // The answer to the last call? Then put your key, if it is absent, in a transaction.
  onLeaseGrantResponse(from, message) {}

  // Is the lock yours? Then emit Acquired, and read the resource. If not: stage 3.
  onTxnResponse(from, message) {}

  // What was read: wait config.work. What was written: the next one, or give the lock back.
  onResourceReply(from, message) {}

  // Write what was read, plus one.
  onWorkDone(timer) {}

  // --- Stage 2: it moves on ---

  // Keep the lease alive. A timer expires once: set it again.
  onRenewalInterval(timer) {}

  // A ttl of 0: the lease has ended, and your key with it.
  onLeaseKeepAliveResponse(from, message) {}

  // The work hangs: give the lock back.
  onHoldLimit(timer) {}

  // If you give the lock back so. Emit Released before you ask for it.
  onLeaseRevokeResponse(from, message) {}

  // Or so. Does it ask whose key it is?
  onDeleteRangeResponse(from, message) {}

  // --- Stage 3: the queue ---

  // Who is before you? Nobody: is your own key still there?
  onRangeResponse(from, message) {}

  // The first one only says created. Has the key gone, or was the watch canceled?
  onWatchResponse(from, message) {}

  // A put without a condition always succeeds. Do you need one?
  onPutResponse(from, message) {}

  // --- Stage 4: answers that do not come ---

  // Nothing is known: ask the same again, with the same call and the same key.
  onRequestTimeout(timer) {}

  // --- Stage 5: fencing and belief ---

  // The lease may have ended at the store: stop, and emit Lost.
  onSessionDeadline(timer) {}
}

run(Client);
