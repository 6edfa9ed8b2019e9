// Your client of the lock. It runs as it is, and does nothing yet.
//
// EXERCISE.md says what it must do, Messages.java what it exchanges with the world, Dsys.java what
// a node can do. Fill the handlers in, from top to bottom, and grade each stage when you think that
// it is done: dsys zklock grade --stage 1

import java.util.List;

final class Client extends Handlers {
  private long roundsDone;
  private long lastCall; // higher with each request to the ensemble

  // --- Of the connection ---
  private int serverIndex;
  private long openedBy;
  private long lastZxid; // seen in any answer

  // --- Of the session ---
  private long session;
  private long timeout; // as granted
  private long deadline; // until when it may be relied on

  // --- Of the queue ---
  private String path = ""; // as the ensemble has called it
  private long czxid;

  // --- As the owner ---
  private long incrementsDone;
  private long counter; // as last read

  // Nothing is on a disk: who crashes begins anew. setTimer(new NextRound(), ...) for
  // config().firstAfter().
  @Override
  void onStart(List<Dsys.Record> disk) {}

  // --- Stage 1: one owner at a time ---

  // Emit Requested. Not connected? Send a ConnectRequest to the first of config().servers().
  @Override
  void onNextRound(NextRound timer) {}

  // Create your znode, CreateMode.EPHEMERAL_SEQUENTIAL, as a child of /locks/NAME.
  @Override
  void onConnectResponse(String from, ConnectResponse message) {}

  // Error.NO_NODE: first create the directory. Else keep the path and the stat, and list.
  @Override
  void onCreateResponse(String from, CreateResponse message) {}

  // Is yours the lowest number? Then emit Acquired, and read the resource. If not: list again after
  // a while, until stage 2 knows better.
  @Override
  void onGetChildrenResponse(String from, GetChildrenResponse message) {}

  // What was read: wait config().work(). What was written: the next one, or give the lock back.
  @Override
  void onResourceReply(String from, ResourceReply message) {}

  // Write what was read, plus one.
  @Override
  void onWorkDone(WorkDone timer) {}

  // You have emitted Released and deleted your znode: the round is done.
  @Override
  void onDeleteResponse(String from, DeleteResponse message) {}

  // --- Stage 2: the queue moves on ---

  // Every third of the timeout that was granted. A timer expires once: set it again.
  @Override
  void onPingInterval(PingInterval timer) {}

  // More events than you have counted: one was lost, and so is the connection.
  @Override
  void onPingResponse(String from, PingResponse message) {}

  // You have asked to be told when the one before you goes. Is it there at all?
  @Override
  void onExistsResponse(String from, ExistsResponse message) {}

  // Another way to ask.
  @Override
  void onGetDataResponse(String from, GetDataResponse message) {}

  // The one before you has gone: had it owned the lock, or only waited?
  @Override
  void onWatchedEvent(String from, WatchedEvent message) {}

  // --- Stage 3: a fair queue ---

  // Emit GaveUp, and leave nothing behind.
  @Override
  void onAcquireTimeout(AcquireTimeout timer) {}

  // --- Stage 4: connections and sessions ---

  // Is it this connection? Then wait config().reconnectPause().
  @Override
  void onConnectionClosed(String from, ConnectionClosed message) {}

  // The next server, the same session. Then: what had become of the last request?
  @Override
  void onReconnectPause(ReconnectPause timer) {}

  // No answer for two thirds of the timeout: the connection is lost.
  @Override
  void onReadTimeout(ReadTimeout timer) {}

  // From now on this server knows what was done before. Is your znode there?
  @Override
  void onSyncResponse(String from, SyncResponse message) {}

  // The session may have ended: the lock is lost.
  @Override
  void onSessionDeadline(SessionDeadline timer) {}

  // The resource is silent: ask it the same again, with the same call.
  @Override
  void onRequestTimeout(RequestTimeout timer) {}

  // If you close your session in the end. What else hangs on it?
  @Override
  void onCloseSessionResponse(String from, CloseSessionResponse message) {}

  // Not needed.
  @Override
  void onSetDataResponse(String from, SetDataResponse message) {}

  // Not needed either.
  @Override
  void onMultiResponse(String from, MultiResponse message) {}

  // --- Stage 5: fencing: which token does each request to the resource show? ---
}

class Node {
  public static void main(String[] words) {
    Dsys.run(Client::new);
  }
}
