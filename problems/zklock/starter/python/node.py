"""A client of the lock: your answer. It runs as it is, and does nothing yet.

EXERCISE.md says what it must do, dsys.py what `self` can do. Fill the handlers from top to bottom,
and grade each stage when you think it is done: dsys zklock grade --stage 1
"""

from dsys import Message, Node, Output, Timer, Value, run


# --- Connections and sessions ---
#
# `call` is a number of yours, higher with each request to the ensemble; the answer carries it back.

class ConnectRequest(Message):
    call = 0
    session = 0  # 0: a new one
    last_zxid = 0  # the highest that was seen in any answer
    timeout = 0


class ConnectResponse(Message):
    call = 0
    session = 0  # 0: it has expired
    timeout = 0  # what was granted


class ConnectionClosed(Message):
    call = 0  # a connection that was opened later is not meant


class PingRequest(Message):
    call = 0


class PingResponse(Message):
    call = 0
    zxid = 0
    events = 0  # watched events on this connection so far


class CloseSessionRequest(Message):
    call = 0


class CloseSessionResponse(Message):
    call = 0
    zxid = 0


# --- Writes; error is "none", or "no_node", "node_exists", "session_expired", ... ---

class CreateRequest(Message):
    call = 0
    path = ""
    data = ""
    mode = "persistent"  # or "ephemeral", "container", "(persistent|ephemeral)_sequential"


class CreateResponse(Message):
    call = 0
    zxid = 0
    error = "none"
    path = ""  # as it was created
    stat = None


class DeleteRequest(Message):
    call = 0
    path = ""
    version = -1


class DeleteResponse(Message):
    call = 0
    zxid = 0
    error = "none"


class SetDataRequest(Message):
    call = 0
    path = ""
    data = ""
    version = -1


class SetDataResponse(Message):
    call = 0
    zxid = 0
    error = "none"
    stat = None


class MultiRequest(Message):
    call = 0
    operations = ()  # of Operation: all of them, or none


class MultiResponse(Message):
    call = 0
    zxid = 0
    error = "none"
    paths = ()


class SyncRequest(Message):
    call = 0
    path = ""


class SyncResponse(Message):
    call = 0
    zxid = 0


# --- Reads: what this server knows; with a watch you are told once of a change ---

class ExistsRequest(Message):
    call = 0
    path = ""
    watch = False


class ExistsResponse(Message):
    call = 0
    zxid = 0
    error = "none"
    stat = None


class GetDataRequest(Message):
    call = 0
    path = ""
    watch = False


class GetDataResponse(Message):
    call = 0
    zxid = 0
    error = "none"
    data = ""
    stat = None


class GetChildrenRequest(Message):
    call = 0
    path = ""
    watch = False


class GetChildrenResponse(Message):
    call = 0
    zxid = 0
    error = "none"
    children = ()  # names without the path
    stat = None


class WatchedEvent(Message):
    event = "node_created"  # or "node_deleted", "node_data_changed", "node_children_changed"
    path = ""
    zxid = 0


# --- What you ask the resource, and what it answers ---

class ReadRequest(Message):
    call = 0
    token = 0


class WriteRequest(Message):
    call = 0
    token = 0
    value = 0


class ResourceReply(Message):
    call = 0
    accepted = False
    value = 0
    highest_token = 0


# --- Values inside messages; those that arrive are plain Values with these fields ---

class Stat(Value):
    czxid = 0  # when it was created
    mzxid = 0
    pzxid = 0
    version = 0
    cversion = 0
    ephemeral_owner = 0  # a session
    num_children = 0


class Operation(Value):
    operation = "check"  # or "create", "remove", "set_data"
    path = ""
    data = ""
    mode = "persistent"
    version = -1


# --- Timers: use each for what you like ---

class NextRound(Timer):
    pass


class ReconnectPause(Timer):
    pass


class RequestTimeout(Timer):
    pass


class PingInterval(Timer):
    pass


class ReadTimeout(Timer):
    pass


class SessionDeadline(Timer):
    pass


class AcquireTimeout(Timer):
    pass


class WorkDone(Timer):
    pass


# --- What the outside is told ---

class Requested(Output):
    lock = ""


class Acquired(Output):
    lock = ""
    token = 0
    session = 0
    kind = "plain"


class Released(Output):
    lock = ""
    token = 0


class Lost(Output):
    lock = ""
    token = 0


class GaveUp(Output):
    lock = ""


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
