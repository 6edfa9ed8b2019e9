"""A client of the lock: your answer. It runs as it is, and does nothing yet.

EXERCISE.md says what it must do, messages.py what it exchanges with the world, dsys.py what `self`
can do. Fill the handlers from top to bottom, and grade each stage when you think it is done:
dsys lock grade --stage 1
"""

from dsys import Node, run
from messages import *


class Client(Node):

    # --- Stage 1: one owner at a time ---

    def on_start(self, disk):
        self.last_call = 0
        self.rounds_done = 0
        # Nothing is on a disk: who crashes begins anew. Set NextRound for config.first_after.

    def on_NextRound(self, timer):
        pass  # Emit Requested. Ask config.store for a lease of config.ttl seconds.

    def on_LeaseGrantResponse(self, sender, message):
        pass  # The answer to your last call? Then put your key, if it is absent, in a transaction.

    def on_TxnResponse(self, sender, message):
        pass  # Is the lock yours? Then emit Acquired, and read config.resource. If not: stage 3.

    def on_ResourceReply(self, sender, message):
        pass  # What was read: wait config.work. What was written: the next one, or release.

    def on_WorkDone(self, timer):
        pass  # Write what was read, plus one.

    # --- Stage 2: it moves on ---

    def on_RenewalInterval(self, timer):
        pass  # Keep the lease alive. It expires once: set it again.

    def on_LeaseKeepAliveResponse(self, sender, message):
        pass  # ttl 0: the lease has ended, and your key with it.

    def on_HoldLimit(self, timer):
        pass  # The work hangs: give the lock back.

    def on_LeaseRevokeResponse(self, sender, message):
        pass  # If you give the lock back so. Emit Released before you ask for it.

    def on_DeleteRangeResponse(self, sender, message):
        pass  # Or so. Does it ask whose key it is?

    # --- Stage 3: the queue ---

    def on_RangeResponse(self, sender, message):
        pass  # Who is before you? Nobody: is your own key still there?

    def on_WatchResponse(self, sender, message):
        pass  # The first one only says created. Has the key gone, or was the watch canceled?

    def on_PutResponse(self, sender, message):
        pass  # A put without a condition always succeeds. Do you need one?

    # --- Stage 4: answers that do not come ---

    def on_RequestTimeout(self, timer):
        pass  # Nothing is known: ask the same again, with the same call and the same key.

    # --- Stage 5: fencing and belief ---

    def on_SessionDeadline(self, timer):
        pass  # The lease may have ended at the store: stop, and emit Lost.


if __name__ == "__main__":
    run(Client)
