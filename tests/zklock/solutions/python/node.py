"""A client of a lock on ZooKeeper, after Curator's InterProcessMutex: an ephemeral sequential znode
with a guid in its name; the lowest number owns, and the czxid is the fencing token.

It does not remember in which step it is, but what it knows: which seats it has or may have in
which queues, and whether it wants them. After everything that happens `advance` asks the next
question that this knowledge calls for. So a lost connection needs no cases of its own: the
question under way is forgotten, and asked again where it still matters.

Invariants: at most one question to the ensemble is under way, pings aside; nothing is asked of the
resource unless is_safe().
"""

import sys

from dsys import Node, run, seconds
from messages import (AcquireTimeout, Acquired, CloseSessionRequest, ConnectRequest,
                      ConnectResponse, ConnectionClosed, CreateRequest, DeleteRequest, GaveUp,
                      GetChildrenRequest, GetDataRequest, Lost, NextRound, PingInterval,
                      PingRequest, PingResponse, ReadRequest, ReadTimeout, ReconnectPause, Released,
                      RequestTimeout, Requested, SessionDeadline, SyncRequest, WatchedEvent,
                      WorkDone, WriteRequest)


def number_of(name):
    """The place in the queue; None for what stands in none."""
    digits = name.rpartition("-")[2]
    return int(digits) if len(digits) == 10 and digits.isdigit() else None


class Seat:
    """A place in a queue, or the wish for one."""

    def __init__(self, lock, kind, guid):
        self.lock = lock
        self.kind = kind
        self.guid = guid
        self.is_wanted = True
        self.is_owned = False
        self.may_exist = False  # its creation left, and no answer came
        self.is_synced = False  # what is listed now shows whether it exists
        self.path = None
        self.czxid = 0
        self.blocker = None  # whom it watches

    @property
    def directory(self):
        return f"/locks/{self.lock}"

    @property
    def prefix(self):
        return f"{self.guid}-{'lock' if self.kind == 'plain' else self.kind}-"

    @property
    def name(self):
        return self.path.rpartition("/")[2]

    def blocker_in(self, children):
        """The nearest one in front that has to go first. Readers let readers pass."""
        number = number_of(self.name)
        ahead = [name for name in children if number_of(name) is not None
                 and number_of(name) < number
                 and (self.kind != "read" or "-write-" in name)]
        return max(ahead, key=number_of, default=None)


class Client(Node):

    # --- The process starts, and wants the lock ---

    def on_start(self, disk):
        self.last_call = 0
        self.rounds_done = 0
        self.seats = []  # the lock's, and behind it the errand's
        self.round_is_lost = False
        self.is_done = False

        self.session = 0
        self.timeout = 0
        self.contact = 0  # when the latest answered request was sent
        self.last_zxid = 0

        self.server_number = 0
        self.opened_by = None  # the call of the connection, when there is one
        self.is_pausing = False  # before it tries the next server
        self.is_connected = False
        self.is_verified = False  # it has seen over this connection that it still owns
        self.events = 0
        self.sent_at = {}  # call -> time
        self.question = None  # call and continuation

        self.asked_resource = None
        self.set_timer(NextRound(), self.config.first_after)

    def on_NextRound(self, timer):
        self.emit(Requested(lock=self.config.lock))
        self.increments_done = 0
        self.errand_is_done = not self.config.errand
        self.round_is_lost = False
        self.seats = [self.new_seat(self.config.lock, self.config.kind)]
        if self.config.acquire_timeout:
            self.set_timer(AcquireTimeout(), self.config.acquire_timeout)

    def new_seat(self, lock, kind="plain"):
        return Seat(lock, kind, f"{self.random.getrandbits(48):012x}")

    # --- What to ask next ---

    def advance(self):
        has_no_need = not self.session and not self.seats
        if self.opened_by is None and not self.is_pausing and not has_no_need:
            return self.connect()
        if self.question or not self.is_connected:
            return
        if self.owner and not self.is_verified:
            self.ask(GetDataRequest(path=self.owner.path), self.verify)
        elif self.seats:
            seat = self.seats[-1]
            if seat.path is None and seat.may_exist:
                self.find(seat)
            elif not seat.is_wanted:
                self.leave(seat)
            elif seat.is_owned or seat.blocker:
                return  # it works, or waits
            elif seat.path is None:
                self.take(seat)
            else:
                self.ask(GetChildrenRequest(path=seat.directory), self.own_or_wait)
        elif self.is_done and self.session:
            self.ask(CloseSessionRequest(), self.end)

    @property
    def owner(self):
        return self.seats[0] if self.seats and self.seats[0].is_owned else None

    def take(self, seat):
        seat.may_exist = True
        seat.is_synced = False
        self.ask(CreateRequest(path=f"{seat.directory}/{seat.prefix}", data=self.name,
                               mode="ephemeral_sequential"), self.taken)

    def taken(self, answer):
        seat = self.seats[-1]
        seat.may_exist = False
        if answer.error == "no_node":
            self.ask(CreateRequest(path=seat.directory, mode="container"), self.made)
        elif answer.error == "none":
            seat.path, seat.czxid = answer.path, answer.stat.czxid
        else:
            self.disconnect()  # the session is about to end

    def made(self, answer):
        pass  # there is a directory now, whoever made it

    def find(self, seat):
        """Was it created? A server that lags behind must not answer that from what it knew."""
        if not seat.is_synced:
            self.ask(SyncRequest(path=seat.directory), self.synced)
        else:
            self.ask(GetChildrenRequest(path=seat.directory), self.found)

    def synced(self, answer):
        self.seats[-1].is_synced = True

    def found(self, answer):
        seat = self.seats[-1]
        seat.may_exist = False
        for name in answer.children:
            if name.startswith(seat.prefix):
                self.note(f"finds its znode {name}")
                seat.path = f"{seat.directory}/{name}"

    def own_or_wait(self, answer):
        seat = self.seats[-1]
        if not seat.is_wanted:
            return  # it has given up in between
        if seat.name not in answer.children:
            self.seats[-1] = self.new_seat(seat.lock, seat.kind)  # it has gone: once more
            return
        blocker = seat.blocker_in(answer.children)
        if blocker:
            self.watch(seat, blocker)
        elif seat.czxid:
            self.own(seat)
        else:  # it was found again, and not seen when it was created
            self.ask(GetDataRequest(path=seat.path), self.seen)

    def seen(self, answer):
        self.seats[-1].czxid = answer.stat.czxid if answer.error == "none" else 0

    def watch(self, seat, blocker):
        """With getData nothing is watched that is not there: then it looks again at once."""
        if "--lists-again" in sys.argv:
            return  # without a watch: as in stage 1
        seat.blocker = f"{seat.directory}/{blocker}"
        self.ask(GetDataRequest(path=seat.blocker, watch=True), self.watched)

    def watched(self, answer):
        if answer.error != "none":
            self.seats[-1].blocker = None

    def on_WatchedEvent(self, sender, message):
        self.events += 1
        for seat in self.seats:
            if seat.blocker == message.path:
                seat.blocker = None

    def leave(self, seat):
        if seat.path is None:
            self.left()
            self.advance()
        else:
            self.ask(DeleteRequest(path=seat.path), self.left)

    def left(self, answer=None):
        """That it is there no more is as good as having removed it."""
        self.seats.pop()
        if self.owner:
            self.errand_is_done = True
            self.write()
        elif not self.seats:
            self.end_round()

    def on_AcquireTimeout(self, timer):
        if not self.seats or not self.seats[0].is_wanted or self.owner:
            return
        self.emit(GaveUp(lock=self.config.lock))
        self.seats[0].is_wanted = False

    # --- The lock is owned ---

    def token(self, seat):
        return seat.czxid

    def own(self, seat):
        self.emit(Acquired(lock=seat.lock, token=self.token(seat), session=self.session,
                           kind=seat.kind))
        seat.is_owned = True
        if seat is not self.seats[0]:
            return self.release(seat)
        self.is_verified = True
        self.cancel_timer(AcquireTimeout())
        if self.config.increments:
            self.read()
        else:
            self.set_timer(WorkDone(), self.config.work)

    def read(self):
        """It shows the token before anything rests on what is there. Readers show none."""
        is_shared = self.owner.kind == "read"
        self.ask_resource(ReadRequest(token=0 if is_shared else self.token(self.owner)))

    def write(self):
        if self.owner.kind == "read" or not self.config.increments:
            return self.release(self.owner)
        self.ask_resource(WriteRequest(token=self.token(self.owner), value=self.counter + 1))

    def on_ResourceReply(self, sender, message):
        if not self.asked_resource or message.call != self.asked_resource.call or not self.owner:
            return
        was_read = isinstance(self.asked_resource, ReadRequest)
        self.forget_resource()
        if not message.accepted:
            return self.lose()
        self.counter = message.value
        if was_read:
            return self.set_timer(WorkDone(), self.config.work)
        self.increments_done += 1
        if self.increments_done < self.config.increments:
            self.read()
        else:
            self.release(self.owner)

    def on_WorkDone(self, timer):
        if not self.owner:
            return
        if self.errand_is_done:
            self.write()
        else:
            self.seats.append(self.new_seat(self.config.errand))

    def release(self, seat):
        self.emit(Released(lock=seat.lock, token=self.token(seat)))
        seat.is_owned = seat.is_wanted = False

    def lose(self):
        """What is left of its znodes goes as soon as it can, so that nobody waits for them."""
        self.note("must take the lock for lost")
        self.round_is_lost = True
        for seat in self.seats:
            if seat.is_owned:
                self.emit(Lost(lock=seat.lock, token=self.token(seat)))
            seat.is_owned = seat.is_wanted = False
        self.forget_resource()
        self.cancel_timer(WorkDone())

    def end_round(self):
        self.cancel_timer(AcquireTimeout())
        if not self.round_is_lost:
            self.rounds_done += 1
        self.is_done = self.rounds_done >= self.config.rounds
        if not self.is_done:
            self.set_timer(NextRound(), self.config.pause_between)

    # --- The resource ---

    def is_safe(self):
        """It is connected, and has seen its znode over this connection."""
        return self.is_connected and self.is_verified and self.owner is not None

    def ask_resource(self, message):
        message.call = self.next_call()
        self.asked_resource = message
        self.repeat_request()

    def on_RequestTimeout(self, timer):
        self.repeat_request()

    def repeat_request(self):
        if self.asked_resource and self.is_safe():
            self.send(self.config.resource, self.asked_resource)
            self.set_timer(RequestTimeout(), self.config.request_timeout)

    def forget_resource(self):
        self.asked_resource = None
        self.cancel_timer(RequestTimeout())

    # --- The connection ---

    @property
    def server(self):
        return self.config.servers[self.server_number % len(self.config.servers)]

    def connect(self):
        self.opened_by = self.next_call()
        self.sent_at = {self.opened_by: self.now}
        self.send(self.server, ConnectRequest(call=self.opened_by, session=self.session,
                                              last_zxid=self.last_zxid,
                                              timeout=self.config.session_timeout))
        self.set_timer(ReadTimeout(), seconds(1))

    def on_ConnectResponse(self, sender, message):
        if self.is_connected or message.call != self.opened_by:
            return
        if message.session == 0:
            return self.lose_session()
        self.session, self.timeout = message.session, message.timeout
        self.is_connected = True
        self.events = 0
        self.hear_answer(message.call)
        self.set_timer(PingInterval(), self.timeout // 3)

    def verify(self, answer):
        if answer.error != "none":
            return self.lose()
        self.is_verified = True
        self.note("still owns the lock")
        self.repeat_request()

    def on_ConnectionClosed(self, sender, message):
        if message.call >= self.opened_by:
            self.disconnect()

    def disconnect(self):
        """Of the session nothing is known, and of the last question neither."""
        self.server_number += 1
        self.hang_up()
        self.is_pausing = True
        self.set_timer(ReconnectPause(), self.config.reconnect_pause)

    def hang_up(self):
        self.opened_by = None
        self.is_connected = self.is_verified = False
        self.question = None
        self.sent_at = {}
        for seat in self.seats:
            seat.is_synced = False
            seat.blocker = None
        for timer in PingInterval(), ReadTimeout():
            self.cancel_timer(timer)

    def on_ReconnectPause(self, timer):
        self.is_pausing = False

    def ask(self, message, answered):
        message.call = self.next_call()
        self.question = message.call, answered
        self.sent_at[message.call] = self.now
        self.send(self.server, message)
        self.watch_clock()

    def on_PingInterval(self, timer):
        call = self.next_call()
        self.sent_at[call] = self.now
        self.send(self.server, PingRequest(call=call))
        self.set_timer(PingInterval(), self.timeout // 3)

    def on_PingResponse(self, sender, message):
        if message.events > self.events:
            self.disconnect()  # one was lost

    # --- The session ---

    def hear_answer(self, call):
        """The ensemble heard of the session no earlier than the request was sent."""
        if call in self.sent_at:
            self.contact = max(self.contact, self.sent_at.pop(call))
            self.watch_clock()

    @property
    def deadline(self):
        """The ensemble's clock may be fast, and this one slow."""
        return self.contact + self.timeout * (100 - 2 * self.config.clock_error_percent) // 100

    @property
    def silent_from(self):
        """Any question that has been under way for so long counts as silence."""
        return min([self.contact, *self.sent_at.values()]) + self.timeout * 2 // 3

    def watch_clock(self):
        self.set_timer(ReadTimeout(), max(0, self.silent_from - self.now))
        self.set_timer(SessionDeadline(), max(0, self.deadline - self.now))

    def look_at_clock(self):
        if self.is_connected and self.now >= self.silent_from:
            self.disconnect()
        if self.owner and self.now >= self.deadline:
            self.lose()

    def on_ReadTimeout(self, timer):
        if self.opened_by is not None and not self.is_connected:
            self.disconnect()

    def on_SessionDeadline(self, timer):
        pass  # on_timer has looked at the clock

    def lose_session(self):
        """Its znodes have gone with it. Who only waited stands in the queue again."""
        self.note("learns that its session has ended")
        self.hang_up()
        self.session = 0
        if self.owner:
            self.lose()
        if self.seats and self.seats[0].is_wanted:
            self.seats = [self.new_seat(self.config.lock, self.config.kind)]
        elif self.seats:
            self.seats = []
            self.end_round()

    def end(self, answer):
        self.hang_up()
        self.session = 0
        self.cancel_timer(SessionDeadline())

    # --- What happens: first a look at the clock, at last the next question ---

    def on_message(self, sender, message):
        self.look_at_clock()
        if sender == self.config.resource:
            self.on_ResourceReply(sender, message)
        elif sender == self.server and self.opened_by is not None:
            self.hear(sender, message)
        self.advance()

    def hear(self, sender, message):
        if isinstance(message, (ConnectResponse, ConnectionClosed)):
            return super().on_message(sender, message)
        if not self.is_connected:
            return  # of an earlier connection
        self.last_zxid = max(self.last_zxid, message.zxid)
        if isinstance(message, WatchedEvent):
            return self.on_WatchedEvent(sender, message)
        self.hear_answer(message.call)
        if isinstance(message, PingResponse):
            self.on_PingResponse(sender, message)
        elif self.question and message.call == self.question[0]:
            answered = self.question[1]
            self.question = None
            answered(message)

    def on_timer(self, timer):
        self.look_at_clock()
        super().on_timer(timer)
        self.advance()

    def next_call(self):
        self.last_call += 1
        return self.last_call


class OneNameClient(Client):
    """Another recipe: one ephemeral znode, created by whoever can. All waiters watch it, and try
    again when it has gone. As safe, but each release wakes them all, and anybody may be next.
    """

    def path_of(self, seat):
        return f"{seat.directory}/owner"

    def take(self, seat):
        seat.may_exist = True
        seat.is_synced = False
        self.ask(CreateRequest(path=self.path_of(seat), data=self.name, mode="ephemeral"),
                 self.taken)

    def taken(self, answer):
        seat = self.seats[-1]
        if answer.error == "node_exists":
            seat.may_exist = False
            self.watch(seat, "owner")
        else:
            super().taken(answer)
            if seat.path and seat.is_wanted:
                self.own(seat)

    def find(self, seat):
        if seat.is_synced:
            self.ask(GetDataRequest(path=self.path_of(seat)), self.found)
        else:
            super().find(seat)

    def found(self, answer):
        seat = self.seats[-1]
        seat.may_exist = False
        if answer.error == "none" and answer.stat.ephemeral_owner == self.session:
            seat.path, seat.czxid = self.path_of(seat), answer.stat.czxid

    def own_or_wait(self, answer):
        seat = self.seats[-1]
        if not seat.is_wanted:
            return
        if seat.name in answer.children:
            self.own(seat)
        else:
            self.seats[-1] = self.new_seat(seat.lock, seat.kind)


if __name__ == "__main__":
    run(OneNameClient if "--one-name" in sys.argv else Client)
