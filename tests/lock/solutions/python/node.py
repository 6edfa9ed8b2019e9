"""A client of a lock on etcd, after etcd's own mutex (client/v3/concurrency): a queue of keys, each
attached to its client's lease. The lowest creation revision owns the lock, and is the fencing
token.

Each round has a session of its own, and gives the lock back by revoking its lease, which removes
the key in the same step. Who waits asks two things in one transaction: is my key still there, and
who is before me?

Invariants: at most one request waits for an answer, renewals aside, and is repeated until one
comes; once the deadline of a session has passed, nothing is done in its name.
"""

import sys

from dsys import Node, run, seconds
from messages import (Acquired, Compare, HoldLimit, LeaseGrantRequest, LeaseKeepAliveRequest,
                      LeaseKeepAliveResponse, LeaseRevokeRequest, Lost, NextRound, ReadRequest,
                      Released, RenewalInterval, RequestOp, RequestTimeout, Requested,
                      SessionDeadline, TxnRequest, WatchCancelRequest, WatchCreateRequest,
                      WatchResponse, WorkDone, WriteRequest)


IDLE, QUEUED, OWNER, RELEASING = "idle", "queued", "owner", "releasing"


class Asked:
    """A request that waits for its answer."""

    def __init__(self, call, to, message, answered, sent_at, patience):
        self.call = call
        self.to = to
        self.message = message
        self.answered = answered  # what is done with the answer
        self.sent_at = sent_at
        self.patience = patience  # after this time it is sent again


class Session:
    """A lease, and for how long it may be relied on."""

    def __init__(self, lease, ttl):
        self.lease = lease
        self.ttl = ttl  # as granted, in seconds
        self.deadline = 0  # on this node's clock; only grows
        self.renewals = {}  # under way: call -> when it was sent


class Client(Node):

    # --- The process starts, and wants the lock ---

    def on_start(self, disk):
        self.last_call = 0
        self.rounds_done = 0
        self.asked = None
        self.forget_session()
        self.set_timer(NextRound(), self.config.first_after)

    def forget_session(self):
        self.phase = IDLE
        self.session = None
        self.revision = 0  # at which its key was created
        self.increments_done = 0
        self.counter = 0  # as last read
        self.stop_asking()
        for timer in RenewalInterval(), SessionDeadline(), WorkDone(), HoldLimit():
            self.cancel_timer(timer)

    def on_NextRound(self, timer):
        self.emit(Requested())
        self.ask_for_lease()

    def ask_for_lease(self):
        self.ask(self.config.store, LeaseGrantRequest(ttl=self.config.ttl), self.begin_session)

    def begin_session(self, answer):
        self.session = Session(answer.id, answer.ttl)
        self.rely_on_lease(self.asked.sent_at, answer.ttl)
        self.set_timer(RenewalInterval(), seconds(answer.ttl) // 3)
        self.phase = QUEUED
        self.enqueue()

    # --- The queue ---

    @property
    def key(self):
        """One for the session: who asks again finds what the first request has put."""
        return f"{self.config.lock}/{self.session.lease:x}"

    def queue(self, **which):
        return RequestOp(request="range", key=self.config.lock + "/",
                         range_end=self.config.lock + "0",  # "0" is the byte after "/"
                         limit=1, sort_target="create", **which)

    def enqueue(self):
        oldest = self.queue(sort_order="ascend")
        self.ask(self.config.store, TxnRequest(
            compare=[Compare(key=self.key, target="create", create_revision=0)],
            success=[RequestOp(request="put", key=self.key, value=self.name,
                               lease=self.session.lease), oldest],
            failure=[RequestOp(request="range", key=self.key), oldest]), self.take_place)

    def take_place(self, answer):
        if answer.error:
            return self.lose_session()  # no such lease any more
        first, oldest = answer.responses
        self.revision = answer.revision if answer.succeeded else first.kvs[0].create_revision
        if oldest.kvs[0].create_revision == self.revision:
            self.own()
        else:
            self.look_ahead()

    def look_ahead(self):
        """If the own key is still there: who is before it?"""
        self.ask(self.config.store, TxnRequest(
            compare=[Compare(key=self.key, target="create", create_revision=self.revision)],
            success=[self.queue(sort_order="descend", max_create_revision=self.revision - 1)]),
            self.own_or_wait)

    def own_or_wait(self, answer):
        if not answer.succeeded:
            return self.lose_session()
        ahead = answer.responses[0].kvs
        if ahead:
            self.watch(ahead[0].key, answer.revision + 1)
        else:
            self.own()

    def watch(self, key, start_revision):
        """Nothing that came after the look is missed. A watch dies with the store's process, so it
        is asked for again now and then.
        """
        self.ask(self.config.store, WatchCreateRequest(key=key, start_revision=start_revision),
                 self.wake, patience=4 * self.config.request_timeout)

    def wake(self, news):
        has_gone = any(one.event == "remove" for one in news.events)
        if not has_gone and not news.canceled:
            return
        self.send(self.config.store, WatchCancelRequest(watch_id=news.watch_id))
        self.look_ahead()

    # --- The lock is owned ---

    def own(self):
        self.phase = OWNER
        self.note(f"owns the lock with token {self.revision}")
        self.emit(Acquired(token=self.revision, lease=self.session.lease))
        self.set_timer(HoldLimit(), self.config.hold_max)
        self.read()

    def read(self):
        """It also shows the token, before anything rests on what is there."""
        self.ask(self.config.resource, ReadRequest(token=self.revision), self.work)

    def work(self, answer):
        if not answer.accepted:
            return self.lose_session()  # a later owner was there
        self.counter = answer.value
        self.stop_asking()
        self.set_timer(WorkDone(), self.config.work)

    def on_WorkDone(self, timer):
        self.ask(self.config.resource, WriteRequest(token=self.revision, value=self.counter + 1),
                 self.go_on)

    def go_on(self, answer):
        if not answer.accepted:
            return self.lose_session()
        self.increments_done += 1
        if self.increments_done < self.config.increments:
            self.read()
        else:
            self.release()

    def on_HoldLimit(self, timer):
        self.note("its work hangs")
        self.release()

    # --- It is given back ---

    def release(self):
        self.phase = RELEASING
        self.emit(Released(token=self.revision))
        for timer in WorkDone(), HoldLimit(), RenewalInterval():
            self.cancel_timer(timer)
        self.ask(self.config.store, LeaseRevokeRequest(id=self.session.lease), self.end_round)

    def end_round(self, answer=None):
        self.forget_session()
        self.rounds_done += 1
        if self.rounds_done < self.config.rounds:
            self.set_timer(NextRound(), self.config.pause_between)

    # --- The session lives on, or does not ---

    def on_RenewalInterval(self, timer):
        call = self.next_call()
        self.session.renewals[call] = self.now
        self.send(self.config.store, LeaseKeepAliveRequest(call=call, id=self.session.lease))
        self.set_timer(RenewalInterval(), seconds(self.session.ttl) // 3)

    def on_LeaseKeepAliveResponse(self, sender, message):
        is_under_way = self.session and message.call in self.session.renewals
        if not is_under_way:
            return
        if message.ttl == 0:
            return self.lose_session()
        sent_at = self.session.renewals[message.call]
        self.session.renewals = {call: at for call, at in self.session.renewals.items()
                                 if call > message.call}
        self.rely_on_lease(sent_at, message.ttl)

    def rely_on_lease(self, sent_at, ttl):
        """The store began to count no earlier than the request left; one of the two clocks may be
        fast, and the other slow.
        """
        trusted = seconds(ttl) * (100 - 2 * self.config.clock_error_percent) // 100
        self.session.deadline = max(self.session.deadline, sent_at + trusted)
        self.set_timer(SessionDeadline(), max(0, self.session.deadline - self.now))

    def is_past_deadline(self):
        return self.session is not None and self.now >= self.session.deadline

    def lose_session(self):
        """A later answer does not bring it back. What is left of it at the store goes, so that
        nobody waits for it.
        """
        self.send(self.config.store,
                  LeaseRevokeRequest(call=self.next_call(), id=self.session.lease))
        if self.phase == RELEASING:
            return self.end_round()
        if self.phase == OWNER:
            self.note("must take the lock for lost")
            self.emit(Lost(token=self.revision))
        self.forget_session()
        self.set_timer(NextRound(), self.config.pause_between)

    # --- What happens: first of all a look at the clock ---

    def on_message(self, sender, message):
        if self.is_past_deadline():
            return self.lose_session()
        if isinstance(message, LeaseKeepAliveResponse):
            return self.on_LeaseKeepAliveResponse(sender, message)
        if self.is_answer(message):
            self.asked.answered(message)

    def is_answer(self, message):
        """A watch of an earlier life may have the number of a call of this one."""
        if self.asked is None:
            return False
        if isinstance(message, WatchResponse):
            asked = self.asked.message
            return isinstance(asked, WatchCreateRequest) and asked.watch_id == message.watch_id
        return self.asked.call == message.call

    def on_timer(self, timer):
        if self.is_past_deadline():
            return self.lose_session()
        super().on_timer(timer)

    def on_SessionDeadline(self, timer):
        pass  # on_timer has looked

    # --- Asking ---

    def ask(self, to, message, answered, patience=None):
        call = self.next_call()
        if isinstance(message, WatchCreateRequest):
            message.watch_id = call
        else:
            message.call = call
        self.asked = Asked(call, to, message, answered, self.now,
                           patience or self.config.request_timeout)
        self.ask_again()

    def ask_again(self):
        self.send(self.asked.to, self.asked.message)
        self.set_timer(RequestTimeout(), self.asked.patience)

    def on_RequestTimeout(self, timer):
        """No answer means that nothing is known. Only a lease is asked for anew: its time counts
        from the sending, and one that was granted unseen ends by itself.
        """
        if self.session is None:
            self.ask_for_lease()
        else:
            self.ask_again()

    def stop_asking(self):
        self.asked = None
        self.cancel_timer(RequestTimeout())

    def next_call(self):
        self.last_call += 1
        return self.last_call


class OneKeyClient(Client):
    """Another recipe: one key, put only if it is absent. All waiters watch it, and try again when
    it has gone. As safe, but each release wakes them all, and anybody may be next.
    """

    @property
    def key(self):
        return self.config.lock + "/owner"

    def enqueue(self):
        self.ask(self.config.store, TxnRequest(
            compare=[Compare(key=self.key, target="create", create_revision=0)],
            success=[RequestOp(request="put", key=self.key, value=self.name,
                               lease=self.session.lease)],
            failure=[RequestOp(request="range", key=self.key)]), self.take_place)

    def take_place(self, answer):
        if answer.error:
            return self.lose_session()
        owner = None if answer.succeeded else answer.responses[0].kvs[0]
        if owner is not None and owner.lease != self.session.lease:
            return self.watch(self.key, answer.revision + 1)
        self.revision = answer.revision if owner is None else owner.create_revision
        self.own()

    def look_ahead(self):
        self.enqueue()


if __name__ == "__main__":
    run(OneKeyClient if "--one-key" in sys.argv else Client)
