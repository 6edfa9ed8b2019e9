// Your client of the lock. It runs as it is, and does nothing yet.
//
// EXERCISE.md says what it must do, Messages.java what it exchanges with the world, Dsys.java what
// a node can do. Fill the handlers in, from top to bottom, and grade each stage when you think that
// it is done: dsys lock grade --stage 1

import java.util.List;

final class Client extends Handlers {
  private long roundsDone;
  private long lastCall;

  // --- Of the session ---
  private long lease;
  private long deadline; // until when it may be relied on

  // --- Of the queue ---
  private String key = "";
  private long createRevision; // of the key: its place in the queue, and the token

  // --- As the owner ---
  private long incrementsDone;
  private long counter; // as last read

  // Nothing is on a disk: who crashes begins anew. setTimer(new NextRound(), ...) for
  // config().firstAfter().
  @Override
  void onStart(List<Dsys.Record> disk) {}

  // --- Stage 1: one owner at a time ---

  // Emit Requested. Ask the store for a lease of config().ttl() seconds.
  @Override
  void onNextRound(NextRound timer) {}

  // The answer to the last call? Then put your key, if it is absent, in a transaction.
  @Override
  void onLeaseGrantResponse(String from, LeaseGrantResponse message) {}

  // Is the lock yours? Then emit Acquired, and read the resource. If not: stage 3.
  @Override
  void onTxnResponse(String from, TxnResponse message) {}

  // What was read: wait config().work(). What was written: the next one, or give the lock back.
  @Override
  void onResourceReply(String from, ResourceReply message) {}

  // Write what was read, plus one.
  @Override
  void onWorkDone(WorkDone timer) {}

  // --- Stage 2: it moves on ---

  // Keep the lease alive. A timer expires once: set it again.
  @Override
  void onRenewalInterval(RenewalInterval timer) {}

  // A ttl of 0: the lease has ended, and your key with it.
  @Override
  void onLeaseKeepAliveResponse(String from, LeaseKeepAliveResponse message) {}

  // The work hangs: give the lock back.
  @Override
  void onHoldLimit(HoldLimit timer) {}

  // If you give the lock back so. Emit Released before you ask for it.
  @Override
  void onLeaseRevokeResponse(String from, LeaseRevokeResponse message) {}

  // Or so. Does it ask whose key it is?
  @Override
  void onDeleteRangeResponse(String from, DeleteRangeResponse message) {}

  // --- Stage 3: the queue ---

  // Who is before you? Nobody: is your own key still there?
  @Override
  void onRangeResponse(String from, RangeResponse message) {}

  // The first one only says created. Has the key gone, or was the watch canceled?
  @Override
  void onWatchResponse(String from, WatchResponse message) {}

  // A put without a condition always succeeds. Do you need one?
  @Override
  void onPutResponse(String from, PutResponse message) {}

  // --- Stage 4: answers that do not come ---

  // Nothing is known: ask the same again, with the same call and the same key.
  @Override
  void onRequestTimeout(RequestTimeout timer) {}

  // --- Stage 5: fencing and belief ---

  // The lease may have ended at the store: stop, and emit Lost.
  @Override
  void onSessionDeadline(SessionDeadline timer) {}
}

class Node {
  public static void main(String[] words) {
    Dsys.run(Client::new);
  }
}
