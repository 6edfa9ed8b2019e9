"""A client of the lock: your answer. It runs as it is, and does nothing yet.

EXERCISE.md says what it must do, dsys.py what `self` can do. Fill the handlers from top to bottom,
and grade each stage when you think it is done: dsys lock grade --stage 1
"""

from dsys import Message, Node, Output, Timer, Value, run


# --- What you ask the store, and what it answers ---
#
# `call` is a number of yours, a new one for each call; the answer carries it back.

class LeaseGrantRequest(Message):
    call = 0
    ttl = 0  # whole seconds


class LeaseGrantResponse(Message):
    call = 0
    id = 0
    ttl = 0  # what was granted


class LeaseKeepAliveRequest(Message):
    call = 0
    id = 0


class LeaseKeepAliveResponse(Message):
    call = 0
    id = 0
    ttl = 0  # counted anew; 0: there is no such lease


class LeaseRevokeRequest(Message):
    call = 0
    id = 0


class LeaseRevokeResponse(Message):
    call = 0
    revision = 0
    found = False


class RangeRequest(Message):
    call = 0
    key = ""
    range_end = ""  # all keys with a prefix: "lock/" to "lock0"
    limit = 0
    sort_order = "none"  # or "ascend", "descend"
    sort_target = "key"  # or "version", "create", "mod", "value"
    max_create_revision = 0


class RangeResponse(Message):
    call = 0
    revision = 0
    kvs = ()


class PutRequest(Message):
    call = 0
    key = ""
    value = ""
    lease = 0


class PutResponse(Message):
    call = 0
    revision = 0
    error = ""


class DeleteRangeRequest(Message):
    call = 0
    key = ""
    range_end = ""


class DeleteRangeResponse(Message):
    call = 0
    revision = 0
    deleted = 0


class TxnRequest(Message):
    call = 0
    compare = ()  # of Compare: if all hold, `success` is done, else `failure`
    success = ()  # of RequestOp
    failure = ()


class TxnResponse(Message):
    call = 0
    revision = 0
    succeeded = False
    responses = ()  # each with kvs of a range, or deleted of a delete_range
    error = ""


class WatchCreateRequest(Message):
    watch_id = 0
    key = ""
    range_end = ""
    start_revision = 0  # 0: from when it arrives


class WatchCancelRequest(Message):
    watch_id = 0


class WatchResponse(Message):
    watch_id = 0
    revision = 0
    created = False
    canceled = False
    compact_revision = 0
    events = ()  # each with event, "put" or "remove", and kv


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

class KeyValue(Value):
    key = ""
    value = ""
    create_revision = 0
    mod_revision = 0
    version = 0
    lease = 0


class Compare(Value):
    key = ""
    target = "create"  # or "version", "mod", "value", "lease": only this field is compared
    result = "equal"  # or "greater", "less", "not_equal"
    version = 0
    create_revision = 0
    mod_revision = 0
    value = ""
    lease = 0


class RequestOp(Value):
    request = "range"  # or "put", "delete_range"
    key = ""
    range_end = ""
    value = ""
    lease = 0
    limit = 0
    sort_order = "none"
    sort_target = "key"
    max_create_revision = 0


# --- Timers: use each for what you like ---

class NextRound(Timer):
    pass


class RequestTimeout(Timer):
    pass


class RenewalInterval(Timer):
    pass


class SessionDeadline(Timer):
    pass


class WorkDone(Timer):
    pass


class HoldLimit(Timer):
    pass


# --- What the outside is told ---

class Requested(Output):
    pass


class Acquired(Output):
    token = 0
    lease = 0


class Released(Output):
    token = 0


class Lost(Output):
    token = 0


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
