// Your client of the lock. It runs as it is, and does nothing yet.
//
// EXERCISE.md says what it must do, messages.mjs what it exchanges with the world, dsys.mjs what
// `this` can do. Fill the handlers in, from top to bottom, and grade each stage when you think that
// it is done: dsys zklock grade --stage 1

import { Node, run } from "./dsys.mjs";
import {
  AcquireTimeout, Acquired, CloseSessionRequest, ConnectRequest, CreateMode, CreateRequest,
  DeleteRequest, Error as ErrorCode, ExistsRequest, GaveUp, GetChildrenRequest, GetDataRequest,
  LockKind, Lost, MultiRequest, NextRound, Operation, OperationKind, PingInterval, PingRequest,
  ReadRequest, ReadTimeout, ReconnectPause, Released, RequestTimeout, Requested, SessionDeadline,
  SetDataRequest, SyncRequest, WatchEventType, WorkDone, WriteRequest,
} from "./messages.mjs";

class Client extends Node {
  roundsDone = 0;
  lastCall = 0; // higher with each request to the ensemble

  // --- Of the connection ---
  serverIndex = 0;
  openedBy = 0;
  lastZxid = 0; // seen in any answer

  // --- Of the session ---
  session = 0;
  timeout = 0; // as granted
  deadline = 0; // until when it may be relied on

  // --- Of the queue ---
  path = ""; // as the ensemble has called it
  czxid = 0;

  // --- As the owner ---
  incrementsDone = 0;
  counter = 0; // as last read

  // Nothing is on a disk: who crashes begins anew. setTimer(new NextRound(), ...) for
  // this.config.firstAfter.
  onStart(disk) {}

  // --- Stage 1: one owner at a time ---

  // Emit Requested. Not connected? Send a ConnectRequest to the first of config.servers.
  onNextRound(timer) {}

  // Create your znode, CreateMode.ephemeralSequential, as a child of /locks/NAME.
  onConnectResponse(from, message) {}

  // ErrorCode.noNode: first create the directory. Else keep the path and the stat, and list.
  onCreateResponse(from, message) {}

  // Is yours the lowest number? Then emit Acquired, and read the resource. If not: list again after
  // a while, until stage 2 knows better.
  onGetChildrenResponse(from, message) {}

  // What was read: wait config.work. What was written: the next one, or give the lock back.
  onResourceReply(from, message) {}

  // Write what was read, plus one.
  onWorkDone(timer) {}

  // You have emitted Released and deleted your znode: the round is done.
  onDeleteResponse(from, message) {}

  // --- Stage 2: the queue moves on ---

  // Every third of the timeout that was granted. A timer expires once: set it again.
  onPingInterval(timer) {}

  // More events than you have counted: one was lost, and so is the connection.
  onPingResponse(from, message) {}

  // You have asked to be told when the one before you goes. Is it there at all?
  onExistsResponse(from, message) {}

  // Another way to ask.
  onGetDataResponse(from, message) {}

  // The one before you has gone: had it owned the lock, or only waited?
  onWatchedEvent(from, message) {}

  // --- Stage 3: a fair queue ---

  // Emit GaveUp, and leave nothing behind.
  onAcquireTimeout(timer) {}

  // --- Stage 4: connections and sessions ---

  // Is it this connection? Then wait config.reconnectPause.
  onConnectionClosed(from, message) {}

  // The next server, the same session. Then: what had become of the last request?
  onReconnectPause(timer) {}

  // No answer for two thirds of the timeout: the connection is lost.
  onReadTimeout(timer) {}

  // From now on this server knows what was done before. Is your znode there?
  onSyncResponse(from, message) {}

  // The session may have ended: the lock is lost.
  onSessionDeadline(timer) {}

  // The resource is silent: ask it the same again, with the same call.
  onRequestTimeout(timer) {}

  // If you close your session in the end. What else hangs on it?
  onCloseSessionResponse(from, message) {}

  // Not needed.
  onSetDataResponse(from, message) {}

  // Not needed either.
  onMultiResponse(from, message) {}

  // --- Stage 5: fencing: which token does each request to the resource show? ---
}

run(Client);
