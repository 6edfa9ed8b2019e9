"""A client of the lock: your answer. It runs as it is, and does nothing yet.

EXERCISE.md says what it must do, messages.py what it exchanges with the world, dsys.py what `self`
can do. Fill the handlers from top to bottom, and grade each stage when you think it is done:
dsys zklock grade --stage 1
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
        pass  # Emit Requested. Not connected? Send a ConnectRequest to the first of config.servers.

    def on_ConnectResponse(self, sender, message):
        pass  # Create your znode, ephemeral_sequential, as a child of /locks/NAME.

    def on_CreateResponse(self, sender, message):
        pass  # no_node: first create the directory. Else keep the path and the stat, and list.

    def on_GetChildrenResponse(self, sender, message):
        pass  # Is yours the lowest number? Then emit Acquired, and read. If not: list again later.

    def on_ResourceReply(self, sender, message):
        pass  # What was read: wait config.work. What was written: the next one, or release.

    def on_WorkDone(self, timer):
        pass  # Write what was read, plus one.

    def on_DeleteResponse(self, sender, message):
        pass  # You have emitted Released and deleted your znode: the round is done.

    # --- Stage 2: the queue moves on ---

    def on_PingInterval(self, timer):
        pass  # Every third of the timeout that was granted. It expires once: set it again.

    def on_PingResponse(self, sender, message):
        pass  # More events than you have counted: one was lost, and so is the connection.

    def on_ExistsResponse(self, sender, message):
        pass  # You have asked to be told when the one before you goes. Is it there at all?

    def on_GetDataResponse(self, sender, message):
        pass  # Another way to ask.

    def on_WatchedEvent(self, sender, message):
        pass  # The one before you has gone: had it owned the lock, or only waited?

    # --- Stage 3: a fair queue ---

    def on_AcquireTimeout(self, timer):
        pass  # Emit GaveUp, and leave nothing behind.

    # --- Stage 4: connections and sessions ---

    def on_ConnectionClosed(self, sender, message):
        pass  # Is it this connection? Then wait config.reconnect_pause.

    def on_ReconnectPause(self, timer):
        pass  # The next server, the same session. Then: what had become of the last request?

    def on_ReadTimeout(self, timer):
        pass  # No answer for two thirds of the timeout: the connection is lost.

    def on_SyncResponse(self, sender, message):
        pass  # From now on this server knows what was done before. Is your znode there?

    def on_SessionDeadline(self, timer):
        pass  # The session may have ended: the lock is lost.

    def on_RequestTimeout(self, timer):
        pass  # The resource is silent: ask it the same again, with the same call.

    def on_CloseSessionResponse(self, sender, message):
        pass  # If you close your session in the end. What else hangs on it?

    def on_SetDataResponse(self, sender, message):
        pass  # Not needed.

    def on_MultiResponse(self, sender, message):
        pass  # Not needed either.

    # --- Stage 5: fencing: which token does each request to the resource show? ---


if __name__ == "__main__":
    run(Client)
